"""A value as the text of a cell and as JSON. What databases write by themselves is written here to the byte."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from verifications.exporting.kinds import Kind


def time_text(value: dt.datetime) -> str:
    """ISO 8601 in UTC; of the microseconds as many digits as there are."""
    text = value.astimezone(dt.UTC).isoformat()
    return text if value.microsecond == 0 else text[:-6].rstrip("0") + text[-6:]


def case_text(value: int) -> str:
    return f"CASE-{value:05d}"


def bool_text(value: bool) -> str:
    return "true" if value else "false"


_TEXTS: dict[Kind, Callable[[Any], str]] = {
    Kind.TIME: time_text,
    Kind.CASE: case_text,
    Kind.BOOL: bool_text,
    Kind.DATE: dt.date.isoformat,
}
_BARE = (Kind.INT, Kind.BOOL, Kind.JSON)
"""Kinds whose text is JSON already."""


def cell_text(value: Any, kind: Kind) -> str:
    """The value as text, ``""`` for nothing. ``TIME`` takes an aware moment, ``JSON`` its text."""
    return "" if value is None else _TEXTS.get(kind, str)(value)


def json_text(value: Any, kind: Kind) -> str:
    """The value as JSON, ``null`` for nothing."""
    if value is None:
        return "null"
    text = cell_text(value, kind)
    return text if kind in _BARE else json.dumps(text, ensure_ascii=False)
