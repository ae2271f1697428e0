"""What is shown of requests, answers and texts: nothing personal, whatever stands in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verifications.providers.redaction import clean_text, redacted, redacted_filename, redacted_url, sent_texts


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://docs.example.com/kyc/7/front.png?sig=abc#x", "https://docs.example.com/…/front.png"),
        ("https://docs.example.com:8443/back.pdf", "https://docs.example.com:8443/…/back.pdf"),
        ("https://user:word@docs.example.com/kyc/zoe-example.jpg", "https://docs.example.com/…/•••.jpg"),
        ("https://docs.example.com/kyc/opaque", "https://docs.example.com/…/•••"),
        ("not an address", "•••"),
        ("https://[::1", "•••"),
        ("", "•••"),
    ],
)
def test_an_address_is_shown_by_host_and_file(url: str, shown: str) -> None:
    assert redacted_url(url) == shown


def test_a_file_name_is_shown_when_it_is_one_of_ours() -> None:
    assert redacted_filename("verifier_response.pdf") == "verifier_response.pdf"
    assert redacted_filename("Zoë.Example.pdf") == "•••.pdf"
    assert redacted_filename("Zoë") == "•••"


def test_structure_and_words_stay_and_values_go() -> None:
    value = {
        "type": "identity_document",
        "metadata": {
            "identity": {"full_name": {"first_name": "Zoë"}, "date_of_birth": "1990-04-15"},
            "document_type": "passport",
            "document_number": "X1234567",
            "verified_at": "2025-03-13T12:34:56Z",
            "verifier_response": {"Zoë Example": {"type": "person"}},
            "tax_ids": [{"id": "12", "issuing_country": "ES"}],
            "flag": True,
            "nothing": None,
        },
        "front_url": "https://docs.example.com/kyc/front.png?sig=abc",
        "sanctions": {"status": "Cleared"},
    }

    assert redacted(value) == {
        "type": "identity_document",
        "metadata": {
            "identity": {"full_name": {"first_name": "•••"}, "date_of_birth": "•••"},
            "document_type": "passport",
            "document_number": "•••",
            "verified_at": "2025-03-13T12:34:56Z",
            "verifier_response": "•••",
            "tax_ids": [{"id": "•••", "issuing_country": "•••"}],
            "flag": "•••",
            "nothing": None,
        },
        "front_url": "https://docs.example.com/…/front.png",
        "sanctions": {"status": "Cleared"},
    }


def test_a_users_status_stays_readable_without_the_user() -> None:
    action = {"action_type": "verification", "verification_type": "identity", "reasons": ["initial_onboarding"],
              "deadline": "2025-04-01T00:00:00Z"}  # fmt: skip
    status = {"state": "ok", "required_actions": [action]}
    value = {"result": {"user": "AA95N84GTESTXXXX", "external_id": "customer-17", "status": status}}

    assert redacted(value) == {"result": {"user": "•••", "external_id": "•••", "status": status}}


@pytest.mark.parametrize(
    "value",
    [
        {"type": "Zoë Example"},
        {"type": "X1234567"},
        {"state": "call +34600123456"},
        {"Zoë Example": 1},
        {"X1234567": 1},
        {"deadline": "Zoë 2025"},
        {"reasons": ["mail zoe@example.org", "X1234567", "+34 600 12 34 56", "https://docs.example.com/a?sig=abc"]},
        {"result": "Zoë"},
        {"status": 1234567},
        [["X1234567"]],
        "X1234567",
    ],
)
def test_personal_data_in_unexpected_places_is_masked(value: Any) -> None:
    shown = json.dumps(redacted(value), ensure_ascii=False)

    for hidden in ("Zoë", "1234567", "600", "zoe@", "sig="):
        assert hidden not in shown


def test_a_session_stays_readable_without_the_person() -> None:
    shown = {
        "session_id": "Zk3QpA71xLmT",
        "image_id": "b1f0a7c2-55aa-4d1c-8a57-3c0d6a2f1e10",
        "external_user_id": "6f1b5a52-7c1e-4a8e-9d55-0f6c0a3b9b11",
        "expiration": "2031-04-02T10:15:00.000Z",
        "missing_images": ["document_front", "selfie"],
        "checks": {"document_liveness": {"recommendation": "N/A", "reasons": ["presentation_attack"]}},
        "feedback": "blur",
        "complete": "false",
        "rejected": True,
        "error_code": 40012,
        "ts_error_code": "session.not.found",
        "error_description": "no such session",
    }

    assert redacted(shown) == shown


@pytest.mark.parametrize(
    "value",
    [
        {"person": {"status": "Suharto", "reason": "Suharto", "given": {"code": "Suharto"}, "names": ["Suharto"]}},
        {"additional_info": {"address": {"state": "Suharto"}}},
        {"mock_behavior": {"info": {"person_details": {"type": "Suharto"}}}},
        {"verified_info": {"person": {"description": "Suharto"}}},
        {"document": {"number": "Suharto", "region": "Suharto"}},
        {"risk_details": {"device": {"type": "Suharto"}, "network": {"source": "Suharto"}}},
        {"external_user_id": "Suharto"},
        {"complete": "Suharto"},
        {"session_id": "Suharto, Suharto"},
        {"start_token": "Suharto"},
        {"recommendation": "Suharto, Suharto"},
        {"callback_url": "https://portal.example/Suharto?state=Suharto"},
        {"error_code": "Suharto, Suharto"},
    ],
)
def test_a_person_is_masked_wherever_a_session_names_one(value: Any) -> None:
    assert "Suharto" not in json.dumps(redacted(value))


def test_what_was_sent_is_masked_in_members_that_are_shown() -> None:
    value = {"code": "Suharto", "session_id": "xSuhartox", "message": "Suharto is unknown", "status": "ok"}

    assert redacted(value, sent_values=["Suharto", "ok"]) == {
        "code": "•••",
        "session_id": "•••",
        "message": "••• is unknown",
        "status": "ok",
    }


def test_deep_and_wide_values_are_cut() -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = {"a": [deep]}

    assert len(json.dumps(redacted({"deep": deep, "wide": list(range(10_000))}))) < 2_000


def test_texts_quoted_back_are_masked() -> None:
    sent = sent_texts({"metadata": {"first_name": "Ann", "document_type": "passport"}, "n": [1, "王小明", "AD"]})

    assert sorted(sent) == ["AD", "Ann", "王小明"]
    assert clean_text("ANN cannot use a passport, 王小明", sent_values=sent) == "••• cannot use a passport, •••"


def test_a_text_is_one_line_of_bounded_length() -> None:
    cleaned = clean_text("a\r\n\x00\u202eb\ud800 " * 500)

    assert len(cleaned) <= 200
    assert cleaned.isprintable()


@settings(max_examples=150, deadline=500)
@given(st.text(max_size=2000), st.lists(st.text(max_size=20), max_size=5))
def test_cleaning_never_fails_and_never_shows_a_long_number(text: str, sent: list[str]) -> None:
    cleaned = clean_text(text + " 123456789", sent_values=sent, limit=3000)

    assert "123456789" not in cleaned
    cleaned.encode()
