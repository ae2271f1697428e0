"""The circuit of an account: opens after failures in a row, lets one probe through, closes on an answer; its pace."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from tests.factories import ACTOR, NOON, make_account, make_draft, make_provider_user
from tests.fakes import WAIT, FakeProvider
from tests.services.support import actions, deliver
from verifications.models import ProviderAccount, ProviderCall, Verification
from verifications.providers.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from verifications.services.circuits import OPENS_AFTER, take_turn
from verifications.services.provider_accounts import request_connection_check
from verifications.services.verifications import submit_verification

pytestmark = pytest.mark.django_db
DOWN = ProviderUnavailable("Not reached.", code="not_reached")


def test_failures_in_a_row_open_the_circuit_and_nothing_more_is_sent(clock: Any) -> None:
    account, provider = _waiting(OPENS_AFTER + 3), FakeProvider(fails_with=[DOWN] * 20)

    sent = deliver(account, provider)

    account.refresh_from_db()
    assert sent == OPENS_AFTER
    assert account.circuit_until is not None
    assert account.circuit_until > timezone.now()
    assert actions().count("provider_account.circuit_opened") == 1


def test_one_call_probes_and_a_proper_answer_closes_the_circuit(clock: Any) -> None:
    account = _waiting(OPENS_AFTER + 3)
    deliver(account, FakeProvider(fails_with=[DOWN] * 20))
    clock.shift(dt.timedelta(minutes=1))
    one = _fresh(account)

    turns = [take_turn(account=one, now=timezone.now()) for _asker in range(3)]
    clock.shift(dt.timedelta(minutes=2))
    sent = deliver(account, FakeProvider(actions=(WAIT,)))

    assert turns == [True, False, False]
    assert sent >= OPENS_AFTER + 3
    assert (_fresh(account).failures, _fresh(account).circuit_until) == (0, None)
    assert actions().count("provider_account.circuit_closed") == 1


def test_a_probe_that_fails_opens_it_for_longer(clock: Any) -> None:
    account, provider = _waiting(OPENS_AFTER), FakeProvider(fails_with=[DOWN] * 40)
    deliver(account, provider)
    first = _pause(account)
    clock.shift(dt.timedelta(minutes=1))

    sent = deliver(account, provider)

    assert sent == 1
    assert _pause(account) > first


def test_a_refusal_is_a_proper_answer(clock: Any) -> None:
    refusal = ProviderRefused("No.", http_status=422)
    account = _waiting(OPENS_AFTER + 1)

    deliver(account, FakeProvider(fails_with=[*[DOWN] * (OPENS_AFTER - 1), refusal, *[DOWN] * 3]))

    assert _fresh(account).circuit_until is None


def test_lost_answers_count_as_failures_and_are_not_repeated(clock: Any) -> None:
    account = _waiting(OPENS_AFTER + 1)

    deliver(account, FakeProvider(fails_with=[OutcomeUnknown("No answer.", code="timeout")] * 20))

    unknown = ProviderCall.objects.filter(operation="SUBMIT_DOCUMENTS", status="UNKNOWN").count()
    assert unknown == OPENS_AFTER
    assert _fresh(account).circuit_until is not None


def test_a_connection_test_passes_an_open_circuit(clock: Any) -> None:
    account = _waiting(OPENS_AFTER)
    deliver(account, FakeProvider(fails_with=[DOWN] * 20))

    request_connection_check(account_id=account.pk, actor=ACTOR, at=timezone.now())
    deliver(account, FakeProvider())

    assert _fresh(account).check_passed is True


def test_an_account_with_a_pace_sends_one_call_a_step(clock: Any) -> None:
    account = _waiting(3)
    ProviderAccount.objects.filter(pk=account.pk).update(options={**account.options, "calls_per_minute": 60})
    provider = FakeProvider(actions=(WAIT,))

    first = deliver(account, provider)
    none = deliver(account, provider)
    clock.shift(dt.timedelta(seconds=1.5))
    second = deliver(account, provider)

    assert (first, none, second) == (1, 0, 1)


def _waiting(count: int) -> ProviderAccount:
    """An account with so many submissions that wait, each of a customer of its own."""
    account = make_account()
    for _number in range(count):
        draft: Verification = make_draft(make_provider_user(account=account))
        submit_verification(verification_id=draft.pk, actor=ACTOR, at=NOON)
    return account


def _fresh(account: ProviderAccount) -> ProviderAccount:
    return ProviderAccount.objects.get(pk=account.pk)


def _pause(account: ProviderAccount) -> dt.timedelta:
    until = _fresh(account).circuit_until
    assert until is not None
    return until - timezone.now()
