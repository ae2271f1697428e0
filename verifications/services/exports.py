"""Exports: asked for, cancelled, tried again, their files removed in time. ``export_making`` makes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from verifications.enums import (
    EXPORT_TRANSITIONS,
    UNMADE_EXPORTS,
    AuditAction,
    ExportFormat,
    ExportKind,
    ExportStatus,
    PackVariant,
    RevealPurpose,
)
from verifications.errors import DomainError, InvalidTransition, NotAllowed
from verifications.models import Case, Export
from verifications.selectors.engagements import has_access_now
from verifications.selectors.export_columns import chosen_columns, permission_of, read_filters
from verifications.services import doorbell
from verifications.services.audit import record_event
from verifications.services.document_files import documents_storage

ACTOR = "system:exports"
FORMATS: dict[str, tuple[ExportFormat, ...]] = {
    kind: (ExportFormat.CSV, ExportFormat.JSONL, ExportFormat.XLSX) for kind in ExportKind if kind != ExportKind.PACK
} | {ExportKind.PACK: (ExportFormat.ZIP,)}
for _log in (ExportKind.AUDIT, ExportKind.ACCESS):
    FORMATS[_log] = (*FORMATS[_log], ExportFormat.LOG)
MOST_WAITING = 10
"""Exports of one person that are not made yet."""
MOST_REMOVED = 100
"""Files taken away in one run; the next takes more."""


def formats_of(kind: str) -> tuple[ExportFormat, ...]:
    """What an export of the kind can be made as: one log of its own can also be made to be verified."""
    return FORMATS[kind]


def permissions_for(kind: str, *, with_sensitive: bool) -> list[str]:
    """The rights an export takes, all of them."""
    names = ["add_export", permission_of(kind)]
    if kind == ExportKind.PACK:
        names += ["download_original", "reveal_sealed_value"]
    elif with_sensitive:
        names.append("export_sensitive")
    return [f"verifications.{name}" for name in names]


def may_export(person: Any, kind: str, *, with_sensitive: bool = False) -> bool:
    """Whether the person may have such an export; asked again while it is made and when it is fetched."""
    return bool(person.is_active) and person.has_perms(permissions_for(kind, with_sensitive=with_sensitive))


def may_see(export: Export, person: Any) -> bool:
    """Whether the person may have the file: their own, or one without personal data of records they could export."""
    if export.requested_by_id != person.pk and export.with_sensitive:
        return False
    return may_export(person, export.kind, with_sensitive=export.with_sensitive)


def may_have(export: Export, *, at: dt.datetime) -> bool:
    """Whether who asked for it may have it at this moment, as the database knows them: not once their time is over."""
    person = get_user_model().objects.get(pk=export.requested_by_id)
    return has_access_now(person, at) and may_export(person, export.kind, with_sensitive=export.with_sensitive)


@transaction.atomic
def request_export(
    *,
    kind: str,
    format: str,
    filters: Mapping[str, Any],
    columns: Sequence[str],
    with_sensitive: bool,
    purpose: str,
    person: Any,
    at: dt.datetime,
    case: Case | None = None,
    variant: str = "",
) -> Export:
    """Queue an export and ring the worker after commit.

    ``filters``: name to value, or to values where several may be chosen (``export_columns.filters_of``); no ``columns``
    means all. An evidence pack takes its ``case`` and ``variant``; it always has personal data, and so a purpose.
    Raises ``NotAllowed``, ``UnknownFilter`` or ``UnknownColumn``, or another ``DomainError`` in plain words.
    """
    is_pack = kind == ExportKind.PACK
    with_sensitive = with_sensitive or is_pack
    _check_wish(kind, format, case, variant)
    if not (has_access_now(person, at) and may_export(person, kind, with_sensitive=with_sensitive)):
        raise NotAllowed(_("You may not export this. Nothing was made."))
    if with_sensitive and purpose not in RevealPurpose.values:
        raise NotAllowed(_("Choose what the personal data is needed for."))
    if Export.objects.filter(requested_by=person, status__in=UNMADE_EXPORTS).count() >= MOST_WAITING:
        raise DomainError(_("Ten of your exports wait already. Wait for one, or cancel one."))
    chosen = [] if format == ExportFormat.LOG else chosen_columns(kind, columns, with_sensitive=with_sensitive)
    export = Export.objects.create(
        kind=kind,
        format=format,
        variant=variant,
        case=case,
        filters=_filters(kind, format, filters, person, at),
        columns=[column.name for column in chosen],
        with_sensitive=is_pack or any(column.sensitive for column in chosen),
        purpose=purpose if with_sensitive else "",
        requested_by=person,
        requested_at=at,
    )
    _record(AuditAction.EXPORT_REQUESTED, export, actor=f"user:{person.pk}", at=at, **asked_for(export))
    doorbell.ring_exports()
    return export


@transaction.atomic
def cancel_export(*, export_id: int, actor: str, at: dt.datetime) -> Export:
    """Call off an export that waits or is being made; the worker stops within seconds and keeps nothing.

    By whoever asked for it, or by the portal itself. Raises ``NotAllowed`` and ``InvalidTransition``.
    """
    export = _locked(export_id, actor, ExportStatus.CANCELLED)
    end(export, ExportStatus.CANCELLED, at=at)
    _record(AuditAction.EXPORT_CANCELLED, export, actor=actor, at=at, kind=export.kind, rows=export.rows_done)
    return export


@transaction.atomic
def retry_export(*, export_id: int, actor: str, at: dt.datetime) -> Export:
    """Have a failed export made again, from its beginning, with the filters it had.

    By whoever asked for it. Raises ``NotAllowed`` and ``InvalidTransition``.
    """
    export = _locked(export_id, actor, ExportStatus.QUEUED)
    if not may_have(export, at=at):
        raise NotAllowed(_("You may not export this. Nothing was made."))
    export.status, export.problem, export.tries = ExportStatus.QUEUED, "", 0
    export.rows_done, export.rows_expected, export.started_at, export.finished_at = 0, None, None, None
    export.save(
        update_fields=[
            *("status", "problem", "tries", "rows_done", "rows_expected", "started_at", "finished_at"),
        ]
    )
    _record(AuditAction.EXPORT_REQUESTED, export, actor=actor, at=at, again=True, **asked_for(export))
    doorbell.ring_exports()
    return export


def remove_expired(*, now: dt.datetime) -> int:
    """Take the files of exports past their time out of storage; the rows stay. How many."""
    due = Export.objects.filter(status=ExportStatus.READY, expires_at__lte=now).order_by("expires_at")
    return sum(_remove(pk, now) for pk in list(due.values_list("pk", flat=True)[:MOST_REMOVED]))


def keep_exports(*, now: dt.datetime) -> None:
    """What is due of exports: files past their time go, and the worker is told of what waits or was left lying."""
    if due_exports(now).exists():
        doorbell.ring_exports()
    remove_expired(now=now)


def due_exports(now: dt.datetime) -> Any:
    """Those that wait, and those whose worker did not come back; oldest first."""
    abandoned = Q(status=ExportStatus.RUNNING, lease_expires_at__lt=now)
    return Export.objects.filter(Q(status=ExportStatus.QUEUED) | abandoned).order_by("pk")


def asked_for(export: Export) -> dict[str, Any]:
    """What an event says of an export: kind, filters and column names; a filter holds no personal data."""
    about: dict[str, Any] = {
        "kind": export.kind,
        "format": export.format,
        "filters": export.filters,
        "with_sensitive": export.with_sensitive,
    }
    if export.with_sensitive:
        about["purpose"] = export.purpose
    if export.variant:
        about["variant"] = export.variant
    else:
        about["columns"] = export.columns
    return about


def end(export: Export, status: ExportStatus, *, at: dt.datetime, problem: str = "") -> None:
    """Write an end that leaves no file; the caller holds the row's lock and writes the event.

    What a worker stored before it was killed goes too: nobody would come back for it.
    """
    export.status, export.problem, export.finished_at = status, problem[:300], at
    export.claim_token, export.lease_expires_at = "", None
    export.save(update_fields=["status", "problem", "finished_at", "claim_token", "lease_expires_at"])
    transaction.on_commit(lambda: forget_files(export), robust=True)


def _check_wish(kind: str, format: str, case: Case | None, variant: str) -> None:
    if kind not in ExportKind.values or format not in formats_of(kind):
        raise DomainError(_("These records can't be exported in this format."))
    if kind == ExportKind.PACK and (case is None or variant not in PackVariant.values):
        raise DomainError(_("An evidence pack takes a case, and whom it is for."))
    if kind != ExportKind.PACK and (case is not None or variant):
        raise DomainError(_("Only an evidence pack is about one case."))


def _filters(kind: str, format: str, filters: Mapping[str, Any], person: Any, at: dt.datetime) -> dict[str, Any]:
    if format == ExportFormat.LOG and any(filters.values()):
        raise DomainError(_("A log that can be verified is whole: take the filters off, or choose another format."))
    return read_filters(kind, filters, user_id=person.pk, now=at)


def _locked(export_id: int, actor: str, after: ExportStatus) -> Export:
    export = Export.objects.select_for_update(of=("self",)).select_related("requested_by", "case").get(pk=export_id)
    if actor.startswith("user:") and actor != f"user:{export.requested_by_id}":
        raise NotAllowed(_("This export is somebody else's. Nothing was changed."))
    if after not in EXPORT_TRANSITIONS[ExportStatus(export.status)]:
        raise InvalidTransition(
            _("This is no longer possible: the export's state is “%(state)s”. Nothing was changed.")
            % {"state": export.get_status_display()}
        )
    return export


def _remove(export_id: int, now: dt.datetime) -> bool:
    """``False`` when somebody was first. The row forgets the file last: a file that can't be removed is tried again."""
    with transaction.atomic():
        export = Export.objects.select_for_update().get(pk=export_id)
        if export.status != ExportStatus.READY:
            return False
        export.status = ExportStatus.REMOVED
        export.save(update_fields=["status"])
        _record(AuditAction.EXPORT_REMOVED, export, actor="system:schedule", at=now, sha256=export.sha256)
        forget_files(export)
    return True


def folder_of(export: Export) -> str:
    """Where its files are in storage: a name of the portal's own making."""
    return f"exports/{export.public_id}"


def forget_files(export: Export) -> None:
    """Take everything out of storage that was ever kept for it, also by a worker that was killed on the way."""
    storage = documents_storage()
    try:
        _folders, names = storage.listdir(folder_of(export))
    except FileNotFoundError:
        return
    for name in names:
        storage.delete(f"{folder_of(export)}/{name}")


def _record(action: AuditAction, export: Export, *, actor: str, at: dt.datetime, **details: Any) -> None:
    record_event(action=action, actor=actor, subject=export, at=at, details=details)


def kept_until(at: dt.datetime) -> dt.datetime:
    return at + dt.timedelta(days=settings.EXPORT_DAYS)
