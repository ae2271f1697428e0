"""Other customers who may be the same person: same document number, same file, same e-mail address or phone number.

Found by keyed hashes, so nothing is opened. Number and file count for the policy; contact data is a weaker sign, since
families and offices share it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from verifications.enums import CaseState
from verifications.models import Case, Customer, Document, ExtractedValue, MachineReading, Verification
from verifications.selectors.case_page import ShownValue, customer_values
from verifications.selectors.status import CASE_LOOKS

MOST_SHOWN = 20
MOST_OWN = 50
MOST_HITS = 100
EARLIER_SHOWN = 10
CASES_SHOWN = 3
STRONG = ("number", "file")


@dataclass(frozen=True)
class CaseLine:
    """A case with what was decided in it."""

    case: Case
    outcome: str
    look: str


@dataclass(frozen=True)
class Duplicate:
    """``why`` names each sign with the time since when it is there; ``is_strong``: a document, not contact data."""

    customer: Customer
    why: tuple[tuple[str, dt.datetime], ...]
    is_strong: bool
    cases: tuple[CaseLine, ...]
    """The newest of that customer, with what was decided: who was declined before is worth knowing."""


@dataclass(frozen=True)
class CustomerPanel:
    facts: list[ShownValue]
    earlier: tuple[CaseLine, ...]
    duplicates: tuple[Duplicate, ...]
    has_more: bool


def customer_panel(case: Case) -> CustomerPanel:
    """The customer's record, masked, the other cases with their outcome, and possible duplicates; seven queries."""
    found = possible_duplicates(case.customer, limit=MOST_SHOWN + 1)
    return CustomerPanel(
        facts=customer_values(case.customer),
        earlier=tuple(earlier_cases(case)),
        duplicates=tuple(found[:MOST_SHOWN]),
        has_more=len(found) > MOST_SHOWN,
    )


def earlier_cases(case: Case) -> list[CaseLine]:
    """The customer's other cases, newest first."""
    others = Case.objects.filter(customer_id=case.customer_id).exclude(pk=case.pk).select_related("decision")
    return [_line(other) for other in others.order_by("-pk")[:EARLIER_SHOWN]]


def _line(case: Case) -> CaseLine:
    return CaseLine(
        case=case,
        outcome=case.decision.get_outcome_display() if case.decision else "",
        look=CASE_LOOKS[CaseState(case.state)].css,
    )


def duplicate_count(customer: Customer) -> int:
    """How many other customers share a document with this one; counted up to a bound."""
    signs = _signs(customer)
    return min(len({pk for pk, kind, _at in signs if kind in STRONG}), MOST_SHOWN)


def possible_duplicates(customer: Customer, *, limit: int = MOST_SHOWN) -> list[Duplicate]:
    """Other customers with the same number, file or contact data, strongest signs first; six queries."""
    since: dict[int, dict[str, dt.datetime]] = {}
    for pk, kind, at in _signs(customer):
        known = since.setdefault(pk, {})
        known[kind] = min(at, known.get(kind, at))
    order = sorted(since, key=lambda pk: (not set(since[pk]) & set(STRONG), -len(since[pk]), -pk))[:limit]
    customers = Customer.objects.in_bulk(order)
    cases: dict[int, list[CaseLine]] = {}
    newer = (
        Case.objects.filter(customer_id=OuterRef("customer_id"), pk__gt=OuterRef("pk")).order_by().values("customer_id")
    )
    newest = Case.objects.annotate(newer=Coalesce(Subquery(newer.annotate(count=Count("pk")).values("count")), 0))
    newest = newest.filter(customer_id__in=order, newer__lt=CASES_SHOWN).select_related("decision")
    for case in newest.order_by("-pk"):
        cases.setdefault(case.customer_id, []).append(_line(case))
    words = {
        "number": _("Same document number"),
        "file": _("Same file"),
        "email": _("Same e-mail address"),
        "phone": _("Same phone number"),
    }
    return [
        Duplicate(
            customer=customers[pk],
            why=tuple((words[kind], since[pk][kind]) for kind in words if kind in since[pk]),
            is_strong=bool(set(since[pk]) & set(STRONG)),
            cases=tuple(cases.get(pk, ())),
        )
        for pk in order
        if pk in customers
    ]


def _signs(customer: Customer) -> list[tuple[int, str, dt.datetime]]:
    """(customer, kind of sign, since when) for each other customer that shares something; each source is bounded."""
    numbers = set(
        _texts(customer.verifications.exclude(document_number_hash=""), "document_number_hash")
        .union(
            _texts(ExtractedValue.objects.filter(customer=customer).exclude(value_hash=""), "value_hash"),
            _texts(_readings().filter(verification__customer=customer), "document_number_hash"),
        )
        .values_list("hash", flat=True)[:MOST_OWN]
    )
    own = Document.objects.filter(customer=customer, removed_at__isnull=True, verification__isnull=False)
    files = set(own.values_list("sha256", flat=True)[:MOST_OWN])
    found: list[tuple[int, str, dt.datetime]] = []
    if numbers:
        sources = (
            (Verification.objects.filter(document_number_hash__in=numbers), "customer_id", "created_at"),
            (ExtractedValue.objects.filter(value_hash__in=numbers), "customer_id", "read_at"),
            (_readings().filter(document_number_hash__in=numbers), "verification__customer_id", "recorded_at"),
        )
        hits = [_hits(rows.exclude(**{owner: customer.pk}), owner, since) for rows, owner, since in sources]
        found += [(pk, "number", at) for pk, at in hits[0].union(*hits[1:])[:MOST_HITS]]
    if files:
        same = Document.objects.filter(sha256__in=files, removed_at__isnull=True, verification__isnull=False)
        same = same.exclude(customer=customer)
        found += [(pk, "file", at) for pk, at in _hits(same, "customer_id", "uploaded_at")[:MOST_HITS]]
    return found + _contacts(customer)


def _contacts(customer: Customer) -> list[tuple[int, str, dt.datetime]]:
    shared = Q()
    if customer.email_hash:
        shared |= Q(email_hash=customer.email_hash)
    if customer.phone_hash:
        shared |= Q(phone_hash=customer.phone_hash)
    if not shared:
        return []
    found: list[tuple[int, str, dt.datetime]] = []
    for other in Customer.objects.filter(shared).exclude(pk=customer.pk).order_by("-pk")[:MOST_HITS]:
        if customer.email_hash and other.email_hash == customer.email_hash:
            found.append((other.pk, "email", other.created_at))
        if customer.phone_hash and other.phone_hash == customer.phone_hash:
            found.append((other.pk, "phone", other.created_at))
    return found


def _readings() -> QuerySet[MachineReading]:
    return MachineReading.objects.filter(removed_at__isnull=True).exclude(document_number_hash="")


def _texts(rows: QuerySet[Any], column: str) -> Any:
    return rows.order_by().annotate(hash=F(column)).values_list("hash")


def _hits(rows: QuerySet[Any], owner: str, since: str) -> Any:
    return rows.order_by().annotate(owner=F(owner), since=F(since)).values_list("owner", "since")
