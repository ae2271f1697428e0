"""Answers that come after people have decided: kept, and never against the decision or a later try."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.factories import ACTOR, NOON
from tests.services.support import SECOND, actions, submissions, submitted
from verifications.enums import VerificationStatus
from verifications.errors import InvalidTransition
from verifications.models import ProviderCall, Verification
from verifications.providers.errors import OutcomeUnknown, ProviderRefused
from verifications.providers.types import SubmissionAccepted
from verifications.services.call_records import record_outcome
from verifications.services.call_sweep import sweep
from verifications.services.outcomes import Outcome, outcome_of_error
from verifications.services.provider_calls import claim_next
from verifications.services.reconciliations import decide_reconciliation, propose_reconciliation
from verifications.services.verifications import submit_verification

pytestmark = pytest.mark.django_db
LATER = NOON + 3600 * SECOND
REFUSED = ProviderRefused("Not legible.", code="no", http_status=400)
LOST = OutcomeUnknown("No answer.", code="timeout")


def claim(verification: Verification, at: Any) -> tuple[ProviderCall, uuid.UUID]:
    """A worker that has begun to send."""
    claimed = claim_next(key_id=verification.account.key_id, now=at)
    assert claimed is not None
    ProviderCall.objects.filter(pk=claimed[0].pk).update(sending_at=at)
    return claimed


def decided(verification: Verification, choice: str) -> None:
    proposed = propose_reconciliation(
        verification_id=verification.pk, choice=choice, reason="Asked the provider.", actor="user:1", at=LATER
    )
    decide_reconciliation(reconciliation_id=proposed.pk, approve=True, note="", actor="user:2", at=LATER)


def lost(choice: str = "SEND_AGAIN") -> tuple[Verification, tuple[ProviderCall, uuid.UUID]]:
    """A submission whose worker was lost, about which two people have decided."""
    verification = submitted()
    first = claim(verification, NOON)
    sweep(now=LATER)
    ProviderCall.objects.filter(operation="GET_USER").delete()
    decided(verification, choice)
    return verification, first


def record(claimed: tuple[ProviderCall, uuid.UUID], said: str | Exception) -> bool:
    call, token = claimed
    if isinstance(said, str):
        outcome = Outcome.succeeded(SubmissionAccepted(said))
    else:
        outcome = outcome_of_error(said, call=call, bytes_left=True)
    return record_outcome(call_id=call.pk, token=token, outcome=outcome, answer=None, now=LATER + SECOND)


@pytest.mark.parametrize("second_first", [True, False])
def test_both_answers_are_kept_when_a_submission_sent_again_was_accepted_twice(clock: Any, second_first: bool) -> None:
    verification, first = lost()
    second = claim(verification, LATER)

    for claimed, said in [(second, "ver_2"), (first, "ver_1")][:: 1 if second_first else -1]:
        assert record(claimed, said)

    verification.refresh_from_db()
    assert (verification.status, verification.provider_reference) == ("ACCEPTED", "ver_2")
    assert [call.status for call in submissions(verification)] == ["UNKNOWN", "SUCCEEDED"]
    assert "ver_1" in submissions(verification)[0].message
    assert "provider_call.answered_late" in actions()


def test_a_late_refusal_of_the_first_try_does_not_end_the_second(clock: Any) -> None:
    verification, first = lost()
    second = claim(verification, LATER)

    record(first, REFUSED)
    record(second, "ver_2")

    verification.refresh_from_db()
    assert (verification.status, verification.provider_reference) == ("ACCEPTED", "ver_2")


def test_a_late_refusal_leaves_a_second_try_of_unknown_outcome_unknown(clock: Any) -> None:
    verification, first = lost()
    second = claim(verification, LATER)
    record(second, LOST)

    record(first, REFUSED)

    verification.refresh_from_db()
    assert verification.status == "OUTCOME_UNKNOWN"


def test_a_late_acceptance_settles_it_when_the_second_try_is_unknown_too(clock: Any) -> None:
    verification, first = lost()
    record(claim(verification, LATER), LOST)

    record(first, "ver_1")

    verification.refresh_from_db()
    assert (verification.status, verification.provider_reference) == ("ACCEPTED", "ver_1")


def test_a_late_acceptance_is_kept_though_two_people_found_that_it_had_not_arrived(clock: Any) -> None:
    verification, first = lost("NOT_RECEIVED")

    recorded = record(first, "ver_1")

    verification.refresh_from_db()
    assert recorded
    assert verification.status == "QUEUED"
    assert [(call.status, "ver_1" in call.message) for call in submissions(verification)] == [("NOT_SENT", True)]


@pytest.mark.parametrize("status", [one for one in VerificationStatus if one != VerificationStatus.DRAFT])
def test_only_a_draft_is_submitted(clock: Any, status: str) -> None:
    verification = submitted()
    record(claim(verification, NOON), LOST)
    Verification.objects.filter(pk=verification.pk).update(
        status=status,
        accepted_at=NOON if status in ("ACCEPTED", "COMPLETED") else None,
        completed_at=NOON if status == "COMPLETED" else None,
        answer="REQUIREMENT_MET" if status == "COMPLETED" else "",
    )

    with pytest.raises(InvalidTransition):
        submit_verification(verification_id=verification.pk, actor=ACTOR, at=LATER)

    assert len(submissions(verification)) == 1
