"""Words that have no place in an ordinary note, and words that must not reach a customer: neither may tip anybody off.

The lists are stems in the languages of the texts to customers; letters are compared without case and accents, short
forms as they are written.
"""

from __future__ import annotations

import re
import unicodedata

_REPORTS = ("SAR", "SARs", "STR", "STRs", "MLRO")
_SHORT_FORMS = (*_REPORTS, "AML", "PEP", "FIU", "FATF", "OFAC")
_ANY_CASE = ("sar", "mlro")
"""Short forms that are no word of their own when written small."""
_IN_NOTES = (
    # English
    "suspicious activit", "suspicious transaction", "suspicious report", "tipping off", "tipped off",
    # German
    "verdachtsmeld", "verdachtsanzeige", "geldwaschebeauftragt", "geldwaschemeld", "geldwaescheverdacht",
    "geldwascheverdacht", "geldwaeschebeauftragt", "geldwaeschemeld",
    # Spanish
    "operacion sospechos", "operaciones sospechos", "comunicacion por indicio", "sepblac",
    # French
    "declaration de soupcon", "tracfin",
    # Portuguese
    "operacao suspeit", "operacoes suspeit", "comunicacao de suspeit",
)  # fmt: skip
_TO_CUSTOMERS = (
    # English
    "suspici", "suspect", "fraud", "launder", "terroris", "police", "sanction", "crime", "criminal", "investigat",
    "watch list", "watchlist", "politically exposed", "tipping off", "authorities", "prosecut",
    # German
    "verdacht", "verdaechtig", "betrug", "betrueg", "geldwasche", "geldwaesche", "polizei", "sanktion", "straftat",
    "ermittl", "terror", "behorde", "behoerde", "staatsanwalt",
    # Spanish
    "sospech", "fraude", "blanqueo", "lavado de dinero", "policia", "sancion", "delito", "investigacion", "autoridades",
    # French
    "soupcon", "blanchiment", "enquete", "escroquerie", "autorites",
    # Portuguese
    "suspeit", "branqueamento", "lavagem de dinheiro", "sancao", "sancoes", "investigacao",
)  # fmt: skip


def restricted_in_note(text: str) -> tuple[str, ...]:
    """What in the text speaks of a report to the authorities, as it is written there; empty when nothing does."""
    return _found(text, short=_REPORTS, stems=_IN_NOTES)


def forbidden_to_customers(text: str) -> tuple[str, ...]:
    """What in the text must not reach a customer, as it is written there; empty when nothing is."""
    return _found(text, short=_SHORT_FORMS, stems=_TO_CUSTOMERS)


def _found(text: str, *, short: tuple[str, ...], stems: tuple[str, ...]) -> tuple[str, ...]:
    shown = _without_invisible(text)
    words = [
        word for word in re.findall(r"\w+", shown) if word in short or (word.isascii() and word.casefold() in _ANY_CASE)
    ]
    folded = _folded(shown)
    for stem in stems:
        words += [match[0].strip() for match in re.finditer(rf"(?<!\w){re.escape(stem)}\w*", folded)]
    return tuple(dict.fromkeys(words))


def _without_invisible(text: str) -> str:
    """Soft hyphens and the like are not read, so they hide no word; wide letters are read as letters."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\s\-‐‑]+", " ", "".join(letter for letter in letters if not unicodedata.combining(letter)))
