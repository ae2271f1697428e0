"""What the pages show of a document's machine-readable zone: what counts, what was noticed, what can be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verifications.documents.mrz_reader import available
from verifications.documents.mrz_reading import reads
from verifications.enums import DocumentOrigin
from verifications.models import Document, MachineReading, Verification
from verifications.selectors.case_page import document_label
from verifications.selectors.grid_values import LABELS, GridValue, machine_cell
from verifications.selectors.reading_words import finding_words, findings_today
from verifications.selectors.value_grid import has_entered, reading_of

SLOTS = frozenset({"front", "back"})
"""Where a zone may stand; a selfie or a utility bill has none."""


@dataclass(frozen=True)
class ReadingPanel:
    """``reading`` is the one that counts for ``verification``; ``values`` are its values with their comparison."""

    verification: Verification | None
    reading: MachineReading | None
    values: tuple[tuple[str, GridValue], ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    pictures: tuple[tuple[Document, str], ...]
    """Documents that can be read, with their label."""
    surname: str
    given_names: str
    is_chosen: bool
    """Whether somebody asked for this check rather than for the newest."""
    may: bool
    reader_installed: bool

    @property
    def differences(self) -> int:
        return sum(value.is_different for _label, value in self.values)


def reading_panel(
    verifications: Sequence[Verification],
    documents: Iterable[Document],
    user: Any,
    *,
    today: dt.date,
    chosen: str = "",
    readings: Mapping[int, MachineReading] | None = None,
) -> ReadingPanel:
    """The reading of the newest check that has one, of the chosen one, or the place to make one.

    Two queries, or none with ``readings`` of ``reading_of``.
    """
    asked = [one for one in verifications if str(one.public_id) == chosen]
    shown = asked or list(verifications)
    readings = reading_of(shown) if readings is None else readings
    pictures = _pictures(documents)
    pictured = {document.verification_id for document in pictures}
    candidates = [
        *(one for one in shown if one.pk in readings),
        *(one for one in shown if one.pk in pictured),
        *(one for one in shown if has_entered(one)),
        *shown,
    ]
    verification = candidates[0] if candidates else None
    reading = readings.get(verification.pk) if verification is not None else None
    values = sorted(reading.values.all(), key=lambda value: value.position) if reading is not None else []
    names = {value.name: str(value.value or "") for value in values if value.name in {"last_name", "first_name"}}
    expires = next((str(value.value or "") for value in values if value.name == "expiration_date"), "")
    findings = findings_today(reading.findings if reading else [], expires=expires, today=today)
    return ReadingPanel(
        verification=verification,
        reading=reading,
        values=tuple((str(LABELS.get(value.name, value.name)), machine_cell(value)) for value in values),
        warnings=tuple(finding_words(findings, severity="warning", labels=LABELS)),
        notes=tuple(finding_words(findings, severity="note", labels=LABELS)),
        pictures=tuple(
            (document, document_label(document))
            for document in pictures
            if verification is not None and document.verification_id == verification.pk
        ),
        surname=names.get("last_name", ""),
        given_names=names.get("first_name", ""),
        is_chosen=bool(asked),
        may=user.has_perm("verifications.add_machinereading"),
        reader_installed=available(),
    )


def _pictures(documents: Iterable[Document]) -> list[Document]:
    """One picture a side of each check: the uploaded one, or else the provider's copy of the original."""
    best: dict[tuple[int | None, str], Document] = {}
    for document in documents:
        if document.slot in SLOTS and reads(document.content_type):
            here = best.setdefault((document.verification_id, document.slot), document)
            if _rank(document) < _rank(here):
                best[document.verification_id, document.slot] = document
    return list(best.values())


def _rank(document: Document) -> int:
    image = getattr(document, "session_image", None)
    if document.origin == DocumentOrigin.UPLOADED:
        return 0
    return 1 if image is not None and image.is_original else 2
