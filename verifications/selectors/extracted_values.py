"""What a provider read from a customer's documents, beside what the portal has on record. Nothing is opened here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from verifications.enums import ValueComparison
from verifications.models import Customer, ExtractedValue, Sealed, Verification
from verifications.selectors.marked_words import continued

MOST_SHOWN = 300
"""Values a provider's answer is read for at most; the answer itself is kept whole."""

_PERSON = frozenset({"person", "idInfo", "clientReferenceData", "businessInfo"})
"""First parts of the paths that speak of the customer; the rest is about a document or about somebody else."""

_RECORD_FIELDS: dict[str, str] = {
    "fullname": "display_name",
    "firstname": "first_name",
    "givennames": "first_name",
    "givenname": "first_name",
    "middlename": "middle_name",
    "lastname": "last_name",
    "surname": "last_name",
    "familyname": "last_name",
    "dateofbirth": "date_of_birth",
    "birthdate": "date_of_birth",
    "placeofbirth": "city_of_birth",
    "birthplace": "city_of_birth",
    "birthcountry": "country_of_birth",
    "countryofbirth": "country_of_birth",
    "nationality": "nationalities",
    "nationalitycode": "nationalities",
    "fulladdress": "address",
    "phonenumber": "phone",
    "phone": "phone",
    "email": "email",
    "taxid": "tax_ids",
    "businessname": "business_name",
    "countryofconstitution": "country",
}
"""Last part of a path, lower case and without signs -> the customer's field it is compared with."""

_LABELS: dict[str, Promise] = {
    "fullname": gettext_lazy("Full name"),
    "secondlastname": gettext_lazy("Second last name"),
    "dateofbirth": gettext_lazy("Date of birth"),
    "birthdate": gettext_lazy("Date of birth"),
    "idtype": gettext_lazy("Document type"),
    "idnumber": gettext_lazy("Document number"),
    "idissuedate": gettext_lazy("Issued on"),
    "idexpirydate": gettext_lazy("Expires"),
    "issuecountry": gettext_lazy("Issued by"),
    "issuecountrycode": gettext_lazy("Issued by (code)"),
    "nationalitycode": gettext_lazy("Nationality (code)"),
    "fulladdress": gettext_lazy("Address"),
    "taxid": gettext_lazy("Tax number"),
    "phonenumber": gettext_lazy("Phone"),
    "birthcountry": gettext_lazy("Country of birth"),
    "countryofconstitution": gettext_lazy("Country of constitution"),
    "ownershippercent": gettext_lazy("Share owned (%)"),
}
_OFTEN: dict[str, Promise] = {
    "Country": gettext_lazy("Country"),
    "City": gettext_lazy("City"),
    "Street": gettext_lazy("Street"),
    "House number": gettext_lazy("House number"),
    "Postcode": gettext_lazy("Postcode"),
    "State": pgettext_lazy("address", "State"),
    "National id": gettext_lazy("National id"),
}
"""Words as they come out of a provider's path; any other stays as it is."""
_MARKS: dict[str, str] = {
    ValueComparison.SAME: "tick",
    ValueComparison.DIFFERENT: "cross",
    ValueComparison.NOT_ON_RECORD: "muted",
    ValueComparison.NOT_COMPARED: "muted",
}
_SIGNS: dict[str, str] = {ValueComparison.SAME: "✓", ValueComparison.DIFFERENT: "≠"}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[^\W_]+")
ADDRESS = "additional_info.address."
"""Parts of an address: each is compared with the same part of the recorded one, which is sealed as a whole."""


@dataclass(frozen=True)
class ExtractedRow:
    """One line: both sides masked where they are sealed, and what came of comparing them."""

    label: str
    path: str
    mask: str
    reveal_url: str
    recorded: str
    recorded_url: str
    """Where the recorded value can be revealed; empty where it is plain text or missing."""
    is_different: bool
    sign: str
    comparison: str
    css: str


def extracted_rows(verification: Verification, customer: Customer) -> list[ExtractedRow]:
    """Every extracted value in the provider's order; one query."""
    values = ExtractedValue.objects.filter(verification=verification).order_by("position", "id")[:MOST_SHOWN]
    return [_row(value, customer) for value in values]


def difference_count(rows: list[ExtractedRow]) -> int:
    return sum(row.is_different for row in rows)


def label_of(path: str) -> str:
    """A provider's dotted path in words: ``beneficialOwners.0.fullName`` -> ``Beneficial owners 1: full name``."""
    parts = [part for part in path.split(".") if part]
    if not parts:
        return _("Value")
    known = _LABELS.get(_plain(parts[-1]))
    words = _words(parts[-1])
    label = str(known or _OFTEN.get(words) or words)
    numbered = next((index for index, part in enumerate(parts[:-1]) if index and part.isdecimal()), None)
    if numbered is not None:
        return f"{_words(parts[numbered - 1])} {int(parts[numbered]) + 1}: {continued(label)}"
    if path.startswith(ADDRESS) and not known:
        return _("Address: %(part)s") % {"part": continued(label)}
    if parts[0] == "document" and not known:
        return _("Document %(part)s") % {"part": continued(label)}
    return label


def _row(value: ExtractedValue, customer: Customer) -> ExtractedRow:
    recorded, recorded_url = _recorded(value.name, customer)
    return ExtractedRow(
        label=label_of(value.name),
        path=value.name,
        mask=str(value.value),
        reveal_url=reverse("verifications:value_reveal", args=["extracted", value.public_id, "value"]),
        recorded=recorded,
        recorded_url=recorded_url,
        is_different=value.comparison == ValueComparison.DIFFERENT,
        sign=_SIGNS.get(value.comparison, ""),
        comparison=value.get_comparison_display(),
        css=_MARKS.get(value.comparison, "muted"),
    )


def _recorded(path: str, customer: Customer) -> tuple[str, str]:
    head, _, tail = path.partition(".")
    field = _RECORD_FIELDS.get(_plain(tail.rpartition(".")[2])) if head in _PERSON else None
    if path.startswith(ADDRESS):
        field = "address"
    value = getattr(customer, field) if field else None
    if field is None or not value:
        return "", ""
    if isinstance(value, Sealed):
        return value.mask, reverse("verifications:value_reveal", args=["customer", customer.public_id, field])
    return (", ".join(value) if isinstance(value, list) else str(value)), ""


def _plain(part: str) -> str:
    return "".join(letter for letter in part.casefold() if letter.isalnum())


def _words(part: str) -> str:
    words = " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in _WORD.findall(part))
    return f"{words[:1].upper()}{words[1:]}" if words else part
