"""What an export may be asked for: filters as a form offers and an address names them, and how many rows they find."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth import get_user_model
from django.http import QueryDict
from django.utils.translation import gettext as _

from verifications.enums import ExportKind
from verifications.models import DecisionReason, PolicyVersion
from verifications.selectors.counts import capped_counts
from verifications.selectors.export_columns import (
    Filter,
    UnknownFilter,
    filters_of,
    read_filters,
    records_for,
)
from verifications.selectors.kyc_links import link_accounts
from verifications.selectors.marked_words import label_words
from verifications.selectors.records import accounts_for_list
from verifications.selectors.sessions import session_accounts
from verifications.selectors.workload import DECIDE, MOST_PEOPLE, name_of_person

COUNTED = 10_000
"""Rows that are counted before an export begins; more than that are told as more."""
MOST_CHOICES = 200
_ACCOUNTS = {ExportKind.SESSIONS: session_accounts, ExportKind.LINKS: link_accounts}
Choices = list[tuple[str, Any]]


def offered(kind: str, one: Filter) -> Choices | None:
    """What a filter lets choose from, each with its label; nothing where a value is typed."""
    if one.choices:
        return list(one.choices)
    match one.name:
        case "account":
            accounts = _ACCOUNTS.get(ExportKind(kind), accounts_for_list)()
            return [(str(account.public_id), account.name) for account in accounts]
        case "owner":
            return [("none", _("nobody")), *_deciders()]
        case "person":
            return _deciders()
        case "reason":
            reasons = DecisionReason.objects.order_by("outcome", "position", "label").values_list("code", "label")
            return [(code, label_words(label)) for code, label in reasons[:MOST_CHOICES]]
        case "policy":
            numbers = PolicyVersion.objects.order_by("-number").values_list("number", flat=True)[:MOST_CHOICES]
            return [(str(number), str(number)) for number in numbers]
    return None


def filters_in(kind: str, query: QueryDict, *, user_id: int, now: dt.datetime) -> tuple[dict[str, Any], list[str]]:
    """The filters that an address names, and the labels of those it names with a value that this list does not know."""
    known = {one.name: one for one in filters_of(kind)}
    wished: dict[str, Any] = {name: query.getlist(name) for name in known if any(query.getlist(name))}
    wished = {name: values if known[name].several else values[-1] for name, values in wished.items()}
    if "country" in wished:
        wished["country"] = wished["country"].upper()
    if query.get("period") and "from" in known:
        wished["period"] = query["period"]
    unknown: list[str] = []
    while True:
        try:
            return read_filters(kind, wished, user_id=user_id, now=now), unknown
        except UnknownFilter as error:
            if wished.pop(error.name, None) is None:
                return {}, [str(one.label) for one in known.values()]
            unknown.append(str(known[error.name].label) if error.name in known else _("Period"))


def rows_found(kind: str, filters: dict[str, Any], *, user_id: int, now: dt.datetime) -> int:
    """How many records pass the filters now, counted up to one more than ``COUNTED``."""
    records = records_for(kind, filters, user_id=user_id, now=now)
    return capped_counts({"rows": records}, cap=COUNTED + 1)["rows"]


def _deciders() -> Choices:
    people = get_user_model().objects.with_perm(DECIDE, include_superusers=False).order_by("first_name", "last_name")
    return [(str(person.pk), name_of_person(person)) for person in people[:MOST_PEOPLE]]
