"""Reading the PDF417 barcode of North American driving licences and identity cards.

Takes the decoded text of cards after the AAMVA standards of 2000 to 2020 (versions 1 to 10) and names the fields as a
machine-readable zone does. A licence says nothing about nationality and has no check digits.
"""

from __future__ import annotations

import datetime as dt
import re

from verifications.documents.aamva_elements import Barcode, split_barcode
from verifications.documents.readings import AamvaReading, Finding, MrzField, NotABarcode, finding
from verifications.marking import gettext_noop

MAX_LENGTH = 10_000
_UNITED_STATES = (
    "VA636000 NY636001 MA636002 MD636003 NC636004 SC636005 CT636006 LA636007 MT636008 NM636009 FL636010 DE636011 "
    "CA636014 TX636015 IA636018 GU636019 CO636020 AR636021 KS636022 OH636023 VT636024 PA636025 AZ636026 OR636029 "
    "MO636030 WI636031 MI636032 AL636033 ND636034 IL636035 NJ636036 IN636037 MN636038 NH636039 UT636040 ME636041 "
    "SD636042 DC636043 WA636045 KY636046 HI636047 NV636049 ID636050 MS636051 RI636052 TN636053 NE636054 GA636055 "
    "OK636058 AK636059 WY636060 WV636061 VI636062 AS604427 MP604430 PR604431"
)
_CANADA = (
    "ON636012 NS636013 NL636016 NB636017 BC636028 SK636044 MB636048 PE604426 QC604428 YT604429 AB604432 NU604433 "
    "NT604434"
)
ISSUERS = {entry[2:]: (entry[:2], "USA") for entry in _UNITED_STATES.split()} | {
    entry[2:]: (entry[:2], "CAN") for entry in _CANADA.split()
}
"""Issuer identification number to state or province, and country."""

_NO_BARCODE = gettext_noop(
    "This is not the text of a driving licence's barcode. It begins with @ and ANSI, and its elements with three "
    "letters such as DAQ and DCS. Scan the wide barcode on the back of the card."
)
_NOTHING = frozenset({"NONE", "UNAVL", "UNAVAIL", "UNAVAILABLE", "N/A"})
_SEXES = {"1": "M", "2": "F", "9": "X", "M": "M", "F": "F", "X": "X"}
_ORDERS = {"USA": "month", "CAN": "year"}
_TEXTS = {
    "address_street": ("DAG", "DAL"),
    "address_line_2": ("DAH", "DAM"),
    "address_city": ("DAI", "DAN"),
    "address_region": ("DAJ", "DAO"),
    "address_postal_code": ("DAK", "DAP"),
    "optional_data": ("DCF",),
}


def parse_aamva(text: str, *, today: dt.date) -> AamvaReading:
    """Read the decoded text of a licence's barcode; lost control characters are tolerated, with a finding.

    Raises ``NotABarcode`` if the text has too few elements of a licence.
    """
    barcode = split_barcode(text) if len(text) <= MAX_LENGTH else None
    if barcode is None:
        raise NotABarcode("not_a_barcode", _NO_BARCODE)
    return _Reader(barcode, today).read()


