"""Everybody a case could be given to, with how much they have and whether they are there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from verifications.models import Case
from verifications.names import initials
from verifications.selectors.workload import (
    DECIDE,
    DECIDE_ESCALATED,
    DEFAULT_CAPACITY,
    away_until,
    candidates_for,
    made_by,
    name_of_person,
)

MOST_PEOPLE = 200


@dataclass(frozen=True)
class Assignee:
    """``refusal`` says in words why the person can't be chosen; empty when they can."""

    pk: int
    name: str
    initials: str
    open_cases: int
    capacity: int
    away_until: dt.date | None
    refusal: str = ""
    is_suggested: bool = False

    @property
    def room(self) -> int:
        return max(self.capacity - self.open_cases, 0)


@dataclass(frozen=True)
class Planned:
    """What would become of one case of many; ``will`` is whether anything would."""

    case: Case
    will: bool
    words: str
    needs_reason: bool = False


def assignees(*, now: dt.datetime) -> list[Assignee]:
    """Active people who decide cases, by name; one query and those of the permission."""
    people = (
        get_user_model()
        .objects.with_perm(DECIDE, is_active=True, include_superusers=False)
        .select_related("portal_settings")
        .annotate(open_count=Count("owned_cases", filter=Q(owned_cases__closed_at__isnull=True)))
        .order_by("first_name", "last_name", "pk")[:MOST_PEOPLE]
    )
    return [_assignee(person, now) for person in people]


def assignees_for(case: Case, *, now: dt.datetime) -> list[Assignee]:
    """For one case: who is suggested first, then who has room, then the others; who may not have it last."""
    allowed = {candidate.person.pk: candidate for candidate in candidates_for(case, now=now)}
    suggested = next((pk for pk, candidate in allowed.items() if not candidate.is_full and pk != case.owner_id), None)
    found = []
    for one in assignees(now=now):
        refusal = one.refusal
        if not refusal and one.pk == case.owner_id:
            refusal = _("has it now")
        if not refusal and one.pk not in allowed:
            refusal = _("may not decide this case")
        found.append(Assignee(**vars(one) | {"refusal": refusal, "is_suggested": one.pk == suggested}))
    return sorted(found, key=lambda one: (bool(one.refusal), not one.is_suggested, one.room == 0, one.open_cases))


def plan_assignment(cases: Sequence[Case], *, person: Any | None, now: dt.datetime) -> list[Planned]:
    """What giving these cases to ``person`` (``None``: to nobody) would do to each; two queries.

    ``cases`` have owner, claimant and staged decision loaded. The service decides again when it happens.
    """
    own: set[int] = set()
    may_senior = False
    if person is not None:
        own = set(Case.objects.filter(made_by(person), pk__in=[case.pk for case in cases]).values_list("pk", flat=True))
        may_senior = person.has_perm(DECIDE_ESCALATED)
    return [_plan(case, person, own, may_senior=may_senior, now=now) for case in cases]


def _plan(case: Case, person: Any | None, own: set[int], *, may_senior: bool, now: dt.datetime) -> Planned:
    staged = case.staged_decision
    if case.closed_at is not None:
        return Planned(case, will=False, words=_("It is closed."))
    if case.owner_id == (person.pk if person is not None else None):
        return Planned(case, will=False, words=_("Nothing to do: it is so already."))
    if person is not None:
        if case.pk in own:
            return Planned(case, will=False, words=_("It would be their own: they entered or submitted it."))
        if staged is not None and staged.made_by_id == person.pk:
            return Planned(case, will=False, words=_("They made the decision that waits for a second person."))
        if (case.is_escalated or (staged is not None and staged.needs_senior)) and not may_senior:
            return Planned(case, will=False, words=_("It wants a senior officer."))
    worker = case.claimed_by if case.claim_holds(now) and case.claimed_by != person else None
    if worker is not None:
        words = _("%(name)s works on it right now and loses it.") % {"name": name_of_person(worker)}
        return Planned(case, will=True, words=words, needs_reason=True)
    if case.owner is not None:
        words = _("Is taken from %(name)s.") % {"name": name_of_person(case.owner)}
        return Planned(case, will=True, words=words, needs_reason=True)
    return Planned(case, will=True, words=_("Nobody has it."))


def _assignee(person: Any, now: dt.datetime) -> Assignee:
    until = away_until(person, now)
    name = name_of_person(person)
    chosen = getattr(person, "portal_settings", None)
    return Assignee(
        pk=person.pk,
        name=name,
        initials=initials(name),
        open_cases=person.open_count,
        capacity=chosen.capacity if chosen is not None else DEFAULT_CAPACITY,
        away_until=until,
        refusal=_("away until %(date)s") % {"date": until.isoformat()} if until else "",
    )
