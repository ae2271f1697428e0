"""Notes about a case: added, changed by their author as a new version, with files attached and colleagues mentioned."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from verifications.enums import AuditAction, DocumentSlot
from verifications.errors import DomainError, FieldProblem, NotAllowed, PreflightFailed, StaleRecord
from verifications.models import Case, CaseNote, Document, DocumentRendition, NoteMention
from verifications.policy.restricted_words import restricted_in_note
from verifications.selectors.colleagues import colleagues_named
from verifications.selectors.marked_words import quoted
from verifications.services.audit import record_event
from verifications.services.decision_gate import words_mask
from verifications.services.document_files import stored_files
from verifications.services.document_intake import PAPERS, UNCHECKED, DocumentRefused, new_document, upload_looked_at
from verifications.services.sealed_values import open_value, seal

LONGEST_NOTE = 10_000
MOST_ATTACHMENTS = 5
LARGEST_ATTACHMENT = 20 * 1024 * 1024
MOST_MENTIONS = 20
RULE = "Notes are records"
_NAMED = re.compile(r"(?<![\w.@+-])@([\w.@+-]+)")


@dataclass(frozen=True)
class NewAttachment:
    """A temporary file of the caller, and the name it came with."""

    path: Path
    name: str


@dataclass(frozen=True)
class _Kept:
    document: Document
    renditions: list[DocumentRendition]


def add_note(
    *,
    case_id: int,
    text: str,
    person: Any,
    at: dt.datetime,
    mentions: Iterable[int] = (),
    attachments: Sequence[NewAttachment] = (),
    confirmed: bool = False,
) -> CaseNote:
    """Write a note about a case, open or closed. Who is named as ``@username`` or in ``mentions`` is told.

    Files are looked at like every upload before anything is kept. Raises ``PreflightFailed`` next to ``text``,
    ``attachments`` or, once, ``confirmed`` where the text speaks of a report to the authorities; ``DocumentRefused``
    with the file's name.
    """
    case = Case.objects.select_related("customer").filter(pk=case_id).first()
    if case is None:
        raise DomainError(_("This case does not exist."))
    problems = _text_problems(text, confirmed=confirmed)
    if len(attachments) > MOST_ATTACHMENTS:
        message = _("Attach %(most)d files at most; put the others into another note.") % {"most": MOST_ATTACHMENTS}
        problems.append(FieldProblem("attachments", message, RULE))
    if problems:
        raise PreflightFailed(problems)
    note = CaseNote(case=case, written_by=person, written_at=at)
    seal(note, "text", _tidied(text), mask=words_mask(text))
    with ExitStack() as files:
        kept = [_taken_in(files, note, attachment, at) for attachment in attachments]
        _keep(note, kept, mentions=_mentioned(text, mentions), actor=_actor(person), at=at)
    return note


@transaction.atomic
def change_note(
    *,
    note_id: int,
    text: str,
    based_on: int,
    person: Any,
    at: dt.datetime,
    mentions: Iterable[int] = (),
    confirmed: bool = False,
) -> CaseNote:
    """A new version of one's own note; ``note_id`` is the first version, ``based_on`` the number that was on screen.

    Raises ``NotAllowed`` for anybody but the author, ``PreflightFailed`` as ``add_note``, and ``StaleRecord`` with both
    texts when a newer version came first.
    """
    first = (
        CaseNote.objects.select_for_update(of=("self",))
        .select_related("case__customer")
        .filter(pk=note_id, first__isnull=True)
        .first()
    )
    if first is None:
        raise DomainError(_("This note does not exist."))
    if first.written_by_id != person.pk:
        raise NotAllowed(_("Only its author changes a note. Write one of your own; nothing was changed."))
    problems = _text_problems(text, confirmed=confirmed)
    if problems:
        raise PreflightFailed(problems)
    newest = first.versions.order_by("-number").first() or first
    newest.case = first.case
    if newest.number != based_on:
        raise StaleRecord(
            _("This note was changed after you opened it. Nothing was saved; both versions stand below."),
            [(_("Text"), open_value(newest, "text"), text)],
        )
    if open_value(newest, "text") == _tidied(text):
        return newest
    note = CaseNote(
        case=first.case, replaces=newest, first=first, number=newest.number + 1, written_by=person, written_at=at
    )
    seal(note, "text", _tidied(text), mask=words_mask(text))
    try:
        with transaction.atomic():
            note.save(force_insert=True)
    except IntegrityError as error:
        raise StaleRecord(_("This note was changed at the same moment. Nothing was saved; try again.")) from error
    named = _mention(first, _mentioned(text, mentions))
    details = {"case": first.case.number, "version": note.number, "replaces": str(newest.public_id), "mentions": named}
    record_event(action=AuditAction.NOTE_CHANGED, actor=_actor(person), subject=note, at=at, details=details)
    return note


@transaction.atomic
def see_mentions(*, person: Any, at: dt.datetime, mention_ids: Iterable[int] | None = None) -> int:
    """Mark one's own mentions as seen, all of them without ``mention_ids``; returns how many were new."""
    unseen = NoteMention.objects.filter(person=person, seen_at__isnull=True)
    if mention_ids is not None:
        unseen = unseen.filter(pk__in=list(mention_ids))
    seen = list(unseen.select_for_update(of=("self",)).select_related("note__case__customer").order_by("pk"))
    for mention in seen:
        mention.seen_at = at
        mention.save(update_fields=["seen_at"])
        details = {"case": mention.note.case.number}
        record_event(
            action=AuditAction.MENTION_SEEN, actor=_actor(person), subject=mention.note, at=at, details=details
        )
    return len(seen)


