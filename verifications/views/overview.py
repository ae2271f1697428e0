"""The overview: figures of a period, each of which opens the list it counts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from verifications.enums import DecisionOutcome, ProviderKind, ReviewChoice
from verifications.selectors.assignees import assignees
from verifications.selectors.overview import AGE_BUCKETS, NOW, OPEN_CAP, Lengths, Overview, ProviderFigures, overview
from verifications.selectors.overview_lists import (
    CASE_LISTS,
    CHECK_LISTS,
    cases_behind,
    cases_page,
    checks_behind,
    checks_page,
    known_provider,
)
from verifications.selectors.periods import MOST_DAYS, PERIODS, Period, asks_in_vain, one_day, read_period
from verifications.selectors.queue_filter import AGES
from verifications.selectors.status import ANSWER_TONES, VERIFICATION_LOOKS
from verifications.services.policies import current_policy
from verifications.views.access import needs
from verifications.views.overview_plots import paired_plot, stacked_plot
from verifications.views.overview_words import length_words, percent
from verifications.views.reports import leaves_look
from verifications.views.rows import case_row, count_label

OUTCOMES = (
    DecisionOutcome.APPROVE,
    DecisionOutcome.DECLINE,
    DecisionOutcome.ASK_FOR_MORE,
    DecisionOutcome.ESCALATE,
)
"""In the order they are stacked from the ground up."""
REVIEWS = (
    ("", "waiting"),
    (ReviewChoice.APPROVED, "effective"),
    (ReviewChoice.RETURNED, "returned"),
    (ReviewChoice.WITHDRAWN, "withdrawn"),
    (ReviewChoice.EXPIRED, "expired"),
)
"""What became of a staged decision -> the word for it in the list of decisions."""


@require_safe
@needs("view_overview")
@leaves_look("overview", "period", "from", "until")
def overview_page(request: HttpRequest) -> HttpResponse:
    """What came in, what was decided and how long it took; nothing on it names a customer."""
    now = timezone.now()
    period = read_period(request.GET, now)
    version, policy = current_policy()
    found = overview(period=period, policy=policy, user_id=request.user.pk or 0, now=now)
    context = {
        "period": period,
        "periods": [(key, label, key == period.key) for key, label in PERIODS.items()],
        "asked": {name: request.GET.get(name, "") for name in ("from", "until")},
        "asks_in_vain": asks_in_vain(request.GET, period),
        "most_days": MOST_DAYS,
        "found": found,
        "policy_number": version.number,
        "now_boxes": _now_boxes(found),
        "ages": _ages(found),
        "flow": _flow_boxes(found, period),
        "outcomes": _outcomes(found, period),
        "reviews": _reviews(found, period),
        "days": _day_rows(found),
        "volume_plot": paired_plot(
            [
                (_volume_words(day, row), [("opened", row["opened"]), ("closed", row["closed"])])
                for day, row in _rows(found)
            ]
        ),
        "outcome_plot": stacked_plot(
            [
                (_outcome_words(day, row), [(str(outcome).lower(), row[outcome]) for outcome in OUTCOMES])
                for day, row in _rows(found)
            ]
        ),
        "decided_url": _decisions(period, state="effective"),
        "closed_url": _cases("closed", period),
        "elapsed": _lengths(found.elapsed),
        "worked": _lengths(found.worked, in_hours=True),
        "review_wait": _lengths(found.review_wait),
        "coverage": percent(found.covered, found.gated),
        "uncovered": found.gated - found.covered,
        "providers": [_provider(figures, period) for figures in found.providers],
        "people": _people(found, period, now) if request.user.has_perm("verifications.assign_case") else None,
        "generated_at": now,
    }
    return render(request, "verifications/overview.html", context)


@require_safe
@needs("view_overview")
@leaves_look("overview: cases", "period", "from", "until")
def overview_cases(request: HttpRequest, what: str) -> HttpResponse:
    """The cases behind a number of the overview."""
    if what not in CASE_LISTS:
        raise Http404
    now = timezone.now()
    period = read_period(request.GET, now)
    page = cases_page(what, period, token=request.GET.get("after", ""))
    context = {
        "heading": CASE_LISTS[what],
        "period": period,
        "page": page,
        "count": cases_behind(what, period).count(),
        "rows": [(case_row(case, now), case) for case in page.rows],
    }
    return render(request, "verifications/overview_cases.html", context)


@require_safe
@needs("view_overview")
@leaves_look("overview: checks", "period", "from", "until", "provider")
def overview_checks(request: HttpRequest, what: str) -> HttpResponse:
    """The verifications behind a number of the overview."""
    if what not in CHECK_LISTS:
        raise Http404
    period = read_period(request.GET, timezone.now())
    provider = known_provider(request.GET.get("provider", ""))
    page = checks_page(what, period, provider=provider, token=request.GET.get("after", ""))
    context = {
        "heading": CHECK_LISTS[what],
        "period": period,
        "provider": ProviderKind(provider).label if provider else "",
        "page": page,
        "count": checks_behind(what, period, provider=provider).count(),
        "rows": [
            (check, VERIFICATION_LOOKS[check.status].css, ANSWER_TONES.get(check.answer, "")) for check in page.rows
        ],
    }
    return render(request, "verifications/overview_checks.html", context)


def _now_boxes(found: Overview) -> list[tuple[str, str, str, str, bool]]:
    """(words, number, address, note, whether it is bad) of what is so now."""
    words = {
        "open": (_("Open now"), ""),
        "overdue": (_("Late now"), _("paused ones are not late")),
        "paused": (_("Paused"), _("their time stands still")),
        "staged": (_("Second approval"), _("wait for a second person")),
        "escalated": (_("Escalated"), ""),
        "unassigned": (_("Unassigned"), ""),
        "high": (_("High risk"), ""),
        "asked": (_("Waiting for customers"), _("something was asked of them")),
    }
    return [
        (label, _now_label(found, name), _queue(name), note, name == "overdue" and found.now[name] > 0)
        for name, (label, note) in words.items()
    ]


def _ages(found: Overview) -> list[tuple[str, str, str, int]]:
    """(words, number, address, share of the largest in hundredths)."""
    largest = max((found.now[f"age-{bucket}"] for bucket in AGE_BUCKETS), default=0) or 1
    return [
        (
            str(AGES[bucket][0]),
            _now_label(found, f"age-{bucket}"),
            _queue(f"age-{bucket}"),
            100 * found.now[f"age-{bucket}"] // largest,
        )
        for bucket in AGE_BUCKETS
    ]


def _flow_boxes(found: Overview, period: Period) -> list[tuple[str, str, str, str, bool]]:
    return [
        (_("Opened"), str(found.opened), _cases("opened", period), "", False),
        (_("Closed"), str(found.closed), _cases("closed", period), "", False),
        (
            _("Closed on time"),
            percent(found.on_time, found.closed) or "—",
            _cases("on-time", period),
            _("%(part)s of %(whole)s") % {"part": found.on_time, "whole": found.closed},
            False,
        ),
        (_("Closed late"), str(found.late), _cases("late", period), "", found.late > 0),
        (
            _("Due time missed"),
            str(found.breached),
            _cases("breached", period),
            _("open or closed by now"),
            found.breached > 0,
        ),
    ]


def _outcomes(found: Overview, period: Period) -> list[tuple[str, str, int, str, str]]:
    """(style, words, number, share, address)."""
    return [
        (
            str(outcome).lower(),
            str(outcome.label),
            found.outcomes[outcome],
            percent(found.outcomes[outcome], found.decided),
            _decisions(period, outcome=outcome, state="effective"),
        )
        for outcome in OUTCOMES
    ]


def _reviews(found: Overview, period: Period) -> dict[str, Any]:
    words = {"waiting": _("Wait now"), "effective": _("Approved")}
    labels = {choice: words.get(word) or str(ReviewChoice(choice).label) for choice, word in REVIEWS}
    return {
        "asked": found.asked_second,
        "asked_url": _decisions(period, second="asked"),
        "returned_share": percent(found.states[ReviewChoice.RETURNED], found.reviewed),
        "rows": [
            (labels[choice], found.states[choice], _decisions(period, second="asked", state=word))
            for choice, word in REVIEWS
        ],
        "reviewed": found.reviewed,
        "reviewed_url": _decisions(period, second="looked"),
        "gated_url": _decisions(period, second="standing"),
        "missing_url": _decisions(period, second="missing"),
    }


def _provider(figures: ProviderFigures, period: Period) -> dict[str, Any]:
    def url(what: str) -> str:
        path = reverse("verifications:overview_checks", args=[what])
        return f"{path}?{period.query}&provider={figures.kind}"

    return {
        "figures": figures,
        "share": percent(figures.accepted, figures.settled),
        "times": _lengths(figures.times),
        "submitted_url": url("submitted"),
        "accepted_url": url("accepted"),
        "refused_url": url("refused"),
        "unknown_url": url("unknown"),
        "answered_url": url("answered"),
    }


def _people(found: Overview, period: Period, now: dt.datetime) -> list[dict[str, Any]]:
    queue = reverse("verifications:case_queue")
    return [
        {
            "person": person,
            "decided": found.decided_by[person.pk],
            "open_url": f"{queue}?owner={person.pk}",
            "decided_url": _decisions(period, person=str(person.pk), state="effective"),
        }
        for person in assignees(now=now)
    ]


def _day_rows(found: Overview) -> list[dict[str, Any]]:
    """One row of the tables a day, newest first; days on which nothing happened are left out."""
    return [
        {
            "day": day,
            "opened": row["opened"],
            "opened_url": _cases("opened", one_day(day)),
            "closed": row["closed"],
            "closed_url": _cases("closed", one_day(day)),
            "decided": any(row[outcome] for outcome in OUTCOMES),
            "outcomes": [
                (row[outcome], _decisions(one_day(day), outcome=outcome, state="effective")) for outcome in OUTCOMES
            ],
        }
        for day, row in reversed(_rows(found))
        if row.total()
    ]


def _rows(found: Overview) -> list[tuple[dt.date, Counter[str]]]:
    return list(found.by_day.items())


def _volume_words(day: dt.date, row: Counter[str]) -> str:
    figures = {"day": date_format(day, "j M"), "opened": row["opened"], "closed": row["closed"]}
    return _("%(day)s: %(opened)s opened, %(closed)s closed") % figures


def _outcome_words(day: dt.date, row: Counter[str]) -> str:
    parts = [f"{outcome.label} {row[outcome]}" for outcome in OUTCOMES if row[outcome]]
    words = ", ".join(parts) or _("no decision")
    return f"{date_format(day, 'j M')}: {words}"


def _lengths(lengths: Lengths, *, in_hours: bool = False) -> dict[str, Any]:
    return {
        "median": length_words(lengths.median, in_hours=in_hours),
        "p90": length_words(lengths.p90, in_hours=in_hours),
        "count": lengths.count,
        "is_cut": lengths.is_cut,
    }


def _now_label(found: Overview, name: str) -> str:
    return count_label(found.now[name], OPEN_CAP)


def _queue(name: str) -> str:
    return f"{reverse('verifications:case_queue')}{NOW[name].url}"


def _cases(what: str, period: Period) -> str:
    return f"{reverse('verifications:overview_cases', args=[what])}?{period.query}"


def _decisions(period: Period, **chosen: str) -> str:
    pairs = "&".join(f"{name}={value}" for name, value in chosen.items())
    return f"{reverse('verifications:decision_list')}?{pairs}&{period.query}"
