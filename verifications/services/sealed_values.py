"""Sealing and revealing of values that are stored encrypted.

``reveal`` is the one way a person gets to see a value, and it leaves an access event in the same transaction. The
worker opens what a provider call needs through ``open_value``; the call's own row is the trace of that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db import connections, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from verifications import vault
from verifications.enums import AccessAction, KeyPurpose, RevealPurpose
from verifications.errors import NotAllowed
from verifications.models import (
    Customer,
    DataKey,
    KycLink,
    ProviderAccount,
    ProviderCall,
    ProviderToken,
    Sealed,
    SealedField,
    VerificationSession,
)
from verifications.selectors.keys import customer_key, customer_keys, purpose_key, seal_context
from verifications.services.audit import record_access

WRITE_ONLY = frozenset(
    {
        (ProviderAccount, "secret"),
        (ProviderAccount, "webhook_secret"),
        (ProviderAccount, "upload_secret"),
        (ProviderCall, "request_exact"),
        (ProviderToken, "value"),
        (VerificationSession, "start_token"),
        (VerificationSession, "handover_token"),
        (KycLink, "url"),
    }
)
"""Columns that never come out by ``reveal``, whatever the purpose; a customer's address has services of its own."""


class SealedRecord(Protocol):
    """A row with sealed columns: it has a public id, and says whose key seals it."""

    @property
    def public_id(self) -> object: ...

    @property
    def sealing_customer_id(self) -> int | None: ...


def ensure_installation_keys(using: str = "default", **_kwargs: object) -> None:
    """Make the keys of the installation and of search, once; connected to ``post_migrate``."""
    if DataKey._meta.db_table not in connections[using].introspection.table_names():
        return  # migrated back to before the first tables
    for purpose in (KeyPurpose.INSTALLATION, KeyPurpose.SEARCH):
        DataKey.objects.using(using).get_or_create(
            purpose=purpose, defaults={"wrapped": vault.new_wrapped_key(), "created_at": timezone.now()}
        )


def make_customer_key(*, customer: Customer, at: dt.datetime) -> DataKey:
    """Give a new customer a data key. Called once, in the transaction that creates the customer."""
    return DataKey.objects.create(
        purpose=KeyPurpose.CUSTOMER, customer=customer, wrapped=vault.new_wrapped_key(), created_at=at
    )


def seal(record: SealedRecord, field: str, value: str | bytes | None, *, mask: str) -> None:
    """Set ``record.field`` to the sealed value, or to nothing when the value is empty; the caller saves."""
    if value is None or value in ("", b""):
        setattr(record, field, None)
        return
    plaintext = value.encode() if isinstance(value, str) else value
    token = vault.seal(plaintext=plaintext, wrapped_key=_wrapped_key(record), context=_context(record, field))
    setattr(record, field, Sealed(mask=mask, token=token))


def open_value(record: SealedRecord, field: str) -> str:
    """The value in clear, ``""`` when there is none. For the worker and for forms that edit it; never for a page."""
    return open_bytes(record, field).decode()


def open_bytes(record: SealedRecord, field: str) -> bytes:
    """As ``open_value``, for bodies that need not be text."""
    sealed = getattr(record, field)
    if sealed is None:
        return b""
    return vault.unseal(token=sealed.token, wrapped_key=_wrapped_key(record), context=_context(record, field))


def open_many(records: Sequence[SealedRecord], field: str) -> list[str]:
    """``open_value`` for records of one customer: one look at the key, however many they are."""
    if not records:
        return []
    wrapped = _wrapped_key(records[0])
    texts = []
    for record in records:
        sealed = getattr(record, field)
        context = _context(record, field)
        opened = vault.unseal(token=sealed.token, wrapped_key=wrapped, context=context) if sealed else b""
        texts.append(opened.decode())
    return texts


@dataclass(frozen=True)
class SealedCell:
    """A sealed value without its record: whose key seals it, and the place it is bound to (``keys.place_context``)."""

    customer_id: int
    place: str
    sealed: Sealed | None


def open_cells(cells: Iterable[SealedCell]) -> list[str | None]:
    """Values of many customers in clear, with one look at their keys; for exports, which record each.

    ``None`` where there is no value, or where the customer's key was destroyed. Raises ``SealedValueUnavailable`` for
    a value that was altered.
    """
    cells = list(cells)
    keys = customer_keys({cell.customer_id for cell in cells if cell.sealed is not None})
    return [_opened_cell(cell, keys.get(cell.customer_id)) for cell in cells]


@transaction.atomic
def reveal(*, record: models.Model, field: str, purpose: str, actor: str, at: dt.datetime) -> str:
    """The value in clear for a person, with its access event in the same transaction.

    Raises ``NotAllowed`` for a column that is not sealed or never shown, or a purpose that is not listed.
    """
    if purpose not in RevealPurpose.values:
        raise NotAllowed(_("Choose what the value is needed for."))
    if field not in sealed_columns(type(record)) or (type(record), field) in WRITE_ONLY:
        raise NotAllowed(_("This value can't be revealed."))
    value = open_bytes(record, field).decode(errors="replace")  # type: ignore[arg-type]  # an answer may be anything
    record_access(action=AccessAction.VALUE_REVEALED, actor=actor, subject=record, at=at, purpose=purpose, field=field)
    return value


def sealed_columns(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.name for field in model._meta.get_fields() if isinstance(field, SealedField))


def _opened_cell(cell: SealedCell, wrapped: str | None) -> str | None:
    if cell.sealed is None or wrapped is None:
        return None
    return vault.unseal(token=cell.sealed.token, wrapped_key=wrapped, context=cell.place).decode()


def _context(record: SealedRecord, field: str) -> str:
    return seal_context(record, field)


def _wrapped_key(record: SealedRecord) -> str:
    customer_id = record.sealing_customer_id
    return purpose_key(KeyPurpose.INSTALLATION) if customer_id is None else customer_key(customer_id)
