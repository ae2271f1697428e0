"""Asking a customer again: the page with its exact preview, and what becomes of a request."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from verifications.enums import RequestStatus
from verifications.errors import DomainError, EvidenceChanged, NotAllowed, PreflightFailed, StaleRecord
from verifications.forms.customer_requests import AskForm
from verifications.models import Case, CustomerRequest
from verifications.qr import qr_picture
from verifications.selectors.evidence import evidence_of
from verifications.selectors.evidence_seen import read_seen, seen_token
from verifications.services.customer_requests import ask_customer, preview_of
from verifications.services.decisions import decidable
from verifications.services.request_sending import receive_answer, request_address, send_request, withdraw_request
from verifications.views.access import FORM_METHODS, actor_of, needs

LONGEST_IN_A_QR_CODE = 1500


@require_http_methods(FORM_METHODS)
@needs("ask_customer")
def customer_request_create(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The page, and the asking itself: a decision on what was on screen, so it can find that something changed."""
    case = _case(public_id)
    if request.method != "POST":
        return _page(request, case, _fresh_form(request, case))
    form = AskForm(request.POST, case=case)
    if not form.is_valid():
        return _page(request, case, form, status=422)
    seen = read_seen(case, request.user, form.cleaned_data["seen"])
    try:
        made = ask_customer(
            case_id=case.pk,
            data=form.ask_data(),
            evidence_hash=seen.hash,
            seen=seen.items,
            corrects=form.cleaned_data["corrects"],
            person=request.user,
            at=timezone.now(),
        )
    except PreflightFailed as error:
        for problem in error.problems:
            form.add_error(problem.field if problem.field in form.fields else None, problem.message)
        return _page(request, case, form, status=422)
    except (EvidenceChanged, StaleRecord) as error:
        return _conflict(request, _case(public_id), error)
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, case, form, status=403 if isinstance(error, NotAllowed) else 409)
    if made.new_verification_id is not None:
        messages.success(request, _("Asked. The address appears on the request as soon as the provider has made it."))
    else:
        messages.success(request, _("Asked. Send the text to the customer from the request."))
    return redirect(f"{made.case.get_absolute_url()}#requests")


@require_POST
@needs("ask_customer")
def customer_request_preview(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What the customer would read: the part alone for htmx, else the page with what was chosen kept."""
    case = _case(public_id)
    form = AskForm(request.POST, case=case)
    form.is_valid()
    if request.headers.get("HX-Request") == "true":
        return render(request, "verifications/_request_preview.html", {"case": case} | _preview(case, form))
    again = AskForm(initial={name: request.POST.get(name, "") for name in form.fields}, case=case)
    return _page(request, case, again, **_preview(case, form))


@require_POST
@needs("ask_customer")
def request_show_address(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The customer's address with its QR code; asked for by htmx the part alone."""
    made = _request(public_id)
    message, problem, status = None, "", 200
    try:
        message = request_address(request_id=made.pk, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        problem, status = str(error), 422
    address = message.address if message is not None else ""
    context = {
        "case": made.case,
        "request_id": made.public_id,
        "address": address,
        "message": message,
        "problem": problem,
        "qr": qr_picture(address) if 0 < len(address) <= LONGEST_IN_A_QR_CODE else None,
    }
    is_partial = request.headers.get("HX-Request") == "true"
    template = "_request_address.html" if is_partial else "request_address.html"
    return render(request, f"verifications/{template}", context, status=200 if is_partial else status)


@require_POST
@needs("ask_customer")
def request_send(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _act(request, public_id, send_request, _("Sent to the customer's e-mail address."))


@require_POST
@needs("ask_customer")
def request_answered(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _act(request, public_id, receive_answer, _("Noted: the customer has answered."))


@require_POST
@needs("ask_customer")
def request_withdraw(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _act(request, public_id, withdraw_request, _("Withdrawn. The customer is no longer waited for."))


def _act(request: HttpRequest, public_id: uuid.UUID, step: Callable[..., Any], done: str) -> HttpResponse:
    made = _request(public_id)
    try:
        step(request_id=made.pk, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(f"{made.case.get_absolute_url()}#requests")


def _fresh_form(request: HttpRequest, case: Case, **kept: Any) -> AskForm:
    """Bound to what stands there now: deciding on it is deciding on what this page was opened from."""
    initial = {
        "seen": seen_token(case, request.user, evidence_of(case)),
        "corrects": case.decision.public_id if case.closed_at is not None and case.decision is not None else "",
    }
    return AskForm(initial=initial | kept, case=case)


def _conflict(request: HttpRequest, case: Case, error: EvidenceChanged | StaleRecord) -> HttpResponse:
    """What is different now; what was chosen is kept, in a form that goes by what stands there now."""
    typed = {name: request.POST.get(name, "") for name in AskForm.base_fields if name not in ("seen", "corrects")}
    changed = error.changed if isinstance(error, EvidenceChanged) else ()
    form = _fresh_form(request, case, **typed)
    return _page(request, case, form, conflict=str(error), changed=changed, status=409)


def _page(request: HttpRequest, case: Case, form: AskForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context: dict[str, Any] = {
        "case": case,
        "customer": case.customer,
        "form": form,
        "why_not": decidable(case=case, person=request.user, now=timezone.now()),
        "open_requests": case.customer_requests.filter(status=RequestStatus.OPEN).count(),
    } | (_preview(case, form) if form.is_bound else {})
    return render(request, "verifications/customer_request_create.html", context | more, status=status)


def _preview(case: Case, form: AskForm) -> dict[str, Any]:
    """``preview`` until item, reason and text are chosen is ``None``; the rest changes nothing the customer reads."""
    entered = getattr(form, "cleaned_data", {})
    template = form.chosen_template if entered else None
    if template is None or not entered.get("item") or not entered.get("reason"):
        return {"preview": None}
    preview = preview_of(case=case, item=entered["item"], reason=entered["reason"], template=template)
    return {"preview": preview, "misfit": form.is_misfit}


def _case(public_id: uuid.UUID) -> Case:
    return get_object_or_404(
        Case.objects.select_related("customer", "claimed_by", "decision", "staged_decision"), public_id=public_id
    )


def _request(public_id: uuid.UUID) -> CustomerRequest:
    return get_object_or_404(CustomerRequest.objects.select_related("case__customer"), public_id=public_id)
