"""Delivery when the portal itself is in trouble: lost claims, late answers, vanished files, a database that refuses."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile

from tests.factories import ACTOR, NOON, make_provider_user
from tests.fakes import WAIT, WANTED, FakeProvider
from tests.services.support import SECOND, HookedProvider, actions, deliver, reads, submissions, submitted
from verifications.enums import VerificationMethod
from verifications.models import ApiKeyLane, DataKey, ProviderCall, Verification
from verifications.providers.errors import ProviderRefused, ProviderUnavailable
from verifications.services import call_records, provider_calls
from verifications.services.call_sweep import sweep
from verifications.services.documents import documents_storage
from verifications.services.provider_calls import claim_next, send_claimed
from verifications.services.verifications import retry_delivery

pytestmark = pytest.mark.django_db


def _claimed(verification: Verification) -> dict[str, Any]:
    """The arguments of ``send_claimed`` for the verification's row, claimed under a lane of its own."""
    key_id = verification.account.key_id
    lane_token = provider_calls.lanes.take_lane(key_id=key_id, now=NOON)
    claimed = claim_next(key_id=key_id, now=NOON)
    assert claimed is not None
    return {"call": claimed[0], "token": claimed[1], "lane_token": lane_token}


def test_send_claimed_sends_nothing_once_the_lane_is_lost(clock: Any) -> None:
    verification = submitted()
    claim = _claimed(verification)
    ApiKeyLane.objects.update(holder="00000000-0000-4000-8000-000000000001")
    provider = FakeProvider()

    send_claimed(**claim, client_factory=provider.client)

    call = submissions(verification)[0]
    verification.refresh_from_db()
    assert provider.calls == []
    assert (call.status, call.claim_token, call.sending_at) == ("WAITING", None, None)
    assert verification.status == "QUEUED"


def test_send_claimed_sends_nothing_once_the_claim_is_lost(clock: Any) -> None:
    verification = submitted()
    claim = _claimed(verification)
    clock.shift(3600)
    sweep(now=NOON + 3600 * SECOND)
    other = claim_next(key_id=verification.account.key_id, now=NOON + 3600 * SECOND)
    provider = FakeProvider()

    send_claimed(**claim, client_factory=provider.client)

    assert other is not None
    call = submissions(verification)[0]
    assert provider.calls == []
    assert (call.status, call.claim_token) == ("SENDING", other[1])


def test_a_late_acceptance_resolves_the_unknown_call_it_belongs_to(clock: Any) -> None:
    verification = submitted()
    claim = _claimed(verification)

    def lease_runs_out() -> None:
        clock.shift(3600)
        sweep(now=NOON + 3600 * SECOND)
        seen.append(Verification.objects.get(pk=verification.pk).status)

    seen: list[str] = []
    send_claimed(**claim, client_factory=HookedProvider(after_sending=lease_runs_out).client)

    verification.refresh_from_db()
    assert seen == ["OUTCOME_UNKNOWN"]
    assert (verification.status, verification.provider_reference, verification.attention) == (
        "ACCEPTED",
        "ver_0001",
        "",
    )
    assert [call.status for call in submissions(verification)] == ["SUCCEEDED"]


def test_a_late_refusal_resolves_the_unknown_call_too(clock: Any) -> None:
    verification = submitted()
    claim = _claimed(verification)
    provider = HookedProvider(
        fails_with=[ProviderRefused("Not legible.", http_status=400)],
        after_sending=lambda: _run_out(clock),
    )

    send_claimed(**claim, client_factory=provider.client)

    verification.refresh_from_db()
    assert verification.status == "REFUSED"


def test_a_late_word_that_nothing_was_processed_leaves_the_unknown_to_a_person(clock: Any) -> None:
    verification = submitted()
    claim = _claimed(verification)
    provider = HookedProvider(fails_with=[ProviderUnavailable("Busy.")], after_sending=lambda: _run_out(clock))

    send_claimed(**claim, client_factory=provider.client)

    verification.refresh_from_db()
    assert verification.status == "OUTCOME_UNKNOWN"
    assert len(submissions(verification)) == 1


