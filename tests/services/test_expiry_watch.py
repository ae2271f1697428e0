"""Documents and approvals that end are listed, and a review opens by itself before they do."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import ACTOR, NOON, make_customer, make_provider_user
from tests.services.case_support import DAY, approved, change
from tests.services.decision_support import answer, answered_case, decide, officer
from tests.services.support import actions, submitted
from verifications.models import AuditEvent, Case, Customer, Verification
from verifications.selectors.expiring import due_reviews, ending_approvals, ending_counts, ending_documents
from verifications.selectors.paging import keyset_page
from verifications.services.cases import open_case_for
from verifications.services.expiry_watch import open_due_reviews, watch_expiries
from verifications.services.extracted_values import store_values

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


def reviews() -> list[Case]:
    return list(Case.objects.filter(kind="REVIEW").order_by("id"))


def documents(days: int) -> list[Any]:
    return list(ending_documents(first=TODAY, last=TODAY + days * DAY, today=TODAY))


def opened_on(day: dt.datetime) -> int:
    return open_due_reviews(now=day)


def test_a_document_that_ends_is_listed_with_its_customer_in_one_query(django_assert_num_queries: Any) -> None:
    customer = approved(document_ends=TODAY + 45 * DAY)
    approved(document_ends=TODAY + 200 * DAY)

    with django_assert_num_queries(1):
        (found,) = documents(60)
        assert found.customer == customer
    assert documents(30) == []
    assert found.open_case is None


def test_only_the_newest_check_of_who_is_still_an_approved_customer_counts() -> None:
    user = make_provider_user()
    approved(provider_user=user, document_ends=TODAY + 10 * DAY)
    approved(provider_user=user, document_ends=TODAY + 400 * DAY)
    declined = approved(document_ends=TODAY + 10 * DAY)
    Case.objects.filter(customer=declined).update(outcome="DECLINE")
    gone = approved(document_ends=TODAY + 10 * DAY)
    Customer.objects.filter(pk=gone.pk).update(relationship_ended_date=TODAY)

    assert documents(90) == []


def test_the_last_day_is_taken_from_what_was_entered_or_what_the_provider_read() -> None:
    verification = submitted()

    store_values(verification=verification, values={"document.expiration_date": "2034-01-09T00:00:00.000Z"}, at=NOON)
    store_values(verification=verification, values={"document.expiration_date": "soon"}, at=NOON)

    verification.refresh_from_db()
    assert verification.document_ends_date == dt.date(2034, 1, 9)


def test_an_approval_that_ends_is_listed_and_opens_its_review_in_time() -> None:
    case = answered_case()
    decision = decide(case, officer())
    ends = decision.approval_ends_date
    assert ends is not None

    (found,) = ending_approvals(first=ends - DAY, last=ends, today=TODAY)
    early = opened_on(dt.datetime.combine(ends - 31 * DAY, NOON.time(), dt.UTC))
    in_time = opened_on(dt.datetime.combine(ends - 30 * DAY, NOON.time(), dt.UTC))

    assert (found.pk, found.case.customer, early, in_time) == (decision.pk, case.customer, 0, 1)
    (review,) = reviews()
    assert (review.cause, review.state, review.latest_verification_id) == (
        "APPROVAL_ENDS",
        "NEEDS_DECISION",
        case.latest_verification_id,
    )
    event = AuditEvent.objects.filter(action="case.opened").latest("id")
    assert (event.actor, event.details["cause"]) == ("system:schedule", "APPROVAL_ENDS")


def test_a_review_that_approves_starts_a_new_term() -> None:
    decision = decide(answered_case(), officer())
    assert decision.approval_ends_date is not None
    later = dt.datetime.combine(decision.approval_ends_date, NOON.time(), dt.UTC)
    opened_on(later)
    (review,) = reviews()

    decide(review, officer(), at=later)

    assert opened_on(later + DAY) == 0
    assert opened_on(later + 1090 * DAY) == 1


def test_a_document_that_ends_opens_one_review_and_no_second_one_for_the_same_document() -> None:
    approved(document_ends=TODAY + 40 * DAY)

    assert opened_on(NOON + 9 * DAY) == 0
    assert opened_on(NOON + 10 * DAY) == 1
    assert opened_on(NOON + 10 * DAY) == 0
    (review,) = reviews()
    Case.objects.filter(pk=review.pk).update(outcome="APPROVE", decided_at=NOON + 12 * DAY)
    change(review, closed_at=NOON + 12 * DAY, at=NOON + 12 * DAY)

    assert opened_on(NOON + 60 * DAY) == 0
    assert review.cause == "DOCUMENT_ENDS"
    assert actions().count("case.opened") == 2


def test_who_was_approved_with_a_document_about_to_end_is_reviewed_once_it_has_ended() -> None:
    approved(document_ends=TODAY + 10 * DAY)

    assert opened_on(NOON + DAY) == 0
    assert opened_on(NOON + 10 * DAY) == 0
    assert opened_on(NOON + 11 * DAY) == 1


def test_who_was_approved_with_a_document_that_had_ended_is_not_asked_about_it_again() -> None:
    approved(document_ends=TODAY - DAY)

    assert opened_on(NOON + DAY) == 0


def test_who_is_no_customer_any_more_is_not_reviewed() -> None:
    user = make_provider_user()
    approved(provider_user=user, document_ends=TODAY + 10 * DAY, on=NOON - 60 * DAY)
    Customer.objects.filter(pk=user.customer_id).update(relationship_ended_date=TODAY - DAY)
    decision = decide(answered_case(), officer())
    assert decision.approval_ends_date is not None
    ends = dt.datetime.combine(decision.approval_ends_date, NOON.time(), dt.UTC)
    Customer.objects.filter(pk=decision.case.customer_id).update(relationship_ended_date=ends.date() - 5 * DAY)

    assert opened_on(NOON) == opened_on(ends) == 0
    assert ending_counts(today=TODAY)["documents"] == {0: 0, 30: 0, 60: 0, 90: 0}
    Customer.objects.update(relationship_ended_date=ends.date() + DAY)  # agreed on, and still to come
    assert opened_on(NOON) == 1
    assert opened_on(ends) == 1


def test_a_review_missed_for_months_still_opens() -> None:
    decision = decide(answered_case(), officer())
    assert decision.approval_ends_date is not None

    assert opened_on(dt.datetime.combine(decision.approval_ends_date + 200 * DAY, NOON.time(), dt.UTC)) == 1


def test_no_review_opens_beside_an_open_case() -> None:
    customer = approved(document_ends=TODAY + 10 * DAY, on=NOON - 60 * DAY)
    open_case_for(customer=customer, actor=ACTOR, at=NOON)

    assert opened_on(NOON) == 0
    (listed,) = documents(30)
    assert listed.open_case == Case.objects.get(closed_at__isnull=True).public_id


def test_one_that_can_not_be_opened_keeps_no_other_from_it(monkeypatch: Any) -> None:
    first = approved(document_ends=TODAY + 10 * DAY, on=NOON - 60 * DAY)
    approved(document_ends=TODAY + 11 * DAY, on=NOON - 60 * DAY)
    real = open_case_for

    def failing(**arguments: Any) -> Case:
        if arguments["customer"] == first:
            raise RuntimeError
        return real(**arguments)

    monkeypatch.setattr("verifications.services.expiry_watch.open_case_for", failing)

    assert opened_on(NOON) == 1
    assert [review.customer_id == first.pk for review in reviews()] == [False]


def test_upkeep_looks_now_and_then() -> None:
    approved(document_ends=TODAY + 10 * DAY, on=NOON - 60 * DAY)

    assert watch_expiries(now=NOON) == 1
    approved(document_ends=TODAY + 10 * DAY, on=NOON - 60 * DAY)
    assert watch_expiries(now=NOON) == 0


def test_the_counts_tell_what_ends_in_each_span() -> None:
    for days in (-5, 0, 29, 45, 89, 100):
        approved(document_ends=TODAY + days * DAY)

    counts = ending_counts(today=TODAY)

    assert counts["documents"] == {0: 1, 30: 2, 60: 3, 90: 4}
    assert counts["approvals"] == {0: 0, 30: 0, 60: 0, 90: 0}


def test_the_lists_are_paged_by_day_without_skipping_or_repeating() -> None:
    for days in (3, 3, 3, 5, 8):
        approved(document_ends=TODAY + days * DAY)

    seen: list[Verification] = []
    token, page = "", None
    while page is None or page.next_token:
        rows = ending_documents(first=TODAY, last=TODAY + 30 * DAY, today=TODAY)
        page = keyset_page(rows, order=("document_ends_date", "id"), token=token, size=2)
        seen += page.rows
        token = page.next_token

    assert [row.pk for row in seen] == sorted(row.pk for row in seen)
    assert len(seen) == 5


def test_the_counts_of_every_span_are_one_query(django_assert_num_queries: Any) -> None:
    approved(document_ends=TODAY + 10 * DAY)

    with django_assert_num_queries(1):
        ending_counts(today=TODAY)


def test_looking_for_due_reviews_takes_two_queries_however_many_there_are() -> None:
    def look() -> int:
        with CaptureQueriesContext(connection) as captured:
            list(due_reviews(today=TODAY, days_before=30))
        return len(captured)

    approved(document_ends=TODAY + 10 * DAY, on=NOON - 60 * DAY)
    few = look()
    for _number in range(4):
        approved(document_ends=TODAY + 10 * DAY, on=NOON - 60 * DAY)

    assert few == look() == 2


def test_a_customer_without_a_document_or_a_decision_is_not_reviewed() -> None:
    open_case_for(customer=make_customer(), actor=ACTOR, at=NOON)
    answer(submitted())

    assert opened_on(NOON + 5000 * DAY) == 0
