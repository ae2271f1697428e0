"""Texts that a page shows in clear: notes, what was written to a customer. The page logs that it was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from verifications import vault
from verifications.errors import SealedValueUnavailable
from verifications.selectors.keys import customer_key, seal_context


def clear_texts(customer_id: int, records: Sequence[Any], *fields: str) -> list[tuple[str, ...]]:
    """The sealed texts of one customer's records, with one look at the key; empty ones once it was destroyed."""
    if not records:
        return []
    try:
        key = customer_key(customer_id)
    except SealedValueUnavailable:
        return [("",) * len(fields)] * len(records)
    return [tuple(_clear(record, field, key) for field in fields) for record in records]


def _clear(record: Any, field: str, key: str) -> str:
    sealed = getattr(record, field)
    if sealed is None:
        return ""
    return vault.unseal(token=sealed.token, wrapped_key=key, context=seal_context(record, field)).decode()
