"""How states look and what they mean: a tone, a shape and words, and what moves each next."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from verifications.enums import (
    CallStatus,
    CaseState,
    ExportStatus,
    LinkStatus,
    ProviderAnswer,
    ProviderUserStatus,
    SessionStatus,
    VerificationStatus,
)


@dataclass(frozen=True)
class Look:
    """``css`` is the design system's status class; ``means`` says who acts next."""

    css: str
    means: str | Promise


VERIFICATION_LOOKS: dict[str, Look] = {
    VerificationStatus.DRAFT: Look("draft", _("Being filled in. An administrator submits it.")),
    VerificationStatus.QUEUED: Look("waiting", _("Written to the call ledger. The delivery worker sends it next.")),
    VerificationStatus.SENDING: Look("moving", _("On its way. The provider's answer moves it next.")),
    VerificationStatus.ACCEPTED: Look("todo", _("The provider took it. The user's status is read until it answers.")),
    VerificationStatus.COMPLETED: Look("good", _("The provider has answered. An officer decides about the customer.")),
    VerificationStatus.REFUSED: Look(
        "refused", _("The provider said no. An administrator corrects it in a new draft.")
    ),
    VerificationStatus.OUTCOME_UNKNOWN: Look(
        "unknown", _("The answer was lost after sending. It is not sent again by itself; the user's status is read.")
    ),
    VerificationStatus.WAITING_FOR_CUSTOMER: Look("waiting", _("The customer acts next.")),
    VerificationStatus.EXPIRED: Look("stopped", _("The time for it is over.")),
    VerificationStatus.CANCELLED: Look("stopped", _("Given up before it was sent.")),
}
LINK_LOOKS: dict[str, Look] = {
    LinkStatus.REQUESTED: Look("moving", _("Capa makes the link next.")),
    LinkStatus.ISSUED: Look("waiting", _("The customer opens it next. Capa sends no sign of that.")),
    LinkStatus.RETURNED: Look("moving", _("The customer came back, which proves nothing. The details are read next.")),
    LinkStatus.IN_PROGRESS: Look("moving", _("The customer is at it, or Capa is checking. Its result moves it next.")),
    LinkStatus.IN_REVIEW: Look("attention", _("A person at Capa looks at it. Their result moves it next.")),
    LinkStatus.VERIFIED: Look("good", _("Capa has verified the customer. An officer decides next.")),
    LinkStatus.REJECTED: Look("refused", _("Capa has rejected the customer. An officer decides next.")),
    LinkStatus.EXPIRED: Look(
        "stopped", _("Its time is over. A new link moves it next, or a customer who still ends it.")
    ),
    LinkStatus.REPLACED: Look("stopped", _("A newer link took its place.")),
    LinkStatus.REFUSED: Look("problem", _("Capa made no link. Correct what it names, then ask again.")),
    LinkStatus.CANCELLED: Look("stopped", _("Given up. Nothing more is read about it.")),
}
UNKNOWN_LOOK = Look("unknown", _("A state the portal does not know. Ask Capa what it means."))
NOTIFICATION_LOOKS: dict[str, Look] = {
    "PENDING": Look("moving", _("Capa delivers it next, or tries again.")),
    "SENT": Look("good", _("Delivered here.")),
    "FAILED": Look("problem", _("Capa has given up after its own tries. It can be asked to deliver again.")),
    "NOT_SENT": Look("stopped", _("Capa had no address to deliver to when it happened.")),
}
NOTIFICATION_STATES: list[tuple[str, str | Promise]] = [
    ("PENDING", _("Pending")),
    ("SENT", _("Sent")),
    ("FAILED", _("Failed")),
    ("NOT_SENT", _("Not sent")),
]
"""Capa's own words (capa-partner 5, C7), for the filter."""
CASE_LOOKS: dict[str, Look] = {
    CaseState.SENDING: Look("moving", _("The delivery worker sends it next.")),
    CaseState.WITH_PROVIDER: Look("waiting", _("The provider answers next.")),
    CaseState.NEEDS_DECISION: Look("todo", _("An officer decides next.")),
    CaseState.SECOND_APPROVAL: Look("todo", _("A second officer approves or returns the decision next.")),
    CaseState.ESCALATED: Look("attention", _("A senior officer decides next.")),
    CaseState.PROVIDER_REFUSED: Look("refused", _("An administrator corrects the submission.")),
    CaseState.OUTCOME_UNKNOWN: Look("unknown", _("The outcome has to be found out.")),
    CaseState.WAITING_FOR_CUSTOMER: Look("waiting", _("The customer acts next.")),
    CaseState.CLOSED: Look("stopped", _("Closed.")),
}
CALL_LOOKS: dict[str, Look] = {
    CallStatus.WAITING: Look("waiting", _("Waits for its time.")),
    CallStatus.SENDING: Look("moving", _("On its way.")),
    CallStatus.SUCCEEDED: Look("good", _("Answered.")),
    CallStatus.REFUSED: Look("refused", _("The provider said no.")),
    CallStatus.NOT_SENT: Look("attention", _("Not processed by the provider.")),
    CallStatus.UNKNOWN: Look("unknown", _("Nobody knows whether it was processed.")),
    CallStatus.CANCELLED: Look("stopped", _("Given up.")),
}
USER_LOOKS: dict[str, Look] = {
    ProviderUserStatus.WAITING: Look("moving", _("The provider confirms it next.")),
    ProviderUserStatus.LINKED: Look("good", _("Confirmed by the provider.")),
    ProviderUserStatus.REFUSED: Look("refused", _("Correct what the provider names, then try again.")),
    ProviderUserStatus.OUTCOME_UNKNOWN: Look(
        "unknown", _("Ask the provider whether the user exists, then link its id.")
    ),
}
SESSION_LOOKS: dict[str, Look] = {
    SessionStatus.DRAFT: Look("draft", _("Being filled in. An administrator adds the pictures and sends them.")),
    SessionStatus.REQUESTED: Look("moving", _("The delivery worker asks the provider to create it.")),
    SessionStatus.WAITING_FOR_CUSTOMER: Look("waiting", _("The customer opens the address next.")),
    SessionStatus.CAPTURING: Look("waiting", _("Pictures are being taken or sent. The provider judges each.")),
    SessionStatus.IN_PROGRESS: Look("moving", _("All pictures are in. The provider's result moves it next.")),
    SessionStatus.ACTION_REQUIRED: Look("attention", _("The provider wants another picture before it goes on.")),
    SessionStatus.COMPLETED: Look("good", _("The provider has answered. An officer decides about the customer.")),
    SessionStatus.FAILED: Look("problem", _("A technical failure at the provider, and no finding about the customer.")),
    SessionStatus.LOST: Look("problem", _("The provider does not know it any more. No finding about the customer.")),
    SessionStatus.EXPIRED: Look("stopped", _("Its time ran out before the customer was done.")),
    SessionStatus.REFUSED: Look("refused", _("The provider did not create it. The reason names what to correct.")),
    SessionStatus.CANCELLED: Look("stopped", _("Given up. The customer's address no longer works.")),
    SessionStatus.DELETED: Look("stopped", _("Gone at the provider. What was copied stays here.")),
}
EXPORT_LOOKS: dict[str, Look] = {
    ExportStatus.QUEUED: Look("waiting", _("A worker begins it within seconds.")),
    ExportStatus.RUNNING: Look("moving", _("A worker writes the file.")),
    ExportStatus.READY: Look("good", _("The file is ready and signed.")),
    ExportStatus.FAILED: Look("problem", _("No file was kept. Whoever asked for it can have it tried again.")),
    ExportStatus.CANCELLED: Look("stopped", _("Called off. No file was kept.")),
    ExportStatus.REMOVED: Look("stopped", _("Its time was over. What was signed stays here.")),
}
CHECK_TONES: dict[str, tuple[str, str]] = {
    "ALLOW": ("good", "done"),
    "CHALLENGE": ("warn", "warning"),
    "DENY": ("bad", "ban"),
    "N/A": ("outline", "minus"),
}
"""A check's recommendation -> badge and icon; one that is not listed looks unknown."""
ANSWER_TONES: dict[str, str] = {
    ProviderAnswer.REQUIREMENT_MET: "good",
    ProviderAnswer.IN_REVIEW: "info",
    ProviderAnswer.STILL_WANTED: "warn",
    ProviderAnswer.USER_DISABLED: "bad",
    ProviderAnswer.USER_CLOSED: "bad",
    ProviderAnswer.UNREADABLE: "unknown",
    ProviderAnswer.ALLOW: "good",
    ProviderAnswer.CHALLENGE: "warn",
    ProviderAnswer.DENY: "bad",
    ProviderAnswer.NO_RESULT: "unknown",
    ProviderAnswer.VERIFIED: "good",
    ProviderAnswer.VERIFIED_FINDINGS: "warn",
    ProviderAnswer.REJECTED: "bad",
}
