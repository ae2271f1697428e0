"""What becomes of an accepted submission: chosen by what was sent, computed when the user is read.

Contract: kraken-embed 7.4 (required actions and how to read them); payward-services 5.4 uses the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .store import Submission, User

DEADLINE = dt.timedelta(days=14)
MEETS = {
    "identity_document": ["identity"],
    "residence_document": ["residence"],
    "selfie": ["selfie"],
    "tax_id_document": ["tax_id"],
}
ONBOARDING = ("identity", "residence", "selfie")


@dataclass(frozen=True)
class Outcome:
    """One thing that can happen. ``result``: met, back, disabled, closed, more, new_words or unmoved.

    ``review``: none, short (``--review-seconds``) or long (``--long-review-seconds``).
    """

    mark: str
    result: str
    review: str
    reason: str
    does: str
    portal: str


OUTCOMES = {
    outcome.mark: outcome
    for outcome in (
        Outcome(
            "",
            "met",
            "short",
            "",
            "A wait action for about two seconds, then the requirement is gone.",
            "In review, then completed: requirement met.",
        ),
        Outcome(
            "INSTANT", "met", "none", "", "The requirement is gone at once.", "Completed at the first status read."
        ),
        Outcome(
            "REVIEW",
            "met",
            "long",
            "",
            "A wait action for about a minute, then the requirement is gone.",
            "In review for a minute, polled with growing pauses.",
        ),
        Outcome(
            "REJECT",
            "back",
            "short",
            "document_unreadable",
            "The requirement comes back with the reason document_unreadable and a deadline in 14 days.",
            "Still wanted, with reason and deadline; a new submission is offered.",
        ),
        Outcome(
            "EXPIRED",
            "back",
            "short",
            "document_expired",
            "The requirement comes back with document_expired. An expiration_date in the past does the same.",
            "Still wanted: the document is out of date.",
        ),
        Outcome(
            "MATCHED",
            "back",
            "short",
            "watchlist_match",
            "The requirement comes back with watchlist_match. A watch list with status Matched does the same.",
            "Still wanted, for manual review.",
        ),
        Outcome(
            "DISABLE",
            "disabled",
            "short",
            "review_failed",
            "The user is disabled with a reason; the requirement comes back.",
            "User disabled, with the reason; an officer is asked. A later good document enables it again.",
        ),
        Outcome(
            "CLOSE-USER",
            "closed",
            "short",
            "closed_after_review",
            "The user is closed for good; later submissions are answered 409.",
            "User closed; nothing more is sent.",
        ),
        Outcome(
            "ASK-MORE",
            "more",
            "short",
            "additional_evidence",
            "The requirement is met, and proof of residence and the phone number are asked for.",
            "Completed, with two further required actions listed.",
        ),
        Outcome(
            "NEW-WORDS",
            "new_words",
            "short",
            "reason_nobody_listed",
            "An action type, a reason and a wait code that no page lists.",
            "Shown as received, never an error, never a pass.",
        ),
        Outcome(
            "UNMOVED",
            "unmoved",
            "none",
            "",
            "Accepted, but the user's requirements stay as they were.",
            "Accepted and still wanted; polled until its bound, then flagged.",
        ),
    )
}


def new_actions(kinds: Sequence[str] = ONBOARDING) -> list[dict[str, Any]]:
    """The required actions every new user starts with, headless ones too: identity, residence, selfie."""
    return [_verification(kind, ["initial_onboarding"]) for kind in kinds]


def choose_outcome(mark: str, metadata: dict[str, Any], *, now: float) -> str:
    """The outcome's mark: the one that was sent, else what the metadata itself implies, else the plain one."""
    if mark:
        return mark
    expires = metadata.get("expiration_date")
    if expires and dt.date.fromisoformat(expires) < dt.datetime.fromtimestamp(now, dt.UTC).date():
        return "EXPIRED"
    if any(isinstance(part, dict) and part.get("status") == "Matched" for part in metadata.values()):
        return "MATCHED"
    return ""


def status_at(user: User, submissions: Sequence[Submission], *, now: float) -> dict[str, Any]:
    """The ``status`` member of a user as it reads at ``now`` (seconds): state, reasons, required_actions."""
    actions = [action for action in user.actions if not _patched(action, user, since=user.created_at)]
    blocked: dict[str, str] = {}
    closed = ""
    waits: list[str] = []
    for submission in submissions:
        outcome = OUTCOMES[submission.outcome]
        if outcome.result == "unmoved":
            continue
        actions = [action for action in actions if action.get("verification_type") not in submission.meets]
        if now < submission.review_until:
            waits.append("manual_review" if outcome.review == "long" else "document_review")
            continue
        for kind in submission.meets:
            blocked.pop(kind, None)
        if outcome.result == "closed":
            closed = outcome.reason
        elif outcome.result == "disabled":
            blocked |= dict.fromkeys(submission.meets, outcome.reason)
        actions += _following(outcome, submission, user)
    if waits:
        actions.append({"action_type": "wait", "wait_reason_code": waits[-1]})
    if closed or user.state == "closed":
        return {"state": "closed", "reasons": [*user.reasons, *filter(None, [closed])]}
    reasons = [*user.reasons, *dict.fromkeys(blocked.values())]
    if blocked or user.state == "disabled":
        return {"state": "disabled", "reasons": reasons, "required_actions": actions}
    return {"state": user.state, "required_actions": actions}


def _following(outcome: Outcome, submission: Submission, user: User) -> list[dict[str, Any]]:
    until = dt.datetime.fromtimestamp(submission.review_until, dt.UTC) + DEADLINE
    deadline = until.strftime("%Y-%m-%dT%H:%M:%SZ")
    if outcome.result in {"back", "disabled"}:
        return [_verification(kind, [outcome.reason], deadline) for kind in submission.meets]
    if outcome.result == "more":
        details = {
            "action_type": "provide_details",
            "details_type": {"type": "phone"},
            "reason": outcome.reason,
            "deadline": deadline,
        }
        asked = [_verification("residence", [outcome.reason], deadline)]
        return asked if _patched(details, user, since=submission.received_at) else [*asked, details]
    if outcome.result == "new_words":
        return [
            {"action_type": "answer_questionnaire", "questionnaire": "source_of_funds", "reasons": [outcome.reason]},
            {"action_type": "wait", "wait_reason_code": "code_nobody_listed"},
        ]
    return []


def _verification(kind: str, reasons: list[str], deadline: str | None = None) -> dict[str, Any]:
    action: dict[str, Any] = {"action_type": "verification", "verification_type": kind, "reasons": reasons}
    return action | ({"deadline": deadline} if deadline else {})


def _patched(action: dict[str, Any], user: User, *, since: float) -> bool:
    """Whether a provide_details action was answered by a later change of the profile."""
    member = (action.get("details_type") or {}).get("type")
    return member in user.patched and user.patched[member] >= since
