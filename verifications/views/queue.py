"""The queue: cases by view, filters and order; what is new meanwhile; and looking for a text."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from verifications.selectors.assignees import assignees
from verifications.selectors.counts import capped_counts
from verifications.selectors.paging import COUNT_CAP
from verifications.selectors.queue import (
    DeliveryFigures,
    Match,
    changed_since,
    delivery_figures,
    match_text,
    opened_since,
    queue_counts,
    queue_page,
)
from verifications.selectors.queue_filter import (
    COLUMNS,
    LABELS,
    STANDARD_COLUMNS,
    VIEWS,
    QueueFilter,
    choices_of,
)
from verifications.selectors.saved_views import UsableView, views_for
from verifications.views.access import needs
from verifications.views.queue_rows import queue_rows
from verifications.views.queue_texts import LONGEST_TEXT, keep_text, kept_text
from verifications.views.rows import count_label, span

COUNTED_VIEWS = 8
"""Saved views with a count beside them; the others stand in the menu without."""
COOKIE = "queue"
"""Remembers the filters of the last list for the way back from a case: they hold no personal data."""
_SECONDS = re.compile(r"\d{1,10}\.\d{6}", re.ASCII)
_KEY = re.compile(r"[1-9]\d{0,17}", re.ASCII)
MOST_REFRESHED = 50
"""Rows of a page."""
LONGEST_OPEN = dt.timedelta(hours=12)
"""A session's length."""


@dataclass(frozen=True)
class Wanted:
    """What a request asks to see: filters, the text behind ``find``, and what that found."""

    chosen: QueueFilter
    text: str = ""
    match: Match | None = None

    @property
    def is_lost(self) -> bool:
        """The address names a text that this session does not know."""
        return bool(self.chosen.find) and not self.text


@require_safe
@needs("view_case")
def case_queue(request: HttpRequest) -> HttpResponse:
    """Cases of a view, soonest due first unless asked otherwise; filters live in the address."""
    now = timezone.now()
    user_id = request.user.pk or 0
    wanted = wanted_by(request)
    chosen = wanted.chosen
    saved = views_for(request.user)
    counted = {view.id: view.chosen for view in saved[:COUNTED_VIEWS]}
    page = queue_page(chosen=chosen, user_id=user_id, now=now, token=request.GET.get("after", ""), match=wanted.match)
    counts = queue_counts(chosen=chosen, match=wanted.match, saved=counted, user_id=user_id, now=now)
    request.known_counts = counts  # type: ignore[attr-defined]  # for the navigation
    columns = columns_of(request, chosen)
    people = assignees(now=now)
    names = {str(person.pk): person.name for person in people}
    owner = names.get(chosen.owner) or (_name_of(chosen.owner) if chosen.owner.isdecimal() else "")
    context = {
        "chosen": chosen,
        "heading": VIEWS[chosen.view] if chosen.view else _("Review queue"),
        "rows": queue_rows(page.rows, user_id=user_id, now=now),
        "page": page,
        "tabs": [(VIEWS[view], url, count, current) for view, url, count, current in _tabs(chosen, counts)],
        "mentions": counts["mentions"],
        "saved": [(view, _count(counts, view.id), _is_current(view, chosen)) for view in saved[:COUNTED_VIEWS]],
        "more_saved": saved[COUNTED_VIEWS:],
        "kpis": _kpis(counts, delivery_figures(now=now)),
        "chips": chosen.chips(owner=owner, text=wanted.text),
        "filters": [(name, label, choices_of(name)) for name, label in LABELS.items() if _is_select(name)],
        "owners": [("none", _("nobody")), ("me", _("me")), *names.items()],
        "sorts": _sorts(chosen),
        "columns": dict.fromkeys(columns, True),
        "all_columns": [(name, label, name in columns) for name, label in COLUMNS.items()],
        "is_dense": preferences(request).is_dense,
        "matching": counts["matching"],
        "matching_label": count_label(counts["matching"], COUNT_CAP),
        "wanted": wanted,
        "now": now,
        "row_keys": ",".join(str(case.pk) for case in page.rows),
    }
    response = render(request, "verifications/case_queue.html", context)
    response.set_cookie(COOKIE, chosen.query, httponly=True, samesite="Lax", secure=request.is_secure())
    return response


@require_safe
@needs("view_case")
def queue_news(request: HttpRequest) -> HttpResponse:
    """What changed since the page on screen: how many cases are new, and the rows that look different. Or 204."""
    now = timezone.now()
    user_id = request.user.pk or 0
    wanted = wanted_by(request)
    since, seen = _moment(request, "since", now), _moment(request, "seen", now)
    keys = [int(key) for key in request.GET.get("rows", "").split(",")[:MOST_REFRESHED] if _KEY.fullmatch(key)]
    opened = opened_since(chosen=wanted.chosen, user_id=user_id, now=now, since=since, match=wanted.match)
    count = capped_counts({"new": opened})["new"] if not wanted.is_lost else 0
    changed = changed_since(cases=keys, since=seen) if keys else []
    if not changed and str(count) == request.GET.get("shown", "0"):
        return HttpResponse(status=204)
    context = {
        "chosen": wanted.chosen,
        "since": since,
        "now": now,
        "row_keys": ",".join(str(key) for key in keys),
        "news": count,
        "is_news": str(count) != request.GET.get("shown", "0"),
        "rows": queue_rows(changed, user_id=user_id, now=now),
        "columns": dict.fromkeys(columns_of(request, wanted.chosen), True),
    }
    return render(request, "verifications/_queue_news.html", context)


