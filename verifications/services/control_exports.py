"""The page of control evidence as a file, with its event."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable

from django.db import transaction

from verifications.enums import AuditAction
from verifications.services.audit import record_event
from verifications.services.list_exports import ListFile, csv_bytes

COLUMNS = ("control", "person", "count", "definition")


@transaction.atomic
def export_controls(
    *, rows: Iterable[tuple[str, str, object, str]], first: dt.date, last: dt.date, actor: str, at: dt.datetime
) -> ListFile:
    """The figures of a period as CSV: control, person or nothing for all, count, definition."""
    lines = list(rows)
    content = csv_bytes([COLUMNS, *lines])
    file = ListFile(content=content, sha256=hashlib.sha256(content).hexdigest(), count=len(lines))
    details = {
        "list": "controls",
        "format": "csv",
        "from": first.isoformat(),
        "until": last.isoformat(),
        "count": file.count,
        "sha256": file.sha256,
    }
    record_event(action=AuditAction.LIST_EXPORTED, actor=actor, subject=None, at=at, details=details)
    return file
