"""Where Capa delivers: three answers without a body, whatever is thrown at it."""

from __future__ import annotations

import logging
import uuid
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from tests.services.link_support import capa_account, signed
from verifications.models import AuditEvent, ReceivedWebhook
from verifications.views import webhooks

pytestmark = pytest.mark.django_db

EVENT = {"type": "KYC", "event": "VERIFIED_USER", "externalUserId": "Nguyễn Thị Ánh"}


def post(account_id: object, body: bytes, signature: str = "", **headers: str) -> Any:
    client = Client(enforce_csrf_checks=True)
    return client.post(
        f"/webhooks/capa/{account_id}/",
        data=body,
        content_type="application/json",
        headers={"capa-signature": signature} | headers,
    )


def test_a_signed_webhook_is_stored_and_answered_with_nothing() -> None:
    account = capa_account()
    body, signature = signed(EVENT)

    response = post(account.public_id, body, signature)

    assert (response.status_code, response.content) == (200, b"")
    assert ReceivedWebhook.objects.get().event == "VERIFIED_USER"


@pytest.mark.parametrize("signature", ["", "0" * 64, "x" * 64, "a" * 5000, "ü" * 10])
def test_a_wrong_signature_leaves_nothing_behind(signature: str) -> None:
    account = capa_account()
    events = AuditEvent.objects.count()

    response = post(account.public_id, signed(EVENT)[0], signature)

    assert (response.status_code, response.content) == (401, b"")
    assert not ReceivedWebhook.objects.exists()
    assert AuditEvent.objects.count() == events


def test_an_unknown_account_looks_like_a_wrong_signature() -> None:
    body, signature = signed(EVENT)

    response = post(uuid.UUID(int=7), body, signature)

    assert (response.status_code, response.content) == (401, b"")


@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 200), (64 * 1024 + 1, 413)])
def test_the_body_is_capped_at_64_kib(size: int, status: int) -> None:
    account = capa_account()
    empty = len(signed(EVENT | {"note": ""})[0])
    body, signature = signed(EVENT | {"note": "x" * (size - empty)})
    assert len(body) == size

    response = post(account.public_id, body, signature)

    assert (response.status_code, response.content) == (status, b"")
    assert ReceivedWebhook.objects.exists() == (status == 200)


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch", "options"])
def test_nothing_but_post_is_taken(method: str) -> None:
    account = capa_account()

    assert getattr(Client(), method)(f"/webhooks/capa/{account.public_id}/").status_code == 405


@pytest.mark.parametrize("error", [DatabaseError("a value nobody may see"), RuntimeError("a value nobody may see")])
def test_a_fault_of_ours_is_503_without_a_page_and_logs_no_content(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    account = capa_account()
    body, signature = signed(EVENT)

    def fail(**_given: Any) -> bool:
        raise error

    monkeypatch.setattr(webhooks, "receive_webhook", fail)
    with caplog.at_level(logging.DEBUG):
        response = post(account.public_id, body, signature)

    assert (response.status_code, response.content) == (503, b"")
    assert str(account.public_id) in caplog.text
    assert "Nguyễn" not in caplog.text
    assert "nobody may see" not in caplog.text


def test_nothing_of_the_body_or_the_signature_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    account = capa_account()
    body, signature = signed(EVENT)

    with caplog.at_level(logging.DEBUG):
        post(account.public_id, body, signature)
        post(account.public_id, body, "0" * 64)

    assert "Nguyễn" not in caplog.text
    assert signature not in caplog.text
