"""Small parts to write a schema with. Each check adds ``member: reason`` to the problems it is given, never a value."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

Check = Callable[[Any, str, list[str]], None]

DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
DATE_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
PHONE = re.compile(r"\+?[1-9]\d{1,14}", re.ASCII)
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class DuplicateMember(ValueError):
    """A JSON object named one member twice."""


def parse_json_object(raw: bytes) -> dict[str, Any] | None:
    """Return the one JSON object in ``raw`` (UTF-8, no NaN, no member twice), or None."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise DuplicateMember
    return document


def is_plain_unicode(document: Any) -> bool:
    """Whether every text in a JSON value can be written as UTF-8: an escaped half of a pair cannot."""
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def text(minimum: int = 1, maximum: int = 1024, pattern: re.Pattern[str] | None = None) -> Check:
    def check(value: Any, path: str, problems: list[str]) -> None:
        if not isinstance(value, str):
            problems.append(f"{path}: must be a string")
        elif not minimum <= len(value) <= maximum or (minimum and not value.strip()):
            problems.append(f"{path}: length must be {minimum}-{maximum}")
        elif pattern is not None and not pattern.fullmatch(value):
            problems.append(f"{path}: has the wrong form")

    return check


def one_of(values: Collection[str]) -> Check:
    def check(value: Any, path: str, problems: list[str]) -> None:
        if not isinstance(value, str) or value not in values:
            problems.append(f"{path}: is not one of the accepted values")

    return check


def date(value: Any, path: str, problems: list[str]) -> None:
    """A calendar date as ``YYYY-MM-DD``."""
    if not isinstance(value, str) or not DATE.fullmatch(value) or not _parses(dt.date.fromisoformat, value):
        problems.append(f"{path}: must be a date YYYY-MM-DD")


def date_time(value: Any, path: str, problems: list[str]) -> None:
    """RFC 3339: date, time with seconds, and an offset."""
    if not isinstance(value, str) or not DATE_TIME.fullmatch(value) or not _parses(_parse_date_time, value):
        problems.append(f"{path}: must be an RFC 3339 time with an offset")


def _parse_date_time(value: str) -> dt.datetime:
    return dt.datetime.fromisoformat(re.sub(r"\.\d+", "", value.upper()))


def _parses(parse: Callable[[str], object], value: str) -> bool:
    try:
        parse(value)
    except ValueError:
        return False
    return True


def anything(value: Any, path: str, problems: list[str]) -> None:
    """Any JSON value but null."""
    if value is None:
        problems.append(f"{path}: must not be null")


def integer(value: Any, path: str, problems: list[str]) -> None:
    """A signed 32-bit integer."""
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**31) <= value < 2**31:
        problems.append(f"{path}: must be a 32-bit integer")


def nullable(inner: Check) -> Check:
    def check(value: Any, path: str, problems: list[str]) -> None:
        if value is not None:
            inner(value, path, problems)

    return check


def array(inner: Check, minimum: int = 0) -> Check:
    def check(value: Any, path: str, problems: list[str]) -> None:
        if not isinstance(value, list):
            problems.append(f"{path}: must be an array")
            return
        if len(value) < minimum:
            problems.append(f"{path}: must hold at least {minimum}")
        for index, item in enumerate(value):
            inner(item, f"{path}[{index}]", problems)

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with exactly these members: required ones present, others refused."""
    known = {**required, **(optional or {})}

    def check(value: Any, path: str, problems: list[str]) -> None:
        if not isinstance(value, dict):
            problems.append(f"{path or 'body'}: must be an object")
            return
        prefix = f"{path}." if path else ""
        problems += [f"{prefix}{name}: is required" for name in required if name not in value]
        for name, item in value.items():
            if name in known:
                known[name](item, prefix + name, problems)
            else:
                # A stray name may itself be data, so only its place is told.
                problems.append(f"{path or 'body'}: holds an unknown member")

    return check


def variant(member: str, records: Mapping[str, Check]) -> Check:
    """An object whose ``member`` chooses which of ``records`` it must match."""

    def check(value: Any, path: str, problems: list[str]) -> None:
        place = f"{path}.{member}" if path else member
        if not isinstance(value, dict):
            problems.append(f"{path or 'body'}: must be an object")
        elif not isinstance(value.get(member), str) or value[member] not in records:
            problems.append(f"{place}: is not one of the accepted values")
        else:
            records[value[member]](value, path, problems)

    return check


phone = text(2, 16, PHONE)
email = text(3, 254, EMAIL)


def problems_of(check: Check, value: Any) -> list[str]:
    """Run ``check`` on a whole document and return its problems, empty when it is fine."""
    problems: list[str] = []
    check(value, "", problems)
    return problems
