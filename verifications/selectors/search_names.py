"""Customers by parts of their names or reference, through the trigram index of the database there is."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from verifications.models import CustomerSearchText
from verifications.search_text import Pattern

CANDIDATES = 500
"""How many of the newest matches are ranked one by one; a word with more is asked for by rank."""
_TABLE = CustomerSearchText._meta.db_table
_TRIGRAMS = f"{_TABLE}_trigrams"


def customer_ids_by_name(patterns: Sequence[Pattern], *, limit: int) -> list[int]:
    """Customers whose text contains every word, best first: whole words, then beginnings, then parts; newest first.

    At most three queries, whatever the table holds.
    """
    if not patterns:
        return []
    rows = _matching([pattern.widest for pattern in patterns], limit=CANDIDATES + 1)
    ranked = sorted(rows, key=lambda row: (max(pattern.rank(row[1]) for pattern in patterns), -row[0]))
    found = [pk for pk, _text in ranked]
    if len(rows) > CANDIDATES:
        best = [pk for pk, _text in _matching([pattern.exact for pattern in patterns], limit=limit)]
        if len(best) < limit:
            best += [pk for pk, _text in _matching([pattern.prefix for pattern in patterns], limit=limit)]
        found = best + found
    return list(dict.fromkeys(found))[:limit]


def _matching(parts: Sequence[str], *, limit: int) -> list[tuple[int, str]]:
    """The newest (customer, text) whose text contains all of ``parts``, each of three characters at least."""
    if connection.vendor == "sqlite" and _has_full_text_table():
        phrases = " ".join('"{}"'.format(part.replace('"', '""')) for part in parts)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT rowid, text FROM {_TRIGRAMS} WHERE {_TRIGRAMS} MATCH %s ORDER BY rowid DESC LIMIT %s",  # noqa: S608 - the names are constants
                [phrases, limit],
            )
            return [(int(pk), str(text)) for pk, text in cursor.fetchall()]
    rows = CustomerSearchText.objects.all()
    for part in parts:
        rows = rows.filter(text__contains=part)
    return list(rows.order_by("-customer_id").values_list("customer_id", "text")[:limit])


def _has_full_text_table() -> bool:
    """A SQLite that was built without FTS5 or its trigrams has none; the text is read row by row then."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE name = %s", [_TRIGRAMS])
        return cursor.fetchone() is not None
