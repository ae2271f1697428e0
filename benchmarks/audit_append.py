"""Appending to the audit log with salts, commitments and a running sealer, against plain inserts of the same rows.

``python -m benchmarks.audit_append --server postgres://postgres@127.0.0.1:5432/postgres --writers 8 --writers 32``

Plain and sealed rounds alternate in one run. The writers are threads of this process that insert through the driver, so
that the database and not Django's model layer is the limit (``--orm``: through ``record_event``, as the portal does).
The sealer is a process of its own, as in production.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.database import add_server_argument, start_django_on_own_database
from benchmarks.report import headline

COLUMNS = ("event_id", "at", "actor", "actor_name", "action", "subject_type", "subject_id", "customer_id", "request_id",
           "source", "details", "reason")  # fmt: skip
_PLAIN = """
CREATE TABLE plain_event (LIKE verifications_auditevent INCLUDING ALL);
ALTER TABLE plain_event DROP COLUMN salt, DROP COLUMN commitment;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_server_argument(parser)
    parser.add_argument("--writers", type=int, action="append", help="how many at once; may be repeated")
    parser.add_argument("--seconds", type=float, default=6.0, help="of one round")
    parser.add_argument("--rounds", type=int, default=3, help="of each kind")
    parser.add_argument("--orm", action="store_true", help="through record_event instead of the driver")
    chosen = parser.parse_args()
    version = start_django_on_own_database(chosen.server)
    headline("Appending to the audit log", f"PostgreSQL {version} on the same machine")
    from django.db import connection  # noqa: PLC0415 - after django.setup()

    with connection.cursor() as cursor:
        cursor.execute(_PLAIN)
    for writers in chosen.writers or [8, 32]:
        _compare(writers, chosen.seconds, chosen.rounds, through_orm=chosen.orm)


def _compare(writers: int, seconds: float, rounds: int, *, through_orm: bool) -> None:
    from verifications.services.seals import seal_all  # noqa: PLC0415

    plain, sealed, longest, tails = [], [], [], []
    for _ in range(rounds):
        with _without_salts():
            plain.append(_rate(_by_orm if through_orm else _sql_plain, writers, seconds))
        seal_all(now=_now())
        with _Sealer() as sealer, _Tail() as tail:
            sealed.append(_rate(_by_orm if through_orm else _sql_sealed, writers, seconds))
        longest.append(sealer.longest)
        tails.append(tail.longest)
    print(f"  {writers} writers, {'through record_event' if through_orm else 'through the driver'}")
    print(f"    plain insert                 {statistics.median(plain):8.0f} events/s   {_each(plain)}")
    ratio = statistics.median(sealed) / statistics.median(plain)
    print(f"    salted and being sealed      {statistics.median(sealed):8.0f} events/s   {_each(sealed)}")
    print(f"    of plain                     {ratio:8.2f}")
    print(f"    longest seal                 {max(longest) * 1000:8.1f} ms")
    print(f"    longest unsealed tail        {max(tails):8.2f} s", flush=True)


def _rate(write: Callable[[Any], None], writers: int, seconds: float) -> float:
    """Events a second of so many threads, each with a connection and a transaction for each event."""
    from django.db import connection, connections  # noqa: PLC0415

    counts, start, stop = [0] * writers, threading.Barrier(writers + 1), threading.Event()

    def run(mine: int) -> None:
        connection.ensure_connection()
        start.wait()
        while not stop.is_set():
            write(connection)
            counts[mine] += 1
        connections.close_all()

    threads = [threading.Thread(target=run, args=(mine,)) for mine in range(writers)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began)


def _now() -> Any:
    from django.utils import timezone  # noqa: PLC0415

    return timezone.now()


