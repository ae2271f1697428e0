"""Who may work on which case: what "take next" offers a person, and whom a case can be given to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from verifications.enums import WORK_STATES, CaseKind
from verifications.models import Case, Verification
from verifications.selectors.case_facts import verifications_of

DECIDE = "verifications.decide_case"
DECIDE_ESCALATED = "verifications.decide_escalated"
DEFAULT_CAPACITY = 20
MOST_PEOPLE = 200


@dataclass(frozen=True)
class Candidate:
    """Somebody a case can be given to. ``is_full``: their capacity is used up."""

    person: Any
    open_cases: int
    capacity: int

    @property
    def is_full(self) -> bool:
        return self.open_cases >= self.capacity

    @property
    def name(self) -> str:
        return name_of_person(self.person)


def name_of_person(person: Any) -> str:
    return str(person.get_full_name() or person.get_username())


def made_by(person: Any) -> Q:
    """Condition on cases: the person entered or submitted one of its checks, other than one asked for again.

    Of a review that is any check of the customer: what it looks at may be an earlier one.
    """
    actor = f"user:{person.pk}"
    own = Verification.objects.filter(Q(created_by=actor) | Q(submitted_by=actor), answered_request__isnull=True)
    of_customer = Q(Exists(own.filter(customer=OuterRef("customer"))), kind=CaseKind.REVIEW)
    return Q(Exists(own.filter(case=OuterRef("pk")))) | of_customer


def not_claimed_by_others(person: Any, now: dt.datetime) -> Q:
    return Q(claim_ends_at__isnull=True) | Q(claim_ends_at__lte=now) | Q(claimed_by=person)


def offered_to(person: Any, *, now: dt.datetime) -> QuerySet[Case]:
    """Cases the person can do something about now: the most urgent first, among equals the oldest.

    Without what others work on or own, what the person made or staged, and what wants a senior person when they are
    none. Their own come in the same list: filter by ``owner``.
    """
    if not person.is_active or not person.has_perm(DECIDE):
        return Case.objects.none()
    cases = Case.objects.filter(
        not_claimed_by_others(person, now),
        ~made_by(person),
        ~Q(staged_decision__isnull=False, staged_decision__made_by=person),
        Q(owner=person) | Q(owner__isnull=True),
        closed_at__isnull=True,
        state__in=WORK_STATES,
    )
    if not person.has_perm(DECIDE_ESCALATED):
        cases = cases.filter(is_escalated=False).exclude(staged_decision__needs_senior=True)
    return cases.order_by("priority", "opened_at", "id")


def why_not(case: Case, person: Any) -> str:
    """Why the person can't be the one to decide the case, in words; empty when they can."""
    name = name_of_person(person)
    if not person.is_active or not person.has_perm(DECIDE):
        return _("%(name)s does not decide cases.") % {"name": name}
    staged = case.staged_decision
    if (case.is_escalated or (staged is not None and staged.needs_senior)) and not person.has_perm(DECIDE_ESCALATED):
        return _("This case wants a senior officer, which %(name)s is not.") % {"name": name}
    if staged is not None and staged.made_by_id == person.pk:
        return _("%(name)s made the decision that waits for a second person.") % {"name": name}
    if Case.objects.filter(made_by(person), pk=case.pk).exists():
        return _("%(name)s entered or submitted what is checked here, so somebody else decides it.") % {"name": name}
    return ""


def away_until(person: Any, now: dt.datetime) -> dt.date | None:
    """The last day of the absence the person is in, or ``None`` while they are there."""
    chosen = getattr(person, "portal_settings", None)
    today = timezone.localdate(now, timezone.get_default_timezone())
    if chosen is None or chosen.absent_from is None or not chosen.absent_from <= today <= chosen.absent_until:
        return None
    return chosen.absent_until


def candidates_for(case: Case, *, now: dt.datetime) -> list[Candidate]:
    """Whom the case can be given to, the one with the least to do first; a fixed number of queries.

    Active people whose role decides it, who are not away, and who made neither the case nor its staged decision.
    """
    staged = case.staged_decision
    needs_senior = case.is_escalated or (staged is not None and staged.needs_senior)
    people = get_user_model().objects.with_perm(
        DECIDE_ESCALATED if needs_senior else DECIDE, is_active=True, include_superusers=False
    )
    today = timezone.localdate(now, timezone.get_default_timezone())
    people = people.exclude(
        Q(portal_settings__absent_from__lte=today) & Q(portal_settings__absent_until__gte=today)
    ).exclude(pk__in=_makers_of(case) | ({staged.made_by_id} if staged is not None else set()))
    counted = people.annotate(
        open_count=Count("owned_cases", filter=Q(owned_cases__closed_at__isnull=True)),
        capacity=Coalesce(F("portal_settings__capacity"), Value(DEFAULT_CAPACITY)),
    )
    return [
        Candidate(person=person, open_cases=person.open_count, capacity=person.capacity)
        for person in counted.order_by("open_count", "pk")[:MOST_PEOPLE]
    ]


def suggest_owner(case: Case, *, now: dt.datetime) -> Any | None:
    """Who should get the case: the one with the fewest open cases who has room for another; ``None`` for nobody."""
    free = (candidate.person for candidate in candidates_for(case, now=now) if not candidate.is_full)
    return next(free, None)


def _makers_of(case: Case) -> set[int]:
    checks = verifications_of(case)
    if case.kind == CaseKind.REVIEW:
        checks = Verification.objects.filter(customer_id=case.customer_id)
    actors = checks.filter(answered_request__isnull=True).values_list("created_by", "submitted_by")
    ids = {actor.removeprefix("user:") for pair in actors for actor in pair if actor.startswith("user:")}
    return {int(pk) for pk in ids if pk.isdecimal()}
