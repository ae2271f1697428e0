"""The reasons people may choose for a decision: reference data, switched off rather than deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connections, transaction

from verifications.enums import AuditAction
from verifications.models import DecisionReason
from verifications.policy.first_reasons import FIRST_REASONS
from verifications.services.audit import record_event


def ensure_reasons(using: str = "default", **_kwargs: object) -> None:
    """Make what a new installation starts with; connected to ``post_migrate``. What was changed stays changed."""
    if DecisionReason._meta.db_table not in connections[using].introspection.table_names():
        return  # migrated back to before the review desk
    if DecisionReason.objects.using(using).exists():
        return
    DecisionReason.objects.using(using).bulk_create(
        [
            DecisionReason(code=code, label=label, outcome=outcome, position=10 * number)
            for outcome, reasons in FIRST_REASONS.items()
            for number, (code, label) in enumerate(reasons, start=1)
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def save_reason(*, reason: DecisionReason, fields: Sequence[str], actor: str, at: dt.datetime) -> None:
    """Save a new or changed reason. Decisions made before keep its label as it read then."""
    before = DecisionReason.objects.filter(pk=reason.pk).values("label", "position", "is_active").first()
    reason.save()
    record_event(
        action=AuditAction.DECISION_REASON_CHANGED,
        actor=actor,
        subject=reason,
        at=at,
        details={
            "code": reason.code,
            "outcome": reason.outcome,
            "fields": sorted(fields),
            "before": before or {},
            "after": {"label": reason.label, "position": reason.position, "is_active": reason.is_active},
        },
    )
