"""Entries of a log as the bytes that are sealed, read from the database column by column.

The bytes are those of ``integrity.entries`` (a test holds them equal), made without a model object for each row: a
million of them are read to check a log. What a column can't hold lawfully becomes a ``problem`` and never an exception:
whoever altered it had the database in their hands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NamedTuple

from django.db import DatabaseError, connection

from verifications.enums import LogKind
from verifications.models import AccessEvent, AuditEvent

AT_ONCE = 5000
ERASED = b"{}"
MODELS: dict[LogKind, type[AuditEvent | AccessEvent]] = {LogKind.AUDIT: AuditEvent, LogKind.ACCESS: AccessEvent}

_RECORD = ("action", "actor", "at", "commitment", "customer_id", "details", "event_id", "field", "id", "log", "purpose",
           "request_id", "subject_id", "subject_type")  # fmt: skip
_ONLY = {LogKind.AUDIT: (), LogKind.ACCESS: ("field", "purpose")}
_TEXTS = {
    LogKind.AUDIT: ("actor_name", "reason", "salt", "source"),
    LogKind.ACCESS: ("actor_name", "salt", "source"),
}
TIME = (
    """(to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""
    """ || CASE WHEN {name} < '0001-01-01 00:00+00' THEN ' BC' ELSE '' END)"""
)
"""PostgreSQL's expression for a time as it stands in a record. A year before our era has the digits of another."""
_BY_POSTGRESQL = {
    "at": TIME.format(name="at"),
    "customer_id": "coalesce(customer_id::text, '')",
    "event_id": "event_id::text",
    "details": "details::text",
}
_BY_SQLITE = {"at": "at || ''"}
"""As it is stored: a plain column of times goes through Django's own reading, which takes more than Django writes."""


class Entry(NamedTuple):
    """One row. ``record`` and ``texts`` are canonical, ``texts`` is ``{}`` once erased.

    Where a column holds what the portal never writes, ``problem`` names it and ``record`` is no canonical record.
    """

    id: int
    event_id: str
    at: str
    record: bytes
    texts: bytes
    problem: str = ""


def entries_after(log: LogKind, row_id: int, *, limit: int = AT_ONCE) -> list[Entry]:
    """The next rows by id."""
    return _read(log, "id > %s ORDER BY id LIMIT %s", [row_id, limit])


def entries_by_id(log: LogKind, ids: Sequence[int]) -> dict[int, Entry]:
    """Those of the rows that are there."""
    if not ids:
        return {}
    if connection.vendor == "postgresql":
        return {entry.id: entry for entry in _read(log, "id = ANY(%s)", [list(ids)])}
    found: dict[int, Entry] = {}
    for at in range(0, len(ids), AT_ONCE):
        some = [int(row_id) for row_id in ids[at : at + AT_ONCE]]
        marks = ",".join(["%s"] * len(some))
        found |= {entry.id: entry for entry in _read(log, f"id IN ({marks})", some)}
    return found


def all_entries(log: LogKind, *, after: int = 0) -> Iterator[Entry]:
    """Every row by id, a batch at a time."""
    while batch := entries_after(log, after):
        yield from batch
        after = batch[-1].id


def rows_where(log: LogKind, condition: str, parameters: Sequence[Any]) -> list[Entry]:
    """Rows by a condition in SQL; what stands in it comes from the code, never from a person."""
    return _read(log, condition, parameters)


def _read(log: LogKind, condition: str, parameters: Sequence[Any]) -> list[Entry]:
    columns = _COLUMNS[log]
    expressions = _BY_POSTGRESQL if connection.vendor == "postgresql" else _BY_SQLITE
    names = [expressions.get(name, name) for name in columns]
    statement = f"SELECT {', '.join(names)} FROM {MODELS[log]._meta.db_table} WHERE {condition}"  # noqa: S608
    rows = fetch(statement, parameters)
    if connection.vendor == "postgresql":
        return _entries(log, rows, _details_of_postgresql)
    return _entries(log, (_from_sqlite(columns, row) for row in rows), _details_of_sqlite)


