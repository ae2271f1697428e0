"""The circuit of an account: stops sending to a provider that does not answer, and tries again by itself.

Closed, it counts calls in a row that got no proper answer. Open, nothing is sent until ``circuit_until``; then one call
goes as a probe while the rest waits on. A proper answer closes the circuit, another failure opens it for longer. What
waits goes out afterwards one call after another under its key, so a provider that comes back is not overrun.

The pace of an account with a rate limit is kept here as well: each call moves ``next_call_at``.
"""

from __future__ import annotations

import datetime as dt
import random

from django.conf import settings
from django.db import transaction
from django.db.models import F

from verifications.enums import AuditAction, CallStatus
from verifications.models import ProviderAccount, ProviderCall
from verifications.services.audit import record_event
from verifications.services.doorbell import ring_account
from verifications.services.outcomes import Outcome

OPENS_AFTER = 5
SHORTEST_PAUSE = 15.0
LONGEST_PAUSE = 300.0
FAILED_CODES = frozenset({"not_reached", "timeout", "connection_lost", "worker_lost"})
_SERVER_ERROR = 500


@transaction.atomic
def note_outcome(*, call: ProviderCall, outcome: Outcome, actor: str, at: dt.datetime) -> None:
    """Count a failure, or take a proper answer as proof that the provider is there. Part of recording the outcome."""
    account = ProviderAccount.objects.get(pk=call.account_id)
    if _is_failure(outcome):
        ProviderAccount.objects.filter(pk=account.pk).update(failures=F("failures") + 1)
        if account.failures + 1 >= OPENS_AFTER:
            _open(account, actor=actor, at=at)
    elif outcome.http_status is not None or outcome.status == CallStatus.SUCCEEDED:
        _close(account, actor=actor, at=at)


def take_turn(*, account: ProviderAccount, now: dt.datetime) -> bool:
    """Ask to send one call now; ``False`` when the account's pace or its circuit leaves that to a later one.

    Behind an open circuit whose pause is over exactly one asker gets ``True``: its call is the probe.
    """
    if account.circuit_until is not None:
        probe_end = now + dt.timedelta(seconds=settings.PROVIDER_CALL_LEASE_SECONDS)
        if account.circuit_until > now:
            return False
        taken = ProviderAccount.objects.filter(pk=account.pk, circuit_until=account.circuit_until).update(
            circuit_until=probe_end
        )
        if not taken:
            return False
    pace = int(account.options.get("calls_per_minute", 0))
    if pace <= 0:
        return True
    step = dt.timedelta(seconds=60 / pace)
    taken = ProviderAccount.objects.filter(pk=account.pk, next_call_at=account.next_call_at).update(
        next_call_at=now + step
    )
    if taken:
        ring_account(account, after_seconds=step.total_seconds())
    return bool(taken)


def _is_failure(outcome: Outcome) -> bool:
    if outcome.code in FAILED_CODES:
        return True
    return outcome.http_status is not None and outcome.http_status >= _SERVER_ERROR


def _open(account: ProviderAccount, *, actor: str, at: dt.datetime) -> None:
    beyond = account.failures + 1 - OPENS_AFTER
    pause = min(LONGEST_PAUSE, SHORTEST_PAUSE * 2.0 ** min(beyond, 10))
    pause *= random.uniform(0.8, 1.2)  # noqa: S311 - spreading load, not a secret
    until = at + dt.timedelta(seconds=pause)
    was_closed = account.circuit_opened_at is None
    ProviderAccount.objects.filter(pk=account.pk).update(
        circuit_opened_at=account.circuit_opened_at or at, circuit_until=until
    )
    if was_closed:
        record_event(
            action=AuditAction.CIRCUIT_OPENED,
            actor=actor,
            subject=account,
            at=at,
            details={"failures": account.failures + 1, "until": until.isoformat(timespec="seconds")},
        )
    ring_account(account, after_seconds=pause)


def _close(account: ProviderAccount, *, actor: str, at: dt.datetime) -> None:
    if account.failures == 0 and account.circuit_opened_at is None:
        return
    ProviderAccount.objects.filter(pk=account.pk).update(failures=0, circuit_opened_at=None, circuit_until=None)
    if account.circuit_opened_at is not None:
        record_event(action=AuditAction.CIRCUIT_CLOSED, actor=actor, subject=account, at=at)
        ring_account(account)
