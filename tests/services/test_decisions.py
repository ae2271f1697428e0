"""Decisions: who may make one, what it keeps, what it brings about, and everything that refuses it."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db.models import ProtectedError

from tests.factories import ACTOR, NOON, make_user
from tests.services.decision_support import (
    RATIONALE,
    again,
    answered_case,
    case_of,
    decide,
    officer,
    refused,
    seen,
    senior,
    staged,
)
from tests.services.support import actions, submitted
from verifications.enums import CaseState, VerificationStatus
from verifications.errors import (
    EvidenceChanged,
    InvalidTransition,
    NotAllowed,
    PreflightFailed,
    StaleRecord,
)
from verifications.models import AuditEvent, Case, Decision, DecisionReason
from verifications.policy.roles import ADMINISTRATOR, AUDITOR
from verifications.policy.rules import DEFAULT_POLICY
from verifications.selectors.evidence import evidence_of
from verifications.services.cases import follow_verification
from verifications.services.decisions import decidable
from verifications.services.policies import change_policy, current_policy
from verifications.services.sealed_values import open_value

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_an_approval_closes_the_case_and_keeps_what_it_rested_on() -> None:
    case, person = answered_case(), officer()

    decision = decide(case, person)

    case = again(case)
    kept = Decision.objects.get()
    assert (case.state, case.outcome, case.decision_id) == (CaseState.CLOSED, "APPROVE", decision.pk)
    assert (case.closed_at, case.decided_at) == (NOON, NOON)
    assert (kept.reason_label, kept.policy.number, kept.risk) == (
        "Identity confirmed, nothing against the customer",
        1,
        "STANDARD",
    )
    assert (kept.needs_second, kept.expires_at, kept.supersedes) == (False, None, None)
    assert kept.approval_ends_date == dt.date(2029, 11, 19)
    assert kept.facts["answers"] == ["REQUIREMENT_MET"]
    assert (len(kept.evidence_hash), len(kept.evidence)) == (64, 24)
    assert open_value(kept, "rationale") == RATIONALE
    assert str(kept.rationale) == "12 words"
    assert actions()[-3:] == ["decision.made", "case.state_changed", "case.closed"]


def test_a_decline_closes_the_case_and_an_approval_s_end_is_not_set() -> None:
    case = answered_case()

    decision = decide(case, officer(), "DECLINE")

    assert again(case).outcome == "DECLINE"
    assert decision.approval_ends_date is None


def test_asking_for_more_lets_the_case_wait_for_the_customer_with_its_time_standing_still() -> None:
    case = answered_case()

    decide(case, officer(), "ASK_FOR_MORE")

    case = again(case)
    assert (case.state, case.asked_customer_at, case.closed_at) == (CaseState.WAITING_FOR_CUSTOMER, NOON, None)
    assert case.paused_at == NOON


def test_escalating_hands_the_case_to_senior_officers() -> None:
    case, person = answered_case(), officer()
    Case.objects.update(owner=person, claimed_by=person, claimed_at=NOON, claim_ends_at=NOON + dt.timedelta(hours=1))

    decide(case, person, "ESCALATE")

    case = again(case)
    assert (case.state, case.is_escalated, case.owner_id, case.claimed_by_id) == (CaseState.ESCALATED, True, None, None)
    assert case.priority == 2
    assert "escalated" in str(refused(NotAllowed, case, officer(), "DECLINE"))
    refused(InvalidTransition, case, senior(), "ESCALATE")
    assert decide(case, senior(), "DECLINE").needs_senior


def test_a_gated_decision_is_staged_and_changes_nothing_yet() -> None:
    decision = staged()

    case = again(decision.case)
    assert (case.state, case.staged_decision_id) == (CaseState.SECOND_APPROVAL, decision.pk)
    assert (case.decision_id, case.outcome, case.closed_at) == (None, "", None)
    assert decision.expires_at == NOON + dt.timedelta(hours=72)
    assert decision.rules == ["denied-by-provider", "denial-overridden", "high-risk-approval"]
    assert "decision.staged" in actions()
    assert "decision.made" not in actions()


@pytest.mark.parametrize("role", [None, ADMINISTRATOR, AUDITOR])
def test_whoever_lacks_the_right_is_refused(role: str | None) -> None:
    refused(NotAllowed, answered_case(), make_user(role))


def test_a_right_that_was_taken_away_counts_at_once_whatever_the_caller_remembers() -> None:
    case, person = answered_case(), officer()
    assert person.has_perm("verifications.decide_case")

    person.groups.clear()

    refused(NotAllowed, case, person)


def test_a_person_who_was_switched_off_is_refused_and_so_is_nobody() -> None:
    case, person = answered_case(), officer()
    type(person).objects.filter(pk=person.pk).update(is_active=False)

    refused(NotAllowed, case, person)
    refused(NotAllowed, case, 99_999)
    refused(NotAllowed, case, None)


def test_a_person_may_be_named_by_their_id() -> None:
    case, person = answered_case(), officer()

    assert decide(case, person.pk).made_by == person


@pytest.mark.parametrize("column", ["created_by", "submitted_by"])
def test_nobody_decides_a_case_they_made(column: str) -> None:
    case, person = answered_case(), officer()
    case.verifications.update(**{column: f"user:{person.pk}"})

    refused(NotAllowed, case, person)


def test_a_claim_of_somebody_else_is_respected_until_it_lapses() -> None:
    case, person, other = answered_case(), officer(), make_user(first_name="Ines", last_name="Roth")
    Case.objects.update(claimed_by=other, claimed_at=NOON, claim_ends_at=NOON + dt.timedelta(minutes=15))

    error = refused(NotAllowed, case, person)
    late = decide(case, person, at=NOON + dt.timedelta(minutes=15))

    assert "Ines Roth" in str(error)
    assert late.pk


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason_code": ""}, "reason"),
        ({"reason_code": "no-such-reason"}, "reason"),
        ({"reason_code": "identity-not-confirmed"}, "reason"),
        ({"rationale": ""}, "rationale"),
        ({"rationale": "  Too few  "}, "rationale"),
        ({"rationale": "x" * 4001}, "rationale"),
    ],
)
def test_a_decision_without_a_reason_or_rationale_is_refused_next_to_the_field(changes: Any, field: str) -> None:
    error = refused(PreflightFailed, answered_case(), officer(), **changes)

    assert [problem.field for problem in error.problems] == [field]


def test_a_reason_that_was_switched_off_is_no_reason() -> None:
    case = answered_case()
    DecisionReason.objects.filter(code="identity-confirmed").update(is_active=False)

    refused(PreflightFailed, case, officer())


def test_an_unknown_outcome_is_refused() -> None:
    case = answered_case()

    refused(PreflightFailed, case, officer(), "PERHAPS", reason_code="identity-confirmed")


def test_changed_evidence_is_named_and_nothing_is_decided() -> None:
    case, person = answered_case(), officer()
    screen = seen(case)
    case.verifications.update(expiration_date=dt.date(2031, 2, 3))

    error = refused(EvidenceChanged, case, person, **screen)

    assert error.changed == ("Kraken Embed, passport: expiry date: new",)


def test_a_hash_without_what_was_seen_is_refused_all_the_same() -> None:
    refused(EvidenceChanged, answered_case(), officer(), evidence_hash="0" * 64)
    refused(EvidenceChanged, answered_case(), officer(), evidence_hash="", seen={})


def test_who_comes_second_is_shown_both_versions() -> None:
    case, first = answered_case(), make_user("Compliance officer", first_name="Ines", last_name="Roth")
    screen = seen(case)
    decide(case, first, "DECLINE")

    error = refused(StaleRecord, case, officer(), **screen)

    assert "Ines Roth" in str(error)
    assert error.versions[0][1:] == ("Decline", "Approve")
    assert error.versions[1][1] != error.versions[1][2]
    assert all(error.versions[1][1:])


def test_asking_twice_from_the_same_page_asks_once() -> None:
    case = answered_case()
    screen = seen(case)
    decide(case, officer(), "ASK_FOR_MORE")

    refused(StaleRecord, case, officer(), "DECLINE", **screen)


@pytest.mark.parametrize("status", [VerificationStatus.QUEUED, VerificationStatus.OUTCOME_UNKNOWN])
@pytest.mark.parametrize("outcome", ["APPROVE", "DECLINE", "ASK_FOR_MORE", "ESCALATE"])
def test_nobody_decides_while_the_fate_of_what_was_sent_is_open(status: str, outcome: str) -> None:
    verification = submitted()
    verification.status = status
    verification.save(update_fields=["status"])
    follow_verification(verification=verification, actor=ACTOR, at=NOON)

    refused(InvalidTransition, case_of(verification), senior(), outcome)


@pytest.mark.parametrize("answer", ["", "IN_REVIEW", "UNREADABLE", "NO_RESULT"])
def test_an_approval_needs_an_answer_that_says_something(answer: str) -> None:
    verification = submitted()
    verification.status, verification.answer, verification.accepted_at = VerificationStatus.ACCEPTED, answer, NOON
    verification.save(update_fields=["status", "answer", "accepted_at"])
    follow_verification(verification=verification, actor=ACTOR, at=NOON)
    case = case_of(verification)
    Case.objects.filter(pk=case.pk).update(is_escalated=True, state=CaseState.ESCALATED)

    refused(InvalidTransition, case, senior())

    assert decide(case, senior(), "DECLINE").pk


def test_what_is_with_the_provider_can_be_declined_but_not_approved() -> None:
    verification = submitted()
    verification.status, verification.accepted_at = VerificationStatus.ACCEPTED, NOON
    verification.save(update_fields=["status", "accepted_at"])
    follow_verification(verification=verification, actor=ACTOR, at=NOON)
    case = case_of(verification)

    refused(InvalidTransition, case, officer())

    assert decide(case, officer(), "DECLINE").pk


def test_a_provider_s_answer_alone_closes_no_case() -> None:
    for says in ("ALLOW", "VERIFIED", "DENY", "REJECTED", "USER_CLOSED"):
        case = again(answered_case(says))

        assert (case.closed_at, case.decision_id) == (None, None)


def test_decisions_are_written_once_in_the_database_itself() -> None:
    decision = decide(answered_case(), officer())

    for change in (
        lambda: Decision.objects.filter(pk=decision.pk).update(outcome="DECLINE"),
        decision.save,
        lambda: Decision.objects.filter(pk=decision.pk).delete(),
    ):
        with pytest.raises((DatabaseError, ProtectedError)), transaction.atomic():
            change()
    assert Decision.objects.get().outcome == "APPROVE"


def test_the_rationale_stands_neither_in_events_nor_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    case = answered_case()

    decide(case, officer(), rationale="CANARYRATIONALE for this customer")
    refused(PreflightFailed, answered_case(), officer(), reason_code="", rationale="CANARYRATIONALE again")

    assert "CANARYRATIONALE" not in caplog.text
    assert "CANARYRATIONALE" not in str(list(AuditEvent.objects.values()))
    assert "CANARYRATIONALE" not in str(list(Decision.objects.values("rationale", "evidence", "facts", "rules")))


def test_an_event_names_the_customer_the_reason_and_the_hash() -> None:
    case, person = answered_case(), officer()

    decision = decide(case, person)

    event = AuditEvent.objects.get(action="decision.made")
    assert (event.actor, event.subject_id) == (f"user:{person.pk}", str(decision.public_id))
    assert event.customer_id == case.customer.public_id
    assert event.details["evidence_hash"] == decision.evidence_hash
    assert event.details["reason"] == "identity-confirmed"


def test_decidable_says_in_words_what_keeps_a_person_from_deciding() -> None:
    case, person = answered_case(), officer()

    assert decidable(case=case, person=person, now=NOON) == []
    assert decidable(case=case, person=make_user(AUDITOR), now=NOON) == ["Your role does not decide cases."]


def test_a_policy_that_comes_into_force_between_looking_and_deciding_is_not_the_one_decided_under(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is asked of a decision is read before its evidence, so that both speak of the policy on screen."""
    case, person, number = answered_case("DENY"), officer(), current_policy()[0].number
    screen = seen(case)

    def looked(case: Case) -> Any:
        found = evidence_of(case)
        rules = {**DEFAULT_POLICY, "rules": []}
        change_policy(rules=rules, note="Nothing asks for a second.", based_on=number, actor="user:0", at=NOON)
        return found

    monkeypatch.setattr("verifications.services.decisions.evidence_of", looked)
    decision = decide(case, person, **screen)

    assert (decision.policy.number, decision.needs_second) == (number, True)
