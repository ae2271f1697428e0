"""What an SQL statement writes to, told from its text. Knows nothing of the tables."""

from __future__ import annotations

import re
from dataclasses import dataclass

_READS = ("SELECT", "BEGIN", "PRAGMA", "SHOW", "SET ", "EXPLAIN SELECT", "LOCK", "FETCH", "DECLARE", "CLOSE")
_SHAPES = ("CREATE", "ALTER", "DROP", "COMMENT", "GRANT", "REVOKE", "REINDEX", "ANALYZE", "VACUUM")
"""Statements about the shape of tables: no row is written, and a trigger's text may name any table."""
_OWN_FORMS = (("UPDATE", 'UPDATE "'), ("INSERT", 'INSERT INTO "'), ("DELETE", 'DELETE FROM "'))
"""How Django begins a write; whatever begins otherwise was typed by somebody."""
_COLUMN = re.compile(r'(?<!\.)"(\w+)" = ')
_NOISE = re.compile(r"\A(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/|\()+", re.DOTALL)
_ANY_WRITE = re.compile(
    r"""\b(INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|MERGE\s+INTO(?:\s+ONLY)?|UPDATE(?:\s+OR\s+\w+)?(?:\s+ONLY)?
    |DELETE\s+FROM(?:\s+ONLY)?|TRUNCATE(?:\s+TABLE)?(?:\s+ONLY)?|COPY)\s+(?:["`\[]?\w+["`\]]?\s*\.\s*)?["`\[]?(\w+)""",
    re.IGNORECASE | re.VERBOSE,
)
_VERBS = {"REPLACE": "INSERT", "MERGE": "UPDATE", "TRUNCATE": "DELETE", "COPY": "INSERT"}


@dataclass(frozen=True, slots=True)
class Write:
    """One table a statement writes to, and whether it inserts, updates or deletes."""

    verb: str
    table: str


def writes_of(sql: str) -> list[Write]:
    """Every table the statement inserts into, updates or deletes from. Nearly always one or none.

    Not seen: what a function or trigger of the database writes.
    """
    for verb, beginning in _OWN_FORMS:
        if sql.startswith(beginning):
            return [Write(verb, sql[len(beginning) : sql.find('"', len(beginning))])]
    text = _NOISE.sub("", sql)
    head = text[:16].upper()
    if head.startswith(_SHAPES) or (head.startswith(_READS) and ";" not in text):
        return []
    return [
        Write(_VERBS.get(verb.split()[0].upper(), verb.split()[0].upper()), table.lower())
        for verb, table in _ANY_WRITE.findall(text)
    ]


def columns_set(sql: str) -> frozenset[str]:
    """The columns an UPDATE in Django's own form sets; none when the text was typed by somebody."""
    return frozenset(_COLUMN.findall(sql)) if sql.startswith('UPDATE "') else frozenset()
