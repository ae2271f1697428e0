"""Questions of auditors with their answers, on a case's page and as a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery

from verifications import vault
from verifications.enums import QuestionStatus
from verifications.models import AuditAnswer, AuditQuestion, Case, DataKey, Sealed
from verifications.selectors.keys import seal_context
from verifications.selectors.paging import Page, keyset_page

MOST_QUESTIONS = 50
READ = "verifications.view_auditquestion"
ASK, ANSWER = "verifications.add_auditquestion", "verifications.answer_auditquestion"


@dataclass(frozen=True)
class ShownAnswer:
    answer: AuditAnswer
    text: str


@dataclass(frozen=True)
class ShownQuestion:
    """Texts in clear; empty once the customer's key was destroyed."""

    question: AuditQuestion
    text: str
    answers: tuple[ShownAnswer, ...]

    @property
    def is_closed(self) -> bool:
        return self.question.status == QuestionStatus.CLOSED


@dataclass(frozen=True)
class QuestionsPanel:
    questions: tuple[ShownQuestion, ...]
    has_more: bool
    may_ask: bool
    may_answer: bool

    @property
    def is_shown(self) -> bool:
        """There is something to read or to do."""
        return bool(self.questions) or self.may_ask


def questions_panel(case: Case, user: Any) -> QuestionsPanel:
    """Newest first, in one query and one more where there are any; the caller logs that the case was read.

    Empty for who may not read them.
    """
    if not user.has_perm(READ):
        return QuestionsPanel(questions=(), has_more=False, may_ask=False, may_answer=False)
    key = DataKey.objects.filter(customer_id=OuterRef("case__customer_id")).values("wrapped")[:1]
    answers = Prefetch("answers", AuditAnswer.objects.select_related("given_by").order_by("pk"))
    found = AuditQuestion.objects.filter(case=case).annotate(wrapped=Subquery(key))
    rows = list(found.select_related("asked_by").prefetch_related(answers).order_by("-pk")[: MOST_QUESTIONS + 1])
    return QuestionsPanel(
        questions=tuple(_shown(row) for row in rows[:MOST_QUESTIONS]),
        has_more=len(rows) > MOST_QUESTIONS,
        may_ask=user.has_perm(ASK),
        may_answer=user.has_perm(ANSWER),
    )


def questions_page(*, status: str, token: str) -> Page:
    """Questions in one state, newest first; texts stay sealed."""
    return keyset_page(_rows().filter(status=status), order=("-id",), token=token)


def open_questions() -> QuerySet[AuditQuestion]:
    return AuditQuestion.objects.filter(status=QuestionStatus.OPEN)


def counts_by_status() -> dict[str, int]:
    """Every state with its number of questions."""
    counted = dict(AuditQuestion.objects.values_list("status").annotate(count=Count("pk")))
    return {status: counted.get(status, 0) for status in QuestionStatus.values}


def newest_open(limit: int) -> list[AuditQuestion]:
    return list(_rows().filter(status=QuestionStatus.OPEN).order_by("-pk")[:limit])


def _rows() -> QuerySet[AuditQuestion]:
    return AuditQuestion.objects.select_related("case__customer", "asked_by").annotate(answered=Count("answers"))


def _shown(question: AuditQuestion) -> ShownQuestion:
    key = question.wrapped  # type: ignore[attr-defined]  # annotated
    answers = tuple(ShownAnswer(answer, _clear(answer, key)) for answer in question.answers.all())
    return ShownQuestion(question, _clear(question, key), answers)


def _clear(record: AuditQuestion | AuditAnswer, key: str | None) -> str:
    if key is None:
        return ""
    sealed: Sealed = getattr(record, "text")  # noqa: B009 - the field's type is that of its column
    return vault.unseal(token=sealed.token, wrapped_key=key, context=seal_context(record, "text")).decode()
