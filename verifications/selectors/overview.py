"""Figures of the overview: volumes, decisions, times, due times, second persons and providers, in a period.

A fixed number of queries, each over an index. Counts are exact; medians and percentiles are exact over the newest
``SAMPLE`` rows of the period, and say so when there are more.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from verifications.enums import CaseRisk, CaseState, ProviderKind, ReviewChoice, VerificationStatus
from verifications.models import DecisionReview
from verifications.models.verifications import ACCEPTED_STATUSES
from verifications.policy.rules import Policy
from verifications.selectors.counts import capped_counts
from verifications.selectors.decision_list import (
    LOOKED_AT,
    STANDING,
    TWO_PEOPLE,
    DecisionFilter,
    matching_decisions,
)
from verifications.selectors.overview_lists import LATE, cases_behind, checks_behind
from verifications.selectors.periods import Period
from verifications.selectors.queue import matching_cases
from verifications.selectors.queue_filter import QueueFilter

SAMPLE = 2000
OPEN_CAP = 10_000
AGE_BUCKETS = ("0-1", "1-3", "3-7", "7-30", "30")
"""Values of the queue's filter by age that lie side by side."""
NOW: dict[str, QueueFilter] = {
    "open": QueueFilter(),
    "overdue": QueueFilter(view="overdue"),
    "paused": QueueFilter(due="paused"),
    "staged": QueueFilter(view="second"),
    "escalated": QueueFilter(state=(CaseState.ESCALATED,)),
    "unassigned": QueueFilter(view="unassigned"),
    "high": QueueFilter(risk=CaseRisk.HIGH),
    "asked": QueueFilter(state=(CaseState.WAITING_FOR_CUSTOMER,)),
    **{f"age-{bucket}": QueueFilter(age=bucket) for bucket in AGE_BUCKETS},
}
"""What is so now -> the list of the queue whose count it is."""


@dataclass(frozen=True)
class Lengths:
    """Median and 90th percentile of so many lengths; ``is_cut``: of the newest of more."""

    count: int = 0
    median: dt.timedelta | None = None
    p90: dt.timedelta | None = None
    is_cut: bool = False


@dataclass(frozen=True)
class ProviderFigures:
    kind: str
    submitted: int
    accepted: int
    refused: int
    unknown: int
    answered: int
    times: Lengths

    @property
    def settled(self) -> int:
        """Whose sending has an outcome: what the share of accepted ones is taken of."""
        return self.accepted + self.refused + self.unknown

    @property
    def label(self) -> str:
        return str(ProviderKind(self.kind).label)


@dataclass
class Overview:
    """Everything the page shows; ``by_day`` holds opened, closed and the outcomes of one day."""

    now: dict[str, int]
    by_day: dict[dt.date, Counter[str]]
    opened: int = 0
    closed: int = 0
    late: int = 0
    breached: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    """Decisions that took effect, by outcome."""
    decided_by: Counter[int] = field(default_factory=Counter)
    made: int = 0
    asked_second: int = 0
    states: Counter[str] = field(default_factory=Counter)
    """What became of decisions that needed a second person, by ``ReviewChoice``; empty: still waits."""
    gated: int = 0
    """Decisions that needed a second person and stand; ``covered`` of them had one."""
    covered: int = 0
    elapsed: Lengths = field(default_factory=Lengths)
    worked: Lengths = field(default_factory=Lengths)
    review_wait: Lengths = field(default_factory=Lengths)
    providers: list[ProviderFigures] = field(default_factory=list)

    @property
    def decided(self) -> int:
        return self.outcomes.total()

    @property
    def reviewed(self) -> int:
        """Looked at by a second person, who approved or returned them."""
        return self.states[ReviewChoice.APPROVED] + self.states[ReviewChoice.RETURNED]

    @property
    def on_time(self) -> int:
        return self.closed - self.late


def overview(*, period: Period, policy: Policy, user_id: int, now: dt.datetime) -> Overview:
    found = Overview(now=_now(user_id, now), by_day={day: Counter() for day in period.days()})
    _count_cases(found, period)
    _count_decisions(found, period)
    _measure(found, period, policy)
    found.providers = _providers(period)
    return found


