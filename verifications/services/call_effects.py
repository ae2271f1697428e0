"""What an outcome changes: the call's class decides, and nothing else does.

==============  ==========================================================================================
outcome         what follows
==============  ==========================================================================================
succeeded       the effect of the operation
refused         stop, show; a person changes something
not processed   a new row with backoff, up to a bound; then delivery stops and a person may start it again
unknown         reads and repeatable operations go again; a submission waits for a person, the user is read
==============  ==========================================================================================
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from verifications.enums import SUBMIT_OPERATIONS, CallOperation, CallStatus, VerificationStatus
from verifications.models import ProviderCall
from verifications.providers.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)
from verifications.providers.registry import definition
from verifications.services.call_operations import CallResult
from verifications.services.call_queue import enqueue_call, enqueue_read
from verifications.services.connection_checks import record_check
from verifications.services.provider_accounts import pause_account
from verifications.services.submission_outcomes import (
    submission_accepted,
    submission_not_processed,
    submission_refused,
    submission_stopped,
    submission_unknown,
)
from verifications.services.user_outcomes import (
    user_created,
    user_read,
    user_refused,
    user_stopped,
    user_unknown,
    user_updated,
)

MOST_TRIES = 12
MOST_READS = 1200
"""A status read changes nothing and is what answers a verification: it outlasts an outage of days."""
LONGEST_WAIT = 900.0
FRESH_NONCE_TRIES = 3


class NotSendable(Exception):
    """The request can't be built from what is stored (a file vanished, a key was destroyed). Repeating won't help."""


@dataclass(frozen=True)
class Outcome:
    """One of the four names, with what a person needs to know. ``retry_after``: seconds, ``None`` for no retry."""

    status: CallStatus
    result: CallResult = None
    code: str = ""
    message: str = ""
    http_status: int | None = None
    retry_after: float | None = None
    stops_account: bool = False

    @classmethod
    def succeeded(cls, result: CallResult) -> Outcome:
        return cls(status=CallStatus.SUCCEEDED, result=result)

    @classmethod
    def lost(cls, call: ProviderCall) -> Outcome:
        """The worker was lost after bytes may have left."""
        return outcome_of_error(
            OutcomeUnknown(
                "The worker stopped while the answer was awaited. The provider may have taken the request.",
                code="worker_lost",
            ),
            call=call,
            bytes_left=True,
        )


def outcome_of_error(error: Exception, *, call: ProviderCall, bytes_left: bool) -> Outcome:
    """The one table from error to outcome."""
    if isinstance(error, ProviderRefused) and error.code == "file_changed" and not bytes_left:
        error = NotSendable(error.message)
    if isinstance(error, ProviderRefused):
        return _about(CallStatus.REFUSED, error)
    if isinstance(error, ProviderUnavailable):
        return _about(CallStatus.NOT_SENT, error, retry_after=_wait(call, error))
    if isinstance(error, ProviderProtocolError):
        if error.http_status == 403:
            return _about(CallStatus.REFUSED, error)
        if bytes_left and _is_redirect(error) and not _repeatable(call):
            return _about(CallStatus.UNKNOWN, error, stops_account=True)
        return _about(CallStatus.NOT_SENT, error, retry_after=_backoff(call.number), stops_account=True)
    if isinstance(error, NotSendable) and not bytes_left:
        return Outcome(status=CallStatus.NOT_SENT, code="not_sendable", message=str(error))
    if isinstance(error, OutcomeUnknown):
        if _repeatable(call):
            return _about(CallStatus.NOT_SENT, error, retry_after=_backoff(call.number))
        return _about(CallStatus.UNKNOWN, error)
    if bytes_left and not _repeatable(call):
        return Outcome(
            status=CallStatus.UNKNOWN,
            code="portal_fault",
            message="The portal failed while it read the answer. The provider may have taken the request.",
        )
    return Outcome(
        status=CallStatus.NOT_SENT,
        code="portal_fault",
        message="The portal itself failed; nothing was changed at the provider. It is tried again by itself.",
        retry_after=_backoff(call.number),
    )


def apply_outcome(*, call: ProviderCall, outcome: Outcome, actor: str, at: dt.datetime) -> None:
    """Carry out what the outcome means. Runs in the transaction that records it."""
    if outcome.stops_account:
        pause_account(account=call.account, reason=outcome.message, actor=actor, at=at)
    if call.operation == CallOperation.CHECK_CONNECTION:
        record_check(call=call, status=outcome.status, message=outcome.message, actor=actor, at=at)
        return
    if outcome.status == CallStatus.NOT_SENT:
        _not_processed(call, outcome, actor, at)
    elif call.operation in SUBMIT_OPERATIONS:
        _submission(call, outcome, actor, at)
    else:
        _user(call, outcome, actor, at)


def _not_processed(call: ProviderCall, outcome: Outcome, actor: str, at: dt.datetime) -> None:
    is_submission = call.operation in SUBMIT_OPERATIONS
    most = MOST_READS if call.operation == CallOperation.GET_USER else MOST_TRIES
    if outcome.retry_after is None or call.number >= most:
        if is_submission:
            submission_stopped(call=call, message=outcome.message, actor=actor, at=at)
        else:
            user_stopped(call=call, message=outcome.message, actor=actor, at=at)
        return
    due = at + dt.timedelta(seconds=outcome.retry_after)
    if is_submission:
        submission_not_processed(call=call, message=outcome.message, due=due, actor=actor, at=at)
    enqueue_call(
        account=call.account,
        operation=CallOperation(call.operation),
        actor=call.requested_by,
        at=at,
        not_before=due,
        verification=call.verification,
        provider_user=call.provider_user,
        previous=call,
    )


def _submission(call: ProviderCall, outcome: Outcome, actor: str, at: dt.datetime) -> None:
    if outcome.status == CallStatus.SUCCEEDED:
        submission_accepted(call=call, result=outcome.result, actor=actor, at=at)
    elif outcome.status == CallStatus.REFUSED:
        submission_refused(call=call, message=outcome.message, actor=actor, at=at)
    else:
        submission_unknown(call=call, message=outcome.message, actor=actor, at=at)
    verification = call.verification
    if verification is not None and verification.status != VerificationStatus.REFUSED:
        enqueue_read(
            provider_user=verification.provider_user, actor=actor, at=at, not_before=at + dt.timedelta(seconds=1)
        )


def _user(call: ProviderCall, outcome: Outcome, actor: str, at: dt.datetime) -> None:
    if outcome.status == CallStatus.REFUSED:
        user_refused(call=call, message=outcome.message, actor=actor, at=at)
    elif outcome.status == CallStatus.UNKNOWN:
        user_unknown(call=call, message=outcome.message, actor=actor, at=at)
    elif call.operation == CallOperation.GET_USER:
        user_read(call=call, state=outcome.result, actor=actor, at=at)
    elif call.operation == CallOperation.UPDATE_USER:
        user_updated(call=call, actor=actor, at=at)
    else:
        user_created(call=call, result=outcome.result, actor=actor, at=at)


def _is_redirect(error: ProviderError) -> bool:
    """A redirect says where to go, not that nothing was taken in."""
    return error.http_status is not None and 300 <= error.http_status < 400


def _repeatable(call: ProviderCall) -> bool:
    return call.operation in definition(call.account.kind).repeatable_operations


def _wait(call: ProviderCall, error: ProviderUnavailable) -> float:
    if error.fresh_nonce and call.number <= FRESH_NONCE_TRIES:
        return 0.0
    return max(error.retry_after or 0.0, _backoff(call.number))


def _backoff(number: int) -> float:
    """2, 4, 8 ... seconds up to a quarter of an hour, each a fifth more or less, so that waiting calls spread."""
    return min(LONGEST_WAIT, 2.0**number) * random.uniform(0.8, 1.2)  # noqa: S311 - spreading load, not a secret


def _about(
    status: CallStatus, error: ProviderError, *, retry_after: float | None = None, stops_account: bool = False
) -> Outcome:
    return Outcome(
        status=status,
        code=error.code,
        message=error.message,
        http_status=error.http_status,
        retry_after=retry_after,
        stops_account=stops_account,
    )
