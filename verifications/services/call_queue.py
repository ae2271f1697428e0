"""Putting a call on the ledger. Sending is ``provider_calls``, what an answer changes is ``call_effects``."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from verifications.enums import CallOperation, CallStatus
from verifications.models import KycLink, ProviderAccount, ProviderCall, ProviderUser, Verification, VerificationSession
from verifications.services.doorbell import ring


def enqueue_call(
    *,
    account: ProviderAccount,
    operation: CallOperation,
    actor: str,
    at: dt.datetime,
    not_before: dt.datetime | None = None,
    verification: Verification | None = None,
    provider_user: ProviderUser | None = None,
    session: VerificationSession | None = None,
    link: KycLink | None = None,
    argument: str = "",
    previous: ProviderCall | None = None,
    number: int | None = None,
) -> ProviderCall:
    """Write a waiting row and ring after commit. Call it in the transaction of the change that wants it.

    ``argument`` says which part of the subject is meant (see ``ProviderCall``); it holds no personal data.
    ``number`` counts the tries that bound the retries: one more than ``previous``, or 1 when a person starts anew.
    """
    due = not_before or at
    subject = verification or provider_user or session or link
    call = ProviderCall.objects.create(
        account=account,
        operation=operation,
        verification=verification,
        provider_user=provider_user,
        session=session,
        link=link,
        argument=argument,
        customer_id=subject.customer_id if subject is not None else None,
        requested_by=actor,
        created_at=at,
        asked_at=(previous.asked_at or previous.created_at) if previous and not number else at,
        not_before=due,
        previous=previous,
        number=number or (previous.number + 1 if previous else 1),
    )
    ring(key_id=account.key_for(operation), after_seconds=max(0.0, (due - at).total_seconds()))
    return call


@transaction.atomic
def enqueue_read(
    *, provider_user: ProviderUser, actor: str, at: dt.datetime, not_before: dt.datetime | None = None
) -> ProviderCall:
    """Have the user's status read; a read that waits already is moved forward instead of doubled."""
    due = not_before or at
    ProviderUser.objects.select_for_update().get(pk=provider_user.pk)  # two askers, one row
    waiting = ProviderCall.objects.filter(
        provider_user=provider_user,
        operation=CallOperation.GET_USER,
        status__in=[CallStatus.WAITING, CallStatus.SENDING],
    ).first()
    if waiting is None:
        return enqueue_call(
            account=provider_user.account,
            operation=CallOperation.GET_USER,
            actor=actor,
            at=at,
            not_before=due,
            provider_user=provider_user,
        )
    if waiting.not_before > due:
        ProviderCall.objects.filter(pk=waiting.pk, status=CallStatus.WAITING).update(not_before=due)
        ring(key_id=provider_user.account.key_id, after_seconds=max(0.0, (due - at).total_seconds()))
    return waiting
