"""Texts to customers: the list, one with its exact preview, a new version, its approval and its end."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from verifications.enums import RequestItem, RequestReason
from verifications.errors import DomainError, PreflightFailed
from verifications.forms.message_templates import TemplateForm
from verifications.models import MessageTemplate
from verifications.selectors.message_templates import sample_of, templates_for_list, versions_of
from verifications.services.message_templates import approve_template, retire_template, write_template
from verifications.views.access import FORM_METHODS, actor_of, needs


@require_safe
@needs("view_messagetemplate")
def message_template_list(request: HttpRequest) -> HttpResponse:
    retired = request.GET.get("show") == "retired"
    context = {"rows": templates_for_list(request.user, retired=retired), "retired": retired}
    return render(request, "verifications/message_template_list.html", context)


@require_http_methods(FORM_METHODS)
@needs("add_messagetemplate")
def message_template_create(request: HttpRequest) -> HttpResponse:
    form = TemplateForm(request.POST if request.method == "POST" else None)
    return _written(request, form, None)


@require_http_methods(FORM_METHODS)
@needs("add_messagetemplate")
def message_template_change(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The next version, starting from this one."""
    template = _template(public_id)
    initial = {"title": template.title, "subject": template.subject, "body": template.body}
    form = TemplateForm(request.POST if request.method == "POST" else None, initial=initial, is_next=True)
    return _written(request, form, template)


@require_safe
@needs("view_messagetemplate")
def message_template_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """As a customer would read it, for any item and reason; with its versions."""
    template = _template(public_id)
    item, reason = request.GET.get("item", ""), request.GET.get("reason", "")
    versions = versions_of(template, request.user)
    context = {
        "template": template,
        "shown": next(one for one in versions if one.template.pk == template.pk),
        "versions": versions,
        "preview": sample_of(template, item=item, reason=reason),
        "items": RequestItem.choices,
        "reasons": RequestReason.choices,
        "item": item,
        "reason": reason,
    }
    return render(request, "verifications/message_template_detail.html", context)


@require_POST
@needs("approve_messagetemplate")
def message_template_approve(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _act(request, public_id, approve_template, _("Approved. Officers can use this text now."))


@require_POST
@needs("add_messagetemplate")
def message_template_retire(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _act(request, public_id, retire_template, _("Retired. What was sent in these words stays as it was sent."))


def _written(request: HttpRequest, form: TemplateForm, before: MessageTemplate | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        named = {"code": before.code, "language": before.language} if before is not None else {}
        try:
            template = write_template(**form.cleaned_data | named, actor=actor_of(request), at=timezone.now())
        except PreflightFailed as error:
            for problem in error.problems:
                form.add_error(problem.field if problem.field in form.fields else None, problem.message)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. Somebody else has to approve it before officers can use it."))
            return redirect("verifications:message_template_detail", template.public_id)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "before": before}
    return render(request, "verifications/message_template_form.html", context, status=status)


def _act(request: HttpRequest, public_id: uuid.UUID, step: Callable[..., Any], done: str) -> HttpResponse:
    template = _template(public_id)
    try:
        step(template_id=template.pk, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("verifications:message_template_detail", template.public_id)


def _template(public_id: uuid.UUID) -> MessageTemplate:
    return get_object_or_404(MessageTemplate, public_id=public_id)
