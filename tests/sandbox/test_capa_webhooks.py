"""Capa's webhooks as they arrive, their settings and their notifications (C6 to C9)."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.capa_kit import TIMES, Capa, Receiver, code_of, until, walk
from verifications.sandbox.testing import running_sandbox

NOBODY = str(uuid.uuid4())
INPUT = (400, "INVALID_USER_INPUT_ERROR", "Invalid User Input")


@pytest.fixture
def secret(capa: Capa) -> str:
    return capa.sandbox.keys["capa_partner"]["webhook_secret"]


def newest(capa: Capa, status: str, count: int = 1) -> list[dict[str, Any]]:
    """The newest notifications, once there are as many in this status at the top."""

    def found() -> list[dict[str, Any]] | None:
        rows: list[dict[str, Any]] = capa.notifications(f"?limit={count}")["data"]
        return rows if [row["status"] for row in rows] == [status] * count else None

    rows: list[dict[str, Any]] = until(found)
    return rows


def failed_notification(capa: Capa, receiver: Receiver) -> str:
    """The id of a notification whose every try was answered 500."""
    user_id, own_id = capa.new_user()
    capa.set_webhook(receiver.url)
    receiver.answers = [500] * 4
    walk(capa.new_link(user_id), "no_result")
    receiver.next(4, of=own_id)
    return newest(capa, "FAILED")[0]["id"]


@pytest.mark.parametrize(
    ("outcome", "events"),
    [
        ("verified", ["CREATED_KYC", "VERIFIED_USER"]),
        ("rejected", ["CREATED_KYC", "REJECTED_KYC"]),
        ("review_verified", ["CREATED_KYC", "REVIEW_NEEDED_KYC", "VERIFIED_USER"]),
        ("unknown", ["CREATED_KYC", "ON_HOLD_KYC"]),
    ],
)
def test_each_result_sends_its_signed_webhook(
    capa: Capa, receiver: Receiver, secret: str, outcome: str, events: list[str]
) -> None:
    user_id, own_id = capa.new_user()
    capa.set_webhook(receiver.url)

    walk(capa.new_link(user_id), outcome)

    received = receiver.next(len(events), of=own_id)
    assert [webhook.event for webhook in received] == events
    assert all(webhook.is_signed_with(secret) for webhook in received)
    assert {webhook.headers["content-type"] for webhook in received} == {"application/json"}
    assert received[0].body == b'{"type":"KYC","event":"CREATED_KYC","externalUserId":"%s"}' % own_id.encode()


def test_the_details_are_there_when_the_webhook_comes(capa: Capa, receiver: Receiver) -> None:
    user_id, own_id = capa.new_user()
    capa.set_webhook(receiver.url)
    walk(capa.new_link(user_id), "rejected")

    receiver.next(2, of=own_id)

    assert capa.result(user_id) == "REJECTED"


def test_a_business_sends_the_same_events(capa: Capa, receiver: Receiver) -> None:
    user_id, own_id = capa.new_user("BUSINESS")
    capa.set_webhook(receiver.url)
    capa.new_link(user_id, "kyb")

    capa.control("POST", "/complete", {"external_user_id": own_id, "outcome": "verified"})

    assert [webhook.event for webhook in receiver.next(2, of=own_id)] == ["CREATED_KYC", "VERIFIED_USER"]


@pytest.mark.parametrize("failure", [500, 404, 307])
def test_a_failure_is_tried_again_until_it_succeeds(capa: Capa, receiver: Receiver, secret: str, failure: int) -> None:
    user_id, own_id = capa.new_user()
    capa.set_webhook(receiver.url)
    receiver.answers = [failure] * 2

    walk(capa.new_link(user_id), "no_result")

    received = receiver.next(3, of=own_id)
    [row] = newest(capa, "SENT")
    one = capa.call("GET", f"/webhook-notifications/{row['id']}").json()["data"]
    assert {webhook.body for webhook in received} == {received[0].body}
    assert all(webhook.is_signed_with(secret) for webhook in received)
    assert (row["retryAttempts"], row["manualRetryCount"], row["eventType"]) == (2, 0, "CREATED_KYC")
    assert one["latestErrorPayload"] == '{"detail":"not now"}'


def test_after_the_last_try_it_has_failed_and_can_be_sent_again_by_hand(capa: Capa, receiver: Receiver) -> None:
    id_ = failed_notification(capa, receiver)
    before = capa.call("GET", f"/webhook-notifications/{id_}").json()["data"]

    retried = capa.call("POST", f"/webhook-notifications/{id_}/retry")
    until(lambda: capa.call("GET", f"/webhook-notifications/{id_}").json()["data"]["status"] == "SENT")

    after = capa.call("GET", f"/webhook-notifications/{id_}").json()["data"]
    assert (before["status"], before["retryAttempts"], before["lastManualRetryAt"]) == ("FAILED", 3, None)
    assert (retried.status, retried.json()["success"]) == (200, True)
    assert {retried.json()["data"][name] for name in ("status", "retryAttempts")} == {"PENDING", 0}
    assert (after["manualRetryCount"], after["retryAttempts"]) == (1, 0)
    assert after["lastManualRetryAt"].endswith("Z")
    assert after["version"] > before["version"]
    assert after["payload"]["event"] == "CREATED_KYC"


def test_only_what_failed_is_sent_again_and_only_three_times(capa: Capa, receiver: Receiver) -> None:
    id_ = failed_notification(capa, receiver)
    capa.set_webhook(None)

    def retry_and_fail() -> int:
        answer = capa.call("POST", f"/webhook-notifications/{id_}/retry")
        until(lambda: capa.call("GET", f"/webhook-notifications/{id_}").json()["data"]["status"] == "FAILED")
        return answer.status

    statuses = [retry_and_fail() for _ in range(3)]
    fourth = capa.call("POST", f"/webhook-notifications/{id_}/retry")

    assert statuses == [200] * 3
    assert code_of(fourth) == (409, None, "The manual retries of this notification are used up")
    user_id, _ = capa.new_user()
    walk(capa.new_link(user_id), "no_result")
    [not_sent] = newest(capa, "NOT_SENT")
    refused = capa.call("POST", f"/webhook-notifications/{not_sent['id']}/retry")
    assert code_of(refused) == (409, None, "Only failed notifications can be retried")


def test_no_more_than_ten_are_sent_again_in_a_minute(tmp_path: Path, receiver: Receiver) -> None:
    receiver.forget()
    with running_sandbox(tmp_path, allow_hosts=(receiver.host,), **TIMES | {"webhook_retry_seconds": ()}) as running:
        capa = Capa.of(running)
        capa.set_webhook("https://not-listed.example.org/hook")
        for _ in range(11):
            user_id, own_id = capa.new_user()
            capa.new_link(user_id)
            capa.control("POST", "/complete", {"external_user_id": own_id, "outcome": "no_result"})
        rows = newest(capa, "FAILED", 11)

        answers = [capa.call("POST", f"/webhook-notifications/{row['id']}/retry") for row in rows]

    assert [answer.status for answer in answers] == [200] * 10 + [429]
    assert code_of(answers[-1]) == (429, None, "Too many manual retries")


def test_an_address_not_on_the_list_is_never_called(capa: Capa, receiver: Receiver) -> None:
    capa.set_webhook("https://not-listed.example.org/hook")
    user_id, _ = capa.new_user()

    walk(capa.new_link(user_id), "no_result")

    [row] = newest(capa, "FAILED")
    one = capa.call("GET", f"/webhook-notifications/{row['id']}").json()["data"]
    assert one["latestErrorPayload"] == "the host is not on the allowlist"


def test_without_an_address_nothing_is_sent(capa: Capa) -> None:
    user_id, own_id = capa.new_user()

    walk(capa.new_link(user_id), "no_result")

    [row] = newest(capa, "NOT_SENT")
    one = capa.call("GET", f"/webhook-notifications/{row['id']}").json()["data"]
    assert (row["retryAttempts"], one["latestErrorPayload"]) == (0, None)
    assert one["payload"] == {"type": "KYC", "event": "CREATED_KYC", "externalUserId": own_id}


# Settings and lists --------------------------------------------------------------------------------------------------


def test_the_address_is_set_and_cleared(capa: Capa, receiver: Receiver) -> None:
    first, second = capa.set_webhook(receiver.url), capa.set_webhook(None)

    data, cleared = first.json()["data"], second.json()["data"]
    assert (first.status, set(first.json())) == (200, {"success", "data"})
    assert set(data) == {"id", "partnerId", "url", "createdAt", "updatedAt"}
    assert (data["url"], cleared["url"], data["id"]) == (receiver.url, None, cleared["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", data["updatedAt"])


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"url": ""},
        {"url": 7},
        {"url": "http://portal.example.org/hook"},
        {"url": "http://127.0.0.1:1/hook"},
        {"url": "ftp://portal.example.org/"},
        {"url": "https://"},
        {"url": "not an address"},
        {"url": None, "secret": "x"},
    ],
)
def test_an_address_outside_the_schema_is_refused(capa: Capa, document: dict[str, Any]) -> None:
    assert code_of(capa.call("PUT", "/webhook-settings", document)) == INPUT


def test_notifications_are_nested_twice_paged_and_filtered(capa: Capa) -> None:
    before = capa.notifications()["total"]
    for _ in range(3):
        user_id, own_id = capa.new_user()
        capa.new_link(user_id)
        capa.control("POST", "/complete", {"external_user_id": own_id, "outcome": "no_result"})

    page, rest = capa.notifications("?limit=2"), capa.notifications("?skip=2&limit=1&status=NOT_SENT")
    nothing = capa.notifications("?status=PENDING")

    assert (page["count"], page["total"], len(page["data"])) == (2, before + 3, 2)
    assert len({row["id"] for row in page["data"] + rest["data"]}) == 3
    assert (nothing["count"], nothing["data"]) == (0, [])
    assert set(page["data"][0]) == {
        "id",
        "status",
        "eventType",
        "retryAttempts",
        "manualRetryCount",
        "createdAt",
        "updatedAt",
    }


@pytest.mark.parametrize(
    "query", ["?limit=0", "?limit=101", "?limit=x", "?skip=-1", "?status=sent", "?user=1", "?skip=1&skip=2"]
)
def test_a_list_asked_for_wrongly_is_refused(capa: Capa, query: str) -> None:
    assert code_of(capa.call("GET", f"/webhook-notifications{query}")) == INPUT


def test_a_list_of_a_hundred_may_be_asked_for(capa: Capa) -> None:
    assert capa.call("GET", "/webhook-notifications?limit=100").status == 200


@pytest.mark.parametrize(("method", "suffix"), [("GET", ""), ("POST", "/retry")])
def test_a_notification_of_nobody_or_of_another_partner_is_not_found(capa: Capa, method: str, suffix: str) -> None:
    user_id, _ = capa.new_user()
    walk(capa.new_link(user_id), "no_result")
    [row] = newest(capa, "NOT_SENT")
    foreign = Capa.of(capa.sandbox, "foreign")

    answers = [
        capa.call(method, f"/webhook-notifications/{NOBODY}{suffix}"),
        foreign.call(method, f"/webhook-notifications/{row['id']}{suffix}"),
    ]

    wanted = (404, "NOT_FOUND", "Webhook notification not found")
    assert [code_of(answer) for answer in answers] == [wanted] * 2
