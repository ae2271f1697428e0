"""Reads a workbook with what Python has: a second opinion on what was written."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as Xml

NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
ESCAPED = re.compile(r"_x([0-9A-F]{4})_")


def sheets(path: Path) -> dict[str, list[list[str]]]:
    """Sheet -> rows of texts. Fails on a cell that is anything but an inline string."""
    with zipfile.ZipFile(path) as book:
        names = [one.attrib["name"] for one in _xml(book, "xl/workbook.xml").iterfind(".//m:sheet", NAMES)]
        return {
            name: _rows(_xml(book, f"xl/worksheets/sheet{number}.xml")) for number, name in enumerate(names, start=1)
        }


def _xml(book: zipfile.ZipFile, name: str) -> Xml.Element:
    return Xml.fromstring(book.read(name))  # noqa: S314 - the test's own file


def _rows(sheet: Xml.Element) -> list[list[str]]:
    rows = []
    for row in sheet.iterfind(".//m:row", NAMES):
        cells: dict[int, str] = {}
        for cell in row.iterfind("m:c", NAMES):
            assert cell.attrib.get("t") == "inlineStr", cell.attrib
            assert cell.find("m:f", NAMES) is None
            text = "".join(part.text or "" for part in cell.iterfind("m:is//m:t", NAMES))
            cells[_column(cell.attrib["r"])] = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        rows.append([cells.get(number, "") for number in range(max(cells, default=-1) + 1)])
    return rows


def _column(place: str) -> int:
    number = 0
    for letter in place.rstrip("0123456789"):
        number = 26 * number + ord(letter) - 64
    return number - 1
