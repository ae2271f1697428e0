"""Checks of single values, each giving a ``Problem`` or none: texts, dates, times, country codes, words of a list."""

from __future__ import annotations

import datetime as dt
from typing import Any

from verifications.marking import Filled
from verifications.marking import gettext_noop as _
from verifications.providers.calls import encode_json
from verifications.providers.countries import COUNTRY_CODES
from verifications.providers.errors import ProviderRefused
from verifications.providers.types import Problem

TEXT_LIMIT = 255
"""Characters. No contract gives a length; this is the portal's own, and wide."""
CLOCK_TOLERANCE = dt.timedelta(minutes=5)
OLDEST_YEARS = 130
FURTHEST_EXPIRY_YEARS = 100


def check_text(field: str, value: Any, *, rule: str) -> Problem | None:
    """A text that a provider, a log line and a database can all hold: no control characters, no half characters."""
    if not isinstance(value, str):
        return Problem(field, _("This must be text."), rule)
    if len(value) > TEXT_LIMIT:
        return Problem(field, Filled(_("Use at most %(most)s characters."), most=TEXT_LIMIT), "Portal limit")
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 for c in value):
        return Problem(field, _("Remove line breaks and other invisible control characters."), rule)
    return None


def check_country(field: str, code: str, *, rule: str) -> Problem | None:
    if code in COUNTRY_CODES:
        return None
    return Problem(field, _("Choose a country from the list (two capital letters, as in DE or XK)."), rule)


def check_word(field: str, value: str, allowed: frozenset[str], *, rule: str) -> Problem | None:
    return None if value in allowed else Problem(field, _("Choose one of the offered values."), rule)


def check_birth_date(field: str, day: dt.date, *, today: dt.date, rule: str) -> Problem | None:
    if not is_plain_date(day):
        return Problem(field, _("Enter a date as year, month and day."), rule)
    if day >= today:
        return Problem(field, _("The date of birth must lie in the past."), rule)
    if day.year <= today.year - OLDEST_YEARS:
        text = _("The date of birth lies more than %(years)s years back. Check the year.")
        return Problem(field, Filled(text, years=OLDEST_YEARS), rule)
    return None


def check_verified_at(field: str, moment: dt.datetime, *, now: dt.datetime, rule: str) -> Problem | None:
    if not isinstance(moment, dt.datetime) or moment.tzinfo is None:
        return Problem(field, _("Enter date and time of the check, with a time zone."), rule)
    if moment > now + CLOCK_TOLERANCE:
        return Problem(field, _("The time of the check lies in the future. Enter when the check was done."), rule)
    if moment.year < 1900 + 70:
        return Problem(field, _("The time of the check lies too far back. Check the year."), rule)
    return None


def check_expiration(field: str, day: dt.date, *, checked_on: dt.date, rule: str) -> Problem | None:
    if not is_plain_date(day):
        return Problem(field, _("Enter a date as year, month and day."), rule)
    if day < checked_on:
        return Problem(field, _("The document had expired before it was checked. Ask for a valid one."), "Portal rule")
    if day.year > checked_on.year + FURTHEST_EXPIRY_YEARS:
        text = _("The expiry lies more than %(years)s years ahead. Check the year.")
        return Problem(field, Filled(text, years=FURTHEST_EXPIRY_YEARS), rule)
    return None


def check_json(field: str, value: Any, *, rule: str) -> Problem | None:
    try:
        encoded = encode_json(value)
    except ProviderRefused:
        return Problem(
            field, _("The verifier's answer cannot be written as JSON. Check it for damaged characters."), rule
        )
    if b"\\u0000" in encoded:
        return Problem(field, _("Remove the invisible control characters."), rule)
    return None


def is_plain_date(day: Any) -> bool:
    return isinstance(day, dt.date) and not isinstance(day, dt.datetime)
