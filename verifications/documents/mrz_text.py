"""From typed or pasted text to the lines of a machine-readable zone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from verifications.documents.mrz_layouts import LAYOUTS, Layout, fitting_digits, layout_for
from verifications.documents.readings import Finding, NotAnMrz, ParseProblem, finding
from verifications.marking import Filled, gettext_noop

MAX_LENGTH = 10_000
_MAX_LINES = 200
_MOST_PIECES = 9  # a zone pasted from a narrow column may be broken into more lines than it has
_MOST_MISCOUNTED = 8  # fillers

_FILLERS = dict.fromkeys(map(ord, "‹〈⟨〈<＜˂ᐸ❮⧼◄◀"), "<")
_DOUBLE = re.compile("[«≪《⟪⋘]")
_LABEL = re.compile(r"^[A-Z]{2,12} ?[0-9]?: *")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\x00|]")
_WRITTEN = re.compile(r"[A-Z0-9<]+")
_DATE = re.compile(r"[0-9<OQDILZSBGX]{6}")
_SHAPES = (LAYOUTS["TD1"], LAYOUTS["TD3"], LAYOUTS["TD2"])
_TOO_LONG = gettext_noop("This text has %(found)s characters; a machine-readable zone has at most 90.")
_NO_ZONE = gettext_noop(
    "This is no machine-readable zone. It is the two or three lines with many < signs at the foot of the passport's "
    "data page or on the back of the card."
)
_UNKNOWN = gettext_noop(
    "Line %(line)s has a character at position %(position)s that no machine-readable zone has. "
    "It may hold only the letters A to Z, digits and <."
)
_FIRST_LINE = gettext_noop("Line %(number)s has %(found)s characters")
_NEXT_LINE = gettext_noop("line %(number)s has %(found)s characters")
_WRONG_LENGTH = {
    "TD1": gettext_noop("%(lines)s; an identity card has 3 lines of 30. Count the < signs, or type the lines again."),
    "TD2": gettext_noop("%(lines)s; a large card has 2 lines of 36. Count the < signs, or type the lines again."),
    "TD3": gettext_noop("%(lines)s; a passport has 2 lines of 44. Count the < signs, or type the lines again."),
}
"""``lines`` are what was found, line by line."""


def read_lines(text: str) -> tuple[Layout, str, tuple[Finding, ...]]:
    """Return the layout, its lines joined, and what had to be mended.

    Raises ``NotAnMrz`` for a text that is none, ``ParseProblem`` for one that has too few or too many characters.
    """
    if len(text) > MAX_LENGTH:
        raise NotAnMrz("too_long", Filled(_TOO_LONG, found=len(text)))
    readings = [_lines(text, double, space) for double, space in (("<", ""), ("<<", ""), ("<", "<"))]
    best: tuple[int, Layout, str] | None = None
    for lines in readings:
        for joined in _windows(_usable(lines)):
            layout = layout_for(joined)
            if layout is not None and _is_plausible(layout, joined):
                fitting = fitting_digits(layout, joined)
                if best is None or fitting > best[0]:
                    best = fitting, layout, joined
    if best is not None:
        return best[1], best[2], ()
    for lines in readings:
        mended = _mend(_usable(lines))
        if mended is not None:
            return mended
    raise _problem(readings[0])


def _lines(text: str, double: str, space: str) -> list[str]:
    """Upper case, one kind of filler, no spaces, no labels and no empty lines."""
    text = text.replace("&lt;", "<").replace("&LT;", "<").translate(_FILLERS)
    text = unicodedata.normalize("NFKC", _DOUBLE.sub(double, text)).upper()
    lines = []
    for line in text.splitlines():
        tidy = _INVISIBLE.sub("", _LABEL.sub("", line.lstrip()))
        tidy = re.sub(r"\s", space, tidy) if tidy.strip() else ""
        if tidy:
            lines.append(tidy)
    return lines[:_MAX_LINES]


def _usable(lines: list[str]) -> list[str]:
    return [line for line in lines if _WRITTEN.fullmatch(line)]


def _windows(lines: list[str]) -> Iterator[str]:
    """Neighbouring lines joined: first those broken where a zone is, then those that only have the right length."""
    for shape in _SHAPES:
        for start in range(len(lines) - shape.line_count + 1):
            window = lines[start : start + shape.line_count]
            if all(len(line) == shape.line_length for line in window):
                yield "".join(window)
    for pieces in range(1, _MOST_PIECES + 1):
        for start in range(len(lines) - pieces + 1):
            window = lines[start : start + pieces]
            if sum(map(len, window)) in {90, 88, 72}:
                yield "".join(window)


def _is_plausible(layout: Layout, joined: str) -> bool:
    """A letter first, fillers somewhere, a name that is mostly letters, and a birth date that could be one."""
    start, end = layout.places["date_of_birth"]
    names = "".join(joined[first:last] for first, last in layout.names)
    return (
        joined[0].isalpha()
        and "<" in joined
        and sum(map(str.isdigit, names)) * 3 <= len(names)
        and (_DATE.fullmatch(joined[start:end]) is not None or fitting_digits(layout, joined) > 0)
        and any(map(str.isdigit, joined))
    )


def _mend(lines: list[str]) -> tuple[Layout, str, tuple[Finding, ...]] | None:
    """Add or take away fillers where a line has its longest run of them, if the check digits say that it was right."""
    for shape in _SHAPES:
        size = shape.line_length
        for start in range(len(lines) - shape.line_count + 1):
            window = lines[start : start + shape.line_count]
            if any(abs(len(line) - size) > _MOST_MISCOUNTED for line in window):
                continue
            names = 2 if shape.format == "TD1" else 0
            joined = "".join(_resized(line, size, index == names) for index, line in enumerate(window))
            layout = layout_for(joined)
            if layout is None or not _is_plausible(layout, joined):
                continue
            only_names = all(len(line) == size for index, line in enumerate(window) if index != names)
            if fitting_digits(layout, joined) >= (2 if only_names else 3):
                return layout, joined, _mended_findings(window, size)
    return None


def _mended_findings(window: list[str], size: int) -> tuple[Finding, ...]:
    return tuple(
        finding("line_length_repaired", line=number, found=len(line), expected=size)
        for number, line in enumerate(window, 1)
        if len(line) != size
    )


def _resized(line: str, size: int, has_names: bool) -> str:
    if has_names:
        return line.rstrip("<").ljust(size, "<")
    runs = list(re.finditer("<+", line))
    if not runs or len(line) == size:
        return line
    longest = max(runs, key=lambda run: (len(run[0]), run.start()))
    fillers = len(longest[0]) + size - len(line)
    return line[: longest.start()] + "<" * fillers + line[longest.end() :] if fillers > 0 else line


def _problem(lines: list[str]) -> ParseProblem:
    zone = [line for line in lines if len(line) >= 20 and line.count("<") >= 2 and _is_nearly_written(line)]
    if not zone:
        return NotAnMrz("not_an_mrz", _NO_ZONE)
    for number, line in enumerate(zone, 1):
        odd = re.search(r"[^A-Z0-9<]", line)
        if odd is not None:
            return ParseProblem("unknown_character", Filled(_UNKNOWN, line=number, position=odd.start() + 1))
    candidates = _usable(lines)
    neighbours = [line for line in candidates if len(line) >= 20]
    shape = _nearest_shape(neighbours)
    lengths = tuple(
        Filled(_FIRST_LINE if number == 1 else _NEXT_LINE, number=number, found=len(line))
        for number, line in enumerate(neighbours[:6], 1)
    )
    return ParseProblem("wrong_length", Filled(_WRONG_LENGTH[shape.format], lines=lengths))


def _is_nearly_written(line: str) -> bool:
    """Mostly what a zone may hold, with something between the fillers."""
    return len(re.sub("[^A-Z0-9]", "", line)) >= 5 and len(re.sub("[^A-Z0-9<]", "", line)) * 5 >= len(line) * 4


def _nearest_shape(lines: list[str]) -> Layout:
    if len(lines) >= 3:
        return LAYOUTS["TD1"]
    longest = max(map(len, lines))
    if len(lines) == 1 and longest > 50:
        return min(_SHAPES, key=lambda shape: abs(shape.total - longest))
    return min(_SHAPES, key=lambda shape: (abs(shape.line_length - longest), shape.line_count))
