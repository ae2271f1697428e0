"""A worker that stands still past its lease and then goes on (R6): it overwrites nothing, its answer still counts."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing

import pytest

from tests.flows.test_killed_worker import BEAT, WORKER, Portal, _wait, portal, stand_in
from verifications.sandbox.testing import RunningSandbox

__all__ = ["portal", "stand_in"]
pytestmark = [pytest.mark.faults, pytest.mark.timeout(200)]
LATENCY_MS = 2500
ON_ITS_WAY = "status = 'SENDING' AND sending_at IS NOT NULL"


def test_a_worker_stopped_past_its_lease_overwrites_nothing_and_settles_the_unknown(
    portal: Portal, stand_in: RunningSandbox
) -> None:
    portal.run("migrate")
    worker = portal.start(WORKER)
    portal.start(BEAT)
    portal.run("prepare", stand_in.base_url, str(portal.folder / "sandbox" / "keys.json"), "2")
    stand_in.control("POST", "latency", {"api": "kraken_embed", "latency_ms": LATENCY_MS})
    portal.run("submit")

    _wait(lambda: portal.count(ON_ITS_WAY) > 0, "bytes are leaving")
    _stop_between_transactions(portal, worker.pid)
    other = portal.start(WORKER)
    _wait(lambda: portal.count("status = 'UNKNOWN'") == 1, "the lease has run out", seconds=90)
    stand_in.control("POST", "latency", {"api": "kraken_embed", "latency_ms": 0})
    _wait(lambda: portal.count("status = 'SUCCEEDED'") >= 1, "the other worker goes on", seconds=90)
    os.kill(worker.pid, signal.SIGCONT)
    _wait(lambda: portal.count("status = 'SUCCEEDED'") == 2, "the late answer is in", seconds=90)

    verifications = portal.verifications()
    received = Counter(row["external_verification_id"] for row in stand_in.record())
    references = {row["external_verification_id"]: row["verification_id"] for row in stand_in.record()}
    assert other.poll() is None
    assert received == {row["id"]: 1 for row in verifications}
    assert all(row["reference"] == references[row["id"]] for row in verifications)
    assert {row["status"] for row in verifications} <= {"ACCEPTED", "COMPLETED"}
    assert [len(row["calls"]) for row in verifications] == [1, 1]


def _stop_between_transactions(portal: Portal, pid: int) -> None:
    """SQLite has one lock for all: a worker that is stopped while it writes would stop everybody, and shows nothing."""
    for _ in range(20):
        time.sleep(0.2)
        os.kill(pid, signal.SIGSTOP)
        try:
            with closing(sqlite3.connect(portal.database, timeout=1, isolation_level=None)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            os.kill(pid, signal.SIGCONT)
        else:
            return
    raise AssertionError("the worker writes all the time")
