"""The list of what expires, and the review a person opens from it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.services.case_support import DAY, approved
from tests.views.support import client_as
from verifications.enums import AuditAction
from verifications.models import AuditEvent, Case, Customer, Decision
from verifications.selectors import paging

pytestmark = pytest.mark.django_db


def ending(days: int) -> Customer:
    today = timezone.now().date()
    return approved(document_ends=today + days * DAY, on=timezone.now() - dt.timedelta(days=100))


def shown(client: Any, **query: str) -> list[Customer]:
    return [row["customer"] for row in client.get("/expiring/", query).context["rows"]]


def test_documents_are_listed_by_when_they_end_the_soonest_first() -> None:
    client = client_as("auditor")
    late, soon, ended = ending(80), ending(20), ending(-5)

    assert shown(client) == shown(client, days="30", what="documents") == [soon]
    assert shown(client, days="90") == [soon, late]
    assert shown(client, days="0") == [ended]
    assert shown(client, days="bogus", what="bogus") == [soon]
    assert shown(client, what="approvals") == []
    page = client.get("/expiring/?days=90").content.decode()
    assert "20 days left" in page
    assert "Open review" not in page


def test_approvals_are_listed_with_the_day_they_end() -> None:
    from tests.factories import make_user
    from tests.views.decision_records import answered, decided
    from verifications.policy.roles import OFFICER

    client = client_as("officer")
    decision = decided(answered(), make_user(OFFICER))
    assert decision.approval_ends_date is not None
    customer = Case.objects.get(decision=decision).customer
    assert shown(client, what="approvals", days="90") == []

    with connection.cursor() as cursor:  # as if it had been made years ago: the row itself can't be changed
        _rewrite(cursor, decision, timezone.now().date() + 60 * DAY)

    assert shown(client, what="approvals", days="60") == [customer]


def test_pages_follow_each_other_and_cost_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_as("officer")
    wanted = [ending(10).pk]
    with CaptureQueriesContext(connection) as few:
        shown(client)
    wanted += [ending(10).pk for _number in range(4)]
    with CaptureQueriesContext(connection) as many:
        shown(client)
    monkeypatch.setattr(paging.keyset_page, "__kwdefaults__", {"token": "", "size": 2})

    seen: list[int] = []
    token, first = "", True
    while first or token:
        page = client.get("/expiring/", {"after": token})
        seen += [row["customer"].pk for row in page.context["rows"]]
        token, first = page.context["page"].next_token, False

    assert seen == wanted
    assert len(many) == len(few)


def test_an_officer_opens_the_review_once_and_is_led_to_it() -> None:
    client = client_as("officer")
    customer = ending(20)
    assert b"Open review" in client.get("/expiring/").content

    answer = client.post(f"/customers/{customer.public_id}/review/", {"what": "documents", "days": "60"})

    case = Case.objects.get(customer=customer, closed_at__isnull=True)
    assert answer.url == case.get_absolute_url()
    assert (case.kind, case.cause) == ("REVIEW", "DOCUMENT_ENDS")
    event = AuditEvent.objects.filter(action=AuditAction.CASE_OPENED).order_by("-id")[0]
    assert event.actor == f"user:{client.user.pk}"
    again = client.post(f"/customers/{customer.public_id}/review/", {"what": "documents", "days": "60"})
    assert again.url == "/expiring/?what=documents&days=60"
    assert Case.objects.filter(customer=customer, closed_at__isnull=True).count() == 1
    (row,) = client.get("/expiring/").context["rows"]
    assert row["case"] == case


def test_nobody_is_reviewed_who_is_not_approved() -> None:
    client = client_as("officer")
    customer = ending(20)
    Case.objects.filter(customer=customer).update(outcome="DECLINE")

    client.post(f"/customers/{customer.public_id}/review/")

    assert not Case.objects.filter(customer=customer, closed_at__isnull=True).exists()


def _rewrite(cursor: Any, decision: Decision, ends: dt.date) -> None:
    """Past the append-only triggers, which a test may lift for its own transaction."""
    sqlite = connection.vendor == "sqlite"
    if sqlite:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [Decision._meta.db_table]
        )
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
    else:
        cursor.execute("SET LOCAL session_replication_role = replica")
    cursor.execute(
        f"UPDATE {Decision._meta.db_table} SET approval_ends_date = %s WHERE id = %s",
        [ends.isoformat(), decision.pk],
    )
    if sqlite:
        for _name, sql in triggers:
            cursor.execute(sql)
    else:
        cursor.execute("SET LOCAL session_replication_role = origin")
