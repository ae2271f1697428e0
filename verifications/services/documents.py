"""Documents: taken in after their content was checked, taken off a draft, served with their access event."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.db import models, transaction
from django.utils.translation import gettext as _

from verifications.documents.jobs import CAPTURE_KINDS, UPLOAD_KINDS
from verifications.documents.naming import delivery_filename
from verifications.documents.types import Inspection
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
from verifications.errors import InvalidTransition
from verifications.models import Document, DocumentRendition, ProviderAccount, Verification
from verifications.providers.registry import definition
from verifications.providers.transmit_verify import IMAGE_LIMIT
from verifications.services.audit import record_access, record_event
from verifications.services.document_files import (
    FileMissing,
    HashedReader,
    documents_storage,
    open_checked,
    open_stored,
    spooled,
    stored_files,
)
from verifications.services.document_intake import (
    IMAGES,
    PAPERS,
    UNCHECKED,
    VIDEOS,
    DocumentRefused,
    looked_at,
    new_document,
    upload_looked_at,
)
from verifications.services.provider_accounts import account_options

__all__ = [
    "DocumentRefused",
    "FileMissing",
    "HashedReader",
    "ProviderCopy",
    "accepted_types",
    "delivery_file",
    "discard_copy",
    "documents_storage",
    "keep_copy",
    "open_checked",
    "open_original",
    "open_rendition",
    "read_copy",
    "remove_document",
    "spooled",
    "store_upload",
    "stored_files",
    "upload_limit",
    "uploaded_documents",
]


@dataclass(frozen=True)
class ProviderCopy:
    """A provider's image whose files are in storage and whose rows are not written yet."""

    document: Document
    renditions: list[DocumentRendition]


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
    try:
        with upload_looked_at(
            path,
            claimed_name=claimed_name,
            accept=accepted_types(slot, verification.method),
            max_bytes=upload_limit(verification.account),
            kinds=CAPTURE_KINDS if verification.method == VerificationMethod.SESSION else UPLOAD_KINDS,
        ) as (inspection, renditions):
            document = _document(verification, slot, claimed_name, inspection, actor=actor, at=at)
            with stored_files(document, path, renditions) as rows:
                _keep(document, rows, verification, actor=actor, at=at)
    except DocumentRefused as error:
        if error.code != UNCHECKED:
            _record_refusal(verification, slot, error.code, actor, at)
        raise
    return document


def read_copy(*, content: bytes, verification: Verification, slot: str, actor: str, at: dt.datetime) -> ProviderCopy:
    """Look at an image that came from a provider and put its files into storage; ``keep_copy`` writes the rows.

    Raises ``DocumentRefused`` when the bytes are no picture that can be opened; nothing is stored then.
    """
    with tempfile.TemporaryDirectory(prefix="copy-") as folder:
        path = Path(folder) / "image"
        path.write_bytes(content)
        with looked_at(path, claimed_name=f"{slot}.jpg", accept=IMAGES, max_bytes=IMAGE_LIMIT) as (found, renditions):
            document = _document(verification, slot, f"{slot}.jpg", found, actor=actor, at=at)
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


@transaction.atomic
def remove_document(*, document_id: int, actor: str, at: dt.datetime) -> Document:
    """Take a document off its draft. The row and the file stay, as evidence that it was there."""
    document = Document.objects.select_related("customer", "verification").get(pk=document_id)
    if document.origin != DocumentOrigin.UPLOADED:
        raise InvalidTransition(_("A copy of what the provider has is evidence and stays. Nothing was removed."))
    if document.verification_id is None:
        raise InvalidTransition(_("What is attached to a note stays with it. Nothing was removed."))
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
        raise FileMissing(_("There is no picture of this page."))
    action = AccessAction.THUMBNAIL_SERVED if kind == RenditionKind.THUMBNAIL else AccessAction.PREVIEW_SERVED
    with transaction.atomic():
        record_access(action=action, actor=actor, subject=document, at=at, details={"page": page})
        return open_stored(rendition.storage_name)


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
        return open_stored(document.storage_name)


def delivery_file(document: Document) -> tuple[str, str, int, str, str]:
    """What a provider is sent: (storage name, content type, size, SHA-256, file name with its true extension)."""
    converted = document.renditions.filter(kind=RenditionKind.DELIVERY).first()
    if converted is not None:
        name = delivery_filename(document.slot, "jpg")
        return converted.storage_name, converted.content_type, converted.size, converted.sha256, name
    name = delivery_filename(document.slot, document.extension)
    return document.storage_name, document.content_type, document.size, document.sha256, name


def _check_slot(verification: Verification, slot: str) -> None:
    _check_takes_documents(verification)
    slots = definition(verification.account.kind).file_slots.get(verification.type, ())
    if slot not in {name for name, _required in slots}:
        raise DocumentRefused(_("This kind of verification takes no such document."), code="slot")


def _locked_draft(verification_id: int) -> Verification:
    verification = Verification.objects.select_for_update().get(pk=verification_id)
    _check_takes_documents(verification)
    return verification


def _check_takes_documents(verification: Verification) -> None:
    """A draft takes documents, and so does a session whose provider wants another picture."""
    if verification.is_draft:
        return
    wants_picture = verification.sessions.filter(
        shape=SessionShape.BACKEND, status__in=[SessionStatus.ACTION_REQUIRED, SessionStatus.CAPTURING]
    )
    if verification.status != VerificationStatus.WAITING_FOR_CUSTOMER or not wants_picture.exists():
        raise InvalidTransition(_("This verification was already submitted; its documents can't change any more."))


@transaction.atomic
def _keep(
    document: Document, rows: list[DocumentRendition], verification: Verification, *, actor: str, at: dt.datetime
) -> None:
    _locked_draft(verification.pk)
    replaced = Document.objects.filter(
        verification=verification,
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
            "verification": str(verification.public_id),
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
    return new_document(
        inspection,
        customer=verification.customer,
        verification=verification,
        slot=slot,
        claimed_name=claimed_name,
        actor=actor,
        at=at,
    )
