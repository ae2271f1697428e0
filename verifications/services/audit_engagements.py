"""Access of auditors for a time: given, shortened and extended by an administrator, each with its event."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import AuditAction
from verifications.errors import DomainError, FieldProblem, PreflightFailed
from verifications.models import AuditEngagement
from verifications.policy.roles import AUDITOR
from verifications.services.audit import record_event

LONGEST = dt.timedelta(days=731)
RULE = "Access of auditors ends"


@transaction.atomic
def give_access(
    *, auditor_id: int, title: str, starts_at: dt.datetime, ends_at: dt.datetime, person: Any, at: dt.datetime
) -> AuditEngagement:
    """Let an auditor look from ``starts_at`` until ``ends_at``; outside of such times they are refused from now on.

    Raises ``PreflightFailed`` next to ``auditor``, ``title``, ``starts_at`` or ``ends_at``.
    """
    auditor = get_user_model().objects.select_for_update(of=("self",)).filter(pk=auditor_id, is_active=True).first()
    problems = _auditor_problems(auditor, person)
    if not title.strip():
        problems.append(FieldProblem("title", _("Say what the access is for."), RULE))
    problems += _time_problems(starts_at, ends_at, at)
    if not problems:
        problems += _overlap_problems(auditor_id, starts_at, ends_at)
    if problems:
        raise PreflightFailed(problems)
    engagement = AuditEngagement.objects.create(
        auditor_id=auditor_id, title=title.strip(), starts_at=starts_at, ends_at=ends_at, given_by=person, given_at=at
    )
    record_event(
        action=AuditAction.ENGAGEMENT_GIVEN,
        actor=f"user:{person.pk}",
        subject=engagement,
        at=at,
        details={"auditor": f"user:{auditor_id}", "from": starts_at.isoformat(), "until": ends_at.isoformat()},
    )
    return engagement


@transaction.atomic
def change_access(
    *, engagement_id: int, ends_at: dt.datetime, reason: str, person: Any, at: dt.datetime
) -> AuditEngagement:
    """End the access earlier or later than it was given; an end that is over already ends it now.

    Raises ``PreflightFailed`` next to ``ends_at`` or ``reason``, and ``DomainError`` when there is no such access.
    """
    engagement = AuditEngagement.objects.select_for_update(of=("self",)).filter(pk=engagement_id).first()
    if engagement is None:
        raise DomainError(_("This access does not exist."))
    if engagement.starts_at < at < engagement.ends_at:
        ends_at = max(ends_at, at)
    problems = [] if reason.strip() else [FieldProblem("reason", _("Say why; auditors read it."), RULE)]
    if engagement.auditor_id == person.pk:
        problems.append(FieldProblem("ends_at", _("Somebody else changes your own access."), RULE))
    elif ends_at == engagement.ends_at:
        problems.append(FieldProblem("ends_at", _("This is when it ends already."), RULE))
    elif ends_at <= engagement.starts_at:
        problems.append(FieldProblem("ends_at", _("The end comes after the beginning."), RULE))
    elif ends_at < at:
        problems.append(FieldProblem("ends_at", _("This is over already."), RULE))
    elif ends_at - engagement.starts_at > LONGEST:
        problems.append(_too_long())
    else:
        problems += _overlap_problems(engagement.auditor_id, engagement.starts_at, ends_at, besides=engagement.pk)
    if problems:
        raise PreflightFailed(problems)
    before, engagement.ends_at = engagement.ends_at, ends_at
    engagement.save(update_fields=["ends_at"])
    record_event(
        action=AuditAction.ENGAGEMENT_CHANGED,
        actor=f"user:{person.pk}",
        subject=engagement,
        at=at,
        details={
            "auditor": f"user:{engagement.auditor_id}",
            "until_before": before.isoformat(),
            "until": ends_at.isoformat(),
        },
        reason=reason.strip(),
    )
    return engagement


def _auditor_problems(auditor: Any, person: Any) -> list[FieldProblem]:
    if auditor is None or not auditor.groups.filter(name=AUDITOR).exists():
        return [FieldProblem("auditor", _("Choose a person with the role Auditor."), RULE)]
    if auditor.pk == person.pk:
        return [FieldProblem("auditor", _("Nobody gives access to themselves."), RULE)]
    return []


def _time_problems(starts_at: dt.datetime, ends_at: dt.datetime, at: dt.datetime) -> list[FieldProblem]:
    if ends_at <= starts_at:
        return [FieldProblem("ends_at", _("The end comes after the beginning."), RULE)]
    if ends_at <= at:
        return [FieldProblem("ends_at", _("This is over already."), RULE)]
    return [_too_long()] if ends_at - starts_at > LONGEST else []


def _overlap_problems(
    auditor_id: int, starts_at: dt.datetime, ends_at: dt.datetime, *, besides: int = 0
) -> list[FieldProblem]:
    """Two times at once would let one go on when the other is ended."""
    others = AuditEngagement.objects.filter(auditor_id=auditor_id, starts_at__lt=ends_at, ends_at__gt=starts_at)
    other = others.exclude(pk=besides).order_by("starts_at").first()
    if other is None:
        return []
    message = _("This person has access for “%(title)s” at the same time. Change that instead.")
    return [FieldProblem("ends_at" if besides else "starts_at", message % {"title": other.title}, RULE)]


def _too_long() -> FieldProblem:
    return FieldProblem("ends_at", _("Give two years at most; it can be extended then."), RULE)
