"""The tables of ``docs/exports.md``: columns and filters of every kind of record, drawn from the code."""

from __future__ import annotations

from verifications.enums import ExportKind
from verifications.exporting.kinds import WORDS
from verifications.selectors.export_columns import RECORDS, columns_of, filters_of, permission_of
from verifications.selectors.exports.columns import Column


def column_tables() -> str:
    """A section for each kind: right, filters, columns."""
    return "\n\n".join(_section(ExportKind(kind)) for kind in RECORDS)


def _section(kind: ExportKind) -> str:
    names = ", ".join(f"`{one.name}`" for one in filters_of(kind))
    lines = [
        f"### {kind.label}",
        "",
        f"`{kind.value}`, with the right `{permission_of(kind)}`. Filters: {names}.",
        "",
        "| column | holds | meaning |",
        "| --- | --- | --- |",
        *(f"| `{column.name}` | {_holds(column)} | {column.description} |" for column in columns_of(kind)),
    ]
    return "\n".join(lines)


def _holds(column: Column) -> str:
    if column.sensitive:
        return f"**personal**: {WORDS[column.kind]}"
    return WORDS[column.kind]
