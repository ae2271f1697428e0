"""What a document's zone or barcode says, value by value, beside what was entered. Rows are filled, the caller saves.

Compared with what was entered in the verification; where nothing was, with the customer's record; where that says
nothing either, with what the provider read from the same document.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from verifications import masks
from verifications.documents.aamva import parse_aamva
from verifications.documents.comparison import Comparison, PersonNames, compare_names, compare_person, compare_values
from verifications.documents.mrz_parsing import parse_mrz
from verifications.documents.readings import AamvaReading, MrzField, MrzReading
from verifications.documents.states import alpha_2
from verifications.enums import ReadingCheck, ValueComparison, VerificationType
from verifications.models import ExtractedValue, MachineReading, MachineValue, Verification
from verifications.selectors.differences import STAND_INS
from verifications.services.customers import AddressData, customer_data
from verifications.services.sealed_values import open_many, seal
from verifications.services.verification_data import VerificationData, verification_data

Read = MrzReading | AamvaReading

NAMES = {
    "surname": "last_name",
    "given_names": "first_name",
    "date_of_birth": "date_of_birth",
    "document_number": "document_number",
    "issuing_state": "issuing_country",
    "nationality": "nationality",
    "expiration_date": "expiration_date",
    "issue_date": "issue_date",
    "sex": "sex",
}
"""A field of a reading -> the verification's column it is compared with, in the order they are shown."""
HARMLESS = frozenset(
    {
        "truncated",
        "shortened",
        "order",
        "hyphen_or_space",
        "sovereign_state",
        "british_status",
        "known_part_agrees",
        "middle_name_left_out",
    }
)
"""Why two values that are not the same letter by letter still agree: documents cut, shorten and reorder names."""
_FIELDS = {column: name for name, column in NAMES.items()}
_CHECKS = {"ok": ReadingCheck.OK, "wrong": ReadingCheck.WRONG, "absent": ReadingCheck.ABSENT, "none": ReadingCheck.NONE}
_RESULTS = {"same": ValueComparison.SAME, "different": ValueComparison.DIFFERENT}
_ORDER = ("same", "similar", "different", "not_compared")
_ADDRESS = ("address_street", "address_line_2", "address_city", "address_region", "address_postal_code")
_BARCODE = re.compile(r"@|ANSI\s?\d|AAMVA\d|D(?:AQ|CS|AA|BB)\S")


@dataclass(frozen=True, repr=False)
class _Known:
    """What there is to compare with, in clear, for the time of one comparison; ``sources`` says where it is from."""

    names: PersonNames
    values: Mapping[str, tuple[str, ...]]
    address: AddressData
    sources: Mapping[str, str]


def parse(text: str, *, today: dt.date) -> Read:
    """The zone or barcode in a text; raises ``ParseProblem``."""
    is_barcode = "<" not in text and _BARCODE.search(text) is not None
    return parse_aamva(text, today=today) if is_barcode else parse_mrz(text, today=today)


def with_names(read: Read, *, surname: str, given_names: str) -> Read:
    """The reading with the names as a person confirmed them."""
    fields = dict(read.fields)
    for name, text in (("surname", surname), ("given_names", given_names)):
        fields[name] = MrzField(name, text, " ".join(text.split()))
    return replace(read, fields=fields)


def findings_of(read: Read) -> list[dict[str, object]]:
    """What was noticed, as a reading keeps it: codes, positions and counts."""
    return [
        {
            "code": found.code,
            "field": NAMES.get(found.field, found.field),
            "severity": found.severity,
            "message": found.message,
            "values": dict(found.values),
        }
        for found in read.findings
    ]


def machine_values(reading: MachineReading, read: Read) -> list[MachineValue]:
    """Rows for everything the reading says, sealed and compared; not saved."""
    known = _known(reading.verification)
    found = []
    for name, column in NAMES.items():
        field = read.fields.get(name)
        if field is not None and field.text.strip("< "):
            found.append((column, _text(name, field), _CHECKS[field.check], _compare(name, read, known)))
    address = [read.fields[name].text for name in _ADDRESS if name in read.fields and read.fields[name].text]
    if address:
        found.append(("address", ", ".join(address), ReadingCheck.NONE, _compare_address(read, known)))
    rows = []
    for position, (column, text, check, (comparison, why)) in enumerate(found):
        row = MachineValue(
            reading=reading, name=column, check_digit=check, comparison=comparison, why=why, position=position
        )
        seal(row, "value", text, mask=_mask(column, text))
        rows.append(row)
    return rows


def _text(name: str, field: MrzField) -> str:
    if isinstance(field.value, dt.date):
        return field.value.isoformat()
    if name in {"issuing_state", "nationality"}:
        return alpha_2(str(field.value)) or str(field.value)
    return str(field.value or field.text.strip("< "))


