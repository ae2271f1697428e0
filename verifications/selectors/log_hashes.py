"""Rows of a log hashed by PostgreSQL itself, so that those that are as they were sealed need not leave it.

PostgreSQL builds a row's record as JSON, hashes it and hands back the hash alone. Two rows that differ never give the
same bytes there: what it writes is JSON of the row's values. So a hash that is the sealed one proves the row. It writes
some values otherwise than ``canonical`` does (nested details, letters outside the basic plane, numbers with a point);
their hash is another one, and such rows are read and hashed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection, connections, transaction

from verifications.enums import LogKind
from verifications.integrity.verify_records import commitment_of, leaf_of
from verifications.selectors.log_rows import MODELS, TIME, entries_by_id, layout_of
from verifications.selectors.log_walk import StoredSeal

LEAF = 32
_LETTERS = """(SELECT '"' || string_agg(CASE
  WHEN ascii(c) < 128 THEN substr(to_json(c)::text, 2, length(to_json(c)::text) - 2)
  WHEN ascii(c) < 65536 THEN '\\u' || lpad(to_hex(ascii(c)), 4, '0') ELSE '\\U' || to_hex(ascii(c)) END, '' ORDER BY n)
  || '"' FROM regexp_split_to_table({name}, '') WITH ORDINALITY letters (c, n))"""
_TEXT = f"CASE WHEN octet_length({{name}}) = length({{name}}) THEN to_json({{name}})::text ELSE {_LETTERS} END"
_PLAIN = "to_json({name})::text"
_CELLS = {  # names of people come again and again: letters are spelled once for each
    "at": f"""'"' || {TIME.format(name="at")} || '"'""",
    "customer_id": """'"' || coalesce(customer_id::text, '') || '"'""",
    "details": """CASE WHEN details = '{}'::jsonb OR jsonb_typeof(details) <> 'object' THEN details::text
      ELSE (SELECT '{' || string_agg(to_json(key)::text || ':' || value::text, ',' ORDER BY key COLLATE "C") || '}'
      FROM jsonb_each(details)) END""",
    "event_id": """'"' || event_id::text || '"'""",
    "id": "id::text",
    "actor_name": "actor_name_json",
}
ERASURE = "log.texts_erased"
"""What the engine has to see of these is in their record."""


class _Part(NamedTuple):
    leaves: bytes
    rows: int
    strange: list[int]
    """Ids of rows whose texts are to be looked at here."""


class HashedRows:
    """Says of the rows of seals, in bulk, that they are exactly what was sealed. Made by ``hashed_rows``."""

    def __init__(self, log: LogKind, pool: ThreadPoolExecutor | None) -> None:
        self._log = log
        self._pool = pool
        self._statement = _statement(log)

    def are_as_sealed(self, after: int, seals: list[StoredSeal]) -> bool:
        """Whether the rows above ``after`` up to the seals' highest are exactly those they name, unaltered, with the
        texts they commit to. No is no verdict: then the rows are to be read.
        """
        ids = [row_id for seal in seals for row_id in seal.ids]
        if not ids or any(high <= low for low, high in zip([after, *ids], ids, strict=False)):
            return False
        half = ids[len(ids) // 2]
        low = self._pool.submit(self._part, after, half) if self._pool else None
        high = self._part(half, ids[-1])
        parts = [low.result() if low else self._part(after, half), high]
        leaves, sealed = b"".join(part.leaves for part in parts), b"".join(seal.leaves for seal in seals)
        if sum(part.rows for part in parts) != len(ids) or len(sealed) != len(leaves):
            return False
        other = [] if leaves == sealed else _differing(ids, leaves, sealed)
        return self._hold(other + [row_id for part in parts for row_id in part.strange], ids, sealed)

    def _hold(self, doubtful: list[int], ids: list[int], sealed: bytes) -> bool:
        """Whether these rows are as sealed after all, hashed here."""
        if not doubtful:
            return True
        rows = entries_by_id(self._log, doubtful)
        places = {row_id: at * LEAF for at, row_id in enumerate(ids)}
        for row_id in doubtful:
            row, at = rows.get(row_id), places.get(row_id)
            if row is None or at is None or leaf_of(row.record) != sealed[at : at + LEAF]:
                return False
            said = row.record.partition(b'"commitment":"')[2][:64]
            if said != commitment_of(row.texts).encode() or row.record.startswith(b'{"action":"%b"' % ERASURE.encode()):
                return False
        return True

    def _part(self, after: int, up_to: int) -> _Part:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off")  # compiling takes longer than reading
            cursor.execute(self._statement, {"after": after, "up_to": up_to})
            leaves, count, strange = cursor.fetchone()
        return _Part(bytes(leaves or b""), count, strange or [])


@contextmanager
def hashed_rows(log: LogKind) -> Iterator[HashedRows | None]:
    """Nothing on SQLite, which can't hash. A helper hashes half of each stretch on a connection of its own, but inside
    a transaction, whose rows only its own connection sees.
    """
    if connection.vendor != "postgresql":
        yield None
        return
    if connection.in_atomic_block:
        yield HashedRows(log, None)
        return
    pool = ThreadPoolExecutor(1)
    try:
        yield HashedRows(log, pool)
    finally:
        pool.submit(connections.close_all).result()
        pool.shutdown()


def _differing(ids: list[int], leaves: bytes, sealed: bytes) -> list[int]:
    return [
        row_id
        for at, row_id in enumerate(ids)
        if leaves[at * LEAF : at * LEAF + LEAF] != sealed[at * LEAF : at * LEAF + LEAF]
    ]


def _statement(log: LogKind) -> str:
    record, texts = layout_of(log)
    own = " || ',' || ".join(
        f"""'"{name}":"{log.value}"'""" if name == "log" else f"""'"{name}":' || {_cell(name, _PLAIN)}"""
        for name in record
    )
    told = " || ',' || ".join(f"""'"{name}":' || {_cell(name, _TEXT)}""" for name in texts)
    table, within = MODELS[log]._meta.db_table, "id > %(after)s AND id <= %(up_to)s"
    return f"""
        WITH names AS MATERIALIZED (
          SELECT actor_name, {_TEXT.format(name="actor_name")} AS actor_name_json
          FROM (SELECT DISTINCT actor_name FROM {table} WHERE {within}) actors
        )
        SELECT string_agg(sha256('\\x00'::bytea || convert_to('{{' || {own} || '}}', 'UTF8')), ''::bytea ORDER BY id),
          count(*),
          array_agg(id) FILTER (WHERE action = '{ERASURE}'
            OR encode(sha256(convert_to('{{' || {told} || '}}', 'UTF8')), 'hex') IS DISTINCT FROM commitment)
        FROM {table} JOIN names USING (actor_name) WHERE {within}
    """  # noqa: S608 - names and words of the code only


def _cell(name: str, otherwise: str) -> str:
    return _CELLS.get(name) or otherwise.format(name=name)
