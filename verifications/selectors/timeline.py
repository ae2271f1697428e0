"""Audit events as lines of a timeline: what, by whom, when, and the words that matter of the details."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from verifications.enums import AuditAction, DocumentSlot, LinkKind, LinkStatus, ProviderAnswer
from verifications.models import AuditEvent
from verifications.selectors.case_events import (
    case_details,
    decision_details,
    difference_details,
    reading_details,
    request_details,
)
from verifications.selectors.marked_words import actor_words
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
    AuditAction.CASE_BREACHED: "is-bad",
    AuditAction.CASE_CLOSED: "is-key",
    AuditAction.DECISION_STAGED: "is-key",
    AuditAction.DECISION_MADE: "is-good",
    AuditAction.DECISION_APPROVED: "is-good",
    AuditAction.DECISION_RETURNED: "is-bad",
    AuditAction.DECISION_EXPIRED: "is-bad",
    AuditAction.REQUEST_MADE: "is-key",
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
            actor=actor_words(event.actor, event.actor_name),
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
            return _("User id %(reference)s") % {"reference": details["reference"]}
        case AuditAction.VERIFICATION_ANSWERED | AuditAction.VERIFICATION_COMPLETED:
            return _answered(details)
        case AuditAction.VERIFICATION_NOT_SENT:
            told = _("Try %(number)s %(code)s") % {"number": details.get("try", ""), "code": details.get("code", "")}
            return told.strip()
        case AuditAction.DOCUMENT_UPLOADED | AuditAction.DOCUMENT_REMOVED:
            slot = details.get("slot", "")
            label = DocumentSlot(slot).label if slot in DocumentSlot.values else slot
            return _("%(label)s, SHA-256 %(sha256)s…") % {"label": label, "sha256": details["sha256"][:12]}
        case AuditAction.VERIFICATION_CHANGED | AuditAction.CUSTOMER_CHANGED:
            return ", ".join(name.replace("_", " ") for name in details.get("fields", ()))
    return str(details.get("code", ""))


def _accepted(details: dict[str, Any]) -> str:
    if "recommendation" in details:
        return _("The customer was done before anybody looked")
    if "answer" in details:
        return _("The customer has begun at the provider")
    reference = details.get("reference", "")
    return (
        _("Id at the provider %(reference)s") % {"reference": reference}
        if reference
        else _("Shown by the user's status; the id was lost")
    )


def _answered(details: dict[str, Any]) -> str:
    if "after" in details:
        return _("Without a result")
    answer = details.get("answer") or details.get("recommendation") or ""
    words = str(ProviderAnswer(answer).label) if answer in ProviderAnswer.values else answer
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


_NOUNS = {
    "verification_session": session_details,
    "link": _link,
    "case": case_details,
    "decision": decision_details,
    "difference": difference_details,
    "reading": reading_details,
    "customer_request": request_details,
}
