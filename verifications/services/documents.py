"""Documents: taken in after their content was checked, taken off a draft, served with their access event."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import models, transaction

from verifications.documents.jobs import CAPTURE_KINDS, UPLOAD_KINDS
from verifications.documents.naming import delivery_filename, safe_display_name
from verifications.documents.previews import process_upload
from verifications.documents.types import DecoderUnavailable, Inspection, Rendition, UploadRefused
from verifications.enums import (
    AccessAction,
    AuditAction,
    DocumentOrigin,
    DocumentSlot,
    RenditionKind,
    SessionShape,
    SessionStatus,
    VerificationMethod,
    VerificationStatus,
)
from verifications.errors import DomainError, InvalidTransition
from verifications.models import Document, DocumentRendition, ProviderAccount, Verification
from verifications.providers.registry import definition
from verifications.providers.transmit_verify import IMAGE_LIMIT
from verifications.services.audit import record_access, record_event
from verifications.services.provider_accounts import account_options

logger = logging.getLogger(__name__)

IMAGES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic"})
PAPERS = IMAGES | {"application/pdf"}
VIDEOS = frozenset({"video/mp4", "video/quicktime", "video/webm"})
CHECK_SIZE = 256 * 1024


class DocumentRefused(DomainError):
    """The file was looked at and not taken; ``code`` names the reason. Nothing was stored."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class ProviderCopy:
    """A provider's image whose files are in storage and whose rows are not written yet."""

    document: Document
    renditions: list[DocumentRendition]


class FileMissing(DomainError, FileNotFoundError):
    """The file is not in storage, or is no longer the one that was uploaded."""


def documents_storage() -> Storage:
    return storages["documents"]


def accepted_types(slot: str, method: str) -> frozenset[str]:
    """Content types a slot takes: selfies may be short videos, everything else is an image or a PDF.

    A verification session takes pictures only.
    """
    if method == VerificationMethod.SESSION:
        return IMAGES
    return IMAGES | VIDEOS if slot == DocumentSlot.SELFIE else PAPERS


def uploaded_documents(verification: Verification) -> models.QuerySet[Document]:
    """The documents that stand in the verification's slots now; copies from the provider are not among them."""
    return verification.documents.filter(origin=DocumentOrigin.UPLOADED, removed_at__isnull=True).prefetch_related(
        "renditions"
    )


def upload_limit(account: ProviderAccount) -> int:
    """The largest file, in bytes, that this account's provider is sent."""
    return account_options(account).max_file_bytes


def store_upload(
    *, verification_id: int, slot: str, path: Path, claimed_name: str, actor: str, at: dt.datetime
) -> Document:
    """Check the file's content, keep the original and its renditions, and put it into the draft's slot.

    ``path`` is a temporary file of the caller. Raises ``DocumentRefused`` with a plain reason (also in the audit log)
    or ``InvalidTransition`` when the verification is no longer a draft; in both cases nothing is kept.
    """
    verification = Verification.objects.select_related("account", "customer").get(pk=verification_id)
    _check_slot(verification, slot)
    with tempfile.TemporaryDirectory(prefix="renditions-") as folder:
        try:
            inspection, renditions = process_upload(
                path,
                claimed_name=claimed_name,
                accept=accepted_types(slot, verification.method),
                max_bytes=upload_limit(verification.account),
                out_dir=Path(folder),
                kinds=CAPTURE_KINDS if verification.method == VerificationMethod.SESSION else UPLOAD_KINDS,
            )
        except UploadRefused as error:
            _record_refusal(verification, slot, error.code, actor, at)
            raise DocumentRefused(error.message, code=error.code) from error
        except DecoderUnavailable as error:
            logger.exception("An upload could not be looked at.")
            raise DocumentRefused(
                "The file could not be checked: the portal lacks something it needs for that (space on disk, perhaps). "
                "Nothing was stored. Try again; if it stays so, tell the operator.",
                code="decoder_unavailable",
            ) from error
        document = _document(verification, slot, claimed_name, inspection, actor=actor, at=at)
        with stored_files(document, path, renditions) as rows:
            _keep(document, rows, actor=actor, at=at)
    return document


