"""The notes of a case with their versions, files and mentions; and what a person has been named in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from verifications.models import Case, CaseNote, Document, NoteMention
from verifications.selectors.colleagues import colleagues
from verifications.selectors.sealed_texts import clear_texts

MOST_NOTES = 50
MOST_MENTIONS = 100


@dataclass(frozen=True)
class Version:
    note: CaseNote
    text: str


@dataclass(frozen=True)
class ShownNote:
    """``newest`` is what is shown; ``earlier`` the versions before it, newest first."""

    first: CaseNote
    newest: Version
    earlier: tuple[Version, ...]
    attachments: tuple[Document, ...]
    mentions: tuple[NoteMention, ...]
    is_mine: bool


@dataclass(frozen=True)
class NotesPanel:
    notes: tuple[ShownNote, ...]
    has_more: bool
    colleagues: tuple[Any, ...]
    may_add: bool


def notes_panel(case: Case, user: Any) -> NotesPanel:
    """Newest first, in a fixed number of queries; texts come in clear, and the caller logs that the case was read."""
    firsts = list(_threads().filter(case=case).order_by("-pk")[: MOST_NOTES + 1])
    notes = shown_notes(case, firsts[:MOST_NOTES], user)
    may_add = user.has_perm("verifications.add_casenote")
    return NotesPanel(
        notes=tuple(notes),
        has_more=len(firsts) > MOST_NOTES,
        colleagues=tuple(colleagues(besides=user)) if may_add else (),
        may_add=may_add,
    )


def note_of(first: CaseNote, user: Any) -> ShownNote:
    """One note with all its versions in clear."""
    found = _threads().select_related("case__customer").get(pk=first.pk)
    return shown_notes(found.case, [found], user)[0]


def shown_notes(case: Case, firsts: list[CaseNote], user: Any) -> list[ShownNote]:
    """These first versions, loaded by ``_threads``, with what came after them."""
    threads = [[*sorted(first.versions.all(), key=lambda one: -one.number), first] for first in firsts]
    rows = [note for thread in threads for note in thread]
    for note in rows:
        note.case = case
    texts = iter(clear_texts(case.customer_id, rows, "text"))
    shown = []
    for first, thread in zip(firsts, threads, strict=True):
        versions = [Version(note, next(texts)[0]) for note in thread]
        shown.append(
            ShownNote(
                first=first,
                newest=versions[0],
                earlier=tuple(versions[1:]),
                attachments=tuple(first.attachments.all()),
                mentions=tuple(first.mentions.all()),
                is_mine=first.written_by_id == user.pk,
            )
        )
    return shown


def unseen_mentions(user: Any) -> list[NoteMention]:
    """Where the person was named and has not looked yet, newest first."""
    return list(
        NoteMention.objects.filter(person_id=user.pk, seen_at__isnull=True)
        .select_related("note__case__customer", "note__written_by")
        .order_by("-pk")[:MOST_MENTIONS]
    )


def _threads() -> QuerySet[CaseNote]:
    return (
        CaseNote.objects.filter(first__isnull=True)
        .select_related("written_by")
        .prefetch_related(
            "versions",
            Prefetch("attachments", Document.objects.order_by("pk").prefetch_related("renditions")),
            Prefetch("mentions", NoteMention.objects.select_related("person").order_by("pk")),
        )
    )
