"""Opens sealed values of one customer for the time of one assessment. For comparing and hashing, never to show."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from verifications import vault
from verifications.errors import SealedValueUnavailable
from verifications.models import Sealed
from verifications.selectors.keys import customer_key, seal_context


class Opener:
    """One look at the customer's key, at the first value; what can't be opened any more is empty."""

    def __init__(self, customer_id: int) -> None:
        self._customer_id = customer_id
        self._wrapped: str | None = None

    def text(self, record: Any, field: str) -> str:
        """A sealed column in clear."""
        sealed = getattr(record, field)
        if sealed is None:
            return ""
        try:
            context = seal_context(record, field)
            return vault.unseal(token=sealed.token, wrapped_key=self._key(), context=context).decode()
        except SealedValueUnavailable:
            return ""

    def any_text(self, record: Any, field: str) -> str:
        """A column in clear, sealed or not; ``""`` for one that the record lacks."""
        value = getattr(record, field, None)
        if isinstance(value, Sealed):
            return self.text(record, field)
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return "" if value is None else str(value)

    def hash(self, values: list[list[str]], *, purpose: str) -> str:
        """A hash of the values under the customer's key: nobody can guess them from it. ``""`` without the key."""
        digest = hashlib.sha256(json.dumps(values, separators=(",", ":")).encode()).hexdigest()
        try:
            return vault.keyed_hash(value=digest, wrapped_key=self._key(), purpose=purpose)
        except SealedValueUnavailable:
            return ""

    def _key(self) -> str:
        if self._wrapped is None:
            self._wrapped = customer_key(self._customer_id)
        return self._wrapped
