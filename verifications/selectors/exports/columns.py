"""A column of an export, and the expressions that several kinds of records share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, F, Value, When
from django.db.models.functions import Coalesce, Concat, NullIf, Trim
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from verifications.enums import CustomerKind
from verifications.exporting.kinds import Kind


@dataclass(frozen=True)
class Column:
    """One column: ``name`` as it stands in the file, ``label`` and ``description`` for people.

    ``source`` is a path or an expression over the record. ``sensitive`` columns hold personal data: they come out by
    permission and purpose only, each record with its access event. ``is_sealed`` ones are opened on the way, and
    ``is_extracted`` marks the values a provider read, which are rows of their own.
    """

    name: str
    label: str | Promise
    description: str | Promise
    kind: Kind = Kind.TEXT
    source: Any = ""
    sensitive: bool = False
    is_sealed: bool = False
    is_extracted: bool = False

    @property
    def path(self) -> Any:
        return self.source or self.name


def text(name: str, label: str | Promise, description: str | Promise, source: Any = "") -> Column:
    return Column(name, label, description, Kind.TEXT, source)


def code(name: str, label: str | Promise, description: str | Promise, source: Any = "") -> Column:
    """One of the portal's own words: nobody else can put anything there."""
    return Column(name, label, description, Kind.CODE, source)


def time(name: str, label: str | Promise, description: str | Promise, source: Any = "") -> Column:
    return Column(name, label, description, Kind.TIME, source)


def record_id(name: str, label: str | Promise, description: str | Promise, source: Any = "public_id") -> Column:
    return Column(name, label, description, Kind.ID, source)


def personal(
    name: str, label: str | Promise, description: str | Promise, kind: Kind = Kind.TEXT, source: Any = ""
) -> Column:
    """A column of personal data that is stored as it is."""
    return Column(name, label, description, kind, source, sensitive=True)


def sealed(
    name: str, label: str | Promise, description: str | Promise, kind: Kind = Kind.TEXT, source: str = ""
) -> Column:
    """A column of personal data that is stored encrypted."""
    return Column(name, label, description, kind, source, sensitive=True, is_sealed=True)


def about_customer(path: str = "customer") -> tuple[Column, Column]:
    """Whom a record is about, without saying who that is."""
    return (
        text(
            "customer_reference", _("Customer"), _("The organisation's own id of the customer."), f"{path}__reference"
        ),
        record_id("customer_id", _("Customer id"), _("The portal's id of the customer."), f"{path}__public_id"),
    )


def customer_name(path: str = "customer") -> Column:
    """The name as lists show it."""
    parts = [Coalesce(F(f"{path}__{part}_name"), Value("")) for part in ("first", "middle", "last")]
    person = Concat(
        parts[0],
        Case(When(**{f"{path}__first_name": ""}, then=Value("")), default=Value(" ")),
        parts[1],
        Case(When(**{f"{path}__middle_name": ""}, then=Value("")), default=Value(" ")),
        parts[2],
        output_field=CharField(),
    )
    name = Case(
        When(**{f"{path}__kind": CustomerKind.BUSINESS}, then=F(f"{path}__business_name")),
        default=Trim(person),
        output_field=CharField(),
    )
    return personal("customer_name", _("Name"), _("The customer's name now."), Kind.TEXT, name)


def person_name(path: str) -> Any:
    """A colleague as lists name one: full name, else user name; nothing where nobody is."""
    full = Trim(Concat(F(f"{path}__first_name"), Value(" "), F(f"{path}__last_name"), output_field=CharField()))
    return Coalesce(NullIf(full, Value("")), F(f"{path}__username"), output_field=CharField())
