"""Every vector of the contract pages, through the signing function and through the clients on a real socket."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.providers.loopback import LoopbackServer, always
from tests.providers.samples import (
    EMBED_SECRET,
    EMBED_USER,
    PAYWARD_SECRET,
    PAYWARD_USER,
    ZOE,
    RecordingJournal,
    embed_client,
    file_address,
    file_part,
    payward_client,
)
from verifications.providers.errors import ProviderProtocolError
from verifications.providers.signing import check_secret, sign
from verifications.providers.types import DocumentSubmission, UrlSubmission

SPOT_SECRET = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
METADATA = (
    '{"identity":{"full_name":{"first_name":"Zoë","last_name":"Example"},"date_of_birth":"1990-04-15"},'
    '"document_type":"passport","document_number":"X1234567","issuing_country":"AD","verifier":"example-idv",'
    '"verified_at":"2025-03-13T12:34:56Z"}'
)
E3_BODY = (
    '{"type":"identity_document","metadata":'
    + METADATA
    + ',"front_url":"https://docs.example.com/kyc/front.png?sig=abc"}'
).encode()
E3_SIGN = "nzz7Frqkvfw0gQ4Q8S2UiSQEJ+yTrTA1zIQANhNPRJfAhvr6L/BVrgHTMzijyXgNGxJJOaK0fbLNGDgJUrsiog=="
E3_LOOSE_BODY = json.dumps(json.loads(E3_BODY), ensure_ascii=True, separators=(", ", ": ")).encode()
E3_LOOSE_SIGN = "g9Iem2tKj82nNglNCS0RRM+dAu2U2l4/ckFuSc93XCobqfQKPhZ1i4p7qwST0PtTuVbEgzBM8Om06RVFd4Y0/w=="
E4_BODY = (
    "--portal-test-boundary\r\n"
    'Content-Disposition: form-data; name="type"\r\n\r\nidentity_document\r\n'
    "--portal-test-boundary\r\n"
    f'Content-Disposition: form-data; name="metadata"\r\n\r\n{METADATA}\r\n'
    "--portal-test-boundary\r\n"
    'Content-Disposition: form-data; name="front"; filename="front.png"\r\nContent-Type: image/png\r\n\r\n'
    "FRONT-BYTES\r\n"
    "--portal-test-boundary--\r\n"
).encode()
E4_SIGN = "l7/W5ZJPAV5Dcs86DwvnHS7mtA2YwiLSn38n2cOW8At4JxYcPZPzoIihRJzid3Rsreb/ytOfLINsHmZQq3BArA=="
E5_SIGN = "CO6D19ac38QatB4LA01I+qAFKbR5lLnzieZ7Q9LPZQS7q1hdH2wf0rdI4w9NtG8GMtlXZFwur74Wo7mdPYI3LA=="
P3_BODY = E3_BODY.replace(b'"date_of_birth":"1990-04-15"', b'"birth":{"date":"1990-04-15"}')
P3_SIGN = "KjeHiUgeXNDcnXhKz4WFiUbDRK0NnjsudgGSuQlZz2tYongTTovTstcQqeiL1GG31SgI6FMdXrCcqIxFvyxOpw=="

VECTORS = {
    "spot": (
        SPOT_SECRET,
        "1616492376594",
        "/0/private/AddOrder",
        b"nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25",
        "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
    ),
    "E1": (
        EMBED_SECRET,
        "1700000000000000001",
        "/b2b/users/AA95N84GTESTXXXX",
        b"",
        "kt0rYHYOXaeI197Iy0UqqUTmCYEf/q6DP2lPSfoZrHu2xBoBFHwi1e6CIuD9wNr0W0vyPoW6zLtABxHKGuhhAw==",
    ),
    "E2": (
        EMBED_SECRET,
        "1700000000000000002",
        "/b2b/assets?page%5Bsize%5D=10&quote=USD",
        b"",
        "3o0AFzZfizmn9S5IvO84cpxwJEGJP2p/OWoBWbOt9JWXRiIzYlmacB8AO7+odQ+8DlbVJOKf6taa0ufi6JJE5g==",
    ),
    "E3": (EMBED_SECRET, "1700000000000000003", "/b2b/verifications/AA95N84GTESTXXXX/url", E3_BODY, E3_SIGN),
    "E3 loose": (
        EMBED_SECRET,
        "1700000000000000003",
        "/b2b/verifications/AA95N84GTESTXXXX/url",
        E3_LOOSE_BODY,
        E3_LOOSE_SIGN,
    ),
    "E4": (EMBED_SECRET, "1700000000000000004", "/b2b/verifications/AA95N84GTESTXXXX", E4_BODY, E4_SIGN),
    "E5": (EMBED_SECRET, "1700000000000000005", "/b2b/users/AA95%20N84G%20TEST%20XXXX", b"", E5_SIGN),
    "P1": (
        PAYWARD_SECRET,
        "1700000000000000011",
        "/v1/users/AA45N8G4MLDYWAR7",
        b"",
        "OtKlxKcIAjkcd2m2OVj6wAiGz6hF0vHUdzNna0cu4Wi1FjQUW8Ww5mPSad+soerFlcIxSAhkp3LutuiAO/LmYA==",
    ),
    "P2": (
        PAYWARD_SECRET,
        "1700000000000000012",
        "/v1/webhooks?page_token=abc",
        b"",
        "PQ80hO7y5/mreKHZUWM8XvCD37gAWGY5rVNxmZlAdxOPfEdXY74m3rkhA5kbpuPiPtnYL9DxTjj7kDmlej1Kdg==",
    ),
    "P3": (
        PAYWARD_SECRET,
        "1700000000000000013",
        "/v1/users/AA45N8G4MLDYWAR7/verifications/url",
        P3_BODY,
        P3_SIGN,
    ),
}
BODY_FACTS = {
    "E3": (341, "dc0129114468ae9102d246e15799312c64f4732ce1f91ff66f2c22c91063757e"),
    "E4": (565, "a6b133a4a51b41b725a7e16581907535108d985f29196d6cc4108e73f8506e5a"),
    "P3": (342, "612ece325d9563e5220db957b88f3cfc29b08e5b1995754f64f74175c364608d"),
}


@pytest.mark.parametrize("name", VECTORS)
def test_sign_reproduces_the_vector(name: str) -> None:
    secret, nonce, target, body, expected = VECTORS[name]

    assert sign(secret=secret, nonce=nonce, target=target, body=[body]) == expected


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_sign_does_not_depend_on_how_the_body_is_cut(size: int) -> None:
    secret, nonce, target, body, expected = VECTORS["E4"]
    pieces = [body[i : i + size] for i in range(0, len(body), size)]

    assert sign(secret=secret, nonce=nonce, target=target, body=pieces) == expected


@pytest.mark.parametrize("name", BODY_FACTS)
def test_the_vector_bodies_written_here_are_those_of_the_contract(name: str) -> None:
    body = VECTORS[name][3]

    assert (len(body), hashlib.sha256(body).hexdigest()) == BODY_FACTS[name]


def test_embed_client_sends_vector_e3_byte_for_byte() -> None:
    journal = RecordingJournal(nonce=1_700_000_000_000_000_002)
    with LoopbackServer(always(200, b'{"result":{"verification_id":"ver_1"}}')) as server:
        accepted = embed_client(server.base_url, journal).submit_document_urls(
            UrlSubmission(EMBED_USER, ZOE, (file_address(),))
        )

    assert accepted.verification_id == "ver_1"
    assert server.requests[0].body == E3_BODY
    assert server.requests[0].headers["api-sign"] == E3_SIGN
    assert journal.sent[0].body_sha256 == BODY_FACTS["E3"][1]


def test_embed_client_sends_vector_e4_byte_for_byte() -> None:
    journal = RecordingJournal(nonce=1_700_000_000_000_000_003)
    with LoopbackServer(always(200, b'{"result":{"verification_id":"ver_1"}}')) as server:
        embed_client(server.base_url, journal, make_boundary=lambda: "portal-test-boundary").submit_documents(
            DocumentSubmission(EMBED_USER, ZOE, (file_part(),))
        )

    request = server.requests[0]
    assert request.body == E4_BODY
    assert request.headers["api-sign"] == E4_SIGN
    assert request.headers["content-type"] == "multipart/form-data; boundary=portal-test-boundary"
    assert request.headers["content-length"] == "565"
    assert "transfer-encoding" not in request.headers
    assert journal.sent[0].body_sha256 == BODY_FACTS["E4"][1]


def test_embed_client_signs_and_sends_the_encoded_path_of_vector_e5() -> None:
    journal = RecordingJournal(nonce=1_700_000_000_000_000_004)
    with LoopbackServer(always(200, b'{"result":{"user":"AA95 N84G TEST XXXX","status":{"state":"ok"}}}')) as server:
        user = embed_client(server.base_url, journal).get_user("AA95 N84G TEST XXXX")

    assert server.requests[0].line == "GET /b2b/users/AA95%20N84G%20TEST%20XXXX HTTP/1.1"
    assert server.requests[0].headers["api-sign"] == E5_SIGN
    assert user.user_id == "AA95 N84G TEST XXXX"


def test_payward_client_sends_vector_p3_byte_for_byte() -> None:
    journal = RecordingJournal(nonce=1_700_000_000_000_000_012)
    with LoopbackServer(always(200, b'{"data":{"verification_id":"ver_2"}}')) as server:
        payward_client(server.base_url, journal).submit_document_urls(
            UrlSubmission(PAYWARD_USER, ZOE, (file_address(),))
        )

    assert server.requests[0].body == P3_BODY
    assert server.requests[0].headers["api-sign"] == P3_SIGN
    assert journal.sent[0].body_sha256 == BODY_FACTS["P3"][1]


@pytest.mark.parametrize(
    "user_id",
    ["AA95 N84G TEST XXXX", "ABCDEF-GHIJKL+MNO", "a/b?c#d%2Fe%20f..", "Zoë王小明-אב-0123456", "a;b:c@d&e=f$g,h!i"],
)
def test_the_request_line_is_exactly_what_was_signed(user_id: str) -> None:
    journal = RecordingJournal()
    with LoopbackServer(always(200, b'{"result":{"status":{"state":"ok"}}}')) as server:
        embed_client(server.base_url, journal).get_user(user_id)

    assert server.requests[0].target == journal.sent[0].target
    assert server.requests[0].headers["api-sign"] == sign(
        secret=EMBED_SECRET, nonce=str(journal.nonce), target=server.requests[0].target, body=()
    )


@pytest.mark.parametrize("secret", ["", "not base64!", "abc", "YWJj\n", " YWJj", "kéy=", "===="])
def test_an_unusable_secret_is_named_without_showing_it(secret: str) -> None:
    with pytest.raises(ProviderProtocolError) as caught:
        sign(secret=secret, nonce="1", target="/", body=())

    assert caught.value.code == "bad_secret"
    assert check_secret(secret) is not None
    assert secret == "" or secret not in str(caught.value)


def test_check_secret_accepts_a_usable_secret() -> None:
    assert check_secret(EMBED_SECRET) is None
