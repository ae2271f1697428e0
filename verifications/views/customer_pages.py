"""What a customer sees of the portal: pages without sign-in, without names, and without a trace in a referrer.

Each is reached by an address that only the customer got. Whatever is wrong with it looks the same to everybody.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from verifications.services import kyc_links
from verifications.services.session_returns import LinkDead, customer_returned, hand_over, open_hosted_page

START_PAGES = {
    "open": ("session_start", 200),
    "used": ("session_used", 410),
    "ended": ("session_ended", 410),
    "unknown": ("address_unknown", 404),
}


def customer_page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page of ``templates/customer/`` with the headers that keep its address to the one who opened it."""
    return kept_private(render(request, f"customer/{template}.html", context, status=status))


def kept_private(response: HttpResponse) -> HttpResponse:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@login_not_required
@require_safe
def session_start(request: HttpRequest, token: str) -> HttpResponse:
    """What will happen, and the way on. Looking at it changes nothing, so a link preview does no harm."""
    page = hand_over(token=token, at=timezone.now())
    template, status = START_PAGES[page.state]
    return customer_page(request, template, {"page": page, "token": token}, status=status)


@login_not_required
@require_GET
def session_open(request: HttpRequest, token: str) -> HttpResponse:
    """The one step that uses the address up: on to the provider's page. A HEAD is no customer and burns nothing."""
    try:
        address = open_hosted_page(token=token, at=timezone.now())
    except LinkDead:
        page = hand_over(token=token, at=timezone.now())
        template, status = START_PAGES["ended" if page.state == "open" else page.state]
        return customer_page(request, template, {"page": page}, status=status)
    return kept_private(HttpResponseRedirect(address))


@login_not_required
@require_safe
def session_return(request: HttpRequest) -> HttpResponse:
    """The customer's browser comes back. It proves nothing and causes a look; the answer says nothing of anybody."""
    known = request.method == "GET" and customer_returned(
        state=request.GET.get("state", ""),
        session_reference=request.GET.get("sessionId", "")[:255],
        at=timezone.now(),
    )
    if known:
        return customer_page(request, "returned")
    return customer_page(request, "return_refused", status=400)


@login_not_required
@require_GET
def link_return(request: HttpRequest, token: str) -> HttpResponse:
    """The customer comes back from a link: the same words whoever it is, and nothing of the query is read."""
    known = kyc_links.customer_returned(token=token, at=timezone.now())
    return customer_page(request, "returned", status=200 if known else 400)
