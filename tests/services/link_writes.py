"""The services of links, webhooks and deliveries for ``test_every_write_is_audited``: what each one is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.factories import ACTOR, NOON, make_customer
from tests.fakes_links import FakeLinkProvider, details
from tests.services.link_support import MEXICO, capa_account, capa_user, deliver, issued, requested, signed
from verifications.models import KycLink, ProviderCall, ProviderNotification, ProviderUser
from verifications.providers.link_types import LinkCreated
from verifications.providers.types import UserCreated
from verifications.services import (
    kyc_links,
    link_batches,
    link_handover,
    link_outcomes,
    link_readings,
    link_users,
    notifications,
    provider_calls,
    webhooks,
)

Act = Callable[[], Any]

READS = {
    "link_batches.read_batch", "link_calls.create_user", "link_checks.check_address", "link_checks.check_request",
    "link_disagreements.contradiction", "link_handover.email_text", "link_records.digest",
    "link_records.locked_link", "link_records.locked_verification", "link_records.own_host",
    "link_records.return_address", "link_users.needs_operator", "notification_calls.check_connection",
    "notification_calls.page_start",
}  # fmt: skip
LOGS = {"link_records.record_move"}
FILLS_COLUMNS = {"link_disagreements.note_disagreement", "link_records.move_link"}
LEDGER = {"link_records.enqueue_creation", "link_records.enqueue_details_read", "link_records.withdraw_calls"}
BOOKKEEPING = {"key_refusals.note_answer"}
"""Counts since when; stopping the account has its own event."""
SWALLOW_FAULTS = ("kyc_links.expire_links", "webhooks.process_webhooks")
"""A fault at one record is logged and keeps no other waiting; the record itself stays as it was."""

LATER = NOON.replace(day=NOON.day + 2)
DUE = NOON.replace(minute=1)


def _of(function: Callable[..., Any], **arguments: Any) -> Act:
    return lambda: function(**arguments, actor=ACTOR, at=NOON)


def _with_new_user() -> KycLink:
    return kyc_links.request_link(
        customer_id=make_customer().pk, account_id=capa_account().pk, data=MEXICO, actor=ACTOR, at=NOON
    )


def _claimed(link: KycLink) -> ProviderCall:
    claimed = provider_calls.claim_next(key_id=link.account.key_id, now=NOON)
    assert claimed is not None
    return claimed[0]


def _about_user(function: Callable[..., Any], **arguments: Any) -> Act:
    return _of(function, call=_claimed(_with_new_user()), **arguments)


def _about_link(function: Callable[..., Any], **arguments: Any) -> Act:
    return _of(function, call=_claimed(requested()), **arguments)


def _about_reading(function: Callable[..., Any], **arguments: Any) -> Act:
    link = issued()
    kyc_links.request_details_read(link_id=link.pk, actor=ACTOR, at=NOON)
    return _of(function, call=_claimed(link), **arguments)


def _expired() -> Act:
    issued()
    return partial(kyc_links.expire_links, now=LATER)


def _lost_user() -> ProviderUser:
    user = capa_user()
    ProviderUser.objects.filter(pk=user.pk).update(status="OUTCOME_UNKNOWN", provider_reference="")
    return ProviderUser.objects.get(pk=user.pk)


def _returned() -> Act:
    provider, link = FakeLinkProvider(), requested()
    deliver(link.account, provider)
    token = provider.calls[0][1].redirect_uri.rstrip("/").rpartition("/")[2]
    return partial(link_handover.customer_returned, token=token, at=NOON)


def _received() -> Act:
    account = capa_account()
    body, signature = signed({"type": "KYC", "event": "VERIFIED_USER", "externalUserId": "somebody"})
    return partial(
        webhooks.receive_webhook, account_public_id=account.public_id, body=body, signature=signature, at=NOON
    )


def _processed() -> Act:
    _received()()
    return partial(webhooks.process_webhooks, now=NOON)


def _notification() -> ProviderNotification:
    return ProviderNotification.objects.create(
        account=capa_account(), provider_reference="n-1", status="FAILED", read_at=NOON
    )


def _batch() -> Act:
    customer = make_customer()
    rows = [link_batches.BatchRow(number=1, reference=customer.reference, country="MX")]
    return _of(link_batches.request_links, account_id=capa_account().pk, rows=rows)


def _sent() -> Act:
    return _of(link_handover.send_link, link_id=issued().pk, subject="Your link", text="Open {link}")


WRITES: dict[str, Callable[[], Act]] = {
    "kyc_links.cancel_link": lambda: _of(kyc_links.cancel_link, verification_id=issued().verification_id),
    "kyc_links.expire_links": _expired,
    "kyc_links.renew_link": lambda: _of(kyc_links.renew_link, verification_id=issued().verification_id),
    "kyc_links.request_details_read": lambda: _of(kyc_links.request_details_read, link_id=issued().pk),
    "kyc_links.request_link": lambda: _of(
        kyc_links.request_link, customer_id=make_customer().pk, account_id=capa_account().pk, data=MEXICO
    ),
    "link_batches.request_links": _batch,
    "link_handover.customer_returned": _returned,
    "link_handover.send_link": _sent,
    "link_outcomes.link_issued": lambda: _about_link(
        link_outcomes.link_issued, result=LinkCreated("https://verify.example.net/s/1")
    ),
    "link_outcomes.link_refused": lambda: _about_link(link_outcomes.link_refused, message="No."),
    "link_readings.details_read": lambda: _about_reading(link_readings.details_read, result=details("VERIFIED")),
    "link_readings.reading_stopped": lambda: _about_reading(link_readings.reading_stopped, message="No."),
    "link_users.adopt_provider_user": lambda: _of(
        link_users.adopt_provider_user, provider_user_id=_lost_user().pk, provider_reference="7c1f0f62"
    ),
    "link_users.confirm_user": lambda: _of(link_users.confirm_user, user=_lost_user(), provider_reference="7c1f0f62"),
    "link_users.user_created": lambda: _about_user(link_users.user_created, result=UserCreated("7c1f0f62")),
    "link_users.user_not_processed": lambda: _about_user(link_users.user_not_processed, message="Busy.", due=DUE),
    "link_users.user_refused": lambda: _about_user(link_users.user_refused, message="No."),
    "link_users.user_unknown": lambda: _about_user(link_users.user_unknown),
    "notifications.request_notification": lambda: _of(
        notifications.request_notification, notification_id=_notification().pk
    ),
    "notifications.request_notifications": lambda: _of(
        notifications.request_notifications, account_id=capa_account().pk
    ),
    "notifications.request_redelivery": lambda: _of(
        notifications.request_redelivery, notification_id=_notification().pk
    ),
    "notifications.request_webhook_settings": lambda: _of(
        notifications.request_webhook_settings, account_id=capa_account().pk, url="https://portal.example.org/hook/"
    ),
    "webhooks.process_webhooks": _processed,
    "webhooks.receive_webhook": _received,
}
LOOKS: dict[str, Callable[[], Act]] = {
    "link_handover.link_address": lambda: _of(link_handover.link_address, link_id=issued().pk),
    "link_handover.send_link": _sent,
}
