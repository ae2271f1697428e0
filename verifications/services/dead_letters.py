"""Calls that were not processed and are not tried again by themselves: retried by a person, or set aside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import START_OPERATIONS, AuditAction, CallOperation
from verifications.errors import DomainError, InvalidTransition, NotAllowed
from verifications.models import ProviderCall
from verifications.services.audit import record_event
from verifications.services.call_queue import enqueue_call
from verifications.services.verifications import retry_delivery

SHORTEST_REASON = 10


@transaction.atomic
def retry_dead_call(*, call_id: int, actor: str, at: dt.datetime) -> None:
    """Send a dead call again, its tries counted anew; raises ``InvalidTransition`` when somebody was first."""
    call = _dead(call_id)
    if call.operation in START_OPERATIONS and call.verification_id is not None:
        retry_delivery(verification_id=call.verification_id, actor=actor, at=at)
    else:
        enqueue_call(
            account=call.account,
            operation=CallOperation(call.operation),
            actor=actor,
            at=at,
            verification=call.verification,
            provider_user=call.provider_user,
            session=call.session,
            link=call.link,
            argument=call.argument,
            previous=call,
            number=1,
        )
    _bury(call)
    record_event(
        action=AuditAction.CALL_RETRIED,
        actor=actor,
        subject=call,
        at=at,
        details={"operation": call.operation, "code": call.error_code},
    )


def retry_dead_calls(*, call_ids: Iterable[int], actor: str, at: dt.datetime) -> dict[int, str]:
    """Retry many, each in its own transaction; gives for each what kept it from going, empty when nothing did."""
    results = {}
    for call_id in call_ids:
        try:
            retry_dead_call(call_id=call_id, actor=actor, at=at)
        except DomainError as error:
            results[call_id] = str(error)
        else:
            results[call_id] = ""
    return results


@transaction.atomic
def set_aside(*, call_id: int, reason: str, actor: str, at: dt.datetime) -> None:
    """Take a dead call off the list for a reason auditors read; it stays on the ledger."""
    call = _dead(call_id)
    if len(reason.strip()) < SHORTEST_REASON:
        raise NotAllowed(_("Say in a few words why it is not needed; auditors read it. Nothing was changed."))
    _bury(call)
    record_event(
        action=AuditAction.CALL_SET_ASIDE,
        actor=actor,
        subject=call,
        at=at,
        reason=reason.strip(),
        details={"operation": call.operation, "code": call.error_code},
    )


def bury_overtaken(call: ProviderCall) -> None:
    """The same thing has succeeded since: its dead tries are no longer anybody's business."""
    ProviderCall.objects.filter(
        account_id=call.account_id,
        operation=call.operation,
        verification=call.verification,
        provider_user=call.provider_user,
        session=call.session,
        link=call.link,
        argument=call.argument,
        is_dead=True,
    ).update(is_dead=False)


def _bury(call: ProviderCall) -> None:
    call.is_dead = False
    call.save(update_fields=["is_dead"])


def _dead(call_id: int) -> ProviderCall:
    call = (
        ProviderCall.objects.select_for_update(of=("self",))
        .select_related("account", "customer", "verification", "provider_user", "session", "link")
        .filter(pk=call_id, is_dead=True)
        .first()
    )
    if call is None:
        raise InvalidTransition(_("This call was retried or set aside already. Nothing was changed."))
    return call
