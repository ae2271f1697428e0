"""What the service of reviews does, for the table in ``test_every_write_is_audited``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.factories import ACTOR, NOON
from tests.services.case_support import DAY, approved
from verifications.enums import CaseCause
from verifications.services import reviews

Act = Callable[[], Any]


def _review() -> Act:
    customer = approved(on=NOON - 60 * DAY)
    return partial(reviews.open_review, customer_id=customer.pk, cause=CaseCause.APPROVAL_ENDS, actor=ACTOR, at=NOON)


WRITES: dict[str, Callable[[], Act]] = {"reviews.open_review": _review}
