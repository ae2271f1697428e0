"""Which data key seals a record, and the keyed hash that search goes by."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from verifications import vault
from verifications.enums import KeyPurpose
from verifications.errors import SealedValueUnavailable
from verifications.models import DataKey


def customer_key(customer_id: int) -> str:
    """The customer's wrapped data key; raises ``SealedValueUnavailable`` once it was destroyed."""
    wrapped = DataKey.objects.filter(customer_id=customer_id).values_list("wrapped", flat=True).first()
    if wrapped is None:
        raise SealedValueUnavailable(_("This customer's key was destroyed; the sealed values can't be read any more."))
    return wrapped


def purpose_key(purpose: KeyPurpose) -> str:
    """The wrapped key of the installation or of search, made with the first migration."""
    wrapped = DataKey.objects.filter(purpose=purpose).values_list("wrapped", flat=True).first()
    if wrapped is None:
        raise SealedValueUnavailable(_("The installation's keys are missing. Run: python manage.py migrate"))
    return wrapped


def search_hash(value: str, *, purpose: str) -> str:
    """The keyed hash an exact search goes by; ``""`` for an empty value."""
    if not value.strip():
        return ""
    return vault.keyed_hash(value=value, wrapped_key=purpose_key(KeyPurpose.SEARCH), purpose=purpose)


def seal_context(record: object, field: str) -> str:
    """What a sealed value is bound to: its table, column and row."""
    return place_context(type(record), field, record.public_id)  # type: ignore[attr-defined]


def place_context(model: Any, field: str, public_id: object) -> str:
    """The same without the record at hand."""
    return f"{model._meta.db_table}.{field}:{public_id}"


def customer_keys(customer_ids: Collection[int]) -> dict[int, str]:
    """Customer -> wrapped data key; those whose key was destroyed are missing."""
    keys = DataKey.objects.filter(customer_id__in=customer_ids).values_list("customer_id", "wrapped")
    return {customer_id: wrapped for customer_id, wrapped in keys if customer_id is not None}
