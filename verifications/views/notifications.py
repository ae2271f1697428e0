"""Capa's webhooks from the portal's side: the address they go to, and Capa's own record of its deliveries."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from verifications.enums import NOTIFICATION_OPERATIONS, CallOperation, ProviderKind
from verifications.errors import DomainError
from verifications.models import ProviderAccount, ProviderNotification
from verifications.selectors.status import CALL_LOOKS, NOTIFICATION_LOOKS, NOTIFICATION_STATES, UNKNOWN_LOOK
from verifications.selectors.webhooks import is_busy, last_call, notifications_for_list
from verifications.services.notification_outcomes import FAILED
from verifications.services.notifications import (
    MOST_REDELIVERIES,
    request_notification,
    request_notifications,
    request_redelivery,
    request_webhook_settings,
)
from verifications.views.access import actor_of, needs


def webhook_address(account: ProviderAccount) -> str:
    """Where Capa is to deliver; the address says nothing that a stranger could use."""
    return f"{settings.PUBLIC_URL}{reverse('verifications:webhook_capa', args=[account.public_id])}"


@require_POST
@needs("change_provideraccount")
def provider_account_webhook(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Have Capa deliver to the portal, or to nobody. It counts once Capa has confirmed it."""
    account = _account(public_id)
    is_on = request.POST.get("on") == "1"
    try:
        request_webhook_settings(
            account_id=account.pk,
            url=webhook_address(account) if is_on else None,
            actor=actor_of(request),
            at=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Asked Capa to deliver here.") if is_on else _("Asked Capa to deliver nowhere."))
    return redirect(account)


@require_safe
@needs("view_receivedwebhook")
def notification_list(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Capa's own list of deliveries as it was last read; asked for by htmx, only the part that moves."""
    account = _account(public_id)
    status = request.GET.get("status", "")[:60]
    page = notifications_for_list(account, status=status, token=request.GET.get("after", ""))
    context = {
        "account": account,
        "page": page,
        "rows": [
            (row, NOTIFICATION_LOOKS.get(row.status, UNKNOWN_LOOK), _may_redeliver(row))
            for row in sorted(page.rows, key=lambda row: row.provider_created_at, reverse=True)
        ],
        "status": status,
        "states": NOTIFICATION_STATES,
        "is_reading": account.may_send and is_busy(account, *NOTIFICATION_OPERATIONS),
        "last_call": last_call(account, CallOperation.LIST_NOTIFICATIONS),
        "most": MOST_REDELIVERIES,
    }
    name = "_notifications_live.html" if request.headers.get("HX-Request") == "true" else "notification_list.html"
    return render(request, f"verifications/{name}", context)


@require_safe
@needs("view_receivedwebhook")
def notification_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    notification = _notification(public_id)
    calls = notification.account.calls.filter(argument=notification.provider_reference).order_by("-id")[:25]
    context = {
        "notification": notification,
        "account": notification.account,
        "look": NOTIFICATION_LOOKS.get(notification.status, UNKNOWN_LOOK),
        "may_redeliver": _may_redeliver(notification),
        "payload_url": reverse("verifications:value_reveal", args=["delivery", notification.public_id, "payload"]),
        "calls": [(call, CALL_LOOKS[call.status]) for call in calls],
        "is_reading": notification.account.may_send and is_busy(notification.account, *NOTIFICATION_OPERATIONS),
        "most": MOST_REDELIVERIES,
    }
    name = "_notification_live.html" if request.headers.get("HX-Request") == "true" else "notification_detail.html"
    return render(request, f"verifications/{name}", context)


@require_POST
@needs("check_provideraccount")
def notification_refresh(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    account = _account(public_id)

    def refresh() -> None:
        request_notifications(account_id=account.pk, actor=actor_of(request), at=timezone.now())

    _try(request, refresh, _("Reading Capa's list."))
    return redirect("verifications:notification_list", account.public_id)


@require_POST
@needs("check_provideraccount")
def notification_read(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _about_one(request, public_id, request_notification, _("Reading this delivery at Capa."))


@require_POST
@needs("change_provideraccount")
def notification_redeliver(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _about_one(request, public_id, request_redelivery, _("Asked Capa to deliver it again."))


def _about_one(request: HttpRequest, public_id: uuid.UUID, service: Callable[..., Any], done: str) -> HttpResponse:
    notification = _notification(public_id)

    def ask() -> None:
        service(notification_id=notification.pk, actor=actor_of(request), at=timezone.now())

    _try(request, ask, done)
    return redirect("verifications:notification_detail", notification.public_id)


def _try(request: HttpRequest, step: Callable[[], None], done: str) -> None:
    try:
        step()
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)


def _may_redeliver(notification: ProviderNotification) -> bool:
    return notification.status == FAILED and notification.manual_retry_count < MOST_REDELIVERIES


def _account(public_id: uuid.UUID) -> ProviderAccount:
    return get_object_or_404(ProviderAccount, public_id=public_id, kind=ProviderKind.CAPA_PARTNER)


def _notification(public_id: uuid.UUID) -> ProviderNotification:
    return get_object_or_404(ProviderNotification.objects.select_related("account"), public_id=public_id)
