"""One function an operation on Capa's webhooks (capa-partner 5, C6 to C9): what to ask the client for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from verifications.enums import CallOperation
from verifications.errors import InvalidTransition
from verifications.models import ProviderCall
from verifications.providers.link_types import LinkClient, Notification, NotificationPage, WebhookSettings

PAGE_SIZE = 100
"""The most one answer of C7 may hold."""
MOST_ROWS = 500
"""The list is read this far back; what is older has long been settled."""
SKIP = "skip:"


def check_connection(_call: ProviderCall, client: LinkClient, _now: dt.datetime) -> NotificationPage:
    """Read one line of the delivery list: a 401 there speaks of the key and of nothing else (capa-partner 8)."""
    return client.list_notifications(limit=1)


def page_start(argument: str) -> int:
    """How many rows of the list come before the page that a call asks for."""
    text = argument.removeprefix(SKIP)
    return min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() else 0


def _set_webhook(call: ProviderCall, client: LinkClient, _now: dt.datetime) -> WebhookSettings:
    """C6; a retry of what a later wish has replaced must not undo that wish."""
    wishes = ProviderCall.objects.filter(account_id=call.account_id, operation=call.operation, previous__isnull=True)
    latest = wishes.order_by("-id").values_list("argument", flat=True).first()
    if latest is not None and latest != call.argument:
        raise InvalidTransition("Another webhook address was asked for since. This one was not sent.")
    return client.set_webhook(call.argument or None)


def _list_notifications(call: ProviderCall, client: LinkClient, _now: dt.datetime) -> NotificationPage:
    return client.list_notifications(skip=page_start(call.argument), limit=PAGE_SIZE)


def _get_notification(call: ProviderCall, client: LinkClient, _now: dt.datetime) -> Notification:
    return client.get_notification(call.argument)


def _retry_notification(call: ProviderCall, client: LinkClient, _now: dt.datetime) -> Notification:
    return client.retry_notification(call.argument)


OPERATIONS: Mapping[CallOperation, Callable[[ProviderCall, Any, dt.datetime], object]] = {
    CallOperation.SET_WEBHOOK: _set_webhook,
    CallOperation.LIST_NOTIFICATIONS: _list_notifications,
    CallOperation.GET_NOTIFICATION: _get_notification,
    CallOperation.RETRY_NOTIFICATION: _retry_notification,
}
