"""Provider accounts, their connection test and switch; and one provider call in detail."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from verifications.enums import CallOperation, CallStatus, ProviderKind
from verifications.errors import DomainError
from verifications.forms.account_fields import AccountForm
from verifications.forms.provider_accounts import account_form
from verifications.models import ProviderAccount, ProviderToken
from verifications.providers.registry import PROVIDERS, definition
from verifications.selectors.paging import capped_count
from verifications.selectors.records import accounts_for_list, pipelined_after
from verifications.selectors.status import CALL_LOOKS
from verifications.selectors.webhooks import is_busy, last_call, webhook_summary
from verifications.services.provider_accounts import (
    account_options,
    change_account,
    create_account,
    request_connection_check,
    resume_account,
    set_account_enabled,
)
from verifications.views.access import FORM_METHODS, actor_of, needs
from verifications.views.account_state import account_state
from verifications.views.notifications import webhook_address


@require_safe
@needs("view_provideraccount")
def provider_account_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    rows = [(account, account_state(account, now=now)) for account in accounts_for_list()]
    return render(request, "verifications/provider_account_list.html", {"rows": rows})


@require_safe
@needs("view_provideraccount")
def provider_account_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    account = get_object_or_404(ProviderAccount, public_id=public_id)
    calls = list(account.calls.order_by("-id")[:25])
    waiting = account.calls.filter(status=CallStatus.WAITING)
    provider = definition(account.kind)
    context = {
        "account": account,
        "state": account_state(account, now=timezone.now()),
        "options": account_options(account),
        "provider": provider,
        "unconfirmed": [name for name in provider.verification_types if name not in provider.confirmed_types],
        "calls": [(call, CALL_LOOKS[call.status]) for call in calls],
        "waiting": capped_count(waiting),
        "checking": is_busy(account, CallOperation.CHECK_CONNECTION),
    }
    context["is_moving"] = context["checking"] or account.circuit_until is not None
    if account.kind == ProviderKind.CAPA_PARTNER:
        context |= _webhooks(account)
    elif account.kind == ProviderKind.TRANSMIT_VERIFY:
        context |= {
            "token": ProviderToken.objects.filter(account=account).first(),
            "last_fetch": last_call(account, CallOperation.FETCH_TOKEN),
            "now": timezone.now(),
        }
    elif account.options.get("pipelined"):
        context["pipelined_after"] = pipelined_after(account, now=timezone.now())
    partial = request.headers.get("HX-Request") == "true"
    name = "_provider_account_live.html" if partial else "provider_account_detail.html"
    return render(request, f"verifications/{name}", context)


@require_http_methods(FORM_METHODS)
@needs("add_provideraccount")
def provider_account_create(request: HttpRequest) -> HttpResponse:
    """The fields follow the kind: from the address until it is sent, from the form afterwards."""
    kind = request.POST.get("kind", "") or request.GET.get("kind", "")
    form_class = account_form(kind)
    initial = {"kind": kind} if kind in PROVIDERS else {}
    if initial and not form_class.ADDRESSES:
        initial["base_url"] = PROVIDERS[kind].default_base_url
    form = form_class(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            account = create_account(data=form.account_data(), actor=actor_of(request), at=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Account created. Next: test the connection."))
            return redirect(account)
    return _form_page(request, form, None)


@require_http_methods(FORM_METHODS)
@needs("change_provideraccount")
def provider_account_edit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    account = get_object_or_404(ProviderAccount, public_id=public_id)
    form = account_form(account.kind)(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        try:
            change_account(account_id=account.pk, data=form.account_data(), actor=actor_of(request), at=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Account saved. Test the connection to be sure."))
            return redirect(account)
    return _form_page(request, form, account)


@require_POST
@needs("check_provideraccount")
def provider_account_check(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    account = get_object_or_404(ProviderAccount, public_id=public_id)
    request_connection_check(account_id=account.pk, actor=actor_of(request), at=timezone.now())
    messages.info(request, _("Testing the connection. The result appears here in a moment."))
    return redirect(account)


@require_POST
@needs("change_provideraccount")
def provider_account_switch(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Off: nothing is sent to this account, waiting calls stay waiting. On: they go out."""
    account = get_object_or_404(ProviderAccount, public_id=public_id)
    enabled = request.POST.get("enabled") == "1"
    set_account_enabled(account_id=account.pk, enabled=enabled, actor=actor_of(request), at=timezone.now())
    done = _("%(name)s is on.") if enabled else _("%(name)s is off: what waits stays waiting.")
    messages.success(request, done % {"name": account.name})
    if request.POST.get("back") == "delivery":
        return redirect("verifications:delivery_overview")
    return redirect(account)


@require_POST
@needs("change_provideraccount")
def provider_account_resume(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    account = get_object_or_404(ProviderAccount, public_id=public_id)
    resume_account(account_id=account.pk, actor=actor_of(request), at=timezone.now())
    messages.success(request, _("Calls go out again."))
    return redirect(account)


def _webhooks(account: ProviderAccount) -> dict[str, object]:
    """The card about Capa's webhooks: where they go, what Capa confirmed, what came in."""
    setting = last_call(account, CallOperation.SET_WEBHOOK)
    is_setting = account.may_send and is_busy(account, CallOperation.SET_WEBHOOK)
    return {
        "webhooks": webhook_summary(account),
        "webhook_address": webhook_address(account),
        "webhook_setting": setting,
        "webhook_is_setting": is_setting,
        "is_moving": is_setting
        or account.circuit_until is not None
        or is_busy(account, CallOperation.CHECK_CONNECTION),
    }


def _form_page(request: HttpRequest, form: AccountForm, account: ProviderAccount | None) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    chosen = str(form["kind"].value() or ProviderKind.KRAKEN_EMBED)
    context = {"form": form, "account": account, "kinds": ProviderKind.choices, "chosen": chosen}
    return render(request, "verifications/provider_account_form.html", context, status=status)
