"""A filter of an export, and what of a person's wishes it takes."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from verifications.selectors.exports.columns import Column
from verifications.selectors.periods import Period

Choices = list[tuple[str, Any]]
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2199, 12, 31)
WORD = re.compile(r"[-\w:.@]{1,100}")
COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
NUMBER = re.compile(r"[1-9]\d{0,8}", re.ASCII)
PUBLIC_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True)
class Filter:
    """One filter: what may be chosen (``choices``), or what a value looks like. ``several`` may be chosen at once."""

    name: str
    label: str | Promise
    choices_of: Callable[[], Choices] | None = None
    pattern: re.Pattern[str] = WORD
    words: tuple[str, ...] = ()
    """Values that ``pattern`` does not fit and that are taken all the same."""
    several: bool = False

    @property
    def choices(self) -> Choices:
        """What may be chosen, each with its label; empty where a value is typed."""
        return self.choices_of() if self.choices_of else []

    def takes(self, value: str) -> bool:
        if self.choices_of:
            return value in {str(key) for key, _label in self.choices}
        return value in self.words or bool(self.pattern.fullmatch(value))


def day(name: str, label: str | Promise) -> Filter:
    return Filter(name, label, pattern=re.compile(r"2[01]\d\d-\d\d-\d\d", re.ASCII))


DATES = (day("from", _("From")), day("until", _("Until, that day included")))
Filters = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Records:
    """One kind of record as it is exported.

    ``matching`` gives the records in no order: (filters, who asks, moment) -> queryset. ``at`` is the moment the range
    of dates is about, ``customer`` the path to the key of the customer whose data key seals its values.
    """

    permission: str
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    matching: Callable[[Filters, int, dt.datetime], QuerySet[Any]]
    at: str
    customer: str = "customer_id"


def one(filters: Filters, name: str) -> str:
    value = filters.get(name, "")
    return value if isinstance(value, str) else value[-1] if value else ""


def period_in(filters: Filters) -> Period:
    """From the first to the last day asked for; an end that is left open is far away."""
    first, last = (one(filters, name) for name in ("from", "until"))
    return Period(
        "", dt.date.fromisoformat(first) if first else FIRST_DAY, dt.date.fromisoformat(last) if last else LAST_DAY
    )


def dated(records: QuerySet[Any], filters: Filters, at: str) -> QuerySet[Any]:
    return records.filter(**period_in(filters).within(at)) if filters.get("from") or filters.get("until") else records


def public_id(filters: Filters, name: str) -> uuid.UUID | None:
    value = one(filters, name)
    return uuid.UUID(value) if value else None
