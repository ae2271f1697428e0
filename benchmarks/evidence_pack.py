"""Time and memory of making an evidence pack, by the number of its documents and by their size.

``python -m benchmarks.evidence_pack``: on a SQLite file and a folder of the run's own, one case after another: 5 and 50
documents of 1 MiB, 50 of 8 MiB, each with a picture of 1,600 by 1,100 for the PDF, a sealed answer of 20 kB for every
document and 10 events for each. Peak memory is the kernel's high-water mark of a process of its own for each case, less
what the portal took before. Linux only.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import io
import json
import multiprocessing
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.database import start_django_on_own_sqlite
from benchmarks.report import headline

CASES = ((5, 1), (50, 1), (50, 8))
"""Documents of the case, and MiB of each."""
MIB = 1024 * 1024
EVENTS_EACH = 10


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    version = start_django_on_own_sqlite()
    headline("Evidence pack", f"SQLite {version}, files on disk; one process a case")
    for documents, size in CASES:
        case = _case(documents, size * MIB)
        with multiprocessing.get_context("fork").Pool(1) as pool:
            first, second, grown, length, is_same = pool.apply(_made, (case,))
        print(
            f"  {documents:>3} documents of {size} MiB: {first:5.1f} s, again {second:5.1f} s, {length / MIB:6.1f} MiB,"
            f" peak memory +{grown / 1024:5.1f} MiB, {'equal' if is_same else 'DIFFERENT'} bytes",
            flush=True,
        )


def _made(case_id: int) -> tuple[float, float, int, int, bool]:
    """Seconds of the first and of the second build, growth of the peak in KiB, bytes, whether both are the same."""
    from django.db import connection  # noqa: PLC0415 - after django.setup()

    from verifications.services.evidence_packs import make_pack  # noqa: PLC0415

    connection.close()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken, digests, length = [], [], 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(2):
            path = Path(folder) / f"{number}.zip"
            began = time.perf_counter()
            make_pack(_export(case_id), path, lambda _files: None)
            taken.append(time.perf_counter() - began)
            with path.open("rb") as stream:
                digests.append(hashlib.file_digest(stream, "sha256").hexdigest())
            length = path.stat().st_size
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return taken[0], taken[1], grown, length, len(set(digests)) == 1


def _case(documents: int, size: int) -> int:
    """A decided case with so many documents, its files in storage."""
    from django.utils import timezone  # noqa: PLC0415

    from tests.factories import make_draft  # noqa: PLC0415
    from verifications.models import AuditEvent, Case, Document, DocumentRendition, ProviderCall  # noqa: PLC0415
    from verifications.services.audit import record_event  # noqa: PLC0415
    from verifications.services.document_files import documents_storage  # noqa: PLC0415
    from verifications.services.sealed_values import seal  # noqa: PLC0415
    from verifications.services.verifications import submit_verification  # noqa: PLC0415

    now = timezone.now()
    draft = make_draft(with_front=True)
    verification = submit_verification(verification_id=draft.pk, actor="system:command", at=now)
    ProviderCall.objects.filter(verification=verification).update(status="CANCELLED", finished_at=now)
    case = Case.objects.select_related("customer").get(pk=verification.case_id)
    picture, body = _picture(), random.Random(7).randbytes(size)
    answer = json.dumps({"state": "ok", "values": [{"name": f"field {n}", "value": "x" * 60} for n in range(220)]})
    storage = documents_storage()
    for number in range(documents):
        stem = f"bench/{case.pk}/{number}"
        content = number.to_bytes(8, "big") + body
        document = Document.objects.create(
            customer=case.customer,
            verification=verification,
            slot=("front", "back", "selfie")[number % 3],
            origin="PROVIDER",
            display_name=f"passport {number}.jpg",
            storage_name=storage.save(f"{stem}.jpg", io.BytesIO(content)),  # type: ignore[arg-type]
            content_type="image/jpeg",
            extension="jpg",
            family="image",
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            width=4000,
            height=3000,
            pages=1,
            uploaded_by="system:delivery",
            uploaded_at=now,
        )
        DocumentRendition.objects.create(
            document=document,
            kind="PREVIEW",
            storage_name=storage.save(f"{stem}-preview.jpg", io.BytesIO(picture)),  # type: ignore[arg-type]
            content_type="image/jpeg",
            size=len(picture),
            sha256=hashlib.sha256(picture).hexdigest(),
            width=1600,
            height=1100,
        )
        call = ProviderCall(
            account=verification.account,
            operation="GET_USER",
            status="SUCCEEDED",
            verification=verification,
            customer=case.customer,
            requested_by="system:delivery",
            created_at=now,
            not_before=now,
            finished_at=now,
            http_status=200,
        )
        seal(call, "answer_original", answer, mask="sealed")
        call.save()
    _events(case, documents * EVENTS_EACH, now, record_event)
    assert AuditEvent.objects.filter(customer_id=case.customer.public_id).count() > documents * EVENTS_EACH
    return case.pk


def _events(case: Any, count: int, now: dt.datetime, record_event: Any) -> None:
    from django.db import transaction  # noqa: PLC0415

    from verifications.enums import AuditAction  # noqa: PLC0415

    actions = (AuditAction.CASE_CLAIMED, AuditAction.NOTE_ADDED, AuditAction.CASE_PRIORITISED)
    with transaction.atomic():
        for number in range(count):
            record_event(action=actions[number % 3], actor="system:command", subject=case, at=now)


def _export(case_id: int) -> Any:
    from django.contrib.auth import get_user_model  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from verifications.models import Export  # noqa: PLC0415

    person, _made_now = get_user_model().objects.get_or_create(username="bench")
    return Export.objects.create(
        kind="PACK",
        format="ZIP",
        case_id=case_id,
        variant="REGULATOR",
        with_sensitive=True,
        purpose="AUDIT",
        requested_by=person,
        requested_at=timezone.now(),
    )


def _picture() -> bytes:
    """A photograph's worth of JPEG."""
    from PIL import Image  # noqa: PLC0415

    noise = Image.effect_noise((800, 550), 60).resize((1600, 1100)).convert("RGB")
    kept = io.BytesIO()
    noise.save(kept, "JPEG", quality=85)
    return kept.getvalue()


if __name__ == "__main__":
    main()
