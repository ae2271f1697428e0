"""The cost of a page does not grow with the table, and paging neither skips nor repeats."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import ACTOR, NOON, make_account, make_customer, make_draft, make_provider_user
from tests.views.support import client_as
from verifications.enums import AccessAction, AuditAction, CaseState
from verifications.models import AccessEvent, AuditEvent, Case, Customer, Verification
from verifications.selectors import paging
from verifications.selectors.queue import QueueFilter, queue_page
from verifications.selectors.records import customers_for_list
from verifications.services.cases import follow_verification, open_case_for

pytestmark = pytest.mark.django_db

LISTS = (
    "case_queue",
    "customer_list",
    "verification_list",
    "audit_log",
    "access_log",
    "records_integrity",
    "provider_account_list",
    "delivery_overview",
)


def grow(count: int) -> None:
    """``count`` more of everything that a list shows, each with its own customer and account."""
    for number in range(count):
        account = make_account()
        customer = make_customer()
        draft = make_draft(make_provider_user(customer, account), with_front=False)
        open_case(customer, draft)
        AuditEvent.objects.create(action=AuditAction.SIGNED_IN, at=NOON, actor=f"user:{number}", actor_name="Ines")
        AccessEvent.objects.create(action=AccessAction.SEARCHED, at=NOON, actor=f"user:{number}", actor_name="Ines")


def open_case(customer: Customer, verification: Verification) -> Case:
    case = open_case_for(customer=customer, actor=ACTOR, at=NOON)
    verification.case = case
    verification.save()
    case.latest_verification = verification
    case.state = CaseState.NEEDS_DECISION
    case.save()
    return case


def queries_of(client: Any, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(path)
    assert response.status_code == 200
    return len(captured)


def test_lists_take_the_same_queries_for_three_rows_and_for_thirty() -> None:
    client = client_as("superuser")
    grow(3)
    few = {name: queries_of(client, reverse(f"verifications:{name}")) for name in LISTS}

    grow(27)
    many = {name: queries_of(client, reverse(f"verifications:{name}")) for name in LISTS}

    assert many == few
    assert max(few.values()) <= 18


def test_pages_take_the_same_queries_for_one_verification_and_for_many() -> None:
    client = client_as("officer")
    customer = make_customer()
    account = make_account()
    user = make_provider_user(customer, account)
    first = make_draft(user)
    case = open_case(customer, first)
    paths = [case.get_absolute_url(), customer.get_absolute_url(), first.get_absolute_url(), account.get_absolute_url()]
    few = [queries_of(client, path) for path in paths]

    for _number in range(6):
        draft = make_draft(user)
        draft.case = case
        draft.save()
    many = [queries_of(client, path) for path in paths]

    assert many == few
    of_the_case, *of_others = few
    assert max(of_others) <= 22
    assert of_the_case <= 64  # everything a decision rests on, with the policy's question about each part of it


@pytest.mark.parametrize("size", [1, 3, 7])
def test_the_queue_pages_through_ties_without_skipping_or_repeating(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for _number in range(10):
        open_case_for(customer=make_customer(), actor=ACTOR, at=NOON)
    monkeypatch.setattr(paging.keyset_page, "__kwdefaults__", {"token": "", "size": size})

    seen = []
    token, page = "", None
    while page is None or page.next_token:
        page = queue_page(chosen=QueueFilter(), user_id=0, now=NOON, token=token)
        seen += [case.pk for case in page.rows]
        token = page.next_token

    assert seen == sorted(Case.objects.values_list("pk", flat=True))


def test_rows_made_while_paging_neither_shift_nor_repeat_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [make_customer().pk for _number in range(6)]
    monkeypatch.setattr(paging.keyset_page, "__kwdefaults__", {"token": "", "size": 2})

    seen: list[int] = []
    token, page = "", None
    while page is None or page.next_token:
        page = customers_for_list(token=token)
        seen += [customer.pk for customer in page.rows]
        token = page.next_token
        make_customer()

    assert seen == sorted(before, reverse=True)


def test_the_queue_follows_its_next_link_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        customer = make_customer()
        open_case_for(customer=customer, actor=ACTOR, at=NOON + dt.timedelta(minutes=number % 2))
    monkeypatch.setattr(paging.keyset_page, "__kwdefaults__", {"token": "", "size": 2})
    client = client_as("officer")

    numbers: list[str] = []
    token = ""
    for _page in range(3):
        response = client.get("/", {"after": token} if token else {})
        numbers += [row.number for row in response.context["rows"]]
        token = response.context["page"].next_token

    assert token == ""
    assert sorted(numbers) == sorted(case.number for case in Case.objects.all())


def test_a_case_follows_only_its_latest_verification() -> None:
    user = make_provider_user()
    older, newer = make_draft(user, with_front=False), make_draft(user, with_front=False)
    case = open_case(user.customer, newer)
    older.case = case

    follow_verification(verification=older, actor=ACTOR, at=NOON)

    case.refresh_from_db()
    assert case.latest_verification_id == newer.pk
