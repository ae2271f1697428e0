"""Many at once on PostgreSQL: one claims a case, nobody is offered what another takes, a review opens once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.factories import ACTOR, NOON, make_customer
from tests.services.case_support import DAY, approved
from tests.services.decision_support import again, answered_case, officer
from tests.services.test_concurrency import AT_ONCE, at_once
from verifications.errors import StaleRecord
from verifications.models import AuditEvent, Case, CasePresence
from verifications.services.assignments import assign_case, take_next
from verifications.services.case_claims import claim_case, keep_presence
from verifications.services.cases import open_case_for
from verifications.services.due_times import warn_and_breach
from verifications.services.expiry_watch import open_due_reviews

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def people() -> list[Any]:
    return [officer() for _number in range(AT_ONCE)]


def test_one_of_eight_claims_a_case_and_the_others_are_told() -> None:
    case, officers = answered_case(), people()

    got = at_once(lambda number: claim_case(case_id=case.pk, person=officers[number], at=NOON))

    assert Counter(type(one).__name__ for one in got) == {"Case": 1, "NotAllowed": AT_ONCE - 1}
    assert AuditEvent.objects.filter(action="case.claimed").count() == 1
    assert again(case).claimed_by in officers


def test_eight_who_take_the_next_case_take_eight_cases() -> None:
    cases, officers = [answered_case() for _number in range(AT_ONCE)], people()

    got = at_once(lambda number: take_next(person=officers[number], at=NOON))

    assert sorted(case.pk for case in got) == sorted(case.pk for case in cases)
    assert Case.objects.values("owner").distinct().count() == AT_ONCE


def test_one_of_eight_takes_the_last_case() -> None:
    answered_case()
    officers = people()

    got = at_once(lambda number: take_next(person=officers[number], at=NOON))

    assert len([case for case in got if case is not None]) == 1


def test_one_of_eight_assignments_over_the_same_version_stands() -> None:
    case, officers = answered_case(), people()

    got = at_once(
        lambda number: assign_case(
            case_id=case.pk,
            to_person_id=officers[number].pk,
            reason="For the morning.",
            actor=ACTOR,
            at=NOON,
            version=case.version,
        )
    )

    assert Counter(isinstance(one, StaleRecord) for one in got) == {True: AT_ONCE - 1, False: 1}


def test_a_case_of_a_customer_is_opened_by_one_of_eight() -> None:
    customer = make_customer()

    got = at_once(lambda _number: open_case_for(customer=customer, actor=ACTOR, at=NOON))

    assert {case.pk for case in got} == {Case.objects.get().pk}
    assert AuditEvent.objects.filter(action="case.opened").count() == 1


def test_eight_pages_of_one_person_are_one_presence() -> None:
    case, person = answered_case(), officer()

    at_once(lambda _number: keep_presence(case_id=case.pk, person=person, at=NOON))

    assert CasePresence.objects.count() == 1


def test_eight_upkeeps_open_one_review_and_note_one_breach() -> None:
    approved(document_ends=NOON.date() + 10 * DAY, on=NOON - 60 * DAY)

    opened = at_once(lambda _number: open_due_reviews(now=NOON))
    missed = at_once(lambda _number: warn_and_breach(now=NOON + 30 * DAY))

    assert (sum(opened), sum(missed)) == (1, 1)
