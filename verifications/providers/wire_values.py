"""Small writers that both APIs use for their own objects: dates, times, and members that are left out when not set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from verifications.providers.errors import ProviderRefused
from verifications.providers.types import JsonObject


def without_missing(members: Mapping[str, Any]) -> JsonObject:
    """Leave out members that are ``None`` or a blank text: neither contract wants ``null`` for "not given"."""
    return {name: value for name, value in members.items() if value is not None and not _is_blank(value)}


def required(value: Any, name: str) -> Any:
    """Give the value, or raise ``ProviderRefused`` naming the missing member; the preflight normally finds it first."""
    if value is None or value == () or _is_blank(value):
        raise ProviderRefused(
            f"“{name}” is missing, so nothing was sent. Fill it in, then submit again.", code="missing_value"
        )
    return value


def utc_text(moment: dt.datetime) -> str:
    """Write RFC 3339 in UTC with ``Z``, to the second (kraken-embed 4.3)."""
    if moment.tzinfo is None:
        raise ProviderRefused(
            "The time of the check has no time zone, so nothing was sent. Enter it again.", code="naive_time"
        )
    if not 1000 <= moment.year < 9999:  # strftime writes fewer than four digits, and 9999 may overflow in UTC
        raise ProviderRefused("The time of the check is not possible, so nothing was sent.", code="bad_time")
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def date_text(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
