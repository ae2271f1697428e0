"""What a machine-readable zone or barcode says: fields, what was noticed about them, and why a text cannot be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from verifications.marking import gettext_noop

MrzFormat = Literal["TD1", "TD2", "TD3", "MRVA", "MRVB", "FRID"]
"""Card, large card, passport, the two visas, and the French identity card issued until 2021."""
Check = Literal["ok", "wrong", "absent", "none"]
Severity = Literal["warning", "note"]

WARNINGS = {
    "check_digit_wrong": gettext_noop("The document's own check digit is %(read)s, computed %(computed)s."),
    "check_digit_missing": gettext_noop("The document has no check digit here, computed %(computed)s."),
    "look_alike_character": gettext_noop("Character %(position)s reads %(read)s; it is likely %(likely)s."),
    "expired": gettext_noop("The document expired %(days)s days ago."),
    "born_after_today": gettext_noop("The date lies in the future."),
    "impossible_date": gettext_noop("This is no date of the calendar."),
    "unknown_sex": gettext_noop("This is not one of M, F, X and <."),
    "unknown_issuing_state": gettext_noop("No state or organisation has the code %(code)s."),
    "unknown_nationality": gettext_noop("No state or organisation has the code %(code)s."),
    "line_length_repaired": gettext_noop(
        "Line %(line)s had %(found)s characters instead of %(expected)s; fillers (<) were added or taken away."
    ),
    "separators_lost": gettext_noop(
        "The control characters between the elements are lost; a value may be cut in the wrong place."
    ),
    "missing": gettext_noop("The document does not say this."),
}
NOTES = {
    "name_may_be_truncated": gettext_noop(
        "The name may be longer: it fills all its room, or the document says that it is cut."
    ),
    "one_name": gettext_noop("The document gives one name only."),
    "no_name": gettext_noop("The document gives no name."),
    "mrz_and_optional_digit_blank": gettext_noop(
        "Nothing is written here and the check digit is left blank, which is allowed."
    ),
    "date_partly_unknown": gettext_noop("The document gives only a part of this date."),
    "no_expiration": gettext_noop("The document gives no date of expiry."),
    "century_ambiguous": gettext_noop(
        "The document gives two digits of the year; %(year)s was taken, %(other)s is possible too."
    ),
    "long_document_number": gettext_noop("The number is longer than its field and goes on in the optional data."),
    "specimen": gettext_noop("The issuing state UTO (Utopia) is used for specimens only."),
    "not_a_state": gettext_noop(
        "The code %(code)s stands for an organisation, a refugee or a stateless person, not for a country."
    ),
    "extra_name_separator": gettext_noop("The name has more than two parts divided by <<."),
    "visa": gettext_noop("This is the zone of a visa, not of a passport."),
    "header_missing": gettext_noop("The header of the barcode is missing, so the issuer's number is not known."),
    "unknown_issuer": gettext_noop("The issuer's number in the header is not one we know."),
    "date_order_unusual": gettext_noop(
        "The date is written year first, unlike other licences of this country, or the reverse."
    ),
}
"""Code to English text with places for ``Finding.values``, marked for translation."""


@dataclass(frozen=True)
class Finding:
    """Something noticed while reading. It never blocks: a person reads it and judges.

    ``field`` is the name of a field, or empty for the whole. The message holds positions, counts and codes but no name,
    number or date of the holder. ``suggestion`` does: it is the text of the field with the likely characters.
    """

    code: str
    field: str
    severity: Severity
    message: str
    values: tuple[tuple[str, str], ...] = ()
    suggestion: str = ""


@dataclass(frozen=True)
class MrzField:
    """One field. ``text`` is as read; ``value`` is for comparing.

    Names have spaces between their parts, numbers no fillers, dates are ``dt.date``. ``value`` of a date is None if it
    is unknown in whole or in part, or no date at all. ``check`` tells of the field's own check digit: it fits, does not
    fit, is left blank, or the format has none for this field.
    """

    name: str
    text: str
    value: str | dt.date | None
    check: Check = "none"


@dataclass(frozen=True)
class MrzReading:
    """A machine-readable zone: its lines after tidying, its fields by name, and what was noticed."""

    format: MrzFormat
    lines: tuple[str, ...]
    fields: Mapping[str, MrzField]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class AamvaReading:
    """The barcode of a North American driving licence or identity card, with the field names of a zone.

    ``version`` is that of the card standard (None if the header is lost), ``jurisdiction`` the two letters of the
    issuing state or province ("" if unknown).
    """

    version: int | None
    issuer_number: str
    jurisdiction: str
    fields: Mapping[str, MrzField]
    findings: tuple[Finding, ...]


class ParseProblem(Exception):
    """The text cannot be read. ``code`` is for programs, ``message`` (marked) tells a person what to do about it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotAnMrz(ParseProblem):
    """The text is no machine-readable zone at all."""


class NotABarcode(ParseProblem):
    """The text is not that of a driving licence's barcode."""


def finding(code: str, field: str = "", /, **values: object) -> Finding:
    """The finding of this code with its text and severity."""
    severity: Severity = "warning" if code in WARNINGS else "note"
    texts = {name: str(value) for name, value in values.items()}
    template = WARNINGS[code] if code in WARNINGS else NOTES[code]
    return Finding(code, field, severity, template % texts, tuple(texts.items()))


def has_finding(reading: MrzReading | AamvaReading, code: str, field: str) -> bool:
    """Whether this was noticed about this field."""
    return any(found.code == code and found.field == field for found in reading.findings)
