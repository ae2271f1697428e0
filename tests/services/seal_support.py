"""Logs with entries in them, sealed or not, and what somebody with the database in their hands does to them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from tests.conftest import _set_triggers
from tests.factories import NOON
from verifications.enums import AccessAction, AuditAction, LogKind
from verifications.integrity.entries import commit
from verifications.models import AccessEvent, AuditEvent
from verifications.services.audit import record_access, record_event
from verifications.services.seals import seal_log

SECOND = dt.timedelta(seconds=1)
MODELS = {LogKind.AUDIT: AuditEvent, LogKind.ACCESS: AccessEvent}


def append(log: LogKind, count: int = 1, *, at: dt.datetime = NOON) -> list[Any]:
    """As the portal writes them, one after another; every kind of value that a column may hold is among them."""
    with transaction.atomic():
        return [_event(log, number, at) for number in range(count)]


def append_in_bulk(log: LogKind, count: int, *, at: dt.datetime = NOON) -> None:
    """Many at once, with everything in them that ``append`` gives."""
    for start in range(0, count, 5000):
        rows = [_row(log, number, at) for number in range(start, min(count, start + 5000))]
        for row in rows:
            commit(log, row)
        MODELS[log].objects.bulk_create(rows)


def sealed(log: LogKind, count: int, *, batch: int = 50) -> None:
    """A log of so many entries under several seals."""
    for start in range(0, count, batch):
        append(log, min(batch, count - start))
        seal_log(log=log, now=NOON + start * SECOND)


def _event(log: LogKind, number: int, at: dt.datetime) -> Any:
    details: dict[str, Any] = {} if number % 3 else {"fields": ["phone", "e-mail"], "count": number, "zoe": {"ß": None}}
    if log is LogKind.ACCESS:
        return record_access(
            action=AccessAction.VALUE_REVEALED, actor="user:7", subject=None, at=at, purpose="AUDIT", field="phone",
            details=details,
        )  # fmt: skip
    reason = 'She said "später" \\ \x7f ☃' if number % 2 else ""
    action = AuditAction.CASE_OPENED
    return record_event(action=action, actor="user:7", subject=None, at=at, details=details, reason=reason)


def _row(log: LogKind, number: int, at: dt.datetime) -> Any:
    shared = {
        "at": at + dt.timedelta(microseconds=number * 1001),
        "actor": f"user:{number % 9}",
        "actor_name": f"Wanjirũ {number % 9}",
        "subject_type": "Case",
        "subject_id": str(uuid.UUID(int=number)),
        "customer_id": uuid.UUID(int=number) if number % 4 else None,
        "request_id": f"r{number}",
        "source": "203.0.113.9" if number % 2 else "",
        "details": {"from": "OPEN", "to": "CLOSED", "number": number} if number % 3 else {},
    }
    if log is LogKind.ACCESS:
        return AccessEvent(action="case.read", purpose="REVIEW" if number % 2 else "", field="", **shared)
    return AuditEvent(action="case.closed", reason="" if number % 5 else "Grund", **shared)


@contextmanager
def triggers_lifted() -> Iterator[None]:
    """What the owner of the tables can do."""
    _set_triggers(on=False)
    try:
        yield
    finally:
        _set_triggers(on=True)
