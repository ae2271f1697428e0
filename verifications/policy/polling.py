"""When to read again at a provider that sends no word: pure functions of what was read so far.

Transmit Security: transmit-verify 6. Capa: capa-partner 7. Waits are spread by a fifth, so that readings do not bunch.
"""

from __future__ import annotations

import datetime as dt
import random

SESSION_QUICK = (2, 3, 5, 8, 13, 20, 30)
LINK_QUICK = (5, 10, 20, 40, 60)
SLOW_SESSION = dt.timedelta(minutes=15)
SPREAD = 0.2


def session_wait(*, since: dt.datetime | None, polls: int, now: dt.datetime) -> dt.timedelta:
    """How long until the next reading of a session.

    ``since``: when the customer came back or the last image went in, ``None`` while that has not happened; ``polls``:
    readings since then.
    """
    if since is None:
        return _spread(SLOW_SESSION.total_seconds())
    if polls < len(SESSION_QUICK):
        return _spread(SESSION_QUICK[polls])
    return _spread(60 if now - since < dt.timedelta(minutes=15) else SLOW_SESSION.total_seconds())


def link_wait(*, since: dt.datetime, returned: bool, polls: int, now: dt.datetime) -> dt.timedelta:
    """How long until the next reading of a link's details.

    ``since``: when the customer returned, or else when the link was issued; ``polls``: readings since then.
    """
    if returned and polls < len(LINK_QUICK):
        return _spread(LINK_QUICK[polls])
    return _spread(300 if now - since < dt.timedelta(hours=1) else 3600)


def _spread(seconds: float) -> dt.timedelta:
    return dt.timedelta(seconds=seconds * random.uniform(1 - SPREAD, 1 + SPREAD))  # noqa: S311 - spreading load
