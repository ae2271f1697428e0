"""Several capped counts in one round trip to the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet, Value

from verifications.selectors.paging import COUNT_CAP


def capped_counts(querysets: Mapping[str, QuerySet[Any]], *, cap: int = COUNT_CAP) -> dict[str, int]:
    """How many rows each has, up to ``cap``; one query for all of them, which reads at most ``cap`` rows of each."""
    counts = dict.fromkeys(querysets, 0)
    names: list[str] = []
    parts: list[str] = []
    parameters: list[Any] = []
    for name, queryset in querysets.items():
        try:
            sql, values = queryset.order_by().values_list(Value(1))[:cap].query.sql_with_params()
        except EmptyResultSet:
            continue
        names.append(name)
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) counted_{len(parts)})")  # noqa: S608 - the ORM's own SQL
        parameters += values
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", parameters)
            counts |= dict(zip(names, cursor.fetchone(), strict=True))
    return counts
