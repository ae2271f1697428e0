"""Rows of cells that are text already, joined to lines: many at a time, with a closer look only where one is needed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from operator import itemgetter

from verifications.exporting.formulas import BLANKS, STARTS
from verifications.exporting.kinds import Kind
from verifications.exporting.writers import GUARDED, CsvWriter

_BREAKS = "\r\n"
_SUSPECT = re.compile(f"[,\n][{BLANKS}]*[{re.escape(''.join(one for one in STARTS if one not in _BREAKS))}]")
"""A line break that opens a cell is found by counting the lines."""
Join = Callable[[list[tuple[str, ...]]], bytes]


def csv_joiner(columns: Sequence[tuple[str, Kind]]) -> Join:
    """Rows of texts to lines of CSV, as ``CsvWriter`` writes them.

    Only texts and JSON can need quotes or an apostrophe: those cells are looked through together, and the rows are
    written one by one where anything is found.
    """
    chunks: list[bytes] = []
    careful = CsvWriter(chunks.append, [(name, kind if kind in GUARDED else Kind.ID) for name, kind in columns])
    loose = [number for number, (_name, kind) in enumerate(columns) if kind in (*GUARDED, Kind.JSON)]
    pick = itemgetter(*loose) if len(loose) > 1 else itemgetter(slice(loose[0], loose[0] + 1)) if loose else None

    def is_plain(rows: list[tuple[str, ...]]) -> bool:
        if pick is None:
            return True
        text = "\n" + "\n".join(map(",".join, map(pick, rows)))
        count = len(rows)
        in_place = text.count(",") == (len(loose) - 1) * count and text.count("\n") == count
        return in_place and '"' not in text and "\r" not in text and not _SUSPECT.search(text)

    def join(rows: list[tuple[str, ...]]) -> bytes:
        if len(columns) > 1 and is_plain(rows):
            return ("\n".join(map(",".join, rows)) + "\n").encode()
        chunks.clear()
        careful.rows(rows)
        return b"".join(chunks)

    return join


def json_joiner(columns: Sequence[tuple[str, Kind]]) -> Join:
    """Rows of JSON texts to an object a line, as ``JsonLinesWriter`` writes them."""
    members = ",".join(f"{json.dumps(name).replace('%', '%%')}:%s" for name, _kind in columns)
    line = "{" + members + "}\n"
    return lambda rows: "".join(map(line.__mod__, rows)).encode()
