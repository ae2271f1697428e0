"""Webhooks that come in: checked, stored and acknowledged; processed later, and then only a reason to read.

Contract: capa-partner 6. There is no event id and no time in a webhook, so it may be late, repeated or replayed: it
never carries a decision.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import uuid

from celery import current_app
from django.db import transaction

from verifications.enums import AuditAction, ProviderKind, WebhookOutcome
from verifications.errors import SealedValueUnavailable
from verifications.models import KycLink, ProviderAccount, ProviderUser, ReceivedWebhook
from verifications.providers.capa_webhooks import WebhookEvent, read_event, signature_way
from verifications.services.audit import record_event
from verifications.services.link_records import FOLLOWED_STATUSES, READABLE_LINK_STATUSES, enqueue_details_read
from verifications.services.sealed_values import open_bytes, open_value, seal

logger = logging.getLogger(__name__)

ACTOR = "system:delivery"
TASK = "verifications.process_webhooks"
LARGEST_BODY = 65_536
MOST_PROCESSED = 500
TYPES_READ = frozenset({"KYC", "KYB"})
"""``KYB`` is not documented; were it to come, a reading would do no harm."""
SUBMITTED_EVENT = "CREATED_KYC"


@transaction.atomic
def receive_webhook(*, account_public_id: uuid.UUID, body: bytes, signature: str, at: dt.datetime) -> bool:
    """Store a webhook whose signature is right and ring for its processing; ``False`` leaves nothing behind.

    ``body`` is the raw body: nothing of it is read before the signature fits.
    """
    account = ProviderAccount.objects.filter(public_id=account_public_id, kind=ProviderKind.CAPA_PARTNER).first()
    if account is None or account.webhook_secret is None or not 0 < len(body) <= LARGEST_BODY:
        return False
    way = signature_way(body, signature, open_value(account, "webhook_secret"))
    if not way:
        return False
    event = read_event(body)
    webhook = ReceivedWebhook(
        account=account,
        received_at=at,
        body=None,
        body_sha256=hashlib.sha256(body).hexdigest(),
        signed_over=way,
        type=event.type[:60] if event else "",
        event=event.event[:60] if event else "",
    )
    seal(webhook, "body", body, mask="sealed")
    webhook.save()
    record_event(
        action=AuditAction.WEBHOOK_RECEIVED,
        actor=f"provider:{account.public_id}",
        subject=webhook,
        at=at,
        details={"account": str(account.public_id), "sha256": webhook.body_sha256, "signed_over": way},
    )
    transaction.on_commit(_ring, robust=True)
    return True


def process_webhooks(*, now: dt.datetime) -> int:
    """Process what is stored, oldest first; returns how many. Safe to run anywhere at any time.

    One that can't be processed is logged and left for the next time: it keeps no other one waiting.
    """
    stored = ReceivedWebhook.objects.filter(outcome=WebhookOutcome.STORED).order_by("id")
    processed = 0
    for pk in list(stored.values_list("pk", flat=True)[:MOST_PROCESSED]):
        try:
            processed += _process(pk, now)
        except Exception:
            logger.exception("Webhook %s could not be processed.", pk)
    return processed


@transaction.atomic
def _process(pk: int, now: dt.datetime) -> bool:
    webhook = (
        ReceivedWebhook.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("account")
        .filter(pk=pk, outcome=WebhookOutcome.STORED)
        .first()
    )
    if webhook is None:
        return False
    webhook.outcome = _follow(webhook, now)
    webhook.processed_at = now
    if webhook.outcome == WebhookOutcome.OTHER_TYPE:
        webhook.body = None  # none of our business: its hash is enough
    webhook.save(update_fields=["outcome", "processed_at", "verification", "body"])
    record_event(
        action=AuditAction.WEBHOOK_PROCESSED,
        actor=ACTOR,
        subject=webhook,
        at=now,
        details={
            "outcome": webhook.outcome,
            "verification": str(webhook.verification.public_id) if webhook.verification else "",
        },
    )
    return True


def _follow(webhook: ReceivedWebhook, now: dt.datetime) -> WebhookOutcome:
    try:
        event = read_event(open_bytes(webhook, "body"))
    except SealedValueUnavailable:
        logger.warning("Webhook %s can't be opened any more.", webhook.pk)
        return WebhookOutcome.UNREADABLE
    if event is None or not event.type:
        return WebhookOutcome.UNREADABLE
    if event.type not in TYPES_READ:
        return WebhookOutcome.OTHER_TYPE
    if not event.external_user_id:
        return WebhookOutcome.UNREADABLE
    return _read_details(webhook, event, now)


def _read_details(webhook: ReceivedWebhook, event: WebhookEvent, now: dt.datetime) -> WebhookOutcome:
    users = ProviderUser.objects.filter(account=webhook.account, external_reference=event.external_user_id)
    if not users.exists():
        return WebhookOutcome.UNKNOWN_USER
    link = (
        KycLink.objects.select_related("account", "verification")
        .filter(
            verification__provider_user__in=users,
            verification__status__in=FOLLOWED_STATUSES,
            status__in=READABLE_LINK_STATUSES,
        )
        .order_by("-id")
        .first()
    )
    if link is None:
        return WebhookOutcome.NOTHING_TO_READ
    if event.event == SUBMITTED_EVENT:
        KycLink.objects.filter(pk=link.pk, polling_since__isnull=True).update(polling_since=now, polls=0)
    enqueue_details_read(link=link, actor=ACTOR, at=now)
    webhook.verification = link.verification
    return WebhookOutcome.READ_QUEUED


def _ring() -> None:
    try:
        current_app.send_task(TASK)
    except Exception:
        logger.warning("The broker did not take a message; the next sweep processes what came.", exc_info=True)
