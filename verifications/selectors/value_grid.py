"""What was entered, what the provider read and what the document's zone says, side by side, and what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from verifications.enums import DifferenceReason, VerificationType
from verifications.models import Case, ExtractedValue, MachineReading, Verification
from verifications.selectors.deciders import DECIDE, made_case
from verifications.selectors.differences import Difference, differences_of
from verifications.selectors.grid_values import LABELS, GridValue, grid_cells
from verifications.selectors.opener import Opener


@dataclass(frozen=True)
class GridResolution:
    reason: str
    explanation: str
    who: str
    at: Any
    is_real: bool


@dataclass(frozen=True)
class GridRow:
    field: str
    label: str
    entered: tuple[GridValue, ...]
    provider: tuple[GridValue, ...]
    machine: tuple[GridValue, ...]
    is_different: bool
    values_hash: str
    resolution: GridResolution | None
    elsewhere: str
    """Address of this page with the check in which the difference is, where that is not one of those shown."""
    can_be_resolved: bool
    """Not once the customer's key is destroyed: what was compared can't be told any more."""


@dataclass(frozen=True)
class Grid:
    """``difference_count`` and ``unresolved_count`` speak of the whole case; an explained one is resolved."""

    rows: tuple[GridRow, ...]
    difference_count: int
    unresolved_count: int
    entered: Verification | None
    provider: Verification | None
    reading: MachineReading | None
    checks: tuple[tuple[Verification, bool], ...]
    """All that can be looked at, with whether it was chosen."""
    chosen: str
    """Public id of the check that was chosen, or nothing."""
    may_resolve: bool
    why_not: str
    """Why this person does not resolve the differences, where their role does."""
    reasons: Sequence[tuple[str, Any]]


def value_grid(
    case: Case,
    verifications: Sequence[Verification],
    user: Any,
    *,
    chosen: str = "",
    readings: Mapping[int, MachineReading] | None = None,
) -> Grid:
    """The grid of the case's checks (newest first), or of the one ``chosen`` by its public id; constant queries.

    ``readings``: those of ``reading_of``, where the caller has them already.
    """
    ids = [verification.pk for verification in verifications]
    asked = next((one for one in verifications if str(one.public_id) == chosen), None)
    shown = [asked] if asked else list(verifications)
    answered = set(
        ExtractedValue.objects.filter(verification_id__in=ids).values_list("verification_id", flat=True).distinct()
    )
    readings = reading_of(shown) if readings is None else readings
    entered = next((one for one in shown if has_entered(one)), None)
    provider = next((one for one in shown if one.pk in answered), None)
    reading = next((readings[one.pk] for one in shown if one.pk in readings), None)
    opener = Opener(case.customer_id)
    differences = differences_of(case, verifications, opener)
    rows = grid_cells(case.customer, entered, provider, reading)
    kept = tuple(
        _row(case, field, cells, differences.get(field), verifications, shown, opener) for field, cells in rows.items()
    )
    kept += tuple(
        _row(case, field, ((), (), ()), difference, verifications, shown, opener)
        for field, difference in differences.items()
        if field not in rows
    )
    may_decide = case.closed_at is None and user.has_perm(DECIDE)
    is_maker = bool(differences) and may_decide and made_case(case, user, verifications)
    return Grid(
        rows=kept,
        difference_count=len(differences),
        unresolved_count=sum(not one.is_resolved for one in differences.values()),
        entered=entered,
        provider=provider,
        reading=reading,
        checks=tuple((one, one is asked) for one in verifications) if len(verifications) > 1 else (),
        chosen=str(asked.public_id) if asked else "",
        may_resolve=may_decide and not is_maker,
        why_not=_("You entered or submitted what is compared here, so somebody else resolves it.") if is_maker else "",
        reasons=DifferenceReason.choices,
    )


def reading_of(verifications: Iterable[Verification]) -> dict[int, MachineReading]:
    """Verification -> the reading that counts there, confirmed or not; one query and one for the values."""
    found = (
        MachineReading.objects.filter(verification_id__in=[one.pk for one in verifications], removed_at__isnull=True)
        .select_related("document")
        .prefetch_related("values")
    )
    return {reading.verification_id: reading for reading in found}


def has_entered(verification: Verification) -> bool:
    """Whether a person entered what an identity document says."""
    return verification.type == VerificationType.IDENTITY_DOCUMENT and bool(
        verification.document_number or verification.date_of_birth or verification.expiration_date
    )


def _row(  # noqa: PLR0917
    case: Case,
    field: str,
    cells: tuple[tuple[GridValue, ...], ...],
    difference: Difference | None,
    verifications: Sequence[Verification],
    shown: Sequence[Verification],
    opener: Opener,
) -> GridRow:
    entered, provider, machine = cells
    elsewhere = ""
    if difference is not None and not any(value.is_different for value in (*provider, *machine)):
        there = next((one for one in verifications if one.pk in difference.verification_ids), None)
        if there is not None and [there] != list(shown):
            elsewhere = f"{case.get_absolute_url()}?check={there.public_id}#grid"
    return GridRow(
        field=field,
        label=str(LABELS.get(field, field.replace("_", " ").capitalize())),
        entered=entered,
        provider=provider,
        machine=machine,
        is_different=difference is not None,
        values_hash=difference.values_hash if difference is not None else "",
        resolution=_resolution(difference, opener),
        elsewhere=elsewhere,
        can_be_resolved=difference is not None and bool(difference.values_hash),
    )


def _resolution(difference: Difference | None, opener: Opener) -> GridResolution | None:
    said = difference.resolution if difference is not None else None
    if said is None:
        return None
    return GridResolution(
        reason=said.get_reason_display(),
        explanation=opener.text(said, "explanation"),
        who=said.resolved_by.get_full_name() or said.resolved_by.get_username(),
        at=said.resolved_at,
        is_real=said.reason == DifferenceReason.REAL,
    )
