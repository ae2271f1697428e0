"""Parts of a machine-readable zone: dates of two-digit years, names between fillers, characters that look alike."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace

from verifications.documents.mrz import check_digit
from verifications.documents.readings import Finding, finding

TO_DIGIT = {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8"}
TO_LETTER = {"0": "O", "1": "I", "2": "Z", "5": "S", "6": "G", "8": "B"}
OLDEST = 110


@dataclass(frozen=True)
class ReadNames:
    """Surname and given names with spaces; ``truncated`` names the fields that may go on beyond the line."""

    surname: str
    given_names: str
    findings: tuple[Finding, ...]


def read_names(text: str) -> ReadNames:
    """Names of one line. One without ``<<`` is a surname alone; one that begins with it has given names alone."""
    found = []
    surname, separator, given = text.rstrip("<").partition("<<")
    full = not text.endswith("<")
    if not surname.strip("<") and not given.strip("<"):
        found.append(finding("no_name", "surname"))
    elif not (separator and surname and given.strip("<")):
        field = "surname" if surname else "given_names"
        if not full:
            found.append(finding("one_name", field))
    if full:  # with no room left, the surname may have been shortened for the sake of the given names
        fields = ("surname", "given_names") if given else ("surname",)
        found += [finding("name_may_be_truncated", field) for field in fields]
    if "<<" in given.strip("<"):
        found.append(finding("extra_name_separator", "given_names"))
    return ReadNames(spaced(surname), spaced(given), tuple(found))


def spaced(text: str) -> str:
    """Fillers as single spaces between words."""
    return " ".join(re.sub("<+", " ", text).split())


def read_birth_date(text: str, today: dt.date) -> tuple[dt.date | None, tuple[Finding, ...]]:
    """The latest date with these two digits of the year that is not after ``today``."""
    date, found = _read_date(text, [today.year // 100 * 100, today.year // 100 * 100 - 100], "date_of_birth")
    if date is None:
        return None, found
    if date > today:
        earlier = _date(date.year - 100, date.month, date.day)
        if earlier is None:
            return None, (finding("impossible_date", "date_of_birth"),)
        return earlier, found
    if today.year - (date.year - 100) <= OLDEST and _date(date.year - 100, date.month, date.day) is not None:
        note = finding("century_ambiguous", "date_of_birth", year=date.year, other=date.year - 100)
        return date, (*found, note)
    return date, found


def read_expiration_date(text: str, today: dt.date) -> tuple[dt.date | None, tuple[Finding, ...]]:
    """The date nearest to ``today`` with these two digits of the year."""
    if not text.strip("<"):
        return None, (finding("no_expiration", "expiration_date"),)
    century = today.year // 100 * 100
    centuries = sorted(
        (century, century - 100, century + 100),
        key=lambda base: abs(base + int(text[:2]) - today.year) if text[:2].isdigit() else 0,
    )
    date, found = _read_date(text, centuries, "expiration_date")
    if date is not None and date < today:
        found = (*found, finding("expired", "expiration_date", days=(today - date).days))
    return date, found


def _read_date(text: str, centuries: list[int], field: str) -> tuple[dt.date | None, tuple[Finding, ...]]:
    parts = [text[0:2], text[2:4], text[4:6]]
    unknown = [not part.strip("<X") for part in parts]
    unknown[1:] = [is_unknown or part == "00" for is_unknown, part in zip(unknown[1:], parts[1:], strict=True)]
    if any(unknown):
        rest = [part for part, is_unknown in zip(parts, unknown, strict=True) if not is_unknown]
        code = "date_partly_unknown" if all(part.isdigit() for part in rest) else "impossible_date"
        return None, (finding(code, field),)
    if text.isdigit():
        year, month, day = map(int, parts)
        for century in centuries:
            date = _date(century + year, month, day)
            if date is not None:
                return date, ()
    return None, (finding("impossible_date", field),)


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def likely(text: str, table: dict[str, str]) -> str:
    """The text with characters that cannot stand there replaced by those that look like them."""
    return "".join(table.get(character, character) for character in text)


def look_alikes(field: str, read: str, mended: str) -> tuple[Finding, ...]:
    """A finding for each character that was replaced; positions count from 1 within the field."""
    return tuple(
        replace(
            finding("look_alike_character", field, position=position, read=before, likely=after),
            suggestion=spaced(mended),
        )
        for position, (before, after) in enumerate(zip(read, mended, strict=True), 1)
        if before != after
    )


def likely_number(text: str, digit: str) -> str | None:
    """The number that fits its check digit after exactly one character gave way to one that looks like it.

    None if no exchange fits, or more than one does.
    """
    fitting = set()
    for position, character in enumerate(text):
        for other in (TO_DIGIT.get(character), TO_LETTER.get(character)):
            if other is not None:
                changed = text[:position] + other + text[position + 1 :]
                if check_digit(changed) == digit:
                    fitting.add(changed)
    return fitting.pop() if len(fitting) == 1 else None
