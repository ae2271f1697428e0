"""People who export, what they ask for, and the worker that makes it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.factories import NOON, make_user
from verifications.models import AuditEvent, Export
from verifications.policy.roles import AUDITOR, SENIOR_OFFICER
from verifications.services.export_making import claim_export, make_claimed, make_due_exports
from verifications.services.exports import request_export

SENSITIVE = {"with_sensitive": True, "purpose": "AUDIT"}


def auditor(**more: Any) -> Any:
    return make_user(AUDITOR, **more)


def senior(**more: Any) -> Any:
    return make_user(SENIOR_OFFICER, **more)


def asked(person: Any = None, **changes: Any) -> Export:
    """An export that waits: customers as CSV, without personal data."""
    wish: dict[str, Any] = {
        "kind": "CUSTOMERS",
        "format": "CSV",
        "filters": {},
        "columns": [],
        "with_sensitive": False,
        "purpose": "",
        "at": NOON,
    }
    return request_export(**(wish | changes), person=person or auditor())


def made(person: Any = None, **changes: Any) -> Export:
    """The same after a worker has made it."""
    export = asked(person, **changes)
    make_due_exports(now=NOON)
    export.refresh_from_db()
    return export


def claimed(person: Any = None, **changes: Any) -> Export:
    export = claim_export(export_id=asked(person, **changes).pk, now=NOON)
    assert export is not None
    return export


def failed(person: Any = None) -> Export:
    def broken(_export: Any, _path: Any, _progress: Any) -> Any:
        raise OSError("no space")

    export = claimed(person)
    make_claimed(export=export, maker=broken)
    export.refresh_from_db()
    return export


def content(stream: Any) -> bytes:
    with stream:
        return bytes(stream.read())


def actions(export: Export) -> list[str]:
    found = AuditEvent.objects.filter(subject_type="Export", subject_id=str(export.public_id)).order_by("id")
    return list(found.values_list("action", flat=True))


LATER = NOON + dt.timedelta(minutes=5)
