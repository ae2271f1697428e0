"""About what two sources differ in a case, and whether somebody said why they may. The one definition of "different".

Values are compared when they are written (``ExtractedValue.comparison``, ``MachineValue.comparison``). What two sources
say of one column is one difference of the case, whichever of its checks they belong to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from verifications.enums import DifferenceReason, ValueComparison
from verifications.models import Case, DifferenceResolution, ExtractedValue, MachineValue, Verification
from verifications.selectors.opener import Opener

FIELDS_OF_PATHS: dict[str, str] = {
    "person.full_name": "full_name",
    "person.given_name": "first_name",
    "person.surname": "last_name",
    "person.date_of_birth": "date_of_birth",
    "person.national_id": "tax_ids",
    "document.number": "document_number",
    "additional_info.address.city": "address",
    "additional_info.address.postcode": "address",
    "idInfo.fullName": "full_name",
    "idInfo.birthDate": "date_of_birth",
    "idInfo.idNumber": "document_number",
    "idInfo.nationalityCode": "nationality",
    "clientReferenceData.personalInfo.taxId": "tax_ids",
    "businessInfo.businessName": "business_name",
    "businessInfo.taxId": "tax_ids",
}
"""A provider's path -> the column it is compared with."""
STAND_INS: dict[str, str] = {
    "document.number": "document_number",
    "idInfo.idNumber": "document_number",
    "document.expiration_date": "expiration_date",
    "idInfo.idExpiryDate": "expiration_date",
    "document.country": "issuing_country",
    "idInfo.issueCountryCode": "issuing_country",
    "idInfo.nationalityCode": "nationality",
}
"""A provider's path -> the column of a zone it is compared with where nothing was entered and nothing is on record."""
NAMES = ("first_name", "middle_name", "last_name")
_COLUMNS: dict[str, tuple[str, ...]] = {
    "full_name": NAMES,
    "first_name": NAMES,
    "last_name": NAMES,
    "nationality": ("nationality", "nationalities"),
}
"""What else than its own column a difference is about, of a verification and of the customer's record."""


@dataclass(frozen=True)
class Difference:
    """``values_hash`` changes with any of the values compared; ``resolution`` is the newest that speaks of them."""

    field: str
    values_hash: str
    verification_ids: frozenset[int]
    resolution: DifferenceResolution | None

    @property
    def is_resolved(self) -> bool:
        """Somebody said why, be it that the two really differ."""
        return self.resolution is not None

    @property
    def is_open(self) -> bool:
        """Still counts for the policy: nobody spoke about these values, or somebody said that they really differ."""
        return self.resolution is None or self.resolution.reason == DifferenceReason.REAL


def difference_field(name: str) -> str:
    """The column that a provider's path is compared with, or the name itself: what a resolution's ``field`` says."""
    return FIELDS_OF_PATHS.get(name, name)


def differences_of(case: Case, checks: Collection[Verification], opener: Opener | None = None) -> dict[str, Difference]:
    """Field -> difference, over the case's checks; five queries at most."""
    ids = [check.pk for check in checks]
    extracted = ExtractedValue.objects.filter(verification_id__in=ids, comparison=ValueComparison.DIFFERENT)
    machine = MachineValue.objects.filter(
        reading__verification_id__in=ids,
        reading__removed_at__isnull=True,
        reading__is_confirmed=True,
        comparison=ValueComparison.DIFFERENT,
    ).select_related("reading")
    return differences_among(case, checks, extracted, machine, opener or Opener(case.customer_id))


def unresolved_count(case: Case, checks: Collection[Verification]) -> int:
    """Differences that still count for the policy."""
    return sum(difference.is_open for difference in differences_of(case, checks).values())


def differences_among(
    case: Case,
    checks: Iterable[Verification],
    extracted: Iterable[ExtractedValue],
    machine: Iterable[MachineValue],
    opener: Opener,
) -> dict[str, Difference]:
    """As ``differences_of`` for values that were fetched already; ``machine`` are those of confirmed readings."""
    by_id = {check.pk: check for check in checks}
    machine = [value for value in machine if value.comparison == ValueComparison.DIFFERENT]
    stand_ins = _stand_ins(machine, opener)
    found: dict[str, set[tuple[str, ...]]] = {}
    where: dict[str, set[int]] = {}
    for one in extracted:
        if one.comparison == ValueComparison.DIFFERENT:
            field = difference_field(one.name)
            said = found.setdefault(field, set())
            said.add(("provider", one.name, _plain(opener.text(one, "value"))))
            said.update(_recorded("record", case.customer, field, opener))
            where.setdefault(field, set()).add(one.verification_id)
    for value in machine:
        check = by_id[value.reading.verification_id]
        said = found.setdefault(value.name, set())
        said.add(("machine", value.name, _plain(opener.text(value, "value"))))
        said.update(_recorded("entered", check, value.name, opener))
        said.update(_recorded("record", case.customer, value.name, opener))
        said.update(stand_ins.get((check.pk, value.name), ()))
        where.setdefault(value.name, set()).add(check.pk)
    if not found:
        return {}
    spoken = _resolutions(case)
    differences = {}
    for field, said in found.items():
        values_hash = opener.hash([list(value) for value in sorted(said)], purpose=f"difference:{field}")
        resolution = spoken.get(field)
        holds = resolution is not None and bool(values_hash) and resolution.values_hash == values_hash
        differences[field] = Difference(
            field=field,
            values_hash=values_hash,
            verification_ids=frozenset(where[field]),
            resolution=resolution if holds else None,
        )
    return differences


def _stand_ins(machine: Iterable[MachineValue], opener: Opener) -> dict[tuple[int, str], set[tuple[str, ...]]]:
    """(check, column) -> what the provider read, where a zone was compared with that; one query if there is any."""
    checks = {value.reading.verification_id for value in machine if value.why.split(":")[2:3] == ["provider"]}
    found: dict[tuple[int, str], set[tuple[str, ...]]] = {}
    if checks:
        for row in ExtractedValue.objects.filter(verification_id__in=checks, name__in=STAND_INS):
            said = found.setdefault((row.verification_id, STAND_INS[row.name]), set())
            said.add(("provider", row.name, _plain(opener.text(row, "value"))))
    return found


def _resolutions(case: Case) -> dict[str, DifferenceResolution]:
    """The newest word on each field."""
    if case.pk is None:
        return {}
    said = DifferenceResolution.objects.filter(case_id=case.pk).select_related("resolved_by").order_by("pk")
    return {one.field: one for one in said}


def _recorded(source: str, record: Any, field: str, opener: Opener) -> Iterable[tuple[str, ...]]:
    for column in _COLUMNS.get(field, (field,)):
        text = _plain(opener.any_text(record, column))
        if text:
            yield (source, column, text)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
