"""Rows as CSV, JSON lines or Excel. Each writer takes rows of values in the order of its columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from verifications.exporting.cells import cell_text, json_text
from verifications.exporting.formulas import guarded, is_formula
from verifications.exporting.kinds import Kind

BYTE_ORDER_MARK = "\ufeff"
GUARDED = (Kind.TEXT,)
"""Kinds whose text comes from outside; a number is none, and its minus no formula. JSON begins with a bracket."""
SHEET_ROWS = 1_048_576
CELL_CHARACTERS = 32_767
Columns = Sequence[tuple[str, Kind]]
Row = Sequence[Any]


class Writer(Protocol):
    """``begin`` once, then ``rows`` as often as there are some, then ``finish`` once."""

    def begin(self) -> None: ...

    def rows(self, rows: Iterable[Row]) -> None: ...

    def finish(self) -> None: ...


class CsvWriter:
    """UTF-8 with a byte order mark, by which spreadsheets know the encoding; commas, a line feed after each row.

    As PostgreSQL writes it: quotes only where a comma, a quote or a line break stands in a cell.
    """

    def __init__(self, write: Callable[[bytes], object], columns: Columns) -> None:
        self._write = write
        self._columns = columns
        self._only = len(columns) == 1

    def begin(self) -> None:
        names = ",".join(self._cell(name, ("", Kind.ID)) for name, _kind in self._columns)
        self._write(f"{BYTE_ORDER_MARK}{names}\n".encode())

    def rows(self, rows: Iterable[Row]) -> None:
        self._write("".join(self._line(row) for row in rows).encode())

    def finish(self) -> None:
        pass

    def _line(self, row: Row) -> str:
        return ",".join(map(self._cell, row, self._columns)) + "\n"

    def _cell(self, value: Any, column: tuple[str, Kind]) -> str:
        _name, kind = column
        text = cell_text(value, kind)
        if kind in GUARDED:
            text = guarded(text)
        if self._only and text in ("", "\\."):  # a row that is empty is read as none, and this one as the end
            return f'"{text}"'
        if '"' in text or "," in text or "\n" in text or "\r" in text:
            return '"' + text.replace('"', '""') + '"'
        return text


class JsonLinesWriter:
    """UTF-8, an object a line with its members in the order of the columns; every value exactly as it is."""

    def __init__(self, write: Callable[[bytes], object], columns: Columns) -> None:
        self._write = write
        self._columns = [(json.dumps(name, ensure_ascii=False), kind) for name, kind in columns]

    def begin(self) -> None:
        pass

    def rows(self, rows: Iterable[Row]) -> None:
        self._write("".join(self._line(row) for row in rows).encode())

    def finish(self) -> None:
        pass

    def _line(self, row: Row) -> str:
        members = (f"{name}:{json_text(value, kind)}" for value, (name, kind) in zip(row, self._columns, strict=True))
        return "{" + ",".join(members) + "}\n"


class ExcelWriter:
    """A workbook in which every cell is a string: no formula, and no number that loses digits.

    Written row by row in constant memory; past the rows a sheet can have, the next one goes on with the same header.
    What a cell can't hold is cut, with ``…`` as its last character. ``described``: a sheet of its own behind the
    others, row by row.
    """

    def __init__(
        self, path: Path, columns: Columns, *, title: str, described: Iterable[Row] = (), sheet_rows: int = SHEET_ROWS
    ) -> None:
        options = {"constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._book.use_zip64()
        self._bold: Format = self._book.add_format({"bold": True})
        self._text: Format = self._book.add_format({"quote_prefix": True})
        """Stays text where somebody edits the cell."""
        self._columns = columns
        self._title = title[:25]
        self._described = described
        self._sheet_rows = sheet_rows
        self._sheets = 0

    def begin(self) -> None:
        self._next_sheet()

    def rows(self, rows: Iterable[Row]) -> None:
        kinds = [kind for _name, kind in self._columns]
        for row in rows:
            if self._at == self._sheet_rows:
                self._next_sheet()
            for number, (value, kind) in enumerate(zip(row, kinds, strict=True)):
                if value is not None:
                    self._cell(number, cell_text(value, kind))
            self._at += 1

    def finish(self) -> None:
        if self._described:
            sheet = self._book.add_worksheet("Columns")
            for number, row in enumerate(self._described):
                for column, text in enumerate(row):
                    sheet.write_string(number, column, str(text))
        self._book.close()

    def abandon(self) -> None:
        """Let go of what was begun: nothing is written."""
        for sheet in self._book.worksheets():
            if sheet.row_data_fh is not None:
                sheet.row_data_fh.close()

    def _cell(self, number: int, text: str) -> None:
        if len(text) > CELL_CHARACTERS:
            text = text[: CELL_CHARACTERS - 1] + "…"
        if text:
            self._sheet.write_string(self._at, number, text, self._text if is_formula(text) else None)

    def _next_sheet(self) -> None:
        self._sheets += 1
        name = self._title if self._sheets == 1 else f"{self._title} {self._sheets}"
        self._sheet: Worksheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        for number, (column, _kind) in enumerate(self._columns):
            self._sheet.write_string(0, number, column, self._bold)
        self._at = 1
