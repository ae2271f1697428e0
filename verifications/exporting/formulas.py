"""The one escaper: no cell of a file is taken for a formula by a spreadsheet."""

from __future__ import annotations

STARTS = "=+-@\t\r\n＝＋－＠"
"""What a formula begins with; spreadsheets take the full-width forms for the plain ones."""
BLANKS = " \u00a0\u3000\ufeff"
"""What spreadsheets pass over before it."""
_FORMULA = tuple(STARTS)


def is_formula(text: str) -> bool:
    """The text begins like a formula, also behind blanks."""
    return text.lstrip(BLANKS).startswith(_FORMULA)


def guarded(cell: object) -> str:
    """The cell as text; what begins like a formula gets an apostrophe before it, which spreadsheets read as "text"."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if is_formula(text) else text
