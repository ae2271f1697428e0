"""Audit events as lines of a timeline: what, by whom, when, and the words that matter of the details."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from verifications.enums import AuditAction, CaseState, DocumentSlot, ProviderAnswer
from verifications.models import AuditEvent

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
}
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
            css=TONES.get(event.action, ""),
        )
        for event in events
        if event.action not in QUIET
    ]


def _more(event: AuditEvent) -> str:
    details = event.details
    match event.action:
        case AuditAction.VERIFICATION_ACCEPTED:
            reference = details.get("reference", "")
            return f"Verification id {reference}" if reference else "Shown by the user's status; the id was lost"
        case AuditAction.PROVIDER_USER_CONFIRMED if details.get("reference"):
            return f"User id {details['reference']}"
        case AuditAction.VERIFICATION_ANSWERED | AuditAction.VERIFICATION_COMPLETED:
            answer = details.get("answer", "")
            words = ProviderAnswer(answer).label if answer in ProviderAnswer.values else answer
            reasons = ", ".join(str(reason) for reason in details.get("reasons", ()))
            return f"{words}: {reasons}" if reasons else words
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
