"""Chosen cases of the queue as a file at once, and the event that says who took which.

The columns and the way a cell is written are those of the export of cases, without personal data: a customer is the
organisation's own reference. What is asked for by filters is made in the background (``exports``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from verifications.enums import AuditAction, ExportKind
from verifications.exporting.kinds import Kind
from verifications.exporting.writers import CsvWriter
from verifications.models import Case
from verifications.selectors.export_columns import chosen_columns
from verifications.selectors.exports.reading import values_of
from verifications.services.audit import record_event


@dataclass(frozen=True)
class ListFile:
    """A file ready to be handed over; ``sha256`` is of exactly these bytes."""

    content: bytes
    sha256: str
    count: int


def csv_bytes(rows: Iterable[Iterable[object]]) -> bytes:
    """A short list as CSV: the names of its columns, then its rows, in which no cell is taken for a formula."""
    names, *others = [list(row) for row in rows]
    chunks: list[bytes] = []
    writer = CsvWriter(chunks.append, [(str(name), Kind.TEXT) for name in names])
    writer.begin()
    writer.rows(others)
    return b"".join(chunks)


@transaction.atomic
def export_cases(*, case_ids: Iterable[int], actor: str, at: dt.datetime) -> ListFile:
    """The cases of these keys as CSV in the order of their keys, and the event of it with count and hash."""
    columns = chosen_columns(ExportKind.CASES, [], with_sensitive=False)
    chunks: list[bytes] = []
    writer = CsvWriter(chunks.append, [(column.name, column.kind) for column in columns])
    writer.begin()
    count = 0
    for batch in values_of(Case.objects.filter(pk__in=list(case_ids)).order_by("pk"), columns, connection):
        writer.rows(batch)
        count += len(batch)
    content = b"".join(chunks)
    file = ListFile(content=content, sha256=hashlib.sha256(content).hexdigest(), count=count)
    details = {"list": "cases", "format": "csv", "count": file.count, "sha256": file.sha256}
    record_event(action=AuditAction.LIST_EXPORTED, actor=actor, subject=None, at=at, details=details)
    return file
