"""Control evidence: figures of a period, each with its definition and the list behind it; to read, print and keep."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from verifications.enums import AccessAction
from verifications.models import AccessEvent, AuditEvent, Case, Decision, Export, LogAnchor, LogCheck
from verifications.selectors.control_evidence import (
    CONTROLS,
    MOST_PEOPLE,
    MOST_REPLAYED,
    FourEyes,
    control_page,
    control_rows,
    counts_by_person,
    four_eyes,
    one_person_decisions,
)
from verifications.selectors.marked_words import actor_words, label_words
from verifications.selectors.periods import MOST_DAYS, PERIODS, Period, asks_in_vain, read_period
from verifications.selectors.workload import name_of_person
from verifications.services.audit import SYSTEM_NAMES, record_access
from verifications.services.control_exports import export_controls
from verifications.services.log_checks import NOTE
from verifications.views.access import actor_of, needs
from verifications.views.overview_words import percent
from verifications.views.people import names_of

_PERSON = re.compile(r"none|\d{1,18}|[a-z]{1,20}(:[-\w]{1,60})?", re.ASCII)
GOOD_AT_NONE = frozenset(CONTROLS) - {"exports", "downloads", "rights"}
"""Controls of which any record is worth a look."""


@dataclass(frozen=True)
class Figure:
    """A number with its list; ``people``: name, count, list of each person."""

    what: str
    title: str
    words: str
    count: int
    url: str
    people: tuple[tuple[str, int, str], ...]

    @property
    def is_bad(self) -> bool:
        return self.what in GOOD_AT_NONE and self.count > 0


@dataclass(frozen=True)
class Line:
    """A record behind a number."""

    at: dt.datetime | None
    who: str
    what: str
    record: str
    url: str = ""


@require_safe
@needs("view_controlevidence")
def control_evidence(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    period = read_period(request.GET, now)
    _record(request, "controls", period, now)
    found = four_eyes(period)
    context = _frame(period) | {
        "periods": [(key, label, key == period.key) for key, label in PERIODS.items()],
        "asked": request.GET,
        "asks_in_vain": asks_in_vain(request.GET, period),
        "most_days": MOST_DAYS,
        "generated_at": now,
        "four_eyes": _four_eyes_rows(found, period),
        "coverage": percent(found.standing - found.missing, found.standing),
        "is_uncovered": found.missing > 0,
        "figures": _figures(period, now),
        "is_cut": one_person_decisions(period)[1],
        "most_replayed": MOST_REPLAYED,
    }
    return render(request, "verifications/control_evidence.html", context)


@require_safe
@needs("view_controlevidence")
def control_list(request: HttpRequest, what: str) -> HttpResponse:
    """The records behind one number, of everybody or of one person."""
    if what not in CONTROLS:
        raise Http404
    now = timezone.now()
    period = read_period(request.GET, now)
    person = _person(request.GET.get("person", ""))
    _record(request, f"controls: {what}", period, now)
    page = control_page(what, period, now, person=person, token=request.GET.get("after", ""))
    context = _frame(period) | {
        "control": CONTROLS[what],
        "person": _names([person])[person] if person else "",
        "page": page,
        "lines": _lines(page.rows),
        "count": control_rows(what, period, now, person=person).count(),
    }
    return render(request, "verifications/control_list.html", context)


@require_POST
@needs("view_controlevidence")
def control_file(request: HttpRequest) -> HttpResponse:
    """The page's figures as CSV."""
    now = timezone.now()
    period = read_period(request.POST, now)
    rows: list[tuple[str, str, object, str]] = [
        (label, "", count, words) for label, words, count, _url in _four_eyes_rows(four_eyes(period), period)
    ]
    for figure in _figures(period, now):
        rows.append((figure.title, "", figure.count, figure.words))
        rows += [(figure.title, name, count, "") for name, count, _url in figure.people]
    file = export_controls(rows=rows, first=period.first, last=period.last, actor=actor_of(request), at=now)
    response = HttpResponse(file.content, content_type="text/csv; charset=utf-8")
    name = f"controls-{period.first:%Y-%m-%d}-{period.last:%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _frame(period: Period) -> dict[str, Any]:
    return {"period": period, "zone": timezone.get_current_timezone_name()}


