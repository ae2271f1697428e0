"""Working time across nights, weekends, holidays, changes of clocks and years."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifications.policy.business_time import MIDNIGHT, Calendar, is_holiday_code, is_zone

HOUR = dt.timedelta(hours=1)
INSTANT = dt.timedelta(microseconds=1)
OFFICE = Calendar("UTC")
BERLIN = Calendar("Europe/Berlin")
ROUND_THE_CLOCK = Calendar("Europe/Berlin", days=tuple(range(7)), opens=MIDNIGHT, closes=MIDNIGHT)
NIGHT_DESK = Calendar("Europe/Berlin", days=tuple(range(7)), opens=dt.time(1), closes=dt.time(5))
CALENDARS = [
    OFFICE,
    BERLIN,
    ROUND_THE_CLOCK,
    NIGHT_DESK,
    Calendar("Asia/Kolkata", holidays=("DE-BY", "GB")),
    Calendar("Australia/Lord_Howe", days=(5, 6), opens=dt.time(1, 15), closes=dt.time(2, 15)),
    Calendar("America/Havana", days=tuple(range(7)), opens=MIDNIGHT, closes=dt.time(0, 45)),
    Calendar("America/Sao_Paulo", days=tuple(range(7)), opens=dt.time(22), closes=MIDNIGHT, holidays=("BR",)),
    Calendar("Pacific/Apia", days=tuple(range(7))),
    Calendar("UTC", days=(0,), days_off=frozenset({dt.date(2027, 1, 4)})),
]


def at(text: str, zone: str = "UTC") -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


calendars = st.sampled_from(CALENDARS)
moments = st.datetimes(
    min_value=dt.datetime(1995, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=dt.datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from(
        [dt.UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("America/Sao_Paulo"), ZoneInfo("Asia/Tokyo")]
    ),
)
hours = st.floats(min_value=-3000, max_value=3000, allow_nan=False)


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2026-11-17 10:00", 2, "2026-11-17 12:00"),
        ("2026-11-17 10:00", 7, "2026-11-17 17:00"),  # the closing, not the next opening
        ("2026-11-17 10:00", 7.5, "2026-11-18 09:30"),
        ("2026-11-17 06:00", 1, "2026-11-17 10:00"),  # before hours
        ("2026-11-17 20:00", 1, "2026-11-18 10:00"),  # after hours
        ("2026-11-20 16:00", 2, "2026-11-23 10:00"),  # over a weekend
        ("2026-11-21 12:00", 8, "2026-11-23 17:00"),  # from a Saturday
        ("2026-11-21 12:00", 0, "2026-11-21 12:00"),
        ("2026-12-31 16:00", 2, "2027-01-01 10:00"),  # over the end of a year
        ("2026-11-23 10:00", -2, "2026-11-20 16:00"),
        ("2026-11-18 10:00", -1, "2026-11-18 09:00"),  # the opening, not the closing before
        ("2027-01-01 10:00", -2, "2026-12-31 16:00"),
    ],
)
def test_hours_are_counted_while_the_office_is_open(start: str, hours: float, expected: str) -> None:
    assert OFFICE.add(at(start), hours) == at(expected)


def test_the_result_is_in_utc_whatever_the_start_is_in() -> None:
    due = BERLIN.add(at("2026-11-17 10:00", "Asia/Tokyo"), 1)

    assert due == at("2026-11-17 10:00", "Europe/Berlin")
    assert due.tzinfo is dt.UTC
    assert BERLIN.add(at("2026-11-17 10:00", "Asia/Tokyo"), 0).tzinfo is dt.UTC


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-17 10:00", "2026-11-17 12:00", 2),
        ("2026-11-17 10:00", "2026-11-18 10:00", 8),
        ("2026-11-20 16:00", "2026-11-23 10:00", 2),
        ("2026-11-21 00:00", "2026-11-22 23:00", 0),
        ("2026-11-17 17:00", "2026-11-18 09:00", 0),
        ("2026-11-18 10:00", "2026-11-17 10:00", -8),
        ("2026-12-31 16:00", "2027-01-01 10:00", 2),
        ("2024-01-01 00:00", "2027-01-01 00:00", 8 * (262 + 261 + 261)),
    ],
)
def test_time_between_is_the_time_the_office_was_open(start: str, end: str, expected: float) -> None:
    assert OFFICE.between(at(start), at(end)) == expected * HOUR


def test_days_off_and_public_holidays_do_not_count() -> None:
    office = Calendar("Europe/Berlin", holidays=("DE",), days_off=frozenset({dt.date(2026, 12, 24)}))

    due = office.add(at("2026-12-23 16:00", "Europe/Berlin"), 2)

    assert due == at("2026-12-28 10:00", "Europe/Berlin"), "24th by hand, 25th a holiday, then a weekend"


def test_holidays_of_a_part_of_a_country_count_there_alone() -> None:
    epiphany = at("2026-01-06 09:00", "Europe/Berlin")

    assert Calendar("Europe/Berlin", holidays=("DE",)).next_open(epiphany) == epiphany
    assert Calendar("Europe/Berlin", holidays=("DE-BY",)).next_open(epiphany) == epiphany + 24 * HOUR


def test_a_holiday_on_a_weekend_rests_on_the_day_on_which_it_is_observed() -> None:
    office = Calendar("America/New_York", holidays=("US",))

    assert office.next_open(at("2027-07-05 10:00", "America/New_York")) == at("2027-07-06 09:00", "America/New_York")
    assert office.next_open(at("2027-12-31 10:00", "America/New_York")) == at("2028-01-03 09:00", "America/New_York")


def test_office_hours_follow_the_clock_on_the_wall_through_both_changes() -> None:
    spring = BERLIN.add(at("2026-03-27 16:00", "Europe/Berlin"), 2)
    autumn = BERLIN.add(at("2026-10-23 16:00", "Europe/Berlin"), 2)

    assert spring == at("2026-03-30 08:00"), "10 o'clock of summer time"
    assert autumn == at("2026-10-26 09:00"), "10 o'clock of winter time"


@pytest.mark.parametrize(("day", "expected"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-17", 24)])
def test_a_desk_that_never_closes_works_as_long_as_the_day_is(day: str, expected: int) -> None:
    start = at(f"{day} 00:00", "Europe/Berlin")
    end = (start + dt.timedelta(days=1)).replace(hour=0)

    assert ROUND_THE_CLOCK.between(start, end) == expected * HOUR
    assert ROUND_THE_CLOCK.add(start, expected) == end


@pytest.mark.parametrize(("day", "expected"), [("2026-03-29", 3), ("2026-10-25", 5), ("2026-11-17", 4)])
def test_a_night_desk_works_an_hour_less_or_more_when_clocks_change(day: str, expected: int) -> None:
    start = at(f"{day} 00:00", "Europe/Berlin")

    assert NIGHT_DESK.between(start, at(f"{day} 12:00", "Europe/Berlin")) == expected * HOUR


def test_a_closing_time_that_comes_twice_is_over_the_second_time() -> None:
    desk = Calendar("Europe/Berlin", days=(6,), opens=dt.time(1), closes=dt.time(2, 30))

    assert desk.between(at("2026-10-24 12:00"), at("2026-10-26 12:00")) == 2.5 * HOUR


def test_a_day_that_the_date_line_took_does_not_count() -> None:
    apia = Calendar("Pacific/Apia", days=tuple(range(7)))

    week = apia.between(at("2011-12-29 00:00", "Pacific/Apia"), at("2012-01-01 00:00", "Pacific/Apia"))

    assert week == 16 * HOUR, "the 29th and the 31st; there was no 30th"


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"])
def test_zones_off_the_full_hour_open_by_their_own_clock(zone: str) -> None:
    office = Calendar(zone)

    assert office.next_open(at("2026-11-17 03:00", zone)) == at("2026-11-17 09:00", zone)
    assert office.add(at("2026-11-17 16:45", zone), 0.5) == at("2026-11-18 09:15", zone)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-17 12:00", "2026-11-17 12:00"),
        ("2026-11-17 09:00", "2026-11-17 09:00"),
        ("2026-11-17 17:00", "2026-11-18 09:00"),
        ("2026-11-21 12:00", "2026-11-23 09:00"),
        ("2027-12-31 18:00", "2028-01-03 09:00"),
    ],
)
def test_next_open_is_now_or_the_next_opening(moment: str, expected: str) -> None:
    assert OFFICE.next_open(at(moment)) == at(expected)


def test_a_pause_moves_the_due_time_by_the_working_time_it_took_also_when_late() -> None:
    due, paused, resumed = at("2026-11-17 15:00"), at("2026-11-17 13:00"), at("2026-11-19 16:00")
    late = at("2026-11-17 12:00")

    assert OFFICE.add(resumed, OFFICE.between(paused, due)) == at("2026-11-20 10:00")
    assert OFFICE.add(resumed, OFFICE.between(paused, late)) == at("2026-11-19 15:00")


def test_a_century_is_counted_by_whole_years() -> None:
    start = at("1990-01-01 00:00")

    due = OFFICE.add(start, 8 * 5 * 52 * 100)

    assert due == start + dt.timedelta(weeks=5200, days=-2, hours=-7)
    assert OFFICE.between(start, due) == 8 * 5 * 52 * 100 * HOUR


@given(calendar=calendars, start=moments, hours=hours)
def test_between_gives_back_what_add_took(calendar: Calendar, start: dt.datetime, hours: float) -> None:
    assert calendar.between(start, calendar.add(start, hours)) == dt.timedelta(hours=hours)


@given(calendar=calendars, start=moments, hours=hours, more=st.floats(min_value=0, max_value=500))
def test_add_never_goes_back_for_more_hours(calendar: Calendar, start: dt.datetime, hours: float, more: float) -> None:
    assert calendar.add(start, hours) <= calendar.add(start, hours + more)


@given(calendar=calendars, start=moments, later=st.timedeltas(min_value=dt.timedelta(0), max_value=dt.timedelta(90)))
def test_who_starts_later_is_due_no_earlier(calendar: Calendar, start: dt.datetime, later: dt.timedelta) -> None:
    after = (start.astimezone(dt.UTC) + later).astimezone(dt.UTC)

    assert calendar.add(start, 16) <= calendar.add(after, 16)
    assert calendar.next_open(start) <= calendar.next_open(after)


@given(calendar=calendars, first=moments, second=moments, third=moments)
def test_stretches_add_up(calendar: Calendar, first: dt.datetime, second: dt.datetime, third: dt.datetime) -> None:
    whole = calendar.between(first, third)

    assert calendar.between(first, second) + calendar.between(second, third) == whole
    assert calendar.between(third, first) == -whole


@given(calendar=calendars, moment=moments)
def test_an_opening_comes_with_no_working_time_lost(calendar: Calendar, moment: dt.datetime) -> None:
    opening = calendar.next_open(moment)

    assert opening >= moment
    assert calendar.between(moment, opening) == dt.timedelta(0)
    assert calendar.between(opening, opening + INSTANT) == INSTANT


@given(calendar=st.sampled_from(CALENDARS[:4]), start=moments, minutes=st.integers(min_value=0, max_value=600))
def test_working_time_is_what_counting_minute_by_minute_gives(
    calendar: Calendar, start: dt.datetime, minutes: int
) -> None:
    start = start.astimezone(dt.UTC).replace(second=0, microsecond=0)
    zone = ZoneInfo(calendar.timezone)
    closes = calendar.closes if calendar.closes != MIDNIGHT else dt.time.max
    counted = 0
    for minute in range(minutes):
        local = (start + dt.timedelta(minutes=minute)).astimezone(zone)
        counted += local.weekday() in calendar.days and calendar.opens <= local.time() < closes

    assert calendar.between(start, start + dt.timedelta(minutes=minutes)) == dt.timedelta(minutes=counted)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"days": ()}, "working days"),
        ({"days": (7,)}, "working days"),
        ({"opens": dt.time(17), "closes": dt.time(9)}, "closing"),
        ({"opens": dt.time(9), "closes": dt.time(9)}, "closing"),
        ({"timezone": "Europe/Atlantis"}, "time zone"),
        ({"holidays": ("ZZ",)}, "holidays"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(members: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Calendar(**{"timezone": "UTC", **members})


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = dt.datetime(2026, 11, 17, 10)  # noqa: DTZ001

    with pytest.raises(ValueError, match="time zone"):
        OFFICE.add(naive, 1)
    with pytest.raises(ValueError, match="time zone"):
        OFFICE.between(naive, naive)
    with pytest.raises(ValueError, match="time zone"):
        OFFICE.next_open(naive)


@pytest.mark.parametrize("name", ["", "Europe", "../etc/passwd", "/etc/localtime", "Mars/Base", "UTC\x00"])
def test_what_is_no_zone_is_said_to_be_none(name: str) -> None:
    assert not is_zone(name)


@pytest.mark.parametrize(
    ("code", "known"), [("DE", True), ("DE-BY", True), ("GB-SCT", True), ("DE-XX", False), ("ZZ", False)]
)
def test_holiday_codes_are_countries_and_their_parts(code: str, known: bool) -> None:
    assert is_holiday_code(code) is known
