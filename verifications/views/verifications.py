"""Verifications: list, start, fill in, submit, and the page that shows where one stands."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from verifications.enums import (
    ProviderAnswer,
    ProviderKind,
    VerificationMethod,
    VerificationStatus,
)
from verifications.errors import DomainError, FieldProblem, PreflightFailed
from verifications.forms.verifications import FORM_OF_TYPE, VerificationStartForm, field_of_problem
from verifications.models import Customer, Verification
from verifications.selectors.case_page import documents_of, entered_values, is_moving, viewer_items
from verifications.selectors.reading_panel import reading_panel
from verifications.selectors.records import calls_of, timeline_of, verifications_for_list
from verifications.selectors.status import ANSWER_TONES, CALL_LOOKS, VERIFICATION_LOOKS
from verifications.selectors.timeline import timeline_lines
from verifications.services.documents import upload_limit
from verifications.services.verification_data import verification_data
from verifications.services.verifications import (
    cancel_verification,
    change_metadata,
    create_verification,
    draft_correction,
    preflight_problems,
    retry_delivery,
    slots_for,
    submit_verification,
)
from verifications.views.access import FORM_METHODS, actor_of, needs
from verifications.views.customers import record_values_shown
from verifications.views.link_page import link_page
from verifications.views.sessions import session_detail
from verifications.views.slots import slot_contexts

CORRECTABLE = (VerificationStatus.REFUSED, VerificationStatus.COMPLETED, VerificationStatus.CANCELLED)


@require_safe
@needs("view_verification")
def verification_list(request: HttpRequest) -> HttpResponse:
    status, provider = request.GET.get("status", "")[:24], request.GET.get("provider", "")[:24]
    page = verifications_for_list(status=status, provider=provider, token=request.GET.get("after", ""))
    return render(
        request,
        "verifications/verification_list.html",
        {
            "page": page,
            "rows": [(row, VERIFICATION_LOOKS[row.status], ANSWER_TONES.get(row.answer, "")) for row in page.rows],
            "status": status,
            "provider": provider,
            "statuses": VerificationStatus.choices,
            "providers": ProviderKind.choices,
        },
    )


@require_safe
@needs("view_verification")
def verification_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Where a verification stands; asked for by htmx, only the part that moves."""
    verification = _get(public_id)
    if verification.method == VerificationMethod.SESSION:
        return session_detail(request, verification)
    if verification.method == VerificationMethod.LINK:
        return link_page(request, verification)
    calls = calls_of(verification)
    last_submission = next((call for call in calls if call.verification_id == verification.pk), None)
    context: dict[str, Any] = {
        "verification": verification,
        "customer": verification.customer,
        "look": VERIFICATION_LOOKS[verification.status],
        "answer_tone": ANSWER_TONES.get(verification.answer, ""),
        "calls": [(call, CALL_LOOKS[call.status]) for call in calls],
        "is_moving": is_moving(verification),
        "may_retry": verification.status == VerificationStatus.QUEUED
        and last_submission is not None
        and last_submission.status == "NOT_SENT",
        "may_cancel": verification.status in (VerificationStatus.DRAFT, VerificationStatus.QUEUED),
        "may_correct": verification.status in CORRECTABLE
        and verification.answer != ProviderAnswer.REQUIREMENT_MET
        and not Verification.objects.filter(supersedes=verification).exists(),
        "corrected_by": Verification.objects.filter(supersedes=verification).first(),
        "timeline": timeline_lines(timeline_of(verification.customer)),
        "waiting_call": last_submission if last_submission and last_submission.status == "WAITING" else None,
    }
    if request.headers.get("HX-Request") == "true":
        return render(request, "verifications/_verification_live.html", context | {"is_partial": True})
    documents = documents_of([verification])
    context |= {
        "documents": documents,
        "viewer_items": viewer_items(documents),
        "entered": entered_values(verification),
        "reading_panel": reading_panel([verification], documents, request.user, today=timezone.localdate()),
    }
    return render(request, "verifications/verification_detail.html", context)


