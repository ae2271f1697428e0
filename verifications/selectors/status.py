"""How states look and what they mean: a tone, a shape and words, and what moves each next."""

from __future__ import annotations

from dataclasses import dataclass

from verifications.enums import CallStatus, CaseState, ProviderAnswer, ProviderUserStatus, VerificationStatus


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
ANSWER_TONES: dict[str, str] = {
    ProviderAnswer.REQUIREMENT_MET: "good",
    ProviderAnswer.IN_REVIEW: "info",
    ProviderAnswer.STILL_WANTED: "warn",
    ProviderAnswer.USER_DISABLED: "bad",
    ProviderAnswer.USER_CLOSED: "bad",
    ProviderAnswer.UNREADABLE: "unknown",
}
