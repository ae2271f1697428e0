"""Capa's webhook address and its record of deliveries: asked for here, answered in ``notification_outcomes``."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import AccountEnvironment, AuditAction, CallOperation, CallStatus, ProviderKind
from verifications.errors import DomainError, NotAllowed
from verifications.models import ProviderAccount, ProviderCall, ProviderNotification
from verifications.providers.addresses import bare_host, is_loopback
from verifications.services.audit import record_event
from verifications.services.call_queue import enqueue_call
from verifications.services.notification_calls import SKIP
from verifications.services.notification_outcomes import FAILED

MOST_REDELIVERIES = 3
"""Capa takes no more for one delivery (C9)."""
LONGEST_ADDRESS = 300


@transaction.atomic
def request_webhook_settings(*, account_id: int, url: str | None, actor: str, at: dt.datetime) -> ProviderCall:
    """Have Capa send its webhooks to this address, or none with ``None``. What waits for another address is dropped.

    Raises ``NotAllowed`` for an address that must not be one.
    """
    account = _account(account_id)
    address = (url or "").strip()
    if address:
        _check_address(address, account)
    waiting = ProviderCall.objects.filter(
        account=account, operation=CallOperation.SET_WEBHOOK, status=CallStatus.WAITING
    )
    keys = list(waiting.select_for_update(of=("self",)).values_list("pk", flat=True))
    ProviderCall.objects.filter(pk__in=keys).update(status=CallStatus.CANCELLED, finished_at=at)
    record_event(
        action=AuditAction.WEBHOOK_SETTINGS_REQUESTED, actor=actor, subject=account, at=at, details={"url": address}
    )
    return enqueue_call(account=account, operation=CallOperation.SET_WEBHOOK, actor=actor, at=at, argument=address)


@transaction.atomic
def request_notifications(*, account_id: int, actor: str, at: dt.datetime) -> ProviderCall:
    """Read the list of deliveries; a reading that is under way is returned instead of a second."""
    account = _account(account_id)
    waiting = _under_way(account, CallOperation.LIST_NOTIFICATIONS)
    if waiting is not None:
        return waiting
    record_event(action=AuditAction.NOTIFICATIONS_REQUESTED, actor=actor, subject=account, at=at)
    return enqueue_call(
        account=account, operation=CallOperation.LIST_NOTIFICATIONS, actor=actor, at=at, argument=f"{SKIP}0"
    )


@transaction.atomic
def request_notification(*, notification_id: int, actor: str, at: dt.datetime) -> ProviderCall:
    """Read one delivery with what was sent and what the last failure was."""
    notification = _notification(notification_id)
    waiting = _under_way(notification.account, CallOperation.GET_NOTIFICATION, notification.provider_reference)
    if waiting is not None:
        return waiting
    record_event(action=AuditAction.NOTIFICATIONS_REQUESTED, actor=actor, subject=notification, at=at)
    return enqueue_call(
        account=notification.account,
        operation=CallOperation.GET_NOTIFICATION,
        actor=actor,
        at=at,
        argument=notification.provider_reference,
    )


@transaction.atomic
def request_redelivery(*, notification_id: int, actor: str, at: dt.datetime) -> ProviderCall:
    """Have a failed delivery sent again; raises ``NotAllowed`` for any other, and after the third time."""
    notification = _notification(notification_id)
    waiting = _under_way(notification.account, CallOperation.RETRY_NOTIFICATION, notification.provider_reference)
    if waiting is not None:
        return waiting
    if notification.status != FAILED:
        raise NotAllowed(_("Capa repeats failed deliveries only. Nothing was asked for; read the list again."))
    if notification.manual_retry_count >= MOST_REDELIVERIES:
        raise NotAllowed(
            _("Capa has repeated this delivery three times and takes no more. Read the customer's details instead.")
        )
    record_event(action=AuditAction.NOTIFICATION_REDELIVERY_REQUESTED, actor=actor, subject=notification, at=at)
    return enqueue_call(
        account=notification.account,
        operation=CallOperation.RETRY_NOTIFICATION,
        actor=actor,
        at=at,
        argument=notification.provider_reference,
    )


def _account(account_id: int) -> ProviderAccount:
    """Locked: of two clicks the second sees what the first has asked for."""
    account = ProviderAccount.objects.select_for_update(no_key=True).filter(pk=account_id).first()
    if account is None:
        raise DomainError(_("This account does not exist."))
    if account.kind != ProviderKind.CAPA_PARTNER:
        raise NotAllowed(_("This account's provider sends no webhooks."))
    return account


def _notification(notification_id: int) -> ProviderNotification:
    notification = (
        ProviderNotification.objects.select_for_update(of=("self",))
        .select_related("account")
        .filter(pk=notification_id)
        .first()
    )
    if notification is None:
        raise DomainError(_("This delivery does not exist."))
    return notification


def _under_way(account: ProviderAccount, operation: CallOperation, argument: str | None = None) -> ProviderCall | None:
    calls = ProviderCall.objects.filter(
        account=account, operation=operation, status__in=[CallStatus.WAITING, CallStatus.SENDING]
    )
    return (calls if argument is None else calls.filter(argument=argument)).first()


def _check_address(address: str, account: ProviderAccount) -> None:
    """https and nothing secret in it. Plain http only where the stand-in runs, as for the account's base address."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise NotAllowed(_("The webhook address can't be read. Nothing was asked for.")) from error
    if not address.isascii() or not address.isprintable() or len(address) > LONGEST_ADDRESS:
        raise NotAllowed(
            _("The webhook address may have %(most)s plain characters. Nothing was asked for.")
            % {"most": LONGEST_ADDRESS}
        )
    if not host or parts.username or parts.password or parts.query or parts.fragment:
        raise NotAllowed(_("The webhook address is scheme, host and path only. Nothing was asked for."))
    on_this_machine = (
        is_loopback(bare_host(parts.netloc))
        and account.environment == AccountEnvironment.SANDBOX
        and not settings.IS_PRODUCTION
    )
    if parts.scheme != "https" and not (parts.scheme == "http" and on_this_machine):
        raise NotAllowed(_("The webhook address must be https. Nothing was asked for."))
