"""A verification: its kinds, its life, and what the provider said."""

from __future__ import annotations

from django.db.models import TextChoices


class VerificationMethod(TextChoices):
    DOCUMENTS = "DOCUMENTS", "Send the files"
    DOCUMENT_URLS = "DOCUMENT_URLS", "Send presigned addresses"
    SESSION = "SESSION", "Verification session"
    LINK = "LINK", "Verification link"


class VerificationType(TextChoices):
    IDENTITY_DOCUMENT = "identity_document", "Identity document"
    RESIDENCE_DOCUMENT = "residence_document", "Proof of residence"
    SELFIE = "selfie", "Selfie"
    TAX_ID_DOCUMENT = "tax_id_document", "Tax document"
    WATCHLISTS = "watchlists", "Watch-list screening"
    IDENTITY_SESSION = "identity_session", "Identity check in a session"
    KYC_LINK = "kyc_link", "KYC check by link"
    KYB_LINK = "kyb_link", "KYB check by link"


class VerificationStatus(TextChoices):
    DRAFT = "DRAFT", "Draft"
    QUEUED = "QUEUED", "Waiting to be sent"
    SENDING = "SENDING", "Sending"
    ACCEPTED = "ACCEPTED", "Accepted by the provider"
    COMPLETED = "COMPLETED", "Answered"
    REFUSED = "REFUSED", "Refused by the provider"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN", "Outcome unknown"
    WAITING_FOR_CUSTOMER = "WAITING_FOR_CUSTOMER", "Waiting for the customer"
    EXPIRED = "EXPIRED", "Expired"
    CANCELLED = "CANCELLED", "Cancelled"


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

    REQUIREMENT_MET = "REQUIREMENT_MET", "Requirement met"
    IN_REVIEW = "IN_REVIEW", "In review"
    STILL_WANTED = "STILL_WANTED", "Still wanted"
    USER_DISABLED = "USER_DISABLED", "User disabled"
    USER_CLOSED = "USER_CLOSED", "User closed"
    UNREADABLE = "UNREADABLE", "Not understood"
    ALLOW = "ALLOW", "Allow"
    CHALLENGE = "CHALLENGE", "Challenge: look yourself"
    DENY = "DENY", "Deny"
    VERIFIED = "VERIFIED", "Verified"
    VERIFIED_FINDINGS = "VERIFIED_FINDINGS", "Verified, with findings"
    REJECTED = "REJECTED", "Rejected"
    NO_RESULT = "NO_RESULT", "No result"
