"""The filters of the queue: read from an address, written back to one, and described in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from verifications.enums import (
    CaseKind,
    CaseRisk,
    CaseState,
    ProviderAnswer,
    ProviderKind,
    VerificationMethod,
)

Choices = list[tuple[str, Any]]
VIEWS: dict[str, Promise] = {
    "": _("All open"),
    "mine": _("My cases"),
    "unassigned": _("Unassigned"),
    "due": _("Due today"),
    "overdue": _("Overdue"),
    "second": _("Second approval"),
    "problems": _("Provider problems"),
    "high": _("High risk"),
    "closed": _("Closed"),
}
AGES: dict[str, tuple[Promise, int, int | None]] = {
    "1": (_("1 day and older"), 1, None),
    "3": (_("3 days and older"), 3, None),
    "7": (_("7 days and older"), 7, None),
    "30": (_("30 days and older"), 30, None),
    "0-1": (_("under 1 day"), 0, 1),
    "1-3": (_("1 to 3 days"), 1, 3),
    "3-7": (_("3 to 7 days"), 3, 7),
    "7-30": (_("7 to 30 days"), 7, 30),
}
"""Age since a case was opened -> its words, and the days it lies between."""
DUES: dict[str, Promise] = {
    "overdue": _("overdue"),
    "today": _("today"),
    "soon": _("in the next 24 hours"),
    "paused": _("paused"),
}
SORTS: dict[str, Promise] = {
    "": _("soonest due first"),
    "newest": _("newest first"),
    "priority": _("most urgent first"),
}
COLUMNS: dict[str, Promise] = {
    "country": _("Country"),
    "check": _("Check"),
    "kind": _("Kind"),
    "state": _("State"),
    "answer": _("Provider answer"),
    "risk": _("Risk"),
    "priority": _("Priority"),
    "owner": _("Owner"),
    "opened": _("Opened"),
    "due": _("Due"),
}
"""Columns a person may choose, in the order they stand in; case and customer always show."""
STANDARD_COLUMNS = ("country", "check", "state", "answer", "risk", "owner", "due")
LABELS: dict[str, Promise] = {
    "state": _("State"),
    "risk": _("Risk"),
    "provider": _("Provider"),
    "method": _("Method"),
    "country": _("Country"),
    "owner": _("Owner"),
    "kind": _("Kind"),
    "answer": _("Provider answer"),
    "age": _("Age"),
    "due": _("Due"),
    "find": _("Text"),
}
"""What shows as a chip, in this order."""
_COUNTRY = re.compile(r"[A-Z]{2}")
_OWNER = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_KEY = re.compile(r"[\w-]{8,40}", re.ASCII)


def choices_of(name: str) -> Choices:
    """What may be chosen for a filter, each with its label; a country and a person are not listed here."""
    match name:
        case "state":
            return [choice for choice in CaseState.choices if choice[0] != CaseState.CLOSED]
        case "risk":
            return CaseRisk.choices
        case "provider":
            return ProviderKind.choices
        case "method":
            return VerificationMethod.choices
        case "kind":
            return CaseKind.choices
        case "answer":
            return ProviderAnswer.choices
        case "age":
            return [(value, label) for value, (label, _from, _to) in AGES.items()]
        case "due":
            return list(DUES.items())
        case "sort":
            return list(SORTS.items())
    raise KeyError(name)


@dataclass(frozen=True)
class Chip:
    """A filter that is on: its words, and the address of the same list without it."""

    label: Promise
    value: Any
    url: str


@dataclass(frozen=True)
class QueueFilter:
    """What is shown of the queue, as it stands in the address; what is empty does not filter."""

    view: str = ""
    """A key of ``VIEWS``."""
    state: tuple[str, ...] = ()
    risk: str = ""
    provider: str = ""
    method: str = ""
    country: str = ""
    owner: str = ""
    """``none``, ``me``, or the number of a person."""
    kind: str = ""
    answer: str = ""
    age: str = ""
    """A key of ``AGES``."""
    due: str = ""
    """A key of ``DUES``."""
    find: str = ""
    """The key under which the session keeps a text: no text stands in an address."""
    sort: str = ""
    """A key of ``SORTS``; closed cases are always newest first."""
    columns: tuple[str, ...] = ()
    """Of a saved view: shown instead of the person's own."""

    @classmethod
    def read(cls, query: Mapping[str, Any]) -> QueueFilter:
        """From an address or a saved view; whatever is unknown there is left out."""
        return cls(**{field.name: _known(field.name, _values(query, field.name)) for field in fields(cls)})

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Names and values as they stand in an address, in one order."""
        for field in fields(self):
            value = getattr(self, field.name)
            yield from ((field.name, one) for one in ([value] if isinstance(value, str) else value) if one)

    @property
    def query(self) -> str:
        return urlencode(list(self.pairs()))

    @property
    def url(self) -> str:
        return f"?{self.query}"

    @property
    def is_filtered(self) -> bool:
        return any(getattr(self, name) for name in LABELS)

    @property
    def order(self) -> tuple[str, ...]:
        if self.view == "closed":
            return ("-closed_at", "-id")
        if self.sort == "newest":
            return ("-opened_at", "-id")
        if self.sort == "priority":
            return ("priority", "opened_at", "id")
        return ("due_at", "id")

    def having(self, **changes: Any) -> QueueFilter:
        return replace(self, **changes)

    def bare(self) -> QueueFilter:
        """The same view, order and columns without any filter."""
        return QueueFilter(view=self.view, sort=self.sort, columns=self.columns)

    def to_save(self, *, with_columns: tuple[str, ...] = ()) -> dict[str, str | list[str]]:
        """What a saved view keeps: not the text, which belongs to one person's session."""
        kept = self.having(find="", columns=with_columns)
        values = {field.name: getattr(kept, field.name) for field in fields(kept)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}

    def chips(self, *, owner: str = "", text: str = "") -> list[Chip]:
        """One for each filter that is on. ``owner`` is the name of the person, ``text`` what the key stands for."""
        found = []
        for name, label in LABELS.items():
            value = getattr(self, name)
            if name == "state":
                labels = dict(choices_of("state"))
                for one in value:
                    rest = tuple(other for other in value if other != one)
                    found.append(Chip(label, labels[one], self.having(state=rest).url))
            elif value:
                found.append(Chip(label, self._words(name, value, owner, text), self.having(**{name: ""}).url))
        return found

    @staticmethod
    def _words(name: str, value: str, owner: str, text: str) -> Any:
        if name == "country":
            return value
        if name == "find":
            return text or "…"
        if name == "owner":
            return {"none": _("nobody"), "me": _("me")}.get(value) or owner or f"#{value}"
        return dict(choices_of(name))[value]


def _values(query: Mapping[str, Any], name: str) -> list[str]:
    getlist = getattr(query, "getlist", None)
    found = getlist(name) if getlist else query.get(name, [])
    several = found if isinstance(found, list) else [found]
    return [one[:40] for one in several[:40] if isinstance(one, str)]


def _known(name: str, values: list[str]) -> Any:
    """The last value that may be chosen, or all of them where several may."""
    if name in {"state", "columns"}:
        known = [value for value, _label in choices_of("state")] if name == "state" else list(COLUMNS)
        return tuple(one for one in known if one in values)
    value = values[-1].strip() if values else ""
    value = value.upper() if name == "country" else value
    return value if _may_be(name, value) else ""


def _may_be(name: str, value: str) -> bool:
    match name:
        case "view":
            return value in VIEWS
        case "country":
            return bool(_COUNTRY.fullmatch(value))
        case "owner":
            return value in {"none", "me"} or bool(_OWNER.fullmatch(value))
        case "find":
            return bool(_KEY.fullmatch(value))
    return value in dict(choices_of(name))
