"""Whose document or approval ends: lists for people, and what a review is due for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from verifications.enums import CaseCause, DecisionOutcome, VerificationStatus, VerificationType
from verifications.models import Case, Decision, Verification
from verifications.policy.rules import Policy
from verifications.selectors.counts import capped_counts

IDENTITY_TYPES = (VerificationType.IDENTITY_DOCUMENT, VerificationType.IDENTITY_SESSION, VerificationType.KYC_LINK)
WINDOWS = (30, 60, 90)
"""Days ahead that people look at."""
LOOK_BACK = dt.timedelta(days=365)
"""What ended longer ago was opened for review then, or decided on with a document known to have ended."""


@dataclass(frozen=True)
class DueReview:
    customer_id: int
    cause: CaseCause


def today_of(policy: Policy, now: dt.datetime) -> dt.date:
    """The day it is where the organisation works."""
    return now.astimezone(ZoneInfo(policy.business.timezone)).date()


def ending_documents(*, first: dt.date, last: dt.date, today: dt.date) -> QuerySet[Any]:
    """The newest identity check of each approved customer whose document's last day lies between the two days.

    Nobody whose relationship ended by ``today`` is among them. With ``customer``, and ``open_case`` (public id of the
    customer's open case, or ``None``); order by (``document_ends_date``, ``id``) for paging by the index.
    """
    completed = Verification.objects.filter(status=VerificationStatus.COMPLETED, type__in=IDENTITY_TYPES)
    newer = completed.filter(customer=OuterRef("customer"), pk__gt=OuterRef("pk"))
    closed = _closed_cases()
    return (
        completed.filter(~Exists(newer), _still_a_customer(today), document_ends_date__range=(first, last))
        .annotate(
            standing=Subquery(closed.values("outcome")[:1]),
            approved_at=Subquery(closed.values("decided_at")[:1]),
            open_case=Subquery(_open_cases().values("public_id")[:1]),
        )
        .filter(standing=DecisionOutcome.APPROVE)
        .select_related("customer")
    )


def ending_approvals(*, first: dt.date, last: dt.date, today: dt.date) -> QuerySet[Any]:
    """Approvals of customers that stand and end between the two days; with ``case.customer``, and ``open_case``.

    Order by (``approval_ends_date``, ``id``).
    """
    of_case = OuterRef("case__customer")
    newer = Case.objects.filter(customer=of_case, closed_at__isnull=False, pk__gt=OuterRef("case"))
    return (
        Decision.objects.filter(
            ~Exists(newer),
            _still_a_customer(today, "case__customer"),
            outcome=DecisionOutcome.APPROVE,
            approval_ends_date__range=(first, last),
            case__closed_at__isnull=False,
            case__decision=F("pk"),
        )
        .annotate(open_case=Subquery(_open_cases("case__customer").values("public_id")[:1]))
        .select_related("case__customer")
    )


def ending_counts(*, today: dt.date) -> dict[str, dict[int, int]]:
    """``documents`` and ``approvals`` -> days ahead -> how many end by then; 0 days: ended already.

    Capped counts, and one query.
    """
    spans = {0: (today - LOOK_BACK, today - dt.timedelta(days=1))}
    spans |= {days: (today, today + dt.timedelta(days=days)) for days in WINDOWS}
    lists = {"documents": ending_documents, "approvals": ending_approvals}
    counts = capped_counts(
        {
            f"{what} {days}": listed(first=first, last=last, today=today)
            for what, listed in lists.items()
            for days, (first, last) in spans.items()
        }
    )
    return {what: {days: counts[f"{what} {days}"] for days in spans} for what in lists}


def due_reviews(*, today: dt.date, days_before: int) -> Iterator[DueReview]:
    """Approved customers without an open case whose approval or document ends within ``days_before`` days.

    A document is reviewed once: not again when the review left it as it is. Who decided within those days knew that it
    ends; then the review waits until it has ended, and does not come at all when it had ended by then.
    """
    ahead = dt.timedelta(days=days_before)
    ending = {"first": today - LOOK_BACK, "last": today + ahead, "today": today}
    approvals = ending_approvals(**ending).filter(open_case__isnull=True)
    for customer_id in approvals.order_by("approval_ends_date", "id").values_list("case__customer_id", flat=True):
        yield DueReview(customer_id, CaseCause.APPROVAL_ENDS)
    reviewed = Case.objects.filter(
        customer=OuterRef("customer"), cause=CaseCause.DOCUMENT_ENDS, opened_at__gte=OuterRef("completed_at")
    )
    documents = ending_documents(**ending).filter(~Exists(reviewed), open_case__isnull=True)
    rows = documents.order_by("document_ends_date", "id").values_list(
        "customer_id", "document_ends_date", "approved_at"
    )
    for customer_id, ends, approved_at in rows:
        approved = approved_at.date() if approved_at is not None else dt.date.min
        if approved <= ends - ahead or approved <= ends < today:
            yield DueReview(customer_id, CaseCause.DOCUMENT_ENDS)


def _closed_cases() -> QuerySet[Case]:
    """The customer's closed cases, newest first: what the first of them says stands."""
    return Case.objects.filter(customer=OuterRef("customer"), closed_at__isnull=False).order_by("-id")


def _open_cases(customer: str = "customer") -> QuerySet[Case]:
    return Case.objects.filter(customer=OuterRef(customer), closed_at__isnull=True)


def _still_a_customer(on: dt.date, customer: str = "customer") -> Q:
    ended = f"{customer}__relationship_ended_date"
    return Q(**{f"{ended}__isnull": True}) | Q(**{f"{ended}__gt": on})
