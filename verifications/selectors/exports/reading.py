"""Many records read without holding them: one snapshot, ranges of keys in it, each row made into a line on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from verifications.exporting.joining import csv_joiner, json_joiner
from verifications.selectors.exports.columns import Column
from verifications.selectors.exports.lines import postgres_rows, source_of, sqlite_rows

RANGE = 20_000
"""Keys that are read at a time: the first line is there at once, and there is a pause between two ranges."""
MOST_RANGE = 64 * RANGE
AT_ONCE = 500
"""Rows that are joined, written and forgotten together."""
COPY_CSV = "FORMAT csv, ENCODING 'UTF8'"
COPY_LINES = "FORMAT csv, ENCODING 'UTF8', QUOTE E'\\x01', DELIMITER E'\\x02'"
"""JSON holds no control character: nothing is quoted, and no backslash doubled as in the text format."""
FOR_RANGES = (
    "TimeZone = 'UTC'",
    "jit = off",
    "max_parallel_workers_per_gather = 0",
    "random_page_cost = 1.1",
)
"""A range is small and read from its index: compiling, helpers and scans of whole tables only cost others."""
Write = Callable[[bytes], object]


@contextmanager
def snapshot() -> Iterator[BaseDatabaseWrapper]:
    """A connection that sees the database as it is now, whatever is changed meanwhile.

    Inside a transaction, or over a database in memory, that is the caller's own one, which sees what it sees.
    """
    in_memory = connection.vendor == "sqlite" and connection.is_in_memory_db()  # type: ignore[attr-defined]
    if connection.in_atomic_block or in_memory:
        yield connection
        return
    reading = connection.copy()
    try:
        with reading.cursor() as cursor:
            if reading.vendor == "postgresql":
                cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                for setting in FOR_RANGES:
                    cursor.execute(f"SET LOCAL {setting}")
            else:
                cursor.execute("BEGIN DEFERRED")
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")  # from here on
        yield reading
    finally:
        reading.close()


@dataclass(frozen=True)
class Extent:
    """The lowest and the highest key of some records, and how many there are."""

    first: int = 0
    last: int = -1
    count: int = 0


def extent_of(records: QuerySet[Any], reading: BaseDatabaseWrapper) -> Extent:
    try:
        keys, values = compiled(records.order_by().values_list("pk"), reading)
    except EmptyResultSet:
        return Extent()
    with reading.cursor() as cursor:
        cursor.execute(f"WITH given(k) AS ({keys}) SELECT min(k), max(k), count(*) FROM given", values)  # noqa: S608
        first, last, count = cursor.fetchone()
    return Extent(first, last, count) if count else Extent()


def key_ranges(extent: Extent) -> Iterator[Any]:
    """(above, up to) from the first key to the last; ``send`` the rows of a range: thin ones are followed by wider."""
    above, width = extent.first - 1, RANGE
    while above < extent.last:
        rows = yield above, min(above + width, extent.last)
        above += width
        width = min(2 * width, MOST_RANGE) if rows is not None and 2 * rows < RANGE else RANGE


def in_range(records: QuerySet[Any], above: int, up_to: int) -> QuerySet[Any]:
    return records.filter(pk__gt=above, pk__lte=up_to).order_by("pk")


def compiled(records: QuerySet[Any], reading: BaseDatabaseWrapper) -> tuple[str, Any]:
    sql, values = records.query.get_compiler(connection=reading).as_sql()
    return sql, values


def lines_of(
    records: QuerySet[Any], columns: Sequence[Column], reading: BaseDatabaseWrapper, write: Write, *, as_json: bool
) -> int:
    """Write the records as lines of CSV, or of JSON; how many. What is sealed does not come out this way."""
    try:
        inner, values = compiled(records.values_list(*map(source_of, columns)), reading)
    except EmptyResultSet:
        return 0
    if reading.vendor == "postgresql":
        rows = postgres_rows(inner, columns, as_json=as_json)
        return _copied(reading, f"COPY ({rows}) TO STDOUT ({COPY_LINES if as_json else COPY_CSV})", values, write)
    shape = [(column.name, column.kind) for column in columns]
    join = json_joiner(shape) if as_json else csv_joiner(shape)
    count = 0
    with reading.chunked_cursor() as cursor:
        cursor.execute(sqlite_rows(inner, columns, as_json=as_json), values)
        while rows := cursor.fetchmany(AT_ONCE):
            write(join(rows))
            count += len(rows)
    return count


def values_of(
    records: QuerySet[Any], columns: Sequence[Column], reading: BaseDatabaseWrapper
) -> Iterator[list[tuple[Any, ...]]]:
    """The records' values, some at a time, for the writers; what is sealed comes as it is."""
    try:
        compiler = records.values_list(*map(source_of, columns)).query.get_compiler(connection=reading)
        rows = compiler.results_iter(tuple_expected=True, chunked_fetch=True, chunk_size=AT_ONCE)
    except EmptyResultSet:
        return
    while batch := list(islice(rows, AT_ONCE)):
        yield batch


def _copied(reading: BaseDatabaseWrapper, sql: str, values: Any, write: Write) -> int:
    lines: list[bytes] = []
    with reading.cursor() as cursor:
        with cursor.cursor.copy(sql, values or None) as copy:
            for line in copy:
                lines.append(line)
                if len(lines) == AT_ONCE:
                    write(b"".join(lines))
                    lines.clear()
        write(b"".join(lines))
        return int(cursor.rowcount)
