"""What the database writes itself and what Python writes are the same bytes, for every kind of record and any text."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection

from tests.exporting.records import FORMULA, make_records
from tests.factories import NOON, make_customer
from verifications.exporting.formulas import guarded
from verifications.exporting.kinds import Kind
from verifications.exporting.writers import CsvWriter, JsonLinesWriter
from verifications.models import AuditEvent, Customer
from verifications.selectors.export_columns import RECORDS, Column, columns_of, records_for
from verifications.selectors.exports import reading
from verifications.selectors.exports.reading import (
    Extent,
    extent_of,
    in_range,
    key_ranges,
    lines_of,
    snapshot,
    values_of,
)

pytestmark = pytest.mark.django_db


def plain(kind: str) -> list[Column]:
    return [column for column in columns_of(kind) if not column.sensitive]


def records(kind: str) -> Any:
    return records_for(kind, {}, user_id=1, now=NOON).order_by("pk")


def by_database(kind: str, columns: list[Column], *, as_json: bool) -> bytes:
    chunks: list[bytes] = []
    count = lines_of(records(kind), columns, connection, chunks.append, as_json=as_json)
    assert count == records(kind).count() > 0
    return b"".join(chunks)


def by_python(kind: str, columns: list[Column], *, as_json: bool) -> bytes:
    chunks: list[bytes] = []
    shape = [(column.name, column.kind) for column in columns]
    writer = (JsonLinesWriter if as_json else CsvWriter)(chunks.append, shape)
    for batch in values_of(records(kind), columns, connection):
        writer.rows(batch)
    return b"".join(chunks)


def test_both_ways_give_the_same_bytes() -> None:
    make_records()

    for kind in RECORDS:
        for as_json in (False, True):
            columns = plain(kind)
            assert by_database(kind, columns, as_json=as_json) == by_python(kind, columns, as_json=as_json), kind
            for column in columns:
                one = [column]
                assert by_database(kind, one, as_json=as_json) == by_python(kind, one, as_json=as_json), column.name


def test_what_comes_out_is_what_is_stored() -> None:
    make_records()
    columns = plain("AUDIT")

    lines = by_database("AUDIT", columns, as_json=True).decode().splitlines(keepends=False)
    cells = csv.DictReader(
        io.StringIO(by_database("AUDIT", columns, as_json=False).decode(), newline=""),
        fieldnames=[column.name for column in columns],
    )

    events = list(AuditEvent.objects.order_by("pk"))
    told = [json.loads(line) for line in by_database("AUDIT", columns, as_json=True).decode().split("\n") if line]
    assert len(lines) >= len(events)
    for event, one, row in zip(events, told, cells, strict=True):
        assert one["actor_name"] == event.actor_name
        assert one["details"] == event.details
        assert one["event_id"] == str(event.event_id)
        assert row["actor_name"] == guarded(event.actor_name)
        assert json.loads(row["details"]) == event.details


def test_a_formula_in_a_reference_is_guarded_by_the_database() -> None:
    make_records()
    column = next(one for one in plain("CASES") if one.name == "customer_reference")

    content = by_database("CASES", [column], as_json=False).decode()

    assert f"'{FORMULA}" in [row[0] for row in csv.reader(io.StringIO(content, newline=""))]


def test_what_is_sealed_or_personal_is_not_selected_by_the_fast_way() -> None:
    for kind in RECORDS:
        assert not any(column.is_sealed or column.is_extracted for column in plain(kind))


def test_ranges_cover_every_key_once_and_grow_over_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "RANGE", 10)
    monkeypatch.setattr(reading, "MOST_RANGE", 40)
    keys = [*range(5, 40), 100, 500]
    found, ranges, rows = [], key_ranges(Extent(5, 500, len(keys))), None

    spans = []
    while True:
        try:
            above, up_to = ranges.send(rows)
        except StopIteration:
            break
        spans.append(up_to - above)
        own = [key for key in keys if above < key <= up_to]
        found += own
        rows = len(own)

    assert found == keys
    assert max(spans) == 40
    assert spans[0] == 10


def test_extent_and_ranges_of_records() -> None:
    make_customer()
    last = make_customer()
    everybody = Customer.objects.all()

    extent = extent_of(everybody, connection)

    assert (extent.last, extent.count) == (last.pk, 2)
    assert [one.pk for one in in_range(everybody, last.pk - 1, last.pk)] == [last.pk]
    assert extent_of(everybody.none(), connection) == Extent()
    assert extent_of(everybody.filter(reference="nobody"), connection) == Extent()
    assert lines_of(everybody.none(), plain("CUSTOMERS"), connection, print, as_json=False) == 0
    assert list(values_of(everybody.none(), plain("CUSTOMERS"), connection)) == []


def test_a_time_zone_of_the_session_changes_nothing() -> None:
    make_records()
    columns = [column for column in plain("CUSTOMERS") if column.kind == Kind.TIME]

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT current_setting('TimeZone')")
            assert cursor.fetchone() == ("UTC",)
    assert by_database("CUSTOMERS", columns, as_json=False).decode().splitlines()[0].count("+00:00") == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_snapshot_does_not_see_what_comes_later() -> None:
    make_customer()

    with snapshot() as seen:
        before = extent_of(Customer.objects.all(), seen)
        make_customer()
        after = extent_of(Customer.objects.all(), seen)

    assert seen is not connection
    assert before == after
    assert before.count == 1
