"""Texts that break files: the list of naughty strings, and what spreadsheets take for formulas."""

from __future__ import annotations

import json
from pathlib import Path

BLNS = Path(__file__).parent.parent / "data" / "blns" / "blns.json"
FORMULAS = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\ufeff+1", "\u3000-1"),
    *("＝1+1", "＋1", "－1", "＠A1", " ＝1", "=cmd|'/C calc'!A0", '=HYPERLINK("x","y")'),
]
AWKWARD = [
    "",
    " ",
    "a,b",
    'say "hi"',
    "two\nlines",
    "two\r\nlines",
    "\\.",
    "\\N",
    "'",
    "ends\\",
    "\x7f",
    "\x01\x02",
    "Ōe 🙂",
]


def texts() -> list[str]:
    """What a database takes: no NUL, no lone surrogate."""
    naughty = json.loads(BLNS.read_text(encoding="utf-8"))
    return [*FORMULAS, *AWKWARD, *(text[:400] for text in naughty if "\0" not in text)]
