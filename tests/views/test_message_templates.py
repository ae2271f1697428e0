"""Texts to customers through the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests.views.note_records import unapproved_text
from tests.views.support import client_as
from verifications.models import MessageTemplate

pytestmark = pytest.mark.django_db
TEXT = {
    "code": "back-again",
    "language": "fr",
    "title": "Verso",
    "subject": "Une image du verso",
    "body": "Bonjour {name}, il nous faut : {item}. {reason} {address}",
}


def path(template: MessageTemplate, name: str = "detail") -> str:
    return reverse(f"verifications:message_template_{name}", args=[template.public_id])


def test_an_administrator_writes_and_an_officer_approves() -> None:
    writer, officer = client_as("administrator"), client_as("officer")

    written = writer.post("/texts/new/", TEXT)
    template = MessageTemplate.objects.get(code="back-again")
    page = officer.get(path(template)).content.decode()
    officer.post(path(template, "approve"))

    template.refresh_from_db()
    assert written.url == path(template)
    assert path(template, "approve") in page
    assert "une image de votre pièce" in page
    assert template.approved_by == f"user:{officer.user.pk}"


def test_a_text_that_could_tip_somebody_off_is_refused_with_the_words_and_kept() -> None:
    writer = client_as("administrator")

    response = writer.post("/texts/new/", TEXT | {"body": "Enquête pour blanchiment, {name}"})

    assert response.status_code == 422
    assert "blanchiment" in str(response.context["form"].errors["body"])
    assert "Enquête pour blanchiment" in response.content.decode()


def test_the_next_version_keeps_code_and_language() -> None:
    writer = client_as("administrator")
    first = unapproved_text()

    form = writer.get(path(first, "change"))
    writer.post(path(first, "change"), {"title": "T", "subject": "S", "body": "B {name}", "code": "other"})

    second = MessageTemplate.objects.get(code="selfie-again", version=2)
    assert "Dear {name}" in form.content.decode()
    assert (second.language, second.body) == ("en", "B {name}\n")


def test_who_wrote_a_text_sees_no_way_to_approve_it_and_is_refused() -> None:
    root: Any = client_as("superuser")
    template = unapproved_text(f"user:{root.user.pk}")

    page = root.get(path(template)).content.decode()
    told = root.post(path(template, "approve"), follow=True).content.decode()

    assert path(template, "approve") not in page
    assert "somebody else has to approve it" in told


def test_the_list_costs_the_same_however_many_texts_there_are(django_assert_max_num_queries: Any) -> None:
    officer = client_as("officer")
    for number in range(4):
        unapproved_text(f"user:{number}")

    with django_assert_max_num_queries(20):
        page = officer.get("/texts/").content.decode()

    assert page.count("Selfie again") == 4
    assert "Nothing is retired" in officer.get("/texts/?show=retired").content.decode()


def test_what_waits_for_approval_stands_first() -> None:
    unapproved_text()

    rows = client_as("officer").get("/texts/").context["rows"]

    assert [row.template.code for row in rows][:2] == ["selfie-again", "ask-again"]
