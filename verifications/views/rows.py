"""Rows ready for templates: every label is made here, so that a row costs no tag and no query."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from verifications.enums import CasePriority
from verifications.models import Case, KycLink
from verifications.names import initials
from verifications.policy.due_words import due_words
from verifications.selectors.status import ANSWER_TONES, CASE_LOOKS

ENDS_SOON = dt.timedelta(hours=2)


@dataclass(frozen=True)
class CaseRow:
    url: str
    number: str
    customer: str
    reference: str
    country: str
    check: str
    provider: str
    state: str
    state_css: str
    answer: str
    answer_tone: str
    owner: str
    owner_initials: str
    due: str
    due_css: str
    due_at: dt.datetime
    risk: str
    risk_label: str
    is_paused: bool
    priority: str
    """Empty for the ordinary one."""
    priority_name: str
    """``URGENT`` and so on, for the style that goes with it; never empty."""
    claimed_by: str
    """Who works on it right now; empty for nobody."""
    claimed_by_initials: str


def case_row(case: Case, now: dt.datetime) -> CaseRow:
    """Costs no query with ``customer``, ``owner``, ``claimed_by`` and ``latest_verification`` at hand."""
    verification = case.latest_verification
    owner = _name(case.owner)
    claimed_by = _name(case.claimed_by) if case.claim_holds(now) else ""
    due, due_css = due_label(case, now)
    return CaseRow(
        url=case.get_absolute_url(),
        number=case.number,
        customer=case.customer.display_name,
        reference=case.customer.reference,
        country=case.country,
        check=verification.get_type_display() if verification else "",
        provider=case.get_provider_display(),
        state=case.get_state_display(),
        state_css=CASE_LOOKS[case.state].css,
        answer=case.get_answer_display(),
        answer_tone=ANSWER_TONES.get(case.answer, ""),
        owner=owner,
        owner_initials=initials(owner) if owner else "",
        due=due,
        due_css=due_css,
        due_at=case.due_at,
        risk=case.risk,
        risk_label=str(case.get_risk_display()),
        is_paused=case.paused_at is not None,
        priority="" if case.priority == CasePriority.NORMAL else str(case.get_priority_display()),
        priority_name=CasePriority(case.priority).name,
        claimed_by=claimed_by,
        claimed_by_initials=initials(claimed_by) if claimed_by else "",
    )


def due_label(case: Case, now: dt.datetime) -> tuple[str, str]:
    """``2 h left``, ``1 h late`` or ``paused, 5 h left``, with its style; nothing once the case is closed."""
    if case.closed_at is not None:
        return "", ""
    paused_at = case.paused_at
    words, tone = due_words(case.due_at, paused_at or now, paused=paused_at is not None)
    return words, f"due--{tone}" if tone else ""


def _name(person: Any) -> str:
    return str(person.get_full_name() or person.get_username()) if person is not None else ""


def expiry_label(link: KycLink, now: dt.datetime) -> tuple[str, str]:
    """``23 h left`` while the customer can use it, with the style that goes with it."""
    if not link.is_usable or link.expires_at is None:
        return "", ""
    left = link.expires_at - now
    if left <= dt.timedelta(0):
        return _("Time is over"), "due--late"
    return _("%(span)s left") % {"span": span(left)}, "due--soon" if left < ENDS_SOON else ""


def span(length: dt.timedelta) -> str:
    """The largest fitting unit: ``40 s``, ``5 min``, ``3 h``, ``2 d``."""
    seconds = int(length.total_seconds())
    if seconds < 60:
        return _("%(count)s s") % {"count": seconds}
    minutes = seconds // 60
    if minutes < 60:
        return _("%(count)s min") % {"count": minutes}
    if minutes < 48 * 60:
        return _("%(count)s h") % {"count": minutes // 60}
    return _("%(count)s d") % {"count": minutes // (24 * 60)}


def count_label(count: int, cap: int) -> str:
    return f"{cap - 1}+" if count >= cap else str(count)
