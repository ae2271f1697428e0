"""Rows ready for templates: every label is made here, so that a row costs no tag and no query."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from verifications.models import Case, KycLink
from verifications.selectors.status import ANSWER_TONES, CASE_LOOKS
from verifications.views.context import initials

SOON = dt.timedelta(hours=4)
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


def case_row(case: Case, now: dt.datetime) -> CaseRow:
    verification = case.latest_verification
    owner = (case.owner.get_full_name() or case.owner.get_username()) if case.owner else ""
    due, due_css = due_label(case.due_at, now)
    return CaseRow(
        url=case.get_absolute_url(),
        number=case.number,
        customer=case.customer.display_name,
        reference=case.customer.reference,
        country=case.customer.country,
        check=verification.get_type_display() if verification else "",
        provider=verification.account.get_kind_display() if verification else "",
        state=case.get_state_display(),
        state_css=CASE_LOOKS[case.state].css,
        answer=verification.get_answer_display() if verification else "",
        answer_tone=ANSWER_TONES.get(verification.answer, "") if verification else "",
        owner=owner,
        owner_initials=initials(owner) if owner else "",
        due=due,
        due_css=due_css,
        due_at=case.due_at,
        risk=case.risk,
    )


def due_label(due_at: dt.datetime, now: dt.datetime) -> tuple[str, str]:
    """``2 h left`` or ``Overdue 1 h``, with the style that goes with it."""
    left = due_at - now
    if left < dt.timedelta(0):
        return f"Overdue {span(-left)}", "due--late"
    return f"{span(left)} left", "due--soon" if left < SOON else ""


def expiry_label(link: KycLink, now: dt.datetime) -> tuple[str, str]:
    """``23 h left`` while the customer can use it, with the style that goes with it."""
    if not link.is_usable or link.expires_at is None:
        return "", ""
    left = link.expires_at - now
    if left <= dt.timedelta(0):
        return "Time is over", "due--late"
    return f"{span(left)} left", "due--soon" if left < ENDS_SOON else ""


def span(length: dt.timedelta) -> str:
    """The largest fitting unit: ``40 s``, ``5 min``, ``3 h``, ``2 d``."""
    seconds = int(length.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} d"


def count_label(count: int, cap: int) -> str:
    return f"{cap - 1}+" if count >= cap else str(count)
