"""What an outcome changes: the call's class decides, and nothing else does.

==============  ==========================================================================================
outcome         what follows
==============  ==========================================================================================
succeeded       the effect of the operation
refused         stop, show; a person changes something
not processed   a new row with backoff, up to a bound; then delivery stops and a person may start it again
unknown         reads and repeatable operations go again; anything else waits for evidence or a person
==============  ==========================================================================================

Each family of operations has one module with its effects; ``Effects`` is what they have in common.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

from verifications.enums import SUBMIT_OPERATIONS, USER_OPERATIONS, CallOperation, CallStatus, ProviderKind
from verifications.models import ProviderCall
from verifications.services import (
    link_outcomes,
    notification_outcomes,
    session_outcomes,
    submission_outcomes,
    user_outcomes,
)
from verifications.services.call_queue import enqueue_call
from verifications.services.connection_checks import record_check
from verifications.services.dead_letters import bury_overtaken
from verifications.services.outcomes import TOKEN_REJECTED, Outcome, may_go_again
from verifications.services.provider_accounts import pause_account


class Effects(Protocol):
    """What one family of operations makes of a call's end. Each runs in the transaction that records it."""

    @staticmethod
    def succeeded(*, call: ProviderCall, result: Any, actor: str, at: dt.datetime) -> None: ...

    @staticmethod
    def refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None: ...

    @staticmethod
    def not_processed(
        *, call: ProviderCall, message: str, due: dt.datetime | None, actor: str, at: dt.datetime
    ) -> None:
        """``due`` is when it goes again by itself, ``None`` when it does not."""

    @staticmethod
    def unknown(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None: ...


EFFECTS: Mapping[CallOperation, Effects] = {
    **dict.fromkeys(SUBMIT_OPERATIONS, submission_outcomes.SubmissionEffects),
    **dict.fromkeys(USER_OPERATIONS, user_outcomes.UserEffects),
    **session_outcomes.EFFECTS,
    **link_outcomes.EFFECTS,
    **notification_outcomes.EFFECTS,
}


def apply_outcome(*, call: ProviderCall, outcome: Outcome, actor: str, at: dt.datetime) -> None:
    """Carry out what the outcome means. Runs in the transaction that records it."""
    if outcome.stops_account:
        pause_account(account=call.account, reason=outcome.message, actor=actor, at=at)
    if call.operation == CallOperation.CHECK_CONNECTION and outcome.code == TOKEN_REJECTED:
        _once_more(call, at)
        return
    if call.operation == CallOperation.CHECK_CONNECTION:
        record_check(call=call, status=outcome.status, message=outcome.message, actor=actor, at=at)
        return
    if call.operation == CallOperation.FETCH_TOKEN:
        return  # the call that wanted the token goes again and asks for another
    effects = _effects_of(call)
    if outcome.status == CallStatus.SUCCEEDED:
        effects.succeeded(call=call, result=outcome.result, actor=actor, at=at)
        bury_overtaken(call)
    elif outcome.status == CallStatus.REFUSED:
        effects.refused(call=call, message=outcome.message, actor=actor, at=at)
    elif outcome.status == CallStatus.UNKNOWN:
        effects.unknown(call=call, message=outcome.message, actor=actor, at=at)
    else:
        _not_processed(call, outcome, effects, actor, at)


def _effects_of(call: ProviderCall) -> Effects:
    if call.account.kind == ProviderKind.CAPA_PARTNER and call.operation == CallOperation.CREATE_USER:
        return link_outcomes.USER_EFFECTS
    return EFFECTS[CallOperation(call.operation)]


def _once_more(call: ProviderCall, at: dt.datetime) -> None:
    """A test that met a stale token says nothing of the account: it goes again with a new one."""
    enqueue_call(
        account=call.account,
        operation=CallOperation.CHECK_CONNECTION,
        actor=call.requested_by,
        at=at,
        previous=call,
    )


def _not_processed(call: ProviderCall, outcome: Outcome, effects: Effects, actor: str, at: dt.datetime) -> None:
    goes_again = outcome.retry_after is not None and may_go_again(call, at)
    due = at + dt.timedelta(seconds=outcome.retry_after or 0) if goes_again else None
    effects.not_processed(call=call, message=outcome.message, due=due, actor=actor, at=at)
    if due is None:
        call.is_dead = True
        call.save(update_fields=["is_dead"])
    else:
        enqueue_call(
            account=call.account,
            operation=CallOperation(call.operation),
            actor=call.requested_by,
            at=at,
            not_before=due,
            verification=call.verification,
            provider_user=call.provider_user,
            session=call.session,
            link=call.link,
            argument=call.argument,
            previous=call,
        )
