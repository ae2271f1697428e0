"""Provider accounts, their connection test and switch; and one provider call in detail."""

from __future__ import annotations

import json
import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from verifications.enums import CallStatus, ProviderKind
from verifications.errors import DomainError
from verifications.forms.provider_accounts import ProviderAccountForm
from verifications.models import ProviderAccount, ProviderCall
from verifications.providers.registry import PROVIDERS, definition
from verifications.selectors.paging import capped_count
from verifications.selectors.records import accounts_for_list
from verifications.selectors.status import CALL_LOOKS
from verifications.services.provider_accounts import (
    account_options,
    change_account,
    create_account,
    request_connection_check,
    resume_account,
    set_account_enabled,
)
from verifications.views.access import FORM_METHODS, actor_of, needs


@require_safe
@needs("view_provideraccount")
def provider_account_list(request: HttpRequest) -> HttpResponse:
    return render(request, "verifications/provider_account_list.html", {"accounts": list(accounts_for_list())})


@require_safe
@needs("view_provideraccount")
def provider_account_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    account = get_object_or_404(ProviderAccount, public_id=public_id)
    calls = list(account.calls.order_by("-id")[:25])
    waiting = account.calls.filter(status=CallStatus.WAITING)
    provider = definition(account.kind)
    context = {
        "account": account,
        "options": account_options(account),
        "provider": provider,
        "unconfirmed": [name for name in provider.verification_types if name not in provider.confirmed_types],
        "calls": [(call, CALL_LOOKS[call.status]) for call in calls],
        "waiting": capped_count(waiting),
        "checking": account.calls.filter(
            operation="CHECK_CONNECTION", status__in=[CallStatus.WAITING, CallStatus.SENDING]
        ).exists(),
    }
    partial = request.headers.get("HX-Request") == "true"
    name = "_provider_account_live.html" if partial else "provider_account_detail.html"
    return render(request, f"verifications/{name}", context)


@require_http_methods(FORM_METHODS)
@needs("add_provideraccount")
def provider_account_create(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    initial = {"kind": kind, "base_url": PROVIDERS[kind].default_base_url} if kind in PROVIDERS else {}
    form = ProviderAccountForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            account = create_account(data=form.account_data(), actor=actor_of(request), at=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Account created. Next: test the connection.")
            return redirect(account)
    return _form_page(request, form, None)


@require_http_methods(FORM_METHODS)
@needs("change_provideraccount")
def provider_account_edit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    account = get_object_or_404(ProviderAccount, public_id=public_id)
    form = ProviderAccountForm(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        try:
            change_account(account_id=account.pk, data=form.account_data(), actor=actor_of(request), at=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Account saved. Test the connection to be sure.")
            return redirect(account)
    return _form_page(request, form, account)


@require_POST
@needs("check_provideraccount")
def provider_account_check(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    account = get_object_or_404(ProviderAccount, public_id=public_id)
    request_connection_check(account_id=account.pk, actor=actor_of(request), at=timezone.now())
    messages.info(request, "Testing the connection. The result appears here in a moment.")
    return redirect(account)


@require_POST
@needs("change_provideraccount")
def provider_account_switch(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Off: nothing is sent to this account, waiting calls stay waiting. On: they go out."""
    account = get_object_or_404(ProviderAccount, public_id=public_id)
    enabled = request.POST.get("enabled") == "1"
    set_account_enabled(account_id=account.pk, enabled=enabled, actor=actor_of(request), at=timezone.now())
    messages.success(request, f"{account.name} is {'on' if enabled else 'off: what waits stays waiting'}.")
    return redirect(account)


@require_POST
@needs("change_provideraccount")
def provider_account_resume(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    account = get_object_or_404(ProviderAccount, public_id=public_id)
    resume_account(account_id=account.pk, actor=actor_of(request), at=timezone.now())
    messages.success(request, "Calls go out again.")
    return redirect(account)


@require_safe
@needs("view_providercall")
def provider_call_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One try, as the ledger has it: what was sent (redacted), hash, nonce, times, what came back (redacted)."""
    call = get_object_or_404(
        ProviderCall.objects.select_related("account", "verification__customer", "provider_user__customer", "previous"),
        public_id=public_id,
    )
    context = {
        "call": call,
        "look": CALL_LOOKS[call.status],
        "customer": call.customer,
        "request_json": _pretty(call.request_redacted),
        "answer_json": _pretty(call.answer_redacted),
        "next_call": ProviderCall.objects.filter(previous=call).first(),
    }
    return render(request, "verifications/provider_call_detail.html", context)


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) if value else ""


def _form_page(request: HttpRequest, form: ProviderAccountForm, account: ProviderAccount | None) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, "account": account, "kinds": ProviderKind.choices}
    return render(request, "verifications/provider_account_form.html", context, status=status)
