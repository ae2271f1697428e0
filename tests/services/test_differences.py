"""A difference is one per column of a case, and what a person says of it holds for exactly the values they saw."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.factories import ACTOR, IDENTITY, NOON, make_draft, make_user
from tests.services.decision_support import again, answered_case, officer
from tests.services.reading_support import passport, reading
from tests.services.support import actions
from verifications.enums import CaseState, DifferenceReason
from verifications.errors import InvalidTransition, NotAllowed, PreflightFailed, StaleRecord
from verifications.models import AuditEvent, Case, Customer, DifferenceResolution, ExtractedValue, Verification
from verifications.policy.roles import ADMINISTRATOR, AUDITOR
from verifications.selectors.case_facts import facts_of, verifications_of
from verifications.selectors.differences import FIELDS_OF_PATHS, STAND_INS, Difference, differences_of, unresolved_count
from verifications.services import extracted_values
from verifications.services.differences import resolve_difference
from verifications.services.extracted_values import store_values
from verifications.services.machine_values import NAMES
from verifications.services.sealed_values import open_value

pytestmark = pytest.mark.django_db
SLUG = re.compile("[a-z_]{1,60}")


@pytest.fixture
def case() -> Case:
    """Answered, and the zone names another surname than was entered."""
    case = answered_case()
    reading(check_of(case), passport(surname="Muster"))
    return again(case)


def check_of(case: Case) -> Verification:
    found = verifications_of(case).last()
    assert found is not None
    return found


def found(case: Case) -> dict[str, Difference]:
    return differences_of(again(case), list(verifications_of(case)))


def resolve(case: Case, field: str = "last_name", **changes: Any) -> DifferenceResolution:
    arguments: dict[str, Any] = {
        "case_id": case.pk,
        "field": field,
        "reason": DifferenceReason.NAME_CHANGE,
        "explanation": "Marriage certificate on file.",
        "person": changes.get("person") or officer(),
        "actor": ACTOR,
        "at": NOON,
    }
    if "values_hash" not in changes:
        changes["values_hash"] = found(case)[field].values_hash
    return resolve_difference(**(arguments | changes))


def test_a_resolution_is_kept_sealed_with_its_event_and_counts_no_more(case: Case) -> None:
    before = facts_of(case).unresolved_differences

    resolution = resolve(case)

    assert (before, facts_of(again(case)).unresolved_differences) == (1, 0)
    assert open_value(resolution, "explanation") == "Marriage certificate on file."
    assert str(resolution.explanation) == "4 words"
    event = AuditEvent.objects.get(action="difference.resolved")
    assert event.details == {
        "resolution": str(resolution.public_id),
        "field": "last_name",
        "reason": "NAME_CHANGE",
    }
    assert "Marriage" not in str(list(AuditEvent.objects.values()))


def test_a_real_difference_is_explained_and_goes_on_counting(case: Case) -> None:
    resolve(case, reason=DifferenceReason.REAL)

    difference = found(case)["last_name"]
    assert (difference.is_resolved, difference.is_open) == (True, True)
    assert facts_of(again(case)).unresolved_differences == 1
    assert unresolved_count(again(case), list(verifications_of(case))) == 1


def test_a_resolution_speaks_only_of_the_values_it_saw(case: Case) -> None:
    resolve(case)

    reading(check_of(case), passport(surname="Other"), at=NOON - dt.timedelta(days=1))

    assert not found(case)["last_name"].is_resolved


def test_reading_the_same_values_again_keeps_the_resolution(case: Case) -> None:
    resolve(case)

    reading(check_of(case), passport(surname="Muster"), at=NOON + dt.timedelta(days=1))

    assert found(case)["last_name"].is_resolved


def test_a_later_word_takes_the_place_of_an_earlier_one(case: Case) -> None:
    resolve(case)
    resolve(case, reason=DifferenceReason.REAL, explanation="The certificate is of somebody else.")

    assert found(case)["last_name"].is_open
    assert DifferenceResolution.objects.count() == 2


def test_what_the_provider_reads_anew_reopens_what_was_said_of_the_value_before() -> None:
    case = answered_case()
    check = check_of(case)
    Verification.objects.filter(pk=check.pk).update(issuing_country="", nationality="")
    Customer.objects.filter(pk=case.customer_id).update(nationalities=[])
    store_values(verification=check_of(case), values={"document.country": "ES"}, at=NOON)
    reading(check_of(case))
    resolve(case, "issuing_country")
    resolved = found(case)["issuing_country"].is_resolved

    store_values(verification=check_of(case), values={"document.country": "FR"}, at=NOON)

    assert resolved
    assert not found(case)["issuing_country"].is_resolved


def test_every_value_that_is_compared_has_a_field_to_resolve() -> None:
    assert set(extracted_values._COMPARED) == set(FIELDS_OF_PATHS)
    assert all(SLUG.fullmatch(field) for field in FIELDS_OF_PATHS.values())
    assert set(STAND_INS.values()) <= set(NAMES.values())


def test_what_two_sources_say_of_one_column_is_one_difference(case: Case) -> None:
    store_values(verification=check_of(case), values={"person.surname": "Muster"}, at=NOON)

    assert set(found(case)) == {"last_name"}


def test_a_value_that_changed_meanwhile_is_a_conflict(case: Case) -> None:
    seen = found(case)["last_name"].values_hash
    reading(check_of(case), passport(surname="Other"))

    with pytest.raises(StaleRecord):
        resolve(case, values_hash=seen)
    with pytest.raises(StaleRecord):
        resolve(case, field="first_name", values_hash=seen)
    assert not DifferenceResolution.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": "BECAUSE"}, "reason"),
        ({"explanation": " ok "}, "explanation"),
        ({"explanation": "x" * 4001}, "explanation"),
    ],
)
def test_a_resolution_says_why(case: Case, changes: dict[str, str], field: str) -> None:
    with pytest.raises(PreflightFailed) as caught:
        resolve(case, **changes)

    assert [problem.field for problem in caught.value.problems] == [field]
    assert "difference.resolved" not in actions()


@pytest.mark.parametrize("role", [ADMINISTRATOR, AUDITOR, None])
def test_only_who_decides_resolves(case: Case, role: str | None) -> None:
    with pytest.raises(NotAllowed):
        resolve(case, person=make_user(role))


def test_who_entered_the_values_does_not_resolve_what_they_differ_in(case: Case) -> None:
    person = officer()
    Verification.objects.filter(case=case).update(submitted_by=f"user:{person.pk}")

    with pytest.raises(NotAllowed):
        resolve(case, person=person)


def test_a_closed_case_keeps_its_differences_as_they_were_decided_on(case: Case) -> None:
    seen = found(case)["last_name"].values_hash
    Case.objects.filter(pk=case.pk).update(closed_at=NOON, state=CaseState.CLOSED)

    with pytest.raises(InvalidTransition):
        resolve(case, values_hash=seen)


def test_a_resolution_is_written_once(case: Case) -> None:
    resolution = resolve(case)

    with pytest.raises(DatabaseError), transaction.atomic():
        DifferenceResolution.objects.filter(pk=resolution.pk).update(reason=DifferenceReason.REAL)
    with pytest.raises(DatabaseError), transaction.atomic():
        resolution.delete()


def test_counting_differences_takes_the_same_queries_for_one_and_for_many(case: Case) -> None:
    resolve(case)
    checks = list(verifications_of(case))
    with CaptureQueriesContext(connection) as few:
        unresolved_count(case, checks)

    for number in range(4):
        more = make_draft(check_of(case).provider_user, data=replace(IDENTITY, last_name=f"Name {number}"))
        Verification.objects.filter(pk=more.pk).update(case=case)
        reading(more, passport(surname="Muster"))
        store_values(verification=more, values={"person.surname": "Muster", "document.number": "Y1"}, at=NOON)
    checks = list(verifications_of(case))
    with CaptureQueriesContext(connection) as many:
        count = unresolved_count(case, checks)

    assert ExtractedValue.objects.count() == 8
    assert count == 2
    assert len(many) == len(few) <= 4
