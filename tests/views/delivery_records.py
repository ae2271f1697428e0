"""Calls and submissions as the delivery pages show them, made by delivering to a fake provider."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from tests.factories import ACTOR, NOON, make_draft, make_provider_user
from tests.fakes import WANTED, FakeProvider
from verifications.enums import CallOperation, CallStatus
from verifications.models import ProviderAccount, ProviderCall, ProviderUser, Reconciliation, Verification
from verifications.providers.errors import OutcomeUnknown
from verifications.services.provider_calls import deliver_lane
from verifications.services.reconciliations import propose_reconciliation
from verifications.services.verifications import submit_verification


def lost(provider_user: ProviderUser | None = None) -> Verification:
    """A submission whose answer was lost; the reading of the user's status that follows shows nothing new."""
    draft = make_draft(provider_user or make_provider_user())
    submit_verification(verification_id=draft.pk, actor=ACTOR, at=NOON)
    fails = [OutcomeUnknown("The connection broke.", code="connection_lost")]
    deliver_lane(
        key_id=draft.account.key_id, client_factory=FakeProvider(fails_with=list(fails), actions=(WANTED,)).client
    )
    return Verification.objects.select_related("customer", "account", "provider_user", "case").get(pk=draft.pk)


def proposed(verification: Verification, *, by: Any, choice: str = "SEND_AGAIN") -> Reconciliation:
    return propose_reconciliation(
        verification_id=verification.pk,
        choice=choice,
        reason="Their support found nothing of it.",
        actor=f"user:{by.pk}",
        at=timezone.now(),
    )


def finished(account: ProviderAccount, status: str = "SUCCEEDED", **changes: Any) -> ProviderCall:
    """A reading that ended just now."""
    now = timezone.now()
    row: dict[str, Any] = {
        "operation": CallOperation.GET_USER,
        "requested_by": "system:delivery",
        "created_at": now,
        "not_before": now,
        "finished_at": None if status in (CallStatus.WAITING, CallStatus.SENDING) else now,
        "duration_ms": 120,
    }
    return ProviderCall.objects.create(account=account, status=status, **(row | changes))


def dead(provider_user: ProviderUser | None = None, *, tries: int = 1, **changes: Any) -> ProviderCall:
    """A call about a user that was given up after so many tries."""
    user = provider_user or make_provider_user()
    previous = None
    for number in range(1, tries + 1):
        previous = finished(
            user.account,
            CallStatus.NOT_SENT,
            operation=CallOperation.UPDATE_USER,
            number=number,
            previous=previous,
            provider_user=user,
            customer=user.customer,
            error_code="http_503",
            message="The provider was too busy.",
            is_dead=number == tries,
            created_at=timezone.now() - dt.timedelta(minutes=tries - number),
            **changes,
        )
    assert previous is not None
    return previous