def lengths_of(lengths: Iterable[dt.timedelta], *, total: int | None = None) -> Lengths:
    """By nearest rank: the smallest length that so many per cent do not exceed."""
    ordered = sorted(lengths)
    if not ordered:
        return Lengths()
    count = len(ordered)
    return Lengths(
        count=count,
        median=ordered[-(-count * 50 // 100) - 1],
        p90=ordered[-(-count * 90 // 100) - 1],
        is_cut=total is not None and total > count,
    )


def _now(user_id: int, now: dt.datetime) -> dict[str, int]:
    lists = {name: matching_cases(chosen=chosen, user_id=user_id, now=now) for name, chosen in NOW.items()}
    return capped_counts(lists, cap=OPEN_CAP)


def _count_cases(found: Overview, period: Period) -> None:
    for day, count in _by_day(cases_behind("opened", period), "opened_at"):
        found.opened += count
        found.by_day[day]["opened"] += count
    closed = cases_behind("closed", period).annotate(day=_day("closed_at")).order_by().values("day")
    counted = closed.annotate(count=Count("pk"), late=Count("pk", filter=LATE))
    for day, count, late in counted.values_list("day", "count", "late"):
        found.closed += count
        found.late += late
        found.by_day[day]["closed"] += count
    found.breached = cases_behind("breached", period).count()


def _count_decisions(found: Overview, period: Period) -> None:
    made = matching_decisions(DecisionFilter(), period)
    rows = (
        made.annotate(day=_day("made_at"))
        .order_by()
        .values("day", "outcome", "made_by", "needs_second", "review__choice")
        .annotate(count=Count("pk"))
        .values_list("day", "outcome", "made_by", "needs_second", "review__choice", "count")
    )
    for day, outcome, maker, needs_second, choice, count in rows:
        found.made += count
        if needs_second:
            found.asked_second += count
            found.states[choice or ""] += count
        if not needs_second or choice == ReviewChoice.APPROVED:
            found.outcomes[outcome] += count
            found.decided_by[maker] += count
            found.by_day[day][outcome] += count
    standing = made.filter(STANDING, needs_second=True).aggregate(
        gated=Count("pk"), covered=Count("pk", filter=TWO_PEOPLE)
    )
    found.gated, found.covered = standing["gated"], standing["covered"]


def _measure(found: Overview, period: Period, policy: Policy) -> None:
    newest = cases_behind("closed", period).order_by("-closed_at", "-id")
    rows = newest.values_list("opened_at", "closed_at")[:SAMPLE]
    spans = [(opened, closed) for opened, closed in rows if closed is not None]
    found.elapsed = lengths_of((closed - opened for opened, closed in spans), total=found.closed)
    worked = (policy.business.between(opened, closed) for opened, closed in spans)
    found.worked = lengths_of(worked, total=found.closed)
    waits = (
        DecisionReview.objects.filter(choice__in=LOOKED_AT, **period.within("decision__made_at"))
        .order_by("-decision__made_at", "-decision_id")
        .values_list("decision__made_at", "reviewed_at")[:SAMPLE]
    )
    found.review_wait = lengths_of((until - since for since, until in waits), total=found.reviewed)


def _providers(period: Period) -> list[ProviderFigures]:
    rows = (
        checks_behind("submitted", period)
        .order_by()
        .values("account__kind")
        .annotate(
            submitted=Count("pk"),
            accepted=Count("pk", filter=Q(status__in=ACCEPTED_STATUSES)),
            refused=Count("pk", filter=Q(status=VerificationStatus.REFUSED)),
            unknown=Count("pk", filter=Q(status=VerificationStatus.OUTCOME_UNKNOWN)),
            answered=Count("pk", filter=Q(completed_at__isnull=False)),
        )
        .order_by("account__kind")
    )
    counts = list(rows)
    answers = (
        checks_behind("answered", period)
        .order_by("-submitted_at", "-id")
        .values_list("account__kind", "submitted_at", "completed_at")[:SAMPLE]
    )
    lengths: dict[str, list[dt.timedelta]] = {}
    for kind, submitted, completed in answers:
        if submitted is not None and completed is not None:
            lengths.setdefault(kind, []).append(completed - submitted)
    return [
        ProviderFigures(
            kind=row["account__kind"],
            submitted=row["submitted"],
            accepted=row["accepted"],
            refused=row["refused"],
            unknown=row["unknown"],
            answered=row["answered"],
            times=lengths_of(lengths.get(row["account__kind"], ()), total=row["answered"]),
        )
        for row in counts
    ]


def _by_day(rows: Any, column: str) -> Sequence[tuple[dt.date, int]]:
    counted = rows.annotate(day=_day(column)).order_by().values("day").annotate(count=Count("pk"))
    return list(counted.values_list("day", "count"))


def _day(column: str) -> TruncDate:
    return TruncDate(column, tzinfo=timezone.get_current_timezone())
