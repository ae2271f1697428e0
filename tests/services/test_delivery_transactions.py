"""Delivery with real commits: what stands in the database before a byte leaves, and who hears the doorbell."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from tests.factories import ACTOR, NOON, make_draft, make_provider_user
from tests.fakes import WAIT, FakeProvider
from tests.services.support import HookedProvider, deliver, submissions
from verifications.errors import InvalidTransition
from verifications.models import ProviderCall, Verification
from verifications.services import doorbell, lanes, provider_calls
from verifications.services.verifications import cancel_verification, submit_verification

pytestmark = pytest.mark.django_db(transaction=True)


def _submitted(**changes: Any) -> Verification:
    draft = make_draft(**changes)
    return submit_verification(verification_id=draft.pk, actor=ACTOR, at=NOON)


def test_no_transaction_is_open_while_a_provider_is_asked() -> None:
    verification = _submitted()
    open_during_call: list[bool] = []
    provider = HookedProvider(
        actions=(WAIT,), after_sending=lambda: open_during_call.append(connection.in_atomic_block)
    )

    deliver(verification.account, provider)

    assert open_during_call
    assert not any(open_during_call)


@pytest.mark.postgres
def test_the_row_is_committed_before_the_first_byte_leaves() -> None:
    verification = _submitted()
    seen: list[tuple[str, bool, str]] = []

    def look() -> None:
        try:
            call = ProviderCall.objects.get(verification=verification)
            seen.append((call.status, call.sending_at is not None, call.nonce))
        finally:
            connection.close()

    def from_another_connection() -> None:
        if not seen:
            _run(look)

    provider = HookedProvider(actions=(WAIT,), after_sending=from_another_connection)
    deliver(verification.account, provider)

    assert seen == [("SENDING", True, str(provider.nonces[0]))]


def test_a_call_enqueued_while_the_lane_is_held_is_sent_by_the_holder() -> None:
    first = _submitted()
    later = make_draft(provider_user=make_provider_user(account=first.account))
    turned_away: list[int] = []

    def submit_meanwhile() -> None:
        if not turned_away:
            submit_verification(verification_id=later.pk, actor=ACTOR, at=NOON)
            turned_away.append(deliver(first.account, provider))

    provider = HookedProvider(actions=(WAIT,), after_sending=submit_meanwhile)
    sent = deliver(first.account, provider)

    later.refresh_from_db()
    assert turned_away == [0]
    assert sent >= 2
    assert later.status == "ACCEPTED"


def test_a_call_enqueued_as_the_holder_leaves_is_sent_all_the_same(monkeypatch: Any) -> None:
    first = _submitted()
    later = make_draft(provider_user=make_provider_user(account=first.account))
    provider = FakeProvider(actions=(WAIT,))
    real = lanes.release_lane
    turned_away: list[int] = []

    def release(**arguments: Any) -> None:
        if not turned_away:
            turned_away.append(-1)
            submit_verification(verification_id=later.pk, actor=ACTOR, at=NOON)
            turned_away[0] = deliver(first.account, provider)
        real(**arguments)

    monkeypatch.setattr(lanes, "release_lane", release)
    deliver(first.account, provider)

    later.refresh_from_db()
    assert turned_away == [0]
    assert later.status == "ACCEPTED"


def test_the_doorbell_rings_after_commit_and_not_after_a_rollback(monkeypatch: Any) -> None:
    sent: list[str] = []
    monkeypatch.setattr(
        doorbell.current_app, "send_task", lambda _name, *, kwargs, **_more: sent.append(kwargs["key_id"])
    )
    kept, undone = make_draft(), make_draft()

    submit_verification(verification_id=kept.pk, actor=ACTOR, at=NOON)
    with transaction.atomic():
        submit_verification(verification_id=undone.pk, actor=ACTOR, at=NOON)
        transaction.set_rollback(True)

    assert sent == [kept.account.key_id]


def test_the_heartbeat_keeps_lease_and_lane_during_a_long_call(settings: Any) -> None:
    settings.PROVIDER_CALL_LEASE_SECONDS = 0.3
    verification = _submitted()
    leases: list[Any] = []

    def long_call() -> None:
        for _look in range(2):
            leases.append(ProviderCall.objects.get(verification=verification).lease_expires_at)
            time.sleep(0.35)

    provider = HookedProvider(after_sending=lambda: long_call() if not leases else None, actions=(WAIT,))
    deliver(verification.account, provider)

    assert leases[0] < leases[1]
    assert submissions(verification)[0].status == "SUCCEEDED"


def test_a_busy_database_is_asked_again_and_the_answer_is_kept(caplog: Any, monkeypatch: Any) -> None:
    verification = _submitted()
    monkeypatch.setattr(provider_calls, "RECORD_PAUSES", (0, 0, 0))
    real = provider_calls.record_outcome
    failures = [OperationalError("database is locked"), OperationalError("database is locked")]

    def busy(**arguments: Any) -> bool:
        if failures:
            raise failures.pop()
        return real(**arguments)

    monkeypatch.setattr(provider_calls, "record_outcome", busy)
    with caplog.at_level(logging.CRITICAL):
        deliver(verification.account, FakeProvider(actions=(WAIT,)))

    verification.refresh_from_db()
    assert failures == []
    assert (verification.status, verification.provider_reference) == ("ACCEPTED", "ver_0001")


@pytest.mark.postgres
def test_of_two_submits_at_once_one_is_told_so() -> None:
    draft = make_draft()
    results: list[str] = []
    start = threading.Barrier(2)

    def submit() -> None:
        try:
            start.wait(5)
            submit_verification(verification_id=draft.pk, actor=ACTOR, at=NOON)
            results.append("submitted")
        except InvalidTransition:
            results.append("refused")
        finally:
            connection.close()

    _run(submit, submit)

    assert sorted(results) == ["refused", "submitted"]
    assert len(submissions(draft)) == 1


@pytest.mark.postgres
def test_eight_workers_on_one_key_send_each_row_once() -> None:
    first = _submitted()
    for _more in range(5):
        _submitted(provider_user=make_provider_user(account=first.account))
    provider = FakeProvider(actions=(WAIT,))

    def work() -> None:
        try:
            deliver(first.account, provider)
        finally:
            connection.close()

    _run(*[work] * 8)

    sent = [argument.user_id for name, argument in provider.calls if name == "submit_documents"]
    assert len(sent) == len(set(sent)) == 6
    assert provider.nonces == sorted(provider.nonces)


@pytest.mark.postgres
@pytest.mark.parametrize("_round", range(10))
def test_cancelling_and_claiming_at_once_end_in_one_of_the_two(_round: int) -> None:
    verification = _submitted()
    provider = FakeProvider(actions=(WAIT,))
    start = threading.Barrier(2)
    results: list[str] = []
    failures: list[Exception] = []

    def cancel() -> None:
        try:
            cancel_verification(verification_id=verification.pk, actor=ACTOR, at=NOON)
            results.append("cancelled")
        except InvalidTransition:
            results.append("too late")

    def at_once(work: Callable[[], Any]) -> None:
        try:
            start.wait(5)
            work()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    _run(lambda: at_once(cancel), lambda: at_once(lambda: deliver(verification.account, provider)))

    verification.refresh_from_db()
    assert failures == []
    assert (results, verification.status, bool(provider.calls)) in [
        (["cancelled"], "CANCELLED", False),
        (["too late"], "ACCEPTED", True),
    ]


def _run(*work: Any) -> None:
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
