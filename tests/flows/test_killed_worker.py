"""``kill -9`` of the worker at any moment of a submission: nothing lost, nothing sent twice, the unknown ones told."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from verifications.sandbox.testing import RunningSandbox, running_sandbox

pytestmark = [pytest.mark.faults, pytest.mark.timeout(110)]
ROOT = Path(__file__).resolve().parents[2]
SUBMISSIONS = 8
LATENCY_MS = 500
WORKER = (
    "celery -A compliance_portal worker --pool threads --concurrency 4 --loglevel ERROR "
    "--without-mingle --without-gossip --without-heartbeat"
)
BEAT = "celery -A compliance_portal beat --loglevel ERROR --pidfile="
WEB = (
    "gunicorn compliance_portal.wsgi:application --bind 127.0.0.1:{port} --worker-class gthread --threads 4 "
    "--no-control-socket --log-level error"
)
COUNT = "SELECT COUNT(*) FROM verifications_providercall WHERE operation LIKE 'SUBMIT%' AND "


class Portal:
    """A portal of real processes in a folder of its own; each is started and ended by its id."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.database = folder / "portal.sqlite3"
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONUNBUFFERED": "1",
            "ENVIRONMENT": "embedded",
            "VAR_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "PORT": str(port),
            "SWEEP_SECONDS": "1",
            "PROVIDER_CALL_LEASE_SECONDS": "3",
            "LOG_LEVEL": "ERROR",
        }
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, command: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"process-{len(self._running)}.log").open("wb")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command.split()], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        self._running.append(process)
        return process

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "tests.flows.portal_script", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def verifications(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.run("state"))
        return rows

    def count(self, condition: str) -> int:
        """Rows of the ledger's submissions, read from beside the portal's own processes."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as connection:
            return int(connection.execute(COUNT + condition).fetchone()[0])

    def stop(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.wait(10)


@pytest.fixture(params=["filesystem", pytest.param("redis", marks=pytest.mark.redis)])
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """A portal on the embedded broker, and on Redis where there is one."""
    portal = Portal(tmp_path, _free_port())
    if request.param == "redis":
        portal.environment["CELERY_BROKER_URL"] = os.environ["REDIS_URL"].rpartition("/")[0] + "/5"
    yield portal
    portal.stop()


@pytest.fixture
def stand_in(tmp_path: Path, portal: Portal) -> Iterator[RunningSandbox]:
    host = f"127.0.0.1:{portal.port}"
    with running_sandbox(tmp_path / "sandbox", allow_hosts=(host,), in_process=True, review_seconds=0.2) as stand_in:
        yield stand_in


def test_a_worker_killed_at_any_moment_loses_nothing_and_sends_nothing_twice(
    portal: Portal, stand_in: RunningSandbox
) -> None:
    portal.run("migrate")
    worker = portal.start(WORKER)
    portal.start(BEAT)
    portal.start(WEB.format(port=portal.port))
    _wait(lambda: _answers(portal.port), "the web process answers")
    portal.run("prepare", stand_in.base_url, str(portal.folder / "sandbox" / "keys.json"), str(SUBMISSIONS))
    stand_in.control("POST", "latency", {"api": "kraken_embed", "latency_ms": LATENCY_MS})

    portal.run("submit")
    moments: list[Callable[[], None]] = [
        lambda: _wait(lambda: portal.count("status = 'SENDING' AND sending_at IS NOT NULL") > 0, "bytes are leaving"),
        lambda: _wait(lambda: portal.count("status = 'SENDING'") > 0, "a row is claimed"),
        lambda: _wait_for_one_more(portal, "status = 'SUCCEEDED'"),
        lambda: time.sleep(1.7),
    ]
    for moment in moments:
        moment()
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(10)
        worker = portal.start(WORKER)
    stand_in.control("POST", "latency", {"api": "kraken_embed", "latency_ms": 0})
    _wait(lambda: portal.count("status IN ('WAITING', 'SENDING')") == 0, "everything has its outcome", seconds=90)

    verifications = portal.verifications()
    received = Counter(row["external_verification_id"] for row in stand_in.record())
    status = {row["id"]: row["status"] for row in verifications}
    calls = [call for row in verifications for call in row["calls"]]
    assert len(status) == SUBMISSIONS
    assert max(received.values()) == 1, "something was sent twice"
    assert set(status.values()) <= {"ACCEPTED", "COMPLETED", "OUTCOME_UNKNOWN"}, "something was lost"
    assert set(received) <= set(status)
    accepted = {id_ for id_, one in status.items() if one in ("ACCEPTED", "COMPLETED")}
    assert accepted <= set(received), "something counts as accepted that never arrived"
    assert all(row["attention"] for row in verifications if row["status"] == "OUTCOME_UNKNOWN")
    assert ["UNKNOWN", "worker_lost", True] in calls, "no kill struck a call on its way: the test shows too little"
    assert all(sent for call_status, _code, sent in calls if call_status == "SUCCEEDED")


def _wait(done: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"did not happen in time: {what}"
        time.sleep(0.02)


def _wait_for_one_more(portal: Portal, condition: str) -> None:
    before = portal.count(condition)
    _wait(lambda: portal.count(condition) > before, f"one more: {condition}")


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
            return True
    except OSError:
        return False


def _free_port() -> int:
    for port in range(21_000 + os.getpid() % 500, 22_000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port between 21000 and 22000")
