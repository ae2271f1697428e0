"""Personal data in an export: opened for a purpose, each record with its access event before it is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.exporting.records import FORMULA, make_records
from tests.exporting.workbooks import sheets
from tests.factories import NOON, make_customer
from tests.services.export_support import SENSITIVE, auditor, claimed, content, made
from verifications.enums import AccessAction, ExportStatus
from verifications.exporting.writers import JsonLinesWriter
from verifications.models import AccessEvent, Customer, DataKey, Decision, Export, Verification
from verifications.selectors.export_columns import RECORDS, columns_of
from verifications.services import export_sensitive
from verifications.services.export_downloads import open_download
from verifications.services.export_making import make_claimed
from verifications.services.sealed_values import open_value

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture(autouse=True)
def own_work_folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


def lines_of(kind: str, **changes: Any) -> list[dict[str, Any]]:
    export = made(kind=kind, format="JSONL", **SENSITIVE, **changes)
    assert export.status == ExportStatus.READY, export.problem
    stream, _export = open_download(export_id=export.pk, person=export.requested_by, at=NOON)
    return [json.loads(line) for line in content(stream).splitlines()]


def looks() -> list[AccessEvent]:
    return list(AccessEvent.objects.filter(action=AccessAction.RECORD_EXPORTED).order_by("id"))


def test_values_come_out_in_clear_with_an_event_for_each_record() -> None:
    customers = [make_customer(), make_customer(middle_name="=1+1")]
    person = auditor()

    export = made(person, columns=["customer_reference", "middle_name", "email", "address"], **SENSITIVE)

    file = content(open_download(export_id=export.pk, person=person, at=NOON)[0]).decode("utf-8-sig")
    assert file.splitlines()[0] == "customer_reference,middle_name,email,address"
    for customer in customers:
        assert open_value(customer, "email") in file
    assert ",'=1+1," in file
    found = looks()
    assert [(one.actor, one.subject_type, one.subject_id, one.customer_id, one.purpose) for one in found] == [
        (f"user:{person.pk}", "Customer", str(one.public_id), one.public_id, "AUDIT") for one in customers
    ]
    assert found[0].details == {"export": str(export.public_id), "fields": ["middle_name", "email", "address"]}
    assert all(len(one.commitment) == 64 and len(one.salt) == 32 for one in found)


def test_every_kind_comes_out_with_what_is_personal() -> None:
    decision = make_records()
    verification = Verification.objects.get(case=decision.case)

    for kind in RECORDS:
        if any(column.sensitive for column in columns_of(kind)):
            rows = lines_of(kind)
            assert rows, kind
            assert list(rows[0]) == [column.name for column in columns_of(kind)]
    decisions = lines_of("DECISIONS")
    checks = {row["verification_id"]: row for row in lines_of("VERIFICATIONS")}

    assert decisions[0]["rationale"] == open_value(Decision.objects.get(), "rationale")
    assert decisions[0]["customer_name"] == verification.customer.display_name
    own = checks[str(verification.public_id)]
    assert own["document_number"] == open_value(verification, "document_number")
    assert own["extracted_values"] == {"person.full_name": "Zoë; Exämple"}
    assert own["customer_reference"] == FORMULA


def test_an_export_of_others_names_is_entered_for_each_record_too() -> None:
    make_records()

    rows = lines_of("CASES", columns=["case", "customer_name"])

    assert len(looks()) == len(rows)
    assert {look.subject_type for look in looks()} == {"Case"}


def test_without_personal_data_nothing_is_entered() -> None:
    make_customer()

    made(columns=["kind"], **SENSITIVE)

    assert looks() == []


def test_events_stand_before_the_bytes_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_sensitive, "AT_ONCE", 2)
    for _number in range(5):
        make_customer()
    written: list[int] = []
    rows_of = JsonLinesWriter.rows

    def watched(writer: JsonLinesWriter, rows: Any) -> None:
        written.append(len(rows))
        assert len(looks()) == sum(written)
        rows_of(writer, rows)

    monkeypatch.setattr(JsonLinesWriter, "rows", watched)
    lines_of("CUSTOMERS")

    assert written == [2, 2, 1]


def test_a_batch_costs_a_fixed_number_of_queries(django_assert_num_queries: Any) -> None:
    columns = columns_of("VERIFICATIONS")
    make_records()
    export = Export(kind="VERIFICATIONS", purpose="AUDIT", requested_by=auditor())
    records = RECORDS["VERIFICATIONS"].matching({}, 1, NOON)

    with django_assert_num_queries(10):
        (rows,) = export_sensitive.opened_rows(export, records, columns)

    assert len(rows) == Verification.objects.count() > 1


def test_a_destroyed_key_leaves_its_values_empty_and_the_others_whole() -> None:
    erased, other = make_customer(), make_customer()
    DataKey.objects.filter(customer=erased).delete()

    rows = lines_of("CUSTOMERS", columns=["customer_reference", "email"])

    assert rows == [
        {"customer_reference": erased.reference, "email": None},
        {"customer_reference": other.reference, "email": open_value(other, "email")},
    ]


def test_an_altered_value_fails_the_export_and_says_so() -> None:
    one, other = make_customer(), make_customer()
    moved = Customer.objects.get(pk=other.pk)
    moved.email = one.email
    moved.save(update_fields=["email"])
    export = claimed(columns=["email"], **SENSITIVE)

    make_claimed(export=export)

    export.refresh_from_db()
    assert (export.status, bool(export.problem)) == (ExportStatus.FAILED, True)


def test_a_workbook_holds_them_as_texts(tmp_path: Path) -> None:
    customer = make_customer(middle_name="=1+1")
    person = auditor()
    export = made(person, format="XLSX", columns=["middle_name", "phone"], **SENSITIVE)
    path = tmp_path / "book.xlsx"
    path.write_bytes(content(open_download(export_id=export.pk, person=person, at=NOON)[0]))

    assert sheets(path)["Customers"][1] == ["=1+1", open_value(customer, "phone")]
