"""Notes: written once, changed as versions, with files and mentions, and every change in the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tests.factories import NOON, make_user, specimen
from tests.services.decision_support import again, answered_case, officer
from verifications.enums import RenditionKind
from verifications.errors import InvalidTransition, NotAllowed, PreflightFailed, StaleRecord
from verifications.models import AccessEvent, AuditEvent, Case, CaseNote, Document, NoteMention
from verifications.policy.roles import AUDITOR, OFFICER
from verifications.selectors.case_notes import notes_panel, unseen_mentions
from verifications.services.case_notes import NewAttachment, add_note, change_note, see_mentions
from verifications.services.document_files import documents_storage
from verifications.services.document_intake import DocumentRefused
from verifications.services.documents import open_rendition, remove_document
from verifications.services.sealed_values import open_value

pytestmark = pytest.mark.django_db
TEXTS = (
    "Rückfrage beim Kunden",
    "山田さんに電話",
    "متابعة غدا",
    "Позвонить завтра",
    "line\nline",
    "🙂 <b>not bold</b>",
)


def note(case: Case | None = None, person: Any = None, text: str = "Called the customer.", **more: Any) -> CaseNote:
    return add_note(case_id=(case or answered_case()).pk, text=text, person=person or officer(), at=NOON, **more)


@pytest.fixture
def passport(tmp_path: Path) -> NewAttachment:
    path = tmp_path / "upload"
    path.write_bytes(specimen())
    return NewAttachment(path, "Pass 山田.jpg")


@pytest.mark.parametrize("text", TEXTS)
def test_a_note_is_sealed_and_reads_as_it_was_written(text: str) -> None:
    written = note(text=text)

    stored = CaseNote.objects.get(pk=written.pk)
    assert open_value(stored, "text") == text
    assert text not in str(stored.text)
    event = AuditEvent.objects.get(action="note.added")
    assert text not in str(event.details)


def test_a_changed_note_is_a_new_version_and_the_one_before_stays() -> None:
    person = officer()
    first = note(person=person, text="Before")

    second = change_note(note_id=first.pk, text="After", based_on=1, person=person, at=NOON)

    panel = notes_panel(first.case, person)
    (shown,) = panel.notes
    assert (second.number, second.replaces) == (2, first)
    assert (shown.newest.text, [one.text for one in shown.earlier]) == ("After", ["Before"])
    assert AuditEvent.objects.get(action="note.changed").details["replaces"] == str(first.public_id)


def test_the_database_refuses_to_change_or_delete_a_note() -> None:
    written = note()

    for spoil in (lambda: CaseNote.objects.update(number=7), lambda: CaseNote.objects.filter(pk=written.pk).delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            spoil()


def test_only_its_author_changes_a_note() -> None:
    written = note()

    with pytest.raises(NotAllowed):
        change_note(note_id=written.pk, text="Mine now", based_on=1, person=officer(), at=NOON)

    assert CaseNote.objects.count() == 1


def test_a_change_over_an_older_version_is_refused_with_both_texts() -> None:
    person = officer()
    first = note(person=person)
    change_note(note_id=first.pk, text="In the other tab", based_on=1, person=person, at=NOON)

    with pytest.raises(StaleRecord) as refused:
        change_note(note_id=first.pk, text="In this tab", based_on=1, person=person, at=NOON)

    assert refused.value.versions == (("Text", "In the other tab", "In this tab"),)
    assert "tab" not in str(refused.value)
    assert CaseNote.objects.count() == 2


def test_saving_the_same_words_again_makes_no_version() -> None:
    person = officer()
    first = note(person=person, text="Same")

    assert change_note(note_id=first.pk, text=" Same\r\n", based_on=1, person=person, at=NOON) == first
    assert CaseNote.objects.count() == 1


@pytest.mark.parametrize("words", ["Filed a SAR.", "the MLRO knows", "STR sent", "Suspicious  activity seen"])
def test_a_note_that_speaks_of_a_report_is_asked_about_once(words: str) -> None:
    case, person = answered_case(), officer()

    with pytest.raises(PreflightFailed) as warned:
        note(case, person, words)
    note(case, person, words, confirmed=True)

    assert [problem.field for problem in warned.value.problems] == ["confirmed"]
    assert CaseNote.objects.count() == 1


def test_ordinary_words_are_not_asked_about() -> None:
    note(text="Sarah lives in Hauptstr. 5; the strap of her bag is in the picture.")

    assert CaseNote.objects.count() == 1


@pytest.mark.parametrize("text", ["", " \n ", "x" * 10_001])
def test_a_note_has_some_words_and_not_too_many(text: str) -> None:
    with pytest.raises(PreflightFailed):
        note(text=text)


def test_colleagues_are_told_whether_chosen_or_typed() -> None:
    chosen, typed = make_user(OFFICER), make_user(AUDITOR, username="mara.stone")
    nobody = make_user()
    written = note(text=f"Please look, @Mara.Stone. And @{nobody.username}, @nobody", mentions=[chosen.pk, nobody.pk])

    assert {mention.person for mention in written.mentions.all()} == {chosen, typed}
    assert [mention.note for mention in unseen_mentions(typed)] == [written]
    assert AuditEvent.objects.get(action="note.added").details["mentions"] == 2


def test_a_mention_is_seen_by_its_person_alone_and_told_to_the_log() -> None:
    first, second = make_user(OFFICER), make_user(OFFICER)
    written = note(mentions=[first.pk, second.pk])
    mine = NoteMention.objects.get(person=first)

    assert see_mentions(person=second, mention_ids=[mine.pk], at=NOON) == 0
    assert see_mentions(person=first, at=NOON) == 1
    assert see_mentions(person=first, at=NOON) == 0

    assert (unseen_mentions(first), len(unseen_mentions(second))) == ([], 1)
    assert AuditEvent.objects.get(action="note.mention_seen").subject_id == str(written.public_id)


def test_a_change_tells_those_who_were_not_named_before() -> None:
    person, first, second = officer(), make_user(OFFICER), make_user(OFFICER)
    written = note(person=person, mentions=[first.pk])

    changed = f"More for @{second.username} and @{first.username}"
    change_note(note_id=written.pk, text=changed, based_on=1, person=person, at=NOON)

    assert NoteMention.objects.filter(note=written).count() == 2


def test_an_attached_file_is_kept_with_its_pictures_and_each_look_is_logged(passport: NewAttachment) -> None:
    written = note(attachments=[passport])

    document = Document.objects.get(note=written)
    with open_rendition(document=document, kind=RenditionKind.PREVIEW, page=1, actor="user:1", at=NOON) as picture:
        assert picture.read(2) == b"\xff\xd8"
    assert (document.verification, document.slot, document.display_name) == (None, "attachment", "Pass 山田.jpg")
    assert AccessEvent.objects.filter(action="document.preview_served", subject_id=str(document.public_id)).exists()
    assert AuditEvent.objects.filter(action="document.uploaded").last().details["note"] == str(written.public_id)
    with pytest.raises(InvalidTransition):
        remove_document(document_id=document.pk, actor="user:1", at=NOON)


def test_a_file_that_is_refused_keeps_the_note_from_being_saved(passport: NewAttachment, tmp_path: Path) -> None:
    case = answered_case()
    stored = _stored()
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"MZ this is no picture" * 40)

    with pytest.raises(DocumentRefused):
        note(case, attachments=[passport, NewAttachment(wrong, "holiday.jpg")])

    assert not CaseNote.objects.exists()
    assert _stored() == stored
    assert AuditEvent.objects.filter(action="document.refused", subject_id=str(case.public_id)).count() == 1


def test_files_are_taken_away_again_when_the_note_can_not_be_written(passport: NewAttachment, monkeypatch: Any) -> None:
    case = answered_case()
    stored = _stored()
    monkeypatch.setattr(AuditEvent.objects, "create", _refuse)

    with pytest.raises(RuntimeError):
        note(case, attachments=[passport])

    assert not CaseNote.objects.exists()
    assert _stored() == stored


def test_too_many_files_are_refused_before_one_is_looked_at(passport: NewAttachment) -> None:
    with pytest.raises(PreflightFailed) as refused:
        note(attachments=[passport] * 6)

    assert refused.value.problems[0].field == "attachments"


def test_the_panel_costs_the_same_however_many_notes_there_are(django_assert_num_queries: Any) -> None:
    case, person = answered_case(), officer()
    for number in range(3):
        first = note(case, person, f"Note {number}", mentions=[make_user(OFFICER).pk])
        change_note(note_id=first.pk, text=f"Changed {number}", based_on=1, person=person, at=NOON)
    case = again(case)
    person.get_all_permissions()

    with django_assert_num_queries(6):
        panel = notes_panel(case, person)

    assert [shown.newest.text for shown in panel.notes] == ["Changed 2", "Changed 1", "Changed 0"]


def _stored() -> set[str]:
    return set(_walk(""))


def _walk(folder: str) -> list[str]:
    folders, files = documents_storage().listdir(folder)
    found = [f"{folder}/{name}" for name in files]
    for name in folders:
        found += _walk(f"{folder}/{name}" if folder else name)
    return found


def _refuse(**_named: Any) -> None:
    raise RuntimeError("The log is full.")
