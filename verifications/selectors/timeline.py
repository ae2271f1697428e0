"""Audit events as lines of a timeline: what, by whom, when, and the words that matter of the details."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from verifications.enums import AuditAction, CaseState, DocumentSlot, LinkKind, LinkStatus, ProviderAnswer
from verifications.models import AuditEvent
from verifications.selectors.session_events import session_details

TONES: dict[str, str] = {
    AuditAction.VERIFICATION_SUBMITTED: "is-key",
    AuditAction.VERIFICATION_ACCEPTED: "is-key",
    AuditAction.VERIFICATION_COMPLETED: "is-good",
    AuditAction.VERIFICATION_REFUSED: "is-bad",
    AuditAction.VERIFICATION_STOPPED: "is-bad",
    AuditAction.PROVIDER_USER_REFUSED: "is-bad",
    AuditAction.DOCUMENT_REFUSED: "is-bad",
    AuditAction.VERIFICATION_UNKNOWN: "is-unknown",
    AuditAction.PROVIDER_USER_UNKNOWN: "is-unknown",
    AuditAction.SESSION_CREATED: "is-key",
    AuditAction.SESSION_OPENED: "is-key",
    AuditAction.SESSION_RETURNED: "is-key",
    AuditAction.SESSION_REFUSED: "is-bad",
    AuditAction.SESSION_RETURN_REFUSED: "is-bad",
    AuditAction.SESSION_STOPPED: "is-bad",
    AuditAction.SESSION_DELETED: "is-key",
    AuditAction.LINK_ISSUED: "is-key",
    AuditAction.LINK_SENT: "is-key",
    AuditAction.LINK_RETURNED: "is-key",
    AuditAction.LINK_REFUSED: "is-bad",
    AuditAction.LINK_STOPPED: "is-bad",
}
RECOMMENDATION_TONES: dict[str, str] = {
    ProviderAnswer.ALLOW: "is-good",
    ProviderAnswer.CHALLENGE: "is-key",
    ProviderAnswer.DENY: "is-bad",
}
"""A session's answer is coloured by what it recommends; one that nobody knows is no good news."""
QUIET = frozenset({AuditAction.VERIFICATION_SENDING, AuditAction.CASE_STATE_CHANGED})
"""Steps that the event beside them tells better; the audit log has them all."""


@dataclass(frozen=True)
class TimelineLine:
    what: str
    more: str
    actor: str
    at: dt.datetime
    css: str


def timeline_lines(events: Iterable[AuditEvent]) -> list[TimelineLine]:
    return [
        TimelineLine(
            what=event.get_action_display(),
            more=_more(event),
            actor=event.actor_name,
            at=event.at,
            css=_css(event),
        )
        for event in events
        if event.action not in QUIET and not _is_echo(event)
    ]


def _is_echo(event: AuditEvent) -> bool:
    """A verification that only follows its session says the same a second time."""
    if event.action == AuditAction.VERIFICATION_ACCEPTED:
        return "after" in event.details  # passed through on the way to an end without a result
    if event.action == AuditAction.VERIFICATION_NOT_SENT:
        return event.details.get("cause") == "picture_wanted"
    return event.action == AuditAction.SESSION_MOVED and event.subject_type == "Verification"


def _css(event: AuditEvent) -> str:
    if event.action == AuditAction.VERIFICATION_COMPLETED and "after" in event.details:
        return "is-bad"
    if event.action == AuditAction.VERIFICATION_COMPLETED and "recommendation" in event.details:
        return RECOMMENDATION_TONES.get(event.details["recommendation"], "is-unknown")
    return TONES.get(event.action, "")


def _more(event: AuditEvent) -> str:
    details = event.details
    of_noun = _NOUNS.get(event.action.partition(".")[0])
    if of_noun is not None:
        return of_noun(event.action, details)
    match event.action:
        case AuditAction.VERIFICATION_ACCEPTED:
            return _accepted(details)
        case AuditAction.PROVIDER_USER_CONFIRMED if details.get("reference"):
            return f"User id {details['reference']}"
        case AuditAction.VERIFICATION_ANSWERED | AuditAction.VERIFICATION_COMPLETED:
            return _answered(details)
        case AuditAction.VERIFICATION_NOT_SENT:
            return f"Try {details.get('try', '')} {details.get('code', '')}".strip()
        case AuditAction.DOCUMENT_UPLOADED | AuditAction.DOCUMENT_REMOVED:
            slot = details.get("slot", "")
            label = DocumentSlot(slot).label if slot in DocumentSlot.values else slot
            return f"{label}, SHA-256 {details['sha256'][:12]}…"
        case AuditAction.VERIFICATION_CHANGED | AuditAction.CUSTOMER_CHANGED:
            return ", ".join(name.replace("_", " ") for name in details.get("fields", ()))
        case AuditAction.CASE_OPENED:
            return str(details.get("number", ""))
        case AuditAction.CASE_STATE_CHANGED:
            after = details.get("after", "")
            return CaseState(after).label if after in CaseState.values else after
    return str(details.get("code", ""))


def _accepted(details: dict[str, Any]) -> str:
    if "recommendation" in details:
        return "The customer was done before anybody looked"
    if "answer" in details:
        return "The customer has begun at the provider"
    reference = details.get("reference", "")
    return f"Id at the provider {reference}" if reference else "Shown by the user's status; the id was lost"


def _answered(details: dict[str, Any]) -> str:
    if "after" in details:
        return "Without a result"
    answer = details.get("answer") or details.get("recommendation") or ""
    words = ProviderAnswer(answer).label if answer in ProviderAnswer.values else answer
    reasons = ", ".join(str(reason) for reason in details.get("reasons", ()))
    return f"{words}: {reasons}" if reasons else words


def _link(_action: str, details: dict[str, Any]) -> str:
    """Where a link moved to, or what kind of one was asked for."""
    after, kind = details.get("after", ""), details.get("kind", "")
    if after:
        return str(LinkStatus(after).label) if after in LinkStatus.values else str(after)
    if kind in LinkKind.values:
        return f"{kind}, {details.get('country', '')}"
    return str(details.get("code", ""))


_NOUNS = {"verification_session": session_details, "link": _link}
