"""Verification links: the list, a new one, and the page of one."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from verifications.enums import (
    AccessAction,
    LinkKind,
    LinkStatus,
)
from verifications.errors import DomainError, PreflightFailed
from verifications.forms.kyc_links import APP, LinkForm
from verifications.models import Customer
from verifications.providers.link_types import COUNTRIES
from verifications.selectors.countries import country_choices
from verifications.selectors.keys import search_hash
from verifications.selectors.kyc_links import (
    link_accounts,
    links_for_list,
    open_link_verification,
)
from verifications.selectors.search import find_customers
from verifications.selectors.status import LINK_LOOKS
from verifications.services.audit import record_access
from verifications.services.kyc_links import request_link
from verifications.views.access import FORM_METHODS, actor_of, needs
from verifications.views.rows import expiry_label

NEWEST_CUSTOMERS = 8


@require_safe
@needs("view_kyclink")
def kyc_link_list(request: HttpRequest) -> HttpResponse:
    """Newest first; filters live in the address."""
    now = timezone.now()
    chosen = {name: request.GET.get(name, "")[:40] for name in ("status", "kind", "account", "country")}
    page = links_for_list(
        **chosen | {"account": _uuid_or_nobody(chosen["account"])}, token=request.GET.get("after", "")
    )
    context = {
        "page": page,
        "rows": [(link, LINK_LOOKS[link.status], expiry_label(link, now)) for link in page.rows],
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "statuses": LinkStatus.choices,
        "kinds": LinkKind.choices,
        "accounts": list(link_accounts()),
        "countries": country_choices(COUNTRIES),
    }
    return render(request, "verifications/kyc_link_list.html", context)


@require_http_methods(FORM_METHODS)
@needs("add_kyclink")
def kyc_link_start(request: HttpRequest) -> HttpResponse:
    """Choose the customer first. What is searched for travels in the body, and the search is an access event."""
    query = request.POST.get("q", "").strip()[:200]
    found: list[Customer] = []
    if query:
        found = find_customers(query)
        with transaction.atomic():
            record_access(
                action=AccessAction.SEARCHED,
                actor=actor_of(request),
                subject=None,
                at=timezone.now(),
                details={"hits": len(found), "query_hash": search_hash(query, purpose="query")[:16]},
            )
    newest = [] if query else list(Customer.objects.order_by("-id")[:NEWEST_CUSTOMERS])
    empty = request.method == "POST" and not query
    context = {"query": query, "found": found, "newest": newest, "problem": _("Type a name or an id.") if empty else ""}
    return render(request, "verifications/kyc_link_start.html", context, status=422 if empty else 200)


@require_http_methods(FORM_METHODS)
@needs("add_kyclink")
def kyc_link_create(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    customer = get_object_or_404(Customer, public_id=public_id)
    form = LinkForm(request.POST or None, customer=customer)
    if request.method == "POST" and form.is_valid():
        try:
            link = request_link(
                customer_id=customer.pk,
                account_id=form.cleaned_data["account"].pk,
                data=form.link_data(),
                actor=actor_of(request),
                at=timezone.now(),
            )
        except PreflightFailed as error:
            for problem in error.problems:
                name = problem.field if problem.field in form.fields else None
                form.add_error(name, f"{problem.message} ({problem.rule})")
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect(f"{link.get_absolute_url()}?new=1")
    context = {
        "form": form,
        "customer": customer,
        "kind": LinkKind.KYB if customer.kind == "BUSINESS" else LinkKind.KYC,
        "under_way": open_link_verification(customer),
        "app_chosen": form["way_back"].value() == APP if "way_back" in form.fields else False,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "verifications/kyc_link_create.html", context, status=status)


def _uuid_or_nobody(text: str) -> str:
    """An address that names no account shows none: the nil id belongs to nobody."""
    if not text:
        return ""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.UUID(int=0))
