"""What an administrator does with a verification link: one POST a step, each audited by its service."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from verifications.enums import VerificationMethod
from verifications.errors import DomainError, PreflightFailed
from verifications.forms.kyc_links import AdoptUserForm, LinkMailForm
from verifications.models import KycLink, Verification
from verifications.qr import qr_picture
from verifications.services.kyc_links import (
    adopt_provider_user,
    cancel_link,
    link_address,
    renew_link,
    request_details_read,
    send_link,
)
from verifications.views.access import actor_of, needs
from verifications.views.link_page import link_page

LONGEST_IN_A_QR_CODE = 1500
NO_LINK = gettext_lazy("There is no link yet. It appears here as soon as Capa has made it.")


@require_POST
@needs("change_kyclink")
def kyc_link_address(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The customer's address with its QR code; asked for by htmx the card's part, else the whole page."""
    verification = _get(public_id)
    link = _latest(verification)
    address, problem, status = "", "", 200
    try:
        if link is None:
            raise DomainError(str(NO_LINK))
        address = link_address(link_id=link.pk, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        problem, status = str(error), 422
    context = {
        "verification": verification,
        "customer": verification.customer,
        "address": address,
        "problem": problem,
        "qr": qr_picture(address) if 0 < len(address) <= LONGEST_IN_A_QR_CODE else None,
        "link": link,
    }
    is_partial = request.headers.get("HX-Request") == "true"
    template = "_kyc_link_address.html" if is_partial else "kyc_link_address.html"
    return render(request, f"verifications/{template}", context, status=status)


@require_POST
@needs("send_kyclink")
def kyc_link_send(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The e-mail with the link. What was typed is kept when it can't be sent."""
    verification = _get(public_id)
    link = _latest(verification)
    form = LinkMailForm(request.POST)
    if link is None:
        messages.error(request, NO_LINK)
        return redirect(verification)
    if form.is_valid():
        try:
            send_link(link_id=link.pk, **form.cleaned_data, actor=actor_of(request), at=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Sent to the customer's e-mail address."))
            return redirect(verification)
    return link_page(request, verification, mail=form, status=422)


@require_POST
@needs("change_kyclink")
def kyc_link_renew(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    verification = _get(public_id)
    try:
        renew_link(verification_id=verification.pk, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(verification)
    messages.success(request, _("A new link is being made. The earlier one is marked as replaced."))
    return redirect(f"{verification.get_absolute_url()}?new=1")


@require_POST
@needs("change_kyclink")
def kyc_link_cancel(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    def cancel(verification: Verification) -> None:
        cancel_link(verification_id=verification.pk, actor=actor_of(request), at=timezone.now())

    return _act(request, public_id, cancel, _("Cancelled. The link is no longer handed out."))


@require_POST
@needs("change_kyclink")
def kyc_link_read(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    def read(verification: Verification) -> None:
        link = _latest(verification)
        if link is None:
            raise DomainError(str(NO_LINK))
        request_details_read(link_id=link.pk, actor=actor_of(request), at=timezone.now())

    return _act(request, public_id, read, _("Reading the details at Capa."))


@require_POST
@needs("change_provideruser")
def kyc_link_adopt(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The user's id from Capa's support, after the answer with it was lost."""
    verification = _get(public_id)
    form = AdoptUserForm(request.POST)
    if verification.provider_user_id is None:
        messages.error(request, _("This verification has no user at Capa."))
        return redirect(verification)
    if form.is_valid():
        try:
            adopt_provider_user(
                provider_user_id=verification.provider_user_id,
                provider_reference=form.cleaned_data["provider_reference"],
                actor=actor_of(request),
                at=timezone.now(),
            )
        except PreflightFailed as error:
            form.add_error("provider_reference", error.problems[0].message)
        except DomainError as error:
            form.add_error("provider_reference", str(error))
        else:
            messages.success(request, _("The user is known now; the link is asked for at once."))
            return redirect(verification)
    return link_page(request, verification, adopt=form, status=422)


def _act(request: HttpRequest, public_id: uuid.UUID, step: Callable[[Verification], Any], done: str) -> HttpResponse:
    verification = _get(public_id)
    try:
        step(verification)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(verification)


def _latest(verification: Verification) -> KycLink | None:
    return verification.links.order_by("-id").first()


def _get(public_id: uuid.UUID) -> Verification:
    verifications = Verification.objects.select_related("customer", "account", "provider_user", "case")
    return get_object_or_404(verifications, public_id=public_id, method=VerificationMethod.LINK)
