"""Looks at personal data: one's own, and everybody's at one customer."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from verifications.enums import AccessAction
from verifications.models import AccessEvent, Customer
from verifications.selectors.paging import Page, keyset_page

LOOK_KINDS: dict[str, tuple[Promise, tuple[AccessAction, ...]]] = {
    "value": (_("Values revealed"), (AccessAction.VALUE_REVEALED,)),
    "image": (_("Images"), (AccessAction.PREVIEW_SERVED, AccessAction.THUMBNAIL_SERVED)),
    "original": (
        _("Originals and files"),
        (AccessAction.ORIGINAL_SERVED, AccessAction.PROVIDER_FETCHED, AccessAction.BODY_REBUILT),
    ),
    "address": (_("Customers' addresses"), (AccessAction.ADDRESS_SHOWN, AccessAction.ADDRESS_SENT)),
    "case": (_("Cases"), (AccessAction.CASE_READ,)),
    "search": (_("Searches"), (AccessAction.SEARCHED,)),
    "export": (_("Exports"), (AccessAction.RECORD_EXPORTED, AccessAction.EXPORT_DOWNLOADED)),
    "report": (_("Logs and reports"), (AccessAction.LOG_READ, AccessAction.REPORT_READ)),
}
"""Kind of look -> its words and the actions of the log it stands for; every action belongs to one kind."""
MOST_COUNTED = 50_000
"""Looks at one customer that are counted by person; of older ones the list still tells."""
MOST_PEOPLE = 100
ORDER = ("-id",)
_KIND_OF = {action: kind for kind, (_words, actions) in LOOK_KINDS.items() for action in actions}


@dataclass(frozen=True)
class Looker:
    """One person, provider or part of the portal that looked at a customer. ``kinds``: (words, number) of each kind."""

    actor: str
    actor_name: str
    count: int
    last_at: dt.datetime
    kinds: list[tuple[Promise, int]]


@dataclass(frozen=True)
class Lookers:
    """Those who looked, the latest first. ``is_cut``: older looks than the newest ``counted`` are not counted."""

    people: list[Looker]
    counted: int
    is_cut: bool
    more_people: int


def own_looks(actor: str, *, kind: str, customer: uuid.UUID | None, token: str) -> Page:
    """What one person looked at, newest first."""
    looks = _of_kind(AccessEvent.objects.filter(actor=actor), kind)
    if customer is not None:
        looks = looks.filter(customer_id=customer)
    return keyset_page(looks, order=ORDER, token=token)


def looks_at(customer: Customer, *, kind: str, actor: str, token: str) -> Page:
    """Every look at one customer, newest first; ``actor`` as the log writes it, like ``user:2``."""
    looks = _of_kind(AccessEvent.objects.filter(customer_id=customer.public_id), kind)
    if actor:
        looks = looks.filter(actor=actor)
    return keyset_page(looks, order=ORDER, token=token)


def lookers_of(customer: Customer) -> Lookers:
    """Who looked at a customer, how often and when last. Three queries, however long the log is."""
    looks = AccessEvent.objects.filter(customer_id=customer.public_id)
    beyond = list(looks.order_by("-id").values_list("id", flat=True)[MOST_COUNTED : MOST_COUNTED + 1])
    if beyond:
        looks = looks.filter(id__gt=beyond[0])
    counts: dict[str, Counter[str]] = {}
    newest: dict[str, int] = {}
    for actor, action, count, last in (
        looks.order_by().values_list("actor", "action").annotate(count=Count("id"), last=Max("id"))
    ):
        counts.setdefault(actor, Counter())[_KIND_OF.get(action, "")] += count
        newest[actor] = max(last, newest.get(actor, 0))
    shown = sorted(newest, key=lambda actor: -newest[actor])[:MOST_PEOPLE]
    last_looks = AccessEvent.objects.in_bulk([newest[actor] for actor in shown])
    return Lookers(
        people=[_looker(last_looks[newest[actor]], counts[actor]) for actor in shown],
        counted=sum(kinds.total() for kinds in counts.values()),
        is_cut=bool(beyond),
        more_people=len(newest) - len(shown),
    )


def names_of(looks: list[AccessEvent]) -> dict[uuid.UUID, str]:
    """Customers of a page of looks: portal id -> name. One query."""
    ids = {look.customer_id for look in looks if look.customer_id is not None}
    return {one.public_id: one.display_name for one in Customer.objects.filter(public_id__in=ids)} if ids else {}


def _of_kind(looks: QuerySet[AccessEvent], kind: str) -> QuerySet[AccessEvent]:
    return looks.filter(action__in=LOOK_KINDS[kind][1]) if kind in LOOK_KINDS else looks


def _looker(last: AccessEvent, kinds: Counter[str]) -> Looker:
    return Looker(
        actor=last.actor,
        actor_name=last.actor_name,
        count=kinds.total(),
        last_at=last.at,
        kinds=[(words, kinds[kind]) for kind, (words, _actions) in LOOK_KINDS.items() if kinds[kind]],
    )
