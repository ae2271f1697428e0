"""A write that went around the services leaves an event all the same: from a shell, a migration, a library.

Every connection of the portal's processes carries a ``Guard``. It follows the statements, and when a transaction is
about to commit rows of the portal without an event of either log, it writes one: which tables, and who ran it. What
comes into the database by other ways than Django's cursors is out of its sight (ADR 21).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from verifications import context
from verifications.enums import AuditAction
from verifications.integrity.traces import Part, Trace
from verifications.models import AuditEvent
from verifications.services.audit import name_of

_later: dict[str, Part] = {}
"""Database -> what ``migrate`` wrote so far: the log's own table may not stand as it should before it has ended."""


class Guard:
    """Wraps the execution of every statement of one connection, and its commit and rollback."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.trace = Trace()
        self._commit, self._rollback = connection.commit, connection.rollback
        connection.commit = self.commit  # type: ignore[method-assign]
        connection.rollback = self.rollback  # type: ignore[method-assign]

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, info: Mapping[str, Any]) -> Any:
        text = sql if isinstance(sql, str) else str(sql)
        if text.startswith("SELECT") and ";" not in text:
            return execute(sql, params, many, info)
        cursor = info["cursor"].cursor

        def follow() -> Any:
            return self.trace.follow(text, run=lambda: execute(sql, params, many, info), rows=lambda: cursor.rowcount)

        if self.connection.in_atomic_block or not self.connection.get_autocommit():
            if text[:6].upper() == "COMMIT":
                self.settle()
            return follow()
        self.trace.clear()
        if not self.trace.would_want(text):
            return execute(sql, params, many, info)
        with transaction.atomic(using=self.connection.alias):
            result = follow()
            answer = cursor.fetchall() if self.connection.vendor == "sqlite" and cursor.description else []
        _hand_back(cursor, answer)
        return result

    def commit(self) -> None:
        """The event is part of what is committed; if it can't be written, nothing is."""
        self.settle()
        self._commit()

    def rollback(self) -> None:
        self.trace.clear()
        self._rollback()

    def settle(self) -> None:
        """Write the event, if one is wanted. Called inside the transaction, as the last thing before it ends."""
        part = self.trace.whole
        self.trace.clear()
        if not part.is_silent:
            return
        if self.connection.alias in _later:
            _later[self.connection.alias].writes.update(part.writes)
            return
        try:
            _write_event(part, using=self.connection.alias)
        except Exception as error:
            raise transaction.TransactionManagementError("No event could be written for a direct write.") from error
        self.trace.clear()


def guard_connection(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Connected to ``connection_created``: once for each connection, with nothing remembered after a reconnection."""
    if not settings.WATCH_DIRECT_WRITES:
        return
    for wrapper in connection.execute_wrappers:
        if isinstance(wrapper, Guard):
            wrapper.trace.clear()
            return
    connection.execute_wrappers.insert(0, Guard(connection))


def begin_migrating(using: str = "default", **_kwargs: Any) -> None:
    """Connected to ``pre_migrate``: from now on writes are kept in mind instead of written down."""
    _later.setdefault(using, Part())


def end_migrating(using: str = "default", **_kwargs: Any) -> None:
    """Connected to ``post_migrate``, last: one event for all that the migrations and the first start wrote."""
    part = _later.pop(using, Part())
    if part.is_silent and _log_is_whole(using):
        with transaction.atomic(using=using):
            _write_event(part, using=using)


def _log_is_whole(using: str) -> bool:
    """Whether the log's table has all its columns; it has not after a migration back to an older state."""
    table = AuditEvent._meta.db_table
    connection = connections[using]
    if table not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        there = {column.name for column in connection.introspection.get_table_description(cursor, table)}
    return {field.column for field in AuditEvent._meta.concrete_fields} <= there


def _write_event(part: Part, *, using: str) -> None:
    """Names of tables and verbs only: what was written stands in the rows, and may be personal."""
    now = context.current()
    actor = now.actor or ("system:command" if _command() else "system:unknown")
    tables: dict[str, list[str]] = {}
    for table, verb in sorted(part.writes):
        tables.setdefault(table, []).append(verb)
    AuditEvent.objects.using(using).create(
        action=AuditAction.DIRECT_WRITE,
        at=timezone.now(),
        actor=actor,
        actor_name=now.actor_name or name_of(actor),
        request_id=now.request_id,
        source=now.source,
        details={"tables": tables} | ({"command": _command()} if _command() else {}),
    )


def _command() -> str:
    """The command of manage.py this process runs, without its arguments; empty in a server, a worker or a script."""
    if Path(sys.argv[0]).name not in ("manage.py", "django-admin") or len(sys.argv) < 2:
        return ""
    return sys.argv[1] if sys.argv[1].isidentifier() else ""


def _hand_back(cursor: Any, rows: list[tuple[Any, ...]]) -> None:
    """SQLite ends no transaction while rows of a RETURNING wait to be fetched: give them to the cursor once more."""
    if rows:
        one = f"({', '.join(['%s'] * len(rows[0]))})"
        cursor.execute(f"VALUES {', '.join([one] * len(rows))}", [value for row in rows for value in row])
