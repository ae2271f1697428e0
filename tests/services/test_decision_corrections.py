"""A closed case: its decision is corrected by another row, which may open the case again, and never in place."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from tests.factories import ACTOR, NOON, make_draft
from tests.services.decision_support import again, answer, answered_case, decide, officer, refused
from tests.services.support import actions
from verifications.enums import CaseState
from verifications.errors import ConflictingRecord, InvalidTransition, StaleRecord
from verifications.models import Decision, Verification
from verifications.services.cases import open_case_for
from verifications.services.decision_reviews import return_decision
from verifications.services.verifications import submit_verification

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_a_correction_supersedes_the_decision_and_leaves_it_as_it_was() -> None:
    case, person = answered_case(), officer()
    first = decide(case, person)
    before = Decision.objects.filter(pk=first.pk).values().get()

    second = decide(case, officer(), "DECLINE", corrects=first.public_id, at=NOON + dt.timedelta(days=1))

    case = again(case)
    assert second.supersedes == first
    assert (case.state, case.outcome, case.decision_id) == (CaseState.CLOSED, "DECLINE", second.pk)
    assert case.closed_at == NOON
    assert Decision.objects.filter(pk=first.pk).values().get() == before


def test_a_closed_case_is_only_corrected_by_who_names_the_decision_that_stands() -> None:
    case = answered_case()
    first = decide(case, officer())

    refused(InvalidTransition, case, officer(), "DECLINE")
    refused(StaleRecord, case, officer(), "DECLINE", corrects=uuid.uuid4())
    second = decide(case, officer(), "DECLINE", corrects=first.public_id)
    refused(StaleRecord, case, officer(), "DECLINE", corrects=first.public_id)

    assert again(case).decision == second


@pytest.mark.parametrize(("outcome", "state"), [("ESCALATE", "ESCALATED"), ("ASK_FOR_MORE", "WAITING_FOR_CUSTOMER")])
def test_a_correction_may_open_the_case_again_with_its_full_time(outcome: str, state: str) -> None:
    case = answered_case()
    first = decide(case, officer())
    later = NOON + dt.timedelta(days=30)

    decide(case, officer(), outcome, corrects=first.public_id, at=later)

    case = again(case)
    assert (case.state, case.closed_at) == (state, None)
    assert case.due_at > later
    assert "case.reopened" in actions()


def test_a_case_is_not_opened_again_beside_another_of_the_same_customer() -> None:
    case = answered_case()
    first = decide(case, officer())
    open_case_for(customer=case.customer, actor=ACTOR, at=NOON)

    refused(InvalidTransition, case, officer(), "ESCALATE", corrects=first.public_id)

    assert decide(case, officer(), "DECLINE", corrects=first.public_id).pk


def test_a_gated_correction_is_refused_beside_another_open_case() -> None:
    case = answered_case("DENY")
    first = decide(case, officer(), "DECLINE")
    open_case_for(customer=case.customer, actor=ACTOR, at=NOON)

    refused(ConflictingRecord, case, officer(), "APPROVE", corrects=first.public_id)


def test_what_was_submitted_while_a_correction_waited_is_not_closed_with_it() -> None:
    """The customer's open case took it in; a correction that did not come about leaves it there to be decided."""
    case = answered_case("DENY")
    first = decide(case, officer(), "DECLINE")
    later = NOON + dt.timedelta(hours=1)
    correction = decide(case, officer(), "APPROVE", corrects=first.public_id, at=later)
    provider_user = case.verifications.get().provider_user
    assert provider_user is not None
    draft = make_draft(provider_user)
    newer = submit_verification(verification_id=draft.pk, actor=ACTOR, at=later)

    return_decision(decision_id=correction.pk, note="Look at the new one first.", person=officer(), at=later)

    waiting = again(case)
    assert newer.case_id == case.pk
    assert (waiting.closed_at, waiting.state, waiting.decision) == (None, CaseState.SENDING, first)
    answered = answer(Verification.objects.get(pk=newer.pk))
    assert answered.state == CaseState.NEEDS_DECISION
    last = decide(case, officer(), "DECLINE", at=later)
    assert (last.supersedes, again(case).decision) == (first, last)
