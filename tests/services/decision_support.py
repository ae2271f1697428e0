"""Cases to decide, people to decide them, and what they had on screen."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from tests.factories import ACTOR, NOON, make_user
from tests.services.support import submitted
from verifications.enums import ProviderAnswer, VerificationStatus
from verifications.models import AuditEvent, Case, Decision, Verification
from verifications.policy.roles import OFFICER, SENIOR_OFFICER
from verifications.selectors.evidence import evidence_of
from verifications.services.cases import follow_verification
from verifications.services.decisions import make_decision

RATIONALE = "Seen the passport and the answer; both speak of the same person."
REASONS = {
    "APPROVE": "identity-confirmed",
    "DECLINE": "identity-not-confirmed",
    "ASK_FOR_MORE": "document-unreadable",
    "ESCALATE": "beyond-my-mandate",
}


def officer() -> Any:
    return make_user(OFFICER)


def senior() -> Any:
    return make_user(SENIOR_OFFICER)


def case_of(verification: Verification) -> Case:
    return Case.objects.select_related("customer").get(pk=verification.case_id)


def answer(verification: Verification, says: str = ProviderAnswer.REQUIREMENT_MET) -> Case:
    """The provider's answer has come."""
    verification.status = VerificationStatus.COMPLETED
    verification.answer = says
    verification.accepted_at = verification.completed_at = NOON
    verification.save(update_fields=["status", "answer", "accepted_at", "completed_at"])
    follow_verification(verification=verification, actor=ACTOR, at=NOON)
    return case_of(verification)


def answered_case(says: str = ProviderAnswer.REQUIREMENT_MET, **changes: Any) -> Case:
    """A case that needs a decision; ``DENY`` is one whose approval takes two people."""
    return answer(submitted(**changes), says)


def again(case: Case) -> Case:
    return Case.objects.select_related("customer", "decision", "staged_decision").get(pk=case.pk)


def seen(case: Case) -> dict[str, Any]:
    """What is on screen now, as ``make_decision`` takes it."""
    evidence = evidence_of(again(case))
    return {"evidence_hash": evidence.hash, "seen": evidence.seen()}


def decide(case: Case, person: Any, outcome: str = "APPROVE", **changes: Any) -> Decision:
    arguments = {
        "case_id": case.pk,
        "outcome": outcome,
        "reason_code": REASONS.get(outcome, ""),
        "rationale": RATIONALE,
        "person": person,
        "at": NOON,
        **({} if "evidence_hash" in changes else seen(case)),
    }
    return make_decision(**(arguments | changes))


def staged(person: Any = None) -> Decision:
    """An approval against the provider's advice, which waits for its second person."""
    return decide(answered_case(ProviderAnswer.DENY), person or officer())


def refused(error: type[Exception], case: Case, person: Any, outcome: str = "APPROVE", **changes: Any) -> Any:
    """The refusal, after making sure that nothing was written."""
    before, events = again(case), AuditEvent.objects.count()
    with pytest.raises(error) as caught, transaction.atomic():
        decide(case, person, outcome, **changes)
    after = again(case)
    assert (after.state, after.decision_id, after.version) == (before.state, before.decision_id, before.version)
    assert AuditEvent.objects.count() == events
    return caught.value
