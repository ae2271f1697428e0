"""Nobody silently stays approved: a review opens by itself before an approval or a document ends."""

from __future__ import annotations

import datetime as dt
import logging

from django.core.cache import cache
from django.db import transaction

from verifications.enums import CaseCause, CaseKind
from verifications.models import Case, Customer
from verifications.selectors.expiring import due_reviews, today_of
from verifications.services.cases import open_case_for
from verifications.services.policies import current_policy

logger = logging.getLogger(__name__)

ACTOR = "system:schedule"
MOST_AT_ONCE = 200
LOOK_EVERY = dt.timedelta(minutes=5)
LOOKED = "expiry-watch-looked"


def watch_expiries(*, now: dt.datetime) -> int:
    """``open_due_reviews`` now and then: what ends, ends on a day, and upkeep comes every few seconds."""
    if not cache.add(LOOKED, now.isoformat(), LOOK_EVERY.total_seconds()):
        return 0
    return open_due_reviews(now=now)


def open_due_reviews(*, now: dt.datetime) -> int:
    """Open a review for whoever it is due for; returns how many. Safe to run twice and at the same time."""
    _version, policy = current_policy()
    due = due_reviews(today=today_of(policy, now), days_before=policy.review_before_days)
    done = 0
    for review in due:
        if done >= MOST_AT_ONCE:
            break
        try:
            done += _open(review.customer_id, review.cause, now=now)
        except Exception:
            logger.exception("The review of customer %s could not be opened.", review.customer_id)
    return done


@transaction.atomic
def _open(customer_id: int, cause: CaseCause, *, now: dt.datetime) -> bool:
    """``False`` when somebody was first."""
    customer = Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer_id)
    if Case.objects.filter(customer=customer, closed_at__isnull=True).exists():
        return False
    open_case_for(customer=customer, actor=ACTOR, at=now, kind=CaseKind.REVIEW, cause=cause)
    return True
