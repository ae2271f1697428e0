"""Questions of auditors: asked on a case's page, answered there, listed with the open ones first."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from verifications.enums import QuestionStatus
from verifications.errors import DomainError
from verifications.forms.audit_room import AnswerForm, QuestionForm, tell
from verifications.models import AuditQuestion, Case
from verifications.selectors.audit_questions import counts_by_status, questions_page
from verifications.services.audit_questions import answer_question, ask_question, close_question
from verifications.views.access import needs


@require_safe
@needs("view_auditquestion")
def audit_question_list(request: HttpRequest) -> HttpResponse:
    """Questions in one state, the open ones unless others are asked for; texts are on the cases."""
    status = request.GET.get("status", "")
    if status not in QuestionStatus.values:
        status = QuestionStatus.OPEN.value
    counts = counts_by_status()
    context = {
        "page": questions_page(status=status, token=request.GET.get("after", "")),
        "status": status,
        "tabs": [(value, label, counts[value]) for value, label in QuestionStatus.choices],
    }
    return render(request, "verifications/audit_question_list.html", context)


@require_POST
@needs("add_auditquestion")
def case_question_ask(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    case = get_object_or_404(Case.objects.select_related("customer"), public_id=public_id)
    form = QuestionForm(request.POST)
    if form.is_valid():
        try:
            ask_question(case_id=case.pk, text=form.cleaned_data["text"], person=request.user, at=timezone.now())
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Asked. Officers see it in their list of questions."))
            return redirect(_questions_of(case))
    context = {"case": case, "form": form}
    return render(request, "verifications/audit_question_form.html", context, status=422)


@require_POST
@needs("answer_auditquestion")
def audit_question_answer(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    question = _question(public_id)
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            answer_question(
                question_id=question.pk, text=form.cleaned_data["text"], person=request.user, at=timezone.now()
            )
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Answered."))
            return redirect(_questions_of(question.case))
    context = {"case": question.case, "question": question, "form": form}
    return render(request, "verifications/audit_question_form.html", context, status=422)


@require_POST
@needs("add_auditquestion")
def audit_question_close(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    question = _question(public_id)
    try:
        close_question(question_id=question.pk, person=request.user, at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Closed."))
    return redirect(_questions_of(question.case))


def _question(public_id: uuid.UUID) -> AuditQuestion:
    return get_object_or_404(AuditQuestion.objects.select_related("case__customer", "asked_by"), public_id=public_id)


def _questions_of(case: Case) -> str:
    return f"{case.get_absolute_url()}#questions"
