"""Spans of whole days in the person's zone, as they stand in an address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DAY = dt.timedelta(days=1)
MOST_DAYS = 366
STANDARD = "30"
PERIODS: dict[str, Promise] = {
    "7": _("7 days"),
    "30": _("30 days"),
    "90": _("90 days"),
    "365": _("365 days"),
    "quarter": _("This quarter"),
    "last-quarter": _("Last quarter"),
}


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both included. ``key`` is empty for days that were chosen one by one."""

    key: str
    first: dt.date
    last: dt.date

    @property
    def start(self) -> dt.datetime:
        return _midnight(self.first)

    @property
    def end(self) -> dt.datetime:
        """The midnight after the last day."""
        return _midnight(self.last + DAY)

    @property
    def label(self) -> Promise | str:
        return PERIODS[self.key] if self.key else ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        if self.key:
            return [("period", self.key)]
        return [("from", self.first.isoformat()), ("until", self.last.isoformat())]

    @property
    def query(self) -> str:
        return urlencode(self.pairs)

    def days(self) -> Iterator[dt.date]:
        for number in range((self.last - self.first).days + 1):
            yield self.first + number * DAY

    def within(self, column: str) -> dict[str, dt.datetime]:
        """The condition that a moment lies in the period."""
        return {f"{column}__gte": self.start, f"{column}__lt": self.end}


def one_day(day: dt.date) -> Period:
    return Period("", day, day)


def read_period(query: Mapping[str, Any], now: dt.datetime, *, standard: str = STANDARD) -> Period:
    """What the address asks for: a known period, else days. What is none, or too long, counts as nothing asked."""
    key = query.get("period", "")
    if key in PERIODS:
        return period_of(key, now)
    first, last = _date(query.get("from", "")), _date(query.get("until", ""))
    if first and last and first <= last < first + MOST_DAYS * DAY:
        return Period("", first, last)
    return period_of(standard, now)


def asks_in_vain(query: Mapping[str, Any], period: Period) -> bool:
    """Days were asked for, and others are shown."""
    return bool(period.key) and bool(query.get("from") or query.get("until")) and query.get("period") not in PERIODS


def period_of(key: str, now: dt.datetime) -> Period:
    today = timezone.localdate(now)
    if key.isdecimal():
        return Period(key, today - (int(key) - 1) * DAY, today)
    quarter = dt.date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    if key == "quarter":
        return Period(key, quarter, today)
    last = quarter - DAY
    return Period(key, dt.date(last.year, last.month - 2, 1), last)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _date(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return day if dt.date(2000, 1, 1) <= day <= dt.date(2199, 12, 31) else None
