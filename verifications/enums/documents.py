"""Documents, what is made of them, and what was read from them."""

from __future__ import annotations

from django.db.models import TextChoices


class DocumentOrigin(TextChoices):
    UPLOADED = "UPLOADED", "Uploaded"
    PROVIDER = "PROVIDER", "Copied from the provider"


class ValueComparison(TextChoices):
    """An extracted value beside what the portal has on record."""

    SAME = "SAME", "Same"
    DIFFERENT = "DIFFERENT", "Different"
    NOT_ON_RECORD = "NOT_ON_RECORD", "Not on record"
    NOT_COMPARED = "NOT_COMPARED", "Not compared"


class RenditionKind(TextChoices):
    PREVIEW = "PREVIEW", "Preview"
    THUMBNAIL = "THUMBNAIL", "Thumbnail"
    DELIVERY = "DELIVERY", "Sent to the provider"
    CAPTURE = "CAPTURE", "Sent to a session"


class DocumentSlot(TextChoices):
    FRONT = "front", "Front"
    BACK = "back", "Back"
    DOCUMENT = "document", "Document"
    SELFIE = "selfie", "Selfie"
    TAX_ID = "tax_id", "Tax document"
    VERIFIER_RESPONSE = "verifier_response", "Verifier's answer"
    SANCTIONS_VERIFIER_RESPONSE = "sanctions_verifier_response", "Sanctions: verifier's answer"
    PEP_VERIFIER_RESPONSE = "pep_verifier_response", "PEP: verifier's answer"
    NEGATIVE_NEWS_VERIFIER_RESPONSE = "negative_news_verifier_response", "Negative news: verifier's answer"
