"""The URL methods of both APIs: addresses, hosts, real downloads, redirects, content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from typing import Any

import pytest

from tests.sandbox import samples
from tests.sandbox.samples import identity, payward_identity
from tests.sandbox.signer import Answer, Client
from verifications.sandbox.download import check_url
from verifications.sandbox.errors import FileProblem
from verifications.sandbox.testing import RunningSandbox

FileUrl = Callable[[str], str]


def payward_submit(client: Client, user_id: str, front_url: Any, **more: Any) -> Answer:
    document = {"type": "identity_document", "metadata": payward_identity(), "front_url": front_url, **more}
    return client.call("POST", f"/v1/users/{user_id}/verifications/url", document)


def test_payward_downloads_and_records(
    sandbox: RunningSandbox, payward: Client, payward_user_id: str, file_url: FileUrl, file_server: ThreadingHTTPServer
) -> None:
    answer = payward_submit(
        payward,
        payward_user_id,
        file_url("files/front.png?sig=abc%2Fd"),
        back_url=file_url("files/back.jpg"),
        verifier_response_url=None,
    )

    row = sandbox.record()[-1]
    assert answer.status == 200
    assert answer.json()["data"]["verification_id"] == row["verification_id"]
    assert row["verification_id"].startswith("ver_")
    assert len(row["verification_id"]) == 30
    assert [file["sha256"] for file in row["files"]] == [
        hashlib.sha256(content).hexdigest() for content in (samples.PNG, samples.JPEG)
    ]
    assert "/files/front.png?sig=abc%2Fd" in file_server.seen  # type: ignore[attr-defined]


def test_kraken_downloads_for_every_type(kraken: Client, kraken_user_id: str, file_url: FileUrl) -> None:
    target = f"/b2b/verifications/{kraken_user_id}/url"
    bodies = [
        {"type": "identity_document", "metadata": identity(), "front_url": file_url("files/front.png")},
        {"type": "residence_document", "metadata": samples.RESIDENCE, "document_url": file_url("files/proof.pdf")},
        {"type": "selfie", "metadata": samples.SELFIE, "selfie_url": file_url("files/selfie.mp4")},
        {"type": "tax_id_document", "metadata": samples.TAX_ID, "tax_id_url": file_url("files/proof.pdf")},
        {
            "type": "watchlists",
            "metadata": samples.WATCHLISTS,
            "sanctions_verifier_response_url": file_url("files/proof.pdf"),
        },
    ]

    answers = [kraken.call("POST", target, body) for body in bodies]

    assert [answer.status for answer in answers] == [200] * 5
    assert all(answer.json()["result"]["verification_id"] for answer in answers)


def test_payward_takes_residence_and_selfie_but_no_further_type(
    payward: Client, payward_user_id: str, file_url: FileUrl
) -> None:
    target = f"/v1/users/{payward_user_id}/verifications/url"
    residence = {
        "type": "residence_document",
        "metadata": samples.RESIDENCE,
        "document_url": file_url("files/proof.pdf"),
    }
    selfie = {"type": "selfie", "metadata": samples.SELFIE, "selfie_url": file_url("files/selfie.mp4")}

    assert payward.call("POST", target, residence).status == 200
    assert payward.call("POST", target, selfie).status == 200
    assert payward.call("POST", target, {"type": "watchlists", "metadata": samples.WATCHLISTS}).status == 422


def test_payward_refuses_a_passport_with_its_back_and_kraken_does_not(
    kraken: Client, kraken_user_id: str, payward: Client, payward_user_id: str, file_url: FileUrl
) -> None:
    front, back = file_url("files/front.png"), file_url("files/back.jpg")
    target = f"/v1/users/{payward_user_id}/verifications/url"
    passport = {
        "type": "identity_document",
        "metadata": payward_identity(document_type="passport"),
        "front_url": front,
    }
    embed = passport | {"metadata": identity(document_type="passport"), "back_url": back}

    refused = payward.call("POST", target, passport | {"back_url": back})

    assert (refused.status, refused.json()["detail"]) == (422, "back_url: must be left out for a passport")
    assert payward.call("POST", target, passport).status == 200
    assert payward.call("POST", target, passport | {"back_url": None}).status == 200
    assert kraken.call("POST", f"/b2b/verifications/{kraken_user_id}/url", embed).status == 200


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("files/gone.png?token=secret", "the host answered 404"),
        ("files/empty.png", "the file is empty"),
        ("files/noextension", "the filename has no extension"),
        ("files/really-a-page.png", "a type that is not accepted here"),
        ("files/back.jpg/../front.jpg", "the host answered 404"),
        ("hop4/front.png", "more than three redirects"),
        ("away/front.png", "the host is not on the allowlist"),
        ("cut/front.png", "the download broke off"),
        ("files/a%2Fb.png", "separator or a control character"),
        ("files/%00.png", "separator or a control character"),
        ("files/", "a filename is required"),
        ("files/%2E%2E", "a filename is required"),
    ],
)
def test_a_download_that_fails_names_the_member_and_not_the_address(
    payward: Client, payward_user_id: str, file_url: FileUrl, path: str, reason: str
) -> None:
    answer = payward_submit(payward, payward_user_id, file_url(path))

    text = answer.json()["detail"]
    assert answer.status == 422
    assert text.startswith("front_url: ")
    assert reason in text
    assert "secret" not in text
    assert "127.0.0.1" not in text


def test_kraken_refuses_a_failed_download_with_400(kraken: Client, kraken_user_id: str, file_url: FileUrl) -> None:
    body = {"type": "identity_document", "metadata": identity(), "front_url": file_url("files/gone.png?token=secret")}

    answer = kraken.call("POST", f"/b2b/verifications/{kraken_user_id}/url", body)

    reason = "EGeneral:Invalid arguments:front_url: the host answered 404"
    assert (answer.status, answer.errors) == (400, [reason])


def test_the_extension_counts_not_the_headers(payward: Client, payward_user_id: str, file_url: FileUrl) -> None:
    answer = payward_submit(payward, payward_user_id, file_url("hop1/front.png").replace("front.png", "front.jpg"))

    assert answer.status == 422


@pytest.mark.parametrize("path", ["announced/front.png", "unannounced/front.png"])
def test_a_download_over_the_limit_is_413(payward: Client, payward_user_id: str, file_url: FileUrl, path: str) -> None:
    assert payward_submit(payward, payward_user_id, file_url(path)).status == 413


def test_three_redirects_are_followed_and_the_name_is_the_submitted_one(
    payward: Client, payward_user_id: str, file_url: FileUrl
) -> None:
    assert payward_submit(payward, payward_user_id, file_url("hop3/front.png")).status == 200
    assert payward_submit(payward, payward_user_id, file_url("files/caf%C3%A9%20a.png")).status == 200


def test_one_bad_file_refuses_the_submission(
    sandbox: RunningSandbox, payward: Client, payward_user_id: str, file_url: FileUrl
) -> None:
    before = len(sandbox.record())

    answer = payward_submit(payward, payward_user_id, file_url("files/front.png"), back_url=file_url("files/gone.jpg"))

    assert answer.json()["detail"] == "back_url: the host answered 404"
    assert len(sandbox.record()) == before


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://docs.example.com/a.png", "must be https"),
        ("ftp://docs.example.com/a.png", "must be https"),
        ("docs.example.com/a.png", "must be https"),
        ("https://docs.example.com:444/a.png", "not on the allowlist"),
        ("https://evil.example.com/a.png", "not on the allowlist"),
        ("https://docs.example.com.evil.com/a.png", "not on the allowlist"),
        ("https://127.0.0.1:9999/a.png", "not on the allowlist"),
        ("https://user:pass@docs.example.com/a.png", "credentials"),
        ("https://docs.example.com:port/a.png", "cannot be read"),
        ("https://docs.example.com/a b.png", "not percent-encoded"),
        ("https://docs.example.com/é.png", "not percent-encoded"),
        ("https://docs.example.com/" + "a" * 4090 + ".png", "1-4096"),
    ],
)
def test_check_url_refuses(url: str, reason: str) -> None:
    with pytest.raises(FileProblem) as refusal:
        check_url("front_url", url, ["docs.example.com", "127.0.0.1:8000"])

    assert reason in refusal.value.reason


@pytest.mark.parametrize(
    "url",
    ["https://docs.example.com/a.png", "https://DOCS.example.com:443/a.png", "http://127.0.0.1:8000/a.png",
     "https://127.0.0.1:8000/a.png"],
)  # fmt: skip
def test_check_url_accepts(url: str) -> None:
    assert check_url("front_url", url, ["docs.example.com", "127.0.0.1:8000"]).path == "/a.png"


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"front_url": ""}, "front_url"),
        ({"front_url": "x" * 4097}, "front_url"),
        ({"front_url": None}, "front_url"),
        ({"document_url": "https://docs.example.com/a.png"}, "unknown member"),
        ({"metadata": identity()}, "metadata.identity.birth: is required"),
        ({"metadata": "{}"}, "metadata: must be an object"),
        ({"metadata": payward_identity(verified_at="yesterday")}, "metadata.verified_at"),
        ({"type": "passport"}, "type"),
    ],
)
def test_payward_refuses_what_is_outside_the_schema(
    payward: Client, payward_user_id: str, change: dict[str, Any], member: str
) -> None:
    body = {"type": "identity_document", "metadata": payward_identity(), "front_url": "https://docs.example.com/a.png"}

    answer = payward.call("POST", f"/v1/users/{payward_user_id}/verifications/url", body | change)

    assert answer.status == 422
    assert member in answer.json()["detail"]


def test_version_headers_at_payward_are_tolerated_and_noted(
    sandbox: RunningSandbox, payward: Client, payward_user_id: str, file_url: FileUrl
) -> None:
    body = {"type": "identity_document", "metadata": payward_identity(), "front_url": file_url("files/front.png")}

    answer = payward.call(
        "POST",
        f"/v1/users/{payward_user_id}/verifications/url",
        body,
        headers={"Payward-Version": "2025-04-15"},
    )

    assert answer.status == 200
    assert sandbox.record()[-1]["notes"] == ["Payward-Version does not belong to this API"]


def test_the_vendor_answer_may_be_json_at_kraken_only(
    kraken: Client, kraken_user_id: str, payward: Client, payward_user_id: str, file_url: FileUrl
) -> None:
    answer_url = file_url("files/front.png").replace("front.png", "answer.json")
    samples_body = {"type": "identity_document", "metadata": identity(), "front_url": file_url("files/front.png")}

    embed = kraken.call(
        "POST", f"/b2b/verifications/{kraken_user_id}/url", samples_body | {"verifier_response_url": answer_url}
    )
    sister = payward_submit(payward, payward_user_id, file_url("files/front.png"), verifier_response_url=answer_url)

    assert (embed.status, sister.status) == (200, 422)
