"""Making exports: claimed with a lease and a token, made into a folder of their own, stored, signed.

The row is the queue and the ring a nudge. A worker that dies leaves its claim to run out; whoever lost a claim can
neither write to the row nor leave a file. EXPORT_STARTED stands before the first byte, EXPORT_FINISHED after the last.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from verifications import signing
from verifications.enums import AuditAction, ExportFormat, ExportKind, ExportStatus
from verifications.errors import DomainError
from verifications.exporting.files import sha256_of
from verifications.integrity.verify_records import canonical
from verifications.models import Export
from verifications.selectors.seals import manifest_heads
from verifications.services.audit import record_event
from verifications.services.document_files import documents_storage
from verifications.services.evidence_packs import Made, make_pack
from verifications.services.export_downloads import SUFFIX
from verifications.services.export_records import make_log, make_records
from verifications.services.exports import (
    ACTOR,
    asked_for,
    due_exports,
    end,
    folder_of,
    forget_files,
    kept_until,
    may_have,
)

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=2)
MOST_TRIES = 3
"""A worker that dies that often over one export dies of it."""
MOST_AT_ONCE = 2
"""The other threads of a worker have calls to deliver."""
SAY_AFTER = 1.0
"""Seconds between two writes of the progress, which are also looks at whether to go on."""
Progress = Callable[[int], None]
Maker = Callable[[Export, Path, Progress], Made]
MAKERS: dict[str, Maker] = {ExportKind.PACK: make_pack}
"""Who makes what is no list of records."""


class Stopped(Exception):
    """The export was cancelled, or another worker has it: whatever was made is thrown away."""


class NoLongerAllowed(Exception):
    """Who asked for it was disabled or lost the right meanwhile."""


class Watch:
    """The progress a maker reports: kept about once a second, with the lease; stops the maker by an exception."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self._said = time.monotonic()

    def __call__(self, rows: int) -> None:
        if time.monotonic() - self._said >= SAY_AFTER:
            self.check(rows)

    def check(self, rows: int) -> None:
        """Raises ``Stopped`` or ``NoLongerAllowed``."""
        self._said = time.monotonic()
        own = Export.objects.filter(
            pk=self._export.pk, status=ExportStatus.RUNNING, claim_token=self._export.claim_token
        )
        if not own.update(rows_done=rows, lease_expires_at=timezone.now() + LEASE):
            raise Stopped
        if not may_have(self._export, at=timezone.now()):
            raise NoLongerAllowed


def make_due_exports(*, now: dt.datetime) -> int:
    """Make what waits, one after the other; how many were taken up. Safe to run anywhere at any time."""
    sweep_work_folders(now=now)
    taken = 0
    while export := claim_next(now=now if not taken else timezone.now()):
        make_claimed(export=export)
        taken += 1
    return taken


def claim_next(*, now: dt.datetime) -> Export | None:
    """The oldest that is due, claimed; nothing while enough are being made."""
    running = Export.objects.filter(status=ExportStatus.RUNNING, lease_expires_at__gte=now)
    for export_id in list(due_exports(now).values_list("pk", flat=True)[:20]):
        if running.count() >= MOST_AT_ONCE:
            return None
        if export := claim_export(export_id=export_id, now=now):
            return export
    return None


@transaction.atomic
def claim_export(*, export_id: int, now: dt.datetime) -> Export | None:
    """Claim one, with its event; ``None`` when it is not due, or when it ended here because it may not be made."""
    skips = connection.features.has_select_for_update_skip_locked
    export = due_exports(now).select_for_update(of=("self",), skip_locked=skips).filter(pk=export_id).first()
    if export is None:
        return None
    if export.tries >= MOST_TRIES:
        _end(export, ExportStatus.FAILED, now, _("Making it was broken off three times. The server's log says why."))
        return None
    if not may_have(export, at=now):
        _end(export, ExportStatus.CANCELLED, now, _("Who asked for it may no longer have it."))
        return None
    if export.tries:
        forget_files(export)
    export.status, export.claim_token, export.lease_expires_at = (
        ExportStatus.RUNNING,
        secrets.token_hex(16),
        now + LEASE,
    )
    export.tries, export.rows_done, export.started_at = export.tries + 1, 0, now
    export.save(
        update_fields=["status", "claim_token", "lease_expires_at", "tries", "rows_done", "started_at"],
    )
    _record(AuditAction.EXPORT_STARTED, export, now, **asked_for(export))
    return export


