"""Who looked at what: one's own looks, and everybody's at one customer."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from verifications.models import Customer
from verifications.selectors.looks import (
    LOOK_KINDS,
    MOST_COUNTED,
    lookers_of,
    looks_at,
    names_of,
    own_looks,
)
from verifications.selectors.records import as_uuid
from verifications.views.access import actor_of, needs
from verifications.views.reports import record_look

NOBODY = uuid.UUID(int=0)
KINDS = [(name, words) for name, (words, _actions) in LOOK_KINDS.items()]


@require_safe
@needs("reveal_sealed_value")
def my_looks(request: HttpRequest) -> HttpResponse:
    """What the person signed in looked at, and nobody else's looks."""
    chosen = _chosen(request, "customer")
    customer = (as_uuid(chosen["customer"]) or NOBODY) if chosen["customer"] else None
    page = own_looks(actor_of(request), kind=chosen["kind"], customer=customer, token=request.GET.get("after", ""))
    names = names_of(page.rows)
    context = {
        "page": page,
        "rows": [(look, names.get(look.customer_id, "")) for look in page.rows],
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "kinds": KINDS,
    }
    return render(request, "verifications/my_looks.html", context)


@require_safe
@needs("view_accessevent")
def customer_looks(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who saw this customer: people with numbers, then each look. Opening it is itself a look at the customer."""
    customer = get_object_or_404(Customer, public_id=public_id)
    chosen = _chosen(request, "person")
    token = request.GET.get("after", "")
    page = looks_at(customer, kind=chosen["kind"], actor=chosen["person"], token=token)
    context = {
        "customer": customer,
        "found": lookers_of(customer),
        "most_counted": MOST_COUNTED,
        "page": page,
        "rows": [(look, "") for look in page.rows],
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "kinds": KINDS,
    }
    record_look(request, "who saw this customer", ("person", "kind"), subject=customer)
    return render(request, "verifications/customer_looks.html", context)


def _chosen(request: HttpRequest, who: str) -> dict[str, str]:
    kind = request.GET.get("kind", "")
    return {"kind": kind if kind in LOOK_KINDS else "", who: request.GET.get(who, "").strip()[:100]}