def test_a_late_answer_gives_its_id_to_what_a_status_reading_accepted_meanwhile(clock: Any) -> None:
    verification = submitted()
    claim = _claimed(verification)

    def accepted_by_reading() -> None:
        _run_out(clock)
        clock.shift(60)
        ApiKeyLane.objects.update(holder=None, holder_expires_at=None)
        deliver(verification.account, FakeProvider(actions=()))

    send_claimed(**claim, client_factory=HookedProvider(after_sending=accepted_by_reading).client)

    verification.refresh_from_db()
    assert (verification.status, verification.provider_reference) == ("COMPLETED", "ver_0001")


def test_a_late_refusal_never_takes_back_a_final_result(clock: Any) -> None:
    verification = submitted()
    claim = _claimed(verification)

    def completed_meanwhile() -> None:
        _run_out(clock)
        clock.shift(60)
        ApiKeyLane.objects.update(holder=None, holder_expires_at=None)
        deliver(verification.account, FakeProvider(actions=()))

    provider = HookedProvider(fails_with=[ProviderRefused("No.", http_status=400)], after_sending=completed_meanwhile)
    send_claimed(**claim, client_factory=provider.client)

    verification.refresh_from_db()
    assert verification.status == "COMPLETED"


def _vanish(verification: Verification) -> Callable[[], None]:
    name = verification.documents.get().storage_name
    with documents_storage().open(name) as stream:
        content = stream.read()
    documents_storage().delete(name)
    return lambda: _put(name, content)


def _change(verification: Verification) -> Callable[[], None]:
    restore = _vanish(verification)
    document = verification.documents.get()
    _put(document.storage_name, b"x" * document.size)
    return lambda: (documents_storage().delete(document.storage_name), restore())[1]


def _truncate(verification: Verification) -> Callable[[], None]:
    restore = _vanish(verification)
    document = verification.documents.get()
    _put(document.storage_name, b"x" * 10)
    return lambda: (documents_storage().delete(document.storage_name), restore())[1]


def _lose_key(verification: Verification) -> Callable[[], None]:
    key = DataKey.objects.get(customer_id=verification.customer_id)
    row = {"purpose": key.purpose, "customer_id": key.customer_id, "wrapped": key.wrapped, "created_at": key.created_at}
    key.delete()
    return lambda: DataKey.objects.create(**row)


@pytest.mark.parametrize("method", [VerificationMethod.DOCUMENTS, VerificationMethod.DOCUMENT_URLS])
@pytest.mark.parametrize("damage", [_vanish, _change, _truncate, _lose_key])
def test_delivery_stops_with_a_message_when_the_request_can_not_be_built(
    clock: Any, method: str, damage: Callable[[Verification], Callable[[], None]]
) -> None:
    verification = submitted(method=method)
    restore = damage(verification)
    provider = FakeProvider(actions=(WAIT,))

    deliver(verification.account, provider)
    verification.refresh_from_db()
    stopped = (verification.status, len(provider.calls), verification.attention)
    restore()
    retry_delivery(verification_id=verification.pk, actor=ACTOR, at=NOON)
    deliver(verification.account, provider)

    verification.refresh_from_db()
    assert stopped[:2] == ("QUEUED", 0)
    assert stopped[2].startswith("Delivery stopped after try 1. ")
    assert [call.status for call in submissions(verification)] == ["NOT_SENT", "SUCCEEDED"]
    assert submissions(verification)[0].sending_at is None
    assert verification.status == "ACCEPTED"


def test_a_fault_of_the_portal_before_sending_is_tried_again(clock: Any, caplog: Any, monkeypatch: Any) -> None:
    verification = submitted()
    monkeypatch.setattr(provider_calls, "perform", _raises(RuntimeError("secret text")))

    with caplog.at_level(logging.CRITICAL):
        deliver(verification.account, FakeProvider())

    first, second = submissions(verification)
    assert (first.status, first.error_code, second.status) == ("NOT_SENT", "portal_fault", "WAITING")
    assert "secret text" not in first.message


