"""A case opens once, follows its checks, and says what it waits for."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import ACTOR, NOON, make_account, make_customer, make_draft, make_provider_user
from tests.services.case_support import HOUR, change
from tests.services.decision_support import again, answer, answered_case, decide, officer
from tests.services.support import actions, submitted
from verifications.enums import CaseCause, CaseKind, CaseState, ProviderAnswer, ValueComparison
from verifications.errors import DomainError, StaleRecord
from verifications.models import AuditEvent, Case, ExtractedValue, Verification
from verifications.selectors.case_facts import facts_of, verifications_of
from verifications.services.cases import (
    case_state,
    check_version,
    follow_verification,
    locked_case,
    open_case_for,
    touch,
)
from verifications.services.customers import AddressData
from verifications.services.extracted_values import store_values
from verifications.services.verification_data import ScreeningData, VerificationData, apply_data

pytestmark = pytest.mark.django_db
IN_IRAN = AddressData(line1="1 Azadi", city="Tehran", postal_code="1", country="IR")


def moved(verification: Verification, **values: Any) -> Case:
    Verification.objects.filter(pk=verification.pk).update(**values)
    verification.refresh_from_db()
    follow_verification(verification=verification, actor=ACTOR, at=NOON)
    return Case.objects.get(pk=verification.case_id)


def test_a_submission_opens_a_case_with_copies_of_what_the_queue_shows() -> None:
    verification = submitted()

    case = Case.objects.get(pk=verification.case_id)

    assert (case.kind, case.cause, case.state) == ("ONBOARDING", "SUBMISSION", "SENDING")
    assert (case.customer_kind, case.country) == ("INDIVIDUAL", "AD")
    assert (case.provider, case.method, case.answer) == ("KRAKEN_EMBED", "DOCUMENTS", "")
    assert (case.risk, case.risk_reasons, case.version) == ("STANDARD", [], 1)


def test_the_answer_is_copied_and_the_case_needs_a_decision() -> None:
    case = answered_case(ProviderAnswer.REQUIREMENT_MET)

    assert (case.answer, case.state) == ("REQUIREMENT_MET", "NEEDS_DECISION")


def test_an_open_case_is_found_again_and_opened_once() -> None:
    customer = make_customer()

    first = open_case_for(customer=customer, actor=ACTOR, at=NOON)
    second = open_case_for(customer=customer, actor=ACTOR, at=NOON + HOUR, kind=CaseKind.REVIEW)

    assert first.pk == second.pk
    assert second.kind == CaseKind.ONBOARDING
    assert actions().count("case.opened") == 1


def test_a_high_risk_country_is_high_risk_from_the_start_and_due_sooner() -> None:
    standard = open_case_for(customer=make_customer(), actor=ACTOR, at=NOON)
    high = open_case_for(customer=make_customer(address=IN_IRAN), actor=ACTOR, at=NOON)

    assert (high.risk, high.risk_reasons) == ("HIGH", ["high-risk-country"])
    assert high.due_at < standard.due_at
    assert AuditEvent.objects.filter(action="case.opened").latest("id").details["risk"] == "HIGH"


def test_a_denial_raises_the_risk_and_brings_the_due_time_forward() -> None:
    verification = submitted()
    before = Case.objects.get(pk=verification.case_id)

    case = answer(verification, ProviderAnswer.DENY)

    assert (case.risk, case.risk_reasons) == ("HIGH", ["denied-by-provider"])
    assert case.due_at < before.due_at
    assert {"case.risk_changed", "case.due_changed"} <= set(actions())


def test_what_an_older_check_was_answered_counts_for_the_risk_and_moves_nothing_else() -> None:
    user = make_provider_user()
    older, newer = submitted(provider_user=user), submitted(provider_user=user)

    answer(older, ProviderAnswer.REJECTED)

    case = Case.objects.get(pk=newer.case_id)
    assert (case.latest_verification_id, case.state, case.answer) == (newer.pk, "SENDING", "")
    assert case.risk == "HIGH"


def test_a_cancelled_check_steps_back_behind_the_one_before() -> None:
    user = make_provider_user()
    older = submitted(provider_user=user)
    answer(older, ProviderAnswer.REQUIREMENT_MET)
    newer = submitted(provider_user=user)

    case = moved(newer, status="CANCELLED")

    assert (case.latest_verification_id, case.answer, case.state) == (older.pk, "REQUIREMENT_MET", "NEEDS_DECISION")


@pytest.mark.parametrize(
    ("set_on_case", "expected"),
    [
        ({}, CaseState.NEEDS_DECISION),
        ({"is_escalated": True}, CaseState.ESCALATED),
        ({"asked_customer_at": NOON}, CaseState.WAITING_FOR_CUSTOMER),
        ({"asked_customer_at": NOON, "is_escalated": True}, CaseState.WAITING_FOR_CUSTOMER),
        ({"closed_at": NOON, "is_escalated": True}, CaseState.CLOSED),
    ],
)
def test_the_state_follows_from_what_stands_on_the_case(set_on_case: dict[str, Any], expected: str) -> None:
    case = change(answered_case(), **set_on_case)

    assert case.state == expected


def test_a_staged_decision_comes_before_what_happens_at_the_provider() -> None:
    case = answered_case(ProviderAnswer.DENY)
    decide(case, officer())

    assert again(case).state == CaseState.SECOND_APPROVAL


@pytest.mark.parametrize(("status", "expected"), [("SENDING", "SENDING"), ("OUTCOME_UNKNOWN", "OUTCOME_UNKNOWN")])
def test_bytes_under_way_come_before_escalation_and_questions(status: str, expected: str) -> None:
    verification = submitted()
    change(Case.objects.get(pk=verification.case_id), is_escalated=True, asked_customer_at=NOON)

    case = moved(verification, status=status)

    assert case.state == expected


def test_what_is_refused_after_the_customer_was_asked_shows_as_refused() -> None:
    verification = submitted()
    case = change(Case.objects.get(pk=verification.case_id), asked_customer_at=NOON)

    case = moved(verification, status="REFUSED", updated_at=NOON + HOUR)

    assert case.state == CaseState.PROVIDER_REFUSED


def test_what_the_customer_sends_ends_the_wait_for_them() -> None:
    user = make_provider_user()
    case = change(answer(submitted(provider_user=user)), asked_customer_at=NOON)
    assert case.state == CaseState.WAITING_FOR_CUSTOMER

    case = answer(submitted(provider_user=user))

    assert (case.asked_customer_at, case.state, case.paused_at) == (None, "NEEDS_DECISION", None)


def test_closing_lets_go_of_who_worked_on_it() -> None:
    case = answered_case()
    person = officer()
    Case.objects.filter(pk=case.pk).update(claimed_by=person, claimed_at=NOON, claim_ends_at=NOON + HOUR)

    case = change(case, closed_at=NOON)

    assert (case.claimed_by, case.claim_ends_at) == (None, None)


def test_a_closed_case_follows_nothing() -> None:
    verification = submitted()
    answer(verification)
    case = change(Case.objects.get(pk=verification.case_id), closed_at=NOON)

    moved(verification, answer=ProviderAnswer.DENY)

    assert (again(case).answer, again(case).risk) == ("REQUIREMENT_MET", "STANDARD")


def test_an_older_form_is_refused_and_an_equal_one_is_not() -> None:
    case = answered_case()
    check_version(case, case.version)
    check_version(case, None)

    touch(case, NOON + HOUR, "priority")

    assert again(case).version == 2
    with pytest.raises(StaleRecord):
        check_version(again(case), 1)


def test_a_case_that_does_not_exist_is_refused_in_words() -> None:
    with pytest.raises(DomainError, match="does not exist"):
        locked_case(0)


def test_a_review_starts_as_a_decision_with_the_newest_completed_check_beside_it() -> None:
    verification = submitted()
    change(answer(verification), closed_at=NOON)

    review = open_case_for(
        customer=verification.customer, actor=ACTOR, at=NOON, kind=CaseKind.REVIEW, cause=CaseCause.DOCUMENT_ENDS
    )

    assert (review.state, review.latest_verification_id, review.answer) == (
        "NEEDS_DECISION",
        verification.pk,
        "REQUIREMENT_MET",
    )
    verification.refresh_from_db()
    assert verification.case_id != review.pk
    assert [check.pk for check in verifications_of(review)] == [verification.pk]


def test_a_review_looks_at_its_own_checks_once_it_has_some() -> None:
    user = make_provider_user()
    earlier = submitted(provider_user=user)
    change(answer(earlier), closed_at=NOON)
    review = open_case_for(customer=user.customer, actor=ACTOR, at=NOON, kind=CaseKind.REVIEW)

    own = submitted(provider_user=user)

    assert own.case_id == review.pk
    assert [check.pk for check in verifications_of(again(review))] == [own.pk]


def test_a_case_without_a_check_waits_for_its_submission_or_for_a_person() -> None:
    assert case_state(Case(cause=CaseCause.SUBMISSION), NOON) == CaseState.SENDING
    assert case_state(Case(cause=CaseCause.BY_HAND), NOON) == CaseState.NEEDS_DECISION


def test_the_facts_name_countries_answers_matches_and_duplicates() -> None:
    first, second = submitted(), submitted()  # the same specimen and the same number
    answer(second, ProviderAnswer.CHALLENGE)
    store_values(verification=second, values={"document.country": "KP", "person.surname": "Other"}, at=NOON)

    facts = facts_of(Case.objects.select_related("customer").get(pk=second.case_id))

    assert facts.countries == {"AD", "KP"}
    assert facts.answers == {"CHALLENGE"}
    assert (facts.unresolved_differences, facts.duplicates, facts.watchlist_hit) == (1, 1, False)
    assert first.customer_id != second.customer_id


def test_a_match_on_an_entered_list_is_a_hit() -> None:
    verification = submitted()
    apply_data(verification, VerificationData(pep=ScreeningData(status="Matched")))
    verification.save()

    facts = facts_of(Case.objects.select_related("customer").get(pk=verification.case_id))

    assert facts.watchlist_hit


def test_two_sources_that_differ_about_one_column_are_one_difference() -> None:
    verification = submitted()
    for name in ("person.surname", "idInfo.idNumber", "document.number"):
        ExtractedValue.objects.create(
            verification=verification,
            customer=verification.customer,
            name=name,
            comparison=ValueComparison.DIFFERENT,
            position=0,
            read_at=NOON,
        )

    facts = facts_of(Case.objects.select_related("customer").get(pk=verification.case_id))

    assert facts.unresolved_differences == 2


def test_the_facts_take_the_same_queries_for_one_check_and_for_many() -> None:
    user = make_provider_user(make_customer(), make_account())
    case = Case.objects.select_related("customer").get(pk=submitted(provider_user=user).case_id)
    with CaptureQueriesContext(connection) as few:
        facts_of(case)

    for _number in range(4):
        draft = make_draft(user)
        draft.case = case
        draft.save()
    with CaptureQueriesContext(connection) as many:
        facts_of(case)

    assert len(many) == len(few) <= 12
