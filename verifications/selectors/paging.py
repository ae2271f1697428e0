"""Keyset paging: the cost of a page does not grow with the table, and no row is skipped or repeated."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import Model, Q, QuerySet

PAGE_SIZE = 50
COUNT_CAP = 1000


@dataclass(frozen=True)
class Page:
    """``rows`` in order; ``next_token`` continues after them and is empty on the last page."""

    rows: list[Any]
    next_token: str
    is_first: bool


def keyset_page(queryset: QuerySet[Any], *, order: tuple[str, ...], token: str = "", size: int = PAGE_SIZE) -> Page:
    """One page in ``order`` (all ascending or all descending, last field unique). A broken token starts over."""
    descending = order[0].startswith("-")
    names = [name.lstrip("-") for name in order]
    after = _read_token(token, order)
    if after is not None:
        queryset = queryset.filter(_past(names, after, "lt" if descending else "gt"))
    rows = list(queryset.order_by(*order)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows=rows, next_token=_make_token(rows[-1], order) if more else "", is_first=after is None)


def keyset_neighbours(queryset: QuerySet[Any], *, order: tuple[str, ...], row: Model) -> tuple[Any | None, Any | None]:
    """The rows right before and right after ``row`` in ``order``, whether or not ``row`` itself is in the list."""
    names = [name.lstrip("-") for name in order]
    values = [getattr(row, name) for name in names]
    ascending = not order[0].startswith("-")
    backwards = tuple(f"-{name}" if ascending else name for name in names)
    before = queryset.filter(_past(names, values, "lt" if ascending else "gt")).order_by(*backwards).first()
    after = queryset.filter(_past(names, values, "gt" if ascending else "lt")).order_by(*order).first()
    return before, after


def capped_count(queryset: QuerySet[Any]) -> int:
    """Rows up to ``COUNT_CAP``: enough to show, and never a count of a whole table."""
    return queryset.order_by()[:COUNT_CAP].count()


def _past(names: list[str], values: list[Any], step: str) -> Q:
    """``(a, b) > (x, y)`` spelled out so that an index on (a, b) serves it on both databases."""
    if len(names) == 1:
        return Q(**{f"{names[0]}__{step}": values[0]})
    first, rest = names[0], names[1:]
    return Q(**{f"{first}__{step}e": values[0]}) & (
        Q(**{f"{first}__{step}": values[0]}) | _past(rest, values[1:], step)
    )


def _make_token(row: Model, order: tuple[str, ...]) -> str:
    """The row's key, signed: what comes back is a key of this list or nothing."""
    values = [getattr(row, name.lstrip("-")) for name in order]
    plain = [value.isoformat() if isinstance(value, dt.date) else value for value in values]
    return signing.dumps(plain, salt=_salt(order))


def _read_token(token: str, order: tuple[str, ...]) -> list[Any] | None:
    if not token:
        return None
    try:
        values = signing.loads(token, salt=_salt(order))
    except (signing.BadSignature, ValueError, RecursionError):
        return None
    return [dt.datetime.fromisoformat(value) if isinstance(value, str) else value for value in values]


def _salt(order: tuple[str, ...]) -> str:
    return f"verifications.paging:{','.join(order)}"
