"""Customers, verifications, accounts and logs as lists."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, TypedDict

from django.db.models import Max, Q, QuerySet

from verifications.enums import VerificationMethod
from verifications.models import (
    AccessEvent,
    ApiKeyLane,
    AuditEvent,
    Case,
    Customer,
    ProviderAccount,
    ProviderCall,
    ProviderUser,
    Verification,
    VerificationSession,
)
from verifications.names import fold_name
from verifications.selectors.keys import search_hash
from verifications.selectors.paging import Page, keyset_page

MOST_FOUND = 50


class Hits(TypedDict):
    customers: list[Customer]
    verifications: list[Verification]
    cases: list[Case]


def customers_for_list(*, token: str) -> Page:
    return keyset_page(Customer.objects.all(), order=("-id",), token=token)


def verifications_for_list(*, status: str, provider: str, token: str) -> Page:
    """Newest first, with what a row shows in one query."""
    verifications = Verification.objects.select_related("customer", "account")
    if status:
        verifications = verifications.filter(status=status)
    if provider:
        verifications = verifications.filter(account__kind=provider)
    return keyset_page(verifications, order=("-id",), token=token)


def audit_events_for_list(*, action: str, actor: str, customer: str, token: str) -> Page:
    events: QuerySet[AuditEvent] = AuditEvent.objects.all()
    if action:
        events = events.filter(action=action)
    return keyset_page(_about(events, actor, customer), order=("-id",), token=token)


def access_events_for_list(*, action: str, actor: str, customer: str, token: str) -> Page:
    events: QuerySet[AccessEvent] = AccessEvent.objects.all()
    if action:
        events = events.filter(action=action)
    return keyset_page(_about(events, actor, customer), order=("-id",), token=token)


def timeline_of(customer: Customer, *, limit: int = 60) -> list[AuditEvent]:
    """What happened to a customer, newest first."""
    return list(AuditEvent.objects.filter(customer_id=customer.public_id).order_by("-id")[:limit])


def calls_of(verification: Verification, *, limit: int = 100) -> list[ProviderCall]:
    """Every call that speaks of the verification or, since its submission, of its provider user; newest first."""
    about = Q(verification=verification)
    if verification.submitted_at is not None and verification.provider_user_id is not None:
        about |= Q(provider_user=verification.provider_user, created_at__gte=verification.submitted_at)
    if verification.method == VerificationMethod.LINK:
        about |= Q(link__verification=verification)
    return list(ProviderCall.objects.filter(about).select_related("account").order_by("-id")[:limit])


def accounts_for_list() -> QuerySet[ProviderAccount]:
    return ProviderAccount.objects.order_by("name")


def pipelined_after(account: ProviderAccount, *, now: dt.datetime) -> dt.datetime | None:
    """Until when an account's keys take one call after another, because too many nonces were refused."""
    lanes = ApiKeyLane.objects.filter(
        key_id__in={account.key_id, account.upload_key_id} - {""}, pipelined_after__gt=now
    )
    return lanes.aggregate(until=Max("pipelined_after"))["until"]


def search(query: str) -> Hits:
    """Find by id of ours or a provider's, reference, exact document number, e-mail or phone, or part of a name.

    Sealed values are found by their keyed hash; nothing is decrypted.
    """
    text = query.strip()[:200].replace("\x00", "")
    if not text:
        return {"customers": [], "verifications": [], "cases": []}
    exact = _exact_hits(text, _as_uuid(text))
    if any(exact.values()):
        return exact
    folded = fold_name(text)
    named = Customer.objects.filter(search_name__contains=folded) if len(folded) >= 2 else Customer.objects.none()
    return {"customers": list(named.order_by("-id")[:MOST_FOUND]), "verifications": [], "cases": []}


def _exact_hits(text: str, public_id: uuid.UUID | None) -> Hits:
    """What one id, reference, number, e-mail or phone leads to; every look-up goes by an index of its own."""
    customer_ids: set[int] = set(_customers_by_provider_reference(text))
    for condition in (
        Q(reference__in={text, text.lower(), text.upper()}),
        Q(email_hash=search_hash(text, purpose="email")),
        Q(phone_hash=search_hash(text, purpose="phone")),
        Q(public_id=public_id),
    ):
        customer_ids.update(Customer.objects.filter(condition).values_list("pk", flat=True)[:MOST_FOUND])
    verification_ids: set[int] = set()
    for condition in (
        Q(provider_reference=text),
        Q(external_verification_id=text),
        Q(document_number_hash=search_hash(text, purpose="document_number")),
        Q(public_id=public_id),
    ):
        verification_ids.update(Verification.objects.filter(condition).values_list("pk", flat=True)[:MOST_FOUND])
    for condition in (Q(provider_reference=text), Q(public_id=public_id)):
        sessions = VerificationSession.objects.filter(condition)
        verification_ids.update(sessions.values_list("verification_id", flat=True)[:MOST_FOUND])
    verifications = Verification.objects.filter(pk__in=verification_ids).select_related("customer", "account")
    return {
        "customers": list(Customer.objects.filter(pk__in=customer_ids).order_by("-id")[:MOST_FOUND]),
        "verifications": list(verifications.order_by("-id")[:MOST_FOUND]),
        "cases": _cases_by_number(text, public_id),
    }


def _customers_by_provider_reference(text: str) -> list[int]:
    users = ProviderUser.objects.filter(Q(provider_reference=text) | Q(external_reference=text))
    return list(users.values_list("customer_id", flat=True)[:MOST_FOUND])


def _cases_by_number(text: str, public_id: uuid.UUID | None) -> list[Case]:
    digits = text.upper().removeprefix("CASE-")
    if public_id is not None:
        return list(Case.objects.filter(public_id=public_id).select_related("customer"))
    if text.upper().startswith("CASE-") and digits.isdecimal() and len(digits) < 18:
        return list(Case.objects.filter(pk=int(digits)).select_related("customer"))
    return []


def _about(events: QuerySet[Any], actor: str, customer: str) -> QuerySet[Any]:
    if actor:
        events = events.filter(actor=actor)
    if customer:
        public_id = _as_uuid(customer)
        events = events.filter(customer_id=public_id) if public_id else events.none()
    return events


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
