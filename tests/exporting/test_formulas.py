"""One escaper for every file: what a spreadsheet takes for a formula, and what it does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exporting.nasty import FORMULAS
from verifications.exporting.formulas import BLANKS, STARTS, guarded, is_formula

APP = Path(__file__).parents[2] / "verifications"


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=b", "Ōe", "1-2", "CASE-00001", "'=1", "{}"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text


def test_nothing_and_numbers_become_texts() -> None:
    assert [guarded(cell) for cell in (None, 3)] == ["", "3"]


@given(st.text())
def test_no_guarded_cell_is_a_formula_and_every_cell_can_be_had_back(text: str) -> None:
    cell = guarded(text)

    assert not is_formula(cell)
    assert text in (cell, cell[1:])


@given(st.sampled_from(sorted(STARTS)), st.text(alphabet=BLANKS, max_size=5), st.text(max_size=20))
def test_a_start_behind_any_blanks_is_found(start: str, blanks: str, rest: str) -> None:
    assert guarded(blanks + start + rest) == f"'{blanks}{start}{rest}"


def test_nobody_writes_csv_past_the_escaper() -> None:
    writers = {
        str(path.relative_to(APP))
        for path in APP.rglob("*.py")
        if re.search(r"csv\.(writer|DictWriter)\(|text/csv", path.read_text(encoding="utf-8"))
    }

    own = {"services/export_downloads.py", "views/link_batches.py", "views/bulk.py"}
    assert {name for name in writers if name not in own and not _hands_out(name)} == set()


def _hands_out(name: str) -> bool:
    """A view that sends bytes which ``list_exports`` made."""
    return name.startswith("views/") and "csv.writer" not in (APP / name).read_text(encoding="utf-8")
