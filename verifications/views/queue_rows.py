"""Rows of the queue ready for the template: every label is made here, so that a row costs no tag and no query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from verifications.enums import CaseKind, CasePriority, CaseRisk, CaseState, ProviderAnswer, ProviderKind
from verifications.enums import VerificationType as Type
from verifications.models import Case
from verifications.names import initials
from verifications.policy.due_words import due_words
from verifications.selectors.status import ANSWER_TONES, CASE_LOOKS

DUE_CSS = {"soon": "due--soon", "late": "due--late", "paused": "due--paused", "": ""}
PRIORITY_TONES = {CasePriority.URGENT: "bad", CasePriority.HIGH: "warn", CasePriority.LOW: ""}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue. ``worker`` is somebody else who works on the case right now."""

    key: str
    """For the ids of the row's parts in the page: text, which a template does not format."""
    id: str
    url: str
    take_url: str
    """Empty for a case that is closed: nobody takes it any more."""
    number: str
    customer: str
    reference: str
    country: str
    check: str
    provider: str
    kind: str
    state: str
    state_css: str
    answer: str
    answer_tone: str
    risk: str
    is_high: bool
    priority: str
    priority_tone: str
    stands_out: bool
    """Its priority is not the normal one."""
    owner: str
    owner_initials: str
    worker: str
    worker_initials: str
    opened: str
    opened_utc: str
    due: str
    due_css: str
    due_title: str


def queue_rows(cases: Iterable[Case], *, user_id: int, now: dt.datetime) -> list[QueueRow]:
    """The rows of a page, with labels in the language and times in the zone that are active."""
    labels = {
        name: {value: str(label) for value, label in choices.choices}
        for name, choices in (
            ("state", CaseState),
            ("kind", CaseKind),
            ("risk", CaseRisk),
            ("priority", CasePriority),
            ("answer", ProviderAnswer),
            ("provider", ProviderKind),
            ("type", Type),
        )
    }
    return [_row(case, labels, user_id, now) for case in cases]


def moment_title(moment: dt.datetime) -> str:
    """In the person's zone, then in UTC: what shows on hover."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M} · {moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def person_name(person: Any) -> str:
    return str(person.get_full_name() or person.get_username()) if person is not None else ""


def _row(case: Case, labels: dict[str, dict[Any, str]], user_id: int, now: dt.datetime) -> QueueRow:
    url = case.get_absolute_url()
    owner = person_name(case.owner)
    worker = person_name(case.claimed_by) if case.claimed_by_id != user_id and case.claim_holds(now) else ""
    verification = case.latest_verification
    if case.closed_at is not None:
        due, tone, ends = "", "", case.closed_at
    else:
        due, tone = due_words(case.due_at, case.paused_at or now, paused=case.paused_at is not None)
        ends = case.due_at
    return QueueRow(
        key=str(case.pk),
        id=str(case.public_id),
        url=url,
        take_url=f"{url}take/" if case.closed_at is None else "",
        number=case.number,
        customer=case.customer.display_name,
        reference=case.customer.reference,
        country=case.country,
        check=labels["type"].get(verification.type, "") if verification else "",
        provider=labels["provider"].get(case.provider, ""),
        kind=labels["kind"][case.kind],
        state=labels["state"][case.state],
        state_css=CASE_LOOKS[case.state].css,
        answer=labels["answer"].get(case.answer, ""),
        answer_tone=ANSWER_TONES.get(case.answer, ""),
        risk=labels["risk"][case.risk],
        is_high=case.risk == CaseRisk.HIGH,
        priority=labels["priority"][case.priority],
        priority_tone=PRIORITY_TONES.get(CasePriority(case.priority), ""),
        stands_out=case.priority != CasePriority.NORMAL,
        owner=owner,
        owner_initials=initials(owner) if owner else "",
        worker=worker,
        worker_initials=initials(worker) if worker else "",
        opened=date_format(timezone.localtime(case.opened_at), "j M"),
        opened_utc=moment_title(case.opened_at),
        due=due,
        due_css=DUE_CSS[tone],
        due_title=(_("Closed: %(time)s") if case.closed_at else _("Due: %(time)s")) % {"time": moment_title(ends)},
    )
