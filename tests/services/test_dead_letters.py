"""Calls that stopped: listed as dead, retried by a person, set aside for a reason, or overtaken by a success."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.factories import ACTOR, NOON
from tests.fakes import WAIT, FakeProvider
from tests.services.delivery_writes import dead
from tests.services.support import actions, deliver, submissions, submitted
from verifications.errors import InvalidTransition, NotAllowed
from verifications.models import ProviderCall, Verification
from verifications.providers.errors import ProviderUnavailable
from verifications.services.dead_letters import retry_dead_call, retry_dead_calls, set_aside
from verifications.services.outcomes import MOST_TRIES

pytestmark = pytest.mark.django_db
BUSY = ProviderUnavailable("Busy.", code="http_429", http_status=429)


def test_a_call_out_of_tries_is_dead_and_one_that_succeeds_later_is_not(clock: Any) -> None:
    verification = submitted()
    provider = FakeProvider(fails_with=[BUSY] * MOST_TRIES)
    for _try in range(MOST_TRIES):
        deliver(verification.account, provider)
        clock.shift(dt.timedelta(minutes=20))
    (dead_one,) = ProviderCall.objects.filter(is_dead=True)

    retry_dead_call(call_id=dead_one.pk, actor=ACTOR, at=NOON)
    deliver(verification.account, FakeProvider(actions=(WAIT,)))

    assert dead_one.number == MOST_TRIES
    assert not ProviderCall.objects.filter(is_dead=True).exists()
    assert Verification.objects.get(pk=verification.pk).status == "ACCEPTED"


def test_a_call_is_tried_for_a_day_and_not_longer(clock: Any) -> None:
    verification = submitted()
    provider = FakeProvider(fails_with=[BUSY, BUSY])
    deliver(verification.account, provider)
    clock.shift(dt.timedelta(hours=25))

    deliver(verification.account, provider)

    (_first, second) = submissions(verification)
    assert (second.number, second.is_dead) == (2, True)
    assert not ProviderCall.objects.filter(verification=verification, status="WAITING").exists()


def test_many_are_retried_each_with_its_own_result(clock: Any) -> None:
    one, two = dead(), dead()
    set_aside(call_id=two.pk, reason="Not needed any more.", actor=ACTOR, at=NOON)

    results = retry_dead_calls(call_ids=[one.pk, two.pk], actor=ACTOR, at=NOON)

    assert results[one.pk] == ""
    assert "already" in results[two.pk]
    assert actions().count("provider_call.retried") == 1


def test_two_people_retry_once(clock: Any) -> None:
    one = dead()
    retry_dead_call(call_id=one.pk, actor=ACTOR, at=NOON)

    with pytest.raises(InvalidTransition):
        retry_dead_call(call_id=one.pk, actor="user:99", at=NOON)

    assert len(submissions(Verification.objects.get(pk=one.verification_id))) == 2


def test_setting_aside_needs_a_reason_and_keeps_the_row(clock: Any) -> None:
    one = dead()

    with pytest.raises(NotAllowed):
        set_aside(call_id=one.pk, reason="no", actor=ACTOR, at=NOON)
    set_aside(call_id=one.pk, reason="The customer has left.", actor=ACTOR, at=NOON)

    one.refresh_from_db()
    assert (one.is_dead, one.status) == (False, "NOT_SENT")
    assert "provider_call.set_aside" in actions()