@require_POST
@needs("view_case")
def queue_find(request: HttpRequest) -> HttpResponse:
    """Look for a text in the list that was on screen; the address that answers names it by a key only."""
    chosen = QueueFilter.read(QueryDict(request.POST.get("query", "")[:2000])).having(find="")
    text = request.POST.get("q", "").strip()
    if len(text) > LONGEST_TEXT:
        messages.error(request, _("This text is too long to look for. Shorten it."))
    elif text:
        match = match_text(text)
        if match.is_cut:
            messages.info(request, _("Many customers fit this text. The list shows cases of the best fitting ones."))
        hits = len(match.customers) + len(match.cases)
        chosen = chosen.having(find=keep_text(request, text, hits=hits))
    return redirect(f"{reverse('verifications:case_queue')}{chosen.url}")


def wanted_by(request: HttpRequest) -> Wanted:
    """The filters of the address, with what their text finds."""
    chosen = QueueFilter.read(request.GET)
    text = kept_text(request, chosen.find) if chosen.find else ""
    return Wanted(chosen, text, match_text(text) if text else None)


def last_queue(request: HttpRequest) -> QueueFilter:
    """The filters of the list this browser showed last."""
    return QueueFilter.read(QueryDict(request.COOKIES.get(COOKIE, "")[:2000]))


def preferences(request: HttpRequest) -> Any:
    return request.preferences  # type: ignore[attr-defined]


def columns_of(request: HttpRequest, chosen: QueueFilter) -> tuple[str, ...]:
    """Of a saved view, else the person's, else the standard ones; in the order of ``COLUMNS``."""
    wished = chosen.columns or preferences(request).queue_columns or STANDARD_COLUMNS
    return tuple(name for name in COLUMNS if name in wished) or STANDARD_COLUMNS


def _is_select(name: str) -> bool:
    return name not in {"country", "owner", "find"}


def _tabs(chosen: QueueFilter, counts: dict[str, int]) -> list[tuple[str, str, str, bool]]:
    """(view, address, count, whether it is the one on screen); a tab keeps the order, not the filters."""
    found = []
    for view in VIEWS:
        if view == "mine" and not counts["mine"] and chosen.view != "mine":
            continue
        count = "" if view == "closed" else count_label(counts[view or "all"], COUNT_CAP)
        found.append((view, QueueFilter(view=view, sort=chosen.sort).url, count, chosen.view == view))
    return found


def _is_current(view: UsableView, chosen: QueueFilter) -> bool:
    return view.chosen.is_filtered and view.chosen == chosen


def _count(counts: dict[str, int], key: str) -> str:
    return count_label(counts[key], COUNT_CAP)


def _sorts(chosen: QueueFilter) -> list[tuple[str, Any, str, bool]]:
    return [(value, label, chosen.having(sort=value).url, chosen.sort == value) for value, label in choices_of("sort")]


def _name_of(owner: str) -> str:
    """Of somebody who owned cases once and decides none now."""
    person = get_user_model().objects.filter(pk=int(owner)).first()
    return (person.get_full_name() or person.get_username()) if person is not None else ""


def _moment(request: HttpRequest, name: str, now: dt.datetime) -> dt.datetime:
    """A time given in seconds; what is none, or lies further back than a page stays open, counts as now."""
    text = request.GET.get(name, "")
    if not _SECONDS.fullmatch(text):
        return now
    seconds, _point, micro = text.partition(".")
    moment = dt.datetime.fromtimestamp(int(seconds), tz=dt.UTC) + dt.timedelta(microseconds=int(micro))
    return moment if now - LONGEST_OPEN <= moment <= now else now


def _kpis(counts: dict[str, int], figures: DeliveryFigures) -> list[tuple[str, str, str, bool]]:
    """Label, value, a word on it, and whether it is bad news."""
    accepted, answer = figures.accepted_percent, figures.median_answer
    late = counts["overdue"]
    return [
        (_("Needs decision"), count_label(counts["decision"], COUNT_CAP), _("answered by the provider"), False),
        (_("Overdue"), count_label(late, COUNT_CAP), _("past the due time"), late > 0),
        (_("Submitted, 24 h"), count_label(figures.submitted, COUNT_CAP), _("to all providers"), False),
        (
            _("Accepted by providers, 24 h"),
            "—" if accepted is None else f"{accepted:.0f} %",
            _("of those with an outcome"),
            False,
        ),
        (_("Median time to answer, 24 h"), "—" if answer is None else span(answer), _("from submission"), False),
    ]