@require_http_methods(FORM_METHODS)
@needs("add_verification")
def verification_create(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    customer = get_object_or_404(Customer, public_id=public_id)
    form = VerificationStartForm(request.POST or None, customer=customer)
    if request.method == "POST" and form.is_valid():
        try:
            verification = create_verification(
                provider_user_id=form.cleaned_data["provider_user"].pk,
                method=form.cleaned_data["method"],
                type=form.cleaned_data["type"],
                actor=actor_of(request),
                at=timezone.now(),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect("verifications:verification_edit", verification.public_id)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "verifications/verification_start.html", {"form": form, "customer": customer}, status=status)


@require_http_methods(FORM_METHODS)
@needs("change_verification")
def verification_edit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The draft: metadata and documents. "Save" keeps it incomplete, "Submit" runs the preflight and sends."""
    verification = _get(public_id)
    if verification.type not in FORM_OF_TYPE:
        return redirect(verification)  # a session or a link has no form of its own: its page is where it is filled in
    if not verification.is_draft:
        messages.info(request, _("This verification was already submitted; it can't be edited any more."))
        return redirect(verification)
    form_class = FORM_OF_TYPE[verification.type]
    problems: list[FieldProblem] = []
    if request.method == "POST":
        if "submit" in request.POST and not request.user.has_perm("verifications.submit_verification"):
            raise PermissionDenied
        form = form_class(request.POST, verification=verification)
        if form.is_valid():
            try:
                _save(request, verification, form)
                if "submit" not in request.POST:
                    messages.success(request, _("Draft saved."))
                    return redirect("verifications:verification_edit", verification.public_id)
                submit_verification(verification_id=verification.pk, actor=actor_of(request), at=timezone.now())
            except PreflightFailed as error:
                problems = list(error.problems)
            except DomainError as error:
                messages.error(request, str(error))
                return redirect(verification)
            else:
                messages.success(request, _("Submitted. The state moves by itself; you can leave this page."))
                return redirect(verification)
        verification = _get(public_id)
    else:
        with transaction.atomic():
            record_values_shown(request, verification)
            data = verification_data(verification)
        blank = form_class(verification=verification)
        form = form_class(verification=verification, initial=blank.initial_from(data))
        if request.GET.get("check"):
            problems = preflight_problems(verification, now=timezone.now())
    return _edit_page(request, verification, form, problems)


@require_POST
@needs("change_verification")
def verification_cancel(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _act(request, public_id, cancel_verification, _("Cancelled. Nothing was sent."))


@require_POST
@needs("submit_verification")
def verification_retry(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _act(request, public_id, retry_delivery, _("On its way again."))


@require_POST
@needs("add_verification")
def verification_correct(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A corrected draft of one that was refused or answered."""
    try:
        draft = draft_correction(verification_id=_get(public_id).pk, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(_get(public_id))
    messages.success(request, _("A new draft with everything that was entered. Correct it, then submit."))
    return redirect("verifications:verification_edit", draft.public_id)


def _save(request: HttpRequest, verification: Verification, form: Any) -> None:
    change_metadata(
        verification_id=verification.pk, data=form.verification_data(), actor=actor_of(request), at=timezone.now()
    )


def _edit_page(
    request: HttpRequest, verification: Verification, form: Any, problems: list[FieldProblem]
) -> HttpResponse:
    slots = slots_for(verification)
    slot_names = {slot for slot, _required in slots}
    by_slot: dict[str, list[str]] = {}
    other: list[str] = []
    for problem in problems:
        text = f"{problem.message} ({problem.rule})"
        name = field_of_problem(problem.field)
        if problem.field in slot_names:
            by_slot.setdefault(problem.field, []).append(text)
        elif name in form.fields:
            _show_on(form, name, text)
        else:
            other.append(text)
    context = {
        "verification": verification,
        "customer": verification.customer,
        "form": form,
        "slots": slot_contexts(
            verification, by_slot, may_remove=request.user.has_perm("verifications.delete_document")
        ),
        "other_problems": other,
        "problem_count": len(problems),
        "max_bytes": upload_limit(verification.account),
    }
    status = 422 if problems or (form.is_bound and form.errors) else 200
    return render(request, "verifications/verification_edit.html", context, status=status)


def _show_on(form: Any, name: str, text: str) -> None:
    """Put a preflight problem under its field, also on a form that only shows what is stored."""
    if form.is_bound:
        form.add_error(name, text)
        return
    form._errors = form._errors or form.errors.__class__()
    form._errors.setdefault(name, form.error_class(renderer=form.renderer)).append(text)


def _act(request: HttpRequest, public_id: uuid.UUID, service: Any, done: str) -> HttpResponse:
    verification = _get(public_id)
    try:
        service(verification_id=verification.pk, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(verification)


def _get(public_id: uuid.UUID) -> Verification:
    return get_object_or_404(
        Verification.objects.select_related("customer", "account", "provider_user", "case"), public_id=public_id
    )
