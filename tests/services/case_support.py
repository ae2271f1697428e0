"""Cases changed as a service would change them: locked, with the state that follows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from tests.factories import ACTOR, NOON
from tests.services.decision_support import again, answer
from tests.services.support import submitted
from verifications.models import Case, Customer
from verifications.services.cases import locked_case, refresh_case

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
REASON = "They are away until Monday."


def change(case: Case, *, at: dt.datetime = NOON, **values: Any) -> Case:
    """Set these columns and let the state follow."""
    with transaction.atomic():
        locked = locked_case(case.pk)
        for name, value in values.items():
            setattr(locked, name, value)
        refresh_case(case=locked, actor=ACTOR, at=at)
    return again(case)


def approved(*, on: dt.datetime = NOON, document_ends: dt.date | None = None, **changes: Any) -> Customer:
    """A customer whose case was closed with an approval, without the decision itself."""
    verification = submitted(**changes)
    verification.document_ends_date = document_ends
    verification.save(update_fields=["document_ends_date"])
    case = answer(verification)
    Case.objects.filter(pk=case.pk).update(outcome="APPROVE", decided_at=on)
    change(case, closed_at=on, at=on)
    return verification.customer
