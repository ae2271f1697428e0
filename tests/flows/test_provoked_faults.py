"""Every fault the stand-in can be told to make ends in a state a person understands; nothing is lost or sent twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from tests.factories import ACTOR, IDENTITY, make_draft, make_provider_user
from tests.flows.conftest import Flow
from verifications.models import ProviderAccount, ProviderCall, Verification
from verifications.sandbox.faults import FAULTS
from verifications.services.provider_accounts import resume_account
from verifications.services.verifications import submit_verification

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = ("REFUSED", ["REFUSED"])
STOPPED = ("QUEUED", ["NOT_SENT", "WAITING"])
RETRIED = ("COMPLETED", ["NOT_SENT", "SUCCEEDED"])
NOT_RECEIVED = ("OUTCOME_UNKNOWN", ["UNKNOWN"])
RECEIVED = ("COMPLETED", ["UNKNOWN"])
ANSWERED = ("COMPLETED", ["SUCCEEDED"])
ENDS = {
    "FAULT-400": REFUSED,
    "FAULT-401": STOPPED,
    "FAULT-403": REFUSED,
    "FAULT-404": REFUSED,
    "FAULT-408": NOT_RECEIVED,
    "FAULT-408-AFTER": RECEIVED,
    "FAULT-409": REFUSED,
    "FAULT-413": REFUSED,
    "FAULT-415": REFUSED,
    "FAULT-422": REFUSED,
    "FAULT-429": RETRIED,
    "FAULT-429-PLAIN": RETRIED,
    "FAULT-500": NOT_RECEIVED,
    "FAULT-500-AFTER": RECEIVED,
    "FAULT-502-HTML": NOT_RECEIVED,
    "FAULT-503": ("COMPLETED", ["NOT_SENT", "NOT_SENT", "SUCCEEDED"]),
    "FAULT-503-EMPTY": RETRIED,
    "FAULT-NONCE": RETRIED,
    "FAULT-SIGNATURE": STOPPED,
    "FAULT-LOCKOUT": STOPPED,
    "FAULT-301": NOT_RECEIVED,
    "ERROR-200": REFUSED,
    "HTML": NOT_RECEIVED,
    "HTML-AFTER": RECEIVED,
    "NO-ID": RECEIVED,
    "HALF-JSON": RECEIVED,
    "CUT-ANSWER": RECEIVED,
    "DROP-BEFORE": NOT_RECEIVED,
    "DROP-AFTER": RECEIVED,
    "SLOW": ANSWERED,
    "HANG": ANSWERED,  # answers after a moment here; a real one ends at the client's limit, see tests/providers
    "WARN": ANSWERED,
}

STOPS_THE_ACCOUNT = {"FAULT-401", "FAULT-SIGNATURE", "FAULT-LOCKOUT", "FAULT-301"}


def test_every_fault_of_the_stand_in_has_its_end_here() -> None:
    assert set(ENDS) == set(FAULTS)


@pytest.mark.parametrize("mark", ENDS)
def test_a_provoked_fault_ends_where_a_person_understands_it(flow: Flow, mark: str) -> None:
    status, calls = ENDS[mark]
    fault = FAULTS[mark]
    account, verification = _submitted(flow)
    more = {"retry_after": 0} if fault.retry_after else {}
    flow.stand_in.arm(mark, api="kraken_embed", operation="submit", times=2 if mark == "FAULT-503" else 1, **more)

    flow.run_until(account, lambda: _settled(verification, status))

    verification.refresh_from_db()
    account.refresh_from_db()
    assert (verification.status, _call_statuses(verification)) == (status, calls)
    received = [row for row in flow.stand_in.record() if row["external_verification_id"] is not None]
    assert len(received) == (1 if fault.stage == "after" or status == "COMPLETED" else 0)
    assert bool(account.paused_at) == (mark in STOPS_THE_ACCOUNT)
    assert bool(verification.attention) == (status != "COMPLETED")
    if verification.provider_reference:
        assert [row["verification_id"] for row in received] == [verification.provider_reference]


def test_what_waits_behind_a_stopped_account_goes_out_once_a_person_lets_it(flow: Flow) -> None:
    account, verification = _submitted(flow)
    flow.stand_in.arm("FAULT-401", api="kraken_embed", operation="submit")
    flow.run_until(account, lambda: _settled(verification, "QUEUED"))

    resume_account(account_id=account.pk, actor=ACTOR, at=timezone.now())
    flow.run_until(account, lambda: _settled(verification, "COMPLETED"))

    assert len(flow.stand_in.record()) == 1
    assert _call_statuses(verification) == ["NOT_SENT", "SUCCEEDED"]


def test_retry_after_is_kept_over_real_http(flow: Flow) -> None:
    account, verification = _submitted(flow)
    flow.stand_in.arm("FAULT-429", api="kraken_embed", operation="submit", retry_after=60)

    flow.run_until(account, lambda: _settled(verification, "QUEUED"))

    first, second = ProviderCall.objects.filter(verification=verification).order_by("id")
    assert first.finished_at is not None
    assert 59 <= (second.not_before - first.finished_at).total_seconds() <= 61


def _submitted(flow: Flow) -> tuple[ProviderAccount, Verification]:
    account = flow.account()
    user_id = flow.stand_in.control("POST", "users", {"api": "kraken_embed"})["user_id"]
    user = make_provider_user(account=account, provider_reference=user_id)
    data = replace(IDENTITY, verified_at=timezone.now() - dt.timedelta(hours=1))
    draft = make_draft(user, data=data)
    return account, submit_verification(verification_id=draft.pk, actor=ACTOR, at=timezone.now())


def _settled(verification: Verification, status: str) -> bool:
    """Whether it is where it should end, and every reading that was due by then has been made."""
    verification.refresh_from_db()
    sent = ProviderCall.objects.filter(verification=verification).exclude(status__in=["WAITING", "SENDING"])
    if verification.status != status or not sent.exists():
        return False
    if status != "OUTCOME_UNKNOWN":
        return True
    stopped = ProviderAccount.objects.filter(pk=verification.account_id, paused_at__isnull=False)
    return verification.answer != "" or stopped.exists()


def _call_statuses(verification: Verification) -> list[str]:
    calls = ProviderCall.objects.filter(verification=verification).order_by("id")
    return list(calls.values_list("status", flat=True))
