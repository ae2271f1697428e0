"""What was written is read back by something else, value by value."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exporting.nasty import AWKWARD, FORMULAS, texts
from tests.exporting.workbooks import sheets
from verifications.exporting.cells import cell_text
from verifications.exporting.files import HashedFile, sha256_of
from verifications.exporting.formulas import guarded
from verifications.exporting.joining import csv_joiner, json_joiner
from verifications.exporting.kinds import Kind
from verifications.exporting.writers import CELL_CHARACTERS, CsvWriter, ExcelWriter, JsonLinesWriter

NAMES = [("a", Kind.TEXT), ("b", Kind.TEXT)]
ID = uuid.UUID("557c5983-2ae3-4270-9bdd-c076e20dff76")
KINDS: list[tuple[Kind, Any, str]] = [
    (Kind.TEXT, "Ōe", "Ōe"),
    (Kind.CODE, "NEEDS_DECISION", "NEEDS_DECISION"),
    (Kind.ID, ID, str(ID)),
    (Kind.CASE, 42, "CASE-00042"),
    (Kind.CASE, 1_234_567, "CASE-1234567"),
    (Kind.INT, -5, "-5"),
    (Kind.BOOL, False, "false"),
    (Kind.DATE, dt.date(2026, 11, 2), "2026-11-02"),
    (Kind.JSON, '{"a": [1, "é"]}', '{"a": [1, "é"]}'),
]


def as_csv(columns: list[tuple[str, Kind]], rows: list[Any]) -> bytes:
    chunks: list[bytes] = []
    writer = CsvWriter(chunks.append, columns)
    writer.begin()
    writer.rows(rows)
    writer.finish()
    return b"".join(chunks)


def as_json(columns: list[tuple[str, Kind]], rows: list[Any]) -> bytes:
    chunks: list[bytes] = []
    writer = JsonLinesWriter(chunks.append, columns)
    writer.begin()
    writer.rows(rows)
    writer.finish()
    return b"".join(chunks)


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(("kind", "value", "text"), KINDS)
def test_a_value_is_written_by_its_kind(kind: Kind, value: Any, text: str) -> None:
    assert cell_text(value, kind) == text
    assert cell_text(None, kind) == ""


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "12:00:00+00:00"),
        (500_000, "12:00:00.5+00:00"),
        (123_456, "12:00:00.123456+00:00"),
        (10, "12:00:00.00001+00:00"),
    ],
)
def test_a_time_is_iso_8601_in_utc_whatever_its_zone(micros: int, text: str) -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    moment = dt.datetime(2026, 11, 21, 14, 0, 0, micros, tzinfo=zone)

    written = cell_text(moment, Kind.TIME)

    assert written == f"2026-11-21T{text}"
    assert dt.datetime.fromisoformat(written) == moment


def test_csv_is_read_back_with_formulas_guarded() -> None:
    rows = [(text, "x") for text in texts()]

    content = as_csv(NAMES, rows)

    assert content.startswith(b"\xef\xbb\xbfa,b\n")
    assert read_csv(content) == [["a", "b"], *([guarded(one), two] for one, two in rows)]


@given(st.lists(st.tuples(st.text(), st.text()), max_size=8))
def test_csv_of_any_texts_is_read_back(rows: list[tuple[str, str]]) -> None:
    assert read_csv(as_csv(NAMES, rows))[1:] == [[guarded(one), guarded(two)] for one, two in rows]


def test_a_single_column_keeps_its_empty_rows() -> None:
    assert read_csv(as_csv([("a", Kind.TEXT)], [("",), (None,), ("\\.",)]))[1:] == [[""], [""], ["\\."]]


def test_json_lines_hold_every_value_exactly() -> None:
    rows = [(text, None) for text in texts()]

    lines = as_json(NAMES, rows).decode().split("\n")

    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == [{"a": one, "b": None} for one, _none in rows]


def test_json_keeps_numbers_truths_and_objects() -> None:
    columns = [(kind.value, kind) for kind in (Kind.INT, Kind.BOOL, Kind.JSON, Kind.CASE)]

    line = as_json(columns, [(5, True, '{"é": [1]}', 7)])

    assert json.loads(line) == {"int": 5, "bool": True, "json": {"é": [1]}, "case": "CASE-00007"}


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=8))
def test_joined_texts_are_what_the_writer_writes(rows: list[tuple[str, str]]) -> None:
    assert csv_joiner(NAMES)(rows) == as_csv(NAMES, rows).partition(b"\n")[2]


def test_joined_texts_are_the_same_for_every_awkward_cell_and_column() -> None:
    rows = [(one, two) for one in (*AWKWARD, *FORMULAS) for two in ("", "x", "=1")]

    for columns in (NAMES, [("a", Kind.TEXT), ("b", Kind.CODE)]):
        for row in rows:
            assert csv_joiner(columns)([row, ("p", "q")]) == as_csv(columns, [row, ("p", "q")]).partition(b"\n")[2]
    for row in rows:
        assert csv_joiner(NAMES[:1])([row[:1]]) == as_csv(NAMES[:1], [row[:1]]).partition(b"\n")[2]


def test_joined_json_is_what_the_writer_writes() -> None:
    names = [("100%", Kind.TEXT), ("b", Kind.INT)]

    assert json_joiner(names)([('"a%s"', "5")]) == as_json(names, [("a%s", 5)])


def workbook(path: Path, rows: list[Any], **more: Any) -> dict[str, list[list[str]]]:
    writer = ExcelWriter(path, NAMES, title="Cases", **more)
    writer.begin()
    writer.rows(rows)
    writer.finish()
    return sheets(path)


def test_a_workbook_holds_texts_exactly_and_no_formula(tmp_path: Path) -> None:
    wanted = [text for text in texts() if text and "\r" not in text and "_x" not in text]

    found = workbook(tmp_path / "a.xlsx", [(text, "x") for text in wanted])

    assert list(found) == ["Cases"]
    assert found["Cases"] == [["a", "b"], *([text, "x"] for text in wanted)]


def test_a_workbook_goes_on_in_another_sheet(tmp_path: Path) -> None:
    found = workbook(tmp_path / "a.xlsx", [(str(number), "x") for number in range(5)], sheet_rows=3)

    assert {name: [row[0] for row in rows] for name, rows in found.items()} == {
        "Cases": ["a", "0", "1"],
        "Cases 2": ["a", "2", "3"],
        "Cases 3": ["a", "4"],
    }


def test_a_workbook_describes_its_columns_at_its_end(tmp_path: Path) -> None:
    found = workbook(tmp_path / "a.xlsx", [("1", "2")], described=[("Column", "Meaning"), ("a", "=first")])

    assert list(found.items())[-1] == ("Columns", [["Column", "Meaning"], ["a", "=first"]])


def test_a_cell_that_excel_cannot_hold_is_cut_with_a_sign(tmp_path: Path) -> None:
    found = workbook(tmp_path / "a.xlsx", [("x" * (CELL_CHARACTERS + 1), "")])

    assert found["Cases"][1][0] == "x" * (CELL_CHARACTERS - 1) + "…"


def test_a_file_knows_its_hash_and_size_and_is_its_owners(tmp_path: Path) -> None:
    with HashedFile(tmp_path / "a") as file:
        file.write(b"one")
        file.write(b"two")

    assert (file.size, file.sha256) == (6, sha256_of(tmp_path / "a"))
    assert (tmp_path / "a").stat().st_mode & 0o077 == 0
