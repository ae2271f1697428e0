"""Submissions of unknown outcome: matched by one person, sent again or given up by two, overtaken by evidence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import ACTOR, NOON
from tests.fakes import WAIT, FakeProvider
from tests.services.delivery_writes import REASON, SECOND, lost, proposed
from tests.services.support import SECOND as ONE_SECOND
from tests.services.support import actions, deliver, submissions, submitted
from verifications.errors import ConflictingRecord, InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import AuditEvent, Case, ProviderCall, Reconciliation, Verification
from verifications.services.reconciliations import (
    decide_reconciliation,
    propose_reconciliation,
    withdraw_reconciliation,
)
from verifications.services.verifications import retry_delivery

pytestmark = pytest.mark.django_db


def test_a_match_takes_one_person_and_the_providers_id(clock: Any) -> None:
    verification = lost()

    _propose(verification, "MATCH", reference=" ver_77 ")

    verification.refresh_from_db()
    (call,) = submissions(verification)
    assert (verification.status, verification.provider_reference) == ("ACCEPTED", "ver_77")
    assert (call.status, Reconciliation.objects.get().status) == ("SUCCEEDED", "CARRIED_OUT")
    assert Case.objects.get().state == "WITH_PROVIDER"


def test_sending_again_takes_a_second_person_and_keeps_our_id(clock: Any) -> None:
    choice = proposed("SEND_AGAIN")
    verification = choice.verification
    before = (Verification.objects.get(pk=verification.pk).status, len(submissions(verification)))

    decide_reconciliation(reconciliation_id=choice.pk, approve=True, note="Asked them too.", actor=SECOND, at=NOON)
    provider = FakeProvider(actions=(WAIT,))
    deliver(verification.account, provider)

    verification.refresh_from_db()
    first, second = submissions(verification)
    sent = next(argument for name, argument in provider.calls if name == "submit_documents")
    assert before == ("OUTCOME_UNKNOWN", 1)
    assert (first.status, second.status, second.previous_id) == ("UNKNOWN", "SUCCEEDED", first.pk)
    assert verification.status == "ACCEPTED"
    assert sent.metadata.external_verification_id == verification.external_verification_id
    assert AuditEvent.objects.get(action="verification.resent").reason == REASON


def test_what_did_not_arrive_waits_until_somebody_sends_it(clock: Any) -> None:
    choice = proposed("NOT_RECEIVED")

    decide_reconciliation(reconciliation_id=choice.pk, approve=True, note="", actor=SECOND, at=NOON)
    verification = Verification.objects.get(pk=choice.verification_id)
    (call,) = submissions(verification)
    settled = (verification.status, call.status, call.is_dead)
    retry_delivery(verification_id=verification.pk, actor=ACTOR, at=NOON)
    deliver(verification.account, FakeProvider(actions=(WAIT,)))

    verification.refresh_from_db()
    assert settled == ("QUEUED", "NOT_SENT", True)
    assert verification.status == "ACCEPTED"


@pytest.mark.parametrize("choice", ["SEND_AGAIN", "NOT_RECEIVED"])
def test_nobody_decides_what_they_proposed(clock: Any, choice: str) -> None:
    one = proposed(choice)

    with pytest.raises(NotAllowed):
        decide_reconciliation(reconciliation_id=one.pk, approve=True, note="", actor=ACTOR, at=NOON)

    assert Verification.objects.get(pk=one.verification_id).status == "OUTCOME_UNKNOWN"
    assert Reconciliation.objects.get().status == "PROPOSED"


def test_a_declined_choice_leaves_the_outcome_unknown_for_another(clock: Any) -> None:
    one = proposed()

    decide_reconciliation(reconciliation_id=one.pk, approve=False, note="Look again.", actor=SECOND, at=NOON)
    _propose(one.verification, "NOT_RECEIVED")

    assert list(Reconciliation.objects.order_by("id").values_list("status", flat=True)) == ["DECLINED", "PROPOSED"]
    assert len(submissions(one.verification)) == 1


def test_only_who_proposed_withdraws(clock: Any) -> None:
    one = proposed()

    with pytest.raises(NotAllowed):
        withdraw_reconciliation(reconciliation_id=one.pk, actor=SECOND, at=NOON)
    withdraw_reconciliation(reconciliation_id=one.pk, actor=ACTOR, at=NOON)

    assert Reconciliation.objects.get().status == "WITHDRAWN"


def test_one_choice_at_a_time(clock: Any) -> None:
    one = proposed()

    with pytest.raises(ConflictingRecord):
        _propose(one.verification, "NOT_RECEIVED")

    assert Reconciliation.objects.count() == 1


def test_a_choice_is_decided_once(clock: Any) -> None:
    one = proposed()
    decide_reconciliation(reconciliation_id=one.pk, approve=True, note="", actor=SECOND, at=NOON)

    with pytest.raises(InvalidTransition):
        decide_reconciliation(reconciliation_id=one.pk, approve=True, note="", actor="user:98", at=NOON)

    assert len(submissions(one.verification)) == 2


def test_evidence_overtakes_a_choice_that_waits(clock: Any) -> None:
    one = proposed()
    clock.shift(2 * ONE_SECOND)

    deliver(one.verification.account, FakeProvider(actions=(WAIT,)))

    assert Verification.objects.get(pk=one.verification_id).status == "ACCEPTED"
    assert Reconciliation.objects.get().status == "OVERTAKEN"
    assert "reconciliation.overtaken" in actions()
    with pytest.raises(InvalidTransition):
        decide_reconciliation(reconciliation_id=one.pk, approve=True, note="", actor=SECOND, at=NOON)


@pytest.mark.parametrize(
    ("choice", "reason", "reference", "field"),
    [
        ("", REASON, "", "choice"),
        ("GUESS", REASON, "", "choice"),
        ("SEND_AGAIN", "why not", "", "reason"),
        ("MATCH", REASON, "   ", "reference"),
        ("MATCH", REASON, "x" * 256, "reference"),
        ("MATCH", REASON, "ver\x00_1", "reference"),
    ],
)
def test_a_choice_that_says_too_little_is_refused_beside_its_field(
    clock: Any, choice: str, reason: str, reference: str, field: str
) -> None:
    verification = lost()

    with pytest.raises(PreflightFailed) as refused:
        propose_reconciliation(
            verification_id=verification.pk, choice=choice, reason=reason, reference=reference, actor=ACTOR, at=NOON
        )

    assert [problem.field for problem in refused.value.problems] == [field]
    assert not Reconciliation.objects.exists()


def test_an_id_of_another_verification_is_no_match(clock: Any) -> None:
    verification = lost()
    other = submitted(provider_user=verification.provider_user)
    deliver(other.account, FakeProvider(actions=(WAIT,)))
    other.refresh_from_db()
    Verification.objects.filter(pk=verification.pk).update(status="OUTCOME_UNKNOWN", accepted_at=None)
    ProviderCall.objects.filter(verification=verification).update(status="UNKNOWN")

    with pytest.raises(ConflictingRecord):
        _propose(verification, "MATCH", reference=other.provider_reference)

    assert Verification.objects.get(pk=verification.pk).status == "OUTCOME_UNKNOWN"
    assert not Reconciliation.objects.exists()


def test_what_is_known_is_not_chosen(clock: Any) -> None:
    accepted, waiting = submitted(), submitted()
    deliver(accepted.account, FakeProvider(actions=(WAIT,)))

    for verification in (accepted, waiting):
        with pytest.raises(InvalidTransition):
            _propose(verification, "SEND_AGAIN")

    assert not Reconciliation.objects.exists()


def _propose(verification: Verification, choice: str, **more: Any) -> Reconciliation:
    return propose_reconciliation(
        verification_id=verification.pk, choice=choice, reason=REASON, actor=ACTOR, at=NOON, **more
    )
