"""Kraken Embed's multipart submission: fields, metadata of every type, files by content."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

import pytest

from tests.sandbox import samples
from tests.sandbox.samples import Part, identity, identity_parts, parts_of
from tests.sandbox.signer import Client, multipart
from verifications.sandbox.testing import RunningSandbox

PROOF: Part = ("document", "proof.pdf", samples.PDF)


def submit(client: Client, user_id: str, parts: list[Part], **more: Any) -> tuple[int, str]:
    """Status and, for a refusal, its text."""
    answer = client.send_parts(f"/b2b/verifications/{user_id}", parts, **more)
    document = answer.json()
    return answer.status, "; ".join(document.get("error", []))


def test_a_submission_is_accepted_and_recorded_by_hashes(
    sandbox: RunningSandbox, kraken: Client, kraken_user_id: str
) -> None:
    parts = parts_of(
        "identity_document", identity(), ("front", "front.png", samples.PNG), ("back", "b.JPG", samples.JPEG)
    )

    answer = kraken.send_parts(f"/b2b/verifications/{kraken_user_id}", parts)
    row = sandbox.record()[-1]

    verification_id = answer.json()["result"]["verification_id"]
    assert answer.status == 200
    assert str(uuid.UUID(verification_id)) == verification_id
    assert (row["api"], row["verification_id"], row["user_id"]) == ("kraken_embed", verification_id, kraken_user_id)
    assert row["external_verification_id"] == json.loads(parts[1][2])["external_verification_id"]
    assert row["body_sha256"] == hashlib.sha256(multipart(parts)).hexdigest()
    assert row["files"] == [
        {"member": "front", "sha256": hashlib.sha256(samples.PNG).hexdigest(), "size": 48, "kind": "png"},
        {"member": "back", "sha256": hashlib.sha256(samples.JPEG).hexdigest(), "size": 44, "kind": "jpeg"},
    ]
    assert "P1234567" not in json.dumps(row)


@pytest.mark.parametrize(
    ("type_", "metadata", "files"),
    [
        ("identity_document", identity(document_type="passport"), [("front", "a.pdf", samples.PDF)]),
        ("identity_document", identity(nationality="XK", expiration_date="2999-12-31", verifier_response={"a": [1]}),
         [("front", "a.jpeg", samples.JPEG), ("verifier_response", "v.json", b'{"ok":true}')]),
        ("residence_document", samples.RESIDENCE, [PROOF]),
        ("selfie", samples.SELFIE, [("selfie", "s.m4v", samples.M4V)]),
        ("selfie", samples.SELFIE, [("selfie", "s.mov", samples.MOV)]),
        ("selfie", samples.SELFIE, [("selfie", "s.webm", samples.WEBM)]),
        ("tax_id_document", samples.TAX_ID, [("tax_id", "t.png", samples.PNG)]),
        ("watchlists", samples.WATCHLISTS, [("pep_verifier_response", "p.pdf", samples.PDF)]),
        ("watchlists", samples.WATCHLISTS, []),
    ],
)  # fmt: skip
def test_every_type_is_accepted(
    kraken: Client, kraken_user_id: str, type_: str, metadata: dict[str, Any], files: list[Part]
) -> None:
    assert submit(kraken, kraken_user_id, parts_of(type_, metadata, *files)) == (200, "")


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"identity": {"full_name": {"first_name": "a", "last_name": "b"}}}, "metadata.identity.date_of_birth"),
        ({"identity": {"full_name": {"first_name": "a", "last_name": "b"}, "birth": {"date": "1990-01-01"},
                       "date_of_birth": "1990-01-01"}}, "metadata.identity: holds an unknown member"),
        ({"document_type": "library_card"}, "metadata.document_type"),
        ({"document_number": ""}, "metadata.document_number"),
        ({"issuing_country": "JPN"}, "metadata.issuing_country"),
        ({"nationality": None}, "metadata.nationality"),
        ({"verified_at": "2025-03-13"}, "metadata.verified_at"),
        ({"verified_at": "2025-03-13T12:34:56"}, "metadata.verified_at"),
        ({"verified_at": "2025-03-13T25:00:00Z"}, "metadata.verified_at"),
        ({"verifier": 7}, "metadata.verifier"),
        ({"verifier_response": None}, "metadata.verifier_response"),
        ({"expiration_date": "2030-13-01"}, "metadata.expiration_date"),
        ({"status": "Cleared"}, "metadata: holds an unknown member"),
    ],
)  # fmt: skip
def test_metadata_outside_the_schema_is_refused(
    kraken: Client, kraken_user_id: str, change: dict[str, Any], member: str
) -> None:
    parts = parts_of("identity_document", identity(**change), ("front", "front.png", samples.PNG))

    status, text = submit(kraken, kraken_user_id, parts)

    assert status == 400
    assert text.startswith(f"EGeneral:Invalid arguments:{member}")


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (parts_of("identity_document", identity()), "front: is required"),
        (parts_of("identity_document", identity(), PROOF), "front: is required"),
        (parts_of("identity_document", identity(), ("front", "f.png", samples.PNG), PROOF), "does not belong"),
        (parts_of("residence_document", samples.RESIDENCE), "document: is required"),
        (parts_of("selfie", samples.SELFIE), "selfie: is required"),
        (parts_of("kyc_report", {}), "type: is not one of"),
        (parts_of("selfie", {**samples.COMMON, "selfie_type": "portrait"}, ("selfie", "a.png", samples.PNG)),
         "metadata.selfie_type"),
        (parts_of("watchlists", {"pep": {**samples.COMMON, "status": "cleared"}}), "metadata.pep.status"),
        (parts_of("tax_id_document", samples.TAX_ID | {"country": "Q1"}, ("tax_id", "a.png", samples.PNG)),
         "metadata.country"),
        (parts_of("identity_document", [identity()], ("front", "f.png", samples.PNG)), "metadata: must be one JSON"),
        (parts_of("identity_document", identity(), ("front", None, b"text")), "unknown member"),
        ([("type", None, b"selfie"), ("metadata", "m.json", b"{}"), ("selfie", "a.png", samples.PNG)],
         "metadata: is required"),
        ([*identity_parts(), ("front", "again.png", samples.PNG)], "a field comes twice"),
        ([*identity_parts(), ("external_id", None, b"x")], "unknown member"),
    ],
)  # fmt: skip
def test_fields_that_do_not_fit_are_refused(
    kraken: Client, kraken_user_id: str, parts: list[Part], reason: str
) -> None:
    status, text = submit(kraken, kraken_user_id, parts)

    assert status == 400
    assert reason in text


@pytest.mark.parametrize(
    ("filename", "content", "reason"),
    [
        ("front.jpg", samples.PNG, "the extension does not match the content"),
        ("front.png", b"", "the file is empty"),
        ("front", samples.PNG, "the filename has no extension"),
        (".png", samples.PNG, "the filename has no extension"),
        ("", samples.PNG, "a filename is required"),
        ("a/front.png", samples.PNG, "separator or a control character"),
        ("x" * 252 + ".png", samples.PNG, "longer than 255 bytes"),
        ("front.svg", b"<svg/>", "a type that is not accepted here"),
        ("front.png", b"<html>", "a type that is not accepted here"),
        ("front.heic", samples.HEIC, "a type that is not accepted here"),
        ("front.mp4", samples.MP4, "a type that is not accepted here"),
        ("front.json", b"{}", "a type that is not accepted here"),
    ],
)
def test_a_file_must_be_what_its_name_says(
    kraken: Client, kraken_user_id: str, filename: str, content: bytes, reason: str
) -> None:
    parts = parts_of("identity_document", identity(), ("front", filename, content))

    status, text = submit(kraken, kraken_user_id, parts)

    assert status == 400
    assert text.startswith("EGeneral:Invalid arguments:front: ")
    assert reason in text


def test_a_pdf_is_no_selfie(kraken: Client, kraken_user_id: str) -> None:
    status, text = submit(kraken, kraken_user_id, parts_of("selfie", samples.SELFIE, ("selfie", "s.pdf", samples.PDF)))

    assert (status, text) == (
        400,
        "EGeneral:Invalid arguments:selfie: the content is of a type that is not accepted here",
    )


def test_a_file_over_the_limit_is_413(kraken: Client, kraken_user_id: str) -> None:
    parts = parts_of("identity_document", identity(), ("front", "front.png", samples.PNG + b"x" * 2_000_000))

    assert submit(kraken, kraken_user_id, parts)[0] == 413


def test_the_signature_covers_the_whole_multipart_body(kraken: Client, kraken_user_id: str) -> None:
    parts = identity_parts()
    changed = multipart(parts)[:-4] + b"\r\n\r\n"
    target = f"/b2b/verifications/{kraken_user_id}"
    signed = kraken.send_parts(target, parts)

    content_type = "multipart/form-data; boundary=test-boundary-7d1f"
    forged = kraken.call("POST", target, body=changed, content_type=content_type, headers={"API-Sign": "A" * 86 + "=="})

    assert signed.status == 200
    assert forged.errors == ["EAPI:Invalid signature"]


def test_json_or_a_broken_body_where_multipart_is_wanted(kraken: Client, kraken_user_id: str) -> None:
    target = f"/b2b/verifications/{kraken_user_id}"
    broken = "multipart/form-data; boundary=another"

    assert kraken.call("POST", target, {"type": "selfie"}).status == 415
    assert kraken.call("POST", target, body=b"x", content_type="multipart/form-data").status == 415
    assert kraken.call("POST", target, body=multipart(identity_parts()), content_type=broken).status == 400


def test_an_unknown_user_is_404_and_nothing_is_recorded(sandbox: RunningSandbox, kraken: Client) -> None:
    before = len(sandbox.record())

    answer = submit(kraken, "AA99ZZZZZZZZZZZZ", identity_parts())

    assert answer == (404, "ENexus:Unknown user")
    assert len(sandbox.record()) == before
