"""Who audits, from when until when: given and changed by administrators."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from verifications.errors import DomainError
from verifications.forms.audit_room import AccessChangeForm, AccessForm, tell
from verifications.models import AuditEngagement
from verifications.selectors.engagements import auditors, auditors_without_end, engagements_for_list
from verifications.selectors.workload import name_of_person
from verifications.services.audit_engagements import change_access, give_access
from verifications.views.access import FORM_METHODS, needs


@require_safe
@needs("view_auditengagement")
def engagement_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "rows": [_row(engagement, now) for engagement in engagements_for_list()],
        "without_end": [name_of_person(person) for person in auditors_without_end()],
    }
    return render(request, "verifications/engagement_list.html", context)


@require_http_methods(FORM_METHODS)
@needs("add_auditengagement")
def engagement_create(request: HttpRequest) -> HttpResponse:
    people = list(auditors().exclude(pk=request.user.pk))
    if request.method != "POST":
        return _form_page(request, AccessForm(people=people, initial={"starts_at": timezone.now()}), people=people)
    form = AccessForm(request.POST, people=people)
    if form.is_valid():
        data = form.cleaned_data
        try:
            give_access(
                auditor_id=data["auditor"],
                title=data["title"],
                starts_at=data["starts_at"],
                ends_at=data["ends_at"],
                person=request.user,
                at=timezone.now(),
            )
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Access given. Outside of it this auditor is refused."))
            return redirect("verifications:engagement_list")
    return _form_page(request, form, people=people, status=422)


@require_http_methods(FORM_METHODS)
@needs("change_auditengagement")
def engagement_change(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    engagements = AuditEngagement.objects.select_related("auditor", "given_by")
    engagement = get_object_or_404(engagements, public_id=public_id)
    if request.method != "POST":
        form = AccessChangeForm(initial={"ends_at": engagement.ends_at})
        return _form_page(request, form, engagement=engagement)
    form = AccessChangeForm(request.POST)
    if form.is_valid():
        try:
            change_access(
                engagement_id=engagement.pk,
                ends_at=form.cleaned_data["ends_at"],
                reason=form.cleaned_data["reason"],
                person=request.user,
                at=timezone.now(),
            )
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Changed. It holds from the auditor’s next click on."))
            return redirect("verifications:engagement_list")
    return _form_page(request, form, engagement=engagement, status=422)


def _form_page(request: HttpRequest, form: Any, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {"form": form, "zone": timezone.get_current_timezone_name(), **more}
    return render(request, "verifications/engagement_form.html", context, status=status)


def _row(engagement: AuditEngagement, now: Any) -> dict[str, Any]:
    if engagement.ends_at <= now:
        state, css = _("Over"), "stopped"
    elif engagement.starts_at > now:
        state, css = _("Not begun"), "waiting"
    else:
        state, css = _("Running"), "good"
    return {
        "engagement": engagement,
        "auditor": name_of_person(engagement.auditor),
        "given_by": name_of_person(engagement.given_by),
        "state": state,
        "css": css,
    }
