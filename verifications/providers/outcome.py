"""What a user's status says about a submission, and how sure that is. Contract: kraken-embed 7.4, payward-services 5.4.

No provider tells the outcome of a single verification; it is read from what the provider still wants of the user,
compared with what it wanted before the submission (the baseline).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from verifications.providers.types import RequiredAction, UserState
from verifications.providers.vocabulary import REQUIREMENT_LABELS, SATISFIES, WATCHLIST_REQUIREMENTS


class OutcomeAnswer(StrEnum):
    REQUIREMENT_MET = "REQUIREMENT_MET"
    IN_REVIEW = "IN_REVIEW"
    STILL_WANTED = "STILL_WANTED"
    USER_DISABLED = "USER_DISABLED"
    USER_CLOSED = "USER_CLOSED"
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True)
class OutcomeReading:
    """``is_final`` says that asking again will not tell more; ``reasons`` and ``deadline`` are the provider's own."""

    answer: OutcomeAnswer
    is_final: bool
    explanation: str
    reasons: tuple[str, ...] = ()
    deadline: str = ""


def read_outcome(
    *,
    user: UserState,
    verification_type: str,
    lists: Collection[str] = (),
    baseline: UserState | None,
) -> OutcomeReading:
    """Read the outcome of a submission of ``verification_type`` from the user's status.

    ``lists`` names the lists of a ``watchlists`` submission (``sanctions``, ``pep``, ``negative_news``; none means
    all), ``baseline`` is the status read before the submission, if there was one.
    """
    if user.state == "closed":
        return OutcomeReading(
            OutcomeAnswer.USER_CLOSED,
            True,
            "The provider has closed this user for good. Submit nothing more; ask the account manager if in doubt.",
            user.reasons,
        )
    if user.state == "disabled":
        return OutcomeReading(
            OutcomeAnswer.USER_DISABLED,
            True,
            "The provider has disabled this user until its requirements are met or it lifts the block. "
            "Read the reasons, then ask the account manager what is wanted.",
            user.reasons,
        )
    if user.state != "ok":
        return OutcomeReading(
            OutcomeAnswer.UNREADABLE,
            False,
            "The provider gave a status that its contract does not name. It is asked again; if it stays so, an "
            "administrator should look at the provider call.",
        )
    wanted = _requirements(verification_type, lists)
    waits = [action for action in user.required_actions if action.kind == "wait"]
    if waits:
        return OutcomeReading(
            OutcomeAnswer.IN_REVIEW,
            False,
            "The provider is still working on this user. It is asked again by itself.",
            tuple(dict.fromkeys(action.subject for action in waits if action.subject)),
        )
    still_open = _entries(user, wanted)
    if not still_open:
        return _met(wanted, baseline)
    return _still_wanted(still_open, wanted, baseline)


def _requirements(verification_type: str, lists: Collection[str]) -> tuple[str, ...]:
    if verification_type == "watchlists" and lists:
        return tuple(requirement for name, requirement in WATCHLIST_REQUIREMENTS.items() if name in lists)
    return SATISFIES.get(verification_type, (verification_type,))


def _entries(user: UserState, wanted: Collection[str]) -> list[RequiredAction]:
    return [a for a in user.required_actions if a.kind == "verification" and a.subject in wanted]


def _met(wanted: tuple[str, ...], baseline: UserState | None) -> OutcomeReading:
    named = _named(wanted)
    if baseline is not None and not _entries(baseline, wanted):
        explanation = (
            f"The provider does not ask for this ({named}), nor did it before the submission. "
            "There is nothing further to submit."
        )
    else:
        explanation = (
            f"The provider no longer asks for this ({named}), so it has accepted what was submitted. "
            "An officer can decide the case."
        )
    return OutcomeReading(OutcomeAnswer.REQUIREMENT_MET, True, explanation)


def _still_wanted(
    still_open: list[RequiredAction], wanted: tuple[str, ...], baseline: UserState | None
) -> OutcomeReading:
    before = Counter(_mark(action) for action in _entries(baseline, wanted)) if baseline is not None else None
    changed = before is not None and bool(Counter(_mark(action) for action in still_open) - before)
    named = _named(tuple(dict.fromkeys(action.subject for action in still_open)))
    explanation = (
        f"The provider asks again for this ({named}), so what was submitted was not enough. "
        "Read its reasons, then submit again."
        if changed
        else f"The provider still lists this ({named}) as open, unchanged so far; it may not have looked at the "
        "submission yet. It is asked again by itself."
    )
    return OutcomeReading(
        OutcomeAnswer.STILL_WANTED,
        changed,
        explanation,
        tuple(dict.fromkeys(reason for action in still_open for reason in action.reasons)),
        min((action.deadline for action in still_open if action.deadline), default=""),
    )


def _mark(action: RequiredAction) -> tuple[str, tuple[str, ...], str]:
    return action.subject, tuple(sorted(action.reasons)), action.deadline


def _named(requirements: tuple[str, ...]) -> str:
    return ", ".join(REQUIREMENT_LABELS.get(one, one) for one in requirements)
