"""The zone or barcode of a document: typed, pasted or read from its image. It warns, it never blocks."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from verifications.documents.mrz_reading import ReaderNotInstalled, read_machine_zone, reads
from verifications.documents.readings import ParseProblem
from verifications.documents.types import DecoderUnavailable, UploadRefused
from verifications.enums import AuditAction, ReadingFormat, ReadingSource
from verifications.errors import DomainError, InvalidTransition
from verifications.models import Case, Document, MachineReading, MachineValue, Verification
from verifications.selectors.keys import search_hash
from verifications.selectors.marked_words import marked_words
from verifications.services.audit import record_event
from verifications.services.case_risk import reassess
from verifications.services.document_files import open_checked
from verifications.services.machine_values import Read, findings_of, machine_values, parse, with_names
from verifications.services.sealed_values import open_value, seal

LONGEST_TEXT = 10_000
LONGEST_NAME = 200
SHORTEST_REASON = 5
CHUNK = 256 * 1024


class ReadingRefused(DomainError):
    """The text or picture could not be read; the message says what to do about it. Nothing was recorded."""


@transaction.atomic
def record_reading(
    *,
    verification_id: int,
    text: str,
    document_id: int | None = None,
    source: ReadingSource = ReadingSource.TYPED,
    actor: str,
    at: dt.datetime,
) -> MachineReading:
    """Keep what the zone or barcode says beside what was entered; an earlier reading is set aside.

    What a person typed is confirmed by that; what an image reader read waits for ``confirm_reading``. Raises
    ``ReadingRefused`` for a text that is neither.
    """
    verification = _locked(verification_id)
    document = _document(document_id, verification) if document_id is not None else None
    read = _parsed(text, at)
    is_typed = source == ReadingSource.TYPED
    replaced = _set_aside(verification, at)
    reading = MachineReading(
        verification=verification,
        document=document,
        source=source,
        format=ReadingFormat(getattr(read, "format", "AAMVA")),
        findings=findings_of(read),
        document_number_hash=_number_hash(read),
        is_confirmed=is_typed,
        recorded_by=actor,
        recorded_at=at,
        confirmed_by=actor if is_typed else "",
        confirmed_at=at if is_typed else None,
    )
    lines = "\n".join(read.lines) if hasattr(read, "lines") else text.strip()
    seal(reading, "text", lines, mask=reading.format)
    reading.save()
    MachineValue.objects.bulk_create(machine_values(reading, read))
    details = {
        "verification": str(verification.public_id),
        "source": source,
        "format": reading.format,
        "warnings": sorted({str(one["code"]) for one in reading.findings if one["severity"] == "warning"}),
    }
    if document is not None:
        details["document"] = str(document.public_id)
    if replaced is not None:
        details["replaces"] = str(replaced.public_id)
    record_event(action=AuditAction.READING_RECORDED, actor=actor, subject=reading, at=at, details=details)
    _reassess(verification, actor=actor, at=at)
    return reading


def read_image(*, document_id: int, actor: str, at: dt.datetime) -> MachineReading:
    """Read the zone in a document's picture, in the decoding process; a person confirms the names afterwards.

    Raises ``ReadingRefused`` where nothing was read for certain.
    """
    document = Document.objects.filter(pk=document_id, removed_at__isnull=True, verification__isnull=False).first()
    if document is None or not reads(document.content_type):
        raise ReadingRefused(_("A zone is read from pictures and PDFs that count. Type or paste it."))
    try:
        with _file(document) as path:
            zone = read_machine_zone(path, content_type=document.content_type)
    except ReaderNotInstalled as error:
        raise ReadingRefused(
            _("This installation lacks the reader of images (requirements-ocr.txt). Type or paste the zone.")
        ) from error
    except (UploadRefused, DecoderUnavailable) as error:
        raise ReadingRefused(_("The file could not be opened for reading. Type or paste the zone.")) from error
    if zone is None:
        raise ReadingRefused(_("No machine-readable zone could be read for certain. Type or paste it."))
    return record_reading(
        verification_id=document.verification_id or 0,
        text="\n".join(zone.lines),
        document_id=document.pk,
        source=ReadingSource.IMAGE,
        actor=actor,
        at=at,
    )


@transaction.atomic
def confirm_reading(*, reading_id: int, surname: str, given_names: str, actor: str, at: dt.datetime) -> MachineReading:
    """Take the names as a person confirms or corrects them: no check digit covers them. From then on it counts."""
    reading = _locked_reading(reading_id)
    if reading.is_confirmed:
        raise InvalidTransition(_("This reading was confirmed already. Nothing changed."))
    surname, given_names = " ".join(surname.split())[:LONGEST_NAME], " ".join(given_names.split())[:LONGEST_NAME]
    if not surname and not given_names:
        raise DomainError(_("Write at least one name as the document gives it. Nothing was confirmed."))
    read = _parsed(open_value(reading, "text"), reading.recorded_at)
    as_read = [_name(read, "surname"), _name(read, "given_names")]
    corrected = [name.casefold() for name in as_read] != [surname.casefold(), given_names.casefold()]
    if corrected:
        read = with_names(read, surname=surname, given_names=given_names)
    reading.is_confirmed, reading.confirmed_by, reading.confirmed_at = True, actor, at
    reading.save(update_fields=["is_confirmed", "confirmed_by", "confirmed_at"])
    _write_values(reading, read)
    record_event(
        action=AuditAction.READING_CONFIRMED,
        actor=actor,
        subject=reading,
        at=at,
        details={"verification": str(reading.verification.public_id), "corrected": corrected},
    )
    _reassess(reading.verification, actor=actor, at=at)
    return reading


@transaction.atomic
def remove_reading(*, reading_id: int, reason: str, actor: str, at: dt.datetime) -> MachineReading:
    """Set a reading aside, with a reason; the row stays, as evidence that it was there."""
    reading = _locked_reading(reading_id)
    if len(reason.strip()) < SHORTEST_REASON:
        raise DomainError(_("Say in a few words why it does not count. Nothing was set aside."))
    reading.removed_at = at
    reading.save(update_fields=["removed_at"])
    record_event(
        action=AuditAction.READING_REMOVED,
        actor=actor,
        subject=reading,
        at=at,
        details={"verification": str(reading.verification.public_id), "format": reading.format},
        reason=reason.strip(),
    )
    _reassess(reading.verification, actor=actor, at=at)
    return reading


@transaction.atomic
def refresh_comparisons(*, verification: Verification) -> None:
    """Compare the reading that counts anew, after what it is compared with changed. The caller writes the event."""
    reading = _counting(verification).select_related("verification__customer").first()
    if reading is None:
        return
    read = _parsed(open_value(reading, "text"), reading.recorded_at)
    names = {row.name: str(row.value or "") for row in reading.values.filter(name__in=("last_name", "first_name"))}
    if reading.is_confirmed and reading.source == ReadingSource.IMAGE:
        read = with_names(read, surname=names.get("last_name", ""), given_names=names.get("first_name", ""))
    reading.verification = verification
    fresh = {row.name: row for row in machine_values(reading, read)}
    for row in reading.values.all():
        new = fresh.get(row.name)
        if new is not None and (new.comparison, new.why) != (row.comparison, row.why):
            row.comparison, row.why = new.comparison, new.why
            row.save(update_fields=["comparison", "why"])


def _write_values(reading: MachineReading, read: Read) -> None:
    reading.values.all().delete()
    MachineValue.objects.bulk_create(machine_values(reading, read))


def _parsed(text: str, at: dt.datetime) -> Read:
    if not text.strip():
        raise ReadingRefused(_("Type or paste the lines at the foot of the document, or the text of its barcode."))
    if len(text) > LONGEST_TEXT:
        raise ReadingRefused(_("This is too long for a zone or a barcode. Paste only its lines."))
    try:
        return parse(text, today=at.date())
    except ParseProblem as problem:
        raise ReadingRefused(marked_words(problem.message)) from problem


def _name(read: Read, name: str) -> str:
    field = read.fields.get(name)
    return " ".join(str(field.value or "").split()) if field else ""


def _number_hash(read: Read) -> str:
    field = read.fields.get("document_number")
    return search_hash(str(field.value or "") if field else "", purpose="document_number")


def _counting(verification: Verification) -> QuerySet[MachineReading]:
    return MachineReading.objects.filter(verification=verification, removed_at__isnull=True)


def _set_aside(verification: Verification, at: dt.datetime) -> MachineReading | None:
    earlier = _counting(verification).first()
    if earlier is not None:
        earlier.removed_at = at
        earlier.save(update_fields=["removed_at"])
    return earlier


def _document(document_id: int, verification: Verification) -> Document:
    document = Document.objects.filter(pk=document_id, verification=verification, removed_at__isnull=True).first()
    if document is None:
        raise DomainError(_("This document does not belong to the verification, or does not count any more."))
    return document


def _locked(verification_id: int) -> Verification:
    verification = (
        Verification.objects.select_for_update(of=("self",))
        .select_related("customer", "account")
        .filter(pk=verification_id)
        .first()
    )
    if verification is None:
        raise DomainError(_("This verification does not exist."))
    return verification


def _locked_reading(reading_id: int) -> MachineReading:
    found = MachineReading.objects.filter(pk=reading_id).values_list("verification_id", flat=True).first()
    verification = _locked(found) if found is not None else None
    reading = MachineReading.objects.filter(pk=reading_id, removed_at__isnull=True).first()
    if reading is None or verification is None:
        raise InvalidTransition(_("This reading was set aside meanwhile. Nothing changed."))
    reading.verification = verification
    return reading


def _reassess(verification: Verification, *, actor: str, at: dt.datetime) -> None:
    """Differences count for the risk of the customer's open case."""
    open_cases = Case.objects.select_for_update(of=("self",)).select_related("customer")
    case = open_cases.filter(customer_id=verification.customer_id, closed_at__isnull=True).first()
    if case is not None:
        reassess(case=case, actor=actor, at=at)


@contextmanager
def _file(document: Document) -> Iterator[Path]:
    """The original as a file on disk, for the decoding process; raises ``FileMissing``."""
    with tempfile.NamedTemporaryFile(prefix="reading-") as copy:
        with open_checked(document.storage_name, document.sha256) as stream:
            while chunk := stream.read(CHUNK):
                copy.write(chunk)
        copy.flush()
        yield Path(copy.name)
