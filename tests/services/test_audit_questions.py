"""Questions of auditors: asked, answered, closed; sealed, and never rewritten."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import TestCase

from tests.factories import NOON, make_user
from tests.services.audit_writes import asked, auditor
from tests.services.decision_support import answered_case, officer
from verifications.enums import AuditAction
from verifications.errors import DomainError, InvalidTransition, PreflightFailed
from verifications.models import AuditAnswer, AuditEvent, AuditQuestion, DataKey
from verifications.models.audit import AppendOnlyError
from verifications.selectors.audit_questions import counts_by_status, questions_page, questions_panel
from verifications.services.audit_questions import answer_question, ask_question, close_question

pytestmark = pytest.mark.django_db
ANSWER = "The first one was blurred."


def answer(question: AuditQuestion, text: str = ANSWER) -> AuditAnswer:
    return answer_question(question_id=question.pk, text=text, person=officer(), at=NOON)


def close(question: AuditQuestion) -> AuditQuestion:
    return close_question(question_id=question.pk, person=auditor(), at=NOON)


def test_a_question_is_sealed_and_its_event_has_no_text() -> None:
    question = asked()

    stored = AuditQuestion.objects.get()
    assert (str(stored.text), stored.status) == ("6 words", "OPEN")
    event = AuditEvent.objects.get(action=AuditAction.QUESTION_ASKED)
    assert event.subject_id == str(question.public_id)
    assert event.customer_id == question.case.customer.public_id
    assert event.details == {"case": question.case.number}


def test_an_answer_is_sealed_and_moves_the_question() -> None:
    question = asked()

    first, second = answer(question), answer(question, "And the second was not.")

    question.refresh_from_db()
    assert question.status == "ANSWERED"
    assert "blurred" not in first.text.token
    events = AuditEvent.objects.filter(action=AuditAction.QUESTION_ANSWERED).order_by("pk")
    assert [event.details["answer"] for event in events] == [str(first.public_id), str(second.public_id)]


@pytest.mark.parametrize("is_answered", [True, False])
def test_closing_settles_a_question_answered_or_not(is_answered: bool) -> None:
    question = asked()
    if is_answered:
        answer(question)

    close(question)

    question.refresh_from_db()
    assert (question.status, question.closed_at) == ("CLOSED", NOON)
    event = AuditEvent.objects.get(action=AuditAction.QUESTION_CLOSED)
    assert event.details["before"] == ("ANSWERED" if is_answered else "OPEN")


def test_a_closed_question_takes_no_answer_and_is_closed_once() -> None:
    question = asked()
    close(question)

    with pytest.raises(InvalidTransition):
        answer(question)
    with pytest.raises(InvalidTransition):
        close(question)
    assert not AuditAnswer.objects.exists()


@pytest.mark.parametrize("text", ["", " \r\n ", "x" * 10_001])
def test_a_text_that_is_none_or_too_long_is_refused(text: str) -> None:
    question = asked()
    case = answered_case()

    for act in (lambda: answer(question, text), lambda: asked(case_id=case.pk, text=text)):
        with pytest.raises(PreflightFailed) as caught:
            act()
        assert [problem.field for problem in caught.value.problems] == ["text"]
    assert AuditQuestion.objects.count() == 1
    assert not AuditAnswer.objects.exists()


def test_what_does_not_exist_is_refused() -> None:
    with pytest.raises(DomainError):
        ask_question(case_id=404, text="Why?", person=auditor(), at=NOON)
    with pytest.raises(DomainError):
        close_question(question_id=404, person=auditor(), at=NOON)


def test_an_answer_is_written_once() -> None:
    given = answer(asked())

    with pytest.raises(AppendOnlyError):
        given.save()
    with pytest.raises(AppendOnlyError):
        AuditAnswer.objects.filter(pk=given.pk).delete()


def test_the_text_of_a_question_is_written_once() -> None:
    question = asked()
    question.text = asked(text="Something else").text

    with pytest.raises(AppendOnlyError):
        question.save()
    for act in (
        lambda: AuditQuestion.objects.filter(pk=question.pk).update(text=question.text),
        lambda: AuditQuestion.objects.filter(pk=question.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_the_panel_opens_every_text_in_two_queries() -> None:
    case, person = answered_case(), officer()
    person.get_all_permissions()
    with TestCase().assertNumQueries(1):
        assert questions_panel(case, person).questions == ()
    for number in range(3):
        answer(asked(case_id=case.pk, text=f"Question {number}"))

    with TestCase().assertNumQueries(2):
        panel = questions_panel(case, person)

    assert [shown.text for shown in panel.questions] == ["Question 2", "Question 1", "Question 0"]
    assert [shown.answers[0].text for shown in panel.questions] == [ANSWER] * 3
    assert (panel.may_ask, panel.may_answer) == (False, True)


def test_the_panel_is_empty_for_who_may_not_read_questions() -> None:
    question = asked()

    assert not questions_panel(question.case, make_user()).is_shown


def test_once_the_key_is_destroyed_questions_stand_without_their_texts() -> None:
    question = asked()
    answer(question)
    DataKey.objects.filter(customer_id=question.case.customer_id).delete()

    (shown,) = questions_panel(question.case, officer()).questions

    assert (shown.text, shown.answers[0].text) == ("", "")


def test_the_list_holds_one_state_newest_first_and_counts_all(django_assert_num_queries: Any) -> None:
    first, second, third = asked(), asked(), asked()
    close(second)

    with django_assert_num_queries(1):
        page = questions_page(status="OPEN", token="")

    assert page.rows == [third, first]
    assert counts_by_status() == {"OPEN": 2, "ANSWERED": 0, "CLOSED": 1}
