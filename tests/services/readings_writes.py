"""What the services of readings and differences do, for the table in ``test_every_write_is_audited``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.factories import ACTOR, NOON, make_draft
from tests.services.decision_support import again, answered_case, officer
from tests.services.reading_support import draft, passport, reading, unconfirmed
from verifications.selectors.case_facts import verifications_of
from verifications.selectors.differences import differences_of
from verifications.services import differences, machine_readings

Act = Callable[[], Any]

READS = {"machine_values.parse", "machine_values.with_names", "machine_values.findings_of"}
FILLS_COLUMNS = {"machine_values.machine_values"}
WITH_ITS_CALLER = {
    "machine_readings.refresh_comparisons",
    "comparisons.compare_with_record",
}
"""Compares anew what a person or a provider changed, which has its event."""


def _recorded() -> Act:
    return partial(machine_readings.record_reading, verification_id=draft().pk, text=passport(), actor=ACTOR, at=NOON)


def _read() -> Act:
    return partial(machine_readings.read_image, document_id=make_draft().documents.get().pk, actor=ACTOR, at=NOON)


def _confirmed() -> Act:
    found = unconfirmed(draft())
    return partial(
        machine_readings.confirm_reading,
        reading_id=found.pk,
        surname="EXAMPLE",
        given_names="ZOE",
        actor=ACTOR,
        at=NOON,
    )


def _removed() -> Act:
    found = reading(draft())
    return partial(
        machine_readings.remove_reading, reading_id=found.pk, reason="Another person's passport", actor=ACTOR, at=NOON
    )


def _resolved() -> Act:
    case = answered_case()
    check = verifications_of(case).get()
    reading(check, passport(surname="Muster"))
    difference = differences_of(again(case), [check])["last_name"]
    return partial(
        differences.resolve_difference,
        case_id=case.pk,
        field="last_name",
        values_hash=difference.values_hash,
        reason="NAME_CHANGE",
        explanation="Marriage certificate on file.",
        person=officer(),
        actor=ACTOR,
        at=NOON,
    )


WRITES: dict[str, Callable[[], Act]] = {
    "differences.resolve_difference": _resolved,
    "machine_readings.confirm_reading": _confirmed,
    "machine_readings.read_image": _read,
    "machine_readings.record_reading": _recorded,
    "machine_readings.remove_reading": _removed,
}
