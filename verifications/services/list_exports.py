"""Lists as files: what stands in them, and the event that says who took which.

UTF-8 with a byte order mark, by which spreadsheets know the encoding; commas, CRLF. Times are in UTC. There is no name
and no sealed value in the file: a customer is the organisation's own reference.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from verifications.enums import AuditAction
from verifications.models import Case
from verifications.services.audit import record_event

BYTE_ORDER_MARK = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
CASE_COLUMNS = (
    *("case", "customer_reference", "customer_kind", "country", "kind", "state", "outcome", "risk", "priority"),
    *("provider", "method", "provider_answer", "owner", "opened_at_utc", "due_at_utc", "paused", "closed_at_utc"),
)


@dataclass(frozen=True)
class ListFile:
    """A file ready to be handed over; ``sha256`` is of exactly these bytes."""

    content: bytes
    sha256: str
    count: int


@transaction.atomic
def export_cases(*, cases: Iterable[Case], actor: str, at: dt.datetime) -> ListFile:
    """The cases as CSV, and the event of it with count and hash. ``owner`` and ``customer`` should be loaded."""
    rows = [_case_row(case) for case in cases]
    content = csv_bytes([CASE_COLUMNS, *rows])
    file = ListFile(content=content, sha256=hashlib.sha256(content).hexdigest(), count=len(rows))
    details = {"list": "cases", "format": "csv", "count": file.count, "sha256": file.sha256}
    record_event(action=AuditAction.LIST_EXPORTED, actor=actor, subject=None, at=at, details=details)
    return file


def csv_bytes(rows: Iterable[Iterable[object]]) -> bytes:
    """Rows as CSV in which no cell is taken for a formula by a spreadsheet."""
    text = io.StringIO(newline="")
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def guarded(cell: object) -> str:
    """The cell as text; what begins like a formula, also behind spaces, gets an apostrophe before it."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(FORMULA) else text


def _case_row(case: Case) -> list[object]:
    owner = case.owner.get_full_name() or case.owner.get_username() if case.owner else ""
    return [
        case.number,
        case.customer.reference,
        case.customer_kind,
        case.country,
        case.kind,
        case.state,
        case.outcome,
        case.risk,
        case.priority,
        case.provider,
        case.method,
        case.answer,
        owner,
        _utc(case.opened_at),
        _utc(case.due_at),
        "yes" if case.paused_at else "no",
        _utc(case.closed_at),
    ]


def _utc(moment: dt.datetime | None) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