@transaction.atomic
def _record(request: HttpRequest, report: str, period: Period, now: dt.datetime) -> None:
    details = {"report": report, "from": period.first.isoformat(), "until": period.last.isoformat()}
    record_access(action=AccessAction.REPORT_READ, actor=actor_of(request), subject=None, at=now, details=details)


def _four_eyes_rows(found: FourEyes, period: Period) -> list[tuple[str, str, int, str]]:
    """Label, definition, count and list."""
    rows = (
        (_("Needed a second person"), _("By the policy in force when they were made."), found.needed, "asked"),
        (_("Had one"), _("Somebody else than who made it approved it."), found.approved, "approved"),
        (_("Needed one, and stand"), _("Their cases rest on them now."), found.standing, "standing"),
        (_("Stand without one"), _("This is nought, or a control failed."), found.missing, "missing"),
    )
    url = reverse("verifications:decision_list")
    return [(label, words, count, f"{url}?second={second}&{period.query}") for label, words, count, second in rows]


def _figures(period: Period, now: dt.datetime) -> list[Figure]:
    """Every control, with its people where it is counted by person."""
    counted = {what: counts_by_person(what, period, now) for what, control in CONTROLS.items() if control.person}
    names = _names(key for rows in counted.values() for key, _count in rows)
    figures = []
    for what, control in CONTROLS.items():
        url = f"{reverse('verifications:control_list', args=[what])}?{period.query}"
        people = counted.get(what, [])
        is_whole = what in counted and len(people) < MOST_PEOPLE
        total = sum(count for _key, count in people) if is_whole else control_rows(what, period, now).count()
        figures.append(
            Figure(
                what=what,
                title=str(control.title),
                words=str(control.words),
                count=total,
                url=url,
                people=tuple((names[key], count, f"{url}&{urlencode({'person': key})}") for key, count in people),
            )
        )
    return figures


def _names(keys: Any) -> dict[str, str]:
    """Key of a person -> name, in one query; what is no person is a part of the portal, or stands for itself."""
    wanted = set(keys)
    people = get_user_model().objects.filter(pk__in=[int(key) for key in wanted if key.isdecimal()])
    names = {str(person.pk): name_of_person(person) for person in people}
    names["none"] = _("nobody")
    return {key: names.get(key) or actor_words(key, SYSTEM_NAMES.get(key, key)) for key in wanted}


def _person(text: str) -> str:
    return text if _PERSON.fullmatch(text) else ""


def _lines(rows: list[Any]) -> list[Line]:
    actors = names_of(row.actor for row in rows if hasattr(row, "actor"))
    return [_line(row, actors) for row in rows]


def _line(row: Any, actors: dict[str, str]) -> Line:
    match row:
        case Decision():
            what = f"{row.get_outcome_display()}, {label_words(row.reason_label)}"
            return Line(row.made_at, name_of_person(row.made_by), what, row.case.number, row.case.get_absolute_url())
        case Case():
            owner = name_of_person(row.owner) if row.owner else _("nobody")
            return Line(row.breached_at, owner, row.get_state_display(), row.number, row.get_absolute_url())
        case Export():
            what = f"{row.get_kind_display()}, {row.get_format_display()}, {row.get_status_display()}"
            if row.with_sensitive:
                what += ", " + _("with personal data")
            url = reverse("verifications:export_detail", args=[row.public_id])
            return Line(row.requested_at, name_of_person(row.requested_by), what, str(row.public_id)[:13], url)
        case LogCheck():
            found = "; ".join(one["what"] for one in row.findings[:3] if one["kind"] != NOTE)
            return Line(row.finished_at, actors[row.actor], found, row.get_log_display())
        case LogAnchor():
            what = f"{row.get_place_display()}: {row.problem}"
            return Line(row.at, "", what, f"{row.get_log_display()} {row.number}")
    return _event_line(row, actors)


def _event_line(event: AuditEvent | AccessEvent, actors: dict[str, str]) -> Line:
    what = event.get_action_display()
    if isinstance(event, AccessEvent) and event.field:
        what = f"{what}: {event.field}"
    url = reverse("verifications:customer_detail", args=[event.customer_id]) if event.customer_id else ""
    record = f"{event.subject_type} {event.subject_id[:13]}".strip() or "—"
    return Line(event.at, actors[event.actor], what, record, url)
