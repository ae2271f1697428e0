"""Making exports: claims, leases and tokens, what stops a maker, what is left when one dies."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal

from tests.exporting.workbooks import sheets
from tests.factories import NOON, make_customer
from tests.services.decision_support import answered_case
from tests.services.export_support import LATER, actions, asked, auditor, claimed, content, failed, made
from verifications import tasks
from verifications.enums import AuditAction, ExportStatus
from verifications.errors import DomainError
from verifications.models import AuditEngagement, AuditEvent, Case, CasePresence, Customer, Export
from verifications.selectors.exports import reading
from verifications.services import export_making, export_records, record_keeping
from verifications.services.document_files import documents_storage
from verifications.services.evidence_packs import Made
from verifications.services.export_downloads import open_download
from verifications.services.export_making import (
    LEASE,
    MOST_TRIES,
    claim_export,
    claim_next,
    make_claimed,
    make_due_exports,
    sweep_work_folders,
)
from verifications.services.exports import cancel_export, retry_export

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture(autouse=True)
def own_work_folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


@pytest.fixture(autouse=True)
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a maker reports is written and looked at, without waiting for a second to pass."""
    monkeypatch.setattr(export_making, "SAY_AFTER", 0.0)


def work_folders() -> list[Path]:
    return list((Path(portal.VAR_DIR) / "exports").iterdir())


def stored_files(export: Export) -> list[str]:
    try:
        return list(documents_storage().listdir(f"exports/{export.public_id}")[1])
    except FileNotFoundError:
        return []


def file_of(export: Export) -> bytes:
    return content(open_download(export_id=export.pk, person=export.requested_by, at=NOON)[0])


def again(export: Export) -> Export:
    return Export.objects.get(pk=export.pk)


def test_a_finished_export_is_whole_and_told_in_order() -> None:
    make_customer(reference="=1+1")

    export = made()

    file = file_of(export)
    assert export.status == ExportStatus.READY
    assert (export.size, export.sha256) == (len(file), hashlib.sha256(file).hexdigest())
    assert (export.rows_expected, export.rows_done) == (1, 1)
    assert export.expires_at == NOON + dt.timedelta(days=portal.EXPORT_DAYS)
    assert (export.claim_token, export.lease_expires_at) == ("", None)
    assert b",'=1+1," in file
    assert actions(export) == ["export.requested", "export.started", "export.finished"]
    finished = AuditEvent.objects.get(action=AuditAction.EXPORT_FINISHED)
    assert finished.actor == "system:exports"
    assert {name: finished.details[name] for name in ("rows", "sha256", "size")} == {
        "rows": 1,
        "sha256": export.sha256,
        "size": len(file),
    }
    assert work_folders() == []


def test_it_is_told_as_begun_before_the_first_byte() -> None:
    seen: list[list[str]] = []

    def maker(export: Export, path: Path, _progress: Any) -> Made:
        seen.append(actions(export))
        path.write_bytes(b"x")
        return Made(1, {})

    export = claimed()
    make_claimed(export=export, maker=maker)

    assert seen == [["export.requested", "export.started"]]


@pytest.mark.parametrize("kind", ["CUSTOMERS", "CASES", "AUDIT"])
def test_each_format_holds_the_same_records(kind: str) -> None:
    answered_case()
    person = auditor()

    files = {one: made(person, kind=kind, format=one) for one in ("CSV", "JSONL", "XLSX")}

    rows = {name: export.rows_done for name, export in files.items()}
    if kind == "AUDIT":  # each export leaves three entries of its own
        assert rows["JSONL"] == rows["CSV"] + 3
    else:
        assert len(set(rows.values())) == 1
    assert len(file_of(files["JSONL"]).splitlines()) == rows["JSONL"]
    assert all(json.loads(line) for line in file_of(files["JSONL"]).splitlines())


def test_a_workbook_has_the_rows_and_the_meaning_of_its_columns(tmp_path: Path) -> None:
    customer = make_customer(reference="=1+1")
    path = tmp_path / "book.xlsx"
    path.write_bytes(file_of(made(format="XLSX", columns=["customer_reference", "kind"])))

    found = sheets(path)

    assert found["Customers"] == [["customer_reference", "kind"], [customer.reference, "INDIVIDUAL"]]
    assert found["Columns"][1][:2] == ["customer_reference", "text"]


def test_filters_and_moment_are_those_of_the_wish() -> None:
    case = answered_case()
    Case.objects.update(due_at=NOON + dt.timedelta(hours=1))
    export = asked(kind="CASES", filters={"due": "overdue"})

    make_due_exports(now=NOON + dt.timedelta(days=1))

    assert again(export).rows_done == 0
    assert made(kind="CASES", filters={"due": "overdue"}, at=NOON + dt.timedelta(days=1)).rows_done == 1
    assert case.closed_at is None


def test_a_log_to_be_verified_is_made_by_its_own_maker(tmp_path: Path) -> None:
    make_customer()
    path = tmp_path / "log.zip"

    path.write_bytes(file_of(made(kind="AUDIT", format="LOG")))

    assert {"audit.jsonl", "manifest.json", "verify_records.py"} <= set(zipfile.ZipFile(path).namelist())


