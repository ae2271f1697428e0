"""One run from the first process to the verdict. Django is set up when this is imported."""

from __future__ import annotations

import time
from pathlib import Path

from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.models import F, Max

from tests.chaos.brokers import Broker
from tests.chaos.databases import Database
from tests.chaos.monkey import Monkey
from tests.chaos.options import Options
from tests.chaos.people import decide_some
from tests.chaos.processes import Fleet
from tests.chaos.report import Run
from tests.chaos.submitters import Submitters, make_accounts
from tests.chaos.verdict import compare, unsettled
from verifications.enums import CallStatus, VerificationStatus
from verifications.models import ProviderCall, Verification

LATENCY_MS = 50
AHEAD = 25
"""Submissions that may be begun before the kill that belongs to them has happened."""


def run(options: Options, *, fleet: Fleet, broker: Broker, database: Database, lease: float, folder: Path) -> Run:
    """Prepare, let it all happen at once, wait until it has ended, let people choose, compare."""
    call_command("migrate", verbosity=0, interactive=False)
    fleet.start_all()
    for api in ("kraken_embed", "payward_services"):
        fleet.control("POST", "latency", {"api": api, "latency_ms": LATENCY_MS})
    submitters = Submitters(fleet, make_accounts(fleet), options.submissions, options.seed, allowed=lambda: 0)
    submitters.prepare()
    monkey = Monkey(
        fleet, broker, database, options.seed, options.kills, progress=lambda: submitters.begun / options.submissions
    )
    submitters.allowed = lambda: AHEAD + int(options.submissions * monkey.killed / options.kills)
    _say(f"seed {options.seed}, logs in {folder}")
    began = time.monotonic()
    monkey.start()
    threads = submitters.run()
    while any(thread.is_alive() for thread in threads) or (monkey.killed < options.kills and not monkey.errors):
        time.sleep(5)
        _say(f"{len(submitters.made)} submitted, {_still_moving()} under way, {monkey.killed} killed")
        if submitters.errors or monkey.errors:
            break
    monkey.stop()
    seconds = time.monotonic() - began
    for error in (*submitters.errors, *monkey.errors):
        raise error
    fleet.control("DELETE", "faults")
    settled_after = _settle(options.settle_seconds)
    flagged = Verification.objects.filter(status=VerificationStatus.OUTCOME_UNKNOWN).count()
    choices = decide_some(fleet.control("GET", "record")["submissions"], seed=options.seed)
    _settle(options.settle_seconds)
    verdict = compare(fleet.control("GET", "record")["submissions"], submitters.made)
    return Run(
        options=options,
        verdict=verdict,
        happened=monkey.done,
        choices=choices,
        flagged=flagged,
        told_of_errors=submitters.failures,
        seconds=seconds,
        settled_after=settled_after,
        slowest_find=_slowest_find(),
        lease=lease,
        server=_server(),
    )


def _settle(most: float) -> float:
    began = time.monotonic()
    said = began
    while (left := _still_moving()) and time.monotonic() - began < most:
        time.sleep(1)
        if time.monotonic() - said > 10:
            said = time.monotonic()
            _say(f"{left} still move")
    return time.monotonic() - began


def _still_moving() -> int:
    """This connection may be cut like any other."""
    for _ in range(20):
        try:
            return unsettled()
        except DatabaseError:
            connection.close()
    return unsettled()


def _slowest_find() -> float:
    lost = ProviderCall.objects.filter(status=CallStatus.UNKNOWN, error_code="worker_lost")
    longest = lost.aggregate(longest=Max(F("finished_at") - F("sending_at")))["longest"]
    return float(longest.total_seconds()) if longest else 0.0


def _server() -> str:
    if connection.vendor != "postgresql":
        return "SQLite"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {str(cursor.fetchone()[0]).split()[0]}"


def _say(text: str) -> None:
    print(f"  {text}", flush=True)
