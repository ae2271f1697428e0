"""Cases are due in working hours; the time stands still while the customer has to act, and being late is noted once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction

from tests.factories import ACTOR, NOON, make_customer, make_provider_user
from tests.services.case_support import DAY, HOUR, change
from tests.services.decision_support import again, answer, answered_case
from tests.services.support import actions, submitted
from verifications.enums import ProviderAnswer
from verifications.models import AuditEvent, Case
from verifications.services.cases import locked_case, open_case_for
from verifications.services.due_times import restart, warn_and_breach
from verifications.services.policies import change_policy, current_policy
from verifications.services.upkeep import keep_up
from verifications.views.rows import due_label

pytestmark = pytest.mark.django_db
TUESDAY = NOON + 4 * DAY
"""NOON is a Friday: 16 working hours later."""


def opened(**changes: Any) -> Case:
    return open_case_for(customer=make_customer(), actor=ACTOR, at=NOON, **changes)


def test_a_case_is_due_after_working_hours_and_a_weekend_does_not_count() -> None:
    assert opened().due_at == TUESDAY


def test_holidays_of_the_policy_count_as_days_off() -> None:
    version, policy = current_policy()
    rules = policy.to_data()
    rules["business"]["extra_days_off"] = ["2026-11-23"]
    change_policy(rules=rules, note="The office is closed.", based_on=version.number, actor=ACTOR, at=NOON)

    assert opened().due_at == TUESDAY + DAY


def test_the_time_stands_still_while_the_customer_has_to_act() -> None:
    case = answered_case()

    asked = change(case, at=NOON + HOUR, asked_customer_at=NOON + HOUR)
    assert (asked.state, asked.paused_at, asked.paused_left) == ("WAITING_FOR_CUSTOMER", NOON + HOUR, 15 * HOUR)
    back = change(case, at=NOON + 5 * DAY, asked_customer_at=None)

    assert (back.paused_at, back.paused_left) == (None, None)
    assert back.due_at == NOON + 7 * DAY - HOUR  # Wednesday noon and 15 working hours
    assert actions().count("case.paused") == actions().count("case.resumed") == 1


def test_a_case_that_was_late_when_paused_is_as_late_afterwards() -> None:
    case = answered_case()

    change(case, at=TUESDAY + 2 * HOUR, asked_customer_at=NOON)
    back = change(case, at=TUESDAY + 10 * DAY, asked_customer_at=None)

    assert back.due_at == TUESDAY + 10 * DAY - 2 * HOUR


def test_closing_ends_a_pause_so_that_nothing_looks_late_that_was_not() -> None:
    case = answered_case()
    change(case, at=NOON + HOUR, asked_customer_at=NOON)

    closed = change(case, at=NOON + 30 * DAY, closed_at=NOON + 30 * DAY)

    assert closed.paused_at is None
    assert closed.due_at > closed.closed_at


def test_a_risk_that_rises_late_leaves_the_time_of_the_warning() -> None:
    verification = submitted()
    Case.objects.update(opened_at=NOON - DAY, due_at=NOON + 3 * HOUR)

    case = answer(verification, ProviderAnswer.DENY)

    assert case.due_at == NOON + 2 * HOUR


def test_a_risk_that_rises_gives_nobody_more_time() -> None:
    verification = submitted()
    Case.objects.update(due_at=NOON + HOUR)

    assert answer(verification, ProviderAnswer.DENY).due_at == NOON + HOUR


def test_a_risk_that_rises_while_paused_shortens_what_is_left() -> None:
    user = make_provider_user()
    older = submitted(provider_user=user)
    case = change(answer(submitted(provider_user=user)), asked_customer_at=NOON)
    assert case.paused_left == 16 * HOUR

    answer(older, ProviderAnswer.DENY)

    case = again(case)
    assert (case.risk, case.paused_left) == ("HIGH", 8 * HOUR)
    assert case.due_at == TUESDAY - DAY


def test_a_case_opened_again_gets_its_full_time() -> None:
    case = answered_case()
    Case.objects.update(warned_at=NOON, breached_at=NOON, due_at=NOON - DAY)

    with transaction.atomic():
        restart(case=locked_case(case.pk), actor=ACTOR, at=NOON)

    case.refresh_from_db()
    assert (case.due_at, case.warned_at, case.breached_at) == (TUESDAY, None, None)


def test_a_case_is_warned_about_once_and_missed_once() -> None:
    case = opened()

    assert warn_and_breach(now=TUESDAY - 3 * HOUR) == 0
    assert warn_and_breach(now=TUESDAY - HOUR) == 1
    assert warn_and_breach(now=TUESDAY - HOUR) == 0
    assert warn_and_breach(now=TUESDAY + HOUR) == 1
    assert warn_and_breach(now=TUESDAY + 2 * HOUR) == 0

    case.refresh_from_db()
    assert (case.warned_at, case.breached_at) == (TUESDAY - HOUR, TUESDAY + HOUR)
    events = AuditEvent.objects.filter(action__in=["case.warned", "case.breached"]).order_by("id")
    assert [(event.action, event.actor) for event in events] == [
        ("case.warned", "system:schedule"),
        ("case.breached", "system:schedule"),
    ]


def test_the_warning_counts_working_hours_too() -> None:
    opened()
    Case.objects.update(due_at=dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC))  # Monday at ten

    assert warn_and_breach(now=dt.datetime(2026, 11, 20, 16, 30, tzinfo=dt.UTC)) == 1  # Friday afternoon


def test_a_case_whose_time_stands_still_is_neither_warned_about_nor_missed() -> None:
    case = answered_case()
    change(case, asked_customer_at=NOON)

    assert warn_and_breach(now=NOON + 100 * DAY) == 0


def test_a_closed_case_is_not_missed() -> None:
    change(answered_case(), closed_at=NOON)

    assert warn_and_breach(now=NOON + 100 * DAY) == 0


def test_upkeep_notes_due_times_and_reviews() -> None:
    opened()

    done = keep_up(now=TUESDAY + HOUR)

    assert (done["due_times"], done["reviews"], done["presences"]) == (1, 0, 0)


def test_a_row_says_how_long_is_left_how_late_it_is_or_that_it_stands_still() -> None:
    case = Case(due_at=NOON)

    assert due_label(case, NOON - 5 * HOUR) == ("5 h left", "")
    assert due_label(case, NOON + 2 * DAY) == ("2 d late", "due--late")
    case.paused_at = NOON - 5 * HOUR
    assert due_label(case, NOON + 30 * DAY) == ("paused, 5 h left", "due--paused")
    case.closed_at = NOON
    assert due_label(case, NOON) == ("", "")
