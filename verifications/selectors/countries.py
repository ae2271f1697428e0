"""Names of countries in the language of the person who reads them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext

from verifications.providers.countries import COUNTRIES

_NAMES = dict(COUNTRIES)


def country_name(code: str) -> str:
    """The country's name; a code that is none as it came."""
    return gettext(_NAMES[code]) if code in _NAMES else code


def country_choices(codes: Iterable[str] = tuple(_NAMES)) -> list[tuple[str, str]]:
    """(code, name), sorted by name; accents do not count, so that Ägypten stands beside Afghanistan."""
    return sorted(((code, country_name(code)) for code in codes), key=lambda pair: _folded(pair[1]))


def _folded(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
