"""Shares and lengths of time in words."""

from __future__ import annotations

import datetime as dt

from django.utils.formats import number_format

NO_BREAK = "\N{NO-BREAK SPACE}"


def percent(part: int, whole: int) -> str:
    """``97.5 %``; nothing of nothing. Just short of all is not shown as all."""
    if not whole:
        return ""
    share = 100 * part / whole
    if part in (0, whole):
        return f"{share:.0f}{NO_BREAK}%"
    return f"{number_format(round(min(max(share, 0.1), 99.9), 1), 1)}{NO_BREAK}%"


def length_words(length: dt.timedelta | None, *, in_hours: bool = False) -> str:
    """``40 min``, ``5.2 h``, ``3.1 d``; working time never in days, which would be ambiguous."""
    if length is None:
        return ""
    seconds = length.total_seconds()
    if seconds < 60:
        return f"{int(seconds)}{NO_BREAK}s"
    if seconds < 3600:
        return f"{int(seconds // 60)}{NO_BREAK}min"
    if seconds < 48 * 3600 or in_hours:
        return f"{number_format(round(seconds / 3600, 1), 1)}{NO_BREAK}h"
    return f"{number_format(round(seconds / 86400, 1), 1)}{NO_BREAK}d"