def test_a_fault_of_the_portal_after_sending_leaves_the_outcome_unknown(clock: Any, caplog: Any) -> None:
    verification = submitted()
    provider = FakeProvider(fails_with=[RuntimeError("while reading the answer")])

    with caplog.at_level(logging.CRITICAL):
        deliver(verification.account, provider)

    verification.refresh_from_db()
    assert verification.status == "OUTCOME_UNKNOWN"
    assert [call.status for call in submissions(verification)] == ["UNKNOWN"]


def test_an_effect_that_fails_does_not_take_the_answer_along(clock: Any, caplog: Any, monkeypatch: Any) -> None:
    verification = submitted()
    real = call_records.apply_outcome

    def broken_once(**arguments: Any) -> None:
        monkeypatch.setattr(call_records, "apply_outcome", real)
        raise RuntimeError("an effect failed")

    monkeypatch.setattr(call_records, "apply_outcome", broken_once)
    with caplog.at_level(logging.CRITICAL):
        deliver(verification.account, FakeProvider(actions=(WANTED,)))

    call = submissions(verification)[0]
    verification.refresh_from_db()
    assert (call.status, call.http_status, call.error_code) == ("UNKNOWN", 200, "portal_fault")
    assert call.answer_original is not None
    assert verification.status == "OUTCOME_UNKNOWN"


def test_an_answer_with_the_id_of_another_verification_is_accepted_and_flagged(clock: Any) -> None:
    first = submitted()
    deliver(first.account, FakeProvider(actions=(WANTED,)))
    second = submitted(provider_user=make_provider_user(account=first.account))

    deliver(second.account, FakeProvider(actions=(WANTED,)))

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.provider_reference) == ("ACCEPTED", "ver_0001")
    assert (second.status, second.provider_reference) == ("ACCEPTED", "")
    assert "another verification" in second.attention


def test_an_answer_counts_even_when_the_customers_key_is_gone_by_then(clock: Any, caplog: Any) -> None:
    verification = submitted()
    provider = HookedProvider(after_sending=lambda: DataKey.objects.filter(customer=verification.customer).delete())

    with caplog.at_level(logging.CRITICAL):
        deliver(verification.account, provider)

    call = submissions(verification)[0]
    assert (call.status, call.answer_original) == ("SUCCEEDED", None)


def test_a_reading_that_stops_is_told_on_the_verification_that_waits_for_it(clock: Any) -> None:
    verification = submitted()
    deliver(verification.account, FakeProvider(actions=(WAIT,)))
    clock.shift(5)

    deliver(verification.account, FakeProvider(fails_with=[ProviderRefused("No such user.", http_status=404)]))

    verification.refresh_from_db()
    assert verification.status == "ACCEPTED"
    assert "could not be read" in verification.attention
    assert verification.attention.endswith("No such user.")
    assert reads(verification)[-1].status == "REFUSED"


def test_nothing_is_recorded_for_a_row_that_has_its_outcome(clock: Any, caplog: Any) -> None:
    verification = submitted()
    claim = _claimed(verification)
    send_claimed(**claim, client_factory=FakeProvider().client)
    before = actions()

    with caplog.at_level(logging.CRITICAL):
        recorded = call_records.record_outcome(
            call_id=claim["call"].pk,
            token=claim["token"],
            outcome=provider_calls.Outcome(status="REFUSED"),  # type: ignore[arg-type]
            answer=None,
            now=NOON,
        )

    assert recorded is False
    assert actions() == before
    assert ProviderCall.objects.get(pk=claim["call"].pk).status == "SUCCEEDED"


def _run_out(clock: Any) -> None:
    clock.shift(3600)
    sweep(now=NOON + 3600 * SECOND)


def _raises(error: Exception) -> Callable[..., Any]:
    def fail(*_arguments: Any, **_named: Any) -> Any:
        raise error

    return fail


def _put(name: str, content: bytes) -> None:
    assert documents_storage().save(name, ContentFile(content)) == name
