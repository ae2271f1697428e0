"""Exports as a list: whose a person may see, filters from the address, newest first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, QuerySet

from verifications.enums import ExportKind, ExportStatus
from verifications.models import Export
from verifications.selectors.paging import Page, keyset_page
from verifications.selectors.workload import MOST_PEOPLE, name_of_person

SEES_ALL = "verifications.view_auditevent"
"""Every export stands in the audit log: whoever reads that sees them all."""
ORDER = ("-id",)
_NUMBER = re.compile(r"[1-9]\d{0,8}", re.ASCII)


@dataclass(frozen=True)
class ExportFilter:
    """What stands in the address; what is empty does not filter."""

    kind: str = ""
    person: str = ""
    """Number of who asked for it."""
    state: str = ""

    @classmethod
    def read(cls, query: Mapping[str, Any]) -> ExportFilter:
        """Whatever is unknown there is left out."""
        found = {field.name: str(query.get(field.name, "")) for field in fields(cls)}
        return cls(**{name: value for name, value in found.items() if _may_be(name, value)})

    @property
    def is_filtered(self) -> bool:
        return any(vars(self).values())


def visible_exports(person: Any) -> QuerySet[Export]:
    """All of them for whoever may read the audit log, their own for everybody else; in no order."""
    exports = Export.objects.select_related("requested_by", "case")
    return exports if person.has_perm(SEES_ALL) else exports.filter(requested_by=person)


def exports_page(chosen: ExportFilter, person: Any, *, token: str) -> Page:
    """Newest first, with everything a row shows; the manifest stays where it is."""
    found = visible_exports(person).defer("manifest")
    if chosen.kind:
        found = found.filter(kind=chosen.kind)
    if chosen.person:
        found = found.filter(requested_by_id=int(chosen.person))
    if chosen.state:
        found = found.filter(status=chosen.state)
    return keyset_page(found, order=ORDER, token=token)


def people_with_exports() -> list[tuple[str, str]]:
    """Who ever asked for one: number and name, for the filter."""
    own = Export.objects.filter(requested_by=OuterRef("pk"))
    people = get_user_model().objects.filter(Exists(own)).order_by("first_name", "last_name", "pk")
    return [(str(person.pk), name_of_person(person)) for person in people[:MOST_PEOPLE]]


def _may_be(name: str, value: str) -> bool:
    match name:
        case "kind":
            return value in ExportKind.values
        case "state":
            return value in ExportStatus.values
    return bool(_NUMBER.fullmatch(value))