def read_copy(*, content: bytes, verification: Verification, slot: str, actor: str, at: dt.datetime) -> ProviderCopy:
    """Look at an image that came from a provider and put its files into storage; ``keep_copy`` writes the rows.

    Raises ``DocumentRefused`` when the bytes are no picture that can be opened; nothing is stored then.
    """
    with tempfile.TemporaryDirectory(prefix="copy-") as folder:
        path = Path(folder) / "image"
        path.write_bytes(content)
        (Path(folder) / "shown").mkdir()
        try:
            inspection, renditions = process_upload(
                path,
                claimed_name=f"{slot}.jpg",
                accept=IMAGES,
                max_bytes=IMAGE_LIMIT,
                out_dir=Path(folder) / "shown",
            )
        except UploadRefused as error:
            raise DocumentRefused(error.message, code=error.code) from error
        document = _document(verification, slot, f"{slot}.jpg", inspection, actor=actor, at=at)
        document.origin = DocumentOrigin.PROVIDER
        with stored_files(document, path, renditions) as rows:
            return ProviderCopy(document=document, renditions=rows)


def keep_copy(copy: ProviderCopy) -> Document:
    """Write the rows of a copy; the caller's transaction holds its event."""
    copy.document.save()
    for row in copy.renditions:
        row.document = copy.document
    DocumentRendition.objects.bulk_create(copy.renditions)
    return copy.document


def discard_copy(copy: ProviderCopy) -> None:
    """Take the files of a copy that gets no rows out of storage again."""
    for name in (copy.document.storage_name, *(row.storage_name for row in copy.renditions)):
        documents_storage().delete(name)


@contextmanager
def stored_files(document: Document, path: Path, renditions: list[Rendition]) -> Iterator[list[DocumentRendition]]:
    """Put an original and its pictures into storage for the block; when the block fails they are taken away again."""
    stored: list[str] = []
    try:
        name = delivery_filename(document.slot, document.extension)
        document.storage_name = _store(path, f"{document.public_id}/{name}", stored)
        yield [_store_rendition(document, rendition, stored) for rendition in renditions]
    except BaseException:
        for name in stored:
            documents_storage().delete(name)
        raise


@transaction.atomic
def remove_document(*, document_id: int, actor: str, at: dt.datetime) -> Document:
    """Take a document off its draft. The row and the file stay, as evidence that it was there."""
    document = Document.objects.select_related("customer", "verification").get(pk=document_id)
    if document.origin != DocumentOrigin.UPLOADED:
        raise InvalidTransition("A copy of what the provider has is evidence and stays. Nothing was removed.")
    _locked_draft(document.verification_id)
    if document.removed_at is None:
        document.removed_at = at
        document.save(update_fields=["removed_at"])
        record_event(
            action=AuditAction.DOCUMENT_REMOVED,
            actor=actor,
            subject=document,
            at=at,
            details={"slot": document.slot, "sha256": document.sha256},
        )
    return document


def open_rendition(*, document: Document, kind: RenditionKind, page: int, actor: str, at: dt.datetime) -> IO[bytes]:
    """A re-encoded picture for a person. The access event is committed before the first byte is handed out."""
    rendition = document.renditions.filter(kind=kind, page=page).first()
    if rendition is None:
        raise FileMissing("There is no picture of this page.")
    action = AccessAction.THUMBNAIL_SERVED if kind == RenditionKind.THUMBNAIL else AccessAction.PREVIEW_SERVED
    with transaction.atomic():
        record_access(action=action, actor=actor, subject=document, at=at, details={"page": page})
        return _open(rendition.storage_name)


def open_original(*, document: Document, actor: str, at: dt.datetime) -> IO[bytes]:
    """The original, byte for byte, for a download; with its access event."""
    with transaction.atomic():
        record_access(
            action=AccessAction.ORIGINAL_SERVED,
            actor=actor,
            subject=document,
            at=at,
            details={"sha256": document.sha256},
        )
        return _open(document.storage_name)


def delivery_file(document: Document) -> tuple[str, str, int, str, str]:
    """What a provider is sent: (storage name, content type, size, SHA-256, file name with its true extension)."""
    converted = document.renditions.filter(kind=RenditionKind.DELIVERY).first()
    if converted is not None:
        name = delivery_filename(document.slot, "jpg")
        return converted.storage_name, converted.content_type, converted.size, converted.sha256, name
    name = delivery_filename(document.slot, document.extension)
    return document.storage_name, document.content_type, document.size, document.sha256, name


class HashedReader:
    """A binary stream that fails at its end when the bytes are not the ones that were recorded at upload."""

    def __init__(self, stream: IO[bytes], sha256: str) -> None:
        self._stream = stream
        self._expected = sha256
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self._digest.update(chunk)
        if (size < 0 or (size and not chunk)) and self._digest.hexdigest() != self._expected:
            raise FileMissing("A file in storage is no longer the one that was uploaded. Nothing was sent.")
        return chunk

    def check(self) -> None:
        """Read to the end, in pieces; raises ``FileMissing`` when the file changed."""
        while self.read(CHECK_SIZE):
            pass

    def close(self) -> None:
        self._stream.close()

    def __enter__(self) -> HashedReader:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def open_checked(storage_name: str, sha256: str) -> HashedReader:
    """Open a stored file for sending; raises ``FileMissing`` when it is gone or, at its end, when it changed."""
    return HashedReader(_open(storage_name), sha256)


