"""Finished exports handed out: the file, and what proves it, each with its access event."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from verifications import signing
from verifications.enums import AccessAction, ExportFormat, ExportStatus
from verifications.errors import InvalidTransition, NotAllowed
from verifications.integrity.verify_records import canonical
from verifications.models import Export
from verifications.selectors.engagements import has_access_now
from verifications.services.audit import record_access
from verifications.services.document_files import open_stored
from verifications.services.exports import may_see

SUFFIX: dict[str, str] = {
    ExportFormat.CSV: "csv",
    ExportFormat.JSONL: "jsonl",
    ExportFormat.XLSX: "xlsx",
    ExportFormat.LOG: "zip",
    ExportFormat.ZIP: "zip",
}
CONTENT_TYPE: dict[str, str] = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSONL: "application/x-ndjson; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.LOG: "application/zip",
    ExportFormat.ZIP: "application/zip",
}


@dataclass(frozen=True)
class Proof:
    """What goes with the file: the signed manifest, its signature, and the public keys of the installation."""

    manifest: bytes
    signature: bytes
    keys: bytes


def file_name(export: Export) -> str:
    """The name a download has: kind, day and the first part of its id; nothing of a person."""
    return f"{export.kind.lower()}-{export.requested_at:%Y-%m-%d}-{str(export.public_id)[:8]}.{SUFFIX[export.format]}"


def content_type(export: Export) -> str:
    return CONTENT_TYPE[export.format]


@transaction.atomic
def open_download(
    *, export_id: int, person: Any, at: dt.datetime, first: int = 0, last: int | None = None
) -> tuple[IO[bytes], Export]:
    """The file for a person, its access event committed before the first byte.

    ``first`` and ``last`` are the bytes asked for where it is not the whole: they stand in the event, so that what was
    resumed can be told from a new download.
    Whoever asked for it, or sees these records and exports too; one with personal data only whoever asked for it.
    Raises ``NotAllowed``, ``InvalidTransition`` when it is not ready, and ``FileMissing``.
    """
    export = _ready(export_id, person, at)
    details: dict[str, Any] = {"kind": export.kind, "format": export.format, "sha256": export.sha256}
    if first or last is not None:
        details |= {"first": first, "last": last, "resumed": first > 0}
    _record(export, person, at, details)
    return open_stored(export.storage_name), export


@transaction.atomic
def open_manifest(*, export_id: int, person: Any, at: dt.datetime, part: str = "manifest") -> tuple[Proof, Export]:
    """The manifest and what it is checked with; it holds no personal data, and stays once the file was removed.

    ``part`` is the name of what is taken of it. Raises as ``open_download`` does.
    """
    export = _ready(export_id, person, at, also=ExportStatus.REMOVED)
    _record(export, person, at, {"kind": export.kind, "part": part})
    return proof_of(export), export


def proof_of(export: Export) -> Proof:
    """As files: ``manifest.json``, ``manifest.sig`` and ``keys.json``."""
    signature = {"key_id": export.key_id, "signature": export.signature}
    return Proof(canonical(export.manifest), canonical(signature), canonical(signing.public_keys()))


def _ready(export_id: int, person: Any, at: dt.datetime, *, also: ExportStatus = ExportStatus.READY) -> Export:
    export = Export.objects.select_related("requested_by", "case__customer").get(pk=export_id)
    if not (has_access_now(person, at) and may_see(export, person)):
        raise NotAllowed(_("This export is somebody else's. Ask for one of your own."))
    if export.status not in (ExportStatus.READY, also):
        raise InvalidTransition(_("This export has no file: %(state)s.") % {"state": export.get_status_display()})
    return export


def _record(export: Export, person: Any, at: dt.datetime, details: dict[str, Any]) -> None:
    record_access(
        action=AccessAction.EXPORT_DOWNLOADED,
        actor=f"user:{person.pk}",
        subject=export,
        at=at,
        purpose=export.purpose,
        details=details,
    )
