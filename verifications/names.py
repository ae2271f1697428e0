"""Names as people search for them."""

from __future__ import annotations

import unicodedata


def fold_name(name: str) -> str:
    """Lower case and without accents, so that ``Hélène`` is found as ``helene``; other scripts stay as they are."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(letter for letter in decomposed if not unicodedata.combining(letter)).split())
