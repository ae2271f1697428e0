"""Search from anywhere: an id or exact number of anything, or parts of a customer's name or reference."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from verifications.models import (
    Case,
    Customer,
    KycLink,
    ProviderAccount,
    ProviderCall,
    ProviderNotification,
    Verification,
    VerificationSession,
)
from verifications.search_text import Pattern, search_patterns, search_text
from verifications.selectors.search_ids import found_by_id
from verifications.selectors.search_names import customer_ids_by_name
from verifications.selectors.status import (
    CALL_LOOKS,
    CASE_LOOKS,
    LINK_LOOKS,
    NOTIFICATION_LOOKS,
    SESSION_LOOKS,
    UNKNOWN_LOOK,
    VERIFICATION_LOOKS,
)

MOST_FOUND = 50
LONGEST_QUERY = 300
NAME = _("name")
REFERENCE = _("part of the reference")
AROUND = " \t\r\n\"'“”„«»‘’`<>()[]{},;"
"""What comes along when an id is copied out of a mail or a table."""
_DIGITS = re.compile(r"\d{1,17}", re.ASCII)


@dataclass(frozen=True)
class Hit:
    """One record that was found, ready to be shown; ``state`` is empty where there is none."""

    kind: str
    url: str
    title: str
    reason: str | Promise
    customer: Customer | None = None
    state: str = ""
    shape: str = ""


@dataclass(frozen=True)
class Found:
    """``hits`` by kind, in the order of ``KINDS``; ``has_more`` when there were more than are shown of some kind."""

    hits: tuple[Hit, ...] = ()
    has_more: bool = False
    words: tuple[str, ...] = field(default=(), repr=False)
    """The words that names were searched for; none when an id was found."""

    def groups(self) -> list[tuple[Promise, list[Hit]]]:
        """(heading, hits) of every kind that has any."""
        grouped = [(kind, [hit for hit in self.hits if hit.kind == name]) for name, kind in KINDS.items()]
        return [(kind.heading, hits) for kind, hits in grouped if hits]

    def only_page(self) -> str:
        """The address all hits share, or nothing: a verification may be found by its session and by itself."""
        addresses = {hit.url for hit in self.hits}
        return addresses.pop() if len(addresses) == 1 else ""


@dataclass(frozen=True)
class Kind:
    """One kind of record that search finds: who may see it, how to fetch many, how to show one."""

    permission: str
    heading: Promise
    rows: Callable[[], QuerySet[Any]]
    title: Callable[[Any], str]
    state: Callable[[Any], tuple[str, str]]


def search(query: str, *, kinds: Collection[str], limit: int = MOST_FOUND) -> Found:
    """What ``query`` finds among ``kinds`` (keys of ``KINDS``): ids and exact numbers first, names where none fits.

    At most ``limit`` of each kind. A number by itself is looked for both ways, as a case's number and as a part of
    references. The number of queries depends on the kinds found, never on how many there are of them.
    """
    text = clean(query)
    if not text or len(text) > LONGEST_QUERY:
        return Found()
    reasons = dict(found_by_id(text, kinds=kinds, limit=limit + 1))
    patterns: tuple[Pattern, ...] = ()
    if "customer" in kinds and (not reasons or _DIGITS.fullmatch(text)):
        patterns = search_patterns(text)
        for pk in customer_ids_by_name(patterns, limit=limit + 1):
            reasons.setdefault(("customer", pk), NAME)
    hits: list[Hit] = []
    has_more = False
    for name in KINDS:
        chosen = {pk: reason for (kind, pk), reason in reasons.items() if kind == name}
        has_more |= len(chosen) > limit
        hits += _hits(name, dict(list(chosen.items())[:limit]), patterns)
    return Found(hits=tuple(hits), has_more=has_more, words=tuple(pattern.word for pattern in patterns))


def find_customers(query: str) -> list[Customer]:
    """The customers that ``query`` leads to, by name or by an id of anything of theirs; each once."""
    kinds = {"customer", "verification", "case", "session", "link"}
    customers = (hit.customer for hit in search(query, kinds=kinds).hits)
    return list({customer.pk: customer for customer in customers if customer is not None}.values())


def clean(query: str) -> str:
    """Without what stands around a copied id, without control characters, and in one form of Unicode."""
    kept = "".join(letter for letter in query if letter.isprintable() or letter.isspace())
    return unicodedata.normalize("NFC", " ".join(kept.split())).strip(AROUND)


def _hits(name: str, reasons: dict[int, Promise], patterns: Sequence[Pattern]) -> Iterable[Hit]:
    """The records in the order of ``reasons``; newest first where that is by id."""
    if not reasons:
        return []
    kind = KINDS[name]
    rows = {row.pk: row for row in kind.rows().filter(pk__in=reasons)}
    by_name = any(reason is NAME for reason in reasons.values())
    order: Sequence[int] = list(reasons) if by_name else sorted(reasons, reverse=True)
    states = _open_cases(rows) if name == "customer" else {}
    hits = []
    for pk in order:
        if pk not in rows:
            continue
        row = rows[pk]
        state, shape = kind.state(states.get(pk, row))
        hits.append(
            Hit(
                kind=name,
                url=_address(row),
                title=str(kind.title(row)),
                reason=_name_or_reference(row, patterns) if reasons[pk] is NAME else reasons[pk],
                customer=row if name == "customer" else getattr(row, "customer", None),
                state=state,
                shape=shape,
            )
        )
    return hits


def _name_or_reference(customer: Customer, patterns: Sequence[Pattern]) -> Promise:
    """Which of the two the words stand in; in both or in either, it is the name."""
    text = search_text(names=(), reference=customer.reference)
    return REFERENCE if all(pattern.widest in text for pattern in patterns) else NAME


def _open_cases(customers: Collection[int]) -> dict[int, Case]:
    return {case.customer_id: case for case in Case.objects.filter(customer__in=customers, closed_at__isnull=True)}


def _address(row: Any) -> str:
    if isinstance(row, ProviderCall):
        return reverse("verifications:provider_call_detail", args=[row.public_id])
    if isinstance(row, ProviderNotification):
        return reverse("verifications:notification_detail", args=[row.public_id])
    return str(row.get_absolute_url())


def _case_state(row: Any) -> tuple[str, str]:
    """Of a case, or of a customer's open one; a customer without one has none."""
    if not isinstance(row, Case):
        return "", ""
    return row.get_state_display(), CASE_LOOKS.get(row.state, UNKNOWN_LOOK).css