def _event() -> Any:
    import uuid  # noqa: PLC0415

    from verifications.models import AuditEvent  # noqa: PLC0415

    return AuditEvent(
        event_id=uuid.uuid4(), at=_now(), actor="user:7", actor_name="Ines Carvalho", action="case.claimed",
        subject_type="Case", subject_id=str(uuid.uuid4()), customer_id=uuid.uuid4(), request_id=uuid.uuid4().hex,
        source="203.0.113.9", details={"from": "OPEN", "to": "CLAIMED"}, reason="",
    )  # fmt: skip


def _insert(connection: Any, table: str, columns: tuple[str, ...], event: Any) -> None:
    from psycopg.types.json import Jsonb  # noqa: PLC0415

    values = [Jsonb(event.details) if name == "details" else getattr(event, name) for name in columns]
    marks = ", ".join(["%s"] * len(columns))
    raw = connection.connection
    raw.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)  # noqa: S608


def _sql_plain(connection: Any) -> None:
    _insert(connection, "plain_event", COLUMNS, _event())


def _sql_sealed(connection: Any) -> None:
    from verifications.integrity.entries import commit  # noqa: PLC0415

    event = _event()
    commit("AUDIT", event)
    _insert(connection, "verifications_auditevent", (*COLUMNS, "salt", "commitment"), event)


def _by_orm(_connection: Any) -> None:
    from django.db import transaction  # noqa: PLC0415

    from verifications.enums import AuditAction  # noqa: PLC0415
    from verifications.services.audit import record_event  # noqa: PLC0415

    with transaction.atomic():
        record_event(
            action=AuditAction.CASE_CLAIMED, actor="system:delivery", subject=None, at=_now(), details={"to": "CLAIMED"}
        )


@contextmanager
def _without_salts() -> Iterator[None]:
    """The same statement without salt and commitment worked out."""
    from verifications.models import audit  # noqa: PLC0415

    worked_out = audit.commit
    audit.commit = lambda _log, _row: None  # type: ignore[assignment]
    try:
        yield
    finally:
        audit.commit = worked_out


class _Sealer:
    """A process that seals every ``SEAL_SECONDS`` as the command does; ``longest`` seal in seconds."""

    longest = 0.0

    def __enter__(self) -> _Sealer:
        context = multiprocessing.get_context("spawn")
        self._stop = context.Event()
        self._longest = context.Value("d", 0.0)
        ready = context.Event()
        self._process = context.Process(target=_seal, args=(self._stop, self._longest, ready))
        self._process.start()
        ready.wait()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._process.join()
        self.longest = self._longest.value


def _seal(stop: Any, longest: Any, ready: Any) -> None:
    import django  # noqa: PLC0415

    django.setup()
    from django.conf import settings  # noqa: PLC0415

    from verifications.services import seals  # noqa: PLC0415

    seal_batch = seals._seal_batch

    def timed(*arguments: Any) -> Any:
        began = time.perf_counter()
        done = seal_batch(*arguments)
        longest.value = max(longest.value, time.perf_counter() - began)
        return done

    seals._seal_batch = timed  # type: ignore[assignment]
    seals.seal_all(now=_now())
    longest.value = 0.0
    ready.set()
    while not stop.is_set():
        seals.seal_all(now=_now())
        stop.wait(settings.SEAL_SECONDS)


class _Tail:
    """Asks ten times a second how old the oldest entry without a seal is; ``longest`` in seconds."""

    longest = 0.0

    def __enter__(self) -> _Tail:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        from django.db import connections  # noqa: PLC0415

        from verifications.enums import LogKind  # noqa: PLC0415
        from verifications.selectors.seals import log_state  # noqa: PLC0415

        while not self._stop.wait(0.1):
            now = _now()
            oldest = log_state(LogKind.AUDIT, now=now, checks=0).oldest_unsealed_at
            if oldest is not None:
                self.longest = max(self.longest, (now - oldest).total_seconds())
        connections.close_all()


def _each(rates: list[float]) -> str:
    return f"({', '.join(f'{rate:.0f}' for rate in rates)})"


if __name__ == "__main__":
    main()
