"""The evidence pack of a case: asked for as an export, made in the background, the same bytes for the same case.

What goes in is fixed by the case's own record: nothing is about today, about who asked, or about other packs. The
record log's slice ends with the last event of the case or its customer, so looks, exports and earlier packs, which
leave events of their own, change nothing. ``docs/evidence-packs.md`` says it in full.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from verifications import signing
from verifications.enums import AccessAction, ExportFormat, ExportKind, LogKind
from verifications.errors import DomainError, SealedValueUnavailable
from verifications.integrity import verify_records
from verifications.integrity.verify_records import canonical
from verifications.models import AuditEvent, Case, Export
from verifications.packs import layout
from verifications.packs.archive import Archive
from verifications.packs.disclosure import CREDENTIAL, UNREADABLE, Disclosure
from verifications.packs.scrubbing import scrubbed
from verifications.packs.summary import PictureOfPage, summary_pdf
from verifications.selectors.pack_contents import Answer, PackContents, Picture, pack_contents
from verifications.selectors.pack_records import PackRecords, pack_records
from verifications.selectors.pack_slice import PackSlice, as_json, pack_slice
from verifications.services.audit import record_access
from verifications.services.document_files import CHECK_SIZE, open_checked, open_stored
from verifications.services.exports import request_export
from verifications.services.sealed_values import open_bytes
from verifications.services.seals import seal_log

Progress = Callable[[int], None]
READ_TRIES = 5
SEAL_TRIES, SEAL_WAIT = 20, 0.25
"""Somebody else may be sealing at this moment: five seconds are enough for any batch."""


@dataclass(frozen=True)
class Made:
    """What a maker of exports made: how many rows, or files of a pack, and what it says of them."""

    rows: int
    manifest: dict[str, Any]


class NotSealedYet(DomainError):
    """Events of the case could not be sealed now. Nothing was made; another try may."""


class StillChanging(DomainError):
    """The case changed each time it was read. Nothing was made; another try may."""


def request_pack(*, case_id: int, variant: str, purpose: str, person: Any, at: dt.datetime) -> Export:
    """Queue a pack of the case; raises what ``request_export`` raises."""
    case = Case.objects.select_related("customer").get(pk=case_id)
    return request_export(
        kind=ExportKind.PACK,
        format=ExportFormat.ZIP,
        filters={},
        columns=[],
        with_sensitive=True,
        purpose=purpose,
        person=person,
        at=at,
        case=case,
        variant=variant,
    )


def make_pack(export: Export, path: Path, progress: Progress) -> Made:
    """Write the pack to ``path``; ``progress`` gets the number of files so far.

    Raises ``FileMissing`` when an original is gone or no longer the one that was uploaded, ``StillChanging`` and
    ``NotSealedYet``.
    """
    with translation.override(settings.LANGUAGE_CODE), timezone.override(dt.UTC):
        records, contents, disclosure = _opened(export)
        piece = _sealed_slice(records, disclosure)
        expected = len(contents.originals) + len(contents.answers) + len(layout.ALWAYS)
        Export.objects.filter(pk=export.pk, claim_token=export.claim_token).update(rows_expected=expected)
        with path.open("wb") as stream, Archive(stream) as archive:
            manifest = _write(archive, contents, piece, disclosure, progress)
    return Made(rows=len(archive.digests), manifest=manifest)


@transaction.atomic
def _opened(export: Export) -> tuple[PackRecords, PackContents, Disclosure]:
    """The case as it stands, opened, with an access event for every record of it."""
    records, contents, disclosure = _read(export)
    now, told = timezone.now(), {"export": str(export.public_id), "variant": export.variant}
    for row in records.rows():
        record_access(
            action=AccessAction.RECORD_EXPORTED,
            actor=f"user:{export.requested_by_id}",
            subject=row,
            at=now,
            purpose=export.purpose,
            details=told,
        )
    return records, contents, disclosure


def _read(export: Export) -> tuple[PackRecords, PackContents, Disclosure]:
    """Read in many queries, so read again where an event says that something changed between them."""
    for _number in range(READ_TRIES):
        case = Case.objects.select_related("customer", "owner").get(packs=export)
        events = AuditEvent.objects.filter(customer_id=case.customer.public_id)
        before = events.count()
        disclosure = Disclosure(export.variant)
        records = pack_records(case)
        contents = pack_contents(records, disclosure, language=settings.LANGUAGE_CODE)
        if events.count() == before:
            return records, contents, disclosure
    raise StillChanging(_("The case is changing at this moment. Nothing was made; try again in a minute."))


def _sealed_slice(records: PackRecords, disclosure: Disclosure) -> PackSlice:
    """The slice with its proofs; what is not sealed yet is sealed first."""
    withheld = len(disclosure.items)
    for number in range(SEAL_TRIES):
        piece = pack_slice(records.events, disclosure, as_of=records.as_of)
        if piece is not None:
            return piece
        del disclosure.items[withheld:]
        if number:
            time.sleep(SEAL_WAIT)
        seal_log(log=LogKind.AUDIT, now=timezone.now())
    raise NotSealedYet(_("Events of this case are not sealed yet, so no proof can be given. Try again in a minute."))


def _write(
    archive: Archive, contents: PackContents, piece: PackSlice, disclosure: Disclosure, progress: Progress
) -> dict[str, Any]:
    """Every file in its order; returns the manifest."""
    data = contents.data
    for original in contents.originals:
        document = original.document
        archive.add_pieces(original.name, _pieces(document.storage_name, document.sha256), size=document.size)
        progress(len(archive.digests))
    for answer in contents.answers:
        _add_answer(archive, answer, disclosure)
        progress(len(archive.digests))
    data["slice"] = {"events": piece.count, "file": layout.SLICE}
    data["heads"] = piece.heads
    data["withheld"] = disclosure.data()
    archive.add(layout.SLICE, piece.lines)
    archive.add(layout.PROOFS, piece.proofs)
    archive.add(layout.SEALS, piece.seals)
    archive.add(layout.CASE, as_json(data))
    archive.add(layout.SUMMARY, summary_pdf(data, map(_picture, contents.pictures)))
    progress(len(archive.digests))
    signed_by = {signing.signing_key_id(), *piece.key_ids}
    keys = {name: key for name, key in signing.public_keys().items() if name in signed_by}
    archive.add(layout.KEYS, canonical(keys))
    archive.add(layout.VERIFIER, Path(verify_records.__file__).read_bytes())
    archive.add(layout.README, layout.readme(data))
    archive.add(layout.SUMS, layout.checksums(archive.digests))
    manifest = layout.manifest_of(data, archive.digests)
    signed = canonical(manifest)
    archive.add(layout.MANIFEST, signed)
    archive.add(layout.SIGNATURE, layout.signature_of(signed, signing.sign))
    progress(len(archive.digests))
    return manifest


def _add_answer(archive: Archive, answer: Answer, disclosure: Disclosure) -> None:
    """A provider's answer, without what gives access to something. One whose key is gone is on the list instead."""
    try:
        body = open_bytes(answer.record, answer.field)
    except SealedValueUnavailable:
        disclosure.hold(answer.stem, UNREADABLE, record=answer.record.public_id)
        return
    if not body:
        return
    shown, ending, is_changed = scrubbed(body)
    name = f"{answer.stem}.{ending}"
    answer.data.update(file=name, size=len(shown), sha256=archive.add(name, shown), is_whole=not is_changed)
    if is_changed:
        what = _("Tokens and addresses in %(file)s") % {"file": name}
        disclosure.hold(what, CREDENTIAL, record=answer.record.public_id)


def _pieces(storage_name: str, sha256: str) -> Iterator[bytes]:
    """An original a piece at a time; raises ``FileMissing`` when it is gone, or at its end when it changed."""
    with open_checked(storage_name, sha256) as stream:
        while piece := stream.read(CHECK_SIZE):
            yield piece


def _picture(picture: Picture) -> PictureOfPage:
    def content() -> bytes:
        with open_stored(picture.storage_name) as stream:
            return stream.read()

    return PictureOfPage(picture.document, picture.width, picture.height, content)
