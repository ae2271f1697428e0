"""What the Capa client sends, and in which envelopes it reads. Contract: capa-partner 3 to 5."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.providers.capa_samples import (
    ALIAS,
    CALLS,
    DATA,
    EMAIL,
    EXTERNAL_ID,
    KEY,
    KYC_URL,
    LINK,
    NOTIFICATION,
    RETURN,
    USER,
    USER_ID,
    answered,
    capa_client,
    sent_json,
)
from tests.providers.samples import CannedTransport, RecordingJournal
from verifications.providers.errors import (
    OutcomeUnknown,
    ProviderRefused,
)
from verifications.providers.link_types import LinkUserRequest, Notification

SUCCESS_STATUS = {"C1": 201, "C2": 201, "C3": 201}
TARGETS = {
    "C1": ("POST", "/api/partner/v2/users"),
    "C2": ("POST", f"/api/partner/v2/users/{USER_ID}/kyc/verification-link"),
    "C3": ("POST", f"/api/partner/v2/users/{USER_ID}/kyb/verification-link"),
    "C4": ("GET", f"/api/partner/v2/kyc/details?userId={USER_ID}"),
    "C5": ("GET", f"/api/partner/v2/kyb/details?userId={USER_ID}"),
    "C6": ("PUT", "/api/partner/v2/webhook-settings"),
    "C7": ("GET", "/api/partner/v2/webhook-notifications?skip=0&limit=100"),
    "C8": ("GET", "/api/partner/v2/webhook-notifications/wn_1"),
    "C9": ("POST", "/api/partner/v2/webhook-notifications/wn_1/retry"),
}
ENVELOPES = {
    "success": lambda data: {"success": True, "data": data},
    "status": lambda data: {"status": "ok", "data": data},
    "bare": lambda data: data,
}


@pytest.mark.parametrize("call", CALLS)
def test_each_call_goes_to_its_address_with_the_key(call: str) -> None:
    transport = CannedTransport(SUCCESS_STATUS.get(call, 200), DATA[call])

    CALLS[call](capa_client(transport=transport))

    assert transport.request is not None
    assert (transport.request.method, transport.request.target) == TARGETS[call]
    has_body = call in ("C1", "C2", "C3", "C6")
    assert transport.request.headers == {"Accept": "application/json", "partner-api-key": KEY} | (
        {"Content-Type": "application/json"} if has_body else {}
    )
    assert bool(transport.sent_body) == has_body


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("shape", ENVELOPES)
@pytest.mark.parametrize("call", CALLS)
def test_each_answer_is_read_in_both_envelopes_and_in_none(call: str, shape: str, status: int) -> None:
    expected = answered(call, 200, {"success": True, "data": DATA[call]})

    assert answered(call, status, ENVELOPES[shape](DATA[call])) == expected


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (call, body)
        for call in CALLS
        for body in (b"", b"<html>", b"null", [], {}, {"success": True}, {"success": True, "data": None}, {"data": 7})
        if call != "C9" or not isinstance(body, dict)  # the members of C9 are not published
    ],
)
def test_a_success_without_its_key_is_a_broken_contract_and_not_a_success(call: str, body: Any) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        answered(call, 200, body)

    assert (caught.value.code, caught.value.http_status) == ("provider_contract", 200)


@pytest.mark.parametrize("call", CALLS)
def test_a_success_that_says_it_failed_is_none(call: str) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        answered(call, 200, {"success": False, "data": DATA[call]})

    assert caught.value.code == "provider_contract"


def test_a_user_is_created_with_our_reference() -> None:
    transport = CannedTransport(201, {"success": True, "data": {"userId": USER_ID}})

    assert capa_client(transport=transport).create_user(USER).user_id == USER_ID
    assert sent_json(transport) == {
        "type": "INDIVIDUAL",
        "email": EMAIL,
        "externalUserId": EXTERNAL_ID,
        "alias": ALIAS,
    }


def test_an_empty_alias_is_left_out() -> None:
    transport = CannedTransport(201, {"userId": USER_ID})

    capa_client(transport=transport).create_user(replace(USER, alias=""))

    assert "alias" not in sent_json(transport)


@pytest.mark.parametrize("user", [replace(USER, external_user_id=""), replace(USER, email=" ")])
def test_a_user_without_reference_or_address_is_not_sent(user: LinkUserRequest) -> None:
    journal = RecordingJournal()

    with pytest.raises(ProviderRefused) as caught:
        capa_client(journal=journal).create_user(user)

    assert caught.value.code == "missing_value"
    assert journal.steps == []


def test_a_link_is_asked_for_with_country_and_return_address() -> None:
    transport = CannedTransport(201, {"success": True, "data": {"kycLink": KYC_URL}})

    created = capa_client(transport=transport).create_kyc_link(LINK)

    assert created.url == KYC_URL
    assert KYC_URL not in repr(created)
    assert sent_json(transport) == {"country": "MX", "partnerRedirectUri": RETURN}


def test_a_return_address_is_sent_only_when_given() -> None:
    transport = CannedTransport(201, {"kybLink": "https://verify.example.net/b/1"})

    capa_client(transport=transport).create_kyb_link(replace(LINK, redirect_uri=""))

    assert sent_json(transport) == {"country": "MX"}


@pytest.mark.parametrize("country", ["", "mx", "BR", "MX ", "MEX"])
@pytest.mark.parametrize("method", ["create_kyc_link", "create_kyb_link"])
def test_a_country_outside_the_contract_is_not_sent(method: str, country: str) -> None:
    journal = RecordingJournal()

    with pytest.raises(ProviderRefused, match="Nothing was sent") as caught:
        getattr(capa_client(journal=journal), method)(replace(LINK, country=country))

    assert caught.value.code == "country_not_enabled"
    assert journal.steps == []


def test_a_users_id_cannot_leave_its_place_in_the_address() -> None:
    odd_id = "a/../b?c=d&e#f%é"
    transport = CannedTransport(201, {"kycLink": KYC_URL, "aipriseSummary": {}})
    client = capa_client(transport=transport)

    client.create_kyc_link(replace(LINK, user_id=odd_id))
    assert transport.request is not None
    assert transport.request.target.endswith("/users/a%2F..%2Fb%3Fc%3Dd%26e%23f%25%C3%A9/kyc/verification-link")

    client.get_kyc_details(odd_id)
    assert transport.request.target.endswith("/kyc/details?userId=a%2F..%2Fb%3Fc%3Dd%26e%23f%25%C3%A9")


@pytest.mark.parametrize("user_id", ["", ".", "..", "x" * 256])
def test_an_unusable_user_id_is_not_sent(user_id: str) -> None:
    with pytest.raises(ProviderRefused) as caught:
        capa_client().get_kyb_details(user_id)

    assert caught.value.code == "bad_user_id"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//verify.example.net/s", "", " ", 7, None])
def test_a_link_no_browser_should_open_is_no_link(url: Any) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        answered("C2", 201, {"success": True, "data": {"kycLink": url}})

    assert caught.value.code == "provider_contract"


def test_delivery_is_switched_off_with_null() -> None:
    transport = CannedTransport(200, {"success": True, "data": {"id": "ws_1", "url": None, "updatedAt": 5}})

    settings = capa_client(transport=transport).set_webhook(None)

    assert sent_json(transport) == {"url": None}
    assert (settings.url, settings.updated_at) == ("", "5")


def test_a_page_of_deliveries_is_read() -> None:
    page = answered("C7", 200, {"success": True, "data": DATA["C7"]})

    assert page.total == 7
    assert page.items == (
        Notification(
            id="wn_1",
            status="FAILED",
            event_type="KYC",
            retry_attempts=5,
            manual_retry_count=1,
            created_at="2024-04-05 13:45:27.063",
            updated_at="2024-04-05 14:20:00.000",
        ),
    )


def test_a_list_nested_once_is_read_and_odd_items_are_left_out() -> None:
    page = answered(
        "C7", 200, {"success": True, "data": [None, 3, {}, {"id": ["x"]}, {"id": 9, "status": 4}, NOTIFICATION]}
    )

    assert [(item.id, item.status) for item in page.items] == [("9", "4"), ("wn_1", "FAILED")]
    assert page.total == 2


def test_the_filter_of_a_page_is_encoded_and_bounded() -> None:
    transport = CannedTransport(200, DATA["C7"])

    capa_client(transport=transport).list_notifications(status="FAILED&x=1", skip=-5, limit=500)

    assert transport.request is not None
    assert transport.request.target.endswith("?status=FAILED%26x%3D1&skip=0&limit=100")


def test_one_delivery_has_its_payload_and_last_error() -> None:
    notification = answered("C8", 200, {"success": True, "data": DATA["C8"]})

    assert notification.payload == {"type": "KYC", "externalUserId": EXTERNAL_ID}
    assert notification.latest_error == "no luck"
    assert EXTERNAL_ID not in repr(notification)


def test_a_payload_written_as_text_is_read_too() -> None:
    data = NOTIFICATION | {
        "payload": '{"event":"VERIFIED_USER"}',
        "latestErrorPayload": {"error": "mail zoe@example.org"},
    }

    notification = answered("C8", 200, data)

    assert notification.payload == {"event": "VERIFIED_USER"}
    assert "[e-mail]" in notification.latest_error
    assert "zoe" not in notification.latest_error


def test_a_redelivery_without_members_is_the_one_that_was_asked_for() -> None:
    assert answered("C9", 200, {"success": True}) == Notification(id="wn_1", status="")
