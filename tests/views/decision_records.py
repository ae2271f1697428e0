"""A decision that waits for its second person; the clock is the real one, as in the pages."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from tests.factories import ACTOR, make_user
from tests.services.decision_support import REASONS, again
from tests.services.support import submitted
from verifications.enums import ProviderAnswer, VerificationStatus
from verifications.models import Case, Decision
from verifications.policy.roles import OFFICER
from verifications.selectors.evidence import evidence_of
from verifications.services.cases import follow_verification
from verifications.services.decisions import make_decision


def answered(says: str = ProviderAnswer.REQUIREMENT_MET) -> Case:
    """A case that needs a decision; the approval of one that was denied takes two people."""
    verification, now = submitted(), timezone.now()
    verification.status, verification.answer = VerificationStatus.COMPLETED, says
    verification.accepted_at = verification.completed_at = now
    verification.save(update_fields=["status", "answer", "accepted_at", "completed_at"])
    follow_verification(verification=verification, actor=ACTOR, at=now)
    return Case.objects.select_related("customer").get(pk=verification.case_id)


def decided(case: Case, person: object, outcome: str = "APPROVE", **more: Any) -> Decision:
    arguments: dict[str, Any] = {
        "reason_code": REASONS[outcome],
        "rationale": "Seen the passport and the answer.",
        **more,
    }
    return make_decision(
        case_id=case.pk,
        outcome=outcome,
        evidence_hash=evidence_of(again(case)).hash,
        person=person,
        at=timezone.now(),
        **(arguments | more),
    )


def waiting_decision(**more: Any) -> Decision:
    """An approval by an officer of what a provider denied."""
    return decided(answered(ProviderAnswer.DENY), make_user(OFFICER), **more)
