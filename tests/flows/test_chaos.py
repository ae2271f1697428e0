"""A small run of ``tests.chaos``: everything goes wrong at once, and the record and the ledger agree row by row."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUBMISSIONS = 60

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


def figures(printed: str) -> dict[str, str]:
    """The table's rows by name."""
    rows = [line.split("|") for line in printed.splitlines() if line.startswith("| ")]
    return {row[1].strip(" *"): row[2].strip(" *") for row in rows}


def run(*arguments: str) -> dict[str, str]:
    command = [sys.executable, "-m", "tests.chaos", "--submissions", str(SUBMISSIONS), "--workers", "2", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=_environment(), capture_output=True, text=True, timeout=580, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return figures(done.stdout)


def _environment() -> dict[str, str]:
    ours = ("PATH", "HOME", "LANG", "REDIS_URL", "DATABASE_URL")
    return {name: os.environ[name] for name in ours if name in os.environ}


def check(found: dict[str, str]) -> None:
    for promise in ("lost", "accepted twice", "stuck", "unknown and not listed"):
        assert found[promise] == "0"
    assert found["submissions made"] == str(SUBMISSIONS)
    assert int(found["accepted in the stand-in's record"]) > SUBMISSIONS / 2
    killed = int(found.get("workers killed", 0)) + int(found.get("pool processes killed", 0))
    assert killed >= 6, "too few kills to show anything"


def test_a_small_run_on_the_embedded_portal_loses_nothing_and_sends_nothing_twice() -> None:
    found = run("--seed", "7", "--database-url", "sqlite", "--broker", "filesystem")

    check(found)


@pytest.mark.postgres
@pytest.mark.redis
def test_a_small_run_on_postgresql_and_redis_loses_nothing_and_sends_nothing_twice() -> None:
    found = run("--seed", "8", "--broker", "redis")

    check(found)
    assert int(found["database connections cut"]) > 0


def test_a_run_without_its_services_says_what_is_missing(monkeypatch: Any) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos"],
        cwd=ROOT,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "set DATABASE_URL=postgres://" in done.stderr