def _mask(column: str, text: str) -> str:
    """As for what a provider read: names are searchable text everywhere, numbers show their end."""
    match column:
        case "date_of_birth":
            return masks.mask_date(text)
        case "document_number":
            return masks.mask_number(text)
        case "address":
            return masks.mask_whole(text)
    return text[:200]


def _known(verification: Verification) -> _Known:
    """What there is to compare with. Sessions and links bear the customer's names, which nobody entered."""
    is_entered = verification.type in {VerificationType.IDENTITY_DOCUMENT, VerificationType.RESIDENCE_DOCUMENT}
    entered = verification_data(verification) if is_entered else VerificationData()
    record = customer_data(verification.customer)
    has_names = bool(entered.first_name or entered.last_name)
    named = entered if has_names else record
    entered_values = {
        "date_of_birth": _one(entered.date_of_birth),
        "document_number": _one(entered.document_number),
        "issuing_state": _one(entered.issuing_country),
        "nationality": _one(entered.nationality),
        "expiration_date": _one(entered.expiration_date),
    }
    recorded = {"date_of_birth": _one(record.date_of_birth), "nationality": tuple(record.nationalities)}
    values: dict[str, tuple[str, ...]] = {}
    sources = {"surname": "entered" if has_names else "record", "given_names": "entered" if has_names else "record"}
    for source, known in (("entered", entered_values), ("record", recorded), ("provider", _provider(verification))):
        for name, texts in known.items():
            if texts and name not in values:
                values[name], sources[name] = texts, source
    return _Known(
        names=PersonNames(named.first_name, named.middle_name, named.last_name),
        values=values,
        address=entered.address if entered.address != AddressData() else record.address,
        sources=sources | {"address": "entered" if entered.address != AddressData() else "record"},
    )


def _one(value: object) -> tuple[str, ...]:
    return (str(value),) if value else ()


def _provider(verification: Verification) -> dict[str, tuple[str, ...]]:
    rows = list(ExtractedValue.objects.filter(verification=verification, name__in=STAND_INS))
    texts = open_many(rows, "value")
    return {
        _FIELDS[STAND_INS[row.name]]: (text[:10] if "xpir" in row.name else text,)
        for row, text in zip(rows, texts, strict=True)
    }


def _compare(name: str, read: Read, known: _Known) -> tuple[ValueComparison, str]:
    if name in {"surname", "given_names"}:
        person = compare_person(known.names, read)
        comparison = person.surname if name == "surname" else _given_names(person.given_names, read, known.names)
    else:
        tried = [compare_values(name, text, read.fields[name]) for text in known.values.get(name, ("",))]
        comparison = min(tried, key=lambda one: _ORDER.index(one.result))
    return _outcome(comparison, known.sources.get(name, "record"))


def _given_names(comparison: Comparison, read: Read, entered: PersonNames) -> Comparison:
    """Documents print a middle name among the given names, or leave it out."""
    if comparison.code != "name_missing_in_document" or not entered.middle_name:
        return comparison
    first = compare_names(entered.first_name, str(read.fields["given_names"].value or ""))
    return Comparison("same", "middle_name_left_out", "") if first.result == "same" else comparison


def _compare_address(read: Read, known: _Known) -> tuple[ValueComparison, str]:
    """By the postal code: streets are abbreviated in too many ways."""
    code = read.fields.get("address_postal_code")
    ours, theirs = _bare(known.address.postal_code), _bare(code.text if code else "")
    if theirs[:5].isdigit() and ours[:5].isdigit():
        ours, theirs = ours[:5], theirs[:5]
    if not ours or not theirs:
        return _outcome(Comparison("not_compared", "not_read" if ours else "not_entered", ""), known.sources["address"])
    same = ours == theirs
    return _outcome(
        Comparison("same" if same else "different", "identical" if same else "postal_code", ""),
        known.sources["address"],
    )


def _outcome(comparison: Comparison, source: str) -> tuple[ValueComparison, str]:
    """What counts, and the codes of why."""
    if comparison.result == "similar":
        counts = ValueComparison.SAME if comparison.code in HARMLESS else ValueComparison.DIFFERENT
    elif comparison.result == "not_compared":
        nothing = comparison.code == "not_entered"
        counts = ValueComparison.NOT_ON_RECORD if nothing else ValueComparison.NOT_COMPARED
    else:
        counts = _RESULTS[comparison.result]
    number = re.search(r"\d+", comparison.why)
    return counts, ":".join((comparison.result, comparison.code, source, number.group() if number else ""))


def _bare(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
