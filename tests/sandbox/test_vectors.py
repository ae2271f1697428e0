"""The vectors of both contract pages against the stand-in's own check."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.sandbox.signer import sign
from verifications.sandbox.signature import body_digest, expected_signature

SPOT_SECRET = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
EMBED_SECRET = "dGhyb3dhd2F5LWVtYmVkLXZlY3Rvci1zZWNyZXQtbmV2ZXItaXNzdWVkLWJ5LWFueW9uZS0wMTIzNDU2Nzg5IQ=="
PAYWARD_SECRET = "dGhyb3dhd2F5LXBheXdhcmQtdmVjdG9yLXNlY3JldC1ub3QtaXNzdWVkLWJ5LWFueW9uZS0wMTIzNDU2Nzg5IQ=="

METADATA = {
    "identity": {"full_name": {"first_name": "Zoë", "last_name": "Example"}, "date_of_birth": "1990-04-15"},
    "document_type": "passport",
    "document_number": "X1234567",
    "issuing_country": "AD",
    "verifier": "example-idv",
    "verified_at": "2025-03-13T12:34:56Z",
}
PAYWARD_METADATA = METADATA | {
    "identity": {"full_name": METADATA["identity"]["full_name"], "birth": {"date": "1990-04-15"}}  # type: ignore[index]
}
FRONT_URL = "https://docs.example.com/kyc/front.png?sig=abc"


def compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def body_of(metadata: object) -> dict[str, object]:
    return {"type": "identity_document", "metadata": metadata, "front_url": FRONT_URL}


E3 = compact(body_of(METADATA))
E3_SPACED = json.dumps(body_of(METADATA)).encode()
P3 = compact(body_of(PAYWARD_METADATA))
E4 = (
    b'--portal-test-boundary\r\nContent-Disposition: form-data; name="type"\r\n\r\nidentity_document\r\n'
    b'--portal-test-boundary\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n' + compact(METADATA) + b"\r\n"
    b'--portal-test-boundary\r\nContent-Disposition: form-data; name="front"; filename="front.png"\r\n'
    b"Content-Type: image/png\r\n\r\nFRONT-BYTES\r\n--portal-test-boundary--\r\n"
)
SPOT = b"nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"

VECTORS = {
    "spot": (
        SPOT_SECRET,
        "/0/private/AddOrder",
        "1616492376594",
        SPOT,
        "23a1c1b34c6a11d641af0f24684896cb90f66fb991125c83dc357bdc3dc146f1",
        "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
    ),
    "E1": (
        EMBED_SECRET,
        "/b2b/users/AA95N84GTESTXXXX",
        "1700000000000000001",
        b"",
        "bf7ea99ebf1a76333831f9577b3c3190b3f1ec8ba35c2c9513a51c85c75186f2",
        "kt0rYHYOXaeI197Iy0UqqUTmCYEf/q6DP2lPSfoZrHu2xBoBFHwi1e6CIuD9wNr0W0vyPoW6zLtABxHKGuhhAw==",
    ),
    "E2": (
        EMBED_SECRET,
        "/b2b/assets?page%5Bsize%5D=10&quote=USD",
        "1700000000000000002",
        b"",
        "f319e69a1207d70b3f13edd4a67cf33129e860abe8773741e1b9e92c7097708d",
        "3o0AFzZfizmn9S5IvO84cpxwJEGJP2p/OWoBWbOt9JWXRiIzYlmacB8AO7+odQ+8DlbVJOKf6taa0ufi6JJE5g==",
    ),
    "E3": (
        EMBED_SECRET,
        "/b2b/verifications/AA95N84GTESTXXXX/url",
        "1700000000000000003",
        E3,
        "9f0e118943a57b3bb85ce33f59a730543909695af91f7cb2b332354cd23e5851",
        "nzz7Frqkvfw0gQ4Q8S2UiSQEJ+yTrTA1zIQANhNPRJfAhvr6L/BVrgHTMzijyXgNGxJJOaK0fbLNGDgJUrsiog==",
    ),
    "E3 spaced": (
        EMBED_SECRET,
        "/b2b/verifications/AA95N84GTESTXXXX/url",
        "1700000000000000003",
        E3_SPACED,
        None,
        "g9Iem2tKj82nNglNCS0RRM+dAu2U2l4/ckFuSc93XCobqfQKPhZ1i4p7qwST0PtTuVbEgzBM8Om06RVFd4Y0/w==",
    ),
    "E4": (
        EMBED_SECRET,
        "/b2b/verifications/AA95N84GTESTXXXX",
        "1700000000000000004",
        E4,
        "3740b819ec5302950c389834d49a198865c5955f3cf9f30c9ab284e633c68716",
        "l7/W5ZJPAV5Dcs86DwvnHS7mtA2YwiLSn38n2cOW8At4JxYcPZPzoIihRJzid3Rsreb/ytOfLINsHmZQq3BArA==",
    ),
    "E5": (
        EMBED_SECRET,
        "/b2b/users/AA95%20N84G%20TEST%20XXXX",
        "1700000000000000005",
        b"",
        "59fa05e33a7f428acd5f35f94e3b18efedd270318bcc7458365a9a32c1199082",
        "CO6D19ac38QatB4LA01I+qAFKbR5lLnzieZ7Q9LPZQS7q1hdH2wf0rdI4w9NtG8GMtlXZFwur74Wo7mdPYI3LA==",
    ),
    "P1": (
        PAYWARD_SECRET,
        "/v1/users/AA45N8G4MLDYWAR7",
        "1700000000000000011",
        b"",
        "c6a8fe5d99344da0978b033115c1431bddb1873adcae757a24375234a1ace096",
        "OtKlxKcIAjkcd2m2OVj6wAiGz6hF0vHUdzNna0cu4Wi1FjQUW8Ww5mPSad+soerFlcIxSAhkp3LutuiAO/LmYA==",
    ),
    "P2": (
        PAYWARD_SECRET,
        "/v1/webhooks?page_token=abc",
        "1700000000000000012",
        b"",
        "360cb1cd41d3dd24b733be0d0d5040181341afd4d3f357a6aa7ddc39136bab10",
        "PQ80hO7y5/mreKHZUWM8XvCD37gAWGY5rVNxmZlAdxOPfEdXY74m3rkhA5kbpuPiPtnYL9DxTjj7kDmlej1Kdg==",
    ),
    "P3": (
        PAYWARD_SECRET,
        "/v1/users/AA45N8G4MLDYWAR7/verifications/url",
        "1700000000000000013",
        P3,
        "63d43b3fb9124d336ee8034d615ec01c6f324adc6a9abb88c5e14968877e753c",
        "KjeHiUgeXNDcnXhKz4WFiUbDRK0NnjsudgGSuQlZz2tYongTTovTstcQqeiL1GG31SgI6FMdXrCcqIxFvyxOpw==",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_expected_signature_reproduces_the_vectors(name: str) -> None:
    secret, target, nonce, body, digest_hex, signature = VECTORS[name]

    digest = body_digest(nonce, body)

    assert digest_hex is None or digest.hex() == digest_hex
    assert expected_signature(secret=secret, target=target, digest=digest) == signature
    assert sign(secret, target, nonce, body) == signature


def test_bodies_of_the_vectors_are_the_documented_bytes() -> None:
    described = [(len(body), hashlib.sha256(body).hexdigest()[:12]) for body in (E3, E4, P3)]

    assert described == [(341, "dc0129114468"), (565, "a6b133a4a51b"), (342, "612ece325d95")]
    assert len(E3_SPACED) == 367
