"""What must fit before a machine-readable zone counts as read: layouts, characters by place, check digits, dates.

Passports (TD3, 2 x 44), cards (TD1, 3 x 30; TD2, 2 x 36); ICAO Doc 9303, 4 to 6. Visas carry no composite digit and
older national layouts put other things in these places: neither counts as read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verifications.documents.mrz import check_digit

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
DIGITS, LETTERS, FILLER = ALPHABET[:10], ALPHABET[10:36], "<"

_NAMES, _FREE, _SEX = LETTERS + FILLER, ALPHABET, "MFX" + FILLER
_DATE, _DIGIT, _OPTIONAL_DIGIT = DIGITS + FILLER, DIGITS, DIGITS + FILLER
_BIRTH = re.compile(r"(?:\d\d|<<)(?:0[1-9]|1[0-2]|<<)(?:0[1-9]|[12]\d|3[01]|<<)")
_EXPIRY = re.compile(r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|<{6}")
_NAME_LINE = re.compile(r"[A-Z]+(?:<[A-Z]+)*(?:<<[A-Z]+(?:<[A-Z]+)*)?<*")
_STATE = re.compile(r"[A-Z]{3}|[A-Z]{2}<|[A-Z]<<")

Lines = tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """One form of the zone: its measure and the characters each place may hold.

    ``unchecked`` are the places no check digit covers, as (line, first, behind the last).
    """

    name: str
    rows: int
    columns: int
    allowed: tuple[tuple[str, ...], ...]
    name_row: int
    unchecked: tuple[tuple[int, int, int], ...]


def _places(*runs: tuple[str, int]) -> tuple[str, ...]:
    return tuple(allowed for allowed, count in runs for _ in range(count))


_IDENTITY = _places(
    (_FREE, 9), (_OPTIONAL_DIGIT, 1), (_NAMES, 3), (_DATE, 6), (_DIGIT, 1), (_SEX, 1), (_DATE, 6), (_DIGIT, 1)
)
TD3 = Layout(
    "TD3",
    2,
    44,
    (_places((_NAMES, 44)), (*_IDENTITY, *_places((_FREE, 14), (_OPTIONAL_DIGIT, 1), (_DIGIT, 1)))),
    0,
    ((0, 0, 44), (1, 10, 13), (1, 20, 21)),
)
TD2 = Layout(
    "TD2",
    2,
    36,
    (_places((_NAMES, 36)), (*_IDENTITY, *_places((_FREE, 7), (_DIGIT, 1)))),
    0,
    ((0, 0, 36), (1, 10, 13), (1, 20, 21)),
)
TD1 = Layout(
    "TD1",
    3,
    30,
    (
        _places((_NAMES, 5), (_FREE, 9), (_OPTIONAL_DIGIT, 1), (_FREE, 15)),
        _places((_DATE, 6), (_DIGIT, 1), (_SEX, 1), (_DATE, 6), (_DIGIT, 1), (_NAMES, 3), (_FREE, 11), (_DIGIT, 1)),
        _places((_NAMES, 30)),
    ),
    2,
    ((0, 0, 5), (1, 7, 8), (1, 15, 18), (2, 0, 30)),
)
LAYOUTS = (TD3, TD1, TD2)


def layout_of(lines: Sequence[str]) -> Layout | None:
    """The layout these lines have by their number and length."""
    for layout in LAYOUTS:
        if len(lines) == layout.rows and all(len(line) == layout.columns for line in lines):
            return layout
    return None


def fits(lines: Sequence[str]) -> bool:
    """Whether every check digit, both dates and the form of the other fields fit."""
    layout = layout_of(lines)
    if layout is None or not _characters_fit(layout, lines):
        return False
    if not _NAME_LINE.fullmatch(lines[layout.name_row][0 if layout is TD1 else 5 :]):
        return False
    return _card_fits(lines) if layout is TD1 else _booklet_fits(layout, lines)


def _characters_fit(layout: Layout, lines: Sequence[str]) -> bool:
    return all(
        character in allowed
        for line, places in zip(lines, layout.allowed, strict=True)
        for character, allowed in zip(line, places, strict=True)
    )


def _card_fits(lines: Sequence[str]) -> bool:
    first, second, _names = lines
    return (
        first[0] in "ACI"
        and bool(_STATE.fullmatch(first[2:5]) and _STATE.fullmatch(second[15:18]))
        and _number_fits(first[5:14], first[14], first[15:30])
        and _dates_fit(second[0:7], second[8:15])
        and check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29]) == second[29]
    )


def _booklet_fits(layout: Layout, lines: Sequence[str]) -> bool:
    first, second = lines
    optional = second[28:42] if layout is TD3 else second[28:35]
    if first[0] not in ("P" if layout is TD3 else "ACI"):
        return False
    if not (_STATE.fullmatch(first[2:5]) and _STATE.fullmatch(second[10:13])):
        return False
    if layout is TD3 and not any(check_digit(optional) == digit for digit in _digits_for(optional, second[42])):
        return False
    return (
        _number_fits(second[0:9], second[9], FILLER * 7 if layout is TD3 else optional)
        and _dates_fit(second[13:20], second[21:28])
        and check_digit(second[0:10] + second[13:20] + second[21 : layout.columns - 1]) == second[-1]
    )


def _digits_for(field: str, digit: str) -> Iterator[str]:
    """The digit as printed; an empty field may have a filler in its place, which stands for 0."""
    if digit != FILLER:
        yield digit
    elif not field.strip(FILLER):
        yield "0"


def _number_fits(number: str, digit: str, optional: str) -> bool:
    """A document number and its digit; one of more than nine characters goes on in the optional field (9303-5, 4.2)."""
    if not number.strip(FILLER):
        return False
    if digit != FILLER:
        return check_digit(number) == digit
    rest = optional.split(FILLER, 1)[0]
    return len(rest) >= 2 and rest[-1] in DIGITS and check_digit(number + FILLER + rest[:-1]) == rest[-1]


def _dates_fit(birth: str, expiry: str) -> bool:
    return (
        bool(_BIRTH.fullmatch(birth[:6]) and _EXPIRY.fullmatch(expiry[:6]))
        and check_digit(birth[:6]) == birth[6]
        and check_digit(expiry[:6]) == expiry[6]
    )
