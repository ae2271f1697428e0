"""Due times in words."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
SOON = dt.timedelta(hours=4)


def due_words(
    due_at: dt.datetime, now: dt.datetime, *, paused: bool = False, soon: dt.timedelta = SOON
) -> tuple[str, str]:
    """``2 h left``, ``1 h late``, ``due now`` or ``paused, 5 h left``, and its tone: ``""``, soon, late or paused.

    In the largest unit that fits, counted in full; days from the second one on. By the clock on the wall, not by
    working hours: a due time is a moment people can look up. For a case that is paused ``now`` is when it was paused.
    """
    left = due_at - now
    words = _words(left)
    if paused:
        return _("paused, %(time)s") % {"time": words}, "paused"
    if left <= -MINUTE:
        return words, "late"
    return words, "soon" if left < soon else ""


def _words(left: dt.timedelta) -> str:
    length = abs(left)
    if length < MINUTE:
        return _("due now")
    if left > dt.timedelta(0):
        return _left(length)
    return _late(length)


def _left(length: dt.timedelta) -> str:
    if length >= 2 * DAY:
        count = length // DAY
        return ngettext("%(count)d d left", "%(count)d d left", count) % {"count": count}
    if length >= HOUR:
        count = length // HOUR
        return ngettext("%(count)d h left", "%(count)d h left", count) % {"count": count}
    count = length // MINUTE
    return ngettext("%(count)d min left", "%(count)d min left", count) % {"count": count}


def _late(length: dt.timedelta) -> str:
    if length >= 2 * DAY:
        count = length // DAY
        return ngettext("%(count)d d late", "%(count)d d late", count) % {"count": count}
    if length >= HOUR:
        count = length // HOUR
        return ngettext("%(count)d h late", "%(count)d h late", count) % {"count": count}
    count = length // MINUTE
    return ngettext("%(count)d min late", "%(count)d min late", count) % {"count": count}
