"""Lanes: one sender a key, nonces that only rise."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

import pytest
from django.db import connection

from tests.factories import NOON
from tests.services.support import SECOND
from verifications.models import ApiKeyLane
from verifications.services.lanes import LaneLost, keep_lane, next_nonce, release_lane, take_lane


@pytest.mark.django_db
def test_take_lane_lets_one_worker_in(settings: Any) -> None:
    first = take_lane(key_id="key", now=NOON)
    second = take_lane(key_id="key", now=NOON)

    assert first is not None
    assert second is None


@pytest.mark.django_db
def test_take_lane_never_waits_for_another_key() -> None:
    assert take_lane(key_id="one", now=NOON)
    assert take_lane(key_id="two", now=NOON)


@pytest.mark.django_db
def test_take_lane_takes_over_from_a_worker_that_died(settings: Any) -> None:
    dead = take_lane(key_id="key", now=NOON)
    assert dead is not None

    after = NOON + (settings.PROVIDER_CALL_LEASE_SECONDS + 1) * SECOND
    heir = take_lane(key_id="key", now=after)

    assert heir is not None
    assert keep_lane(key_id="key", token=dead, now=after) is False
    with pytest.raises(LaneLost):
        next_nonce(key_id="key", token=dead)


@pytest.mark.django_db
def test_keep_lane_moves_the_end_of_the_lease(settings: Any) -> None:
    token = take_lane(key_id="key", now=NOON)
    assert token is not None
    late = NOON + (settings.PROVIDER_CALL_LEASE_SECONDS - 1) * SECOND

    kept = keep_lane(key_id="key", token=token, now=late)

    assert kept
    assert take_lane(key_id="key", now=late + 2 * SECOND) is None


@pytest.mark.django_db
def test_release_lane_frees_only_ones_own() -> None:
    token = take_lane(key_id="key", now=NOON)
    assert token is not None

    release_lane(key_id="key", token=uuid.uuid4())
    held = ApiKeyLane.objects.get().holder
    release_lane(key_id="key", token=token)

    assert held == token
    assert ApiKeyLane.objects.get().holder is None


@pytest.mark.django_db
def test_next_nonce_is_the_time_in_nanoseconds_and_rises_when_the_clock_jumps_back(monkeypatch: Any) -> None:
    token = take_lane(key_id="key", now=NOON)
    assert token is not None
    ticks = iter([1_700_000_000_000_000_000, 1_600_000_000_000_000_000, 1, 1_700_000_000_000_000_001, 1_800 * 10**15])
    monkeypatch.setattr("verifications.services.lanes.time.time_ns", lambda: next(ticks))

    nonces = [next_nonce(key_id="key", token=token) for _call in range(5)]

    assert nonces == [1_700_000_000_000_000_000 + step for step in range(4)] + [1_800 * 10**15]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_next_nonce_rises_under_eight_threads() -> None:
    token = take_lane(key_id="key", now=NOON)
    assert token is not None
    given: list[int] = []
    failures: list[Exception] = []

    def work() -> None:
        try:
            for _call in range(25):
                given.append(next_nonce(key_id="key", token=token))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    _run(work, 8)

    assert failures == []
    assert len(set(given)) == 200
    assert ApiKeyLane.objects.get().last_nonce == max(given)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_take_lane_lets_one_of_eight_threads_in() -> None:
    tokens: list[uuid.UUID | None] = []
    start = threading.Barrier(8)

    def work() -> None:
        try:
            start.wait(5)
            tokens.append(take_lane(key_id="key", now=NOON))
        finally:
            connection.close()

    _run(work, 8)

    assert len(tokens) == 8
    assert len([token for token in tokens if token is not None]) == 1


def _run(work: Any, count: int) -> None:
    threads = [threading.Thread(target=work) for _one in range(count)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 20
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads)
