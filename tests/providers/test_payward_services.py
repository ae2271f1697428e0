"""What the Payward Services client writes and reads. Contract: payward-services 4, 5, 9."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.providers.samples import (
    CHECKED_AT,
    PAYWARD_USER,
    PROFILE,
    RESIDENCE,
    SELFIE,
    TAX_ID,
    WATCHLISTS,
    ZOE,
    CannedTransport,
    RecordingJournal,
    file_address,
    file_part,
    payward_client,
)
from verifications.providers.errors import OutcomeUnknown, ProviderRefused
from verifications.providers.types import (
    DocumentSubmission,
    FullName,
    ProfileChanges,
    RequiredAction,
    SubmissionMetadata,
    UrlSubmission,
)

ACCEPTED = {"data": {"verification_id": "ver_01J0M9P2T7K3W2BHJ7T9"}}


def test_files_are_refused_without_a_call() -> None:
    journal = RecordingJournal()

    with pytest.raises(ProviderRefused, match="presigned address only") as caught:
        payward_client("", journal).submit_documents(DocumentSubmission(PAYWARD_USER, ZOE, (file_part(),)))

    assert caught.value.code == "unsupported_method"
    assert journal.steps == []


def test_no_version_header_is_sent() -> None:
    transport = CannedTransport(200, ACCEPTED)

    payward_client("", transport=transport).submit_document_urls(UrlSubmission(PAYWARD_USER, ZOE, (file_address(),)))

    assert transport.request is not None
    assert sorted(transport.request.headers) == ["API-Key", "API-Nonce", "API-Sign", "Accept", "Content-Type"]


def test_members_this_api_does_not_show_are_left_out() -> None:
    metadata = replace(
        ZOE,
        full_name=FullName("Zoë", "Example", "Maria"),
        nationality="AD",
        external_verification_id="check-9",
        expiration_date=CHECKED_AT.date().replace(year=2031),
        verifier_response={"ok": True},
    )
    transport = CannedTransport(200, ACCEPTED)

    payward_client("", transport=transport).submit_document_urls(
        UrlSubmission(PAYWARD_USER, metadata, (file_address(), file_address("verifier_response")))
    )

    sent = json.loads(transport.sent_body)
    assert list(sent) == ["type", "metadata", "front_url", "verifier_response_url"]
    assert sent["metadata"] == {
        "identity": {
            "full_name": {"first_name": "Zoë", "last_name": "Example", "middle_name": "Maria"},
            "birth": {"date": "1990-04-15"},
        },
        "document_type": "passport",
        "document_number": "X1234567",
        "issuing_country": "AD",
        "verifier": "example-idv",
        "verified_at": "2025-03-13T12:34:56Z",
        "verifier_response": {"ok": True},
    }


@pytest.mark.parametrize(("metadata", "slot"), [(RESIDENCE, "document"), (SELFIE, "selfie")])
def test_the_other_two_types_carry_the_sisters_names(metadata: SubmissionMetadata, slot: str) -> None:
    transport = CannedTransport(200, ACCEPTED)

    payward_client("", transport=transport).submit_document_urls(
        UrlSubmission(PAYWARD_USER, metadata, (file_address(slot),))
    )

    assert list(json.loads(transport.sent_body)) == ["type", "metadata", f"{slot}_url"]


@pytest.mark.parametrize("metadata", [TAX_ID, WATCHLISTS])
def test_types_this_api_does_not_know_are_refused(metadata: SubmissionMetadata) -> None:
    with pytest.raises(ProviderRefused) as caught:
        payward_client("", transport=CannedTransport(200, ACCEPTED)).submit_document_urls(
            UrlSubmission(PAYWARD_USER, metadata, ())
        )

    assert caught.value.code == "unsupported_type"


def test_a_profile_is_created_with_the_names_of_this_api() -> None:
    transport = CannedTransport(201, {"data": {"id": PAYWARD_USER, "accounts": [{"id": "WX6V", "name": "main"}]}})
    profile = replace(PROFILE, country_of_birth="AD", employer_name="Example", language="es")

    assert payward_client("", transport=transport).create_user(profile).user_id == PAYWARD_USER
    assert transport.request is not None
    assert (transport.request.method, transport.request.target) == ("POST", "/v1/users")
    assert json.loads(transport.sent_body) == {
        "email": "zoe@example.org",
        "external_reference": "customer-17",
        "full_name": {"first_name": "Zoë", "last_name": "Example"},
        "residence": {"line1": "Calle de Ejemplo 5", "city": "Málaga", "postal_code": "29001", "country": "ES"},
        "phone": "+34600123456",
        "nationalities": ["ES", "XK"],
        "birth": {"date": "1990-04-15", "country": "AD"},
        "occupation": "science",
    }


def test_birth_is_left_out_when_nothing_is_known_of_it() -> None:
    transport = CannedTransport(201, {"data": {"id": PAYWARD_USER}})

    payward_client("", transport=transport).create_user(replace(PROFILE, date_of_birth=None, occupation=None))

    assert not {"birth", "occupation"} & set(json.loads(transport.sent_body))


def test_a_headless_user_has_only_its_reference() -> None:
    transport = CannedTransport(200, {"data": {"id": PAYWARD_USER}})

    assert payward_client("", transport=transport).create_headless_user("customer-17").user_id == PAYWARD_USER
    assert transport.request is not None
    assert (transport.request.method, transport.request.target) == ("POST", "/v1/users/headless")
    assert transport.sent_body == b'{"external_reference":"customer-17"}'


@pytest.mark.parametrize("data", [None, [], {}, {"id": ""}, {"id": ["x"]}, {"user": PAYWARD_USER}])
def test_a_creation_without_an_id_is_unknown(data: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        payward_client("", transport=CannedTransport(201, {"data": data})).create_user(PROFILE)


def test_a_users_state_is_read_from_this_envelope() -> None:
    body = {
        "data": {
            "id": PAYWARD_USER,
            "external_reference": "customer-17",
            "type": "individual",
            "created_at": "2025-01-01T00:00:00Z",
            "status": {
                "state": "ok",
                "required_actions": [{"action_type": "verification", "verification_type": "selfie"}],
            },
        }
    }

    user = payward_client("", transport=CannedTransport(200, body)).get_user(PAYWARD_USER)

    assert (user.user_id, user.external_id, user.user_type) == (PAYWARD_USER, "customer-17", "individual")
    assert user.required_actions == (RequiredAction("verification", "selfie"),)


def test_a_patch_sends_changed_members_and_wants_its_data() -> None:
    transport = CannedTransport(200, {"data": "success"})
    changes = ProfileChanges(full_name=FullName("ნინო", "მაგალითი"), nationalities=("GE",), city_of_birth="თბილისი")

    payward_client("", transport=transport).update_user("AA45-N8G4-MLDY-WAR7", changes)

    assert transport.request is not None
    assert (transport.request.method, transport.request.target) == ("PATCH", "/v1/users/AA45-N8G4-MLDY-WAR7")
    assert json.loads(transport.sent_body) == {
        "full_name": {"first_name": "ნინო", "last_name": "მაგალითი"},
        "nationalities": ["GE"],
        "birth": {"city": "თბილისი"},
    }
    with pytest.raises(OutcomeUnknown):
        payward_client("", transport=CannedTransport(200, {"result": "success"})).update_user(PAYWARD_USER, changes)
