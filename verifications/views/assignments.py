"""Taking a case, taking the next one, giving one to somebody, and how urgent it is."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from verifications.errors import DomainError, StaleRecord
from verifications.forms.assignments import AssignForm, PriorityForm
from verifications.forms.fields import one_line
from verifications.models import Case
from verifications.selectors.assign_panel import assign_panel
from verifications.services.assignments import assign_case, set_priority, take_case, take_next
from verifications.views.access import FORM_METHODS, actor_of, needs
from verifications.views.queue import last_queue


@require_POST
@needs("decide_case")
def case_take(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Make the case one's own and open it; a refusal leads back to where the button was."""
    case = get_object_or_404(Case, public_id=public_id)
    reason = one_line(request.POST.get("reason", ""))
    try:
        take_case(case_id=case.pk, person=request.user, at=timezone.now(), reason=reason)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(_back(request, case))
    return redirect(case)


@require_POST
@needs("decide_case")
def queue_take_next(request: HttpRequest) -> HttpResponse:
    """Open the most urgent case the person can do something about, now theirs."""
    case = take_next(person=request.user, at=timezone.now(), besides_id=_case_id(request.POST.get("besides", "")))
    if case is None:
        messages.info(request, _("Nothing waits for you: every case is with somebody, or with a provider."))
        return redirect(f"{reverse('verifications:case_queue')}{last_queue(request).url}")
    return redirect(case)


@require_http_methods(FORM_METHODS)
@needs("assign_case")
def case_assign(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Give the case to somebody or back to nobody; who is suggested stands first."""
    related = ("customer", "owner", "claimed_by", "staged_decision")
    case = get_object_or_404(Case.objects.select_related(*related), public_id=public_id)
    now = timezone.now()
    form = AssignForm(request.POST if request.method == "POST" else None)
    problem: Any = ""
    if request.method == "POST" and form.is_valid():
        try:
            assign_case(
                case_id=case.pk,
                to_person_id=form.person_id,
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
                at=now,
                version=form.cleaned_data["version"],
            )
        except StaleRecord as error:
            case.refresh_from_db()
            problem = str(error)
        except DomainError as error:
            problem = str(error)
        else:
            messages.success(request, _("Assigned."))
            return redirect(case)
    context = {"case": case, "assign": assign_panel(case, request.user, now), "form": form, "problem": problem}
    template = "verifications/_case_assign.html" if _is_partial(request) else "verifications/case_assign.html"
    return render(request, template, context, status=422 if request.method == "POST" else 200)


@require_POST
@needs("assign_case")
def case_priority(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Change how soon the case comes up."""
    case = get_object_or_404(Case, public_id=public_id)
    form = PriorityForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a priority."))
        return redirect(case)
    try:
        set_priority(
            case_id=case.pk,
            priority=form.cleaned_data["priority"],
            reason=form.cleaned_data["reason"],
            actor=actor_of(request),
            at=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Priority changed."))
    return redirect(case)


def _back(request: HttpRequest, case: Case) -> str:
    """Where the button was: the queue with its filters, or the case."""
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}) and case.get_absolute_url() in came_from:
        return case.get_absolute_url()
    return f"{reverse('verifications:case_queue')}{last_queue(request).url}"


def _case_id(public_id: str) -> int | None:
    try:
        return Case.objects.filter(public_id=uuid.UUID(public_id)).values_list("pk", flat=True).first()
    except ValueError:
        return None


def _is_partial(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
