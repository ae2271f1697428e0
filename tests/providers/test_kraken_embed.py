"""What the Kraken Embed client writes and reads. Contract: kraken-embed 4, 5, 7."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.providers.samples import (
    ADDRESS,
    CHECKED_AT,
    CLEARED,
    EMBED_USER,
    NAMES,
    OPTIONS,
    PROFILE,
    RESIDENCE,
    SELFIE,
    TAX_ID,
    WATCHLISTS,
    ZOE,
    CannedTransport,
    RecordingJournal,
    embed_client,
    file_address,
    file_part,
)
from verifications.providers.errors import OutcomeUnknown, ProviderProtocolError, ProviderRefused
from verifications.providers.types import (
    DocumentSubmission,
    FullName,
    ProfileChanges,
    RequiredAction,
    Screening,
    SubmissionMetadata,
    TaxId,
    UrlSubmission,
)

ACCEPTED = {"result": {"verification_id": "ver_1"}}
COMMON = {"verifier": "example-idv", "verified_at": "2025-03-13T12:34:56Z"}
METADATA = {
    "residence_document": (
        RESIDENCE,
        "document",
        {
            "address": {"line1": "Calle de Ejemplo 5", "city": "Málaga", "postal_code": "29001", "country": "ES"},
            "document_type": "utility_bill",
            **COMMON,
        },
    ),
    "selfie": (SELFIE, "selfie", {"selfie_type": "selfie_capture_video", **COMMON}),
    "tax_id_document": (
        TAX_ID,
        "tax_id",
        {"tax_id_type": "cpf", "document_type": "tax_return", "country": "BR", **COMMON},
    ),
    "watchlists": (
        WATCHLISTS,
        "pep_verifier_response",
        {
            "sanctions": {"status": "Cleared", "verifier": "example-lists", "verified_at": "2025-03-13T12:34:56Z"},
            "pep": {"status": "Cleared", "verifier": "example-lists", "verified_at": "2025-03-13T12:34:56Z"},
        },
    ),
}


@pytest.mark.parametrize("kind", METADATA)
def test_each_type_is_written_as_json_with_its_own_url_member(kind: str) -> None:
    metadata, slot, expected = METADATA[kind]
    transport = CannedTransport(200, ACCEPTED)

    embed_client("", transport=transport).submit_document_urls(
        UrlSubmission(EMBED_USER, metadata, (file_address(slot),))
    )

    assert json.loads(transport.sent_body) == {
        "type": kind,
        "metadata": expected,
        f"{slot}_url": "https://docs.example.com/kyc/front.png?sig=abc",
    }


@pytest.mark.parametrize("kind", METADATA)
def test_each_type_is_written_as_a_form_with_its_own_field(kind: str) -> None:
    metadata, slot, expected = METADATA[kind]
    transport = CannedTransport(200, ACCEPTED)

    embed_client("", transport=transport, make_boundary=lambda: "b").submit_documents(
        DocumentSubmission(EMBED_USER, metadata, (file_part(slot=slot),))
    )

    fields = transport.sent_body.split(b"--b")
    assert fields[1].endswith(f"\r\n\r\n{kind}\r\n".encode())
    assert json.loads(fields[2].partition(b"\r\n\r\n")[2]) == expected
    assert f'name="{slot}"; filename="{slot}.png"'.encode() in fields[3]


def test_optional_members_are_written_when_set() -> None:
    metadata = replace(
        ZOE,
        full_name=FullName("Zoë", "Example", "Maria"),
        nationality="XK",
        external_verification_id="check-9",
        verifier_response={"score": 0.98, "notes": ["ok"]},
        expiration_date=CHECKED_AT.date().replace(year=2031),
    )
    transport = CannedTransport(200, ACCEPTED)

    embed_client("", transport=transport).submit_document_urls(UrlSubmission(EMBED_USER, metadata, (file_address(),)))

    sent = json.loads(transport.sent_body)["metadata"]
    assert sent["identity"]["full_name"]["middle_name"] == "Maria"
    assert sent["nationality"] == "XK"
    assert sent["external_verification_id"] == "check-9"
    assert sent["verifier_response"] == {"score": 0.98, "notes": ["ok"]}
    assert sent["expiration_date"] == "2031-03-13"


@pytest.mark.parametrize("name", NAMES)
def test_names_in_every_script_arrive_as_raw_utf_8(name: str) -> None:
    metadata = replace(ZOE, full_name=FullName(name, name))
    transport = CannedTransport(200, ACCEPTED)
    client = embed_client("", transport=transport)

    client.submit_document_urls(UrlSubmission(EMBED_USER, metadata, (file_address(),)))
    by_json = transport.sent_body
    client.submit_documents(DocumentSubmission(EMBED_USER, metadata, (file_part(),)))

    wanted = json.dumps({"first_name": name, "last_name": name}, ensure_ascii=False, separators=(",", ":")).encode()
    assert wanted in by_json
    assert wanted in transport.sent_body


@pytest.mark.parametrize(
    "metadata",
    [
        replace(ZOE, document_number=None),
        replace(ZOE, full_name=FullName("", "Example")),
        replace(ZOE, date_of_birth=None),
        replace(ZOE, verified_at=None),
        replace(ZOE, verified_at=CHECKED_AT.replace(tzinfo=None)),
        replace(ZOE, verifier=""),
        replace(ZOE, verifier="a\ud800"),
        replace(ZOE, verifier_response={"score": float("nan")}),
        replace(ZOE, verifier_response=object()),
        replace(RESIDENCE, address=None),
        replace(RESIDENCE, address=replace(ADDRESS, city="")),
        replace(SELFIE, selfie_type=None),
        replace(TAX_ID, country=None),
        SubmissionMetadata(type="watchlists"),
        replace(WATCHLISTS, pep=Screening(status="", verifier="v", verified_at=CHECKED_AT)),
        replace(ZOE, type="kyc_report"),
    ],
)
def test_incomplete_data_is_refused_before_a_nonce_is_taken(metadata: SubmissionMetadata) -> None:
    journal = RecordingJournal()

    with pytest.raises(ProviderRefused, match="nothing was sent"):
        embed_client("", journal, transport=CannedTransport(200, ACCEPTED)).submit_document_urls(
            UrlSubmission(EMBED_USER, metadata, ())
        )

    assert journal.steps == []


@pytest.mark.parametrize("slots", [("selfie",), ("front", "front"), ("0.front",)])
def test_files_without_a_place_are_refused(slots: tuple[str, ...]) -> None:
    files = tuple(file_part(slot=slot) for slot in slots)

    with pytest.raises(ProviderRefused, match="no place"):
        embed_client("", transport=CannedTransport(200, ACCEPTED)).submit_documents(
            DocumentSubmission(EMBED_USER, ZOE, files)
        )


@pytest.mark.parametrize("user_id", ["", ".", "..", "x" * 300])
def test_an_unusable_user_id_is_refused(user_id: str) -> None:
    with pytest.raises(ProviderRefused, match="user id"):
        embed_client("", transport=CannedTransport(200, ACCEPTED)).get_user(user_id)


def test_a_full_profile_is_created_with_the_names_of_this_api() -> None:
    transport = CannedTransport(201, {"result": {"user": "AA95 N84G TEST XXXX"}})
    profile = replace(
        PROFILE,
        city_of_birth="Tbilisi",
        country_of_birth="GE",
        employer_name="Example Lda",
        tax_ids=(TaxId("12-34", "ES"),),
        language="es",
    )

    created = embed_client("", transport=transport).create_user(profile)

    assert created.user_id == "AA95 N84G TEST XXXX"
    assert transport.request is not None
    assert (transport.request.method, transport.request.target) == ("POST", "/b2b/users")
    assert json.loads(transport.sent_body) == {
        "email": "zoe@example.org",
        "external_id": "customer-17",
        "tos_version_accepted": 3,
        "full_name": {"first_name": "Zoë", "last_name": "Example"},
        "date_of_birth": "1990-04-15",
        "residence": {"line1": "Calle de Ejemplo 5", "city": "Málaga", "postal_code": "29001", "country": "ES"},
        "phone": "+34600123456",
        "nationalities": ["ES", "XK"],
        "occupation": "science",
        "employer_name": "Example Lda",
        "city_of_birth": "Tbilisi",
        "country_of_birth": "GE",
        "tax_ids": [{"id": "12-34", "issuing_country": "ES"}],
        "language": "es",
    }


def test_terms_version_zero_is_sent() -> None:
    transport = CannedTransport(201, {"result": {"user": EMBED_USER}})

    embed_client("", transport=transport).create_user(replace(PROFILE, tos_version_accepted=0))

    assert json.loads(transport.sent_body)["tos_version_accepted"] == 0


def test_a_headless_user_has_only_its_reference() -> None:
    transport = CannedTransport(200, {"result": {"user": EMBED_USER}})

    assert embed_client("", transport=transport).create_headless_user("customer-17").user_id == EMBED_USER
    assert transport.request is not None
    assert (transport.request.method, transport.request.target) == ("POST", "/b2b/subaccounts")
    assert transport.sent_body == b'{"external_id":"customer-17"}'


@pytest.mark.parametrize("result", [None, {}, {"user": ""}, {"user": 5}, "success", {"user": "a\nb"}])
def test_a_creation_without_a_user_id_is_unknown(result: Any) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        embed_client("", transport=CannedTransport(201, {"result": result})).create_user(PROFILE)

    assert caught.value.code == "no_user_id"


def test_only_changed_members_are_patched() -> None:
    transport = CannedTransport(200, {"result": "success"})

    embed_client("", transport=transport).update_user(EMBED_USER, ProfileChanges(phone="+4930123456", tax_ids=()))

    assert transport.request is not None
    assert (transport.request.method, transport.request.target) == ("PATCH", f"/b2b/users/{EMBED_USER}")
    assert json.loads(transport.sent_body) == {"phone": "+4930123456", "tax_ids": []}


def test_an_empty_change_is_refused() -> None:
    with pytest.raises(ProviderRefused, match="nothing to change"):
        embed_client("", transport=CannedTransport(200)).update_user(EMBED_USER, ProfileChanges())


def test_a_patch_without_result_is_unknown() -> None:
    with pytest.raises(OutcomeUnknown):
        embed_client("", transport=CannedTransport(200, {})).update_user(EMBED_USER, ProfileChanges(language="de"))


def test_a_users_state_is_read_with_all_kinds_of_actions() -> None:
    status = {
        "state": "disabled",
        "reasons": ["fraud_review", "новая причина"],
        "required_actions": [
            {"action_type": "verification", "verification_type": "identity", "reasons": ["initial_onboarding"],
             "deadline": "2025-04-01T00:00:00Z"},
            {"action_type": "provide_details", "details_type": {"type": "terms_of_service", "version": 4},
             "reason": "updated"},
            {"action_type": "wait", "wait_reason_code": "manual_review"},
            {"action_type": "dance", "partner": 3},
            "odd",
            7,
        ],
    }  # fmt: skip
    body = {"result": {"user": "AA95 N84G TEST XXXX", "external_id": "customer-17", "user_type": "individual",
                       "created_at": "2025-01-01T00:00:00Z", "status": status, "more": {}}}  # fmt: skip

    user = embed_client("", transport=CannedTransport(200, body)).get_user(EMBED_USER)

    assert (user.user_id, user.external_id, user.user_type, user.created_at) == (
        "AA95 N84G TEST XXXX", "customer-17", "individual", "2025-01-01T00:00:00Z",
    )  # fmt: skip
    assert (user.state, user.reasons) == ("disabled", ("fraud_review", "новая причина"))
    assert user.required_actions == (
        RequiredAction("verification", "identity", ("initial_onboarding",), "2025-04-01T00:00:00Z"),
        RequiredAction("provide_details", "terms_of_service", ("updated",)),
        RequiredAction("wait", "manual_review"),
        RequiredAction("dance"),
        RequiredAction("odd"),
        RequiredAction("unreadable"),
    )


def test_the_version_header_has_the_configured_name() -> None:
    transport = CannedTransport(200, ACCEPTED)
    options = replace(OPTIONS, version_header="Kraken-Version", version="2026-01-01")

    embed_client("", options=options, transport=transport).submit_document_urls(
        UrlSubmission(EMBED_USER, ZOE, (file_address(),))
    )

    assert transport.request is not None
    assert transport.request.headers["Kraken-Version"] == "2026-01-01"
    assert "Payward-Version" not in transport.request.headers


def test_an_unusable_version_header_is_a_matter_for_the_administrator() -> None:
    with pytest.raises(ProviderProtocolError, match="version header"):
        embed_client("", options=replace(OPTIONS, version_header="X: y"))


def test_the_journal_keeps_the_form_without_its_files_and_shows_it_without_the_person() -> None:
    journal = RecordingJournal()
    part = file_part(b"SECRET-IMAGE", filename="zoe-example.jpg", content_type="image/jpeg")

    embed_client("", journal, transport=CannedTransport(200, ACCEPTED)).submit_documents(
        DocumentSubmission(EMBED_USER, ZOE, (part,))
    )

    sent = journal.sent[0]
    original = json.loads(sent.original)
    assert original["parts"] == [
        {"name": "front", "filename": "zoe-example.jpg", "content_type": "image/jpeg", "size": 12}
    ]
    assert json.loads(original["metadata"])["document_number"] == "X1234567"
    assert b"SECRET-IMAGE" not in sent.original
    assert sent.redacted["type"] == "identity_document"
    assert sent.redacted["metadata"]["document_type"] == "passport"
    assert sent.redacted["metadata"]["document_number"] == "•••"
    assert sent.redacted["files"] == [
        {"slot": "front", "filename": "•••.jpg", "content_type": "image/jpeg", "size": 12}
    ]


def test_the_journal_keeps_marks_in_place_of_presigned_addresses() -> None:
    journal = RecordingJournal()
    transport = CannedTransport(200, ACCEPTED)
    address = file_address()

    embed_client("", journal, transport=transport).submit_document_urls(UrlSubmission(EMBED_USER, ZOE, (address,)))

    sent = journal.sent[0]
    assert sent.redacted["front_url"] == "https://docs.example.com/…/front.png"
    assert b"sig=abc" not in sent.original
    assert sent.original.replace(b"{{front}}", address.url.encode()) == transport.sent_body


@pytest.mark.parametrize(
    "url",
    [
        "http://docs.example.com/front.png",
        "https://other.example.com/front.png",
        "https://docs.example.com.evil.example/front.png",
        "https://docs.example.com@evil.example/front.png",
        "https://u:p@docs.example.com/front.png",
        "https://docs.example.com/",
        "https://docs.example.com/front",
        "https://docs.example.com/fr ont.png",
        "https://docs.example.com/frönt.png",
        "https://docs.example.com/" + "a" * 4096 + ".png",
        "ftp://docs.example.com/front.png",
        "https:///front.png",
        "https://[::1/front.png",
        "",
    ],
)
def test_an_address_the_contract_does_not_allow_is_not_sent(url: str) -> None:
    journal = RecordingJournal()

    with pytest.raises(ProviderRefused) as caught:
        embed_client("", journal, transport=CannedTransport(200, ACCEPTED)).submit_document_urls(
            UrlSubmission(EMBED_USER, ZOE, (file_address(url=url),))
        )

    assert caught.value.code == "bad_document_address"
    assert url == "" or url not in caught.value.message
    assert journal.steps == []


def test_plain_http_is_for_this_machine_in_a_sandbox_only() -> None:
    here = UrlSubmission(EMBED_USER, ZOE, (file_address(url="http://127.0.0.1:8000/d/front.png?s=1"),))
    options = replace(OPTIONS, allowed_document_hosts=frozenset({"127.0.0.1:8000"}))

    sandbox = embed_client("", options=options, transport=CannedTransport(200, ACCEPTED))
    live = embed_client("", options=replace(options, is_sandbox=False), transport=CannedTransport(200, ACCEPTED))

    assert sandbox.submit_document_urls(here).verification_id == "ver_1"
    with pytest.raises(ProviderRefused, match="https"):
        live.submit_document_urls(here)


@pytest.mark.parametrize("nonce", [-1, 2**64])
def test_a_nonce_that_is_no_unsigned_64_bit_number_is_not_used(nonce: int) -> None:
    with pytest.raises(ProviderProtocolError, match="64-bit"):
        embed_client("", RecordingJournal(nonce - 1), transport=CannedTransport(200, ACCEPTED)).get_user(EMBED_USER)


def test_one_list_of_a_watchlist_may_be_matched() -> None:
    metadata = SubmissionMetadata(type="watchlists", negative_news=replace(CLEARED, status="Matched"))
    transport = CannedTransport(200, ACCEPTED)

    embed_client("", transport=transport).submit_document_urls(UrlSubmission(EMBED_USER, metadata, ()))

    assert list(json.loads(transport.sent_body)["metadata"]) == ["negative_news"]
