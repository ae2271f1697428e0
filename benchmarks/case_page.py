"""Server time of the case page as a case grows, against an empty view through the same middleware.

``python -m benchmarks.case_page --server postgres://postgres@127.0.0.1:5432/postgres`` or ``--sqlite``: one case in
twenty thousand, with 1 document and 10 events, then 20 and 200, then 60 and 2,000. Whole requests in process, as an
officer who may decide. Sealed values and images are not part of it: the browser asks for images by itself.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
from typing import Any

from benchmarks.database import add_server_argument, start_django_on_own_database, start_django_on_own_sqlite
from benchmarks.report import Timing, headline, line, timed
from benchmarks.requests_in_process import Portal

STEPS = ((1, 10), (20, 200), (60, 2_000))
"""Documents and events of the case."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_server_argument(parser)
    parser.add_argument("--sqlite", action="store_true", help="on a SQLite file of the run's own")
    parser.add_argument("--cases", type=int, default=20_000, help="how many cases there are beside it")
    chosen = parser.parse_args()
    version = start_django_on_own_sqlite() if chosen.sqlite else start_django_on_own_database(chosen.server)
    name = "SQLite" if chosen.sqlite else "PostgreSQL"
    headline("Case page", f"{name} {version} on the same machine; whole requests in process; ratios of fastest runs")
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - after django.setup()
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    if chosen.sqlite:
        from benchmarks import rows_by_orm as rows  # noqa: PLC0415
    else:
        from benchmarks import rows  # type: ignore[no-redef]  # noqa: PLC0415

    owner = rows.make_owner()
    rows.fill(start=1, end=chosen.cases, owner=owner)
    portal = Portal(get_user_model().objects.get(pk=owner))
    empty = timed(portal.getter("/bench/empty"), rounds=200).fastest
    line("empty view", Timing(empty, empty))
    case = _case()
    documents = events = 0
    for more_documents, more_events in STEPS:
        _grow(case, range(documents, more_documents), range(events, more_events))
        documents, events = more_documents, more_events
        address = case.get_absolute_url()
        line(f"{documents} documents, {events:,} events", timed(portal.getter(address), seconds=8), empty, "empty view")
        with CaptureQueriesContext(connection) as captured:
            portal.get(address)
        taken = sum(float(query["time"]) for query in captured) * 1000
        print(f"    {len(captured)} queries, {taken:.1f} ms of them; {len(portal.get(address)):,} bytes", flush=True)


def _case() -> Any:
    """A case in the middle, answered and needing a decision."""
    from verifications.models import Case, Verification  # noqa: PLC0415

    middle = Case.objects.order_by("pk")[Case.objects.count() // 2]
    verification = Verification.objects.get(case=middle)
    verification.status, verification.answer, verification.completed_at = "COMPLETED", "MET", verification.accepted_at
    verification.save(update_fields=["status", "answer", "completed_at"])
    middle.state, middle.latest_verification = "NEEDS_DECISION", verification
    middle.save(update_fields=["state", "latest_verification"])
    return middle


def _grow(case: Any, documents: range, events: range) -> None:
    from django.utils import timezone  # noqa: PLC0415

    from verifications.models import AccessEvent, AuditEvent, Document, DocumentRendition  # noqa: PLC0415

    now = timezone.now()
    files = Document.objects.bulk_create(
        Document(
            customer_id=case.customer_id,
            verification=case.latest_verification,
            slot=("front", "back", "selfie")[number % 3],
            origin="UPLOADED" if number < 3 else "PROVIDER",
            display_name=f"passport {number}.jpg",
            storage_name=f"bench/{number}.jpg",
            content_type="image/jpeg",
            extension="jpg",
            family="image",
            size=200_000,
            sha256=f"{number:064x}",
            width=1600,
            height=1100,
            pages=1,
            uploaded_by="user:1",
            uploaded_at=now,
        )
        for number in documents
    )
    DocumentRendition.objects.bulk_create(
        DocumentRendition(
            document=file,
            kind=kind,
            storage_name=f"{file.storage_name}.{kind}",
            content_type="image/jpeg",
            size=90_000,
            sha256=file.sha256,
            width=1600,
            height=1100,
        )
        for file, kind in itertools.product(files, ("PREVIEW", "THUMBNAIL"))
    )
    actions = ("document.uploaded", "verification.answered", "case.claimed", "note.added")
    kept: dict[str, Any] = {"actor": "user:1", "actor_name": "Bench", "customer_id": case.customer.public_id}
    AuditEvent.objects.bulk_create(
        AuditEvent(
            action=actions[number % len(actions)],
            at=now + dt.timedelta(milliseconds=number),
            subject_type="case",
            subject_id=str(case.public_id),
            details={"slot": "front", "sha256": "0" * 64, "version": 1, "answer": "MET"},
            **kept,
        )
        for number in events[::2]
    )
    AccessEvent.objects.bulk_create(
        AccessEvent(
            action="document.preview_served",
            at=now + dt.timedelta(milliseconds=number),
            subject_type="document",
            subject_id=str(case.public_id),
            details={"slot": "front"},
            **kept,
        )
        for number in events[1::2]
    )


if __name__ == "__main__":
    main()
