"""Webhooks: what is let in, what is kept of it, and that it causes a reading and nothing else."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import uuid
from typing import Any

import pytest
from celery import current_app
from django.test import TestCase

from tests.factories import NOON, make_account
from tests.fakes_links import FakeLinkProvider, details
from tests.services.link_support import (
    WEBHOOK_SECRET,
    capa_account,
    deliver,
    fresh,
    issued,
    requested,
    signed,
    waiting_reads,
)
from tests.services.support import actions
from verifications import tasks
from verifications.models import AuditEvent, KycLink, ProviderAccount, ProviderUser, ReceivedWebhook
from verifications.services import webhooks
from verifications.services.sealed_values import open_bytes
from verifications.services.webhooks import process_webhooks, receive_webhook

pytestmark = pytest.mark.django_db

EVENT = {"type": "KYC", "event": "VERIFIED_USER", "externalUserId": "0b9d0a0e-5b7a-4a55-9c11-5d2f6a4b7c10"}


def test_a_signed_webhook_is_stored_sealed_and_processed_later() -> None:
    account = capa_account()
    body, signature = signed(EVENT)

    taken = _receive(account, body, signature)

    webhook = ReceivedWebhook.objects.get()
    assert taken
    assert open_bytes(webhook, "body") == body
    assert EVENT["externalUserId"] not in str(webhook.body) + webhook.body.token
    assert webhook.body_sha256 == hashlib.sha256(body).hexdigest()
    assert (webhook.signed_over, webhook.type, webhook.event) == ("raw", "KYC", "VERIFIED_USER")
    assert (webhook.outcome, webhook.processed_at, webhook.received_at) == ("STORED", None, NOON)
    event = AuditEvent.objects.get(action="webhook.received")
    assert event.actor == f"provider:{account.public_id}"
    assert event.actor_name == account.name


def test_the_spaced_form_counts_as_reserialised() -> None:
    account = capa_account()
    text = json.dumps({**EVENT, "extra": "Nguyễn"}, ensure_ascii=False)
    compact = json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False).encode()

    taken = _receive(account, text.encode(), _hmac(compact))

    assert taken
    assert ReceivedWebhook.objects.get().signed_over == "reserialised"


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (signed(EVENT)[0], ""),
        (signed(EVENT)[0], "0" * 64),
        (signed(EVENT)[0], signed(EVENT)[1].upper()),
        (signed(EVENT)[0], signed(EVENT, "another secret")[1]),
        (signed(EVENT)[0] + b" x", signed(EVENT)[1]),
        (signed(EVENT)[0], "ключ"),
        (b"", hmac.new(WEBHOOK_SECRET.encode(), b"", hashlib.sha256).hexdigest()),
        (b"x" * 65_537, hmac.new(WEBHOOK_SECRET.encode(), b"x" * 65_537, hashlib.sha256).hexdigest()),
    ],
    ids=["missing", "wrong", "upper", "other secret", "changed body", "not ascii", "empty", "too large"],
)
def test_what_is_not_signed_right_leaves_nothing_behind(body: bytes, signature: str) -> None:
    account = capa_account()
    events = AuditEvent.objects.count()

    assert not _receive(account, body, signature)

    assert not ReceivedWebhook.objects.exists()
    assert AuditEvent.objects.count() == events


def test_an_account_without_a_secret_or_of_another_kind_takes_nothing() -> None:
    body, signature = signed(EVENT)
    for account in (capa_account(webhook_secret=""), make_account(webhook_secret=WEBHOOK_SECRET)):
        assert not _receive(account, body, signature)

    assert not receive_webhook(account_public_id=uuid.uuid4(), body=body, signature=signature, at=NOON)
    assert not ReceivedWebhook.objects.exists()


def test_receiving_rings_after_the_commit_and_a_broker_that_is_away_costs_nothing(monkeypatch: Any) -> None:
    account = capa_account()
    body, signature = signed(EVENT)
    rung: list[str] = []

    def away(name: str, **_more: Any) -> None:
        rung.append(name)
        raise ConnectionError("no broker")

    monkeypatch.setattr(current_app, "send_task", away)
    with TestCase.captureOnCommitCallbacks(execute=True) as callbacks:
        assert _receive(account, body, signature)
        assert rung == []

    assert len(callbacks) == 1
    assert rung == ["verifications.process_webhooks"]
    assert ReceivedWebhook.objects.count() == 1


def test_the_task_processes_what_is_stored(clock: Any) -> None:
    _receive(capa_account(), *signed(EVENT))

    tasks.process_webhooks()

    assert ReceivedWebhook.objects.get().outcome == "UNKNOWN_USER"


@pytest.mark.parametrize(
    "event", ["CREATED_KYC", "VERIFIED_USER", "REJECTED_KYC", "REVIEW_NEEDED_KYC", "NEW_EVENT", ""]
)
def test_every_event_about_a_link_causes_a_reading_and_decides_nothing(clock: Any, event: str) -> None:
    link = issued()
    before = (fresh(link).status, fresh(link).verification.status)

    _arrive(link, event)

    webhook = ReceivedWebhook.objects.get()
    assert webhook.outcome == "READ_QUEUED"
    assert webhook.verification == link.verification
    assert [call.not_before for call in waiting_reads(link)] == [NOON]
    assert (fresh(link).status, fresh(link).verification.status) == before
    assert actions()[-1] == "webhook.processed"


def test_repeats_and_wrong_order_are_harmless(clock: Any) -> None:
    link = issued()
    for event in ("REJECTED_KYC", "VERIFIED_USER", "VERIFIED_USER", "CREATED_KYC", "VERIFIED_USER"):
        _arrive(link, event)
    provider = FakeLinkProvider(says=[details("VERIFIED")])

    deliver(link.account, provider)
    for event in ("REJECTED_KYC", "CREATED_KYC", "VERIFIED_USER"):
        _arrive(link, event)
    deliver(link.account, provider)

    assert provider.names == ["get_kyc_details"]
    assert (fresh(link).status, fresh(link).verification.answer) == ("VERIFIED", "VERIFIED")
    assert ReceivedWebhook.objects.filter(outcome="NOTHING_TO_READ").count() == 3


def test_what_was_submitted_is_read_quickly_from_then_on(clock: Any) -> None:
    link = issued()

    _arrive(link, "CREATED_KYC")
    deliver(link.account, FakeLinkProvider(says=[details("IN_PROGRESS")]))

    wait = (waiting_reads(link)[0].not_before - NOON).total_seconds()
    assert 3.9 <= wait <= 6.1
    assert fresh(link).polling_since == NOON


def test_an_expired_link_is_still_heard_of(clock: Any) -> None:
    link = issued()
    KycLink.objects.update(status="EXPIRED", url=None)
    link.verification.status = "EXPIRED"
    link.verification.save(update_fields=["status"])

    _arrive(link, "VERIFIED_USER")

    assert ReceivedWebhook.objects.get().outcome == "READ_QUEUED"


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (EVENT, "UNKNOWN_USER"),
        ({**EVENT, "externalUserId": "محمد"}, "UNKNOWN_USER"),
        ({"type": "TRANSACTION", "event": "ON_RAMP", "externalUserId": "x"}, "OTHER_TYPE"),
        ({"type": "SOMETHING"}, "OTHER_TYPE"),
        ({"type": "KYC", "event": "VERIFIED_USER"}, "UNREADABLE"),
        ({"type": "KYC", "event": "VERIFIED_USER", "externalUserId": ["x"]}, "UNREADABLE"),
        ({"type": ["KYC"]}, "UNREADABLE"),
        ([EVENT], "UNREADABLE"),
    ],
)
def test_what_is_about_nobody_here_is_kept_and_causes_nothing(clock: Any, event: Any, outcome: str) -> None:
    link = issued()
    _receive(link.account, *signed(event))

    assert process_webhooks(now=NOON) == 1

    assert ReceivedWebhook.objects.get().outcome == outcome
    assert waiting_reads(link)[0].not_before > NOON
    assert process_webhooks(now=NOON) == 0


def test_a_user_of_another_account_is_nobody_here(clock: Any) -> None:
    link = issued()
    _receive(capa_account(), *_event(link, "VERIFIED_USER"))

    process_webhooks(now=NOON)

    assert ReceivedWebhook.objects.get().outcome == "UNKNOWN_USER"


def test_a_link_still_being_made_has_nothing_to_read(clock: Any) -> None:
    link = requested()

    _arrive(link, "VERIFIED_USER")

    assert ReceivedWebhook.objects.get().outcome == "NOTHING_TO_READ"
    assert waiting_reads(link) == []


def test_one_that_fails_is_left_for_later_and_keeps_no_other_waiting(clock: Any, monkeypatch: Any) -> None:
    first, second = issued(), issued()
    _receive(first.account, *_event(first, "VERIFIED_USER"))
    _receive(second.account, *_event(second, "VERIFIED_USER"))
    enqueue = webhooks.enqueue_details_read

    def fail_for_first(*, link: KycLink, **more: Any) -> Any:
        if link.pk == first.pk:
            raise RuntimeError("a fault of ours")
        return enqueue(link=link, **more)

    monkeypatch.setattr(webhooks, "enqueue_details_read", fail_for_first)
    done = process_webhooks(now=NOON)

    assert done == 1
    assert list(ReceivedWebhook.objects.order_by("id").values_list("outcome", flat=True)) == ["STORED", "READ_QUEUED"]


def test_a_body_that_can_not_be_opened_any_more_is_set_aside(clock: Any) -> None:
    account = capa_account()
    _receive(account, *signed(EVENT))
    _receive(account, *signed({**EVENT, "event": "CREATED_KYC"}))
    one, other = ReceivedWebhook.objects.order_by("id")
    ReceivedWebhook.objects.filter(pk=one.pk).update(body=other.body)

    process_webhooks(now=NOON)

    assert ReceivedWebhook.objects.get(pk=one.pk).outcome == "UNREADABLE"


def test_the_newest_open_link_is_the_one_that_is_read(clock: Any) -> None:
    old = issued()
    deliver_answer(old, "REJECTED")
    new = issued(ProviderUser.objects.get(pk=old.verification.provider_user_id))

    _arrive(new, "VERIFIED_USER")

    assert ReceivedWebhook.objects.get().verification == new.verification
    assert waiting_reads(old) == []
    assert [call.not_before for call in waiting_reads(new)] == [NOON]


def test_how_often_only_the_compact_form_fitted_can_be_counted() -> None:
    account = capa_account()
    _receive(account, *signed(EVENT))
    text = json.dumps(EVENT).encode()
    _receive(account, text, _hmac(signed(EVENT)[0]))

    assert ReceivedWebhook.objects.filter(signed_over="reserialised").count() == 1


def deliver_answer(link: KycLink, word: str) -> None:
    _arrive(link, "CREATED_KYC")
    deliver(link.account, FakeLinkProvider(says=[details(word)]))
    ReceivedWebhook.objects.all().delete()


def _receive(account: ProviderAccount, body: bytes, signature: str, at: dt.datetime = NOON) -> bool:
    return receive_webhook(account_public_id=account.public_id, body=body, signature=signature, at=at)


def _event(link: KycLink, event: str) -> tuple[bytes, str]:
    return signed({"type": "KYC", "event": event, "externalUserId": str(link.customer.public_id)})


def _arrive(link: KycLink, event: str) -> None:
    assert _receive(link.account, *_event(link, event))
    process_webhooks(now=NOON)


def _hmac(message: bytes) -> str:
    return hmac.new(WEBHOOK_SECRET.encode(), message, hashlib.sha256).hexdigest()
