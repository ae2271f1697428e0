"""When a case is due: in working hours by kind and risk, standing still while the customer has to act."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction
from django.db.models import Q

from verifications.enums import AuditAction, CaseKind, CaseRisk
from verifications.models import Case
from verifications.policy.rules import Policy
from verifications.services.audit import record_event
from verifications.services.policies import current_policy

logger = logging.getLogger(__name__)

ACTOR = "system:schedule"
MOST_AT_ONCE = 200


def due_for(*, kind: CaseKind | str, risk: CaseRisk | str, start: dt.datetime, policy: Policy) -> dt.datetime:
    """When a case that starts at ``start`` is due."""
    return policy.due_at(kind=kind, risk=risk, opened_at=start)


def pause(*, case: Case, actor: str, at: dt.datetime) -> None:
    """Let the due time of a locked case stand still; nothing when it does already. The caller has the transaction."""
    if case.paused_at is not None:
        return
    _version, policy = current_policy()
    case.paused_at = at
    case.paused_left = policy.business.between(at, case.due_at)
    case.save(update_fields=["paused_at", "paused_left"])
    record_event(action=AuditAction.CASE_PAUSED, actor=actor, subject=case, at=at, details=_left(case))


def resume(*, case: Case, actor: str, at: dt.datetime) -> None:
    """Let the due time run again with what was left of it; nothing when it runs."""
    if case.paused_at is None or case.paused_left is None:
        return
    _version, policy = current_policy()
    left = _left(case)
    case.due_at = policy.business.add(at, case.paused_left)
    case.paused_at = case.paused_left = None
    case.save(update_fields=["due_at", "paused_at", "paused_left"])
    details = {**left, "due_at": _iso(case.due_at)}
    record_event(action=AuditAction.CASE_RESUMED, actor=actor, subject=case, at=at, details=details)


def restart(*, case: Case, actor: str, at: dt.datetime) -> None:
    """Give a locked case that was opened again its full time from now; what was missed before stays in the log."""
    _version, policy = current_policy()
    before = case.due_at
    case.due_at = due_for(kind=case.kind, risk=case.risk, start=at, policy=policy)
    case.warned_at = case.breached_at = None
    if case.paused_at is not None:
        case.paused_at, case.paused_left = at, policy.business.between(at, case.due_at)
    case.save(update_fields=["due_at", "paused_at", "paused_left", "warned_at", "breached_at"])
    _changed(case, before, actor=actor, at=at)


def follow_risk(*, case: Case, before: CaseRisk | str, policy: Policy, actor: str, at: dt.datetime) -> None:
    """Move the due time of a locked case whose risk was ``before``.

    A risk that rises late does not make a case late by itself: at least the time of the warning is left, unless less
    was left already.
    """
    hours = policy.due_hours[case.kind]
    shift = dt.timedelta(hours=hours[case.risk] - hours[before])
    if not shift:
        return
    now = case.paused_at or at
    left = policy.business.between(now, case.due_at)
    if shift < dt.timedelta(0):
        shift = max(shift, min(dt.timedelta(hours=policy.warn_hours) - left, dt.timedelta(0)))
    if not shift:
        return
    due_before = case.due_at
    case.due_at = policy.business.add(now, left + shift)
    if case.paused_at is not None:
        case.paused_left = left + shift
    case.save(update_fields=["due_at", "paused_left"])
    _changed(case, due_before, actor=actor, at=at)


def warn_and_breach(*, now: dt.datetime) -> int:
    """Note once of each case that it is due soon, and once that it was missed; never while its time stands still."""
    _version, policy = current_policy()
    running = Case.objects.filter(closed_at__isnull=True, paused_at__isnull=True)
    soon = Q(warned_at__isnull=True, breached_at__isnull=True, due_at__gt=now)
    soon &= Q(due_at__lte=policy.business.add(now, policy.warn_hours))
    missed = Q(breached_at__isnull=True, due_at__lte=now)
    done = 0
    for condition, column, action in (
        (missed, "breached_at", AuditAction.CASE_BREACHED),
        (soon, "warned_at", AuditAction.CASE_WARNED),
    ):
        for pk in list(running.filter(condition).order_by("due_at", "id").values_list("pk", flat=True)[:MOST_AT_ONCE]):
            try:
                done += _note(pk, condition, column, action, now=now)
            except Exception:
                logger.exception("Case %s: its due time could not be noted.", pk)
    return done


@transaction.atomic
def _note(pk: int, condition: Q, column: str, action: AuditAction, *, now: dt.datetime) -> bool:
    """``False`` when it is no longer so, or somebody was first."""
    locked = Case.objects.select_for_update(of=("self",)).select_related("customer")
    case = locked.filter(condition, pk=pk, closed_at__isnull=True, paused_at__isnull=True).first()
    if case is None:
        return False
    setattr(case, column, now)
    case.save(update_fields=[column])
    record_event(action=action, actor=ACTOR, subject=case, at=now, details={"due_at": _iso(case.due_at)})
    return True


def _changed(case: Case, before: dt.datetime, *, actor: str, at: dt.datetime) -> None:
    details = {"before": _iso(before), "after": _iso(case.due_at)}
    record_event(action=AuditAction.CASE_DUE_CHANGED, actor=actor, subject=case, at=at, details=details)


def _left(case: Case) -> dict[str, int]:
    return {"minutes_left": int(case.paused_left.total_seconds() // 60) if case.paused_left is not None else 0}


def _iso(at: dt.datetime) -> str:
    return at.isoformat(timespec="seconds")
