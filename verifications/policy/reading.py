"""Reads a tree of JSON and collects everything that is wrong with it, each with the place where it stands."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from verifications.errors import DomainError
from verifications.marking import Filled, gettext_noop

_ONE_WRONG = gettext_noop("Not a policy yet: %(count)s place needs attention. Nothing was changed.")
_SOME_WRONG = gettext_noop("Not a policy yet: %(count)s places need attention. Nothing was changed.")


@dataclass(frozen=True)
class PolicyProblem:
    """One wrong place: ``rules[2].when.countries[0]`` and what is wrong there, marked for translation."""

    path: str
    message: str


class PolicyProblems(DomainError):
    """The data is no policy; ``problems`` names every wrong place. Nothing was changed."""

    def __init__(self, problems: Sequence[PolicyProblem]) -> None:
        super().__init__(Filled(_ONE_WRONG if len(problems) == 1 else _SOME_WRONG, count=len(problems)))
        self.problems = tuple(problems)


class Reader:
    """Each method gives a usable value whatever it finds, so that one reading names all problems."""

    def __init__(self) -> None:
        self.problems: list[PolicyProblem] = []

    def problem(self, path: str, message: str) -> None:
        self.problems.append(PolicyProblem(path, message))

    def check(self) -> None:
        """Raise PolicyProblems when anything was wrong so far."""
        if self.problems:
            raise PolicyProblems(self.problems)

    def members(
        self, data: object, path: str, *, needed: Collection[str] = (), allowed: Collection[str] = ()
    ) -> dict[str, object]:
        """The known members of an object, ``None`` for each that is needed and missing."""
        if not isinstance(data, dict):
            self._wrong(data, path, gettext_noop("Must be an object with named members."))
            return dict.fromkeys(needed)
        for name in data:
            if name not in needed and name not in allowed:
                self.problem(_join(path, _shown(name)), gettext_noop("Is not a member of a policy. Is it misspelt?"))
        for name in needed:
            if name not in data:
                self.problem(_join(path, name), gettext_noop("Is missing."))
        known = {name: data[name] for name in (*needed, *allowed) if name in data}
        return {**dict.fromkeys(needed), **known}

    def items(self, data: object, path: str, *, most: int) -> list[tuple[str, object]]:
        """The items of a list with the path of each."""
        if not isinstance(data, list):
            self._wrong(data, path, gettext_noop("Must be a list."))
            return []
        if len(data) > most:
            self.problem(path, Filled(gettext_noop("Must hold at most %(most)s items."), most=most))
        return [(f"{path}[{index}]", item) for index, item in enumerate(data[:most])]

    def flag(self, data: object, path: str) -> bool:
        if not isinstance(data, bool):
            self._wrong(data, path, gettext_noop("Must be true or false."))
            return False
        return data

    def number(self, data: object, path: str, *, least: float, most: float) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self._wrong(data, path, gettext_noop("Must be a number."))
            return least
        if not least <= data <= most:
            bounds = {"least": f"{least:g}", "most": f"{most:g}"}
            self.problem(path, Filled(gettext_noop("Must be from %(least)s to %(most)s."), **bounds))
            return least
        return data

    def whole(self, data: object, path: str, *, least: int, most: int) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self._wrong(data, path, gettext_noop("Must be a whole number."))
            return least
        return int(self.number(data, path, least=least, most=most))

    def text(self, data: object, path: str, *, most: int) -> str:
        if not isinstance(data, str) or not data.strip() or not data.isprintable() or len(data) > most:
            wanted = gettext_noop("Must be a text on one line of at most %(most)s characters.")
            self._wrong(data, path, Filled(wanted, most=most))
            return "-"
        return data

    def shaped(self, data: object, path: str, *, pattern: re.Pattern[str], wanted: str) -> str:
        """A text of the shape ``pattern``; ``wanted`` says of what shape it must be."""
        if not isinstance(data, str) or pattern.fullmatch(data) is None:
            self._wrong(data, path, wanted)
            return ""
        return data

    def words(self, data: object, path: str, *, known: Collection[str]) -> tuple[str, ...]:
        """At least one word, each of ``known``."""
        found: list[str] = []
        for place, item in self._some(data, path):
            if not isinstance(item, str) or item not in known:
                self.problem(place, Filled(gettext_noop("Must be one of %(known)s."), known=tuple(known)))
            else:
                self._once(found, item, place)
        return tuple(found)

    def codes(self, data: object, path: str, *, pattern: re.Pattern[str], wanted: str) -> tuple[str, ...]:
        """At least one text of the shape ``pattern``."""
        found: list[str] = []
        for place, item in self._some(data, path):
            if code := self.shaped(item, place, pattern=pattern, wanted=wanted):
                self._once(found, code, place)
        return tuple(found)

    def date(self, data: object, path: str) -> dt.date | None:
        """A date as in ``2027-12-24``; other spellings that ISO 8601 knows are refused."""
        try:
            found = dt.date.fromisoformat(data) if isinstance(data, str) else None
        except ValueError:
            found = None
        if found is None or found.isoformat() != data:
            self.problem(path, gettext_noop("Must be a date, as in 2027-12-24."))
            return None
        return found

    def _some(self, data: object, path: str) -> list[tuple[str, object]]:
        if isinstance(data, list) and not data:
            self.problem(path, gettext_noop("Must name at least one. Leave it out where it does not matter."))
        return self.items(data, path, most=300)

    def _once(self, found: list[str], item: str, place: str) -> None:
        if item in found:
            self.problem(place, gettext_noop("Is named twice."))
        else:
            found.append(item)

    def _wrong(self, data: object, path: str, message: str) -> None:
        """Not for what is missing because of a problem that was named already."""
        if data is None and any(_holds(found.path, path) for found in self.problems):
            return
        self.problem(path, message)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _holds(place: str, path: str) -> bool:
    return place in ("", path) or path.startswith(f"{place}.")


def _shown(name: object) -> str:
    return str(name)[:60]
