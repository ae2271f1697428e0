"""How states look and what they mean: a tone, a shape and words, and what moves each next."""

from __future__ import annotations

from dataclasses import dataclass

from verifications.enums import (
    CallStatus,
    CaseState,
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
    means: str


VERIFICATION_LOOKS: dict[str, Look] = {
    VerificationStatus.DRAFT: Look("draft", "Being filled in. An administrator submits it."),
    VerificationStatus.QUEUED: Look("waiting", "Written to the call ledger. The delivery worker sends it next."),
    VerificationStatus.SENDING: Look("moving", "On its way. The provider's answer moves it next."),
    VerificationStatus.ACCEPTED: Look("todo", "The provider took it. The user's status is read until it answers."),
    VerificationStatus.COMPLETED: Look("good", "The provider has answered. An officer decides about the customer."),
    VerificationStatus.REFUSED: Look("refused", "The provider said no. An administrator corrects it in a new draft."),
    VerificationStatus.OUTCOME_UNKNOWN: Look(
        "unknown", "The answer was lost after sending. It is not sent again by itself; the user's status is read."
    ),
    VerificationStatus.WAITING_FOR_CUSTOMER: Look("waiting", "The customer acts next."),
    VerificationStatus.EXPIRED: Look("stopped", "The time for it is over."),
    VerificationStatus.CANCELLED: Look("stopped", "Given up before it was sent."),
}
LINK_LOOKS: dict[str, Look] = {
    LinkStatus.REQUESTED: Look("moving", "Capa makes the link next."),
    LinkStatus.ISSUED: Look("waiting", "The customer opens it next. Capa sends no sign of that."),
    LinkStatus.RETURNED: Look("moving", "The customer came back, which proves nothing. The details are read next."),
    LinkStatus.IN_PROGRESS: Look("moving", "The customer is at it, or Capa is checking. Its result moves it next."),
    LinkStatus.IN_REVIEW: Look("attention", "A person at Capa looks at it. Their result moves it next."),
    LinkStatus.VERIFIED: Look("good", "Capa has verified the customer. An officer decides next."),
    LinkStatus.REJECTED: Look("refused", "Capa has rejected the customer. An officer decides next."),
    LinkStatus.EXPIRED: Look("stopped", "Its time is over. A new link moves it next, or a customer who still ends it."),
    LinkStatus.REPLACED: Look("stopped", "A newer link took its place."),
    LinkStatus.REFUSED: Look("problem", "Capa made no link. Correct what it names, then ask again."),
    LinkStatus.CANCELLED: Look("stopped", "Given up. Nothing more is read about it."),
}
UNKNOWN_LOOK = Look("unknown", "A state the portal does not know. Ask Capa what it means.")
NOTIFICATION_LOOKS: dict[str, Look] = {
    "PENDING": Look("moving", "Capa delivers it next, or tries again."),
    "SENT": Look("good", "Delivered here."),
    "FAILED": Look("problem", "Capa has given up after its own tries. It can be asked to deliver again."),
    "NOT_SENT": Look("stopped", "Capa had no address to deliver to when it happened."),
}
NOTIFICATION_STATES = [("PENDING", "Pending"), ("SENT", "Sent"), ("FAILED", "Failed"), ("NOT_SENT", "Not sent")]
"""Capa's own words (capa-partner 5, C7), for the filter."""
CASE_LOOKS: dict[str, Look] = {
    CaseState.SENDING: Look("moving", "The delivery worker sends it next."),
    CaseState.WITH_PROVIDER: Look("waiting", "The provider answers next."),
    CaseState.NEEDS_DECISION: Look("todo", "An officer decides next."),
    CaseState.PROVIDER_REFUSED: Look("refused", "An administrator corrects the submission."),
    CaseState.OUTCOME_UNKNOWN: Look("unknown", "The outcome has to be found out."),
    CaseState.WAITING_FOR_CUSTOMER: Look("waiting", "The customer acts next."),
    CaseState.CLOSED: Look("stopped", "Closed."),
}
CALL_LOOKS: dict[str, Look] = {
    CallStatus.WAITING: Look("waiting", "Waits for its time."),
    CallStatus.SENDING: Look("moving", "On its way."),
    CallStatus.SUCCEEDED: Look("good", "Answered."),
    CallStatus.REFUSED: Look("refused", "The provider said no."),
    CallStatus.NOT_SENT: Look("attention", "Not processed by the provider."),
    CallStatus.UNKNOWN: Look("unknown", "Nobody knows whether it was processed."),
    CallStatus.CANCELLED: Look("stopped", "Given up."),
}
USER_LOOKS: dict[str, Look] = {
    ProviderUserStatus.WAITING: Look("moving", "The provider confirms it next."),
    ProviderUserStatus.LINKED: Look("good", "Confirmed by the provider."),
    ProviderUserStatus.REFUSED: Look("refused", "Correct what the provider names, then try again."),
    ProviderUserStatus.OUTCOME_UNKNOWN: Look("unknown", "Ask the provider whether the user exists, then link its id."),
}
SESSION_LOOKS: dict[str, Look] = {
    SessionStatus.DRAFT: Look("draft", "Being filled in. An administrator adds the pictures and sends them."),
    SessionStatus.REQUESTED: Look("moving", "The delivery worker asks the provider to create it."),
    SessionStatus.WAITING_FOR_CUSTOMER: Look("waiting", "The customer opens the address next."),
    SessionStatus.CAPTURING: Look("waiting", "Pictures are being taken or sent. The provider judges each."),
    SessionStatus.IN_PROGRESS: Look("moving", "All pictures are in. The provider's result moves it next."),
    SessionStatus.ACTION_REQUIRED: Look("attention", "The provider wants another picture before it goes on."),
    SessionStatus.COMPLETED: Look("good", "The provider has answered. An officer decides about the customer."),
    SessionStatus.FAILED: Look("problem", "A technical failure at the provider, and no finding about the customer."),
    SessionStatus.LOST: Look("problem", "The provider does not know it any more. No finding about the customer."),
    SessionStatus.EXPIRED: Look("stopped", "Its time ran out before the customer was done."),
    SessionStatus.REFUSED: Look("refused", "The provider did not create it. The reason names what to correct."),
    SessionStatus.CANCELLED: Look("stopped", "Given up. The customer's address no longer works."),
    SessionStatus.DELETED: Look("stopped", "Gone at the provider. What was copied stays here."),
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
