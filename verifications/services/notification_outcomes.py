"""What the outcome of a webhook setting or of a look at the delivery history changes (capa-partner 5, C6 to C9)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from verifications.enums import AuditAction, CallOperation, CallStatus
from verifications.models import ProviderAccount, ProviderCall, ProviderNotification
from verifications.providers.link_types import Notification, NotificationPage, WebhookSettings
from verifications.services.audit import record_event
from verifications.services.call_queue import enqueue_call
from verifications.services.key_refusals import note_answer
from verifications.services.notification_calls import MOST_ROWS, PAGE_SIZE, SKIP, page_start
from verifications.services.sealed_values import seal

FAILED = "FAILED"
QUEUED_AGAIN = "PENDING"
"""What C9 sets on success; the answer itself may leave it out."""
LOOK_AFTER = dt.timedelta(seconds=30)
NOT_CONFIRMED = (
    "The last redelivery was not confirmed, and Capa still shows this delivery as failed. Nothing is repeated by "
    "itself; deliver it again if you still want it."
)


class _Effects:
    """Where nothing else is said: the ledger's row tells what came, and nothing of ours changes."""

    @staticmethod
    def refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:  # noqa: ARG004
        _tell(call, message)

    @staticmethod
    def not_processed(
        *,
        call: ProviderCall,
        message: str,
        due: dt.datetime | None,  # noqa: ARG004
        actor: str,  # noqa: ARG004
        at: dt.datetime,  # noqa: ARG004
    ) -> None:
        _tell(call, message)

    @staticmethod
    def unknown(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:  # noqa: ARG004
        _tell(call, message)


class SettingsEffects(_Effects):
    """C6: what Capa confirmed is what counts."""

    @staticmethod
    def succeeded(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
        if not isinstance(result, WebhookSettings):
            raise TypeError("setting the webhook address succeeds with WebhookSettings")
        note_answer(call=call, actor=actor, at=at)
        account = ProviderAccount.objects.select_for_update().get(pk=call.account_id)
        account.webhook_url = result.url[:300]
        account.updated_at = at
        account.save(update_fields=["webhook_url", "updated_at"])
        record_event(
            action=AuditAction.WEBHOOK_SETTINGS_CHANGED,
            actor=actor,
            subject=account,
            at=at,
            details={"call": str(call.public_id), "url": account.webhook_url, "as_asked": result.url == call.argument},
        )


class ListEffects(_Effects):
    """C7: one page after the other, so that no call holds the lane for long."""

    @staticmethod
    def succeeded(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
        if not isinstance(result, NotificationPage):
            raise TypeError("listing deliveries succeeds with NotificationPage")
        note_answer(call=call, actor=actor, at=at)
        for item in result.items:
            _store(call, item, at)
        ProviderAccount.objects.filter(pk=call.account_id).update(notifications_read_at=at)
        start = page_start(call.argument)
        details = {"call": str(call.public_id), "from": start, "rows": len(result.items), "total": result.total}
        record_event(action=AuditAction.NOTIFICATIONS_READ, actor=actor, subject=call.account, at=at, details=details)
        after = start + PAGE_SIZE
        if result.items and after < min(result.total, MOST_ROWS):
            enqueue_call(
                account=call.account,
                operation=CallOperation.LIST_NOTIFICATIONS,
                actor=call.requested_by,
                at=at,
                argument=f"{SKIP}{after}",
            )


class DetailEffects(_Effects):
    """C8, and the evidence after a redelivery whose answer was lost (capa-partner 8, C9)."""

    @staticmethod
    def succeeded(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
        if not isinstance(result, Notification):
            raise TypeError("reading a delivery succeeds with Notification")
        note_answer(call=call, actor=actor, at=at)
        notification = _store(call, result, at)
        if result.payload is not None:
            seal(notification, "payload", json.dumps(result.payload, ensure_ascii=False), mask="sealed")
        notification.latest_error = result.latest_error[:300]
        lost = _last_redelivery(call)
        is_open = lost is not None and lost.status == CallStatus.UNKNOWN and notification.status == FAILED
        notification.problem = NOT_CONFIRMED if is_open else ""
        notification.save(update_fields=["payload", "latest_error", "problem"])
        record_event(
            action=AuditAction.NOTIFICATIONS_READ,
            actor=actor,
            subject=notification,
            at=at,
            details={"call": str(call.public_id), "status": notification.status},
        )


class RedeliveryEffects(_Effects):
    """C9. Never repeated by itself after a lost answer: the delivery is read, and a person decides."""

    @staticmethod
    def succeeded(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
        if not isinstance(result, Notification):
            raise TypeError("a redelivery succeeds with Notification")
        note_answer(call=call, actor=actor, at=at)
        notification = _of(call)
        if notification is None:
            return
        notification.status = result.status[:60] or QUEUED_AGAIN
        notification.retry_attempts = result.retry_attempts
        notification.manual_retry_count = max(notification.manual_retry_count, result.manual_retry_count)
        notification.problem = ""
        notification.save(update_fields=["status", "retry_attempts", "manual_retry_count", "problem"])
        record_event(
            action=AuditAction.NOTIFICATION_REDELIVERED,
            actor=actor,
            subject=notification,
            at=at,
            details={"call": str(call.public_id), "status": notification.status},
        )
        _read_again(call, at, not_before=at + LOOK_AFTER)

    @staticmethod
    def unknown(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:  # noqa: ARG004
        _tell(call, message)
        _read_again(call, at, not_before=at)


def _store(call: ProviderCall, item: Notification, at: dt.datetime) -> ProviderNotification:
    notification, _made = ProviderNotification.objects.update_or_create(
        account=call.account,
        provider_reference=item.id[:255],
        defaults={
            "status": item.status[:60],
            "event_type": item.event_type[:60],
            "retry_attempts": item.retry_attempts,
            "manual_retry_count": item.manual_retry_count,
            "provider_created_at": item.created_at[:60],
            "provider_updated_at": item.updated_at[:60],
            "read_at": at,
        },
    )
    return notification


def _of(call: ProviderCall) -> ProviderNotification | None:
    return (
        ProviderNotification.objects.select_for_update(of=("self",))
        .select_related("account")
        .filter(account_id=call.account_id, provider_reference=call.argument)
        .first()
    )


def _tell(call: ProviderCall, message: str) -> None:
    """Show it at the delivery that the call is about, where there is one."""
    if call.operation not in (CallOperation.GET_NOTIFICATION, CallOperation.RETRY_NOTIFICATION):
        return
    notification = _of(call)
    if notification is not None:
        notification.problem = message[:500]
        notification.save(update_fields=["problem"])


def _last_redelivery(call: ProviderCall) -> ProviderCall | None:
    calls = ProviderCall.objects.filter(
        account_id=call.account_id, operation=CallOperation.RETRY_NOTIFICATION, argument=call.argument
    )
    return calls.order_by("-id").first()


def _read_again(call: ProviderCall, at: dt.datetime, *, not_before: dt.datetime) -> None:
    enqueue_call(
        account=call.account,
        operation=CallOperation.GET_NOTIFICATION,
        actor=call.requested_by,
        at=at,
        not_before=not_before,
        argument=call.argument,
    )


EFFECTS: Mapping[CallOperation, Any] = {
    CallOperation.SET_WEBHOOK: SettingsEffects,
    CallOperation.LIST_NOTIFICATIONS: ListEffects,
    CallOperation.GET_NOTIFICATION: DetailEffects,
    CallOperation.RETRY_NOTIFICATION: RedeliveryEffects,
}
