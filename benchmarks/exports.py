"""Exports of a million records: rate and memory per format, `psql \\copy` or `sqlite3 -csv` beside, and other people.

``python -m benchmarks.exports --server postgres://postgres@127.0.0.1:5432/postgres --rows 1000000``
``python -m benchmarks.exports --sqlite --rows 1000000``
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.database import add_server_argument, start_django_on_own_database, start_django_on_own_sqlite
from benchmarks.report import headline, mib

KINDS = ("CUSTOMERS", "VERIFICATIONS", "CASES")
STATUS = Path("/proc/self/status")
OTHERS_SECONDS = 20.0
_SQLITE_CUSTOMERS = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)
INSERT INTO verifications_customer
  (id, public_id, reference, kind, first_name, middle_name, last_name, business_name, search_name, country,
   nationalities, occupation, employer_name, country_of_birth, language, email_hash, phone_hash, created_at, updated_at)
SELECT n, lower(hex(randomblob(16))), 'cust-' || n, 'INDIVIDUAL', 'Ada', '', 'Novak ' || n, '', 'ada novak', 'PL', '[]',
  'education', '', '', 'pl', '', '', '2026-11-21 12:00:00.123400', '2026-11-21 12:00:00'
FROM numbers
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_server_argument(parser)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3, help="the fastest counts")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--formats", nargs="+", default=["CSV", "JSONL", "XLSX"])
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--database", help="of an earlier run with its rows, which is left as it is")
    parser.add_argument("--no-others", action="store_true", help="leave out the reader beside a paced export")
    parser.add_argument("--make-for-ever", type=int, metavar="PERSON", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.make_for_ever:
        _make_for_ever(chosen.make_for_ever)
    if chosen.sqlite:
        _on_sqlite(chosen)
    else:
        _on_postgres(chosen)


def _on_postgres(chosen: argparse.Namespace) -> None:
    if chosen.database:
        os.environ |= {"DATABASE_URL": chosen.database, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
        os.environ |= {"ENVIRONMENT": "embedded", "VAR_DIR": os.environ.get("VAR_DIR", "/tmp/portal-bench")}  # noqa: S108
        import django  # noqa: PLC0415 - the environment comes first

        django.setup()
    else:
        start_django_on_own_database(chosen.server)
    headline("Exports", "PostgreSQL on the same machine; fastest runs; whole work: claim, write, hash, store, sign")
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - after django.setup()

    from benchmarks import rows  # noqa: PLC0415

    users = get_user_model().objects.filter(username="bench")
    if not chosen.database:
        owner = rows.make_owner()
        rows.fill(start=1, end=chosen.rows, owner=owner)
    person = users.get()
    for kind in chosen.kinds:
        _formats(kind, person, chosen, lambda kind=kind: _psql(kind), "psql \\copy")
    if not chosen.no_others:
        _others(person, 1)
        _others(person, 2)


def _on_sqlite(chosen: argparse.Namespace) -> None:
    version = start_django_on_own_sqlite()
    headline("Exports", f"SQLite {version}; fastest runs; whole work: claim, write, hash, store, sign")
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - after django.setup()
    from django.db import connection  # noqa: PLC0415

    person = get_user_model().objects.create_superuser("bench", "bench@example.org", "bench-" + "x" * 20)
    with connection.cursor() as cursor:
        cursor.execute(_SQLITE_CUSTOMERS, [chosen.rows])
    _formats("CUSTOMERS", person, chosen, lambda: _sqlite3("CUSTOMERS"), "sqlite3 -csv")


def _formats(kind: str, person: Any, chosen: argparse.Namespace, baseline: Callable[[], float], against: str) -> None:
    for format in chosen.formats:
        rounds = chosen.rounds if format != "XLSX" else 1
        _made(kind, "CSV", person, {"until": "2001-01-01"})  # everything is loaded
        best, base, over, rate = float("inf"), float("inf"), 0, 0.0
        for _round in range(rounds):
            if format != "XLSX":
                base = min(base, baseline())
            idle = _reset_peak()
            began = time.perf_counter()
            export = _made(kind, format, person, {})
            best = min(best, time.perf_counter() - began)
            over = max(over, _peak() - idle)
            rate = export.rows_done / best
        ratio = f"{best / base:5.2f} x {against} ({base:.2f} s)" if format != "XLSX" else ""
        print(
            f"  {kind:<14}{format:<6}{export.rows_done:>10,} rows  {best:7.2f} s {rate:>10,.0f} rows/s  "
            f"{mib(export.size or 0):>10}  peak +{mib(over)}  {ratio}",
            flush=True,
        )


def _made(kind: str, format: str, person: Any, filters: dict[str, str]) -> Any:
    from django.utils import timezone  # noqa: PLC0415 - after django.setup()

    from verifications.services.document_files import documents_storage  # noqa: PLC0415
    from verifications.services.export_making import claim_export, make_claimed  # noqa: PLC0415
    from verifications.services.exports import request_export  # noqa: PLC0415

    wish: dict[str, Any] = {"kind": kind, "format": format, "filters": filters, "columns": []}
    asked = request_export(**wish, with_sensitive=False, purpose="", person=person, at=timezone.now())
    export = claim_export(export_id=asked.pk, now=timezone.now())
    assert export is not None
    make_claimed(export=export)
    export.refresh_from_db()
    assert export.status == "READY", export.problem
    documents_storage().delete(export.storage_name)
    return export


def _plain_query(kind: str) -> str:
    """The same columns as the database holds them, as SQL text."""
    from django.db import connection  # noqa: PLC0415 - after django.setup()
    from django.utils import timezone  # noqa: PLC0415

    from verifications.selectors.export_columns import chosen_columns, records_for  # noqa: PLC0415
    from verifications.selectors.exports.lines import source_of  # noqa: PLC0415

    columns = chosen_columns(kind, [], with_sensitive=False)
    records = records_for(kind, {}, user_id=1, now=timezone.now())
    sql, values = records.values_list(*map(source_of, columns)).query.get_compiler(connection=connection).as_sql()
    if connection.vendor == "sqlite":
        return str(sql % tuple(f"'{value}'" for value in values))
    from psycopg import ClientCursor  # noqa: PLC0415

    connection.ensure_connection()
    return ClientCursor(connection.connection).mogrify(sql, values)


def _psql(kind: str) -> float:
    target = Path(os.environ["VAR_DIR"]) / "psql.csv"
    copy = f"\\copy ({_plain_query(kind)}) to '{target}' csv header"
    return _timed_command(["psql", os.environ["DATABASE_URL"], "-q", "-c", copy], target)


def _sqlite3(kind: str) -> float:
    target = Path(os.environ["VAR_DIR"]) / "sqlite3.csv"
    file = os.environ["DATABASE_URL"].removeprefix("sqlite:///")
    with target.open("wb") as stream:
        began = time.perf_counter()
        subprocess.run(["sqlite3", "-csv", file, _plain_query(kind)], stdout=stream, check=True)
        taken = time.perf_counter() - began
    target.unlink()
    return taken


def _timed_command(command: list[str], target: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True)
    taken = time.perf_counter() - began
    target.unlink()
    return taken


def _others(person: Any, exports: int) -> None:
    """A reader of the queue's first page, alone and beside paced exports of other processes."""
    from django.utils import timezone  # noqa: PLC0415 - after django.setup()

    from benchmarks.requests_in_process import Portal  # noqa: PLC0415
    from verifications.models import Case, CasePresence  # noqa: PLC0415

    case = Case.objects.order_by("pk").first()
    assert case is not None
    now = timezone.now()
    CasePresence.objects.create(case=case, person=person, since=now, seen_at=now + dt.timedelta(days=1))
    page = Portal(person).getter("/")
    alone = _p95(page)
    command = [sys.executable, "-m", "benchmarks.exports", "--make-for-ever", str(person.pk)]
    makers = [subprocess.Popen(command) for _number in range(exports)]
    time.sleep(4)
    beside = _p95(page)
    for maker in makers:
        maker.terminate()
        maker.wait()
    CasePresence.objects.all().delete()  # nobody is at work any more: exports run at full speed
    print(
        f"  queue page beside {exports} paced: p95 {beside:.1f} ms, alone {alone:.1f} ms: {beside / alone:.2f} x",
        flush=True,
    )


def _p95(work: Callable[[], object]) -> float:
    taken = []
    end = time.perf_counter() + OTHERS_SECONDS
    while time.perf_counter() < end:
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
        time.sleep(0.05)
    return statistics.quantiles(taken, n=20)[-1]


def _make_for_ever(person_id: int) -> None:
    import django  # noqa: PLC0415 - the environment is the caller's

    django.setup()
    from django.contrib.auth import get_user_model  # noqa: PLC0415

    from verifications.services import export_making  # noqa: PLC0415

    export_making.MOST_AT_ONCE = 99
    person = get_user_model().objects.get(pk=person_id)
    while True:
        _made("CASES", "CSV", person, {})


def _reset_peak() -> int:
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _kib("VmRSS") * 1024


def _peak() -> int:
    return _kib("VmHWM") * 1024


def _kib(name: str) -> int:
    lines = STATUS.read_text(encoding="utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{name}:")))


if __name__ == "__main__":
    main()
