"""Where each field stands in each kind of machine-readable zone. ICAO Doc 9303, parts 4 to 7."""

from __future__ import annotations

from dataclasses import dataclass

from verifications.documents.mrz import check_digit
from verifications.documents.readings import MrzFormat

Place = tuple[int, int]
"""From (inclusive) and to (exclusive), counted through all lines joined."""


@dataclass(frozen=True)
class Layout:
    """Lines of one kind of zone. ``digits`` names the position of a field's check digit."""

    format: MrzFormat
    line_count: int
    line_length: int
    places: dict[str, Place]
    digits: dict[str, int]
    names: tuple[Place, ...]
    """One place with ``<<`` between surname and given names, or one place for each."""
    composite: tuple[Place, ...] = ()
    composite_digit: int | None = None

    @property
    def total(self) -> int:
        return self.line_count * self.line_length


_HEAD = {"document_code": (0, 2), "issuing_state": (2, 5)}


def _two_lines(kind: MrzFormat, length: int, optional_end: int, optional_digit: bool) -> Layout:
    """Passports, large cards and visas differ in the length of a line and in how it ends."""
    second = length
    places = {
        **_HEAD,
        "document_number": (second, second + 9),
        "nationality": (second + 10, second + 13),
        "date_of_birth": (second + 13, second + 19),
        "sex": (second + 20, second + 21),
        "expiration_date": (second + 21, second + 27),
        "optional_data": (second + 28, second + optional_end),
    }
    digits = {"document_number": second + 9, "date_of_birth": second + 19, "expiration_date": second + 27}
    if optional_digit:
        digits["optional_data"] = second + optional_end
    is_visa = kind in {"MRVA", "MRVB"}
    end = 2 * length - 1
    composite = ((second, second + 10), (second + 13, second + 20), (second + 21, end))
    return Layout(
        kind, 2, length, places, digits, ((5, length),), () if is_visa else composite, None if is_visa else end
    )


LAYOUTS: dict[MrzFormat, Layout] = {
    "TD3": _two_lines("TD3", 44, 42, True),
    "TD2": _two_lines("TD2", 36, 35, False),
    "MRVA": _two_lines("MRVA", 44, 44, False),
    "MRVB": _two_lines("MRVB", 36, 36, False),
    "TD1": Layout(
        "TD1",
        3,
        30,
        {
            **_HEAD,
            "document_number": (5, 14),
            "optional_data": (15, 30),
            "date_of_birth": (30, 36),
            "sex": (37, 38),
            "expiration_date": (38, 44),
            "nationality": (45, 48),
            "optional_data_2": (48, 59),
        },
        {"document_number": 14, "date_of_birth": 36, "expiration_date": 44},
        ((60, 90),),
        ((5, 37), (38, 45), (48, 59)),
        59,
    ),
    "FRID": Layout(
        "FRID",
        2,
        36,
        {
            **_HEAD,
            "optional_data": (30, 36),
            "document_number": (36, 48),
            "date_of_birth": (63, 69),
            "sex": (70, 71),
        },
        {"document_number": 48, "date_of_birth": 69},
        ((5, 30), (49, 63)),
        ((0, 71),),
        71,
    ),
}


def layout_for(text: str) -> Layout | None:
    """The layout of joined lines by their length and first letters; None if no kind is that long."""
    visa = text.startswith("V")
    if len(text) == 90:
        return LAYOUTS["TD1"]
    if len(text) == 88:
        return LAYOUTS["MRVA" if visa else "TD3"]
    if len(text) != 72:
        return None
    if text.startswith("IDFRA") and text[46:49].isdigit() and not text[57:63].isdigit():
        return LAYOUTS["FRID"]  # line 2 begins with a number of twelve characters, and given names follow
    return LAYOUTS["MRVB" if visa else "TD2"]


def composite_text(layout: Layout, text: str) -> str:
    """What the last check digit is computed over."""
    return "".join(text[start:end] for start, end in layout.composite)


def fitting_digits(layout: Layout, text: str) -> int:
    """How many check digits that stand beside a written field are right."""
    fitting = 0
    for name, position in layout.digits.items():
        start, end = layout.places[name]
        if text[start:end].strip("<") and text[position] == check_digit(text[start:end]):
            fitting += 1
    return fitting