def test_ranges_add_up_to_all_the_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "RANGE", 2)
    for _number in range(5):
        make_customer()
    Customer.objects.filter(pk=Customer.objects.order_by("pk")[1].pk).update(country="PL")

    lines = file_of(made(format="JSONL")).splitlines()

    references = list(Customer.objects.order_by("pk").values_list("reference", flat=True))
    assert [json.loads(line)["customer_reference"] for line in lines] == references
    assert made(format="XLSX").rows_done == 5


def test_only_one_worker_gets_an_export() -> None:
    export = asked()

    first = claim_export(export_id=export.pk, now=NOON)

    assert first is not None
    assert first.lease_expires_at == NOON + LEASE
    assert claim_export(export_id=export.pk, now=NOON) is None
    assert make_due_exports(now=NOON) == 0


def test_no_more_are_made_at_once_than_leave_room_for_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_making, "MOST_AT_ONCE", 1)
    claimed()
    asked()

    assert claim_next(now=NOON) is None
    assert claim_next(now=NOON + LEASE * 2) is not None


def test_a_killed_worker_leaves_a_claim_that_runs_out_and_nothing_else() -> None:
    make_customer()
    export = claimed()
    folder = Path(portal.VAR_DIR) / "exports" / export.claim_token
    folder.mkdir(parents=True)
    (folder / "file.csv").write_bytes(b"half")
    documents_storage().save(f"exports/{export.public_id}/{export.claim_token}.csv", open_bytes(b"whole, not told"))

    early = make_due_exports(now=NOON)
    assert folder.exists()
    late = make_due_exports(now=NOON + LEASE + dt.timedelta(seconds=1))

    export = again(export)
    assert (early, late) == (0, 1)
    assert (export.status, export.tries) == (ExportStatus.READY, 2)
    assert not folder.exists()
    assert stored_files(export) == [Path(export.storage_name).name]
    assert actions(export).count("export.started") == 2


def open_bytes(data: bytes) -> Any:
    from django.core.files.base import ContentFile

    return ContentFile(data)


def test_an_export_that_kills_every_worker_is_given_up() -> None:
    export = claimed()
    Export.objects.update(tries=MOST_TRIES)

    assert make_due_exports(now=LATER) == 0

    assert again(export).status == ExportStatus.FAILED
    assert actions(export)[-1] == "export.failed"


@pytest.mark.parametrize("way", ["cancelled", "given up"])
def test_what_a_killed_worker_stored_goes_with_the_end(way: str, django_capture_on_commit_callbacks: Any) -> None:
    export = claimed()
    documents_storage().save(f"exports/{export.public_id}/{export.claim_token}.csv", open_bytes(b"whole, not told"))

    with django_capture_on_commit_callbacks(execute=True):
        if way == "cancelled":
            cancel_export(export_id=export.pk, actor=f"user:{export.requested_by_id}", at=NOON)
        else:
            Export.objects.update(tries=MOST_TRIES)
            make_due_exports(now=LATER)

    assert again(export).status in (ExportStatus.CANCELLED, ExportStatus.FAILED)
    assert stored_files(export) == []


def test_a_worker_that_lost_its_claim_changes_nothing() -> None:
    make_customer()
    late = claimed()
    other = claim_export(export_id=late.pk, now=LATER)
    assert other is not None

    def maker(_export: Export, path: Path, _progress: Any) -> Made:
        path.write_bytes(b"late")
        return Made(1, {})

    make_claimed(export=late, maker=maker)

    assert (again(late).status, again(late).claim_token) == (ExportStatus.RUNNING, other.claim_token)
    assert stored_files(late) == []
    make_claimed(export=other)
    assert again(late).status == ExportStatus.READY
    assert b"late" not in file_of(again(late))


def test_a_claim_lost_between_storing_and_telling_takes_the_file_back(monkeypatch: pytest.MonkeyPatch) -> None:
    export = claimed()
    store = export_making._store

    def lose(one: Export, path: Path) -> str:
        name = store(one, path)
        Export.objects.filter(pk=one.pk).update(claim_token="another")
        return name

    monkeypatch.setattr(export_making, "_store", lose)
    make_claimed(export=export)

    assert again(export).status == ExportStatus.RUNNING
    assert stored_files(export) == []


def stopped_by(change: Any) -> Export:
    """A maker that reports, has the change done behind its back, and would go on for ever."""
    person = auditor()
    export = claimed(person)
    reports: list[int] = []

    def maker(_export: Export, path: Path, progress: Any) -> Made:
        path.write_bytes(b"half")
        progress(1)
        change(export, person)
        for rows in range(2, 5):
            reports.append(rows)
            progress(rows)
        raise AssertionError("went on")

    make_claimed(export=export, maker=maker)
    assert reports == [2]
    assert stored_files(export) == []
    assert work_folders() == []
    return again(export)


