"""The review queue: open cases, soonest due first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from statistics import median

from django.db.models import QuerySet

from verifications.enums import CaseState, VerificationStatus
from verifications.models import Case, Verification
from verifications.models.verifications import ACCEPTED_STATUSES
from verifications.selectors.paging import COUNT_CAP, Page, capped_count, keyset_page

SETTLED = (*ACCEPTED_STATUSES, VerificationStatus.REFUSED, VerificationStatus.OUTCOME_UNKNOWN)
PROBLEM_STATES = (CaseState.PROVIDER_REFUSED, CaseState.OUTCOME_UNKNOWN)


@dataclass(frozen=True)
class QueueFilter:
    """Filters as they stand in the address; an empty one does not filter."""

    view: str = ""
    """``unassigned``, ``mine``, ``due``, ``overdue``, ``problems`` or empty."""
    state: str = ""
    provider: str = ""
    country: str = ""


def open_cases() -> QuerySet[Case]:
    return Case.objects.filter(closed_at__isnull=True)


def cases_for_queue(*, chosen: QueueFilter, user_id: int, now: dt.datetime) -> QuerySet[Case]:
    """Open cases that match, with everything a row shows in one query."""
    cases = open_cases().select_related("customer", "owner", "latest_verification__account")
    if chosen.state:
        cases = cases.filter(state=chosen.state)
    if chosen.provider:
        cases = cases.filter(provider=chosen.provider)
    if chosen.country:
        cases = cases.filter(country=chosen.country.upper())
    return _in_view(cases, chosen.view, user_id=user_id, now=now)


def queue_page(*, chosen: QueueFilter, user_id: int, now: dt.datetime, token: str) -> Page:
    return keyset_page(cases_for_queue(chosen=chosen, user_id=user_id, now=now), order=("due_at", "id"), token=token)


def queue_counts(*, user_id: int, now: dt.datetime) -> dict[str, int]:
    """Counts of each view, capped: ``paging.COUNT_CAP`` means that many or more."""
    views = ("", "unassigned", "due", "overdue", "problems", "decision")
    return {view or "all": capped_count(_in_view(open_cases(), view, user_id=user_id, now=now)) for view in views}


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


def _in_view(cases: QuerySet[Case], view: str, *, user_id: int, now: dt.datetime) -> QuerySet[Case]:
    match view:
        case "unassigned":
            return cases.filter(owner__isnull=True)
        case "mine":
            return cases.filter(owner_id=user_id)
        case "due":
            return cases.filter(due_at__gte=now, due_at__lt=now + dt.timedelta(hours=24))
        case "overdue":
            return cases.filter(due_at__lt=now)
        case "problems":
            return cases.filter(state__in=PROBLEM_STATES)
        case "decision":
            return cases.filter(state=CaseState.NEEDS_DECISION)
    return cases
