"""Delivery: claim a due row, send it with no transaction open, record what came of it, exactly once.

The order of things for one call: claim (conditional update, lease, token) -> nonce -> ``sending_at`` and the hash of
the body committed -> bytes -> answer -> outcome, effects and audit events in one transaction that names the token. A
worker that dies before ``sending_at`` sent nothing; one that dies after it leaves an outcome nobody knows, and the
sweep says so.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import DatabaseError, OperationalError, close_old_connections, connection, transaction
from django.utils import timezone

from verifications.enums import READ_OPERATIONS, CallOperation, CallStatus
from verifications.errors import DomainError
from verifications.models import ProviderAccount, ProviderCall
from verifications.models.provider_calls import ProviderCallQuerySet
from verifications.providers.errors import ProviderError, ProviderUnavailable
from verifications.providers.registry import build_client
from verifications.services import access_tokens, lanes
from verifications.services.call_operations import perform
from verifications.services.call_records import give_back, mark_sending, record_outcome
from verifications.services.circuits import take_turn
from verifications.services.ledger_journal import ClaimLost, LedgerJournal
from verifications.services.outcomes import NotSendable, Outcome, outcome_of_error
from verifications.services.provider_accounts import account_options

logger = logging.getLogger(__name__)

RECORD_PAUSES = (0.2, 1.0, 2.0, 4.0)
"""Seconds between tries at writing an outcome down while the database is busy or away."""

ClientFactory = Callable[..., Any]


def deliver_lane(*, key_id: str, client_factory: ClientFactory = build_client) -> int:
    """Send everything that is due under one API key, one call after another; returns how many were sent.

    Returns 0 at once when another worker holds the lane: that worker looks again before it leaves.
    """
    sent = 0
    while due_under(key_id, timezone.now()).exists():
        lane_token = lanes.take_lane(key_id=key_id, now=timezone.now())
        if lane_token is None:
            return sent
        try:
            while (claimed := claim_next(key_id=key_id, now=timezone.now())) is not None:
                call, token = claimed
                with _heartbeat(call=call, token=token, lane_token=lane_token):
                    send_claimed(call=call, token=token, lane_token=lane_token, client_factory=client_factory)
                sent += 1
                if not lanes.keep_lane(key_id=key_id, token=lane_token, now=timezone.now()):
                    break  # given up while the answer was awaited, or lost: ask for it again
        finally:
            lanes.release_lane(key_id=key_id, token=lane_token)
    return sent


def due_under(key_id: str, now: dt.datetime) -> ProviderCallQuerySet:
    """Due rows of every account that uses this key."""
    return ProviderCall.objects.due(now).under_key(key_id)


@transaction.atomic
def claim_next(*, key_id: str, now: dt.datetime) -> tuple[ProviderCall, uuid.UUID] | None:
    """Claim the longest-due row of the lane by a conditional update; ``None`` when there is none.

    Status reads go last: a burst of polls must not keep a submission waiting.
    """
    token = uuid.uuid4()
    due = due_under(key_id, now).order_by("not_before", "id").values_list("pk", "account_id", "operation")
    for candidate, account_id, operation in list(due.exclude(operation__in=READ_OPERATIONS)[:5]) or list(due[:5]):
        if operation != CallOperation.CHECK_CONNECTION and not take_turn(
            account=ProviderAccount.objects.get(pk=account_id), now=now
        ):
            continue
        claimed = ProviderCall.objects.filter(pk=candidate, status=CallStatus.WAITING).update(
            status=CallStatus.SENDING, claim_token=token, lease_expires_at=lanes.lease_end(now), started_at=now
        )
        if claimed:
            call = ProviderCall.objects.select_related(
                "account", "customer", "verification__provider_user", "provider_user", "session", "link", "previous"
            ).get(pk=candidate)
            if mark_sending(call=call, at=now):
                return call, token
            logger.error("Call %s is not sent: its verification has moved on.", call.pk)
            ProviderCall.objects.filter(pk=call.pk).update(
                status=CallStatus.CANCELLED, claim_token=None, lease_expires_at=None, finished_at=now
            )
    return None


def send_claimed(
    *, call: ProviderCall, token: uuid.UUID, lane_token: uuid.UUID, client_factory: ClientFactory = build_client
) -> None:
    """Make the call and record its outcome: whatever the client or the portal does becomes one of the outcomes.

    Raises database errors only; what could not be recorded then is settled by the sweep.
    """
    pipelined = bool(call.account.options.get("pipelined")) and lanes.may_pipeline(
        key_id=call.account.key_for(call.operation), now=timezone.now()
    )
    journal = LedgerJournal(call=call, token=token, lane_token=lane_token, pipelined=pipelined)
    try:
        client = client_factory(
            call.account.kind,
            base_url=call.account.base_url,
            credentials=access_tokens.call_credentials(call.account, operation=call.operation),
            options=account_options(call.account),
            journal=journal,
        )
        outcome = Outcome.succeeded(perform(call, client, now=timezone.now()))
    except (ClaimLost, lanes.LaneLost):
        logger.warning("Call %s: the claim was lost before sending; nothing was sent by this worker.", call.pk)
        give_back(call=call, token=token, now=timezone.now())
        return
    except ProviderError as error:
        access_tokens.forget_rejected(error, account=call.account)
        if isinstance(error, ProviderUnavailable) and error.fresh_nonce:
            lanes.note_nonce_refused(key_id=journal.key_id, now=timezone.now())
        outcome = outcome_of_error(error, call=call, bytes_left=journal.bytes_left)
    except DomainError as error:
        outcome = outcome_of_error(NotSendable(str(error)), call=call, bytes_left=journal.bytes_left)
    except Exception as error:  # a fault of ours must not leave a row without an outcome
        logger.exception("Call %s failed in the portal itself.", call.pk)
        outcome = outcome_of_error(error, call=call, bytes_left=journal.bytes_left)
    _record(journal, outcome)


def _record(journal: LedgerJournal, outcome: Outcome) -> None:
    """Write the outcome down. A busy database is asked again, and an effect that fails does not take the answer along.

    The provider has answered: losing that would leave a person to find out what the portal already knew.
    """
    call = journal.call
    for pause in RECORD_PAUSES:
        try:
            record_outcome(
                call_id=call.pk, token=journal.token, outcome=outcome, answer=journal.answer, now=timezone.now()
            )
        except OperationalError:
            logger.warning("Call %s: the database did not take its outcome; trying again.", call.pk)
            time.sleep(pause)
            close_old_connections()
        except Exception as error:
            logger.exception("Call %s: what follows from its outcome failed.", call.pk)
            outcome = outcome_of_error(error, call=call, bytes_left=journal.bytes_left)
            break
        else:
            return
    record_outcome(call_id=call.pk, token=journal.token, outcome=outcome, answer=journal.answer, now=timezone.now())


@contextmanager
def _heartbeat(*, call: ProviderCall, token: uuid.UUID, lane_token: uuid.UUID) -> Iterator[None]:
    """Keep lease and lane while a long call runs: the lease may be short, so that a dead worker is noticed soon."""
    done = threading.Event()
    interval = settings.PROVIDER_CALL_LEASE_SECONDS / 3

    def beat() -> None:
        try:
            while not done.wait(interval):
                try:
                    close_old_connections()
                    _keep_alive(call=call, token=token, lane_token=lane_token)
                except DatabaseError:
                    logger.warning("Call %s: its lease could not be moved; trying again.", call.pk)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat-{call.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=interval)


def _keep_alive(*, call: ProviderCall, token: uuid.UUID, lane_token: uuid.UUID) -> None:
    now = timezone.now()
    ProviderCall.objects.filter(pk=call.pk, claim_token=token, status=CallStatus.SENDING).update(
        lease_expires_at=lanes.lease_end(now)
    )
    lanes.keep_lane(key_id=call.account.key_for(call.operation), token=lane_token, now=now)
