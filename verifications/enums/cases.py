"""Cases: what they wait for, what people decide about them, and what they ask of customers."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class CaseState(TextChoices):
    """What a case waits for. Decisions about the customer are rows of their own."""

    SENDING = "SENDING", _("Sending")
    WITH_PROVIDER = "WITH_PROVIDER", _("With the provider")
    NEEDS_DECISION = "NEEDS_DECISION", _("Needs decision")
    SECOND_APPROVAL = "SECOND_APPROVAL", _("Second approval")
    ESCALATED = "ESCALATED", _("Escalated")
    PROVIDER_REFUSED = "PROVIDER_REFUSED", _("Provider refused")
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN", _("Outcome unknown")
    WAITING_FOR_CUSTOMER = "WAITING_FOR_CUSTOMER", _("Waiting for customer")
    CLOSED = "CLOSED", _("Closed")


DECIDABLE_STATES = frozenset(
    {
        CaseState.NEEDS_DECISION,
        CaseState.ESCALATED,
        CaseState.PROVIDER_REFUSED,
        CaseState.WITH_PROVIDER,
        CaseState.WAITING_FOR_CUSTOMER,
    }
)
"""Where a person may decide. While bytes are on their way or their fate is unknown, nobody can; a staged one waits."""
WORK_STATES = (CaseState.NEEDS_DECISION, CaseState.PROVIDER_REFUSED, CaseState.ESCALATED, CaseState.SECOND_APPROVAL)
"""What "take next" offers: something an officer can do now."""
PAUSED_STATES = frozenset({CaseState.WAITING_FOR_CUSTOMER})
"""Whose time does not run against the due time."""


class CaseKind(TextChoices):
    ONBOARDING = "ONBOARDING", _("Onboarding")
    REVIEW = "REVIEW", _("Review")


class CaseCause(TextChoices):
    """Why a case was opened."""

    SUBMISSION = "SUBMISSION", _("First submission")
    DOCUMENT_ENDS = "DOCUMENT_ENDS", _("Document ends")
    APPROVAL_ENDS = "APPROVAL_ENDS", _("Approval ends")
    BY_HAND = "BY_HAND", _("Opened by a person")


class CaseRisk(TextChoices):
    STANDARD = "STANDARD", _("Standard")
    HIGH = "HIGH", _("High")


class CasePriority(IntegerChoices):
    """Smaller is sooner."""

    URGENT = 1, _("Urgent")
    HIGH = 2, _("High")
    NORMAL = 3, _("Normal")
    LOW = 4, _("Low")


class DecisionOutcome(TextChoices):
    APPROVE = "APPROVE", _("Approve")
    DECLINE = "DECLINE", _("Decline")
    ASK_FOR_MORE = "ASK_FOR_MORE", _("Ask for more")
    ESCALATE = "ESCALATE", _("Escalate")


FINAL_OUTCOMES = frozenset({DecisionOutcome.APPROVE, DecisionOutcome.DECLINE})
"""Close the case once they stand."""


class ReviewChoice(TextChoices):
    """What became of a staged decision. One row each, written once."""

    APPROVED = "APPROVED", _("Approved by a second person")
    RETURNED = "RETURNED", _("Returned by a second person")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn by its maker")
    EXPIRED = "EXPIRED", _("Expired")


class DifferenceReason(TextChoices):
    """Why two values that differ may stand."""

    SAME_PERSON = "SAME_PERSON", _("Same value, written differently")
    TRANSLITERATION = "TRANSLITERATION", _("Transliteration or truncation")
    NAME_CHANGE = "NAME_CHANGE", _("Name change, with evidence")
    ENTRY_ERROR = "ENTRY_ERROR", _("Error of entry")
    READING_ERROR = "READING_ERROR", _("Misread by the provider or the reader")
    REAL = "REAL", _("A real difference")


class ReadingSource(TextChoices):
    TYPED = "TYPED", _("Typed or pasted")
    IMAGE = "IMAGE", _("Read from the image")


class ReadingFormat(TextChoices):
    TD1 = "TD1", _("Card, three lines (TD1)")
    TD2 = "TD2", _("Card, two lines (TD2)")
    TD3 = "TD3", _("Passport (TD3)")
    MRVA = "MRVA", _("Visa, full page (MRV-A)")
    MRVB = "MRVB", _("Visa, small (MRV-B)")
    FRID = "FRID", _("French identity card until 2021")
    AAMVA = "AAMVA", _("Driving licence barcode (AAMVA)")


class ReadingCheck(TextChoices):
    """What a value's check digit says."""

    OK = "OK", _("Check digit fits")
    WRONG = "WRONG", _("Check digit does not fit")
    ABSENT = "ABSENT", _("No check digit given")
    NONE = "NONE", _("Without a check digit")


class RequestItem(TextChoices):
    """What a customer is asked for again."""

    IDENTITY_DOCUMENT = "IDENTITY_DOCUMENT", _("Identity document")
    DOCUMENT_BACK = "DOCUMENT_BACK", _("Back of the document")
    SELFIE = "SELFIE", _("Selfie")
    PROOF_OF_ADDRESS = "PROOF_OF_ADDRESS", _("Proof of address")
    WHOLE_CHECK = "WHOLE_CHECK", _("The whole check")
    INFORMATION = "INFORMATION", _("Information")


class RequestReason(TextChoices):
    BLURRED = "BLURRED", _("Blurred or too dark")
    CUT_OFF = "CUT_OFF", _("Cut off or covered")
    EXPIRED = "EXPIRED", _("Expired")
    WRONG_DOCUMENT = "WRONG_DOCUMENT", _("Wrong kind of document")
    NOT_MATCHING = "NOT_MATCHING", _("Does not match what was entered")
    OTHER_PERSON = "OTHER_PERSON", _("Shows another person")
    INCOMPLETE = "INCOMPLETE", _("Incomplete")


class RequestWay(TextChoices):
    """How the customer answers."""

    SESSION = "SESSION", _("New verification session")
    LINK = "LINK", _("New KYC link")
    MESSAGE = "MESSAGE", _("Message only")


class RequestStatus(TextChoices):
    OPEN = "OPEN", _("Waiting for the customer")
    ANSWERED = "ANSWERED", _("Answered")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
