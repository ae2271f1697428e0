"""From an error to an outcome: the four classes of the provider errors, told by what may happen next."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

from verifications.enums import POLL_OPERATIONS, CallStatus, ProviderKind
from verifications.models import ProviderCall
from verifications.providers.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)
from verifications.providers.registry import definition

MOST_TRIES = 12
MOST_POLLS = 1200
"""A status read changes nothing and is what answers a verification: it outlasts an outage of days."""
LONGEST_WAIT = 900.0
WITH_PERMISSIONS = frozenset({ProviderKind.KRAKEN_EMBED, ProviderKind.PAYWARD_SERVICES})
"""A 403 is about one call where keys have permissions; elsewhere it is about the account, and stops it."""
CAPA_WAITS = (1.0, 4.0, 15.0)
"""Seconds before each further try at Capa, of what answers nobody by itself (capa-partner 8)."""
LONGEST_TRYING = dt.timedelta(hours=24)
"""From the moment somebody asked; what is not processed by then waits for a person."""
TOKEN_REJECTED = "token_rejected"  # noqa: S105 - an error code
"""The access token is no longer taken: the call goes once more with a new one (transmit-verify 3)."""
FRESH_NONCE_TRIES = 3


class NotSendable(Exception):
    """The request can't be built from what is stored (a file vanished, a key was destroyed). Repeating won't help."""


@dataclass(frozen=True)
class Outcome:
    """One of the four names, with what a person needs to know. ``retry_after``: seconds, ``None`` for no retry."""

    status: CallStatus
    result: Any = None
    code: str = ""
    message: str = ""
    http_status: int | None = None
    retry_after: float | None = None
    stops_account: bool = False

    @classmethod
    def succeeded(cls, result: object) -> Outcome:
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
    if error_code(error) == TOKEN_REJECTED and call.previous is not None and call.previous.error_code == TOKEN_REJECTED:
        error = ProviderProtocolError(
            "The provider takes neither the access token nor a new one. Everything is kept. Calls of the account stop "
            "until an administrator has checked client id, secret and base address, then tested the connection.",
            code="provider_auth",
            http_status=401,
        )
    if isinstance(error, ProviderRefused) and error.code == "file_changed" and not bytes_left:
        error = NotSendable(error.message)
    if isinstance(error, ProviderRefused):
        return _about(CallStatus.REFUSED, error)
    if isinstance(error, ProviderUnavailable):
        return _about(CallStatus.NOT_SENT, error, retry_after=_wait(call, error))
    if isinstance(error, ProviderProtocolError):
        if error.http_status == 403 and call.account.kind in WITH_PERMISSIONS:
            return _about(CallStatus.REFUSED, error)
        if bytes_left and _is_redirect(error) and not _repeatable(call):
            return _about(CallStatus.UNKNOWN, error, stops_account=True)
        return _about(CallStatus.NOT_SENT, error, retry_after=_pause(call), stops_account=True)
    if isinstance(error, NotSendable) and not bytes_left:
        return Outcome(status=CallStatus.NOT_SENT, code="not_sendable", message=str(error))
    if isinstance(error, OutcomeUnknown):
        if _repeatable(call):
            return _about(CallStatus.NOT_SENT, error, retry_after=_pause(call))
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
        retry_after=_pause(call),
    )


def may_go_again(call: ProviderCall, at: dt.datetime) -> bool:
    """Bounds in tries and in time; a reading that answers a verification outlasts an outage of days."""
    if call.operation in POLL_OPERATIONS:
        return call.number < MOST_POLLS
    if call.account.kind == ProviderKind.CAPA_PARTNER and call.number > len(CAPA_WAITS):
        return False
    return call.number < MOST_TRIES and at - (call.asked_at or call.created_at) < LONGEST_TRYING


def error_code(error: Exception) -> str:
    return error.code if isinstance(error, ProviderError) else ""


def _is_redirect(error: ProviderError) -> bool:
    """A redirect says where to go, not that nothing was taken in."""
    return error.http_status is not None and 300 <= error.http_status < 400


def _repeatable(call: ProviderCall) -> bool:
    return call.operation in definition(call.account.kind).repeatable_operations


def _wait(call: ProviderCall, error: ProviderUnavailable) -> float:
    if error.code == TOKEN_REJECTED:
        return 0.0
    if error.fresh_nonce and call.number <= FRESH_NONCE_TRIES:
        return 0.0
    return max(error.retry_after or 0.0, _pause(call))


def _pause(call: ProviderCall) -> float:
    capa = call.account.kind == ProviderKind.CAPA_PARTNER and call.operation not in POLL_OPERATIONS
    if capa and call.number <= len(CAPA_WAITS):
        return CAPA_WAITS[call.number - 1] * random.uniform(1.0, 1.2)  # noqa: S311 - spreading load
    return _backoff(call.number)


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
