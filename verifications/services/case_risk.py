"""The risk of a case under the policy in force."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from verifications.enums import AuditAction
from verifications.models import Case
from verifications.policy.rules import assess
from verifications.selectors.case_facts import facts_of
from verifications.services import due_times
from verifications.services.audit import record_event
from verifications.services.policies import current_policy


@transaction.atomic
def reassess(*, case: Case, actor: str, at: dt.datetime) -> None:
    """Bring risk, its reasons and the due time of a locked, open case in line with its facts, as far as they changed.

    A closed case keeps the risk it was decided under.
    """
    if case.closed_at is not None:
        return
    version, policy = current_policy()
    found = assess(policy, facts_of(case))
    reasons = [hit.id for hit in found.reasons]
    if (found.risk, reasons) == (case.risk, case.risk_reasons):
        return
    before = case.risk
    details = {"before": before, "after": found.risk, "rules": reasons, "policy": version.number}
    case.risk, case.risk_reasons = found.risk, reasons
    case.save(update_fields=["risk", "risk_reasons"])
    record_event(action=AuditAction.CASE_RISK_CHANGED, actor=actor, subject=case, at=at, details=details)
    due_times.follow_risk(case=case, before=before, policy=policy, actor=actor, at=at)
