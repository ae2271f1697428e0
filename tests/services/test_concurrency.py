"""Many at once on PostgreSQL: one claims a row, nonces rise for all, one of many clicks submits."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests.factories import ACTOR, make_account, make_draft, make_provider_user
from tests.fakes import FakeProvider
from verifications.errors import InvalidTransition
from verifications.models import ProviderCall
from verifications.providers.errors import OutcomeUnknown
from verifications.services.call_sweep import sweep
from verifications.services.provider_calls import claim_next, deliver_lane
from verifications.services.reconciliations import decide_reconciliation, propose_reconciliation
from verifications.services.verifications import submit_verification

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
AT_ONCE = 8


def at_once(act: Callable[[int], Any]) -> list[Any]:
    """What each of eight threads got, an error included; they begin together."""
    barrier = threading.Barrier(AT_ONCE)
    got: list[Any] = []

    def work(number: int) -> None:
        try:
            barrier.wait(30)
            got.append(act(number))
        except Exception as error:
            got.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return got


def test_a_row_is_claimed_by_one_of_eight() -> None:
    draft = make_draft()
    submit_verification(verification_id=draft.pk, actor=ACTOR, at=timezone.now())

    got = at_once(lambda _number: claim_next(key_id=draft.account.key_id, now=timezone.now()))

    assert len([one for one in got if one is not None]) == 1


def test_one_of_eight_clicks_submits_and_the_others_are_told() -> None:
    draft = make_draft()

    got = at_once(
        lambda number: submit_verification(verification_id=draft.pk, actor=f"user:{number}", at=timezone.now())
    )

    assert Counter(type(one).__name__ for one in got) == {"Verification": 1, "InvalidTransition": AT_ONCE - 1}
    assert ProviderCall.objects.count() == 1


def test_eight_senders_under_one_key_send_each_submission_once_with_rising_nonces() -> None:
    account = make_account()
    drafts = [make_draft(make_provider_user(account=account)) for _ in range(6)]
    for draft in drafts:
        submit_verification(verification_id=draft.pk, actor=ACTOR, at=timezone.now())
    provider = FakeProvider()

    at_once(lambda _number: deliver_lane(key_id=account.key_id, client_factory=provider.client))

    sent = [argument.user_id for name, argument in provider.calls if name == "submit_documents"]
    assert sorted(sent) == sorted(draft.provider_user.provider_reference for draft in drafts)
    assert provider.nonces == sorted(set(provider.nonces))


def test_a_lost_row_is_settled_by_one_of_eight_sweeps(settings: Any) -> None:
    draft = make_draft()
    submit_verification(verification_id=draft.pk, actor=ACTOR, at=timezone.now())
    settings.PROVIDER_CALL_LEASE_SECONDS = -1
    claim_next(key_id=draft.account.key_id, now=timezone.now())
    ProviderCall.objects.update(sending_at=timezone.now())

    got = at_once(lambda _number: sweep(now=timezone.now())["abandoned"])

    assert sorted(got) == [0] * (AT_ONCE - 1) + [1]


def test_one_of_eight_people_decides(settings: Any) -> None:
    draft = make_draft()
    submit_verification(verification_id=draft.pk, actor=ACTOR, at=timezone.now())
    lost = FakeProvider(fails_with=[OutcomeUnknown("No answer.", code="timeout")])
    deliver_lane(key_id=draft.account.key_id, client_factory=lost.client)
    proposed = propose_reconciliation(
        verification_id=draft.pk, choice="SEND_AGAIN", reason="Asked them.", actor="user:99", at=timezone.now()
    )

    got = at_once(
        lambda number: decide_reconciliation(
            reconciliation_id=proposed.pk, approve=True, note="", actor=f"user:{number}", at=timezone.now()
        )
    )

    assert Counter(isinstance(one, InvalidTransition) for one in got) == {True: AT_ONCE - 1, False: 1}
    assert ProviderCall.objects.filter(operation="SUBMIT_DOCUMENTS").count() == 2
