"""Documents, what is made of them, and what was read from them."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DocumentOrigin(TextChoices):
    UPLOADED = "UPLOADED", _("Uploaded")
    PROVIDER = "PROVIDER", _("Copied from the provider")


class ValueComparison(TextChoices):
    """An extracted value beside what the portal has on record."""

    SAME = "SAME", _("Same")
    DIFFERENT = "DIFFERENT", _("Different")
    NOT_ON_RECORD = "NOT_ON_RECORD", _("Not on record")
    NOT_COMPARED = "NOT_COMPARED", _("Not compared")


class RenditionKind(TextChoices):
    PREVIEW = "PREVIEW", _("Preview")
    THUMBNAIL = "THUMBNAIL", _("Thumbnail")
    DELIVERY = "DELIVERY", _("Sent to the provider")
    CAPTURE = "CAPTURE", _("Sent to a session")


class DocumentSlot(TextChoices):
    FRONT = "front", _("Front")
    BACK = "back", _("Back")
    DOCUMENT = "document", _("Document")
    SELFIE = "selfie", _("Selfie")
    TAX_ID = "tax_id", _("Tax document")
    VERIFIER_RESPONSE = "verifier_response", _("Verifier's answer")
    SANCTIONS_VERIFIER_RESPONSE = "sanctions_verifier_response", _("Sanctions: verifier's answer")
    PEP_VERIFIER_RESPONSE = "pep_verifier_response", _("PEP: verifier's answer")
    NEGATIVE_NEWS_VERIFIER_RESPONSE = "negative_news_verifier_response", _("Negative news: verifier's answer")
    ATTACHMENT = "attachment", _("Attachment of a note")
