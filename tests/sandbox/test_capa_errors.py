"""Capa's errors: every row of the table by request of the tester, the layouts, and the faults all APIs share."""

from __future__ import annotations

import http.client
import uuid
from typing import Any

import pytest

from tests.sandbox.capa_kit import Capa, code_of, new_user, until
from verifications.sandbox.capa_control import OPERATIONS
from verifications.sandbox.capa_errors import LAYOUTS, ROWS

NOBODY = str(uuid.uuid4())
TABLE = {
    "key_missing": (401, "UNAUTHORIZED", "API Key is missing"),
    "key_malformed": (401, "UNAUTHORIZED", "Invalid API Key format"),
    "key_unknown": (401, "UNAUTHORIZED", "Invalid API Key"),
    "partner_missing": (401, "UNAUTHORIZED", "Partner information is required for this operation"),
    "user_not_associated": (401, "UNAUTHORIZED", "User is not associated with the partner"),
    "invalid_partner_flow": (403, "INVALID_PARTNER_FLOW", "The partner has an invalid flow."),
    "invalid_user_input": (400, "INVALID_USER_INPUT_ERROR", "Invalid User Input"),
    "email_not_valid": (400, "BAD_REQUEST", "Provided email is not valid"),
    "kyc_for_business": (
        400,
        "INVALID_VERIFICATION_TYPE_FOR_USER",
        "BUSINESS users can only request KYB verification",
    ),
    "kyb_for_individual": (
        400,
        "INVALID_VERIFICATION_TYPE_FOR_USER",
        "INDIVIDUAL users can only request KYC verification",
    ),
    "kyc_template_not_configured": (
        400,
        "KYC_TEMPLATE_NOT_CONFIGURED_ERROR",
        "KYC template not configured for this country",
    ),
    "kyb_template_not_configured": (
        400,
        "KYB_TEMPLATE_NOT_CONFIGURED_ERROR",
        "KYB template not configured for this country",
    ),
    "user_not_found": (404, "NOT_FOUND_ERROR", "Requested User was not found"),
    "kyc_not_found": (404, "NOT_FOUND_ERROR", "Requested KYC verification was not found"),
    "kyb_not_found": (404, "NOT_FOUND_ERROR", "Requested KYB verification was not found"),
    "notification_not_found": (404, "NOT_FOUND", "Webhook notification not found"),
    "retry_not_failed": (409, None, "Only failed notifications can be retried"),
    "retries_used_up": (409, None, "The manual retries of this notification are used up"),
    "retries_too_fast": (429, None, "Too many manual retries"),
    "user_creation_failed": (500, "INTERNAL_SERVER_ERROR", "User creation failed"),
    "link_failed": (500, "INTERNAL_SERVER_ERROR", "Failed to create verification link"),
    "kyc_details_failed": (500, "INTERNAL_SERVER_ERROR", "Failed to get user KYC details"),
    "kyb_details_failed": (500, "INTERNAL_SERVER_ERROR", "Failed to get user KYB details"),
    "duplicate_400": (400, "BAD_REQUEST", "User already exists"),
    "duplicate_409": (409, "CONFLICT", "User already exists"),
    "duplicate_500": (500, "INTERNAL_SERVER_ERROR", "User creation failed"),
    "too_many_requests": (429, None, "Too Many Requests"),
}
CALLS: dict[str, tuple[str, str, Any]] = {
    "create_user": ("POST", "/users", {}),
    "create_kyc_link": ("POST", f"/users/{NOBODY}/kyc/verification-link", {}),
    "create_kyb_link": ("POST", f"/users/{NOBODY}/kyb/verification-link", {}),
    "get_kyc_details": ("GET", "/kyc/details", None),
    "get_kyb_details": ("GET", "/kyb/details", None),
    "set_webhook": ("PUT", "/webhook-settings", {}),
    "list_notifications": ("GET", "/webhook-notifications", None),
    "get_notification": ("GET", f"/webhook-notifications/{NOBODY}", None),
    "retry_notification": ("POST", f"/webhook-notifications/{NOBODY}/retry", None),
}


def known_users(capa: Capa) -> list[str]:
    return [user["external_user_id"] for user in capa.control("GET", "/users")["users"]]


def test_the_tests_know_every_row_and_every_operation() -> None:
    assert set(TABLE) == set(ROWS)
    assert {*CALLS, "*"} == set(OPERATIONS)


@pytest.mark.parametrize("row", TABLE)
def test_every_row_can_be_provoked_in_every_layout(capa: Capa, row: str) -> None:
    capa.control("POST", "/errors", {"operation": "create_user", "row": row, "times": len(LAYOUTS)})

    answers = [capa.create_user() for _ in LAYOUTS]

    assert {code_of(answer) for answer in answers} == {TABLE[row]}
    assert len({frozenset(answer.json()) for answer in answers}) == (4 if TABLE[row][1] else 3)
    assert capa.create_user().status == 201


@pytest.mark.parametrize("operation", CALLS)
def test_every_operation_can_be_made_to_fail(capa: Capa, operation: str) -> None:
    capa.control("POST", "/errors", {"operation": operation, "status": 418, "code": "TEAPOT", "message": "short"})

    assert code_of(capa.call(*CALLS[operation])) == (418, "TEAPOT", "short")
    assert capa.control("GET", "/errors") == {"errors": []}


