"""Eight senders under one key, bodies from a few hundred bytes to 165 KiB, a provider that takes no nonce late (R4)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.chaos.lanes import send_all, submit_mixed
from tests.flows.conftest import Flow
from verifications.models import ApiKeyLane, ProviderCall
from verifications.services import lanes

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
NUMBER = 18
HOUR = 3600 * 10**9


def nonces(key_id: str) -> list[int]:
    """In the order in which they left."""
    sent = ProviderCall.objects.filter(key_id=key_id).exclude(nonce="").order_by("sending_at", "id")
    return [int(nonce) for nonce in sent.values_list("nonce", flat=True)]


def test_lane_mode_has_no_nonce_refused_though_the_clock_steps_back_an_hour(flow: Flow, monkeypatch: Any) -> None:
    account = flow.account()
    pks = submit_mixed(account, flow.stand_in.control, number=NUMBER)
    real, given = time.time_ns, []

    def stepping_clock() -> int:
        given.append(real() - (HOUR if len(given) > NUMBER // 2 else 0))
        return given[-1]

    monkeypatch.setattr(lanes.time, "time_ns", stepping_clock)
    figures = send_all(account, pks)

    assert (figures.refused, figures.given_up) == (0, 0)
    assert len(flow.stand_in.record()) == NUMBER
    assert nonces(account.key_id) == sorted(set(nonces(account.key_id)))


def test_pipelined_mode_gives_none_up_and_uses_no_nonce_twice(flow: Flow) -> None:
    flow.stand_in.control("POST", "latency", {"api": "kraken_embed", "latency_ms": 50})
    account = flow.account(pipelined=True)
    pks = submit_mixed(account, flow.stand_in.control, number=NUMBER)

    figures = send_all(account, pks)

    assert figures.given_up == 0
    assert len(flow.stand_in.record()) == NUMBER
    assert len(nonces(account.key_id)) == len(set(nonces(account.key_id)))
    assert figures.refused <= max(lanes.LEAST_REFUSALS, lanes.REFUSAL_BUDGET * figures.sent) + 8


def test_a_spent_budget_puts_the_key_back_into_lane_mode(flow: Flow) -> None:
    account = flow.account(pipelined=True)
    pks = submit_mixed(account, flow.stand_in.control, number=6)
    flow.stand_in.arm("FAULT-NONCE", api="kraken_embed", times=lanes.LEAST_REFUSALS + 1)

    figures = send_all(account, pks)

    lane = ApiKeyLane.objects.get(key_id=account.key_id)
    assert figures.refused == lanes.LEAST_REFUSALS + 1
    assert figures.given_up == 0
    assert lane.pipelined_after is not None


def test_uploads_under_a_key_of_their_own_do_not_hold_up_the_rest(flow: Flow) -> None:
    second = flow.stand_in.keys["further"]["kraken_embed"]["second"]
    account = flow.account(upload_key_id=second["key_id"], upload_secret=second["secret"])
    pks = submit_mixed(account, flow.stand_in.control, number=2)
    held = lanes.take_lane(key_id=account.key_id, now=ProviderCall.objects.get(verification_id=pks[0]).created_at)
    uploads = ProviderCall.objects.filter(operation="SUBMIT_DOCUMENTS")

    from verifications.services.provider_calls import deliver_lane

    waited = deliver_lane(key_id=account.key_id)
    sent = deliver_lane(key_id=second["key_id"])

    assert held is not None
    assert (waited, sent) == (0, 2)
    assert set(uploads.values_list("status", "key_id")) == {("SUCCEEDED", second["key_id"])}
