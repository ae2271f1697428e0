"""Cases for the queue's tests, written as rows: what they look like matters there, not how they came about."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from django.utils import timezone

from tests.factories import make_customer
from verifications.models import Case

_offsets = itertools.count(1)


def make_case(**columns: Any) -> Case:
    """An open case of a customer of its own, due in a few hours unless said otherwise."""
    now = timezone.now()
    names = {name: columns.pop(name) for name in ("first_name", "last_name", "reference") if name in columns}
    customer = make_customer(**names)
    row: dict[str, Any] = {
        "customer": customer,
        "customer_kind": customer.kind,
        "country": "AD",
        "state": "NEEDS_DECISION",
        "opened_at": now - dt.timedelta(hours=2),
        "due_at": now + dt.timedelta(hours=3, seconds=next(_offsets)),
        "updated_at": now - dt.timedelta(hours=2),
    }
    return Case.objects.create(**(row | columns))


def numbers(response: Any) -> set[str]:
    """The cases a list shows."""
    return {row.number for row in response.context["rows"]}
