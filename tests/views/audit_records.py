"""What stands in an auditor's room; the clock is the real one, as in the pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from tests.factories import NOON, make_user
from verifications.models import AuditEngagement, AuditQuestion, AuditSample, Case
from verifications.policy.roles import ADMINISTRATOR, AUDITOR
from verifications.selectors.audit_samples import SampleFilter
from verifications.services.audit_engagements import give_access
from verifications.services.audit_questions import ask_question
from verifications.services.audit_samples import draw_sample

DAY = dt.timedelta(days=1)
EVER = {"first": "2020-01-01T00:00:00+00:00", "until": "2100-01-01T00:00:00+00:00"}
LATER = NOON + dt.timedelta(days=36500)
"""After anything that a test opens, by either clock."""


def access_for(
    auditor: Any, *, starts: int = -1, ends: int = 30, title: str = "External audit 2026"
) -> AuditEngagement:
    """From and until so many days from now."""
    now = timezone.now()
    at = min(now, now + ends * DAY - DAY)
    return give_access(
        auditor_id=auditor.pk,
        title=title,
        starts_at=now + starts * DAY,
        ends_at=now + ends * DAY,
        person=make_user(ADMINISTRATOR),
        at=at,
    )


def running_access() -> AuditEngagement:
    return access_for(make_user(AUDITOR))


def drawn_sample(person: Any = None, *, size: int = 3, seed: str = "dice 4 2 6", **filters: str) -> AuditSample:
    """Of all cases there are, as far as nothing else is asked for."""
    return draw_sample(
        title="All cases",
        chosen=SampleFilter(**({"by": "opened"} | EVER | filters)),
        size=size,
        seed=seed,
        person=person or make_user(AUDITOR),
        at=LATER,
    )


def asked_question(case: Case, person: Any = None, text: str = "Why was the selfie taken twice?") -> AuditQuestion:
    return ask_question(case_id=case.pk, text=text, person=person or make_user(AUDITOR), at=timezone.now())
