"""The sweep: what nobody works on gets its outcome, what is due gets its doorbell."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.factories import ACTOR, NOON, make_account, make_customer, make_provider_user
from tests.fakes import FakeProvider
from tests.services.support import SECOND, actions, deliver, submissions, submitted
from verifications import tasks
from verifications.models import ProviderCall
from verifications.services import call_sweep, doorbell
from verifications.services.call_sweep import sweep
from verifications.services.provider_accounts import pause_account, request_connection_check
from verifications.services.provider_calls import claim_next
from verifications.services.provider_users import link_provider_user

pytestmark = pytest.mark.django_db
LATER = NOON + 3600 * SECOND


@pytest.fixture
def rung(monkeypatch: Any) -> list[str]:
    """The keys whose doorbell the sweep rings."""
    keys: list[str] = []
    monkeypatch.setattr(call_sweep, "ring", lambda *, key_id: keys.append(key_id))
    return keys


def test_sweep_lets_a_row_wait_again_whose_worker_died_before_sending(clock: Any, rung: list[str]) -> None:
    verification = submitted()
    claim_next(key_id=verification.account.key_id, now=NOON)

    found = sweep(now=LATER)

    call = submissions(verification)[0]
    verification.refresh_from_db()
    assert found == {"abandoned": 1, "lanes": 1}
    assert rung == [verification.account.key_id]
    assert (call.status, call.claim_token, call.started_at) == ("WAITING", None, None)
    assert verification.status == "QUEUED"
    assert actions()[-1] == "verification.not_sent"


def test_sweep_calls_the_outcome_unknown_whose_worker_died_after_sending(clock: Any, rung: list[str]) -> None:
    verification = submitted()
    claim_next(key_id=verification.account.key_id, now=NOON)
    ProviderCall.objects.update(sending_at=NOON)

    sweep(now=LATER)

    call = submissions(verification)[0]
    verification.refresh_from_db()
    assert (call.status, call.error_code) == ("UNKNOWN", "worker_lost")
    assert verification.status == "OUTCOME_UNKNOWN"
    assert len(submissions(verification)) == 1


def test_sweep_repeats_a_read_whose_worker_died_after_sending(clock: Any, rung: list[str]) -> None:
    account = make_account()
    user = link_provider_user(
        customer_id=make_customer().pk,
        account_id=account.pk,
        provider_reference="AA95N84GTESTREAD",
        actor=ACTOR,
        at=NOON,
    )
    claim_next(key_id=account.key_id, now=NOON)
    ProviderCall.objects.update(sending_at=NOON)

    sweep(now=LATER)
    clock.move_to(LATER + 10 * SECOND)
    deliver(account, FakeProvider())

    user.refresh_from_db()
    assert [call.status for call in user.calls.order_by("id")] == ["NOT_SENT", "SUCCEEDED"]
    assert user.status == "LINKED"


def test_sweep_leaves_a_claim_whose_lease_runs(clock: Any, rung: list[str]) -> None:
    verification = submitted()
    claim_next(key_id=verification.account.key_id, now=NOON)

    found = sweep(now=NOON + SECOND)

    assert found == {"abandoned": 0, "lanes": 0}
    assert submissions(verification)[0].status == "SENDING"


def test_sweep_twice_changes_nothing_more(clock: Any, rung: list[str]) -> None:
    verification = submitted()
    claim_next(key_id=verification.account.key_id, now=NOON)
    ProviderCall.objects.update(sending_at=NOON)
    sweep(now=LATER)
    before = actions()

    sweep(now=LATER)

    assert actions() == before


def test_sweep_rings_once_a_key_and_only_for_what_may_go_out(clock: Any, rung: list[str]) -> None:
    due = submitted()
    submitted(provider_user=make_provider_user(account=due.account))
    stopped = submitted()
    pause_account(account=stopped.account, reason="Key not accepted.", actor=ACTOR, at=NOON)
    ProviderCall.objects.filter(verification=submitted()).update(not_before=NOON + 60 * SECOND)

    sweep(now=NOON)

    assert rung == [due.account.key_id]


def test_sweep_rings_for_the_connection_test_of_a_stopped_account(clock: Any, rung: list[str]) -> None:
    account = make_account()
    pause_account(account=account, reason="Key not accepted.", actor=ACTOR, at=NOON)
    request_connection_check(account_id=account.pk, actor=ACTOR, at=NOON)

    sweep(now=NOON)

    assert rung == [account.key_id]


def test_sweep_goes_on_past_a_row_it_can_not_settle(clock: Any, rung: list[str], caplog: Any, monkeypatch: Any) -> None:
    broken, sound = submitted(), submitted()
    for verification in (broken, sound):
        claim_next(key_id=verification.account.key_id, now=NOON)
    real = call_sweep.settle_abandoned

    def settle(*, call_id: int, now: Any) -> bool:
        if call_id == submissions(broken)[0].pk:
            raise RuntimeError("can't be settled")
        return real(call_id=call_id, now=now)

    monkeypatch.setattr(call_sweep, "settle_abandoned", settle)
    with caplog.at_level(logging.CRITICAL):
        found = sweep(now=LATER)

    assert found == {"abandoned": 1, "lanes": 1}
    assert submissions(sound)[0].status == "WAITING"


def test_ring_leaves_a_later_row_to_the_sweep(
    clock: Any, monkeypatch: Any, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(doorbell.current_app, "send_task", lambda name, **more: sent.append({"name": name} | more))
    settings.SWEEP_SECONDS = 10

    with django_capture_on_commit_callbacks(execute=True):
        doorbell.ring(key_id="key-1")
        doorbell.ring(key_id="key-2", after_seconds=4)
        doorbell.ring(key_id="key-3", after_seconds=11)

    assert sent == [
        {"name": "verifications.deliver_lane", "kwargs": {"key_id": "key-1"}, "countdown": None},
        {"name": "verifications.deliver_lane", "kwargs": {"key_id": "key-2"}, "countdown": 4},
    ]


def test_ring_survives_a_broker_that_takes_nothing(
    caplog: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    def refuse(*_arguments: Any, **_named: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(doorbell.current_app, "send_task", refuse)

    with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):
        doorbell.ring(key_id="key-1")

    assert "The broker did not take a message" in caplog.text


def test_the_tasks_act_in_the_name_of_delivery_and_schedule(clock: Any, monkeypatch: Any) -> None:
    verification = submitted()
    claim_next(key_id=verification.account.key_id, now=NOON)
    clock.move_to(LATER)
    monkeypatch.setattr(tasks.provider_calls, "build_client", FakeProvider().client)
    monkeypatch.setattr(tasks.provider_calls.deliver_lane, "__kwdefaults__", {"client_factory": FakeProvider().client})

    tasks.sweep_provider_calls()
    tasks.deliver_lane(key_id=verification.account.key_id)

    verification.refresh_from_db()
    assert verification.status == "ACCEPTED"
