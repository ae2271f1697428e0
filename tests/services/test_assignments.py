"""Who gets which case: the next one, a suggestion, by hand with a reason, many at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import ACTOR, NOON, make_user
from tests.services.case_support import DAY, HOUR, REASON, change
from tests.services.decision_support import again, answered_case, officer, senior, staged
from tests.services.support import actions, submitted
from verifications.enums import CasePriority, ProviderAnswer
from verifications.errors import DomainError, InvalidTransition, NotAllowed, StaleRecord
from verifications.models import AuditEvent, Case, CustomerRequest, MessageTemplate, PersonSettings
from verifications.policy.roles import ADMINISTRATOR
from verifications.selectors.workload import candidates_for, suggest_owner, why_not
from verifications.services import case_batches
from verifications.services.assignments import assign_case, set_priority, take_case, take_next
from verifications.services.case_batches import assign_cases, set_priorities
from verifications.services.case_claims import claim_case
from verifications.services.sealed_values import seal

pytestmark = pytest.mark.django_db


def assigned(case: Case, person: Any, **changes: Any) -> Case:
    arguments = {"to_person_id": person.pk if person else None, "reason": "", "actor": ACTOR, "at": NOON}
    return assign_case(case_id=case.pk, **(arguments | changes))


def made_by(case: Case, person: Any) -> Case:
    case.verifications.update(created_by=f"user:{person.pk}")
    return case


def aged(case: Case, opened_at: dt.datetime, priority: int = CasePriority.NORMAL) -> Case:
    Case.objects.filter(pk=case.pk).update(opened_at=opened_at, priority=priority)
    return case


def away(person: Any, first: dt.date, last: dt.date) -> None:
    PersonSettings.objects.update_or_create(person=person, defaults={"absent_from": first, "absent_until": last})


def test_the_next_case_is_the_most_urgent_then_the_oldest() -> None:
    newer, older = aged(answered_case(), NOON), aged(answered_case(), NOON - DAY)
    urgent = aged(answered_case(), NOON + HOUR, CasePriority.URGENT)
    person = officer()

    got = [take_next(person=officer(), at=NOON + 2 * HOUR) for _turn in range(4)]

    assert [case and case.pk for case in got] == [urgent.pk, older.pk, newer.pk, None]
    assert take_next(person=person, at=NOON + 2 * HOUR) is None


def test_the_next_case_is_owned_and_held_by_who_took_it() -> None:
    answered_case()
    person = officer()

    case = take_next(person=person, at=NOON)

    assert case is not None
    assert (again(case).owner, again(case).claimed_by, again(case).version) == (person, person, 2)
    assert actions()[-2:] == ["case.assigned", "case.claimed"]


def test_what_a_person_has_not_finished_comes_first_unless_they_come_from_it() -> None:
    aged(answered_case(), NOON - DAY, CasePriority.URGENT)
    own = answered_case()
    person = officer()
    assigned(own, person)

    first = take_next(person=person, at=NOON)
    second = take_next(person=person, at=NOON, besides_id=own.pk)

    assert first is not None
    assert first.pk == own.pk
    assert second is not None
    assert second.pk != own.pk


def test_nobody_is_offered_what_others_own_or_work_on() -> None:
    owned, held = answered_case(), answered_case()
    assigned(owned, officer())
    claim_case(case_id=held.pk, person=officer(), at=NOON)
    person = officer()

    assert take_next(person=person, at=NOON) is None
    lapsed = take_next(person=person, at=NOON + HOUR)

    assert lapsed is not None
    assert lapsed.pk == held.pk


def test_nobody_is_offered_a_case_they_made_but_one_asked_for_again() -> None:
    person = officer()
    case = made_by(answered_case(), person)
    assert take_next(person=person, at=NOON) is None

    asked_again(case)

    again_offered = take_next(person=person, at=NOON)
    assert again_offered is not None
    assert again_offered.pk == case.pk


def asked_again(case: Case) -> None:
    """Its check is what the customer was asked for."""
    template = MessageTemplate.objects.create(code="t", language="en", title="T", written_at=NOON)
    request = CustomerRequest(
        case=case, item="SELFIE", reason="BLURRED", way="SESSION", template=template, asked_by=officer(), asked_at=NOON
    )
    request.new_verification = case.verifications.get()
    seal(request, "subject", "Again", mask="1 word")
    seal(request, "text", "Again", mask="1 word")
    request.save()


def test_the_second_approval_is_offered_to_others_than_its_maker() -> None:
    maker, other = officer(), officer()
    decision = staged(maker)

    assert take_next(person=maker, at=NOON) is None
    case = take_next(person=other, at=NOON)

    assert case is not None
    assert case.pk == decision.case_id


def test_escalated_cases_are_offered_to_senior_officers_only() -> None:
    case = change(answered_case(), is_escalated=True)

    assert take_next(person=officer(), at=NOON) is None
    taken = take_next(person=senior(), at=NOON)

    assert taken is not None
    assert taken.pk == case.pk


def test_what_waits_for_the_provider_or_the_customer_is_not_offered() -> None:
    submitted()
    change(answered_case(), asked_customer_at=NOON)

    assert take_next(person=officer(), at=NOON) is None


def test_who_does_not_decide_is_offered_nothing() -> None:
    answered_case()

    assert take_next(person=make_user(ADMINISTRATOR), at=NOON) is None


def test_taking_the_next_case_costs_the_same_for_few_and_for_many() -> None:
    answered_case()
    person = officer()
    person.has_perm("verifications.decide_case")
    with CaptureQueriesContext(connection) as few:
        take_next(person=person, at=NOON)
    for _number in range(5):
        answered_case()
    other = officer()
    other.has_perm("verifications.decide_case")

    with CaptureQueriesContext(connection) as many:
        take_next(person=other, at=NOON)

    assert len(many) == len(few) <= 14


def test_a_case_is_assigned_with_who_had_it_before_in_the_log() -> None:
    case, first, second = answered_case(), officer(), officer()
    assigned(case, first)

    with pytest.raises(NotAllowed, match="Say why"):
        assigned(case, second)
    assigned(case, second, reason=REASON)

    event = AuditEvent.objects.filter(action="case.assigned").latest("id")
    assert again(case).owner == second
    assert (event.reason, event.details) == (REASON, {"before": f"user:{first.pk}", "after": f"user:{second.pk}"})


def test_giving_a_case_back_to_nobody_ends_the_claim_of_its_owner() -> None:
    case, person = answered_case(), officer()
    take_case(case_id=case.pk, person=person, at=NOON)

    assigned(case, None, reason=REASON)

    assert (again(case).owner, again(case).claimed_by) == (None, None)
    with pytest.raises(InvalidTransition, match="Nobody owns"):
        assigned(case, None, reason=REASON)


def test_a_case_somebody_works_on_is_given_away_with_a_reason_only() -> None:
    case = answered_case()
    claim_case(case_id=case.pk, person=officer(), at=NOON)

    with pytest.raises(NotAllowed, match="Say why"):
        assigned(case, officer())
    with pytest.raises(NotAllowed, match="Say why"):
        take_case(case_id=case.pk, person=officer(), at=NOON)
    assigned(case, officer(), reason=REASON)

    assert again(case).claimed_by is None


def test_a_case_is_given_only_to_who_may_decide_it() -> None:
    case, person = answered_case(), officer()
    gone = officer()
    gone.is_active = False
    gone.save()
    away(person, NOON.date(), NOON.date() + DAY)

    with pytest.raises(NotAllowed, match="does not decide cases"):
        assigned(case, make_user(ADMINISTRATOR))
    with pytest.raises(NotAllowed, match="does not decide cases"):
        assigned(case, gone)
    with pytest.raises(NotAllowed, match="away until 2026-11-21"):
        assigned(case, person)
    maker = officer()
    made = made_by(answered_case(), maker)
    with pytest.raises(NotAllowed, match="entered or submitted"):
        assigned(made, maker)
    with pytest.raises(NotAllowed, match="not known"):
        assign_case(case_id=case.pk, to_person_id=0, reason="", actor=ACTOR, at=NOON)
    with pytest.raises(InvalidTransition, match="closed"):
        assigned(change(answered_case(), closed_at=NOON), officer())
    assert Case.objects.filter(owner__isnull=False).count() == 0


def test_an_assignment_over_an_older_version_is_refused() -> None:
    case = answered_case()
    assigned(case, officer(), version=1)

    with pytest.raises(StaleRecord):
        assigned(case, officer(), version=1, reason=REASON)


def test_the_suggestion_is_who_has_least_to_do_and_room_for_more() -> None:
    busy, free = officer(), officer()
    assigned(answered_case(), busy)
    case = answered_case()

    assert suggest_owner(case, now=NOON) == free
    PersonSettings.objects.create(person=free, capacity=0)
    assert suggest_owner(case, now=NOON) == busy
    PersonSettings.objects.create(person=busy, capacity=1)
    assert suggest_owner(case, now=NOON) is None
    assert [(one.person, one.is_full) for one in candidates_for(case, now=NOON)] == [(free, True), (busy, True)]


def test_the_suggestion_skips_who_is_away_who_made_the_case_and_who_staged_its_decision() -> None:
    maker, stager, absent, there = officer(), officer(), officer(), officer()
    away(absent, NOON.date() - DAY, NOON.date())
    make_user(ADMINISTRATOR)
    decision = staged(stager)
    case = made_by(again(Case.objects.get(pk=decision.case_id)), maker)

    assert [one.person for one in candidates_for(case, now=NOON)] == [there]
    assert absent in [one.person for one in candidates_for(case, now=NOON + DAY)]


def test_the_suggestion_for_an_escalated_case_is_a_senior_officer() -> None:
    officer()
    chief = senior()

    assert suggest_owner(change(answered_case(), is_escalated=True), now=NOON) == chief


def test_candidates_take_the_same_queries_for_few_and_for_many() -> None:
    case = answered_case()
    officer()
    with CaptureQueriesContext(connection) as few:
        candidates_for(case, now=NOON)
    for _number in range(5):
        assigned(answered_case(), officer())

    with CaptureQueriesContext(connection) as many:
        candidates_for(case, now=NOON)

    assert len(many) == len(few) <= 3


def test_a_priority_is_changed_once_and_by_name_in_the_log() -> None:
    case = answered_case()

    set_priority(case_id=case.pk, priority=CasePriority.URGENT, actor=ACTOR, at=NOON)

    with pytest.raises(InvalidTransition, match="already"):
        set_priority(case_id=case.pk, priority=CasePriority.URGENT, actor=ACTOR, at=NOON)
    with pytest.raises(NotAllowed):
        set_priority(case_id=case.pk, priority=9, actor=ACTOR, at=NOON)
    event = AuditEvent.objects.get(action="case.prioritised")
    assert event.details == {"before": "NORMAL", "after": "URGENT"}


def test_many_are_assigned_row_by_row_with_an_event_each() -> None:
    good, taken, closed = answered_case(), answered_case(), change(answered_case(), closed_at=NOON)
    person = officer()
    assigned(taken, officer())
    arguments: dict[str, Any] = {
        "case_ids": [good.pk, taken.pk, closed.pk, good.pk],
        "to_person_id": person.pk,
        "reason": "",
        "actor": ACTOR,
        "at": NOON,
    }

    told = assign_cases(dry_run=True, **arguments)
    assert again(good).owner is None
    done = assign_cases(**arguments)

    assert told == done
    assert [(row.case_number, row.ok) for row in done] == [
        (good.number, True),
        (taken.number, False),
        (closed.number, False),
    ]
    assert "Say why" in done[1].message
    assert again(good).owner == person
    assert actions().count("case.assigned") == 2


def test_many_get_a_priority_and_those_that_have_it_are_named() -> None:
    first, second = answered_case(), answered_case()
    set_priority(case_id=second.pk, priority=CasePriority.HIGH, actor=ACTOR, at=NOON)

    done = set_priorities(case_ids=[first.pk, second.pk], priority=CasePriority.HIGH, actor=ACTOR, at=NOON)

    assert [row.ok for row in done] == [True, False]


def test_too_many_at_once_are_refused_and_there_is_no_deciding_of_many() -> None:
    with pytest.raises(DomainError, match="choose fewer"):
        set_priorities(case_ids=range(201), priority=1, actor=ACTOR, at=NOON)

    assert not [name for name in vars(case_batches) if "decision" in name or "approve" in name]


def test_a_superuser_may_take_a_case_but_is_never_suggested() -> None:
    operator = make_user(is_superuser=True)
    case = answered_case(ProviderAnswer.CHALLENGE)

    assert why_not(case, operator) == ""
    assert suggest_owner(case, now=NOON) is None
    assert take_case(case_id=case.pk, person=operator, at=NOON).owner == operator
