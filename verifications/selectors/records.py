"""Customers, verifications, accounts and logs as lists."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import Max, Q, QuerySet

from verifications.enums import VerificationMethod
from verifications.models import (
    AccessEvent,
    ApiKeyLane,
    AuditEvent,
    Customer,
    ProviderAccount,
    ProviderCall,
    Verification,
)
from verifications.selectors.paging import Page, keyset_page


def customers_for_list(*, token: str) -> Page:
    return keyset_page(Customer.objects.all(), order=("-id",), token=token)


def matching_verifications(*, status: str, provider: str) -> QuerySet[Verification]:
    """Verifications that pass the filters, in no order."""
    verifications = Verification.objects.all()
    if status:
        verifications = verifications.filter(status=status)
    if provider:
        verifications = verifications.filter(account__kind=provider)
    return verifications


def verifications_for_list(*, status: str, provider: str, token: str) -> Page:
    """Newest first, with what a row shows in one query."""
    verifications = matching_verifications(status=status, provider=provider).select_related("customer", "account")
    return keyset_page(verifications, order=("-id",), token=token)


def matching_audit_events(*, action: str, actor: str, customer: str) -> QuerySet[AuditEvent]:
    """Entries of the record log that pass the filters, in no order."""
    events: QuerySet[AuditEvent] = AuditEvent.objects.all()
    if action:
        events = events.filter(action=action)
    return _about(events, actor, customer)


def matching_access_events(*, action: str, actor: str, customer: str) -> QuerySet[AccessEvent]:
    """The same of the access log."""
    events: QuerySet[AccessEvent] = AccessEvent.objects.all()
    if action:
        events = events.filter(action=action)
    return _about(events, actor, customer)


def audit_events_for_list(*, action: str, actor: str, customer: str, token: str) -> Page:
    events = matching_audit_events(action=action, actor=actor, customer=customer)
    return keyset_page(events, order=("-id",), token=token)


def access_events_for_list(*, action: str, actor: str, customer: str, token: str) -> Page:
    events = matching_access_events(action=action, actor=actor, customer=customer)
    return keyset_page(events, order=("-id",), token=token)


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


def _about(events: QuerySet[Any], actor: str, customer: str) -> QuerySet[Any]:
    if actor:
        events = events.filter(actor=actor)
    if customer:
        public_id = as_uuid(customer)
        events = events.filter(customer_id=public_id) if public_id else events.none()
    return events


def as_uuid(text: str) -> uuid.UUID | None:
    """What was typed as a portal id; ``None`` when it is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
