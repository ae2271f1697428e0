"""Capa's webhooks: which signatures are right, and what an event says. Contract: capa-partner 6."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verifications.providers.capa_webhooks import WebhookEvent, read_event, signature_way

SECRET = "throwaway-webhook-secret"
EVENT = {"type": "KYC", "event": "VERIFIED_USER", "externalUserId": "0b9d0a0e-5b7a-4a55-9c11-5d2f6a4b7c10"}


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def signed(message: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    "body",
    [
        compact(EVENT),
        json.dumps(EVENT, indent=2).encode(),
        compact(EVENT | {"note": "Nguyễn Thị Ánh / محمد / 👩‍🔬"}),
        json.dumps(EVENT | {"note": "김민준"}).encode(),
        b"",
        b"\xff\xfe no text",
    ],
)
def test_the_raw_bytes_are_what_is_signed(body: bytes) -> None:
    assert signature_way(body, signed(body), SECRET) == "raw"


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(EVENT).encode(),
        json.dumps(EVENT, indent=4).encode() + b"\n",
        json.dumps(EVENT | {"name": "Łukasz 김민준"}).encode(),
        b'{ "z" : 1, "a" : [1, 2, {"y": null}] }',
    ],
)
def test_the_compact_form_in_the_order_received_is_the_fallback(body: bytes) -> None:
    assert signature_way(body, signed(compact(json.loads(body))), SECRET) == "reserialised"


def test_members_in_another_order_are_another_message() -> None:
    body = b'{"b": 1, "a": 2}'

    assert signature_way(body, signed(b'{"a":2,"b":1}'), SECRET) == ""


RIGHT = signed(compact(EVENT))


@pytest.mark.parametrize(
    "header",
    [
        "",
        RIGHT[:-1],
        RIGHT + "0",
        RIGHT.upper(),
        f" {RIGHT}",
        f"{RIGHT}\n",
        f"sha256={RIGHT}",
        "g" * 64,
        "é" * 64,
        "٣" * 64,
        ("0" if RIGHT[0] != "0" else "1") + RIGHT[1:],
    ],
)
def test_anything_but_the_right_lower_case_hex_is_refused(header: str) -> None:
    assert signature_way(compact(EVENT), RIGHT, SECRET) == "raw"
    assert signature_way(compact(EVENT), header, SECRET) == ""


def test_a_changed_body_or_another_secret_is_refused() -> None:
    body = compact(EVENT)

    assert signature_way(body.replace(b"VERIFIED", b"REJECTED"), signed(body), SECRET) == ""
    assert signature_way(body, signed(body, "another"), SECRET) == ""


def test_without_a_secret_nothing_is_accepted() -> None:
    body = compact(EVENT)

    assert signature_way(body, signed(body, ""), "") == ""


@pytest.mark.parametrize("body", [b'{"a": "\\ud800"}', b"[" * 5000 + b"]" * 5000, b'{"a": NaN}', b"9" * 5000])
def test_a_body_that_cannot_be_written_again_is_refused(body: bytes) -> None:
    assert signature_way(body, "0" * 64, SECRET) == ""


def test_an_event_is_read_whatever_else_it_carries() -> None:
    body = compact(EVENT | {"extra": {"deep": [1]}, "userId": "x"})

    assert read_event(body) == WebhookEvent("KYC", "VERIFIED_USER", "0b9d0a0e-5b7a-4a55-9c11-5d2f6a4b7c10")


def test_unknown_words_are_kept_bounded_and_clean() -> None:
    event = read_event(compact({"type": "KYB", "event": "NEW\x00THING" + "x" * 900, "externalUserId": "é" * 300}))

    assert event is not None
    assert event.type == "KYB"
    assert event.event.startswith("NEW THING")
    assert len(event.event) == 60
    assert event.external_user_id == ""


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"KYC"', b"7", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_no_event(body: bytes) -> None:
    assert read_event(body) is None


@settings(max_examples=150, deadline=1000)
@given(
    st.binary(max_size=300)
    | st.dictionaries(
        st.sampled_from(["type", "event", "externalUserId"]),
        st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(max_size=3), max_size=3),
    ).map(lambda value: json.dumps(value).encode()),
    st.text(max_size=70),
)
def test_no_body_and_no_header_makes_it_fail(body: bytes, header: str) -> None:
    assert signature_way(body, header, SECRET) == ""

    event = read_event(body)
    if event is not None:
        assert all(isinstance(v, str) and len(v) <= 255 for v in (event.type, event.event, event.external_user_id))
