"""What the service of evidence packs does, for the table in ``test_every_write_is_audited``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.factories import NOON, make_user
from tests.services.decision_support import answered_case
from verifications.policy.roles import AUDITOR
from verifications.services.evidence_packs import request_pack

Act = Callable[[], Any]

WITH_ITS_CALLER = {"evidence_packs.make_pack"}
"""Writes its looks, one a record; whoever makes the export writes that it began and how it ended."""


def _requested() -> Act:
    case, person = answered_case(), make_user(AUDITOR)
    return partial(request_pack, case_id=case.pk, variant="REGULATOR", purpose="AUDIT", person=person, at=NOON)


WRITES: dict[str, Callable[[], Act]] = {"evidence_packs.request_pack": _requested}
