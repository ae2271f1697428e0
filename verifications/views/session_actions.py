"""What an administrator does with a session: one POST a step, each audited by its service."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from verifications.enums import DocumentSlot
from verifications.errors import DomainError, PreflightFailed
from verifications.forms.fields import CONTROL
from verifications.models import VerificationSession
from verifications.qr import qr_picture
from verifications.services.session_images import send_next_image
from verifications.services.sessions import (
    cancel_session,
    handover_address,
    renew_session,
    request_consent_read,
    request_deletion,
    request_images,
    request_result_read,
    submit_session,
)
from verifications.views.access import actor_of, needs
from verifications.views.sessions import session_detail

ADDRESS_TEMPLATE = "verifications/_session_address.html"


@require_POST
@needs("change_verificationsession")
def session_submit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Send a draft with its pictures; what is missing is named next to its slot."""
    session = _get(public_id)
    try:
        submit_session(verification_id=session.verification_id, actor=actor_of(request), at=timezone.now())
    except PreflightFailed as error:
        by_slot: dict[str, list[str]] = {}
        for problem in error.problems:
            slot = problem.field if problem.field in DocumentSlot.values else ""
            by_slot.setdefault(slot, []).append(f"{problem.message} ({problem.rule})")
        return session_detail(request, session.verification, problems=by_slot, status=422)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("On its way. Each picture is sent as the provider asks for it."))
    return redirect(session)


@require_POST
@needs("add_verificationsession")
def session_renew(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A new session in place of the one the customer could not finish."""
    session = _get(public_id)
    try:
        new = renew_session(verification_id=session.verification_id, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(session)
    messages.success(request, _("A new session is being made. The address from before no longer works."))
    return redirect(f"{new.get_absolute_url()}?new=1")


@require_POST
@needs("change_verificationsession")
def session_cancel(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    session = _get(public_id)
    done = _("Cancelled. The customer's address no longer works.")
    return _act(request, session, cancel_session, done, verification_id=session.verification_id)


@require_POST
@needs("change_verificationsession")
def session_read(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    session = _get(public_id)
    return _act(request, session, request_result_read, _("Reading the result at the provider."), session_id=session.pk)


@require_POST
@needs("change_verificationsession")
def session_images(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    session = _get(public_id)
    return _act(request, session, request_images, _("Copying the images that are not here yet."), session_id=session.pk)


@require_POST
@needs("change_verificationsession")
def session_consent(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    session = _get(public_id)
    return _act(
        request, session, request_consent_read, _("Reading the consent at the provider."), session_id=session.pk
    )


@require_POST
@needs("delete_at_provider")
def session_delete(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Have the session deleted at the provider, for a reason that auditors read. What was copied here stays."""
    session = _get(public_id)
    reason = CONTROL.sub(" ", request.POST.get("reason", ""))[:500]
    done = _("Deletion at the provider requested. What was copied stays here.")
    return _act(request, session, request_deletion, done, session_id=session.pk, reason=reason)


@require_POST
@needs("change_verificationsession")
def session_send_image(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    session = _get(public_id)
    return _act(request, session, send_next_image, _("The new picture is on its way."), session_id=session.pk)


@require_POST
@needs("change_verificationsession")
def session_address(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The customer's address with its QR code. It is an access event, so it is made when a person asks for it."""
    session = _get(public_id)
    in_place = request.headers.get("HX-Request") == "true"
    try:
        address = handover_address(session_id=session.pk, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        if in_place:
            return render(request, ADDRESS_TEMPLATE, {"session": session, "problem": str(error)}, status=422)
        messages.error(request, str(error))
        return redirect(session)
    if in_place:
        context = {"session": session, "address": address, "qr": qr_picture(address)}
        return render(request, ADDRESS_TEMPLATE, context)
    return session_detail(request, session.verification, address=address)


def _act(
    request: HttpRequest, session: VerificationSession, service: Callable[..., Any], done: str, **arguments: Any
) -> HttpResponse:
    try:
        service(**arguments, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(session)


def _get(public_id: uuid.UUID) -> VerificationSession:
    return get_object_or_404(
        VerificationSession.objects.select_related(
            "verification__customer", "verification__account", "verification__case", "account", "customer"
        ),
        public_id=public_id,
    )
