"""What a provider read from the customer's documents: sealed, and compared with the record when it came."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from verifications import masks
from verifications.enums import CustomerKind, ValueComparison
from verifications.models import ExtractedValue, Verification
from verifications.names import fold_name
from verifications.selectors.keys import search_hash
from verifications.services.customers import CustomerData, customer_data
from verifications.services.machine_readings import refresh_comparisons
from verifications.services.sealed_values import seal

APOSTROPHES = "'’‘ʼ`´"
MOST_VALUES = 200
NAME_LIMIT = 120
DOCUMENT_NUMBERS = ("document.number", "idInfo.idNumber")
"""What an exact search for a document number finds."""
LAST_DAYS = ("document.expiration_date", "idInfo.idExpiryDate")
"""The last day of the document; the watch of expiries goes by it."""


@dataclass(frozen=True)
class _Known:
    """The customer's record in clear, for the time of one comparison."""

    data: CustomerData
    document_hashes: frozenset[str]


def store_values(*, verification: Verification, values: Mapping[str, str], at: dt.datetime) -> None:
    """Seal the values and note how each compares with the record; a later reading takes an earlier one's place.

    ``values``: provider's dotted path -> text. Call it in the transaction that records the reading.
    """
    ExtractedValue.objects.filter(verification=verification).delete()
    known = _known(verification)
    rows = []
    for position, (name, text) in enumerate(list(values.items())[:MOST_VALUES]):
        if not text.strip() or len(name) > NAME_LIMIT:
            continue
        row = ExtractedValue(
            verification=verification,
            customer=verification.customer,
            name=name,
            value=None,
            comparison=_compare(name, text, known),
            position=position,
            read_at=at,
        )
        seal(row, "value", text, mask=_mask(name, text))
        if name in DOCUMENT_NUMBERS:
            row.value_hash = search_hash(text, purpose="document_number")
        rows.append(row)
    ExtractedValue.objects.bulk_create(rows)
    refresh_comparisons(verification=verification)
    _note_last_day(verification, values)


def _note_last_day(verification: Verification, values: Mapping[str, str]) -> None:
    last_day = next((day for name in LAST_DAYS if (day := _date(values.get(name, "")))), None)
    if last_day is not None and last_day != verification.document_ends_date:
        verification.document_ends_date = last_day
        Verification.objects.filter(pk=verification.pk).update(document_ends_date=last_day)


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _known(verification: Verification) -> _Known:
    hashes = verification.customer.verifications.exclude(document_number_hash="").values_list(
        "document_number_hash", flat=True
    )
    return _Known(customer_data(verification.customer), frozenset(hashes[:50]))


def _compare(name: str, text: str, known: _Known) -> ValueComparison:
    compare = _COMPARED.get(name)
    if compare is None:
        return ValueComparison.NOT_COMPARED
    same = compare(text, known)
    if same is None:
        return ValueComparison.NOT_ON_RECORD
    return ValueComparison.SAME if same else ValueComparison.DIFFERENT


def _same_words(text: str, recorded: str) -> bool | None:
    """Names agree when their words do, whatever their order, case, accents and hyphens."""
    if not recorded:
        return None
    return _words(text) == _words(recorded)


def _words(text: str) -> list[str]:
    letters = (letter for letter in fold_name(text) if letter not in APOSTROPHES)
    return sorted("".join(letter if _is_of_a_word(letter) else " " for letter in letters).split())


def _is_of_a_word(letter: str) -> bool:
    """Vowel signs of Devanagari, Thai and their like are marks, and tell one name from another."""
    return letter.isalnum() or unicodedata.category(letter).startswith("M")


def _full_name(text: str, known: _Known) -> bool | None:
    data = known.data
    if data.kind == CustomerKind.BUSINESS:
        return None
    if not data.last_name:
        return None
    short = f"{data.first_name} {data.last_name}"
    return _words(text) in (_words(short), _words(f"{short} {data.middle_name}"))


def _given_names(text: str, known: _Known) -> bool | None:
    """Documents print a middle name among the given names, or leave it out."""
    data = known.data
    if not data.first_name:
        return None
    both = f"{data.first_name} {data.middle_name}"
    return _words(text) in (_words(data.first_name), _words(both))


def _surname(text: str, known: _Known) -> bool | None:
    return None if known.data.kind == CustomerKind.BUSINESS else _same_words(text, known.data.last_name)


def _business_name(text: str, known: _Known) -> bool | None:
    return _same_words(text, known.data.business_name)


def _date_of_birth(text: str, known: _Known) -> bool | None:
    return None if known.data.date_of_birth is None else text[:10] == known.data.date_of_birth.isoformat()


def _document_number(text: str, known: _Known) -> bool | None:
    if not known.document_hashes:
        return None
    return search_hash(text, purpose="document_number") in known.document_hashes


def _tax_id(text: str, known: _Known) -> bool | None:
    numbers = {_bare(number) for number, _country in known.data.tax_ids}
    return None if not numbers else _bare(text) in numbers


def _city(text: str, known: _Known) -> bool | None:
    return _same_words(text, known.data.address.city)


def _postal_code(text: str, known: _Known) -> bool | None:
    recorded = known.data.address.postal_code
    return None if not recorded else _bare(text) == _bare(recorded)


def _nationality(text: str, known: _Known) -> bool | None:
    return None if not known.data.nationalities else text.strip().upper() in known.data.nationalities


def _bare(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


_COMPARED: Mapping[str, Callable[[str, _Known], bool | None]] = {
    "person.full_name": _full_name,
    "person.given_name": _given_names,
    "person.surname": _surname,
    "person.date_of_birth": _date_of_birth,
    "person.national_id": _tax_id,
    "document.number": _document_number,
    "additional_info.address.city": _city,
    "additional_info.address.postcode": _postal_code,
    "idInfo.fullName": _full_name,
    "idInfo.birthDate": _date_of_birth,
    "idInfo.idNumber": _document_number,
    "idInfo.nationalityCode": _nationality,
    "clientReferenceData.personalInfo.taxId": _tax_id,
    "businessInfo.businessName": _business_name,
    "businessInfo.taxId": _tax_id,
}
"""What has a counterpart on record; everything else is shown beside nothing."""

_NAMES = ("name", "surname")
_NUMBERS = ("number", "national_id", "idnumber", "taxid")


def _mask(name: str, text: str) -> str:
    """Names are searchable text everywhere in the portal; numbers show their end, everything else nothing."""
    last = name.rpartition(".")[2].casefold()
    if last.endswith(_NAMES):
        return text[:200]
    if last.endswith(_NUMBERS):
        return masks.mask_number(text)
    if "country" in last or last in {"type", "idtype", "gender"}:
        return text[:60]
    return masks.mask_whole(text)
