"""Delivery under a test's control: a frozen clock, a fake provider, and a look at what is on the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.factories import ACTOR, NOON, make_draft
from tests.fakes import FakeClient, FakeProvider
from tests.silent_writes import by_the_test, watched
from verifications.enums import CallOperation
from verifications.models import AuditEvent, ProviderAccount, ProviderCall, Verification
from verifications.providers.types import CallJournal, ReceivedAnswer, SentRequest
from verifications.services.provider_calls import deliver_lane
from verifications.services.verifications import submit_verification

SECOND = dt.timedelta(seconds=1)


@dataclass
class HookedProvider(FakeProvider):
    """A fake that runs ``after_sending`` between the moment the row says "sending" and the answer."""

    after_sending: Callable[[], None] = field(default=lambda: None)

    def client(self, _kind: str, *, journal: CallJournal, **_more: Any) -> FakeClient:
        return FakeClient(self, _HookedJournal(journal, self))


class _HookedJournal:
    def __init__(self, journal: CallJournal, provider: HookedProvider) -> None:
        self._journal = journal
        self._provider = provider

    def next_nonce(self) -> int:
        return self._journal.next_nonce()

    def sending(self, request: SentRequest) -> None:
        self._journal.sending(request)
        with by_the_test():
            self._provider.after_sending()

    def request_left(self) -> None:
        self._journal.request_left()

    def answered(self, answer: ReceivedAnswer) -> None:
        self._journal.answered(answer)


def submitted(**changes: Any) -> Verification:
    """A verification that waits to be sent since noon."""
    draft = make_draft(**changes)
    return submit_verification(verification_id=draft.pk, actor=ACTOR, at=NOON)


def deliver(account: ProviderAccount, provider: FakeProvider) -> int:
    with watched("delivery"):
        return deliver_lane(key_id=account.key_id, client_factory=provider.client)


def submissions(verification: Verification) -> list[ProviderCall]:
    operations = (CallOperation.SUBMIT_DOCUMENTS, CallOperation.SUBMIT_DOCUMENT_URLS)
    return list(verification.calls.filter(operation__in=operations).order_by("id"))


def reads(verification: Verification) -> list[ProviderCall]:
    calls = ProviderCall.objects.filter(
        provider_user_id=verification.provider_user_id, operation=CallOperation.GET_USER
    )
    return list(calls.order_by("id"))


def actions() -> list[str]:
    """What the record log holds, oldest first."""
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))
