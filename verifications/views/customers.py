"""Customers: list, page, form; and the customer's users at providers."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from verifications.enums import AccessAction, CustomerKind, ProviderUserStatus, RevealPurpose
from verifications.errors import DomainError, PreflightFailed
from verifications.forms.customers import CustomerForm, ProviderUserForm
from verifications.forms.fields import SIGNED_KINDS
from verifications.models import Customer, ProviderUser
from verifications.selectors.case_page import customer_values
from verifications.selectors.records import customers_for_list, timeline_of
from verifications.selectors.sessions import accounts_that_may_send
from verifications.selectors.status import USER_LOOKS, VERIFICATION_LOOKS
from verifications.selectors.timeline import timeline_lines
from verifications.services.audit import record_access
from verifications.services.customers import change_customer, create_customer, customer_data
from verifications.services.provider_users import (
    create_provider_user,
    link_provider_user,
    request_profile_update,
    request_status_read,
)
from verifications.services.sealed_values import sealed_columns
from verifications.views.access import FORM_METHODS, actor_of, needs

FIELD_OF_PROFILE = {
    "full_name.first_name": gettext_lazy("first name"),
    "full_name.last_name": gettext_lazy("last name"),
    "residence.line1": gettext_lazy("street and number"),
    "residence.postal_code": gettext_lazy("postal code"),
    "residence.city": gettext_lazy("city"),
    "residence.country": gettext_lazy("country of residence"),
}


@require_safe
@needs("view_customer")
def customer_list(request: HttpRequest) -> HttpResponse:
    page = customers_for_list(token=request.GET.get("after", ""))
    return render(request, "verifications/customer_list.html", {"page": page})


@require_safe
@needs("view_customer")
def customer_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    customer = get_object_or_404(Customer, public_id=public_id)
    users = list(customer.provider_users.select_related("account").order_by("-id"))
    verifications = list(customer.verifications.select_related("account").order_by("-id")[:50])
    context = {
        "customer": customer,
        "values": customer_values(customer),
        "users": [(user, USER_LOOKS[user.status]) for user in users],
        "verifications": [(row, VERIFICATION_LOOKS[row.status]) for row in verifications],
        "cases": list(customer.cases.order_by("-id")[:20]),
        "timeline": timeline_lines(timeline_of(customer)),
        "may_have_session": customer.kind == CustomerKind.INDIVIDUAL and bool(accounts_that_may_send()),
        "may_verify": any(
            user.status == ProviderUserStatus.LINKED and user.account.kind in SIGNED_KINDS for user in users
        ),
        "link_kind": "KYB" if customer.kind == CustomerKind.BUSINESS else "KYC",
        "is_moving": any(user.status == ProviderUserStatus.WAITING for user in users),
    }
    context["is_partial"] = partial = request.headers.get("HX-Request") == "true"
    return render(
        request, "verifications/_customer_live.html" if partial else "verifications/customer_detail.html", context
    )


@require_http_methods(FORM_METHODS)
@needs("add_customer")
def customer_create(request: HttpRequest) -> HttpResponse:
    form = CustomerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            customer = create_customer(data=form.customer_data(), actor=actor_of(request), at=timezone.now())
        except DomainError as error:
            form.add_error("reference", str(error))
        else:
            messages.success(request, _("Customer created. Next: link or create the customer's user at a provider."))
            return redirect(customer)
    return _form_page(request, form, customer=None)


@require_http_methods(FORM_METHODS)
@needs("change_customer")
def customer_edit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The form shows sealed values in clear so that they can be corrected; each one shown is an access event."""
    customer = get_object_or_404(Customer, public_id=public_id)
    if request.method == "POST":
        form = CustomerForm(request.POST)
        if form.is_valid():
            try:
                change_customer(
                    customer_id=customer.pk, data=form.customer_data(), actor=actor_of(request), at=timezone.now()
                )
            except DomainError as error:
                form.add_error("reference", str(error))
            else:
                messages.success(request, _("Customer saved."))
                return redirect(customer)
    else:
        with transaction.atomic():
            record_values_shown(request, customer)
            form = CustomerForm(initial=CustomerForm.initial_of(customer_data(customer)))
    return _form_page(request, form, customer=customer)


@require_http_methods(FORM_METHODS)
@needs("add_provideruser")
def provider_user_add(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    customer = get_object_or_404(Customer, public_id=public_id)
    form = ProviderUserForm(request.POST or None, customer=customer)
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        problems = _add_provider_user(request, customer, form)
        if not problems and form.is_valid():
            messages.success(request, _("Asked the provider. The user appears as linked as soon as it answers."))
            return redirect(customer)
    status = 422 if problems or (form.is_bound and form.errors) else 200
    context = {"customer": customer, "form": form, "problems": problems}
    return render(request, "verifications/provider_user_form.html", context, status=status)


@require_POST
@needs("change_provideruser")
def provider_user_read(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _ask(request, public_id, request_status_read, _("Reading the status at the provider."))


@require_POST
@needs("change_provideruser")
def provider_user_update(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _ask(
        request, public_id, request_profile_update, _("Sending the customer's present profile to the provider.")
    )


def record_values_shown(request: HttpRequest, record: Any) -> None:
    """One access event for every sealed value an edit form shows. Call it in a transaction."""
    for field in sealed_columns(type(record)):
        if getattr(record, field) is not None:
            record_access(
                action=AccessAction.VALUE_REVEALED,
                actor=actor_of(request),
                subject=record,
                at=timezone.now(),
                purpose=RevealPurpose.DATA_ENTRY,
                field=field,
            )


def _add_provider_user(request: HttpRequest, customer: Customer, form: ProviderUserForm) -> list[str]:
    """Ask for the user; returns the profile's problems in words, and puts the id's onto the form."""
    chosen, actor, now = form.cleaned_data, actor_of(request), timezone.now()
    try:
        if chosen["way"] == ProviderUserForm.LINK:
            link_provider_user(
                customer_id=customer.pk,
                account_id=chosen["account"].pk,
                provider_reference=chosen["provider_reference"],
                actor=actor,
                at=now,
            )
        else:
            create_provider_user(
                customer_id=customer.pk,
                account_id=chosen["account"].pk,
                headless=chosen["way"] == ProviderUserForm.HEADLESS,
                actor=actor,
                at=now,
            )
    except PreflightFailed as error:
        if chosen["way"] == ProviderUserForm.LINK:
            form.add_error("provider_reference", error.problems[0].message)
            return []
        return [
            f"{str(FIELD_OF_PROFILE.get(problem.field, problem.field.replace('_', ' '))).capitalize()}: "
            f"{problem.message} ({problem.rule})"
            for problem in error.problems
        ]
    except DomainError as error:
        form.add_error(None, str(error))
    return []


def _ask(request: HttpRequest, public_id: uuid.UUID, service: Any, done: str) -> HttpResponse:
    user = get_object_or_404(ProviderUser.objects.select_related("customer"), public_id=public_id)
    try:
        service(provider_user_id=user.pk, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(user.customer)


def _form_page(request: HttpRequest, form: CustomerForm, *, customer: Customer | None) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "verifications/customer_form.html", {"form": form, "customer": customer}, status=status)
