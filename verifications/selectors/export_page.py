"""The page of one export: what happened to it, who downloaded it, what was signed."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from verifications.enums import UNMADE_EXPORTS, LogKind
from verifications.models import AccessEvent, AuditEvent, Export

MOST_EVENTS = 50
# As a literal: with a parameter in its place SQLite does not know that the index over downloads holds all of these.
_IS_DOWNLOAD = RawSQL("action = 'export.downloaded'", [], output_field=BooleanField())


def events_of(export: Export) -> list[AuditEvent]:
    """What the audit log says of the export, newest first."""
    about = AuditEvent.objects.filter(subject_type="Export", subject_id=str(export.public_id))
    return list(about.order_by("-id")[:MOST_EVENTS])


def downloads_of(export: Export) -> list[AccessEvent]:
    """Who fetched something of it, newest first."""
    downloads = AccessEvent.objects.filter(_IS_DOWNLOAD, subject_id=str(export.public_id))
    return list(downloads.order_by("-id")[:MOST_EVENTS])


def percent_of(export: Export) -> int | None:
    """How far it is; nothing before the rows are counted and once it has ended. 100 only when it is done."""
    if export.status not in UNMADE_EXPORTS or not export.rows_expected:
        return None
    return min(99, 100 * export.rows_done // export.rows_expected)


def heads_of(export: Export) -> list[dict[str, Any]]:
    """Where each log stood when the export was made, as it stands in the manifest."""
    heads = export.manifest.get("heads", {})
    return [{"label": LogKind(log).label, **heads[log]} for log in LogKind.values if heads.get(log)]