def test_a_cancelled_export_stops_its_maker() -> None:
    export = stopped_by(lambda export, person: cancel_export(export_id=export.pk, actor=f"user:{person.pk}", at=NOON))

    assert export.status == ExportStatus.CANCELLED
    assert actions(export)[-1] == "export.cancelled"


def test_a_disabled_person_stops_the_maker() -> None:
    export = stopped_by(lambda _export, person: type(person).objects.filter(pk=person.pk).update(is_active=False))

    assert export.status == ExportStatus.CANCELLED
    assert actions(export)[-1] == "export.cancelled"


def test_a_lost_right_stops_the_maker() -> None:
    export = stopped_by(lambda _export, person: person.groups.clear())

    assert export.status == ExportStatus.CANCELLED


def test_an_auditor_whose_time_is_over_stops_the_maker() -> None:
    def give(_export: Export, person: Any) -> None:
        day = dt.timedelta(days=1)
        AuditEngagement.objects.create(
            auditor=person,
            title="Yearly audit",
            starts_at=NOON - 2 * day,
            ends_at=NOON - day,
            given_by=auditor(),
            given_at=NOON - 2 * day,
        )

    assert stopped_by(give).status == ExportStatus.CANCELLED


def test_who_was_disabled_before_gets_nothing_made() -> None:
    person = auditor()
    export = asked(person)
    person.is_active = False
    person.save(update_fields=["is_active"])

    assert make_due_exports(now=NOON) == 0

    assert again(export).status == ExportStatus.CANCELLED
    assert actions(export) == ["export.requested", "export.cancelled"]


def test_what_goes_wrong_is_told_without_details_and_leaves_no_file() -> None:
    export = failed()

    assert export.status == ExportStatus.FAILED
    assert "no space" not in export.problem
    assert actions(export)[-1] == "export.failed"
    assert "no space" not in json.dumps(AuditEvent.objects.get(action=AuditAction.EXPORT_FAILED).details)
    assert stored_files(export) == []
    assert work_folders() == []


def test_a_refusal_is_told_in_its_own_words() -> None:
    def maker(*_arguments: Any) -> Made:
        raise DomainError("A file is missing from storage.")

    export = claimed()
    make_claimed(export=export, maker=maker)

    assert again(export).problem == "A file is missing from storage."


def test_a_failed_export_is_whole_after_its_retry() -> None:
    make_customer()
    person = auditor()
    export = failed(person)

    retry_export(export_id=export.pk, actor=f"user:{person.pk}", at=NOON)
    make_due_exports(now=NOON)

    assert again(export).status == ExportStatus.READY
    assert actions(export)[-3:] == ["export.requested", "export.started", "export.finished"]


def test_a_workbook_that_is_broken_off_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    make_customer()
    export = claimed(format="XLSX")
    monkeypatch.setattr(export_records, "_values", broken_batches)

    make_claimed(export=export)

    assert again(export).status == ExportStatus.FAILED


def broken_batches(*_arguments: Any) -> Any:
    yield [("x",) * 9]
    raise OSError("gone")


def test_progress_is_kept_with_the_lease(clock: Any) -> None:
    export = claimed()
    seen: list[tuple[int, dt.datetime]] = []

    def maker(_export: Export, path: Path, progress: Any) -> Made:
        clock.shift(60)
        progress(7)
        row = again(export)
        seen.append((row.rows_done, row.lease_expires_at))
        path.write_bytes(b"x")
        return Made(9, {})

    make_claimed(export=export, maker=maker)

    assert seen == [(7, NOON + dt.timedelta(seconds=60) + LEASE)]


def test_an_export_rests_only_while_people_are_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    monkeypatch.setattr(export_records.time, "sleep", rests.append)
    case = answered_case()

    export_records.Pace().rest(0.5)
    CasePresence.objects.create(case=case, person=auditor(), since=NOON, seen_at=NOON)
    pace = export_records.Pace()
    pace.rest(0.25)
    pace.rest(0.5)

    assert rests == [0.25, 0.5]


def test_folders_of_live_claims_are_left_alone() -> None:
    export = claimed()
    root = Path(portal.VAR_DIR) / "exports"
    for name in (export.claim_token, "left"):
        (root / name).mkdir(parents=True)

    assert sweep_work_folders(now=NOON) == 1
    assert [folder.name for folder in work_folders()] == [export.claim_token]


def test_a_claim_made_while_folders_are_swept_keeps_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = asked()
    root = Path(portal.VAR_DIR) / "exports"
    root.mkdir(parents=True)

    class Root:
        def iterdir(self) -> list[Path]:
            export = claim_export(export_id=waiting.pk, now=NOON)
            assert export is not None
            (root / export.claim_token).mkdir()
            return list(root.iterdir())

    monkeypatch.setattr(export_making, "_work_root", Root)

    assert sweep_work_folders(now=NOON) == 0


def test_the_task_makes_what_waits_and_the_sweep_knows_of_exports() -> None:
    export = asked()

    tasks.make_exports()

    assert again(export).status == ExportStatus.READY
    assert "exports" in record_keeping.PARTS
