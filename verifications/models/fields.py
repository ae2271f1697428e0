"""``SealedField``: a column whose attribute can be shown but not read.

The stored text is ``<ciphertext base64>.<mask>``. Reading the attribute gives a ``Sealed``, whose ``str()`` is the
mask, so that a template, a log line or a serialiser cannot leak the value. Assigning anything but a ``Sealed`` (made by
``services.sealed_values.seal``) is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NoReturn

from django.db import models
from django.db.models.query_utils import DeferredAttribute


@dataclass(frozen=True)
class Sealed:
    """A sealed value: ``mask`` to show, ``token`` for the vault."""

    mask: str
    token: str = field(repr=False)

    def __str__(self) -> str:
        return self.mask

    def __repr__(self) -> str:
        return f"<Sealed {self.mask}>"

    def __format__(self, spec: str) -> str:
        return format(self.mask, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A sealed value does not travel: pass the record's id and open it where it is needed.")


class SealedAttribute(DeferredAttribute):
    """Refuses plain text the moment it is assigned, so that it never stands on a record that a page could show."""

    def __set__(self, instance: models.Model, value: object) -> None:
        if value is not None and not isinstance(value, Sealed):
            raise TypeError(f"{self.field.name} takes a sealed value only.")
        instance.__dict__[self.field.attname] = value


class SealedField(models.TextField):
    """Ciphertext and mask in one text column; see the module's text."""

    descriptor_class = SealedAttribute
    empty_strings_allowed = False

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> Sealed | None:
        return self._parse(value)

    def to_python(self, value: Any) -> Sealed | None:
        if value is None or isinstance(value, Sealed):
            return value
        raise TypeError(f"{self.name} takes a sealed value only.")

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError(f"{self.name} takes a sealed value only.")
        return f"{value.token}.{value.mask}"

    def value_to_string(self, obj: models.Model) -> str:
        """What ``dumpdata`` writes: the ciphertext as stored, never the value."""
        return self.get_prep_value(self.value_from_object(obj)) or ""

    @staticmethod
    def _parse(value: str | None) -> Sealed | None:
        if not value:
            return None
        token, _, mask = value.partition(".")
        return Sealed(mask=mask, token=token)
