"""A verification: its kinds, its life, and what the provider said."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class VerificationMethod(TextChoices):
    DOCUMENTS = "DOCUMENTS", _("Send the files")
    DOCUMENT_URLS = "DOCUMENT_URLS", _("Send presigned addresses")
    SESSION = "SESSION", _("Verification session")
    LINK = "LINK", _("Verification link")


class VerificationType(TextChoices):
    IDENTITY_DOCUMENT = "identity_document", _("Identity document")
    RESIDENCE_DOCUMENT = "residence_document", _("Proof of residence")
    SELFIE = "selfie", _("Selfie")
    TAX_ID_DOCUMENT = "tax_id_document", _("Tax document")
    WATCHLISTS = "watchlists", _("Watch-list screening")
    IDENTITY_SESSION = "identity_session", _("Identity check in a session")
    KYC_LINK = "kyc_link", _("KYC check by link")
    KYB_LINK = "kyb_link", _("KYB check by link")


class VerificationStatus(TextChoices):
    DRAFT = "DRAFT", _("Draft")
    QUEUED = "QUEUED", _("Waiting to be sent")
    SENDING = "SENDING", _("Sending")
    ACCEPTED = "ACCEPTED", _("Accepted by the provider")
    COMPLETED = "COMPLETED", _("Answered")
    REFUSED = "REFUSED", _("Refused by the provider")
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN", _("Outcome unknown")
    WAITING_FOR_CUSTOMER = "WAITING_FOR_CUSTOMER", _("Waiting for the customer")
    EXPIRED = "EXPIRED", _("Expired")
    CANCELLED = "CANCELLED", _("Cancelled")


VERIFICATION_TRANSITIONS: dict[VerificationStatus, frozenset[VerificationStatus]] = {
    VerificationStatus.DRAFT: frozenset({VerificationStatus.QUEUED, VerificationStatus.CANCELLED}),
    VerificationStatus.QUEUED: frozenset(
        {
            VerificationStatus.SENDING,
            VerificationStatus.CANCELLED,
            VerificationStatus.REFUSED,
            VerificationStatus.ACCEPTED,  # the lost answer came after a person had asked for another try
            VerificationStatus.WAITING_FOR_CUSTOMER,  # the next picture a session asks for is not there
            VerificationStatus.OUTCOME_UNKNOWN,  # the database was restored: it may have been sent since the backup
        }
    ),
    VerificationStatus.SENDING: frozenset(
        {
            VerificationStatus.QUEUED,
            VerificationStatus.ACCEPTED,
            VerificationStatus.REFUSED,
            VerificationStatus.OUTCOME_UNKNOWN,
            VerificationStatus.WAITING_FOR_CUSTOMER,
        }
    ),
    VerificationStatus.WAITING_FOR_CUSTOMER: frozenset(
        {
            VerificationStatus.ACCEPTED,
            VerificationStatus.EXPIRED,
            VerificationStatus.CANCELLED,
            VerificationStatus.QUEUED,  # a new link or session takes the place of the one the customer has
        }
    ),
    VerificationStatus.ACCEPTED: frozenset(
        {
            VerificationStatus.COMPLETED,
            VerificationStatus.WAITING_FOR_CUSTOMER,  # the provider asks the customer for another picture
            VerificationStatus.EXPIRED,
        }
    ),
    VerificationStatus.OUTCOME_UNKNOWN: frozenset(
        {VerificationStatus.ACCEPTED, VerificationStatus.REFUSED, VerificationStatus.QUEUED}
    ),
    VerificationStatus.COMPLETED: frozenset(),
    VerificationStatus.REFUSED: frozenset(),
    VerificationStatus.EXPIRED: frozenset(
        {
            VerificationStatus.QUEUED,  # a new link or session
            VerificationStatus.ACCEPTED,  # the customer came after our clock had given up
            VerificationStatus.CANCELLED,
        }
    ),
    VerificationStatus.CANCELLED: frozenset(),
}
MOVING_STATUSES = (VerificationStatus.QUEUED, VerificationStatus.SENDING, VerificationStatus.ACCEPTED)
CLOSED_STATUSES = tuple(status for status, after in VERIFICATION_TRANSITIONS.items() if not after)


class ProviderAnswer(TextChoices):
    """What the provider's record of the user says about a check: evidence, never the decision."""

    REQUIREMENT_MET = "REQUIREMENT_MET", _("Requirement met")
    IN_REVIEW = "IN_REVIEW", _("In review")
    STILL_WANTED = "STILL_WANTED", _("Still wanted")
    USER_DISABLED = "USER_DISABLED", _("User disabled")
    USER_CLOSED = "USER_CLOSED", _("User closed")
    UNREADABLE = "UNREADABLE", _("Not understood")
    ALLOW = "ALLOW", _("Allow")
    CHALLENGE = "CHALLENGE", _("Challenge: look yourself")
    DENY = "DENY", _("Deny")
    VERIFIED = "VERIFIED", _("Verified")
    VERIFIED_FINDINGS = "VERIFIED_FINDINGS", _("Verified, with findings")
    REJECTED = "REJECTED", _("Rejected")
    NO_RESULT = "NO_RESULT", _("No result")
