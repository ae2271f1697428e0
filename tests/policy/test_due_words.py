"""Due times as people read them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from verifications.policy import due_words as module
from verifications.policy.due_words import due_words

NOON = dt.datetime(2026, 11, 17, 12, tzinfo=dt.UTC)


def left(**length: float) -> dt.datetime:
    return NOON + dt.timedelta(**length)


@pytest.mark.parametrize(
    ("due_at", "words", "tone"),
    [
        (left(days=9, hours=5), "9 d left", ""),
        (left(days=2), "2 d left", ""),
        (left(days=2, seconds=-1), "47 h left", ""),
        (left(hours=4), "4 h left", ""),
        (left(hours=4, seconds=-1), "3 h left", "soon"),
        (left(hours=2), "2 h left", "soon"),
        (left(hours=1), "1 h left", "soon"),
        (left(minutes=59, seconds=59), "59 min left", "soon"),
        (left(minutes=1), "1 min left", "soon"),
        (left(seconds=59), "due now", "soon"),
        (NOON, "due now", "soon"),
        (left(seconds=-59), "due now", "soon"),
        (left(minutes=-1), "1 min late", "late"),
        (left(hours=-1), "1 h late", "late"),
        (left(hours=-47, minutes=-59), "47 h late", "late"),
        (left(days=-2), "2 d late", "late"),
        (left(days=-400), "400 d late", "late"),
    ],
)
def test_a_due_time_is_said_in_the_largest_unit_that_fits(due_at: dt.datetime, words: str, tone: str) -> None:
    assert due_words(due_at, NOON) == (words, tone)


@pytest.mark.parametrize(
    ("due_at", "words"),
    [
        (left(hours=5), "paused, 5 h left"),
        (left(minutes=20), "paused, 20 min left"),
        (NOON, "paused, due now"),
        (left(days=-3), "paused, 3 d late"),
    ],
)
def test_a_pause_is_said_first_and_sets_the_tone(due_at: dt.datetime, words: str) -> None:
    assert due_words(due_at, NOON, paused=True) == (words, "paused")


def test_how_soon_is_soon_is_for_the_caller_to_say() -> None:
    assert due_words(left(hours=20), NOON, soon=dt.timedelta(days=1)) == ("20 h left", "soon")
    assert due_words(left(hours=2), NOON, soon=dt.timedelta(hours=1)) == ("2 h left", "")


def test_moments_in_different_zones_are_compared_as_moments() -> None:
    kathmandu = dt.timezone(dt.timedelta(hours=5, minutes=45))

    assert due_words(left(hours=6).astimezone(kathmandu), NOON) == ("6 h left", "")


def test_every_text_goes_through_the_translation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_", lambda text: f"<{text}>")
    monkeypatch.setattr(module, "ngettext", lambda one, many, count: f"<{one if count == 1 else many}>")

    assert due_words(NOON, NOON)[0] == "<due now>"
    assert due_words(left(hours=5), NOON, paused=True)[0] == "<paused, <5 h left>>"
    for length in ({"days": 3}, {"hours": 3}, {"minutes": 3}, {"days": -3}, {"hours": -3}, {"minutes": -3}):
        assert due_words(left(**length), NOON)[0].startswith("<3 ")


@given(seconds=st.integers(min_value=-(10**8), max_value=10**8))
def test_words_never_promise_more_time_than_is_left(seconds: int) -> None:
    units = {"d": 86400, "h": 3600, "min": 60}
    with translation.override("en-gb"):
        text, tone = due_words(left(seconds=seconds), NOON)

    if text == "due now":
        assert abs(seconds) < 60
        return
    count, unit, word = text.split()
    assert int(count) * units[unit] <= abs(seconds) < (int(count) + 1) * units[unit]
    assert word == ("left" if seconds > 0 else "late")
    assert (tone == "late") == (word == "late")
