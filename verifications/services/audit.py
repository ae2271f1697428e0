"""The one entry point of both logs. Called inside the transaction of the change or look it speaks of."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models, transaction

from verifications import context
from verifications.enums import AccessAction, AuditAction, LogKind
from verifications.integrity.entries import commit
from verifications.marking import gettext_noop
from verifications.models import AccessEvent, AuditEvent, Customer, ProviderAccount

SYSTEM_NAMES = {
    "system:delivery": gettext_noop("Delivery worker"),
    "system:schedule": gettext_noop("Schedule"),
    "system:exports": gettext_noop("Export worker"),
    "system:setup": gettext_noop("First start"),
    "system:command": gettext_noop("Command line"),
    "anonymous": gettext_noop("Not signed in"),
    "customer": gettext_noop("Customer"),
}


class AuditOutsideTransaction(RuntimeError):
    """An event was written outside a transaction: the change it speaks of could stand without it."""


def record_event(
    *,
    action: AuditAction,
    actor: str,
    subject: models.Model | None,
    at: dt.datetime,
    details: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Append to the record log. ``details`` takes ids, hashes and states only.

    Raises ``AuditOutsideTransaction`` when no transaction is open, so that no event can part from its change.
    """
    return AuditEvent.objects.create(
        action=action, reason=reason[:500], details=details or {}, **_about(actor=actor, subject=subject, at=at)
    )


def record_access(
    *,
    action: AccessAction,
    actor: str,
    subject: models.Model | None,
    at: dt.datetime,
    purpose: str = "",
    field: str = "",
    details: dict[str, Any] | None = None,
) -> AccessEvent:
    """Append to the access log: one row for every value, image or original that leaves the server."""
    return AccessEvent.objects.create(
        action=action,
        purpose=purpose,
        field=field,
        details=details or {},
        **_about(actor=actor, subject=subject, at=at),
    )


@dataclass(frozen=True)
class Seen:
    """A record that was looked at, without the record: the name of its model, its id, its customer's public id."""

    subject_type: str
    subject_id: str
    customer_id: uuid.UUID | None


def record_many_accesses(
    *, action: AccessAction, actor: str, seen: Sequence[Seen], at: dt.datetime, purpose: str, details: dict[str, Any]
) -> None:
    """``record_access`` for many records of one look, in one statement: a row for each."""
    about = _about(actor=actor, subject=None, at=at)
    rows = [AccessEvent(action=action, purpose=purpose, details=details, **(about | vars(one))) for one in seen]
    for row in rows:
        commit(LogKind.ACCESS, row)
    AccessEvent.objects.bulk_create(rows)


def _about(*, actor: str, subject: models.Model | None, at: dt.datetime) -> dict[str, Any]:
    if not transaction.get_connection().in_atomic_block:
        raise AuditOutsideTransaction("Log events are written inside the transaction of what they speak of.")
    now = context.current()
    return {
        "at": at,
        "actor": actor,
        "actor_name": now.actor_name if now.actor == actor and now.actor_name else name_of(actor),
        "subject_type": type(subject).__name__ if subject is not None else "",
        "subject_id": str(getattr(subject, "public_id", None) or subject.pk) if subject is not None else "",
        "customer_id": _customer_public_id(subject),
        "request_id": now.request_id,
        "source": now.source,
    }


def _customer_public_id(subject: models.Model | None) -> uuid.UUID | None:
    if isinstance(subject, Customer):
        return subject.public_id
    customer = getattr(subject, "customer", None)
    return customer.public_id if isinstance(customer, Customer) else None


def name_of(actor: str) -> str:
    """The actor in words: a person's name, a provider account's, or what part of the portal acted."""
    if actor.startswith("user:"):
        user = get_user_model().objects.filter(pk=actor.removeprefix("user:")).first()
        return (user.get_full_name() or user.get_username()) if user else actor
    if actor.startswith("provider:"):
        account = ProviderAccount.objects.filter(public_id=actor.removeprefix("provider:")).first()
        return account.name if account else actor
    return SYSTEM_NAMES.get(actor, actor)
