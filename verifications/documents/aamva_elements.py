"""From the text of a driving licence's barcode to its elements, also where scanners lost the control characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ANY = r".*"
_DATE = r"[0-9]{8}"
_NUMBER = r"[0-9]{1,4}.{0,6}"
_FLAG = r"[A-Z0-9]{0,2}"
_PATTERNS = {
    # names
    **dict.fromkeys(("DAA", "DCS", "DAC", "DAD", "DCT", "DAB", "DCU", "DAE", "DAF"), _ANY),
    **dict.fromkeys(("DDE", "DDF", "DDG"), "[TNU]?"),
    # the card and its holder
    **dict.fromkeys(("DBA", "DBB", "DBD"), rf"{_DATE}|[0-9]{{6}}|[0-9]{{2}}[-/][0-9]{{2}}[-/][0-9]{{4}}|"),
    **dict.fromkeys(("DDB", "DDC", "DDH", "DDI", "DDJ"), rf"{_DATE}|"),
    **{"DAQ": _ANY, "DBJ": _ANY, "DBC": "[0-9MFX]?", "DCG": "[A-Z]{0,3}", "DCF": _ANY, "DCK": _ANY, "DCJ": _ANY},
    # address
    **dict.fromkeys(("DAG", "DAH", "DAI"), _ANY),
    **{"DAJ": "[A-Z]{0,3}", "DAK": r"[0-9]{5}[- ]?[0-9]{0,6}|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]|"},
    # looks and entitlements
    **{"DAU": _NUMBER, "DAV": _NUMBER, "DAW": _NUMBER, "DAX": _NUMBER, "DAY": "[A-Z]{0,3}", "DAZ": "[A-Z]{0,12}"},
    **dict.fromkeys(("DCA", "DCB", "DCD", "DAR", "DAS", "DAT"), r"[A-Z0-9 ,/-]{0,20}"),
    **dict.fromkeys(("DCI", "DCL", "DCM", "DCN", "DCO", "DCP", "DCQ", "DCR"), _ANY),
    **dict.fromkeys(("DCE", "DCH", "DDA", "DDD", "DDK", "DDL"), _FLAG),
    # the standard of 2000 had a second address
    **dict.fromkeys(("DAL", "DAM", "DAN", "DAO", "DAP"), _ANY),
}
_CHECKS = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
_OLD = frozenset({"DAL", "DAM", "DAN", "DAO", "DAP", "DAB", "DAF", "DBJ"})
_HEADER = re.compile(r"(?:ANSI|AAMVA) ?([0-9]{6})([0-9]{2})((?:[0-9]{2})?)([0-9]{2})(?=DL|ID|EN)", re.IGNORECASE)
_DIRECTORY = re.compile(r"(?:(?:DL|ID|EN|Z[A-Z])[0-9]{8})+")
_ESCAPES = re.compile(
    r"\\(?:r\\n|n|r|x1[cde]|u001[cde]|u\{1[CEDced]\})|<(?:LF|CR|RS|FS|GS)>|[\u240a\u240d\u241c-\u241e]"
)
_OWN_SUBFILE = re.compile(r"Z([A-Z])Z\1[A-Z].*$", re.DOTALL)
_ENOUGH = 3


@dataclass(frozen=True)
class Barcode:
    """Elements by their three letters, as written but without blanks around. ``kind`` is DL or ID."""

    version: int | None
    issuer_number: str
    kind: str
    elements: dict[str, str]
    separators_lost: bool


def split_barcode(text: str) -> Barcode | None:
    """The elements of a barcode, or None if there are fewer than three that say something."""
    text = _ESCAPES.sub("\n", text)
    header = _HEADER.search(text)
    version = int(header[2]) if header else None
    kind = "ID" if header and text[header.end() : header.end() + 2] == "ID" else "DL"
    body = _DIRECTORY.sub("\n", text[header.end() :], count=1) if header else text
    lines = [line.strip() for line in re.split(r"[\n\r\x1c-\x1e\x0b\x0c\x85]+", body)]
    by_line = _from_pieces(lines)
    loose = _loose(" ".join(lines), version, whole_words=True)
    if len(loose) > len(by_line) + _ENOUGH:
        elements, lost = loose, True
    else:
        elements, lost = by_line, False
    if len(elements) < _ENOUGH:
        elements, lost = _loose("".join(lines), version, whole_words=False), True
    if not _is_enough(elements):
        return None
    return Barcode(version, header[1] if header else "", kind, elements, lost)


def _is_enough(elements: dict[str, str]) -> bool:
    said = [name for name, value in elements.items() if value]
    return len(said) >= _ENOUGH and any(name in said for name in ("DAQ", "DCS", "DAA", "DAB", "DBB"))


def _from_pieces(lines: list[str]) -> dict[str, str]:
    """One element a line; the first of a subfile has its type before it. The first of two of the same name counts."""
    elements: dict[str, str] = {}
    for line in lines:
        start = 2 if re.match(r"(?:DL|ID|EN)D[A-D][A-Z]", line) else 0
        name, value = line[start : start + 3].upper(), line[start + 3 :].strip()
        if name in _CHECKS:
            elements.setdefault(name, value)
    return elements


def _loose(text: str, version: int | None, *, whole_words: bool) -> dict[str, str]:
    """Elements in text without separators: a name counts where its value has the right shape, the last one wins."""
    text = _OWN_SUBFILE.sub("", text)  # what the state or province added for itself
    starts = list(_starts(text, version, whole_words))
    elements: dict[str, str] = {}
    end = len(text)
    for start in reversed(starts):
        name = text[start : start + 3]
        value = text[start + 3 : end].strip()
        if name not in elements and _CHECKS[name].fullmatch(value):
            elements[name] = value
            end = start
    return elements


def _starts(text: str, version: int | None, whole_words: bool) -> Iterator[int]:
    pattern = r"(?:(?<=\s)|(?<=\sDL)|(?<=\sID)|^|(?<=^DL)|(?<=^ID))D[A-D][A-Z]" if whole_words else r"(?=D[A-D][A-Z])"
    for match in re.finditer(pattern, text):
        name = text[match.start() : match.start() + 3]
        if name in _CHECKS and name != "DAH" and (version == 1 or name not in _OLD):  # streets begin with DAH
            yield match.start()
