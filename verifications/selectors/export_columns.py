"""What can be exported: the kinds of records with their columns and filters, and the records a wish is about.

``columns_of`` and ``filters_of`` are what a form offers; ``read_filters`` and ``chosen_columns`` take what came back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from verifications.enums import ExportKind
from verifications.errors import DomainError
from verifications.selectors.exports import calls, cases, customers, decisions, links, logs, sessions
from verifications.selectors.exports import verifications as checks
from verifications.selectors.exports.columns import Column
from verifications.selectors.exports.filters import Filter, Filters, Records, dated
from verifications.selectors.periods import PERIODS, period_of

__all__ = ["Column", "Filter"]
RECORDS: dict[str, Records] = {
    ExportKind.CUSTOMERS: customers.RECORDS,
    ExportKind.VERIFICATIONS: checks.RECORDS,
    ExportKind.SESSIONS: sessions.RECORDS,
    ExportKind.LINKS: links.RECORDS,
    ExportKind.CALLS: calls.RECORDS,
    ExportKind.CASES: cases.RECORDS,
    ExportKind.DECISIONS: decisions.RECORDS,
    ExportKind.AUDIT: logs.AUDIT,
    ExportKind.ACCESS: logs.ACCESS,
}


class UnknownColumn(DomainError):
    """A column was asked for that this kind of record does not have."""


class UnknownFilter(DomainError):
    """A filter, or a value of one, that this list does not know. ``name`` says which."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


def columns_of(kind: str) -> list[Column]:
    """All columns of the kind in the order they stand in the file, sensitive ones last; none of an evidence pack."""
    return list(RECORDS[kind].columns) if kind in RECORDS else []


def filters_of(kind: str) -> list[Filter]:
    """The filters of the kind's list and the range of dates; none of an evidence pack.

    ``view`` of cases is left out for every case, open and closed; ``open`` is the queue's "All open".
    """
    return list(RECORDS[kind].filters) if kind in RECORDS else []


def permission_of(kind: str) -> str:
    """The right to see the records, which exporting them needs as well: ``view_case`` and so on."""
    return RECORDS[kind].permission if kind in RECORDS else "view_case"


def chosen_columns(kind: str, names: Sequence[str], *, with_sensitive: bool) -> list[Column]:
    """The columns of these names in their own order; without names all of them, sensitive ones only if asked for.

    Raises ``UnknownColumn``; a sensitive one is unknown where they are not asked for.
    """
    known = {column.name: column for column in columns_of(kind) if with_sensitive or not column.sensitive}
    for name in names:
        if name not in known:
            raise UnknownColumn(_("There is no column “%(name)s” to export.") % {"name": str(name)[:60]})
    return [column for name, column in known.items() if not names or name in names]


def read_filters(kind: str, filters: Filters, *, user_id: int, now: dt.datetime) -> dict[str, Any]:
    """The filters as they are kept: empty ones left out, a period as its days, "me" as the person's number.

    Raises ``UnknownFilter``.
    """
    known = {one.name: one for one in filters_of(kind)}
    kept: dict[str, Any] = {}
    for name, value in filters.items():
        if name == "period" and "from" in known and value in PERIODS:
            period = period_of(str(value), now)
            kept |= {"from": period.first.isoformat(), "until": period.last.isoformat()}
            continue
        values = [one for one in ([value] if isinstance(value, str) else value) if one]
        if not values:
            continue
        if name not in known:
            raise UnknownFilter(_("There is no filter “%(name)s” for these records.") % {"name": str(name)[:60]}, name)
        if not all(known[name].takes(one) for one in values) or (len(values) > 1 and not known[name].several):
            raise UnknownFilter(_("“%(label)s” does not know this value.") % {"label": known[name].label}, name)
        values = [str(user_id) if one == "me" else one for one in values]
        kept[name] = sorted(set(values)) if known[name].several else values[0]
    _check_days(kept)
    return kept


def records_for(kind: str, filters: Filters, *, user_id: int, now: dt.datetime) -> QuerySet[Any]:
    """The records that pass the filters, in no order. ``now`` is when it was asked for: "overdue" means then."""
    records = RECORDS[kind]
    return dated(records.matching(filters, user_id, now), filters, records.at)


def _check_days(kept: dict[str, Any]) -> None:
    for name in ("from", "until"):
        try:
            dt.date.fromisoformat(kept.get(name, "2000-01-01"))
        except ValueError:
            raise UnknownFilter(_("This is no date."), name) from None
    if kept.get("from", "") > kept.get("until", "9"):
        raise UnknownFilter(_("The last day lies before the first."), "until")
