"""What an export holds, in words: its records, its filters with the names behind ids, its columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import formats
from django.utils.translation import gettext as _

from verifications.enums import ExportKind
from verifications.models import Export, ProviderAccount
from verifications.selectors.export_columns import Filter, columns_of, filters_of
from verifications.selectors.exports.filters import NUMBER
from verifications.selectors.workload import name_of_person

DAYS = ("from", "until")
PEOPLE = ("owner", "person")
"""Filters whose value is a person's number."""
Words = list[tuple[str, str]]


@dataclass(frozen=True)
class Names:
    """Names behind the ids that filters hold: people by number, provider accounts by public id."""

    people: Mapping[str, str]
    accounts: Mapping[str, str]


def what_of(export: Export) -> str:
    """The heading of an export: its records, of a pack its case."""
    if export.kind == ExportKind.PACK and export.case is not None:
        return _("Evidence pack of %(case)s") % {"case": export.case.number}
    return str(export.get_kind_display())


def names_in(all_filters: Iterable[Mapping[str, Any]]) -> Names:
    """The names that the filters of several exports need, in two queries at most."""
    people, accounts = set(), set()
    for filters in all_filters:
        for name, value in filters.items():
            number = str(value).removeprefix("user:" if name == "actor" else "")
            if name in (*PEOPLE, "actor") and NUMBER.fullmatch(number):
                people.add(number)
            elif name == "account":
                accounts.add(value)
    found = get_user_model().objects.filter(pk__in=people) if people else ()
    named = ProviderAccount.objects.filter(public_id__in=accounts).only("public_id", "name") if accounts else ()
    return Names(
        people={str(person.pk): name_of_person(person) for person in found},
        accounts={str(account.public_id): account.name for account in named},
    )


def filter_words(export: Export, names: Names) -> Words:
    """Label and value of each filter, in the order of the list; empty for all records."""
    return [
        (str(one.label), ", ".join(value_words(one, str(value), names) for value in _several(export.filters[one.name])))
        for one in filters_of(export.kind)
        if export.filters.get(one.name)
    ]


def in_short(words: Words) -> str:
    """The filters in one line of a list."""
    return " · ".join(f"{label}: {value}" for label, value in words)


def column_labels(export: Export, *, sensitive: bool) -> list[str]:
    """Labels of the plain or of the sensitive columns it has."""
    return [
        str(column.label)
        for column in columns_of(export.kind)
        if column.name in export.columns and column.sensitive is sensitive
    ]


def value_words(one: Filter, value: str, names: Names) -> str:
    """A filter's value as a person reads it; an id nobody knows stands for itself."""
    label = dict(one.choices).get(value)
    if label is not None:
        return str(label)
    if one.name in DAYS:
        return formats.date_format(dt.date.fromisoformat(value), "j M Y")
    if one.name in PEOPLE:
        return _("nobody") if value == "none" else names.people.get(value, value)
    if one.name == "actor":
        return names.people.get(value.removeprefix("user:"), value)
    if one.name == "account":
        return names.accounts.get(value, value)
    return value


def _several(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]