def _text_problems(text: str, *, confirmed: bool) -> list[FieldProblem]:
    if not text.strip():
        return [FieldProblem("text", _("Write something."), RULE)]
    if len(text) > LONGEST_NOTE:
        message = _("A note holds %(most)d characters at most.") % {"most": LONGEST_NOTE}
        return [FieldProblem("text", message, RULE)]
    words = restricted_in_note(text)
    if words and not confirmed:
        message = _(
            "This speaks of %(words)s. Keep such references out of ordinary notes: they can be disclosed. Change the "
            "text, or save it as it is."
        )
        return [FieldProblem("confirmed", message % {"words": ", ".join(map(quoted, words))}, RULE)]
    return []


def _taken_in(files: ExitStack, note: CaseNote, attachment: NewAttachment, at: dt.datetime) -> _Kept:
    """A file in storage, whose rows are not written yet; it is taken away again when the block fails."""
    actor = _actor(note.written_by)
    try:
        inspection, renditions = files.enter_context(
            upload_looked_at(attachment.path, claimed_name=attachment.name, accept=PAPERS, max_bytes=LARGEST_ATTACHMENT)
        )
    except DocumentRefused as error:
        if error.code != UNCHECKED:
            _record_refusal(note.case, error.code, actor, at)
        raise
    document = new_document(
        inspection,
        customer=note.case.customer,
        note=note,
        slot=DocumentSlot.ATTACHMENT,
        claimed_name=attachment.name,
        actor=actor,
        at=at,
    )
    return _Kept(document, files.enter_context(stored_files(document, attachment.path, renditions)))


@transaction.atomic
def _keep(note: CaseNote, kept: list[_Kept], *, mentions: list[int], actor: str, at: dt.datetime) -> None:
    note.save(force_insert=True)
    for one in kept:
        one.document.note = note
        one.document.save(force_insert=True)
        for row in one.renditions:
            row.document = one.document
        DocumentRendition.objects.bulk_create(one.renditions)
        details = {"note": str(note.public_id), "slot": one.document.slot, "sha256": one.document.sha256}
        details |= {"size": str(one.document.size), "content_type": one.document.content_type}
        record_event(action=AuditAction.DOCUMENT_UPLOADED, actor=actor, subject=one.document, at=at, details=details)
    named = _mention(note, mentions)
    told = {"case": note.case.number, "attachments": len(kept), "mentions": named}
    record_event(action=AuditAction.NOTE_ADDED, actor=actor, subject=note, at=at, details=told)


def _mentioned(text: str, chosen: Iterable[int]) -> list[int]:
    """Keys of the colleagues that were chosen or typed; who is not one is no mention."""
    typed = [name.rstrip(".@+-") for name in _NAMED.findall(text)]
    return colleagues_named(chosen=list(chosen), typed=typed)[:MOST_MENTIONS]


def _mention(first: CaseNote, people: list[int]) -> int:
    """Tell those who have not been named in this note before; how many."""
    there = set(NoteMention.objects.filter(note=first).values_list("person_id", flat=True))
    known = get_user_model().objects.filter(pk__in=[pk for pk in people if pk not in there])
    mentions = [NoteMention(note=first, person=person) for person in known if person.pk != first.written_by_id]
    NoteMention.objects.bulk_create(mentions)
    return len(mentions)


@transaction.atomic
def _record_refusal(case: Case, code: str, actor: str, at: dt.datetime) -> None:
    details = {"slot": str(DocumentSlot.ATTACHMENT.value), "code": code}
    record_event(action=AuditAction.DOCUMENT_REFUSED, actor=actor, subject=case, at=at, details=details)


def _tidied(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _actor(person: Any) -> str:
    return f"user:{person.pk}"
