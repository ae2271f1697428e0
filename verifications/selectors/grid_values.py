"""The cells of the grid: each value masked as it is stored, with what came of comparing it. Nothing is opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from verifications.enums import ReadingCheck, ValueComparison
from verifications.masks import DOTS
from verifications.models import Customer, ExtractedValue, MachineReading, MachineValue, Sealed, Verification
from verifications.providers import vocabulary
from verifications.selectors.differences import difference_field
from verifications.selectors.extracted_values import ADDRESS, label_of
from verifications.selectors.marked_words import marked_words
from verifications.selectors.reading_words import why_words

LABELS: dict[str, Promise] = {
    "last_name": gettext_lazy("Surname"),
    "first_name": gettext_lazy("Given names"),
    "full_name": gettext_lazy("Full name"),
    "business_name": gettext_lazy("Business name"),
    "date_of_birth": gettext_lazy("Date of birth"),
    "sex": gettext_lazy("Sex"),
    "nationality": gettext_lazy("Nationality"),
    "document_type": gettext_lazy("Document"),
    "document_number": gettext_lazy("Document number"),
    "issuing_country": gettext_lazy("Issued by"),
    "issue_date": gettext_lazy("Issued on"),
    "expiration_date": gettext_lazy("Expires"),
    "address": gettext_lazy("Address"),
    "tax_ids": gettext_lazy("Tax numbers"),
}
"""Rows in their order."""
FIELDS_SHOWN: dict[str, str] = {
    "person.nationality": "nationality",
    "person.gender": "sex",
    "person.sex": "sex",
    "document.type": "document_type",
    "document.country": "issuing_country",
    "document.issue_date": "issue_date",
    "document.expiration_date": "expiration_date",
    "idInfo.idType": "document_type",
    "idInfo.issueCountryCode": "issuing_country",
    "idInfo.idIssueDate": "issue_date",
    "idInfo.idExpiryDate": "expiration_date",
    "idInfo.fullAddress": "address",
}
"""A provider's path -> the row it stands in, where nothing on record is compared with it."""
WORDS = {
    ValueComparison.SAME: gettext_lazy("Same as on record"),
    ValueComparison.DIFFERENT: gettext_lazy("Different from the customer's record"),
}
CHECKS = {
    ReadingCheck.OK: ("✓", "tick", gettext_lazy("Check digit fits")),
    ReadingCheck.WRONG: ("✗", "cross", gettext_lazy("Check digit does not fit")),
    ReadingCheck.ABSENT: ("–", "muted", gettext_lazy("No check digit given")),
}
SIGNS = {ValueComparison.SAME: ("✓", "tick"), ValueComparison.DIFFERENT: ("≠", "cross")}
_DOCUMENTS = dict(vocabulary.IDENTITY_DOCUMENT_TYPES + vocabulary.RESIDENCE_DOCUMENT_TYPES)


@dataclass(frozen=True)
class GridValue:
    """One value of a cell: as it may be shown, and what came of comparing it. ``part`` names a part of the row."""

    text: str
    label: str
    reveal_url: str = ""
    part: str = ""
    note: str = ""
    sign: str = ""
    sign_words: str = ""
    css: str = "muted"
    is_different: bool = False
    why: str = ""
    check_sign: str = ""
    check_words: str = ""
    check_css: str = "muted"


def grid_cells(
    customer: Customer, entered: Verification | None, provider: Verification | None, reading: MachineReading | None
) -> dict[str, tuple[tuple[GridValue, ...], ...]]:
    """Field -> values entered, read by the provider, and read from the zone; one query besides the reading's own."""
    read: dict[str, list[GridValue]] = {}
    if provider is not None:
        wanted = ExtractedValue.objects.filter(verification=provider).order_by("position", "id")[:200]
        for value in wanted:
            field = FIELDS_SHOWN.get(value.name) or difference_field(value.name)
            if field not in LABELS and value.name.startswith(ADDRESS):
                field = "address"
            if field in LABELS:
                read.setdefault(field, []).append(_provider_value(value, field))
    zone = {value.name: machine_cell(value) for value in sorted_values(reading)}
    rows: dict[str, tuple[tuple[GridValue, ...], ...]] = {}
    for field in LABELS:
        cells = (
            tuple(_entered(customer, entered, field)),
            tuple(read.get(field, ())),
            (zone[field],) if field in zone else (),
        )
        is_wanted = cells[1] or cells[2] or (entered is not None and cells[0] and not cells[0][0].note)
        if is_wanted and not (field == "full_name" and not cells[1]):
            rows[field] = cells
    return rows


def sorted_values(reading: MachineReading | None) -> list[MachineValue]:
    return sorted(reading.values.all(), key=lambda value: value.position) if reading is not None else []


def _entered(customer: Customer, entered: Verification | None, field: str) -> Iterable[GridValue]:
    """What was entered; where nothing was, the customer's record, which says so."""
    label = str(LABELS[field])
    for record, noun, note in ((entered, "verification", ""), (customer, "customer", _("customer record"))):
        if record is None:
            continue
        text, url = _shown(record, noun, field)
        if text:
            yield GridValue(text=text, label=label, reveal_url=url, note=note)
            return


def _shown(record: Any, noun: str, field: str) -> tuple[str, str]:
    if field == "full_name":
        return " ".join(filter(None, (record.first_name, record.middle_name, record.last_name))), ""
    if field == "first_name":
        return " ".join(filter(None, (record.first_name, record.middle_name))), ""
    if field == "document_type":
        code = getattr(record, field, "")
        return marked_words(_DOCUMENTS[code]) if code in _DOCUMENTS else code, ""
    column = "nationalities" if field == "nationality" and noun == "customer" else field
    value = getattr(record, column, None)
    if isinstance(value, Sealed):
        return value.mask, reverse("verifications:value_reveal", args=[noun, record.public_id, column])
    if isinstance(value, list):
        return ", ".join(map(str, value)), ""
    return (str(value) if value else ""), ""


def _provider_value(value: ExtractedValue, field: str) -> GridValue:
    sign, css = SIGNS.get(ValueComparison(value.comparison), ("", "muted"))
    label = label_of(value.name)
    is_different = value.comparison == ValueComparison.DIFFERENT
    return GridValue(
        text=str(value.value or ""),
        label=label,
        reveal_url=reverse("verifications:value_reveal", args=["extracted", value.public_id, "value"])
        if DOTS in str(value.value)
        else "",
        part=label if field in {"address", "tax_ids"} else "",
        sign=sign,
        sign_words=str(WORDS.get(ValueComparison(value.comparison), "")),
        css=css,
        is_different=is_different,
        why=str(WORDS[ValueComparison.DIFFERENT]) if is_different else "",
    )


def machine_cell(value: MachineValue) -> GridValue:
    """One value of a reading, with its check digit and how it compares."""
    sign, css = SIGNS.get(ValueComparison(value.comparison), ("", "muted"))
    check_sign, check_css, check_words = CHECKS.get(ReadingCheck(value.check_digit), ("", "muted", ""))
    is_different = value.comparison == ValueComparison.DIFFERENT
    return GridValue(
        text=str(value.value or ""),
        label=_("%(value)s in the zone") % {"value": LABELS.get(value.name, value.name)},
        reveal_url=reverse("verifications:value_reveal", args=["machine", value.public_id, "value"])
        if DOTS in str(value.value)
        else "",
        note="" if is_different else why_words(value.why, short=True),
        sign=sign,
        sign_words=value.get_comparison_display() if sign else "",
        css=css,
        is_different=is_different,
        why=why_words(value.why),
        check_sign=check_sign,
        check_words=str(check_words),
        check_css=check_css,
    )