def fetch(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows as the database has them. SQLite takes bytes that are no text into a text column: they come as
    surrogates, which fit no hash.
    """
    with connection.cursor() as cursor:
        try:
            cursor.execute(statement, parameters)
            return cursor.fetchall()
        except DatabaseError:
            if connection.vendor != "sqlite" or connection.connection is None:
                raise
        before = connection.connection.text_factory
        connection.connection.text_factory = lambda text: text.decode(errors="surrogateescape")
        try:
            cursor.execute(statement, parameters)
            return cursor.fetchall()
        finally:
            connection.connection.text_factory = before


def _columns(log: LogKind) -> tuple[str, ...]:
    own = tuple(name for name in _RECORD if name != "log" and (name not in ("field", "purpose") or name in _ONLY[log]))
    return (*own, *_TEXTS[log])


_write = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
"""As ``canonical`` does, made once."""


def _details_of_postgresql(text: str) -> str:
    return text if text == "{}" else _write(json.loads(text))


def _details_of_sqlite(text: str) -> str:
    """Raises ``ValueError`` for a text that the portal would have written differently."""
    if text == "{}":
        return text
    value = json.loads(text)
    if json.dumps(value) != text:
        raise ValueError("not as it is written here")
    return _write(value)


def _layout(log: LogKind) -> tuple[str, str]:
    """Of a record and of its texts, to be filled with cells."""
    own = [name for name in _RECORD if name not in ("field", "purpose") or name in _ONLY[log]]
    cells = {"log": f'"{log.value}"', "id": "%d"}
    record = ",".join(f'"{name}":{cells.get(name, "%s")}' for name in own)
    return f"{{{record}}}", "{" + ",".join(f'"{name}":%s' for name in _TEXTS[log]) + "}"


def layout_of(log: LogKind) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names in a record and in its texts, in their order."""
    return tuple(name for name in _RECORD if name not in ("field", "purpose") or name in _ONLY[log]), _TEXTS[log]


_LAYOUTS = {log: _layout(log) for log in LogKind}
_COLUMNS = {log: _columns(log) for log in LogKind}
_AT = _RECORD.index("at")
_DETAILS = _RECORD.index("details")
_EVENT_ID = _DETAILS + 1
_ID = {log: _COLUMNS[log].index("id") for log in LogKind}
_WIDTH = {log: len(_COLUMNS[log]) - len(_TEXTS[log]) for log in LogKind}


def _entries(log: LogKind, rows: Iterable[Sequence[Any]], details_of: Callable[[str], str]) -> list[Entry]:
    """Columns come in the order of a record, then the texts; all of them are texts but id and details."""
    (record, texts), at_id, width = _LAYOUTS[log], _ID[log], _WIDTH[log]
    entries = []
    for row in rows:
        own = row[width:]
        row_id = row[at_id]
        try:
            cells = (
                *map(quoted, row[:_DETAILS]),
                details_of(row[_DETAILS]),
                *map(quoted, row[_EVENT_ID:at_id]),
                row_id,
                *map(quoted, row[at_id + 1 : width]),
            )
            sealed = (record % cells).encode("ascii")
            told = (texts % tuple(map(quoted, own))).encode("ascii") if any(own) else ERASED
        except (TypeError, ValueError, RecursionError):
            problem = "a column holds what is never written there"
            entries.append(Entry(row_id, str(row[_EVENT_ID]), str(row[_AT]), b"", ERASED, problem))
        else:
            entries.append(Entry(row_id, row[_EVENT_ID], row[_AT], sealed, told))
    return entries


def _from_sqlite(columns: tuple[str, ...], row: tuple[Any, ...]) -> tuple[Any, ...]:
    """With times and ids in the words of a record. Each step keeps different values different."""
    values = dict(zip(columns, row, strict=True))
    values["at"] = time_from_sqlite(values["at"])
    values["event_id"] = _uuid_from_sqlite(values["event_id"])
    values["customer_id"] = "" if values["customer_id"] is None else _uuid_from_sqlite(values["customer_id"])
    return tuple(values.values())


def time_from_sqlite(text: Any) -> Any:
    """``2026-11-21 17:43:45.123456`` as it stands in a record; nothing for what Django would not have written."""
    if not isinstance(text, str) or text[10:11] != " " or len(text) not in (19, 26) or text.endswith(".000000"):
        return None
    return f"{text[:10]}T{text[11:]}{'' if len(text) == 26 else '.000000'}+00:00"


def _uuid_from_sqlite(text: Any) -> Any:
    if not isinstance(text, str) or len(text) != 32:
        return None
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
