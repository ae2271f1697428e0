"""What the Transmit client writes and reads, but for results and added images. Contract: transmit-verify 4."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.providers.loopback import LoopbackServer, always
from tests.providers.samples import RecordingJournal
from tests.providers.transmit_samples import (
    CALLBACK,
    CASE,
    CLIENT_ID,
    CREATED,
    HOSTED,
    JPEG,
    SESSION,
    START_TOKEN,
    STATE,
    TOKEN,
    Canned,
    told,
    transmit_client,
)
from verifications.providers.errors import OutcomeUnknown, ProviderRefused
from verifications.providers.session_types import (
    Consent,
    ConsentRead,
    ImageFacts,
    MockBehavior,
    SessionRequest,
)
from verifications.providers.transmit_verify import IMAGE_LIMIT

BASE = "/verify/api/v1/verification"


# --- E1 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_hosted_session_is_created(status: int) -> None:
    transport = Canned(status, CREATED)

    created = transmit_client(transport).create_session(HOSTED)

    assert transport.line == f"POST {BASE}"
    assert transport.headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(transport.sent_body) == {
        "callback_url": CALLBACK,
        "state": STATE,
        "customer_information": {"external_user_id": CASE},
    }
    assert created.session_id == SESSION
    assert created.expiration == dt.datetime(2031, 4, 2, 10, 15, tzinfo=dt.UTC)
    assert created.missing_images == ("document_front", "document_back", "selfie")
    assert created.start_token == START_TOKEN
    assert START_TOKEN not in repr(created)


def test_a_session_for_capture_sends_consent_instead_of_an_address() -> None:
    transport = Canned(201, {name: value for name, value in CREATED.items() if name != "start_token"})
    request = SessionRequest(
        external_user_id=CASE,
        organization_name="Żabka Łódź",
        organization_id="branch-7",
        consent=Consent(granted=True, document_id="consent-2031"),
    )

    created = transmit_client(transport).create_session(request)

    assert json.loads(transport.sent_body) == {
        "start": {"consent": {"granted": True, "document_id": "consent-2031"}},
        "customer_information": {
            "external_user_id": CASE,
            "organization_name": "Żabka Łódź",
            "organization_id": "branch-7",
        },
    }
    assert created.start_token == ""


def test_a_simulated_outcome_is_sent_as_far_as_it_is_set() -> None:
    info = {"person_details": {"full_name": "محمد"}, "document_details": {"type": "passport"}}
    mock = MockBehavior(recommendation="DENY", processing_time="15s", force_retry=False, info=info)
    transport = Canned(200, CREATED)
    client = transmit_client(transport)

    client.create_session(replace(HOSTED, mock_behavior=mock))
    whole = json.loads(transport.sent_body)["mock_behavior"]
    client.create_session(replace(HOSTED, mock_behavior=MockBehavior(recommendation="ALLOW")))
    small = json.loads(transport.sent_body)["mock_behavior"]
    client.create_session(replace(HOSTED, mock_behavior=MockBehavior()))

    assert whole == {"recommendation": "DENY", "processing_time": "15s", "force_retry": False, "info": info}
    assert small == {"recommendation": "ALLOW"}
    assert "mock_behavior" not in json.loads(transport.sent_body)


def test_a_simulated_outcome_never_leaves_for_another_host_than_the_sandbox() -> None:
    transport, journal = Canned(200, CREATED), RecordingJournal()

    with pytest.raises(ProviderRefused) as caught:
        transmit_client(transport, journal, is_sandbox=False).create_session(
            replace(HOSTED, mock_behavior=MockBehavior(recommendation="ALLOW"))
        )

    assert caught.value.code == "mock_outside_sandbox"
    assert (transport.request, journal.steps) == (None, [])


@pytest.mark.parametrize("changes", [{"callback_url": ""}, {"state": ""}])
def test_a_hosted_session_needs_its_address_and_state(changes: dict[str, str]) -> None:
    transport = Canned(200, CREATED)

    with pytest.raises(ProviderRefused) as caught:
        transmit_client(transport).create_session(replace(HOSTED, **changes))

    assert (caught.value.code, transport.request) == ("missing_value", None)


@pytest.mark.parametrize(
    ("changes", "expiration", "missing", "token"),
    [
        ({"expiration": None}, None, CREATED["missing_images"], START_TOKEN),
        ({"expiration": "soon"}, None, CREATED["missing_images"], START_TOKEN),
        ({"expiration": 1_900_000_000}, None, CREATED["missing_images"], START_TOKEN),
        ({"expiration": "0001-01-01T00:00:00+14:00"}, None, CREATED["missing_images"], START_TOKEN),
        (
            {"expiration": "2031-04-02T10:15:00"},
            dt.datetime(2031, 4, 2, 10, 15, tzinfo=dt.UTC),
            CREATED["missing_images"],
            START_TOKEN,
        ),
        (
            {"expiration": "2031-04-02T12:15:00+02:00", "missing_images": ["selfie", 7, None]},
            dt.datetime(2031, 4, 2, 10, 15, tzinfo=dt.UTC),
            ["selfie"],
            START_TOKEN,
        ),
        ({"expiration": None, "missing_images": "selfie"}, None, ["selfie"], START_TOKEN),
        ({"expiration": None, "missing_images": {}, "start_token": 5}, None, [], ""),
        ({"expiration": None, "missing_images": None, "start_token": "tab\there"}, None, [], ""),
    ],
)
def test_a_created_session_is_read_whatever_its_other_members_are(
    changes: dict[str, Any], expiration: dt.datetime | None, missing: list[str], token: str
) -> None:
    created = transmit_client(Canned(200, CREATED | changes)).create_session(HOSTED)

    assert created.expiration == expiration
    assert list(created.missing_images) == missing
    assert created.start_token == token


@pytest.mark.parametrize(
    "body", [b"", b"<html>", [], {}, {"session_id": ""}, {"session_id": 7}, {"session_id": "a\nb"}]
)
def test_an_answer_without_a_session_id_leaves_the_outcome_unknown(body: object) -> None:
    with pytest.raises(OutcomeUnknown, match="without a session id") as caught:
        transmit_client(Canned(200, body)).create_session(HOSTED)

    assert caught.value.code == "no_session_id"


def test_the_journal_of_a_creation_holds_no_token_and_no_state() -> None:
    journal = RecordingJournal()
    answer = CREATED | {"state": STATE, "message": f"hello {STATE}"}

    transmit_client(Canned(200, answer), journal).create_session(HOSTED)

    [sent], [received] = journal.sent, journal.received
    assert json.loads(sent.original) == {
        "callback_url": CALLBACK,
        "state": "{{state}}",
        "customer_information": {"external_user_id": CASE},
    }
    assert sent.redacted == {
        "callback_url": "https://portal.example/…/•••",
        "state": "•••",
        "customer_information": {"external_user_id": CASE},
    }
    assert (sent.key_id, sent.nonce) == (CLIENT_ID, "")
    assert received.redacted["session_id"] == SESSION
    assert received.redacted["expiration"] == CREATED["expiration"]
    assert received.redacted["missing_images"] == CREATED["missing_images"]
    assert received.redacted["message"] == "hello •••"
    for hidden in (TOKEN, START_TOKEN, STATE):
        assert hidden not in told(journal)


def test_simulated_people_are_not_shown() -> None:
    journal = RecordingJournal()
    info = {"person_details": {"full_name": "Suharto", "status": "Suharto"}}

    transmit_client(Canned(200, CREATED), journal).create_session(
        replace(HOSTED, mock_behavior=MockBehavior(recommendation="ALLOW", info=info))
    )

    assert journal.sent[0].redacted["mock_behavior"]["recommendation"] == "ALLOW"
    assert "Suharto" not in repr(journal.sent[0].redacted)


# --- E3, E4, E7 -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "body"), [(200, b""), (200, b"<html>"), (204, b""), (404, b""), (404, {"message": "x"})]
)
def test_a_session_is_deleted_or_gone_already(status: int, body: object) -> None:
    transport = Canned(status, body)

    transmit_client(transport).delete_session(SESSION)

    assert transport.line == f"DELETE {BASE}/{SESSION}"
    assert transport.sent_body == b""


def test_a_refused_deletion_is_no_deletion() -> None:
    with pytest.raises(ProviderRefused):
        transmit_client(Canned(400)).delete_session(SESSION)


def test_images_are_listed() -> None:
    items = [
        {"id": "img-01", "type": "document_front", "format": "jpg", "rejected": False, "original": True},
        {"id": "img-02", "type": "document_front", "rejected": "true", "original": False, "original_id": "img-01"},
        {"id": "img-03", "rejected": 7, "original": None, "type": 9},
        {"type": "selfie"},
        "odd",
    ]
    transport = Canned(200, {"session_images": items})

    images = transmit_client(transport).list_images(SESSION)

    assert transport.line == f"GET {BASE}/{SESSION}/images"
    assert images == (
        ImageFacts("img-01", "document_front", format="jpg"),
        ImageFacts("img-02", "document_front", rejected=True, original=False, original_id="img-01"),
        ImageFacts("img-03"),
    )


@pytest.mark.parametrize("body", [b"", [], {}, {"session_images": {}}, {"session_images": None}])
def test_an_answer_without_a_list_leaves_the_outcome_unknown(body: object) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        transmit_client(Canned(200, body)).list_images(SESSION)

    assert caught.value.code == "no_images"


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ({"consent_granted": True, "consent_date": "2031-01-01"}, ConsentRead(True, "2031-01-01")),
        ({"consent_granted": False, "consent_date": ""}, ConsentRead(False)),
        ({"consent_granted": "true", "consent_date": 5}, ConsentRead(True)),
        ({"consent_granted": "false"}, ConsentRead(False)),
    ],
)
def test_consent_is_read(body: dict[str, Any], read: ConsentRead) -> None:
    transport = Canned(200, body)

    assert transmit_client(transport).get_consent(SESSION) == read
    assert transport.line == f"GET {BASE}/{SESSION}/consent"


@pytest.mark.parametrize(
    "body", [b"", [], {}, {"consent_granted": 1}, {"consent_granted": []}, {"consent_granted": "?"}]
)
def test_consent_that_is_not_said_is_not_guessed(body: object) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        transmit_client(Canned(200, body)).get_consent(SESSION)

    assert caught.value.code == "no_consent"


# --- E6 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("content_type", ["image/jpg", "image/jpeg", "application/octet-stream", "Image/JPG; q=1"])
def test_an_image_is_fetched_and_leaves_only_its_size(content_type: str) -> None:
    transport, journal = Canned(200, JPEG, content_type), RecordingJournal()

    fetched = transmit_client(transport, journal).get_image(SESSION, "img/01")

    assert fetched.content == JPEG
    assert transport.line == f"GET {BASE}/{SESSION}/images/img%2F01?format=raw"
    assert transport.headers["Accept"] == "image/jpg, image/jpeg, application/octet-stream"
    assert transport.request is not None
    assert transport.request.answer_limit == IMAGE_LIMIT
    assert journal.received[0].body == b""
    assert journal.received[0].redacted["bytes"] == len(JPEG)
    assert "invented picture" not in told(journal) + repr(fetched)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(JPEG, "text/html"), (JPEG, ""), (b"\x89PNG....", "image/jpg"), (b"", "image/jpg"), (b"\xff\xd8", "image/jpg")],
)
def test_anything_but_a_jpeg_is_not_taken_for_an_image(body: bytes, content_type: str) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        transmit_client(Canned(200, body, content_type)).get_image(SESSION, "img-01")

    assert caught.value.code == "not_a_jpeg"


def test_an_image_of_some_megabytes_comes_over_the_wire() -> None:
    content = JPEG + bytes(3 * 1024 * 1024)
    with LoopbackServer(always(200, content, Content_Type="image/jpg")) as server:
        fetched = transmit_client(base_url=server.base_url).get_image(SESSION, "img-01")

    assert fetched.content == content


def test_an_image_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ProviderRefused) as caught:
        transmit_client(Canned(404, b"")).get_image(SESSION, "img-01")

    assert (caught.value.code, caught.value.http_status) == ("not_found", 404)
