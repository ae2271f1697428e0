"""Reading machine-readable zones of cards (TD1, TD2), passports (TD3) and visas. ICAO Doc 9303, parts 3 to 7.

Real documents break the rules: check digits are wrong or blank, names are single or cut, dates half unknown. All of
that is read and told as a finding; only a text that is no zone, or has characters too few or too many, is refused.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from verifications.documents.mrz import SPECIMEN_STATE, check_digit
from verifications.documents.mrz_layouts import Layout, composite_text
from verifications.documents.mrz_parts import (
    TO_DIGIT,
    TO_LETTER,
    likely,
    likely_number,
    look_alikes,
    read_birth_date,
    read_expiration_date,
    read_names,
    spaced,
)
from verifications.documents.mrz_text import read_lines
from verifications.documents.readings import Check, Finding, MrzField, MrzReading, finding
from verifications.documents.states import WITHOUT_COUNTRY, is_known_state


def parse_mrz(text: str, *, today: dt.date) -> MrzReading:
    """Read a zone that was typed, pasted or scanned; line breaks, spaces and lower case do not matter.

    Raises ``NotAnMrz`` for a text that is no zone, and ``ParseProblem`` for one of the wrong length, which says how
    many characters each line has.
    """
    layout, joined, findings = read_lines(text)
    reader = _Reader(layout, joined, today)
    reader.read()
    lines = tuple(joined[start : start + layout.line_length] for start in range(0, layout.total, layout.line_length))
    return MrzReading(layout.format, lines, reader.fields, (*findings, *reader.findings))


class _Reader:
    """Walks through the fields once. ``mended`` is the text with the characters that can only stand there."""

    def __init__(self, layout: Layout, joined: str, today: dt.date) -> None:
        self.layout = layout
        self.joined = joined
        self.mended = joined
        self.today = today
        self.fields: dict[str, MrzField] = {}
        self.findings: list[Finding] = []
        self._used_by_number = ""

    def read(self) -> None:
        if self.layout.format in {"MRVA", "MRVB"}:
            self._note("visa", "document_code")
        self._plain("document_code")
        self._state("issuing_state", "unknown_issuing_state")
        self._number()
        self._names()
        if "nationality" in self.layout.places:
            self._state("nationality", "unknown_nationality")
        self._date("date_of_birth")
        self._sex()
        if "expiration_date" in self.layout.places:
            self._date("expiration_date")
        for name in ("optional_data", "optional_data_2"):
            if name in self.layout.places:
                self._optional(name)
        self._composite()

    def _note(self, code: str, field: str = "", /, **values: object) -> None:
        self.findings.append(finding(code, field, **values))

    def _text(self, name: str) -> str:
        start, end = self.layout.places[name]
        return self.joined[start:end]

    def _plain(self, name: str) -> None:
        text = self._text(name)
        self.fields[name] = MrzField(name, text, spaced(text))

    def _mend(self, name: str, start: int, table: dict[str, str], text: str) -> str:
        mended = likely(text, table)
        if mended != text:
            self.findings += look_alikes(name, text, mended)
            self.mended = self.mended[:start] + mended + self.mended[start + len(text) :]
        return mended

    def _state(self, name: str, unknown: str) -> None:
        text = self._text(name)
        code = text.replace("<", "")
        if not is_known_state(code):
            likely_code = likely(text, TO_LETTER)
            if likely_code != text and is_known_state(likely_code):
                code = self._mend(name, self.layout.places[name][0], TO_LETTER, text).replace("<", "")
            else:
                self._note(unknown, name, code=code or "<<<")
        if code == SPECIMEN_STATE:
            self._note("specimen", name)
        elif code in WITHOUT_COUNTRY:
            self._note("not_a_state", name, code=code)
        self.fields[name] = MrzField(name, text, code)

    def _number(self) -> None:
        name = "document_number"
        text, digit = self._text(name), self.joined[self.layout.digits[name]]
        rest = self._overflow(text, digit)
        if rest:
            self._used_by_number = rest
            over, digit = text + rest[:-1], rest[-1]
            self._note("long_document_number", name)
            check = self._check(name, over, digit, also=text + "<" + rest[:-1])
            self.fields[name] = MrzField(name, over, over.replace("<", ""), check)
            return
        check = self._check(name, text, digit, position=self.layout.digits[name])
        self.fields[name] = MrzField(name, text, text.replace("<", ""), check)

    def _overflow(self, text: str, digit: str) -> str:
        """What of a number of more than nine characters stands in the optional data, with its check digit."""
        if digit != "<" or "<" in text or self.layout.format not in {"TD1", "TD2"}:
            return ""
        rest = self._text("optional_data").partition("<")[0]
        return rest if len(rest) >= 2 and rest[-1].isdigit() else ""

    def _check(self, name: str, text: str, digit: str, *, position: int | None = None, also: str = "") -> Check:
        """Judge a check digit, with a finding if it does not fit; ``also`` is another way to compute it."""
        computed = check_digit(text)
        if digit == "<":
            if not text.strip("<"):
                return "absent"
            self._note("check_digit_missing", name, computed=computed)
            return "absent"
        if not digit.isdigit() and position is not None and likely(digit, TO_DIGIT).isdigit():
            digit = likely(digit, TO_DIGIT)
            self._note("look_alike_character", name, position=len(text) + 1, read=self.joined[position], likely=digit)
            self.mended = self.mended[:position] + digit + self.mended[position + 1 :]
        if digit == computed or (also and digit == check_digit(also)):
            return "ok"
        suggestion = (likely_number(text, digit) or "") if name == "document_number" else ""
        wrong = finding("check_digit_wrong", name, read=digit, computed=computed)
        self.findings.append(replace(wrong, suggestion=suggestion.replace("<", "")))
        return "wrong"

    def _date(self, name: str) -> None:
        start, _ = self.layout.places[name]
        text, digit = self._text(name), self.joined[self.layout.digits[name]]
        mended = self._mend(name, start, TO_DIGIT, text)
        read = read_birth_date if name == "date_of_birth" else read_expiration_date
        date, found = read(mended, self.today)
        self.findings += found
        check = self._check(name, mended, digit, position=self.layout.digits[name])
        self.fields[name] = MrzField(name, text, date, check)

    def _sex(self) -> None:
        text = self._text("sex")
        if text not in "MFX<":
            self._note("unknown_sex", "sex")
        self.fields["sex"] = MrzField("sex", text, text if text in "MFX" else "")

    def _names(self) -> None:
        texts = []
        for (start, end), name in zip(self.layout.names, ("surname", "given_names"), strict=False):
            texts.append(self._mend(name, start, TO_LETTER, self.joined[start:end]))
        if len(texts) == 1:
            names = read_names(texts[0])
            self.findings += names.findings
            surname, given = names.surname, names.given_names
            raw_surname, _, raw_given = self.joined[slice(*self.layout.names[0])].rstrip("<").partition("<<")
        else:
            raw_surname, raw_given = (self.joined[slice(*place)] for place in self.layout.names)
            surname, given = spaced(texts[0]), spaced(texts[1])
            for name, text in (("surname", texts[0]), ("given_names", texts[1])):
                if not text.endswith("<"):
                    self._note("name_may_be_truncated", name)
        self.fields["surname"] = MrzField("surname", raw_surname, surname)
        self.fields["given_names"] = MrzField("given_names", raw_given, given)

    def _optional(self, name: str) -> None:
        text = self._text(name)
        rest = text[len(self._used_by_number) :] if name == "optional_data" else text
        check: Check = "none"
        if name in self.layout.digits:
            position = self.layout.digits[name]
            digit = self.joined[position]
            check = self._check(name, text, digit, position=position)
            if check == "absent" and not text.strip("<"):
                self._note("mrz_and_optional_digit_blank", name)
        self.fields[name] = MrzField(name, text, spaced(rest), check)

    def _composite(self) -> None:
        position = self.layout.composite_digit
        if position is None:
            self.fields["composite"] = MrzField("composite", "", "", "none")
            return
        text, digit = composite_text(self.layout, self.mended), self.joined[position]
        check = self._check("composite", text, digit)
        self.fields["composite"] = MrzField("composite", digit, digit.replace("<", ""), check)
