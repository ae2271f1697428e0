"""Questions of auditors about a case: asked, answered where the case is, closed by an auditor. No text changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import AuditAction, QuestionStatus
from verifications.errors import DomainError, FieldProblem, InvalidTransition, PreflightFailed
from verifications.models import AuditAnswer, AuditQuestion, Case
from verifications.services.audit import record_event
from verifications.services.decision_gate import words_mask
from verifications.services.sealed_values import seal

LONGEST = 10_000
RULE = "Questions are records"


@transaction.atomic
def ask_question(*, case_id: int, text: str, person: Any, at: dt.datetime) -> AuditQuestion:
    """Ask about a case, open or closed; raises ``PreflightFailed`` next to ``text``."""
    case = Case.objects.select_related("customer").filter(pk=case_id).first()
    if case is None:
        raise DomainError(_("This case does not exist."))
    text = _checked(text)
    question = AuditQuestion(case=case, asked_by=person, asked_at=at)
    seal(question, "text", text, mask=words_mask(text))
    question.save(force_insert=True)
    _record(AuditAction.QUESTION_ASKED, question, person, at)
    return question


@transaction.atomic
def answer_question(*, question_id: int, text: str, person: Any, at: dt.datetime) -> AuditAnswer:
    """Answer a question, also one that has answers already.

    Raises ``InvalidTransition`` once it is closed, and ``PreflightFailed`` next to ``text``.
    """
    question = _locked(question_id)
    if question.status == QuestionStatus.CLOSED:
        raise InvalidTransition(_("This question is closed. Nothing was saved."))
    text = _checked(text)
    answer = AuditAnswer(question=question, given_by=person, given_at=at)
    seal(answer, "text", text, mask=words_mask(text))
    answer.save(force_insert=True)
    if question.status != QuestionStatus.ANSWERED:
        question.status = QuestionStatus.ANSWERED
        question.save(update_fields=["status"])
    _record(AuditAction.QUESTION_ANSWERED, question, person, at, answer=str(answer.public_id))
    return answer


@transaction.atomic
def close_question(*, question_id: int, person: Any, at: dt.datetime) -> AuditQuestion:
    """Settle a question, answered or not; raises ``InvalidTransition`` when it is closed already."""
    question = _locked(question_id)
    if question.status == QuestionStatus.CLOSED:
        raise InvalidTransition(_("This question is closed already."))
    before, question.status, question.closed_at = question.status, QuestionStatus.CLOSED, at
    question.save(update_fields=["status", "closed_at"])
    _record(AuditAction.QUESTION_CLOSED, question, person, at, before=before)
    return question


def _locked(question_id: int) -> AuditQuestion:
    questions = AuditQuestion.objects.select_for_update(of=("self",)).select_related("case__customer")
    question = questions.filter(pk=question_id).first()
    if question is None:
        raise DomainError(_("This question does not exist."))
    return question


def _checked(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise PreflightFailed([FieldProblem("text", _("Write something."), RULE)])
    if len(text) > LONGEST:
        message = _("Write %(most)d characters at most.") % {"most": LONGEST}
        raise PreflightFailed([FieldProblem("text", message, RULE)])
    return text


def _record(action: AuditAction, question: AuditQuestion, person: Any, at: dt.datetime, **more: str) -> None:
    details = {"case": question.case.number} | more
    record_event(action=action, actor=f"user:{person.pk}", subject=question, at=at, details=details)