def make_claimed(*, export: Export, maker: Maker | None = None, progress: Progress | None = None) -> None:
    """Make, store and sign a claimed export. Whatever goes wrong ends in its row; no half file is left anywhere.

    ``progress`` hears what the row hears, as often as the maker says it.
    """
    watch = Watch(export)

    def report(rows: int) -> None:
        watch(rows)
        if progress is not None:
            progress(rows)

    folder = _work_root() / export.claim_token
    folder.mkdir(mode=0o700)
    stored = ""
    try:
        path = folder / f"file.{SUFFIX[ExportFormat(export.format)]}"
        made = (maker or _maker_of(export))(export, path, report)
        watch.check(made.rows)
        size, sha256 = path.stat().st_size, made.manifest.get("sha256") or sha256_of(path)
        stored = _store(export, path)
        _finish(export, made, size=size, sha256=sha256, stored=stored, at=timezone.now())
        stored = ""
    except Stopped:
        logger.info("Export %s was stopped; nothing is kept.", export.pk)
    except NoLongerAllowed:
        _give_up(export, ExportStatus.CANCELLED, _("Who asked for it may no longer have it."))
    except DomainError as error:
        _give_up(export, ExportStatus.FAILED, str(error))
    except Exception:
        logger.exception("Export %s could not be made.", export.pk)
        _give_up(export, ExportStatus.FAILED, _("The file could not be made. Try again; the server's log says why."))
    finally:
        if stored:
            documents_storage().delete(stored)
        shutil.rmtree(folder, ignore_errors=True)


def sweep_work_folders(*, now: dt.datetime) -> int:
    """Throw away what killed workers of this machine left half made; how many folders."""
    folders = list(_work_root().iterdir())  # before the claims are read: a folder is made after its claim
    live = set(
        Export.objects.filter(status=ExportStatus.RUNNING, lease_expires_at__gte=now).values_list(
            "claim_token", flat=True
        )
    )
    left = [folder for folder in folders if folder.name not in live]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)


def manifest_of(export: Export, made: Made, *, size: int, sha256: str, at: dt.datetime) -> dict[str, Any]:
    """What is signed of an export: what was asked for, what came out, and where both logs stood."""
    manifest: dict[str, Any] = {
        "kind": "export",
        "export": str(export.public_id),
        "records": export.kind,
        "format": export.format,
        "filters": export.filters,
        "columns": export.columns,
        "rows": made.rows,
        "sha256": sha256,
        "size": size,
        "requested_by": f"user:{export.requested_by_id}",
        "made_at": at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "heads": manifest_heads(),
    }
    if export.with_sensitive:
        manifest["purpose"] = export.purpose
    if export.variant and export.case is not None:
        manifest |= {"variant": export.variant, "case": str(export.case.public_id)}
    return manifest


class _Movable(File):
    """A file that a storage on the same disk takes by its name instead of copying it."""

    def __init__(self, stream: Any, path: Path) -> None:
        super().__init__(stream, name=str(path))
        self._path = str(path)

    def temporary_file_path(self) -> str:
        return self._path


def _store(export: Export, path: Path) -> str:
    name = f"{folder_of(export)}/{export.claim_token}{path.suffix}"
    with path.open("rb") as stream:
        return documents_storage().save(name, _Movable(stream, path))


@transaction.atomic
def _finish(export: Export, made: Made, *, size: int, sha256: str, stored: str, at: dt.datetime) -> None:
    """Raises ``Stopped`` when the claim was lost meanwhile."""
    row = _own(export)
    if row is None:
        raise Stopped
    manifest = manifest_of(row, made, size=size, sha256=sha256, at=at)
    row.key_id, row.signature = signing.sign(canonical(manifest))
    row.status, row.manifest, row.rows_done, row.size, row.sha256 = (
        ExportStatus.READY,
        manifest,
        made.rows,
        size,
        sha256,
    )
    row.storage_name, row.finished_at, row.expires_at = stored, at, kept_until(at)
    row.claim_token, row.lease_expires_at = "", None
    row.save(
        update_fields=[
            *("key_id", "signature", "status", "manifest", "rows_done", "size", "sha256", "storage_name"),
            *("finished_at", "expires_at", "claim_token", "lease_expires_at"),
        ]
    )
    _record(AuditAction.EXPORT_FINISHED, row, at, **asked_for(row), rows=made.rows, sha256=sha256, size=size)


@transaction.atomic
def _give_up(export: Export, status: ExportStatus, problem: str) -> None:
    row = _own(export)
    if row is not None:
        _end(row, status, timezone.now(), problem)


def _end(row: Export, status: ExportStatus, at: dt.datetime, problem: str) -> None:
    end(row, status, at=at, problem=problem)
    action = AuditAction.EXPORT_FAILED if status == ExportStatus.FAILED else AuditAction.EXPORT_CANCELLED
    _record(action, row, at, kind=row.kind, rows=row.rows_done, tries=row.tries)


def _own(export: Export) -> Export | None:
    """The row, locked, as long as the claim is ours."""
    return (
        Export.objects.select_for_update(of=("self",))
        .select_related("case__customer")
        .filter(pk=export.pk, status=ExportStatus.RUNNING, claim_token=export.claim_token)
        .first()
    )


def _maker_of(export: Export) -> Maker:
    return make_log if export.format == ExportFormat.LOG else MAKERS.get(export.kind, make_records)


def _work_root() -> Path:
    """Where files are made before they are stored, on a disk of this machine; nobody else can read it."""
    root = Path(settings.VAR_DIR) / "exports"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root


def _record(action: AuditAction, export: Export, at: dt.datetime, **details: Any) -> None:
    record_event(action=action, actor=ACTOR, subject=export, at=at, details=details)