class _Reader:
    def __init__(self, barcode: Barcode, today: dt.date) -> None:
        self.barcode = barcode
        self.elements = barcode.elements
        self.today = today
        self.fields: dict[str, MrzField] = {}
        self.findings: list[Finding] = []

    def read(self) -> AamvaReading:
        number = self.barcode.issuer_number
        jurisdiction, country = ISSUERS.get(number, ("", ""))
        if not number:
            self._note("header_missing")
        elif not jurisdiction:
            self._note("unknown_issuer", "issuing_state")
        if self.barcode.separators_lost:
            self._note("separators_lost")
        country = self._said("DCG").upper() or country
        country = {"US": "USA", "CA": "CAN"}.get(country, country)
        self._put("document_code", self.barcode.kind, self.barcode.kind)
        self._put("issuing_state", self._said("DCG") or country, country)
        number_said = self._said("DAQ") or self._said("DBJ")
        self._put("document_number", number_said, re.sub(r"[^0-9A-Z]", "", number_said.upper()))
        self._names()
        self._date("date_of_birth", "DBB", country)
        self._date("expiration_date", "DBA", country)
        self._date("issue_date", "DBD", country)
        sex = self._said("DBC")
        self._put("sex", sex, _SEXES.get(sex.upper(), ""))
        if sex and sex.upper() not in {*_SEXES, "0"}:
            self._note("unknown_sex", "sex")
        for name, elements in _TEXTS.items():
            said = next((self._said(element) for element in elements if self._said(element)), "")
            self._put(name, said, said)
        self._postal_code(country)
        for name in ("document_number", "surname", "date_of_birth", "expiration_date"):
            if not self.fields[name].text and not (name == "surname" and self.fields["given_names"].text):
                self._note("missing", name)
        return AamvaReading(self.barcode.version, number, jurisdiction, self.fields, tuple(self.findings))

    def _note(self, code: str, field: str = "", /, **values: object) -> None:
        self.findings.append(finding(code, field, **values))

    def _put(self, name: str, text: str, value: str | dt.date | None) -> None:
        self.fields[name] = MrzField(name, text, value)

    def _said(self, element: str) -> str:
        said = self.elements.get(element, "").strip()
        return "" if said.upper() in _NOTHING else said

    def _names(self) -> None:
        surname = self._said("DCS") or self._said("DAB")
        given = [name for name in (self._said("DAC"), self._said("DAD")) if name]
        if not given and self._said("DCT"):  # versions 2 and 3: all given names in one
            given = [name for name in re.split(r"[,$]+", self._said("DCT")) if name]
        if not surname and not given and self._said("DAA"):
            surname, given = _whole_name(self._said("DAA"))
        self._put("surname", surname, _words(surname))
        given_names = " ".join(given)
        self._put("given_names", given_names, _words(given_names))
        self._put("suffix", self._said("DCU"), _words(self._said("DCU")))
        if bool(surname) != bool(given):
            self._note("one_name", "surname" if surname else "given_names")
        for name, elements in (("surname", ("DDE",)), ("given_names", ("DDF", "DDG"))):
            if any(self._said(element) == "T" for element in elements):
                self._note("name_may_be_truncated", name)

    def _date(self, name: str, element: str, country: str) -> None:
        said = self._said(element)
        digits = re.sub(r"[^0-9]", "", said)
        date, order = _date(digits)
        self._put(name, said, date)
        if name == "expiration_date" and digits and not digits.strip("0"):
            self._note("no_expiration", name)
            return
        if said and date is None:
            self._note("impossible_date", name)
        elif date is not None:
            if order != _ORDERS.get(country, order):
                self._note("date_order_unusual", name)
            if name == "expiration_date" and date < self.today:
                self._note("expired", name, days=(self.today - date).days)
            if name == "date_of_birth" and date > self.today:
                self._note("born_after_today", name)

    def _postal_code(self, country: str) -> None:
        text = self.fields["address_postal_code"].text
        code = re.sub(r"[^0-9A-Z]", "", text.upper())
        if country != "CAN" and len(code) == 9 and code.isdigit():
            code = code[:5] if code.endswith("0000") else f"{code[:5]}-{code[5:]}"
        self._put("address_postal_code", text, code)


def _words(text: str) -> str:
    return " ".join(text.replace(",", " ").upper().split())


def _whole_name(text: str) -> tuple[str, list[str]]:
    """Version 1: surname, given names and suffix in one, divided by commas; without any the surname stands last."""
    parts = [part.strip() for part in re.split(r"[,$@]", text)]
    if len(parts) > 1:
        return parts[0], [part for part in parts[1:3] if part]
    words = text.split()
    return (words[-1], words[:-1]) if len(words) > 1 else (text, [])


def _date(digits: str) -> tuple[dt.date | None, str]:
    """Month, day and year, or year first: no year of a card is a month, so the digits themselves tell."""
    if len(digits) != 8:
        return None, ""
    for order, layout in (("month", "%m%d%Y"), ("year", "%Y%m%d")):
        try:
            return dt.datetime.strptime(digits, layout).replace(tzinfo=dt.UTC).date(), order
        except ValueError:
            continue
    return None, ""
