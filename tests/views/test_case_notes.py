"""Notes through the pages: nothing typed is lost, and a conflict shows both versions."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.factories import make_user, specimen
from tests.views.decision_records import answered
from tests.views.note_records import note_on
from tests.views.support import body_of, client_as
from verifications.models import AccessEvent, CaseNote, Document
from verifications.policy.roles import OFFICER
from verifications.services.case_notes import LARGEST_ATTACHMENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> Any:
    return client_as("officer")


def add_path(case: Any) -> str:
    return reverse("verifications:case_note_add", args=[case.public_id])


def change_path(note: CaseNote) -> str:
    return reverse("verifications:note_change", args=[note.public_id])


def test_a_note_with_a_file_stands_on_the_case_page_escaped_and_with_its_picture(officer: Any) -> None:
    case = answered()
    file = SimpleUploadedFile("Pass.jpg", specimen(), "image/jpeg")

    response = officer.post(add_path(case), {"text": "<script>no</script> @nobody", "files": [file]})

    page = officer.get(case.get_absolute_url()).content.decode()
    document = Document.objects.get(note__isnull=False)
    assert response.url == f"{case.get_absolute_url()}#notes"
    assert "&lt;script&gt;no&lt;/script&gt;" in page
    assert f"/documents/{document.public_id}/thumbnail/1/" in page
    picture = officer.get(f"/documents/{document.public_id}/preview/1/")
    assert body_of(picture)[:2] == b"\xff\xd8"
    assert body_of(officer.get(f"/documents/{document.public_id}/original/")) == specimen()
    assert AccessEvent.objects.filter(subject_id=str(document.public_id)).count() == 2


def test_an_attachment_can_not_be_taken_off_like_a_document_of_a_draft(officer: Any) -> None:
    case = answered()
    officer.post(add_path(case), {"text": "A file", "files": [SimpleUploadedFile("a.jpg", specimen())]})
    document = Document.objects.get(note__isnull=False)

    response = client_as("administrator").post(f"/documents/{document.public_id}/remove/")

    assert response.status_code == 404
    assert Document.objects.get(pk=document.pk).removed_at is None


def test_a_word_of_a_report_is_asked_about_once_with_the_text_kept(officer: Any) -> None:
    case = answered()

    asked = officer.post(add_path(case), {"text": "MLRO was told"})
    saved = officer.post(add_path(case), {"text": "MLRO was told", "confirmed": "on"})

    assert asked.status_code == 422
    assert b"MLRO was told</textarea>" in asked.content
    assert b'name="confirmed"' in asked.content
    assert saved.status_code == 302
    assert CaseNote.objects.count() == 1


def test_a_refused_file_says_why_and_keeps_the_text(officer: Any) -> None:
    case = answered()
    file = SimpleUploadedFile("holiday.jpg", b"no picture at all", "image/jpeg")

    response = officer.post(add_path(case), {"text": "Kept words", "files": [file]})

    assert response.status_code == 422
    assert b"Kept words</textarea>" in response.content
    assert b"Choose the files again" in response.content
    assert not CaseNote.objects.exists()


def test_too_much_is_refused_by_its_announced_length(officer: Any) -> None:
    case = answered()

    response = officer.post(add_path(case), {"text": "x"}, CONTENT_LENGTH=str(6 * LARGEST_ATTACHMENT))

    assert response.status_code == 302
    assert not CaseNote.objects.exists()


def test_a_note_without_its_token_is_refused() -> None:
    client = client_as("officer", enforce_csrf_checks=True)

    assert client.post(add_path(answered()), {"text": "x"}).status_code == 403


def test_a_change_over_an_older_version_shows_both_and_saves_on_the_second_try(officer: Any) -> None:
    note = note_on(answered(), officer.user, "First words")
    officer.post(change_path(note), {"text": "Saved elsewhere", "based_on": 1})

    conflict = officer.post(change_path(note), {"text": "Typed here", "based_on": 1})
    saved = officer.post(change_path(note), {"text": "Typed here", "based_on": 2})

    assert conflict.status_code == 409
    assert b"Saved elsewhere" in conflict.content
    assert b"Typed here</textarea>" in conflict.content
    assert b'name="based_on" value="2"' in conflict.content
    assert saved.status_code == 302
    assert list(CaseNote.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]


def test_opening_a_note_to_change_it_is_logged_and_another_person_is_sent_back(officer: Any) -> None:
    note = note_on(answered(), officer.user)
    looks = AccessEvent.objects.filter(action="case.read")

    assert officer.get(change_path(note)).status_code == 200
    assert looks.count() == 1
    assert client_as("officer").get(change_path(note)).status_code == 302
    assert client_as("auditor").get(change_path(note)).status_code == 403
    assert looks.count() == 1


def test_mentions_are_listed_without_the_text_and_seen_one_by_one(officer: Any) -> None:
    case, author = answered(), make_user(OFFICER)
    note = note_on(case, author, f"Secret words @{officer.user.username}")
    mention = note.mentions.get()

    listed = officer.get("/mentions/").content
    opened = officer.post("/mentions/", {"mention": mention.pk, "open": "1"})

    assert case.number.encode() in listed
    assert b"Secret words" not in listed
    assert opened.url == f"{case.get_absolute_url()}#notes"
    assert case.number.encode() not in officer.get("/mentions/").content
    assert officer.post("/mentions/", {"mention": "²"}).status_code == 302