def _status(looks: dict[str, Any]) -> Callable[[Any], tuple[str, str]]:
    return lambda row: (str(row.get_status_display()), looks.get(row.status, UNKNOWN_LOOK).css)


KINDS: dict[str, Kind] = {
    "customer": Kind("view_customer", _("Customers"), Customer.objects.all, lambda row: row.display_name, _case_state),
    "case": Kind(
        "view_case",
        _("Cases"),
        lambda: Case.objects.select_related("customer"),
        lambda row: row.number,
        _case_state,
    ),
    "verification": Kind(
        "view_verification",
        _("Verifications"),
        lambda: Verification.objects.select_related("customer"),
        lambda row: row.get_type_display(),
        _status(VERIFICATION_LOOKS),
    ),
    "session": Kind(
        "view_verificationsession",
        _("Verification sessions"),
        lambda: VerificationSession.objects.select_related("customer", "verification"),
        lambda row: row.get_shape_display(),
        _status(SESSION_LOOKS),
    ),
    "link": Kind(
        "view_kyclink",
        _("KYC links"),
        lambda: KycLink.objects.select_related("customer", "verification"),
        lambda row: f"{row.get_kind_display()}, {row.country}",
        _status(LINK_LOOKS),
    ),
    "call": Kind(
        "view_providercall",
        _("Provider calls"),
        lambda: ProviderCall.objects.select_related("customer"),
        lambda row: row.get_operation_display(),
        _status(CALL_LOOKS),
    ),
    "delivery": Kind(
        "view_receivedwebhook",
        _("Webhook deliveries"),
        ProviderNotification.objects.all,
        lambda row: row.event_type or row.provider_reference,
        lambda row: (row.status, NOTIFICATION_LOOKS.get(row.status, UNKNOWN_LOOK).css),
    ),
    "account": Kind(
        "view_provideraccount",
        _("Provider accounts"),
        ProviderAccount.objects.all,
        lambda row: row.name,
        lambda _row: ("", ""),
    ),
}
"""In the order they are shown in."""
