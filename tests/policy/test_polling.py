"""The waits between readings, with a fifth more or less."""

from __future__ import annotations

import datetime as dt

import pytest

from verifications.policy import polling
from verifications.policy.polling import link_wait, session_wait

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "SPREAD", 0)


@pytest.mark.usefixtures("exact")
def test_a_session_is_read_as_the_contract_says_after_the_customer_is_done() -> None:
    waits = [session_wait(since=NOON, polls=polls, now=NOON).total_seconds() for polls in range(9)]

    assert waits == [2, 3, 5, 8, 13, 20, 30, 60, 60]


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize(("minutes", "expected"), [(2, 60), (14.9, 60), (15, 900), (600, 900), (-5, 60)])
def test_a_session_that_takes_long_is_read_every_quarter_of_an_hour(minutes: float, expected: int) -> None:
    wait = session_wait(since=NOON, polls=50, now=NOON + minutes * MINUTE)

    assert wait.total_seconds() == expected


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("polls", [0, 3, 1000])
def test_a_session_nobody_has_begun_is_read_every_quarter_of_an_hour(polls: int) -> None:
    assert session_wait(since=None, polls=polls, now=NOON) == 15 * MINUTE


@pytest.mark.usefixtures("exact")
def test_a_link_is_read_quickly_after_the_return_only() -> None:
    quick = [link_wait(since=NOON, returned=True, polls=polls, now=NOON).total_seconds() for polls in range(7)]
    waiting = link_wait(since=NOON, returned=False, polls=0, now=NOON)
    long_after = link_wait(since=NOON, returned=True, polls=9, now=NOON + 60 * MINUTE)

    assert quick == [5, 10, 20, 40, 60, 300, 300]
    assert (waiting, long_after) == (5 * MINUTE, 60 * MINUTE)


def test_waits_differ_by_a_fifth_at_most() -> None:
    waits = {session_wait(since=None, polls=0, now=NOON) for _reading in range(300)}

    assert len(waits) > 100
    assert min(waits) >= 12 * MINUTE
    assert max(waits) <= 18 * MINUTE
