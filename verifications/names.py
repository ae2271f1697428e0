"""Names as people search for them, and as they are shown where there is little room."""

from __future__ import annotations

import unicodedata


def fold_name(name: str) -> str:
    """Lower case and without accents, so that ``Hélène`` is found as ``helene``; other scripts stay as they are."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(letter for letter in decomposed if not unicodedata.combining(letter)).split())


def initials(name: str) -> str:
    """``Ines Roth`` -> ``IR``; one word gives its first two letters."""
    words = name.split()
    if not words:
        return "?"
    return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()
