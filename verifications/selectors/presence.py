"""Who has a case open right now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from verifications.models import Case, CasePresence
from verifications.names import initials

PRESENCE_LASTS = dt.timedelta(seconds=60)
"""A page that has not said for so long that it is open counts as closed."""
MOST_SHOWN = 10


@dataclass(frozen=True)
class Presence:
    name: str
    initials: str
    since: dt.datetime


def people_at_work(*, now: dt.datetime) -> bool:
    """Somebody has a case open: what can wait leaves them the database."""
    return CasePresence.objects.filter(seen_at__gt=now - PRESENCE_LASTS).exists()


def who_is_looking(case: Case, *, now: dt.datetime, besides: Any = None) -> list[Presence]:
    """People who have the case open, the first to come first, without ``besides``; one query."""
    there = CasePresence.objects.filter(case_id=case.pk, seen_at__gt=now - PRESENCE_LASTS).select_related("person")
    if besides is not None:
        there = there.exclude(person_id=besides.pk)
    found = []
    for presence in there.order_by("since", "pk")[:MOST_SHOWN]:
        name = presence.person.get_full_name() or presence.person.get_username()
        found.append(Presence(name=name, initials=initials(name), since=presence.since))
    return found
