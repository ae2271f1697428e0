"""A staged decision: a second person approves or returns it, its maker withdraws it, evidence or time ends it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import ProtectedError

from tests.factories import ACTOR, NOON, make_user
from tests.services.decision_support import again, answered_case, decide, officer, senior, staged
from tests.services.support import actions
from verifications.enums import CaseState, ReviewChoice
from verifications.errors import EvidenceChanged, InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import AuditEvent, Case, Decision, DecisionReview, PolicyVersion
from verifications.policy.rules import DEFAULT_POLICY
from verifications.services import decision_reviews
from verifications.services.decision_reviews import (
    approve_decision,
    expire_decisions,
    return_decision,
    withdraw_decision,
)
from verifications.services.policies import change_policy
from verifications.services.sealed_values import open_value
from verifications.services.upkeep import keep_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LATER = NOON + dt.timedelta(hours=73)
NOTE = "The passport in the file is another one."


def refused(error: type[Exception], act: Any, decision: Decision, person: Any, **more: Any) -> Any:
    events = AuditEvent.objects.count()
    with pytest.raises(error) as caught, transaction.atomic():
        act(decision_id=decision.pk, person=person, **({"at": NOON} | more))
    case = again(decision.case)
    assert (case.state, case.staged_decision_id) == (CaseState.SECOND_APPROVAL, decision.pk)
    assert AuditEvent.objects.count() == events
    return caught.value


def test_a_second_person_s_approval_lets_the_decision_take_effect() -> None:
    decision, second = staged(), officer()

    review = approve_decision(decision_id=decision.pk, person=second, at=NOON)

    case = again(decision.case)
    assert (case.state, case.outcome, case.decision) == (CaseState.CLOSED, "APPROVE", decision)
    assert case.staged_decision is None
    assert (review.choice, review.reviewed_by, review.made_by) == ("APPROVED", second, decision.made_by)
    assert review.evidence_hash == decision.evidence_hash
    assert actions()[-3:] == ["decision.approved", "case.state_changed", "case.closed"]


def test_nobody_approves_or_returns_their_own_decision() -> None:
    decision = staged()

    error = refused(NotAllowed, approve_decision, decision, decision.made_by)
    refused(NotAllowed, approve_decision, decision, decision.made_by_id)
    refused(NotAllowed, return_decision, decision, decision.made_by, note=NOTE)

    assert "somebody else" in str(error)


def test_a_superuser_alone_can_not_do_both() -> None:
    root = type(officer()).objects.create_superuser("root", "root@example.org", "correct horse battery")
    decision = staged(root)

    refused(NotAllowed, approve_decision, decision, root)


def test_whoever_may_not_decide_may_not_be_the_second_person() -> None:
    decision, demoted = staged(), officer()
    demoted.groups.clear()

    for person in (make_user(), make_user("Auditor"), make_user("Administrator"), demoted):
        refused(NotAllowed, approve_decision, decision, person)


def test_who_made_the_case_is_no_second_person() -> None:
    decision, person = staged(), officer()
    decision.case.verifications.update(created_by=f"user:{person.pk}")

    refused(NotAllowed, approve_decision, decision, person)


def test_a_decision_that_asks_for_a_senior_person_is_approved_by_one() -> None:
    case = answered_case()
    decide(case, officer(), "ESCALATE")
    decision = decide(case, senior())

    refused(NotAllowed, approve_decision, decision, officer())
    refused(NotAllowed, approve_decision, decision, decision.made_by)
    approve_decision(decision_id=decision.pk, person=senior(), at=NOON)

    assert decision.needs_senior
    assert again(case).state == CaseState.CLOSED


def test_changed_evidence_is_named_to_the_second_person_and_the_decision_goes_on_waiting() -> None:
    decision = staged()
    decision.case.verifications.update(nationality="FR")

    error = refused(EvidenceChanged, approve_decision, decision, officer())

    assert error.changed == ("Kraken Embed, passport: nationality: new",)
    assert not DecisionReview.objects.exists()


def test_a_policy_that_changed_meanwhile_is_changed_evidence() -> None:
    decision = staged()
    number = PolicyVersion.objects.latest("number").number
    change_policy(rules=DEFAULT_POLICY, note="Looked at it again.", based_on=number, actor=ACTOR, at=NOON)

    error = refused(EvidenceChanged, approve_decision, decision, officer())

    assert error.changed == ("Policy in force: changed",)


def test_a_returned_decision_leaves_the_case_to_be_decided_anew_and_the_note_is_sealed() -> None:
    decision, second = staged(), officer()

    refused(PreflightFailed, return_decision, decision, second, note="No.")
    review = return_decision(decision_id=decision.pk, note=NOTE, person=second, at=NOON)

    case = again(decision.case)
    assert (case.state, case.staged_decision, case.decision) == (CaseState.NEEDS_DECISION, None, None)
    assert (str(review.note), open_value(review, "note")) == ("8 words", NOTE)
    assert NOTE not in str(list(AuditEvent.objects.values()))
    assert decide(case, officer(), "DECLINE").pk


def test_a_withdrawn_decision_is_its_maker_s_to_withdraw() -> None:
    decision = staged()

    refused(NotAllowed, withdraw_decision, decision, officer())
    review = withdraw_decision(decision_id=decision.pk, person=decision.made_by, at=NOON)

    assert review.choice == ReviewChoice.WITHDRAWN
    assert again(decision.case).state == CaseState.NEEDS_DECISION


def test_what_was_reviewed_once_is_not_reviewed_again() -> None:
    decision = staged()
    withdraw_decision(decision_id=decision.pk, person=decision.made_by, at=NOON)

    for act, more in ((approve_decision, {}), (return_decision, {"note": NOTE})):
        with pytest.raises(InvalidTransition), transaction.atomic():
            act(decision_id=decision.pk, person=officer(), at=NOON, **more)
    with pytest.raises(InvalidTransition), transaction.atomic():
        approve_decision(decision_id=10**9, person=officer(), at=NOON)


def test_a_decision_that_needed_nobody_has_nothing_to_approve() -> None:
    decision = decide(answered_case(), officer())

    with pytest.raises(InvalidTransition), transaction.atomic():
        approve_decision(decision_id=decision.pk, person=officer(), at=NOON)


def test_a_staged_decision_expires_and_the_case_has_to_be_decided_anew() -> None:
    decision = staged()

    early = expire_decisions(now=NOON + dt.timedelta(hours=71))
    done = keep_up(now=LATER)["decisions_expired"]
    again_done = expire_decisions(now=LATER)

    review = DecisionReview.objects.get()
    assert (early, done, again_done) == (0, 1, 0)
    assert (review.choice, review.reviewed_by) == ("EXPIRED", None)
    assert again(decision.case).state == CaseState.NEEDS_DECISION
    assert AuditEvent.objects.get(action="decision.expired").actor == "system:schedule"


def test_one_that_is_over_is_not_approved_even_before_the_schedule_comes_by() -> None:
    refused(InvalidTransition, approve_decision, staged(), officer(), at=LATER)


def test_a_fault_with_one_keeps_the_others_from_nothing(monkeypatch: Any) -> None:
    first, second = staged(), staged()
    unstage = decision_reviews.unstage

    def fail(**arguments: Any) -> None:
        if arguments["case"].pk == first.case_id:
            raise RuntimeError("fault")
        unstage(**arguments)

    monkeypatch.setattr(decision_reviews, "unstage", fail)

    assert expire_decisions(now=LATER) == 1
    assert again(first.case).state == CaseState.SECOND_APPROVAL
    assert again(second.case).state == CaseState.NEEDS_DECISION


def test_a_staged_correction_opens_the_case_and_its_return_closes_it_as_it_was() -> None:
    case = answered_case("DENY")
    first = decide(case, officer(), "DECLINE")
    correction = decide(case, officer(), "APPROVE", corrects=first.public_id)
    waiting = again(case)

    return_decision(decision_id=correction.pk, note=NOTE, person=officer(), at=NOON)
    back = again(case)
    second = decide(case, officer(), "APPROVE", corrects=first.public_id)
    approve_decision(decision_id=second.pk, person=officer(), at=NOON)

    assert (waiting.state, waiting.decision, waiting.outcome) == (CaseState.SECOND_APPROVAL, first, "DECLINE")
    assert (back.state, back.decision, back.outcome) == (CaseState.CLOSED, first, "DECLINE")
    assert (again(case).state, again(case).outcome, second.supersedes) == (CaseState.CLOSED, "APPROVE", first)


def test_the_database_refuses_a_review_by_the_decision_s_maker() -> None:
    decision = staged()
    for choice in (ReviewChoice.APPROVED, ReviewChoice.RETURNED):
        for reviewer in (decision.made_by, None):
            with pytest.raises(IntegrityError), transaction.atomic():
                DecisionReview.objects.create(
                    decision=decision,
                    choice=choice,
                    made_by=decision.made_by,
                    reviewed_by=reviewer,
                    reviewed_at=NOON,
                )


def test_reviews_are_written_once_in_the_database_itself() -> None:
    decision = staged()
    review = approve_decision(decision_id=decision.pk, person=officer(), at=NOON)

    for change in (
        lambda: DecisionReview.objects.update(choice="RETURNED"),
        lambda: DecisionReview.objects.filter(pk=review.pk).delete(),
        review.save,
    ):
        with pytest.raises((DatabaseError, ProtectedError)), transaction.atomic():
            change()


def test_a_case_can_not_be_staged_without_waiting_for_its_second_person() -> None:
    decision = staged()
    for changes in ({"state": "NEEDS_DECISION"}, {"staged_decision": None}, {"state": "CLOSED", "closed_at": NOON}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Case.objects.filter(pk=decision.case_id).update(**changes)