def _check_slot(verification: Verification, slot: str) -> None:
    _check_open(verification)
    slots = definition(verification.account.kind).file_slots.get(verification.type, ())
    if slot not in {name for name, _required in slots}:
        raise DocumentRefused("This kind of verification takes no such document.", code="slot")


def _locked_draft(verification_id: int) -> Verification:
    verification = Verification.objects.select_for_update().get(pk=verification_id)
    _check_open(verification)
    return verification


def _check_open(verification: Verification) -> None:
    """A draft takes documents, and so does a session whose provider wants another picture."""
    if verification.is_draft:
        return
    wants_picture = verification.sessions.filter(
        shape=SessionShape.BACKEND, status__in=[SessionStatus.ACTION_REQUIRED, SessionStatus.CAPTURING]
    )
    if verification.status != VerificationStatus.WAITING_FOR_CUSTOMER or not wants_picture.exists():
        raise InvalidTransition("This verification was already submitted; its documents can't change any more.")


@transaction.atomic
def _keep(document: Document, rows: list[DocumentRendition], *, actor: str, at: dt.datetime) -> None:
    _locked_draft(document.verification_id)
    replaced = Document.objects.filter(
        verification_id=document.verification_id,
        slot=document.slot,
        origin=DocumentOrigin.UPLOADED,
        removed_at__isnull=True,
    )
    for old in replaced.select_related("customer"):
        remove_document(document_id=old.pk, actor=actor, at=at)
    document.save()
    for row in rows:
        row.document = document
    DocumentRendition.objects.bulk_create(rows)
    record_event(
        action=AuditAction.DOCUMENT_UPLOADED,
        actor=actor,
        subject=document,
        at=at,
        details={
            "verification": str(document.verification.public_id),
            "slot": document.slot,
            "sha256": document.sha256,
            "size": document.size,
            "content_type": document.content_type,
        },
    )


@transaction.atomic
def _record_refusal(verification: Verification, slot: str, code: str, actor: str, at: dt.datetime) -> None:
    record_event(
        action=AuditAction.DOCUMENT_REFUSED,
        actor=actor,
        subject=verification,
        at=at,
        details={"slot": slot, "code": code},
    )


def _document(
    verification: Verification, slot: str, claimed_name: str, inspection: Inspection, *, actor: str, at: dt.datetime
) -> Document:
    return Document(
        customer=verification.customer,
        verification=verification,
        slot=slot,
        display_name=safe_display_name(claimed_name),
        content_type=inspection.content_type,
        extension=inspection.extension,
        family=inspection.family,
        size=inspection.size,
        sha256=inspection.sha256,
        width=inspection.width,
        height=inspection.height,
        pages=inspection.pages,
        notes=list(inspection.notes),
        uploaded_by=actor,
        uploaded_at=at,
    )


def _store(path: Path, name: str, stored: list[str]) -> str:
    with path.open("rb") as stream:
        kept = documents_storage().save(name, File(stream))
    stored.append(kept)
    return kept


def _store_rendition(document: Document, rendition: Rendition, stored: list[str]) -> DocumentRendition:
    kind = RenditionKind(rendition.kind)
    is_sent = kind in (RenditionKind.DELIVERY, RenditionKind.CAPTURE)
    stem = document.slot if is_sent else f"{kind.lower()}-{rendition.page}"
    folder = kind.lower() if is_sent else "shown"
    return DocumentRendition(
        kind=kind,
        page=rendition.page,
        storage_name=_store(rendition.path, f"{document.public_id}/{folder}/{stem}.jpg", stored),
        content_type=rendition.content_type,
        size=rendition.size,
        sha256=rendition.sha256,
        width=rendition.width,
        height=rendition.height,
    )


def _open(storage_name: str) -> IO[bytes]:
    try:
        stream: IO[bytes] = documents_storage().open(storage_name, "rb")
    except (FileNotFoundError, OSError) as error:
        raise FileMissing(
            "A file is missing from storage. Restore it from a backup, or cancel and upload the document again."
        ) from error
    return stream


@contextmanager
def spooled(upload: File) -> Iterator[Path]:
    """The upload as a file on disk, whichever handler took it."""
    temporary = getattr(upload, "temporary_file_path", None)
    if temporary is not None:
        yield Path(temporary())
        return
    with tempfile.NamedTemporaryFile(prefix="upload-") as copy:
        for chunk in upload.chunks():
            copy.write(chunk)
        copy.flush()
        yield Path(copy.name)
