"""How a session at the Capa stand-in ends: the outcomes a tester may choose, their results and their webhooks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .api import Sandbox
from .capa_store import CapaStore, CapaUser, Link, NewEvent

UNKNOWN_RESULT = "ON_HOLD"
EVENTS = {
    "VERIFIED": "VERIFIED_USER",
    "REJECTED": "REJECTED_KYC",
    "REVIEW_NEEDED": "REVIEW_NEEDED_KYC",
    UNKNOWN_RESULT: "ON_HOLD_KYC",
}
SUBMITTED_EVENT = "CREATED_KYC"


@dataclass(frozen=True)
class Outcome:
    """``results`` come one after the other: the first after the short review, the next after the long one."""

    label: str
    results: tuple[str, ...]
    returns: bool = True


OUTCOMES = {
    "verified": Outcome("Verified", ("VERIFIED",)),
    "rejected": Outcome("Rejected", ("REJECTED",)),
    "review_verified": Outcome("Review needed, then verified", ("REVIEW_NEEDED", "VERIFIED")),
    "review_rejected": Outcome("Review needed, then rejected", ("REVIEW_NEEDED", "REJECTED")),
    "review": Outcome("Review needed, and it stays so", ("REVIEW_NEEDED",)),
    "watchlist": Outcome("Verified with watch-list hits", ("VERIFIED",)),
    "section": Outcome("Verified with a section not approved", ("VERIFIED",)),
    "unknown": Outcome("A value nobody knows", (UNKNOWN_RESULT,)),
    "no_result": Outcome("Submitted, and no result comes", ()),
    "no_return": Outcome("Verified, and the tab stays open", ("VERIFIED",), returns=False),
}


def new_event(user: CapaUser, event: str, *, at: float) -> NewEvent:
    payload = compact({"type": "KYC", "event": event, "externalUserId": user.external_id})
    return NewEvent(str(uuid.uuid4()), user.partner, event, payload, at)


def compact(document: object) -> str:
    """JSON as the vendor's platform writes it: no spaces, no escapes for other scripts."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def submit(
    store: CapaStore,
    sandbox: Sandbox,
    user: CapaUser,
    link: Link,
    *,
    outcome: str,
    entered: Mapping[str, Any],
    now: float,
) -> bool:
    """End the session: its results and webhooks are fixed here and happen later. False when it had been ended."""
    steps = _steps(sandbox, outcome, now=now)
    events = [new_event(user, SUBMITTED_EVENT, at=now)]
    events += [new_event(user, EVENTS[status], at=at) for at, status in steps]
    return store.submit(link, at=now, outcome=outcome, entered=entered, steps=steps, events=events)


def conclude(store: CapaStore, user: CapaUser, link: Link, *, outcome: str, now: float) -> None:
    """Give a session that was submitted the last result of another outcome, at once; what was still to come is not."""
    steps = [(at, status) for at, status in link.steps if at <= now]
    added = [(now, status) for status in OUTCOMES[outcome].results[-1:]]
    events = [new_event(user, EVENTS[status], at=at) for at, status in added]
    store.conclude(link, at=now, outcome=outcome, steps=[*steps, *added], events=events)


def _steps(sandbox: Sandbox, outcome: str, *, now: float) -> list[tuple[float, str]]:
    steps, at = [], now
    waits = (sandbox.config.review_seconds, sandbox.config.long_review_seconds)
    for status, wait in zip(OUTCOMES[outcome].results, waits, strict=False):
        at += wait
        steps.append((at, status))
    return steps
