"""Verifying a log in place, against hashing the same bytes in memory; with ``--attacks`` also who is found out.

``python -m benchmarks.audit_check --server postgres://postgres@127.0.0.1:5432/postgres --rows 1000000``
``python -m benchmarks.audit_check --rows 100000 --attacks 30``
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
import tracemalloc

from benchmarks.database import add_server_argument, start_django_on_own_database, start_django_on_own_sqlite
from benchmarks.report import headline, mib


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_server_argument(parser)
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument(
        "--attacks", type=int, default=0, help="sampled alterations, deletions and exchanges, each checked"
    )
    chosen = parser.parse_args()
    if chosen.sqlite:
        database = f"SQLite {start_django_on_own_sqlite()}"
    else:
        database = f"PostgreSQL {start_django_on_own_database(chosen.server)} on the same machine"
    headline(f"Verifying {chosen.rows} audit events", database)
    _fill(chosen.rows)
    _seal()
    if chosen.attacks:
        _attack(chosen.attacks, chosen.rows)
        return
    memory = _in_memory()
    taken = min(_check() for _ in range(3))
    print(f"  hashing the same bytes in memory   {memory:8.2f} s")
    print(f"  verifying in place                 {taken:8.2f} s   {taken / memory:6.2f} x in memory")
    print(f"  most memory in use meanwhile       {_peak():>10}")


def _fill(rows: int) -> None:
    """As the tests do: every kind of value is among them."""
    from tests.services.seal_support import append_in_bulk  # noqa: PLC0415 - after django.setup()
    from verifications.enums import LogKind  # noqa: PLC0415

    began = time.perf_counter()
    append_in_bulk(LogKind.AUDIT, rows)
    print(f"  filled in                          {time.perf_counter() - began:8.1f} s", flush=True)


def _seal() -> None:
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from verifications.services.seals import seal_all  # noqa: PLC0415

    began = time.perf_counter()
    count = sum(seal_all(now=timezone.now()).values())
    taken = time.perf_counter() - began
    print(f"  sealed in                          {taken:8.1f} s   {count / taken:8.0f} entries/s", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _in_memory() -> float:
    """What no way of verifying can do without: a hash of each record, of each entry's texts, and the trees."""
    from verifications.enums import LogKind  # noqa: PLC0415
    from verifications.integrity.verify_records import leaf_of, merkle_root  # noqa: PLC0415
    from verifications.selectors.log_rows import all_entries  # noqa: PLC0415

    entries = [(entry.record, entry.texts) for entry in all_entries(LogKind.AUDIT)]
    began = time.perf_counter()
    leaves = [leaf_of(record) for record, _texts in entries]
    for _record, texts in entries:
        hashlib.sha256(texts).hexdigest()
    for at in range(0, len(leaves), 500):
        merkle_root(leaves[at : at + 500])
    return time.perf_counter() - began


def _check() -> float:
    from django.utils import timezone  # noqa: PLC0415

    from verifications.enums import LogKind  # noqa: PLC0415
    from verifications.services.log_checks import check_log  # noqa: PLC0415

    began = time.perf_counter()
    check = check_log(log=LogKind.AUDIT, actor="system:command", at=timezone.now())
    if not check.is_sound:
        raise SystemExit(f"not sound: {check.findings[:3]}")
    return time.perf_counter() - began


def _peak() -> str:
    tracemalloc.start()
    _check()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return mib(peak)


def _attack(count: int, rows: int) -> None:
    from django.db import connection, transaction  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from tests.services.seal_support import triggers_lifted  # noqa: PLC0415
    from verifications.enums import LogKind  # noqa: PLC0415
    from verifications.models import AuditEvent  # noqa: PLC0415
    from verifications.services.log_checks import check_log  # noqa: PLC0415

    chance = random.Random(1)
    first = AuditEvent.objects.order_by("pk").values_list("pk", flat=True)[0]
    ways = (
        "UPDATE verifications_auditevent SET actor = 'user:1000' WHERE id = %s",
        "UPDATE verifications_auditevent SET actor_name = 'Nobody' WHERE id = %s",
        "UPDATE verifications_auditevent SET id = id + 100000000 WHERE id = %s",
        "DELETE FROM verifications_auditevent WHERE id = %s",
    )
    named, began = 0, time.perf_counter()
    for number in range(count):
        sequence = chance.randrange(1, rows + 1)
        with triggers_lifted(), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(ways[number % len(ways)], [first + sequence - 1])
            check = check_log(log=LogKind.AUDIT, actor="system:command", at=timezone.now())
            named += bool(check.findings) and check.findings[0].get("first") == sequence
            transaction.set_rollback(True)
    taken = (time.perf_counter() - began) / count
    print(f"  attacks on one row of {rows}: {count}, the row named in {named}   {taken:.2f} s each")


if __name__ == "__main__":
    main()
