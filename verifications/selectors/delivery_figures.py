"""Success and latency of finished calls: counted in the database, by outcome and by rounded duration.

Neither of the two databases has the other's percentile function, so both group by the duration cut to two significant
digits (``1234`` ms counts as ``1200``): some dozens of groups however many calls there are, and a percentile read off
them is right to its two digits. Connection tests are left out: a refused test is a passed one.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, Func, QuerySet, When

from verifications.enums import CallOperation, CallStatus
from verifications.models import ProviderCall

QUARTER = dt.timedelta(minutes=15)
QUARTERS = 96
"""Quarter hours of a plot: the last day, the one that has just begun included."""
COUNTED = (CallStatus.SUCCEEDED, CallStatus.REFUSED, CallStatus.NOT_SENT, CallStatus.UNKNOWN)


@dataclass(frozen=True)
class Figures:
    """Finished calls by outcome, and their durations in milliseconds as rounded value -> number of calls."""

    outcomes: Counter[str] = field(default_factory=Counter)
    durations: Counter[int] = field(default_factory=Counter)

    def __add__(self, other: Figures) -> Figures:
        return Figures(self.outcomes + other.outcomes, self.durations + other.durations)

    @property
    def total(self) -> int:
        return self.outcomes.total()

    @property
    def success_percent(self) -> float | None:
        """Of all that finished, ``None`` where nothing did. Just short of all is not shown as all."""
        if not self.total:
            return None
        percent = 100 * self.outcomes[CallStatus.SUCCEEDED] / self.total
        return percent if percent == 100 else min(percent, 99.9)

    @property
    def median_ms(self) -> int | None:
        return self.percentile(50)

    @property
    def p95_ms(self) -> int | None:
        return self.percentile(95)

    def percentile(self, percent: int) -> int | None:
        """The smallest duration that so many per cent of the calls did not exceed (nearest rank)."""
        rank = -(-self.durations.total() * percent // 100)
        for duration in sorted(self.durations):
            rank -= self.durations[duration]
            if rank <= 0:
                return duration
        return None


@dataclass(frozen=True)
class Quarter:
    """What finished from ``start`` on, for a quarter of an hour."""

    start: dt.datetime
    figures: Figures


class QuarterOfEpoch(Func):
    """Number of whole quarter hours since 1970: arithmetic that both databases do on their own."""

    template = "(FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / 900))::bigint"
    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / 900"
        return self.as_sql(compiler, connection, template=template, **extra)


def figures_by_account(account_ids: Sequence[int], *, since: dt.datetime) -> dict[int, Figures]:
    found: dict[int, Figures] = {}
    for account_id, status, duration, calls in _counted(account_ids, since, F("account_id") + 0):
        _count(found.setdefault(account_id, Figures()), status, duration, calls)
    return found


def figures_by_quarter(account_ids: Sequence[int], *, now: dt.datetime) -> list[Quarter]:
    """The last day in quarter hours, oldest first; those without a call are there and empty."""
    last = int(now.timestamp()) // int(QUARTER.total_seconds())
    first = last - QUARTERS + 1
    found = {number: Figures() for number in range(first, last + 1)}
    for number, status, duration, calls in _counted(account_ids, _start(first), QuarterOfEpoch("finished_at")):
        if number in found:
            _count(found[number], status, duration, calls)
    return [Quarter(_start(number), figures) for number, figures in found.items()]


def _counted(account_ids: Sequence[int], since: dt.datetime, group: Any) -> QuerySet[ProviderCall, Any]:
    """(group, outcome, rounded duration, number of calls).

    The group is an expression and the condition names no outcome: otherwise SQLite goes through all calls of an account
    by another index instead of those of the span.
    """
    return (
        ProviderCall.objects.filter(account_id__in=account_ids, finished_at__gte=since)
        .exclude(operation=CallOperation.CHECK_CONNECTION)
        .order_by()
        .annotate(group=group, outcome=F("status"), duration=_two_digits())
        .values("group", "outcome", "duration")
        .annotate(calls=Count("id"))
        .values_list("group", "outcome", "duration", "calls")
    )


def _two_digits() -> Case:
    """Whole-number division cuts the other digits off, in both databases."""
    steps = [
        When(duration_ms__lt=100 * step, then=F("duration_ms") / step * step) for step in (1, 10, 100, 1000, 10_000)
    ]
    return Case(*steps, default=F("duration_ms") / 100_000 * 100_000, output_field=BigIntegerField())


def _count(figures: Figures, status: str, duration: int | None, calls: int) -> None:
    if status not in COUNTED:
        return
    figures.outcomes[status] += calls
    if duration is not None:
        figures.durations[duration] += calls


def _start(number: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(number * QUARTER.total_seconds(), tz=dt.UTC)
