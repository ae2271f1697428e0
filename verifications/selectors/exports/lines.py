"""Cells and lines that the database itself writes: what ``exporting`` does to values, in SQL, to the same bytes.

PostgreSQL gives whole rows to ``COPY``. SQLite gives cells as text, which ``exporting.joining`` puts together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Func, TextField
from django.db.models.expressions import Combinable

from verifications.exporting.formulas import BLANKS, STARTS
from verifications.exporting.kinds import Kind
from verifications.selectors.exports.columns import Column

_FORMULA = f"^[{BLANKS}]*[{STARTS.replace('-', '')}-]"


class AsText(Func):
    """What is stored, as text: of JSON on PostgreSQL its own writing, on SQLite what Django wrote."""

    template = "(%(expressions)s)::text"
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s)", **more)


def source_of(column: Column) -> Combinable:
    """The expression a query selects for the column."""
    source = F(column.path) if isinstance(column.path, str) else column.path
    return AsText(source, output_field=TextField()) if column.kind == Kind.JSON else source


def postgres_rows(inner: str, columns: Sequence[Column], *, as_json: bool) -> str:
    """A query for ``COPY``: cells of CSV, or one object a row. ``inner`` selects the sources in the columns' order."""
    names = [f"c{number}" for number in range(len(columns))]
    given = f"WITH given({', '.join(names)}) AS ({inner}) "
    if as_json:
        members = [
            f'{_json_value(name, column)} AS "{column.name}"' for name, column in zip(names, columns, strict=True)
        ]
        return f"{given}SELECT row_to_json(line) FROM (SELECT {', '.join(members)} FROM given) line"  # noqa: S608
    cells = [_csv_cell(name, column.kind) for name, column in zip(names, columns, strict=True)]
    if len(cells) == 1:  # an empty line would be read as no row
        cells = [f"coalesce(({cells[0]})::text, '')"]
    return f"{given}SELECT {', '.join(cells)} FROM given"  # noqa: S608


def sqlite_rows(inner: str, columns: Sequence[Column], *, as_json: bool) -> str:
    """A query whose cells are all texts, ready for CSV but for formulas and quotes, or as JSON."""
    names = [f"c{number}" for number in range(len(columns))]
    cell = _sqlite_json if as_json else _sqlite_text
    cells = [cell(name, column.kind) for name, column in zip(names, columns, strict=True)]
    return f"WITH given({', '.join(names)}) AS ({inner}) SELECT {', '.join(cells)} FROM given"  # noqa: S608


def _csv_cell(name: str, kind: Kind) -> str:
    if kind == Kind.TEXT:
        letter = f"""{name} COLLATE "C" >= 'A' AND {name} COLLATE "C" < U&'\\007F'"""
        return (
            f"CASE WHEN {letter} THEN {name} WHEN {name} = '' THEN NULL "
            f"WHEN {name} ~ '{_FORMULA}' THEN '''' || {name} ELSE {name} END"
        )
    if kind == Kind.CODE:
        return f"nullif({name}, '')"
    if kind == Kind.TIME:
        return f"replace({name}::text, ' ', 'T') || ':00'"
    if kind == Kind.BOOL:
        return f"{name}::text"
    return _case_number(name) if kind == Kind.CASE else name


def _json_value(name: str, column: Column) -> str:
    if column.kind == Kind.JSON:
        return f"{name}::json"
    return _case_number(name) if column.kind == Kind.CASE else name


def _case_number(name: str) -> str:
    return f"'CASE-' || CASE WHEN {name} < 100000 THEN lpad({name}::text, 5, '0') ELSE {name}::text END"


def _sqlite_text(name: str, kind: Kind) -> str:
    return f"coalesce({_sqlite_value(name, kind)}, '')"


def _sqlite_json(name: str, kind: Kind) -> str:
    value = _sqlite_value(name, kind)
    return f"coalesce({value}, 'null')" if kind in (Kind.INT, Kind.BOOL, Kind.JSON) else f"json_quote({value})"


def _sqlite_value(name: str, kind: Kind) -> str:
    match kind:
        case Kind.ID:
            pieces = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
            return " || '-' || ".join(f"substr({name}, {start}, {length})" for start, length in pieces)
        case Kind.TIME:
            trimmed = f"CASE WHEN instr({name}, '.') THEN rtrim({name}, '0') ELSE {name} END"
            return f"replace({trimmed}, ' ', 'T') || '+00:00'"
        case Kind.CASE:
            return f"CASE WHEN {name} IS NOT NULL THEN printf('CASE-%05d', {name}) END"
        case Kind.BOOL:
            return f"CASE {name} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"
        case Kind.INT:
            return f"CAST({name} AS text)"
    return name
