"""What evidence does to a choice that still waits for its second person."""

from __future__ import annotations

import datetime as dt

from verifications.enums import AuditAction, ReconciliationStatus
from verifications.models import Reconciliation, Verification
from verifications.services.audit import record_event


def overtake(*, verification: Verification, actor: str, at: dt.datetime) -> None:
    """The outcome is known now, so nothing is left to choose. Part of the transaction that made it known."""
    for one in Reconciliation.objects.filter(verification=verification, status=ReconciliationStatus.PROPOSED):
        one.status = ReconciliationStatus.OVERTAKEN
        one.decided_by, one.decided_at = actor, at
        one.save(update_fields=["status", "decided_by", "decided_at"])
        record_event(
            action=AuditAction.RECONCILIATION_OVERTAKEN,
            actor=actor,
            subject=verification,
            at=at,
            details={"reconciliation": str(one.public_id), "choice": one.choice},
        )
