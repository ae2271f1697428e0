"""Exports in the states that pages show, with a file of known bytes where there is one."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from tests.factories import make_user
from verifications import signing
from verifications.enums import ExportStatus
from verifications.integrity.verify_records import canonical
from verifications.models import Export
from verifications.policy.roles import AUDITOR
from verifications.services.document_files import documents_storage
from verifications.services.exports import request_export

CONTENT = bytes(number % 251 for number in range(1000))
DIGEST = "d" * 64


def asked(person: Any = None, **changed: Any) -> Export:
    """Waits for its worker: customers as CSV with two columns, asked for by an auditor."""
    wish: dict[str, Any] = {
        "kind": "CUSTOMERS",
        "format": "CSV",
        "filters": {},
        "columns": ["country", "created_at"],
        "with_sensitive": False,
        "purpose": "",
        "person": person or make_user(AUDITOR),
        "at": timezone.now(),
    }
    return request_export(**wish | changed)


def ready(person: Any = None, *, content: bytes = CONTENT, **changed: Any) -> Export:
    """Made, with these bytes as its file."""
    export = asked(person, **changed)
    now = timezone.now()
    sha256 = hashlib.sha256(content).hexdigest()
    head = {"number": 3, "total": 120, "digest": DIGEST, "sealed_at": now.isoformat()}
    manifest = {"kind": "export", "export": str(export.public_id), "sha256": sha256, "heads": {"AUDIT": head}}
    key_id, signature = signing.sign(canonical(manifest))
    export.status = ExportStatus.READY
    export.rows_expected = export.rows_done = 12
    export.size, export.sha256 = len(content), sha256
    export.manifest, export.key_id, export.signature = manifest, key_id, signature
    export.started_at = export.finished_at = now
    export.expires_at = now + dt.timedelta(days=30)
    export.storage_name = documents_storage().save(f"exports/{export.public_id}", ContentFile(content))
    export.save()
    return export


def running(person: Any = None, *, done: int = 30, expected: int = 100, **changed: Any) -> Export:
    """In a worker's hands, so many rows far."""
    export = asked(person, **changed)
    Export.objects.filter(pk=export.pk).update(
        status=ExportStatus.RUNNING, rows_done=done, rows_expected=expected, started_at=timezone.now()
    )
    export.refresh_from_db()
    return export


def failed(person: Any = None, *, problem: str = "The storage did not take the file.") -> Export:
    export = asked(person)
    Export.objects.filter(pk=export.pk).update(status=ExportStatus.FAILED, problem=problem, finished_at=timezone.now())
    export.refresh_from_db()
    return export
