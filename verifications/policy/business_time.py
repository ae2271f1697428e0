"""Working time: how much of it lies between two moments, and when so much of it is over.

A working day is a stretch of real time from opening to closing, so the hour that a change of clocks repeats counts and
the one it leaves out does not. Each year is laid out once and kept; after that a question costs two searches in a list,
however long the range.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

MIDNIGHT = dt.time(0, 0)
NOTHING = dt.timedelta(0)
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Office hours. ``closes`` at midnight means the end of the day; ``holidays`` are codes as in ``DE`` or ``DE-BY``.

    ValueError when no time is left to work, or the zone or a code is unknown.
    """

    timezone: str
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    opens: dt.time = dt.time(9, 0)
    closes: dt.time = dt.time(17, 0)
    holidays: tuple[str, ...] = ()
    days_off: frozenset[dt.date] = frozenset()

    def __post_init__(self) -> None:
        if not self.days or not set(self.days) <= set(range(7)):
            raise ValueError("working days are numbers from 0, Monday, to 6, Sunday; at least one")
        if self.opens >= self.closes != MIDNIGHT:
            raise ValueError("closing comes after opening on the same day")
        if not is_zone(self.timezone):
            raise ValueError(f"unknown time zone {self.timezone}")
        for code in self.holidays:
            if not is_holiday_code(code):
                raise ValueError(f"no public holidays are known for {code}")

    def add(self, start: dt.datetime, hours: float | dt.timedelta) -> dt.datetime:
        """The first moment, in UTC, at which so much working time since ``start`` is over; ``start`` itself for none.

        For negative hours the last moment from which so much was left until ``start``. ValueError for a naive start.
        """
        length = hours if isinstance(hours, dt.timedelta) else dt.timedelta(hours=hours)
        year, target = self._position(start)
        if not length:
            return start.astimezone(dt.UTC)
        target += length
        while target > _year(self, year).total:
            target -= _year(self, year).total
            year += 1
        while target < NOTHING:
            year -= 1
            target += _year(self, year).total
        return _year(self, year).moment(target, last=length < NOTHING)

    def between(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        """Working time from ``start`` to ``end``, negative when the end comes first. ValueError for a naive moment."""
        if end < start:
            return -self.between(end, start)
        first, before = self._position(start)
        last, after = self._position(end)
        return sum((_year(self, year).total for year in range(first, last)), NOTHING) + after - before

    def next_open(self, moment: dt.datetime) -> dt.datetime:
        """``moment`` in UTC when it is in office hours, else the next opening. ValueError for a naive moment."""
        year, done = self._position(moment)
        while done == _year(self, year).total:
            done = NOTHING
            year += 1
        return _year(self, year).moment(done, last=True)

    def _position(self, moment: dt.datetime) -> tuple[int, dt.timedelta]:
        if moment.tzinfo is None:
            raise ValueError("a moment without a time zone")
        year = moment.astimezone(ZoneInfo(self.timezone)).year
        return year, _year(self, year).elapsed(moment)


@dataclass(frozen=True)
class _Year:
    """The working days of one year by the local calendar: when each opens, and the working time at each closing."""

    opens: tuple[dt.datetime, ...]
    ends: tuple[dt.timedelta, ...]

    @property
    def total(self) -> dt.timedelta:
        return self.ends[-1] if self.ends else NOTHING

    def elapsed(self, moment: dt.datetime) -> dt.timedelta:
        """Working time from the first opening to ``moment``."""
        index = bisect_right(self.opens, moment) - 1
        if index < 0:
            return NOTHING
        return min(self._before(index) + (moment - self.opens[index]), self.ends[index])

    def moment(self, elapsed: dt.timedelta, *, last: bool) -> dt.datetime:
        """When ``elapsed`` is reached; on a boundary the closing, or the ``last`` moment, which is the next opening."""
        index = (bisect_right if last else bisect_left)(self.ends, elapsed)
        return self.opens[index] + (elapsed - self._before(index))

    def _before(self, index: int) -> dt.timedelta:
        return self.ends[index - 1] if index else NOTHING


@lru_cache(maxsize=256)
def _year(calendar: Calendar, year: int) -> _Year:
    opens: list[dt.datetime] = []
    ends: list[dt.timedelta] = []
    done = NOTHING
    for opened, closed in _stretches(calendar, year):
        done += closed - opened
        opens.append(opened)
        ends.append(done)
    return _Year(tuple(opens), tuple(ends))


def _stretches(calendar: Calendar, year: int) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    zone = ZoneInfo(calendar.timezone)
    off = calendar.days_off.union(*(_public_holidays(code, year) for code in calendar.holidays))
    day = dt.date(year, 1, 1)
    while day.year == year:
        if day.weekday() in calendar.days and day not in off:
            opened = _instant(day, calendar.opens, zone)
            # A day that a change of the date line left out opens on another day, which is there in its own right.
            if opened.astimezone(zone).date() == day:
                closed = _closing(day, calendar.closes, zone)
                if closed > opened:
                    yield opened, closed
        day += DAY


def _instant(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, time, tzinfo=zone).astimezone(dt.UTC)


def _closing(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    if time == MIDNIGHT:
        return _instant(day + DAY, MIDNIGHT, zone)
    # A closing time that clocks show twice is over when they show it again.
    return max(_instant(day, time, zone), _instant(day, time.replace(fold=1), zone))


def is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # OSError: the name of a folder of zones
        return False
    return True


def is_holiday_code(code: str) -> bool:
    try:
        _public_holidays(code, 2026)
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=512)
def _public_holidays(code: str, year: int) -> frozenset[dt.date]:
    """Public holidays with the days on which they are observed. NotImplementedError for a code nobody knows."""
    import holidays  # noqa: PLC0415 - takes a tenth of a second, and only calendars with holidays need it

    country, _, part = code.partition("-")
    found = holidays.country_holidays(country, subdiv=part or None, years=year)
    return frozenset(day for day in found if day.year == year)
