"""Zones of invented people, drawn by the standard's own rules, and readings of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.factories import ACTOR, IDENTITY, NOON, make_draft
from verifications.documents.mrz import passport_lines
from verifications.enums import ReadingSource
from verifications.models import MachineReading, Verification
from verifications.services.machine_readings import record_reading

BARCODE = (
    "@\n\x1e\rANSI 636026100002DL00410278ZA03190008DLDAQD12345678\nDCSEXÄMPLE\nDACZOE\nDADNONE\nDBB04151990\n"
    "DBA02032031\nDBD02032026\nDBC2\nDAG1 MAIN ST\nDAIPHOENIX\nDAJAZ\nDAK850010000\nDCGUSA\n"
)


def passport(**changes: Any) -> str:
    """The zone of the person whom ``make_draft`` enters."""
    said: dict[str, Any] = {
        "surname": "Exämple",
        "given_names": "Zoë",
        "number": "X1234567",
        "country": "AD",
        "birth_date": dt.date(1990, 4, 15),
        "expiry_date": dt.date(2031, 2, 3),
    }
    return "\n".join(passport_lines(**(said | changes)))


def reading(verification: Verification, text: str = "", **more: Any) -> MachineReading:
    arguments: dict[str, Any] = {"actor": ACTOR, "at": NOON} | more
    return record_reading(verification_id=verification.pk, text=text or passport(), **arguments)


def unconfirmed(verification: Verification, text: str = "") -> MachineReading:
    """As an image reader leaves it."""
    return reading(verification, text, source=ReadingSource.IMAGE)


def compared(found: MachineReading) -> dict[str, str]:
    """Name -> how it compares."""
    return dict(found.values.values_list("name", "comparison"))


def draft() -> Verification:
    return make_draft(data=IDENTITY, with_front=False)