def test_the_members_of_a_row_can_be_changed(capa: Capa) -> None:
    capa.control(
        "POST",
        "/errors",
        {"operation": "*", "row": "link_failed", "code": None, "message": ["one", "two"], "layout": "flat"},
    )

    assert capa.create_user().json() == {"statusCode": 500, "message": ["one", "two"]}


def test_an_error_may_come_although_the_user_was_created(capa: Capa) -> None:
    capa.control("POST", "/errors", {"operation": "create_user", "row": "user_creation_failed", "stage": "after"})
    document = new_user()

    answers = [capa.call("POST", "/users", document) for _ in range(2)]

    assert [code_of(answer)[:2] for answer in answers] == [(500, "INTERNAL_SERVER_ERROR"), (409, "CONFLICT")]
    assert document["externalUserId"] in known_users(capa)


def test_too_many_requests_come_with_and_without_retry_after(capa: Capa) -> None:
    capa.control("POST", "/errors", {"operation": "create_user", "row": "too_many_requests"})
    capa.control("POST", "/errors", {"operation": "create_user", "row": "too_many_requests", "retry_after": 7})

    answers = [capa.create_user() for _ in range(2)]

    assert [(answer.status, answer.headers.get("retry-after")) for answer in answers] == [(429, None), (429, "7")]


@pytest.mark.parametrize(
    ("layout", "members"),
    [
        ("flat", {"statusCode", "message", "code"}),
        ("nested", {"success", "error"}),
        ("list", {"errorCode", "message"}),
        ("string", {"error", "message"}),
    ],
)
def test_the_layout_can_be_fixed(capa: Capa, layout: str, members: set[str]) -> None:
    capa.control("POST", "", {"layout": layout})

    answers = [capa.details(NOBODY).json() for _ in range(3)]

    assert [set(answer) for answer in answers] == [members] * 3
    assert isinstance(answers[0].get("message", []), list if layout in {"list", "nested"} else str)


@pytest.mark.parametrize(
    "document",
    [
        {"operation": "create_user"},
        {"operation": "create_user", "row": "link_failed", "status": 400},
        {"operation": "create_user", "row": "nothing"},
        {"operation": "dance", "row": "link_failed"},
        {"operation": "create_user", "status": 200},
        {"operation": "create_user", "status": 400, "message": 7},
        {"operation": "create_user", "status": 400, "times": 0},
    ],
)
def test_an_error_that_is_not_understood_is_refused(capa: Capa, document: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="problems"):
        capa.control("POST", "/errors", document)

    assert capa.control("GET", "/errors") == {"errors": []}


def test_errors_are_disarmed_alone_or_with_the_settings(capa: Capa) -> None:
    capa.control("POST", "/errors", {"operation": "*", "row": "link_failed"})
    capa.control("POST", "", {"layout": "flat"})

    kept = capa.control("DELETE", "/errors") | capa.control("GET")
    capa.control("POST", "/errors", {"operation": "*", "row": "link_failed"})
    reset = capa.control("DELETE")

    assert (kept["errors"], kept["settings"]["layout"]) == ([], "flat")
    assert (reset["errors"], reset["settings"]["layout"]) == ([], "rotate")


# The faults of the whole stand-in ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "created"),
    [
        ("FAULT-500", 500, False),
        ("FAULT-500-AFTER", 500, True),
        ("FAULT-503", 503, False),
        ("FAULT-429", 429, False),
        ("FAULT-401", 401, False),
        ("FAULT-408-AFTER", 408, True),
        ("FAULT-NONCE", 401, False),
        ("HTML", 200, False),
        ("HTML-AFTER", 200, True),
        ("NO-ID", 201, True),
        ("HALF-JSON", 201, True),
        ("WARN", 201, True),
        ("SLOW", 201, True),
        ("FAULT-301", 301, False),
        ("ERROR-200", 200, False),
    ],
)
def test_a_shared_fault_strikes_before_or_after_the_user_is_created(
    capa: Capa, fault: str, status: int, created: bool
) -> None:
    capa.sandbox.arm(fault, api="capa_partner", operation="create_user")
    document = new_user()

    answer = capa.call("POST", "/users", document)

    assert answer.status == status
    assert (document["externalUserId"] in known_users(capa)) == created


@pytest.mark.parametrize("fault", ["DROP-AFTER", "CUT-ANSWER"])
def test_an_answer_can_be_lost_after_the_user_was_created(capa: Capa, fault: str) -> None:
    capa.sandbox.arm(fault, api="capa_partner", operation="create_user")
    document = new_user()

    with pytest.raises((ConnectionError, http.client.HTTPException)):
        capa.call("POST", "/users", document)

    assert document["externalUserId"] in known_users(capa)


def test_an_answer_can_come_too_late(capa: Capa) -> None:
    capa.sandbox.arm("HANG", api="capa_partner", operation="create_user")
    document = new_user()

    with pytest.raises(TimeoutError):
        capa.call("POST", "/users", document, timeout=0.2)

    until(lambda: document["externalUserId"] in known_users(capa))


@pytest.mark.parametrize("operation", CALLS)
def test_a_shared_fault_can_be_armed_for_every_operation(capa: Capa, operation: str) -> None:
    capa.sandbox.arm("FAULT-503", api="capa_partner", operation=operation, retry_after=3)

    answer = capa.call(*CALLS[operation])

    assert (code_of(answer)[:2], answer.headers["retry-after"]) == ((503, "SERVICE_UNAVAILABLE"), "3")
