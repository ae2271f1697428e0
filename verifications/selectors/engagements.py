"""Until when an auditor may look. One who was never given access for a time is staff, and has no end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from verifications.models import AuditEngagement
from verifications.policy.roles import AUDITOR

TIME_BOXED = "verifications.add_auditsample"
"""Who has this works in the auditor's room, and only they can be given a time for it."""
ENDS_SOON = dt.timedelta(days=3)
MOST_ROWS = 500


@dataclass(frozen=True)
class AuditAccess:
    """What an auditor's engagements say at one moment: the one that runs, the next, and the last that ended."""

    current: AuditEngagement | None
    following: AuditEngagement | None
    ended: AuditEngagement | None

    @property
    def is_open(self) -> bool:
        return self.current is not None

    def ends_soon(self, at: dt.datetime) -> bool:
        return self.current is not None and self.current.ends_at - at <= ENDS_SOON


def audit_access(user: Any, at: dt.datetime) -> AuditAccess | None:
    """``None`` for everybody whose access has no end: staff, and auditors without an engagement.

    One query for an auditor and none for others, whose permissions are known by then.
    """
    if user.is_superuser or not user.has_perm(TIME_BOXED):
        return None
    engagements = list(
        AuditEngagement.objects.filter(auditor_id=user.pk).select_related("given_by").order_by("-ends_at")
    )
    return access_at(engagements, at) if engagements else None


def access_at(engagements: Sequence[AuditEngagement], at: dt.datetime) -> AuditAccess:
    """``engagements`` of one auditor, the one that ends last first."""
    return AuditAccess(
        current=next((one for one in engagements if one.starts_at <= at < one.ends_at), None),
        following=next((one for one in reversed(engagements) if one.starts_at > at), None),
        ended=next((one for one in engagements if one.ends_at <= at), None),
    )


def has_access_now(user: Any, at: dt.datetime) -> bool:
    """Whether anything may be done for this person at this moment, in a page or in the background."""
    if not user.is_active:
        return False
    access = audit_access(user, at)
    return access is None or access.is_open


def engagements_for_list() -> list[AuditEngagement]:
    """Those that end last first."""
    return list(AuditEngagement.objects.select_related("auditor", "given_by").order_by("-ends_at", "-pk")[:MOST_ROWS])


def auditors_without_end() -> list[Any]:
    """Auditors who were never given a time: they may look until their role is taken away."""
    return list(auditors().filter(engagements__isnull=True))


def auditors() -> QuerySet[Any]:
    """People with the role, by name; those who were switched off are left out."""
    people = get_user_model().objects.filter(is_active=True, groups__name=AUDITOR)
    return people.order_by("first_name", "last_name", "username")
