"""The review queue: cases by view, filters and order, with what a row shows and capped counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from verifications.enums import CaseRisk, CaseState, VerificationStatus
from verifications.models import Case, NoteMention, Verification
from verifications.models.verifications import ACCEPTED_STATUSES
from verifications.search_text import search_patterns
from verifications.selectors.counts import capped_counts
from verifications.selectors.paging import COUNT_CAP, Page, keyset_page
from verifications.selectors.queue_filter import AGES, VIEWS, QueueFilter
from verifications.selectors.search import clean
from verifications.selectors.search_ids import found_by_id
from verifications.selectors.search_names import customer_ids_by_name

__all__ = ["QueueFilter"]
SETTLED = (*ACCEPTED_STATUSES, VerificationStatus.REFUSED, VerificationStatus.OUTCOME_UNKNOWN)
PROBLEM_STATES = (CaseState.PROVIDER_REFUSED, CaseState.OUTCOME_UNKNOWN)
MOST_MATCHES = 500
"""A text that fits more customers is narrowed down by its best so many."""
DAY = dt.timedelta(days=1)
ROW = ("customer", "owner", "claimed_by", "latest_verification")
ROW_FIELDS = (
    *("public_id", "customer_kind", "kind", "state", "risk", "priority", "provider", "method", "answer", "country"),
    *(
        "opened_at",
        "due_at",
        "paused_at",
        "closed_at",
        "outcome",
        "claimed_at",
        "claim_ends_at",
        "updated_at",
        "version",
    ),
    *("customer__kind", "customer__first_name", "customer__middle_name", "customer__last_name"),
    *("customer__business_name", "customer__reference", "customer__public_id"),
    *("owner__first_name", "owner__last_name", "owner__username"),
    *("claimed_by__first_name", "claimed_by__last_name", "claimed_by__username"),
    "latest_verification__type",
)


@dataclass(frozen=True)
class Match:
    """What a text found: cases of these customers, or these cases."""

    customers: tuple[int, ...] = ()
    cases: tuple[int, ...] = ()

    @property
    def is_cut(self) -> bool:
        return len(self.customers) >= MOST_MATCHES


def match_text(text: str) -> Match:
    """Customers by name, reference, e-mail address or number, and cases by number; at most five queries."""
    text = clean(text)
    if not text:
        return Match()
    ids = found_by_id(text, kinds={"customer", "case", "verification"}, limit=MOST_MATCHES)
    checks = [pk for kind, pk in ids if kind == "verification"]
    customers = [pk for kind, pk in ids if kind == "customer"]
    if checks:
        customers += Verification.objects.filter(pk__in=checks).values_list("customer_id", flat=True)
    customers += customer_ids_by_name(search_patterns(text), limit=MOST_MATCHES)
    cases = tuple(pk for kind, pk in ids if kind == "case")
    return Match(tuple(dict.fromkeys(customers))[:MOST_MATCHES], cases)


def open_cases() -> QuerySet[Case]:
    return Case.objects.filter(closed_at__isnull=True)


def matching_cases(
    *, chosen: QueueFilter, user_id: int, now: dt.datetime, match: Match | None = None
) -> QuerySet[Case]:
    """Cases in the view that pass all filters, in no order. ``match``: what ``chosen.find`` stands for."""
    cases = _in_view(chosen.view, user_id=user_id, now=now)
    for name in ("risk", "provider", "method", "country", "kind", "answer"):
        if value := getattr(chosen, name):
            cases = cases.filter(**{name: value})
    if chosen.state:
        cases = cases.filter(state__in=chosen.state)
    if chosen.owner == "none":
        cases = cases.filter(owner__isnull=True)
    elif chosen.owner:
        cases = cases.filter(owner_id=user_id if chosen.owner == "me" else int(chosen.owner))
    if chosen.age:
        _label, least, most = AGES[chosen.age]
        cases = cases.filter(opened_at__lte=now - least * DAY)
        if most is not None:
            cases = cases.filter(opened_at__gt=now - most * DAY)
    if chosen.due:
        cases = _due(cases, chosen.due, now)
    if chosen.find:
        match = match or Match()
        cases = cases.filter(Q(customer_id__in=match.customers) | Q(pk__in=match.cases))
    return cases


def rows_of(cases: QuerySet[Case]) -> QuerySet[Case]:
    """With everything a row of a list shows, and nothing else: wide columns stay in the database."""
    return cases.select_related(*ROW).only(*ROW_FIELDS)


def queue_page(*, chosen: QueueFilter, user_id: int, now: dt.datetime, token: str, match: Match | None = None) -> Page:
    cases = rows_of(matching_cases(chosen=chosen, user_id=user_id, now=now, match=match))
    return keyset_page(cases, order=chosen.order, token=token)


def queue_counts(
    *,
    chosen: QueueFilter | None = None,
    match: Match | None = None,
    saved: Mapping[str, QueueFilter] | None = None,
    user_id: int,
    now: dt.datetime,
) -> dict[str, int]:
    """Cases in each view of ``VIEWS`` but the closed, in ``saved`` ones by their key, and ``matching``: in ``chosen``.

    Also ``decision`` for what needs one, and ``mentions`` for unseen ones of the person.
    Capped (``paging.COUNT_CAP`` means that many or more), and one query.
    """
    counted: dict[str, QuerySet[Any]] = {
        view or "all": _in_view(view, user_id=user_id, now=now) for view in VIEWS if view != "closed"
    }
    counted["decision"] = open_cases().filter(state=CaseState.NEEDS_DECISION)
    counted["mentions"] = NoteMention.objects.filter(person_id=user_id, seen_at__isnull=True)
    for key, one in (saved or {}).items():
        counted[key] = matching_cases(chosen=one, user_id=user_id, now=now)
    if chosen is not None:
        counted["matching"] = matching_cases(chosen=chosen, user_id=user_id, now=now, match=match)
    return capped_counts(counted)


def opened_since(
    *, chosen: QueueFilter, user_id: int, now: dt.datetime, since: dt.datetime, match: Match | None = None
) -> QuerySet[Case]:
    """Cases of the list that are newer than the page on screen."""
    return matching_cases(chosen=chosen, user_id=user_id, now=now, match=match).filter(opened_at__gt=since)


def changed_since(*, cases: Sequence[int], since: dt.datetime) -> list[Case]:
    """Those of the cases on screen that changed, or that somebody began to work on, since then."""
    changed = Q(updated_at__gte=since) | Q(claimed_at__gte=since)
    return list(rows_of(Case.objects.filter(changed, pk__in=cases)).order_by("pk"))


@dataclass(frozen=True)
class DeliveryFigures:
    """Of the newest submissions of the last 24 hours, at most ``paging.COUNT_CAP`` of them."""

    submitted: int
    accepted_percent: float | None
    median_answer: dt.timedelta | None


def delivery_figures(*, now: dt.datetime) -> DeliveryFigures:
    """How submissions fared lately: share accepted of those with an outcome, and the median time to an answer."""
    since = now - dt.timedelta(hours=24)
    recent = list(
        Verification.objects.filter(submitted_at__gte=since)
        .order_by("-id")
        .values_list("status", "submitted_at", "completed_at")[:COUNT_CAP]
    )
    settled = [status for status, _submitted, _completed in recent if status in SETTLED]
    accepted = [status for status in settled if status in ACCEPTED_STATUSES]
    answers = [
        (done - submitted).total_seconds()
        for _status, submitted, done in recent
        if done is not None and submitted is not None
    ]
    return DeliveryFigures(
        submitted=len(recent),
        accepted_percent=100 * len(accepted) / len(settled) if settled else None,
        median_answer=dt.timedelta(seconds=median(answers)) if answers else None,
    )


def _in_view(view: str, *, user_id: int, now: dt.datetime) -> QuerySet[Case]:
    cases = open_cases()
    match view:
        case "closed":
            return Case.objects.filter(closed_at__isnull=False)
        case "unassigned":
            return cases.filter(owner__isnull=True)
        case "mine":
            return cases.filter(owner_id=user_id)
        case "due":
            return _due(cases, "today", now)
        case "overdue":
            return _due(cases, "overdue", now)
        case "second":
            return cases.filter(state=CaseState.SECOND_APPROVAL)
        case "problems":
            return cases.filter(state__in=PROBLEM_STATES)
        case "high":
            return cases.filter(risk=CaseRisk.HIGH)
    return cases


def _due(cases: QuerySet[Case], due: str, now: dt.datetime) -> QuerySet[Case]:
    """A case whose time stands still is neither overdue nor due."""
    if due == "paused":
        return cases.filter(paused_at__isnull=False)
    running = cases.filter(paused_at__isnull=True)
    match due:
        case "overdue":
            return running.filter(due_at__lt=now)
        case "today":
            return running.filter(due_at__gte=now, due_at__lt=_end_of_day(now))
    return running.filter(due_at__gte=now, due_at__lt=now + DAY)


def _end_of_day(now: dt.datetime) -> dt.datetime:
    """Midnight in the zone that is active: the person's in a request, the installation's elsewhere."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return timezone.make_aware(midnight + DAY)
