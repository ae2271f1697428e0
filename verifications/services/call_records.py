"""The life of a call's row under its claim: sending, given back, and its outcome written exactly once."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from dataclasses import replace

from django.db import transaction

from verifications.enums import START_OPERATIONS, SUBMIT_OPERATIONS, AuditAction, CallStatus, VerificationStatus
from verifications.errors import SealedValueUnavailable
from verifications.models import ProviderCall, Verification
from verifications.providers.types import ReceivedAnswer
from verifications.services.audit import record_event
from verifications.services.call_effects import apply_outcome
from verifications.services.cases import follow_verification
from verifications.services.circuits import note_outcome
from verifications.services.outcomes import Outcome
from verifications.services.sealed_values import seal

logger = logging.getLogger(__name__)

ACTOR = "system:delivery"


@transaction.atomic
def record_outcome(
    *, call_id: int, token: uuid.UUID, outcome: Outcome, answer: ReceivedAnswer | None, now: dt.datetime
) -> bool:
    """Write outcome, answer, effects and events in one transaction; ``False`` when the row is no longer ours.

    A worker that comes back late may still resolve the outcome that became unknown meanwhile, and nothing else.
    """
    call = (
        ProviderCall.objects.select_for_update(of=("self",))
        .select_related("account", "customer", "verification", "provider_user", "session", "link", "previous")
        .get(pk=call_id)
    )
    resolves_unknown = call.status == CallStatus.UNKNOWN and outcome.status in (
        CallStatus.SUCCEEDED,
        CallStatus.REFUSED,
    )
    given_up = (  # two people found that it had not arrived
        call.operation in SUBMIT_OPERATIONS
        and call.status == CallStatus.NOT_SENT
        and outcome.status == CallStatus.SUCCEEDED
    )
    if call.claim_token != token or not (call.status == CallStatus.SENDING or resolves_unknown or given_up):
        logger.warning("Call %s: a late result was not recorded, the row has another owner.", call.pk)
        return False
    if resolves_unknown and outcome.status == CallStatus.SUCCEEDED:
        _withdraw_repeats(call, now)
    if given_up or (resolves_unknown and _is_overtaken(call, outcome)):
        _keep_late(call, outcome, answer, now)
        return True
    write_outcome(call, outcome, answer, now)
    note_outcome(call=call, outcome=outcome, actor=ACTOR, at=now)
    apply_outcome(call=call, outcome=outcome, actor=ACTOR, at=now)
    return True


def _withdraw_repeats(call: ProviderCall, now: dt.datetime) -> None:
    """The lost answer came after all: another try that a person asked for meanwhile, and still waits, is not needed."""
    if call.operation in SUBMIT_OPERATIONS and call.verification_id is not None:
        ProviderCall.objects.filter(
            verification=call.verification, operation__in=SUBMIT_OPERATIONS, status=CallStatus.WAITING
        ).update(status=CallStatus.CANCELLED, finished_at=now)


def _is_overtaken(call: ProviderCall, outcome: Outcome) -> bool:
    """Whether people had it sent again, and that try now decides: a late answer to this one must not end it."""
    if call.operation not in SUBMIT_OPERATIONS or call.verification_id is None:
        return False
    deciding = [CallStatus.SENDING, CallStatus.SUCCEEDED]
    if outcome.status == CallStatus.REFUSED:
        deciding += [CallStatus.WAITING, CallStatus.UNKNOWN]
    later = ProviderCall.objects.filter(verification=call.verification, operation__in=SUBMIT_OPERATIONS, pk__gt=call.pk)
    return later.filter(status__in=deciding).exists()


def _keep_late(call: ProviderCall, outcome: Outcome, answer: ReceivedAnswer | None, now: dt.datetime) -> None:
    """People had decided about this call when its answer came: the answer is kept, the decision stands."""
    reference = getattr(outcome.result, "verification_id", "")
    write_outcome(call, replace(outcome, status=CallStatus(call.status), code=call.error_code), answer, now)
    said = f"accepted it as {reference}" if reference else f"answered: {outcome.message or outcome.status}"
    call.message = f"The lost answer came after people had decided: the provider {said}."[:600]
    call.save(update_fields=["message"])
    record_event(
        action=AuditAction.CALL_ANSWERED_LATE,
        actor=ACTOR,
        subject=call,
        at=now,
        details={"outcome": outcome.status, "code": outcome.code, "reference": reference},
    )


@transaction.atomic
def give_back(*, call: ProviderCall, token: uuid.UUID, now: dt.datetime) -> bool:
    """Let a claimed row wait again; ``False`` when it is no longer ours, or when something was sent."""
    given = ProviderCall.objects.filter(
        pk=call.pk, claim_token=token, status=CallStatus.SENDING, sending_at__isnull=True
    ).update(status=CallStatus.WAITING, claim_token=None, lease_expires_at=None, started_at=None)
    if given:
        mark_waiting(call=call, cause="claim_lost_before_sending", actor=ACTOR, at=now)
    return bool(given)


def mark_sending(*, call: ProviderCall, at: dt.datetime) -> bool:
    """Show on the verification that its submission is on its way; ``False`` when it must not be sent any more.

    Call it in the transaction that claims the row.
    """
    verification = call.verification
    if call.operation not in START_OPERATIONS or verification is None:
        return True
    moved = Verification.objects.filter(pk=verification.pk, status=VerificationStatus.QUEUED).update(
        status=VerificationStatus.SENDING, attention="", updated_at=at
    )
    if moved:
        verification.status = VerificationStatus.SENDING
        _event(AuditAction.VERIFICATION_SENDING, call, verification, ACTOR, at)
    return bool(moved)


def mark_waiting(*, call: ProviderCall, cause: str, actor: str, at: dt.datetime) -> None:
    """The worker was lost before anything left: the verification waits again, with its row."""
    if call.operation not in START_OPERATIONS:
        return
    verification = (
        Verification.objects.select_for_update(of=("self",))
        .select_related("customer")
        .filter(calls=call, status=VerificationStatus.SENDING)
        .first()
    )
    if verification is None:
        return
    verification.status = VerificationStatus.QUEUED
    verification.updated_at = at
    verification.save(update_fields=["status", "updated_at"])
    _event(AuditAction.VERIFICATION_NOT_SENT, call, verification, actor, at, cause=cause)
    follow_verification(verification=verification, actor=actor, at=at)


def write_outcome(call: ProviderCall, outcome: Outcome, answer: ReceivedAnswer | None, now: dt.datetime) -> None:
    """Fill the row's columns from the outcome and, where one came, from the answer."""
    call.status = outcome.status
    call.finished_at = now
    call.lease_expires_at = None
    call.error_code = outcome.code[:100]
    call.message = outcome.message[:600]
    call.http_status = outcome.http_status
    if answer is not None:
        call.http_status = answer.http_status
        call.duration_ms = answer.duration_ms
        call.trace_id = answer.trace_id[:100]
        call.answer_redacted = answer.redacted
        try:
            seal(call, "answer_original", answer.body, mask="sealed")
        except SealedValueUnavailable:  # the key was destroyed while the call was out; the outcome still counts
            logger.warning("Call %s: its answer can't be sealed, the customer's key is gone.", call.pk)
    elif call.sending_at is not None:
        call.duration_ms = max(0, int((now - call.sending_at).total_seconds() * 1000))
    call.save(
        update_fields=[
            "status",
            "finished_at",
            "lease_expires_at",
            "error_code",
            "message",
            "http_status",
            "duration_ms",
            "trace_id",
            "answer_redacted",
            "answer_original",
        ]
    )


def _event(
    action: AuditAction, call: ProviderCall, verification: Verification, actor: str, at: dt.datetime, **details: str
) -> None:
    record_event(
        action=action,
        actor=actor,
        subject=verification,
        at=at,
        details={"call": str(call.public_id), "try": call.number, **details},
    )
