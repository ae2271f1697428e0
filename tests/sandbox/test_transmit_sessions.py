"""Sessions of Transmit Security: create, status, results in both shapes, consent, delete."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.transmit_client import SIDES, TransmitClient
from verifications.sandbox.testing import RunningSandbox

PERSON = {"given_name": "Ánh", "surname": "Nguyễn Thị", "date_of_birth": "1990-02-28"}
PASSPORT = {"type": "passport", "country": "VNM", "id_value": "C0000001", "valid_until": "2031-01-31"}


@pytest.fixture
def transmit(sandbox: RunningSandbox) -> TransmitClient:
    return TransmitClient(sandbox)


def test_create_answers_200_and_201_in_turns(transmit: TransmitClient) -> None:
    statuses = [transmit.call("POST", "", {}).status for _ in range(4)]

    assert sorted(statuses) == [200, 200, 201, 201]
    assert statuses[0] != statuses[1]


def test_a_hosted_session_has_a_start_token_and_waits(transmit: TransmitClient) -> None:
    created = transmit.create(
        callback_url="https://portal.example/callback",
        state="s" * 43,
        customer_information={"organization_name": "", "external_user_id": "5a0c"},
        time_to_live="1h",
    )

    assert set(created) == {"session_id", "expiration", "missing_images", "start_token"}
    assert created["missing_images"] == list(SIDES)
    assert created["expiration"].endswith("Z")
    assert transmit.result(created["session_id"]).json() == {"session_id": created["session_id"], "status": "pending"}


@pytest.mark.parametrize("body", [{"start": {}}, {"auto_start": True}])
def test_a_session_started_at_once_has_no_start_token(transmit: TransmitClient, body: dict[str, Any]) -> None:
    created = transmit.create(**body)

    assert "start_token" not in created
    assert transmit.result(created["session_id"]).json()["status"] == "capturing"


def test_create_needs_no_body(transmit: TransmitClient) -> None:
    assert transmit.call("POST").status in {200, 201}


@pytest.mark.parametrize(
    "body",
    [
        {"country": "PT"},
        {"callback_url": "portal.example"},
        {"callback_url": "javascript:alert(1)"},
        {"callback_url": "https://["},
        {"callback_url": 7},
        {"state": 7},
        {"state": ""},
        {"start": None},
        {"start": {"consent": {"granted": True}}},
        {"start": {"consent": {"granted": "true", "document_id": "a"}}},
        {"start": {"consent": {"document_id": "a"}}},
        {"start": {"required_images": []}},
        {"customer_information": {"external_user_id": "two words"}},
        {"customer_information": {"external_user_id": ""}},
        {"customer_information": {"organization_id": 7}},
        {"customer_information": {"name": "محمد"}},
        {"mock_behavior": {"recommendation": "MAYBE"}},
        {"mock_behavior": {"processing_time": "soon"}},
        {"mock_behavior": {"processing_time": ""}},
        {"mock_behavior": {"force_retry": "yes"}},
        {"mock_behavior": {"info": {"person_details": {"shoe_size": 44}}}},
        {"mock_behavior": {"info": {"person_details": {"age": True}}}},
        {"time_to_live": "forever"},
        {"auto_start": 1},
    ],
)
def test_create_refuses_what_is_not_documented(transmit: TransmitClient, body: dict[str, Any]) -> None:
    assert transmit.call("POST", "", body).status == 400


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", b"{}"),
        ("application/json", b"[]"),
        ("application/json", b"{"),
        ("application/json", b'{"state": "a", "state": "b"}'),
        ("application/json", b"\xff"),
    ],
)
def test_create_refuses_what_is_no_json_object(transmit: TransmitClient, content_type: str, body: bytes) -> None:
    answer = transmit.call("POST", "", body=body, headers={"Content-Type": content_type})

    assert answer.status == 400


def test_create_takes_null_for_mock_behaviour_and_every_documented_field(transmit: TransmitClient) -> None:
    mock = {"mock_recommendation": "DENY", "processing_time": "1m30s", "force_retry": False, "info": {}}

    assert transmit.call("POST", "", {"mock_behavior": None}).status in {200, 201}
    assert transmit.call("POST", "", {"mock_behavior": mock, "time_to_live": "90d"}).status in {200, 201}


def test_a_passport_asks_for_no_reverse_side(transmit: TransmitClient) -> None:
    marked = transmit.create(customer_information={"external_user_id": "case-passport-1"})
    mocked = transmit.create(mock_behavior={"info": {"document_details": {"type": "passport"}}})

    assert marked["missing_images"] == mocked["missing_images"] == ["document_front", "selfie"]


def test_a_session_goes_from_capturing_over_processing_to_complete(transmit: TransmitClient) -> None:
    sid = transmit.start(mock_behavior={"processing_time": "5m"})
    quick = transmit.start(mock_behavior={"processing_time": "20ms"})

    transmit.add_all(sid)
    transmit.add_all(quick)

    assert transmit.result(sid).json() == {"session_id": sid, "status": "processing"}
    document = transmit.wait_for(quick, "complete")
    assert document["recommendation"] == "ALLOW"
    assert {"person", "document", "checks", "additional_info", "risk_details"} <= set(document)
    assert [image["type"] for image in document["verification_images"]] == list(SIDES)


@pytest.mark.parametrize(
    ("recommendation", "failed"),
    [
        ("ALLOW", set()),
        ("CHALLENGE", {"document_validation", "biometric_matching"}),
        ("DENY", {"document_authentication", "document_liveness", "risk_recommendation"}),
    ],
)
def test_a_mocked_recommendation_comes_with_its_reasons(
    transmit: TransmitClient, recommendation: str, failed: set[str]
) -> None:
    sid = transmit.start(mock_behavior={"recommendation": recommendation, "processing_time": "0s"})
    transmit.add_all(sid)

    document = transmit.wait_for(sid, "complete")

    checks = document["checks"]
    assert document["recommendation"] == recommendation
    assert {name for name, check in checks.items() if check["recommendation"] == recommendation != "ALLOW"} == failed
    assert all(checks[name]["reasons"] for name in failed)


def test_mocked_details_take_the_place_of_invented_ones(transmit: TransmitClient) -> None:
    info = {"person_details": PERSON, "document_details": PASSPORT}
    sid = transmit.start(mock_behavior={"processing_time": "0s", "info": info})
    for side in ("document_front", "selfie"):
        transmit.add(sid, side)

    document = transmit.wait_for(sid, "complete")

    assert document["person"]["full_name"] == "Ánh Nguyễn Thị"
    assert document["person"]["date_of_birth"] == "1990-02-28T00:00:00.000Z"
    assert document["document"]["type"] == "passport"
    assert (document["document"]["country"], document["document"]["number"]) == ("VN", "C0000001")
    assert document["document"]["expiration_date"] == "2031-01-31T00:00:00.000Z"


def test_mocked_nonsense_is_handed_back_as_it_came(transmit: TransmitClient) -> None:
    info = {
        "person_details": {"date_of_birth": "unknown", "full_name": "Suharto"},
        "document_details": {"country": "XXX", "type": ""},
    }
    sid = transmit.start(mock_behavior={"processing_time": "0s", "info": info})
    transmit.add_all(sid)

    document = transmit.wait_for(sid, "complete")

    assert (document["person"]["full_name"], document["person"]["date_of_birth"]) == ("Suharto", "unknown")
    assert "age" not in document["person"]
    assert (document["document"]["country"], document["document"]["type"]) == ("XXX", "")


@pytest.mark.parametrize("query", ["", "?detailed=false"])
def test_without_detailed_the_deprecated_shape_comes(transmit: TransmitClient, query: str) -> None:
    allowed = transmit.start(mock_behavior={"processing_time": "0s"})
    denied = transmit.start(mock_behavior={"processing_time": "0s", "recommendation": "DENY"})
    transmit.add_all(allowed)
    transmit.add_all(denied)
    transmit.wait_for(allowed, "complete")
    transmit.wait_for(denied, "complete")

    good, bad = transmit.result(allowed, query).json(), transmit.result(denied, query).json()

    assert set(good) == {"session_id", "status", "recommendation", "verified_info"}
    assert set(bad) == {"session_id", "status", "recommendation", "rejection_description", "extracted_info"}
    assert good["verified_info"]["document"]["country"] == "PRT"
    assert good["verified_info"]["person"]["address"]["city"] == "Porto"


def test_detailed_is_a_boolean(transmit: TransmitClient) -> None:
    assert transmit.result(transmit.start(), "?detailed=yes").status == 400


def test_an_unknown_session_is_not_found(transmit: TransmitClient) -> None:
    statuses = [
        transmit.call("GET", "/nobody/result").status,
        transmit.call("GET", "/nobody/consent").status,
        transmit.call("DELETE", "/nobody").status,
        transmit.add("nobody", "selfie").status,
        transmit.call("GET", "/nobody/images/img-1").status,
    ]

    assert statuses == [404] * 5


def test_a_deleted_session_is_gone_with_everything(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    sid = transmit.start(customer_information={"external_user_id": "case-1"}, mock_behavior={"processing_time": "0s"})
    transmit.add_all(sid)
    image = transmit.wait_for(sid, "complete")["verification_images"][0]["id"]

    deleted = transmit.call("DELETE", f"/{sid}")

    assert (deleted.status, deleted.data) == (200, b"")
    assert transmit.result(sid).status == 404
    assert transmit.call("DELETE", f"/{sid}").status == 404
    assert transmit.call("GET", f"/{sid}/images").json() == {"session_images": []}
    assert transmit.call("GET", f"/{sid}/images/{image}").status == 404
    left = next(session for session in sandbox.sessions() if session["session_id"] == sid)
    assert (left["deleted"], left["images"], left["external_user_id"]) == (True, [], None)


@pytest.mark.parametrize("granted", [True, False])
def test_consent_of_the_portal_is_kept(transmit: TransmitClient, granted: bool) -> None:
    created = transmit.create(start={"consent": {"granted": granted, "document_id": "terms-7"}})

    consent = transmit.call("GET", f"/{created['session_id']}/consent").json()

    assert consent["consent_granted"] is granted
    assert bool(consent["consent_date"]) is granted


def test_without_consent_the_date_is_empty(transmit: TransmitClient) -> None:
    sid = transmit.create()["session_id"]

    assert transmit.call("GET", f"/{sid}/consent").json() == {"consent_granted": False, "consent_date": ""}


def test_errors_come_in_every_shape_the_portal_must_bear(transmit: TransmitClient) -> None:
    bodies = [transmit.call("POST", "", {"country": "PT"}).data for _ in range(4)]

    assert b"" in bodies
    documents = [body.decode() for body in bodies if body]
    assert sum('"message": [' in text for text in documents) == 1
    assert sum("ts_error_code" in text for text in documents) == 1
    assert all("PT" not in text for text in documents)


def test_another_method_and_another_path_are_answered_in_kind(transmit: TransmitClient) -> None:
    assert transmit.call("PUT", "", {}).status == 405
    assert transmit.call("GET", "/a/b/c/d").status == 404
