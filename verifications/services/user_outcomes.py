"""What the outcome of a user call does to the provider user's row; its verifications follow in ``user_answers``."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction

from verifications.enums import AuditAction, CallOperation, ProviderUserStatus
from verifications.models import ProviderCall, ProviderUser
from verifications.providers.types import RequiredAction, UserCreated, UserState
from verifications.services.audit import record_event
from verifications.services.call_queue import enqueue_read
from verifications.services.user_answers import answer_verifications, tell_unread

ACTOR = "system:delivery"
READING_FIELDS = ("read_at", "problem")
STATE_FIELDS = ("status", "state", "state_reasons", "required_actions")


def user_created(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
    """The provider created the user: keep its id and read the status."""
    if not isinstance(result, UserCreated):
        raise TypeError("creating a user succeeds with UserCreated")
    user = _locked(call)
    user.provider_reference = result.user_id
    user.status = ProviderUserStatus.LINKED
    user.problem = ""
    try:
        with transaction.atomic():
            user.save(update_fields=["provider_reference", "status", "problem"])
    except IntegrityError:
        user.refresh_from_db()
        user.status = ProviderUserStatus.REFUSED
        user.problem = (
            "The provider answered with an id that already belongs to another customer here. Ask the provider."
        )
        user.save(update_fields=["status", "problem"])
        _event(AuditAction.PROVIDER_USER_REFUSED, call, user, actor, at, code="id_taken")
        return
    _event(AuditAction.PROVIDER_USER_CONFIRMED, call, user, actor, at, reference=result.user_id)
    enqueue_read(provider_user=user, actor=actor, at=at)


def user_updated(*, call: ProviderCall, actor: str, at: dt.datetime) -> None:
    """The profile was changed at the provider; its required actions may have changed with it."""
    user = _locked(call)
    if user.problem:
        user.problem = ""
        user.save(update_fields=["problem"])
    _event(AuditAction.PROVIDER_USER_CONFIRMED, call, user, actor, at, step="profile_changed")
    enqueue_read(provider_user=user, actor=actor, at=at)


def user_refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
    """The provider said no. A user never confirmed is refused; a confirmed one keeps its id and the problem."""
    user = _locked(call)
    user.problem = message[:500]
    if user.status != ProviderUserStatus.LINKED:
        user.status = ProviderUserStatus.REFUSED
    user.save(update_fields=["status", "problem"])
    _event(AuditAction.PROVIDER_USER_REFUSED, call, user, actor, at, operation=call.operation, code=call.error_code)
    if call.operation == CallOperation.GET_USER:
        tell_unread(user, at=at)


def user_unknown(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
    """A create whose answer was lost at a provider that may not be asked twice."""
    user = _locked(call)
    user.status = ProviderUserStatus.OUTCOME_UNKNOWN
    user.problem = message[:500]
    user.save(update_fields=["status", "problem"])
    _event(AuditAction.PROVIDER_USER_UNKNOWN, call, user, actor, at, code=call.error_code)


def user_stopped(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
    """Tried as often as allowed, never processed: a person may ask again."""
    user = _locked(call)
    user.problem = f"Stopped after try {call.number}. {message}"[:500]
    if user.status == ProviderUserStatus.WAITING:
        user.status = ProviderUserStatus.REFUSED
    user.save(update_fields=["status", "problem"])
    _event(AuditAction.PROVIDER_USER_REFUSED, call, user, actor, at, operation=call.operation, code=call.error_code)
    if call.operation == CallOperation.GET_USER:
        tell_unread(user, at=at)


def user_read(*, call: ProviderCall, state: object, actor: str, at: dt.datetime) -> None:
    """The status was read: confirm a link, answer the open verifications, and poll on while one is open."""
    if not isinstance(state, UserState):
        raise TypeError("reading a user succeeds with UserState")
    user = _locked(call)
    before = (user.status, user.state, user.state_reasons, user.required_actions)
    user.state = state.state[:40]
    user.state_reasons = list(state.reasons)
    user.required_actions = [_action_json(action) for action in state.required_actions]
    user.read_at = at
    user.problem = ""
    user.status = ProviderUserStatus.LINKED
    after = (user.status, user.state, user.state_reasons, user.required_actions)
    user.save(update_fields=READING_FIELDS if after == before else [*READING_FIELDS, *STATE_FIELDS])
    if before[0] != ProviderUserStatus.LINKED:
        _event(AuditAction.PROVIDER_USER_CONFIRMED, call, user, actor, at, reference=user.provider_reference)
    elif before != after:
        _event(
            AuditAction.PROVIDER_USER_READ,
            call,
            user,
            actor,
            at,
            state=user.state,
            wanted=",".join(action["subject"] for action in user.required_actions if action["kind"] == "verification"),
        )
    wait = answer_verifications(user, state=state, call=call, actor=actor, at=at)
    if wait is not None:
        enqueue_read(provider_user=user, actor=ACTOR, at=at, not_before=at + wait)


class UserEffects:
    """The effects of a user call's end (``call_effects.Effects``)."""

    @staticmethod
    def succeeded(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
        if call.operation == CallOperation.GET_USER:
            user_read(call=call, state=result, actor=actor, at=at)
        elif call.operation == CallOperation.UPDATE_USER:
            user_updated(call=call, actor=actor, at=at)
        else:
            user_created(call=call, result=result, actor=actor, at=at)

    @staticmethod
    def refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
        user_refused(call=call, message=message, actor=actor, at=at)

    @staticmethod
    def unknown(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
        user_unknown(call=call, message=message, actor=actor, at=at)

    @staticmethod
    def not_processed(
        *, call: ProviderCall, message: str, due: dt.datetime | None, actor: str, at: dt.datetime
    ) -> None:
        if due is None:
            user_stopped(call=call, message=message, actor=actor, at=at)


def _action_json(action: RequiredAction) -> dict[str, Any]:
    return {**asdict(action), "reasons": list(action.reasons)}


def _locked(call: ProviderCall) -> ProviderUser:
    return ProviderUser.objects.select_for_update(of=("self",)).select_related("account", "customer").get(calls=call)


def _event(
    action: AuditAction, call: ProviderCall, user: ProviderUser, actor: str, at: dt.datetime, **details: str
) -> None:
    record_event(action=action, actor=actor, subject=user, at=at, details={"call": str(call.public_id), **details})
