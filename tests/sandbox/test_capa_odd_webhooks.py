"""Webhooks out of the ordinary, sent at once because a tester asks for them."""

from __future__ import annotations

import hmac
import json

import pytest

from tests.sandbox.capa_kit import Capa, Receiver


@pytest.fixture
def secret(capa: Capa) -> str:
    return capa.sandbox.keys["capa_partner"]["webhook_secret"]


def test_an_odd_webhook_is_sent_at_once_and_its_answer_told(capa: Capa, receiver: Receiver, secret: str) -> None:
    capa.set_webhook(receiver.url)
    receiver.answers = [401]

    told = capa.control(
        "POST",
        "/webhooks",
        {
            "event": "김민준",
            "type": "TRANSACTION",
            "external_user_id": "nobody",
            "extra": {"note": "محمد"},
            "times": 2,
        },
    )

    received = receiver.next(2, of="nobody")
    assert told == {"status": 200, "statuses": [401, 200], "problem": None}
    assert json.loads(received[0].body) == {
        "type": "TRANSACTION",
        "event": "김민준",
        "externalUserId": "nobody",
        "note": "محمد",
    }
    assert "محمد".encode() in received[0].body
    assert all(webhook.is_signed_with(secret) for webhook in received)


@pytest.mark.parametrize(("signature", "present"), [("wrong", True), ("missing", False)])
def test_a_signature_can_be_wrong_or_missing(
    capa: Capa, receiver: Receiver, secret: str, signature: str, present: bool
) -> None:
    capa.set_webhook(receiver.url)

    capa.control("POST", "/webhooks", {"external_user_id": "someone", "signature": signature})

    [webhook] = receiver.next(1, of="someone")
    assert ("capa-signature" in webhook.headers) == present
    assert not webhook.is_signed_with(secret)


def test_a_reserialised_body_is_signed_in_its_compact_form(capa: Capa, receiver: Receiver, secret: str) -> None:
    capa.set_webhook(receiver.url)

    capa.control("POST", "/webhooks", {"external_user_id": "Ánh", "signature": "reserialised"})

    [webhook] = receiver.next(1, of="Ánh")
    compact = json.dumps(json.loads(webhook.body), separators=(",", ":"), ensure_ascii=False).encode()
    assert compact != webhook.body
    assert not webhook.is_signed_with(secret)
    assert webhook.headers["capa-signature"] == hmac.new(secret.encode(), compact, "sha256").hexdigest()


def test_any_body_can_be_sent(capa: Capa, receiver: Receiver, secret: str) -> None:
    capa.set_webhook(receiver.url)

    capa.control("POST", "/webhooks", {"body": "[not json"})

    [webhook] = receiver.next(1, of="[not json")
    assert (webhook.body, webhook.is_signed_with(secret)) == (b"[not json", True)


def test_no_odd_webhook_without_an_address(capa: Capa) -> None:
    with pytest.raises(RuntimeError, match="no address is set"):
        capa.control("POST", "/webhooks", {"event": "VERIFIED_USER"})
