"""Decisions as a list: by outcome, person, reason, policy, second person and what became of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from verifications.enums import DecisionOutcome, ReviewChoice
from verifications.models import Decision
from verifications.selectors.paging import Page, keyset_page
from verifications.selectors.periods import Period

STATES: dict[str, Promise] = {
    "effective": _("Took effect"),
    "waiting": _("Waits for a second person"),
    "returned": _("Returned by a second person"),
    "withdrawn": _("Withdrawn by its maker"),
    "expired": _("Expired"),
    "overtaken": _("Overtaken: the evidence changed"),
}
SECONDS: dict[str, Promise] = {
    "asked": _("needed"),
    "senior": _("a senior one needed"),
    "none": _("not needed"),
    "approved": _("approved it"),
    "looked": _("approved or returned it"),
    "standing": _("needed, and the decision stands"),
    "missing": _("needed, and missing"),
}
EFFECTIVE = Q(needs_second=False) | Q(review__choice=ReviewChoice.APPROVED)
LOOKED_AT = (ReviewChoice.APPROVED, ReviewChoice.RETURNED)
TWO_PEOPLE = Q(review__choice=ReviewChoice.APPROVED, review__reviewed_by__isnull=False) & ~Q(
    review__reviewed_by=F("made_by")
)
STANDING = Q(case__decision=F("pk"))
"""By the pointer of the case, which knows nothing of reviews: so that the two can be held against each other."""
ORDER = ("-made_at", "-id")
_NUMBER = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_CODE = re.compile(r"[-\w]{1,60}", re.ASCII)


@dataclass(frozen=True)
class DecisionFilter:
    """What stands in the address; what is empty does not filter."""

    outcome: str = ""
    person: str = ""
    """Number of who made it."""
    reason: str = ""
    policy: str = ""
    """Number of the version it was made under."""
    second: str = ""
    state: str = ""

    @classmethod
    def read(cls, query: Mapping[str, Any]) -> DecisionFilter:
        """Whatever is unknown there is left out."""
        found = {field.name: str(query.get(field.name, "")) for field in fields(cls)}
        return cls(**{name: value for name, value in found.items() if _may_be(name, value)})

    @property
    def query(self) -> str:
        return urlencode([(name, value) for name, value in vars(self).items() if value])

    @property
    def is_filtered(self) -> bool:
        return bool(self.query)

    def having(self, **changes: str) -> DecisionFilter:
        return replace(self, **changes)


def matching_decisions(chosen: DecisionFilter, period: Period) -> QuerySet[Decision]:
    """Decisions made in the period that pass all filters, in no order."""
    found = Decision.objects.filter(**period.within("made_at"))
    if chosen.outcome:
        found = found.filter(outcome=chosen.outcome)
    if chosen.person:
        found = found.filter(made_by_id=int(chosen.person))
    if chosen.reason:
        found = found.filter(reason__code=chosen.reason)
    if chosen.policy:
        found = found.filter(policy__number=int(chosen.policy))
    if chosen.second:
        found = found.filter(_second(chosen.second))
    if chosen.state:
        found = found.filter(_state(chosen.state))
    return found


def decisions_page(chosen: DecisionFilter, period: Period, *, token: str) -> Page:
    """Newest first, with everything a row shows."""
    return keyset_page(rows_of(matching_decisions(chosen, period)), order=ORDER, token=token)


def rows_of(decisions: QuerySet[Decision]) -> QuerySet[Decision]:
    return decisions.select_related("case__customer", "made_by", "policy", "review__reviewed_by").defer(
        "rationale", "evidence", "facts", "policy__rules", "review__note"
    )


def state_of(decision: Decision) -> str:
    """A key of ``STATES``; costs no query with ``review`` at hand."""
    if not decision.needs_second:
        return "effective"
    review = getattr(decision, "review", None)
    if review is None:
        return "waiting"
    return "effective" if review.choice == ReviewChoice.APPROVED else str(review.choice).lower()


def _second(word: str) -> Q:
    match word:
        case "asked":
            return Q(needs_second=True)
        case "senior":
            return Q(needs_senior=True)
        case "none":
            return Q(needs_second=False)
        case "approved":
            return Q(needs_second=True) & TWO_PEOPLE
        case "looked":
            return Q(needs_second=True, review__choice__in=LOOKED_AT)
        case "standing":
            return Q(needs_second=True) & STANDING
    return Q(needs_second=True) & STANDING & (Q(review__isnull=True) | ~TWO_PEOPLE)


def _state(word: str) -> Q:
    if word == "effective":
        return EFFECTIVE
    if word == "waiting":
        return Q(needs_second=True, review__isnull=True)
    return Q(review__choice=ReviewChoice[word.upper()])


def _may_be(name: str, value: str) -> bool:
    match name:
        case "outcome":
            return value in DecisionOutcome.values
        case "second":
            return value in SECONDS
        case "state":
            return value in STATES
        case "reason":
            return bool(_CODE.fullmatch(value))
    return bool(_NUMBER.fullmatch(value))
