"""Texts to customers: two people, versions, and nothing in them that could tip anybody off."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.factories import NOON
from verifications.errors import InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import AuditEvent, MessageTemplate
from verifications.policy.customer_texts import fill_in, text_problems
from verifications.policy.customer_words import ITEMS, LANGUAGES, REASONS
from verifications.policy.first_texts import FIRST_TEXTS
from verifications.policy.restricted_words import forbidden_to_customers, restricted_in_note
from verifications.selectors.customer_requests import usable_templates
from verifications.services.message_templates import (
    approve_template,
    ensure_templates,
    retire_template,
    write_template,
)

WRITER, SECOND = "user:101", "user:102"


def write(**changes: Any) -> MessageTemplate:
    entered = {
        "code": "selfie-again",
        "language": "en",
        "title": "Selfie again",
        "subject": "A new picture, please",
        "body": "Dear {name},\nwe need {item}. {reason}\n{address}",
    }
    return write_template(**(entered | changes), actor=WRITER, at=NOON)


@pytest.mark.django_db
def test_a_text_can_be_used_once_another_person_has_approved_it() -> None:
    template = write()
    assert template not in usable_templates()

    with pytest.raises(NotAllowed):
        approve_template(template_id=template.pk, actor=WRITER, at=NOON)
    approve_template(template_id=template.pk, actor=SECOND, at=NOON)

    assert template in usable_templates()
    events = AuditEvent.objects.filter(action="message_template.changed").order_by("id")
    assert [event.actor for event in events] == [WRITER, SECOND]


@pytest.mark.django_db
def test_the_database_itself_wants_two_people() -> None:
    template = write()

    with pytest.raises(IntegrityError), transaction.atomic():
        MessageTemplate.objects.filter(pk=template.pk).update(approved_by=WRITER, approved_at=NOON)


@pytest.mark.django_db
def test_a_changed_text_is_a_new_version_and_retires_the_one_before_when_approved() -> None:
    first = approve_template(template_id=write().pk, actor=SECOND, at=NOON)

    second = write(subject="One more picture")
    assert first in usable_templates()
    approve_template(template_id=second.pk, actor=SECOND, at=NOON)

    first.refresh_from_db()
    assert (second.version, first.retired_at) == (2, NOON)
    assert [one.version for one in usable_templates().filter(code="selfie-again")] == [2]
    assert first.subject == "A new picture, please"


@pytest.mark.django_db
def test_what_is_approved_or_retired_is_not_approved_again() -> None:
    template = write()
    retire_template(template_id=template.pk, actor=WRITER, at=NOON)

    with pytest.raises(InvalidTransition):
        approve_template(template_id=template.pk, actor=SECOND, at=NOON)
    with pytest.raises(InvalidTransition):
        retire_template(template_id=template.pk, actor=WRITER, at=NOON)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body": "Dear {customer}, {address}"}, "body"),
        ({"body": "Dear {name, {address}"}, "body"),
        ({"body": "{address} or {address}"}, "body"),
        ({"body": " "}, "body"),
        ({"body": "x" * 4001}, "body"),
        ({"body": "We filed a SAR about you."}, "body"),
        ({"subject": "Verdacht auf Geldwäsche"}, "subject"),
        ({"subject": "Open {address}"}, "subject"),
        ({"subject": "Two\nlines"}, "subject"),
        ({"language": "tlh"}, "language"),
        ({"title": ""}, "title"),
        ({"code": "…"}, "code"),
    ],
)
def test_what_can_not_be_used_is_refused_next_to_its_field(changes: dict[str, str], field: str) -> None:
    before = MessageTemplate.objects.count()

    with pytest.raises(PreflightFailed) as refused:
        write(**changes)

    assert field in {problem.field for problem in refused.value.problems}
    assert MessageTemplate.objects.count() == before


@pytest.mark.django_db
def test_a_new_installation_starts_with_approved_texts_in_five_languages_once() -> None:
    ensure_templates()

    codes = usable_templates().values_list("code", "language")
    assert set(codes) == {(code, language) for code in FIRST_TEXTS for language in LANGUAGES}
    assert len(codes) == 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_ready_made_text_stands_the_rules_with_every_item_and_reason(language: str) -> None:
    for texts in FIRST_TEXTS.values():
        _title, subject, body = texts[language]
        assert text_problems(subject=subject, body=body) == []
        for item in ITEMS["en"]:
            for reason in REASONS["en"]:
                text = fill_in(subject=subject, body=body, language=language, name="A", item=item, reason=reason)
                assert forbidden_to_customers(text.subject + text.text) == ()
                assert "{" not in text.text.replace("{address}", "")


def test_a_name_that_looks_like_a_placeholder_stays_a_name() -> None:
    text = fill_in(
        subject="{name}",
        body="{name}: {item}",
        language="en",
        name="{address} {item}\n",
        item="SELFIE",
        reason="EXPIRED",
    )

    assert text.subject == "address item"
    assert text.text == "address item: a picture of your face"


@pytest.mark.parametrize(
    "text",
    [
        "Verdachtsmeldung abgegeben",
        "Avisado al SEPBLAC",
        "Déclaration de soupçon faite",
        "Operação suspeita comunicada",
        "A S\u00adA\u200bR was filed",
        "\uff33\uff21\uff32 filed",
        "Sus\u200bpicious activity",
    ],
)
def test_a_reference_to_a_report_is_found_in_every_language_and_however_it_is_hidden(text: str) -> None:
    assert restricted_in_note(text)


@pytest.mark.parametrize(
    "text", ["Sarah gave a tip offline", "strong light", "declaración de domicilio", "déclaration"]
)
def test_ordinary_words_are_no_reference_to_a_report(text: str) -> None:
    assert restricted_in_note(text) == ()
