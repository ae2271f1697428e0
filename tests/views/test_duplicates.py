"""Other customers who may be the same person: found by hashes, shown with why and since when, never merged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import ACTOR, IDENTITY, NOON, make_customer, make_draft, make_provider_user
from tests.services.decision_support import again, answered_case, decide, officer
from tests.services.reading_support import passport, reading
from tests.views.support import client_as
from verifications.models import Case, Customer
from verifications.selectors.duplicates import (
    CASES_SHOWN,
    MOST_SHOWN,
    customer_panel,
    duplicate_count,
    possible_duplicates,
)
from verifications.services.cases import open_case_for
from verifications.services.extracted_values import store_values

pytestmark = pytest.mark.django_db
OTHER = replace(IDENTITY, document_number="Q9876543")


@pytest.fixture
def case() -> Case:
    return answered_case()


def customer(**changes: str) -> Customer:
    return make_customer(**({"phone": "+376300199"} | changes))


def kinds(found: Customer) -> list[tuple[str, list[str]]]:
    return [
        (duplicate.customer.reference, [words for words, _since in duplicate.why])
        for duplicate in possible_duplicates(found)
    ]


def test_the_same_number_in_another_customers_check_answer_or_zone_is_found(case: Case) -> None:
    typed, answered, zone = customer(), customer(), customer()
    make_draft(make_provider_user(typed), with_front=False)
    second = make_draft(make_provider_user(answered), data=OTHER, with_front=False)
    store_values(verification=second, values={"document.number": "X1234567"}, at=NOON)
    reading(make_draft(make_provider_user(zone), data=OTHER, with_front=False), passport())

    found = {duplicate.customer.pk: duplicate for duplicate in possible_duplicates(case.customer)}

    assert {pk for pk, duplicate in found.items() if duplicate.is_strong} == {typed.pk, answered.pk, zone.pk}
    assert found[typed.pk].why == (("Same document number", NOON),)
    assert duplicate_count(case.customer) == 3


def test_the_same_file_is_found_and_a_removed_one_is_not(case: Case) -> None:
    other = customer()
    draft = make_draft(make_provider_user(other), data=OTHER)
    found = kinds(case.customer)

    draft.documents.update(removed_at=NOON)

    assert found == [(other.reference, ["Same file"])]
    assert kinds(case.customer) == []


def test_contact_data_is_a_weaker_sign_and_stands_below(case: Case) -> None:
    phone = customer(phone="+376300100")
    number = customer()
    make_draft(make_provider_user(number), with_front=False)

    found = possible_duplicates(case.customer)

    assert [(one.customer.pk, one.is_strong) for one in found] == [(number.pk, True), (phone.pk, False)]
    assert duplicate_count(case.customer) == 1


def test_a_customers_own_documents_are_no_duplicates(case: Case) -> None:
    make_draft(case.latest_verification.provider_user)  # type: ignore[union-attr]

    assert possible_duplicates(case.customer) == []


def test_the_case_page_asks_to_look_before_acting(case: Case) -> None:
    other = customer()
    make_draft(make_provider_user(other), with_front=False)
    open_case_for(customer=other, actor=ACTOR, at=NOON)

    page = client_as("officer").get(case.get_absolute_url()).content.decode()

    assert "look before you act" in page
    assert other.reference in page
    assert "X1234567" not in page


def test_what_was_decided_about_a_duplicate_stands_beside_it(case: Case) -> None:
    other = answered_case()
    Case.objects.filter(pk=other.pk).update(customer=customer())
    decide(again(other), officer(), "DECLINE")
    make_draft(make_provider_user(again(other).customer), with_front=False)
    for _number in range(CASES_SHOWN + 1):
        Case.objects.filter(customer=again(other).customer).update(closed_at=NOON, state="CLOSED")
        open_case_for(customer=again(other).customer, actor=ACTOR, at=NOON)
    newest = list(Case.objects.filter(customer=again(other).customer).order_by("-pk")[:CASES_SHOWN])

    found = next(one for one in possible_duplicates(case.customer) if one.customer.pk == again(other).customer_id)
    assert [line.case.pk for line in found.cases] == [one.pk for one in newest]

    Case.objects.filter(pk__in=[one.pk for one in newest[1:]]).delete()
    Case.objects.filter(customer=again(other).customer).exclude(pk__in=[newest[0].pk, other.pk]).delete()
    found = next(one for one in possible_duplicates(case.customer) if one.customer.pk == again(other).customer_id)
    page = client_as("officer").get(case.get_absolute_url()).content.decode()

    assert [line.outcome for line in found.cases] == ["", "Decline"]
    assert "<b>Decline</b>" in page


def test_other_cases_of_the_customer_stand_with_their_outcome(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(closed_at=NOON, state="CLOSED")
    second = open_case_for(customer=case.customer, actor=ACTOR, at=NOON)

    panel = customer_panel(again(second))

    assert [earlier.case.pk for earlier in panel.earlier] == [case.pk]


def test_many_duplicates_are_capped_and_cost_the_same_queries(case: Case) -> None:
    make_draft(make_provider_user(customer()))
    with CaptureQueriesContext(connection) as few:
        customer_panel(again(case))

    for _number in range(MOST_SHOWN + 2):
        make_draft(make_provider_user(customer()), with_front=False)
    with CaptureQueriesContext(connection) as many:
        panel = customer_panel(again(case))

    assert (len(panel.duplicates), panel.has_more) == (MOST_SHOWN, True)
    assert len(many) == len(few)
