"""Which data key seals a record, and the keyed hash that search goes by."""

from __future__ import annotations

from verifications import vault
from verifications.enums import KeyPurpose
from verifications.errors import SealedValueUnavailable
from verifications.models import DataKey


def customer_key(customer_id: int) -> str:
    """The customer's wrapped data key; raises ``SealedValueUnavailable`` once it was destroyed."""
    wrapped = DataKey.objects.filter(customer_id=customer_id).values_list("wrapped", flat=True).first()
    if wrapped is None:
        raise SealedValueUnavailable("This customer's key was destroyed; the sealed values can't be read any more.")
    return wrapped


def purpose_key(purpose: KeyPurpose) -> str:
    """The wrapped key of the installation or of search, made with the first migration."""
    wrapped = DataKey.objects.filter(purpose=purpose).values_list("wrapped", flat=True).first()
    if wrapped is None:
        raise SealedValueUnavailable("The installation's keys are missing. Run: python manage.py migrate")
    return wrapped


def search_hash(value: str, *, purpose: str) -> str:
    """The keyed hash an exact search goes by; ``""`` for an empty value."""
    if not value.strip():
        return ""
    return vault.keyed_hash(value=value, wrapped_key=purpose_key(KeyPurpose.SEARCH), purpose=purpose)
