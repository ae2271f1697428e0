"""What the outcome of a submission does to its verification, in the transaction that records the call."""

from __future__ import annotations

import datetime as dt

from verifications.enums import VERIFICATION_TRANSITIONS, AuditAction, VerificationStatus
from verifications.models import ProviderCall, Verification
from verifications.models.verifications import ACCEPTED_STATUSES
from verifications.providers.types import SubmissionAccepted
from verifications.services.audit import record_event
from verifications.services.call_queue import enqueue_read
from verifications.services.cases import follow_verification
from verifications.services.reconciliation_records import overtake


def submission_accepted(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
    """Keep the provider's id exactly as received; a verification accepted by a status reading gets its id late."""
    if not isinstance(result, SubmissionAccepted):
        raise TypeError("a submission succeeds with SubmissionAccepted")
    verification = _locked(call)
    came_late = verification.status in ACCEPTED_STATUSES and not verification.provider_reference
    if not came_late and not _may_become(verification, VerificationStatus.ACCEPTED):
        return
    verification.attention = ""
    if not came_late:
        verification.status = VerificationStatus.ACCEPTED
        verification.accepted_at = at
    if _is_taken(verification, result.verification_id):
        verification.attention = (
            "The provider answered with the id of another verification here. It is kept with the provider call; "
            "ask the provider which of the two it looked at."
        )
    else:
        verification.provider_reference = result.verification_id
    _save(verification, at)
    overtake(verification=verification, actor=actor, at=at)
    _event(AuditAction.VERIFICATION_ACCEPTED, call, verification, actor, at, reference=result.verification_id)


def submission_refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
    """The provider said no: nothing to repeat, a person corrects it in a new draft."""
    verification = _locked(call)
    if not _may_become(verification, VerificationStatus.REFUSED):
        return
    verification.status = VerificationStatus.REFUSED
    verification.attention = message[:500]
    _save(verification, at)
    overtake(verification=verification, actor=actor, at=at)
    _event(AuditAction.VERIFICATION_REFUSED, call, verification, actor, at, code=call.error_code)


def submission_unknown(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
    """Nobody knows whether it was taken: it is not repeated, the user's status is read as evidence."""
    verification = _locked(call)
    if not _may_become(verification, VerificationStatus.OUTCOME_UNKNOWN):
        return
    verification.status = VerificationStatus.OUTCOME_UNKNOWN
    verification.attention = message[:500]
    _save(verification, at)
    _event(AuditAction.VERIFICATION_UNKNOWN, call, verification, actor, at, code=call.error_code)


def submission_not_processed(
    *, call: ProviderCall, message: str, due: dt.datetime, actor: str, at: dt.datetime
) -> None:
    """Known not to have been processed: it waits for its next try."""
    verification = _back_to_queue(call, message, at)
    if verification is not None:
        _event(
            AuditAction.VERIFICATION_NOT_SENT,
            call,
            verification,
            actor,
            at,
            code=call.error_code,
            next_try=due.isoformat(timespec="seconds"),
        )


def submission_stopped(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
    """Known not to have been processed, and not tried again by itself: a person may."""
    verification = _back_to_queue(call, f"Delivery stopped after try {call.number}. {message}", at)
    if verification is not None:
        _event(AuditAction.VERIFICATION_STOPPED, call, verification, actor, at, code=call.error_code)


class SubmissionEffects:
    """The effects of a submission's end (``call_effects.Effects``)."""

    @staticmethod
    def succeeded(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
        submission_accepted(call=call, result=result, actor=actor, at=at)
        _read_soon(call, actor, at)

    @staticmethod
    def refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
        submission_refused(call=call, message=message, actor=actor, at=at)
        _read_soon(call, actor, at)

    @staticmethod
    def unknown(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
        submission_unknown(call=call, message=message, actor=actor, at=at)
        _read_soon(call, actor, at)

    @staticmethod
    def not_processed(
        *, call: ProviderCall, message: str, due: dt.datetime | None, actor: str, at: dt.datetime
    ) -> None:
        if due is None:
            submission_stopped(call=call, message=message, actor=actor, at=at)
        else:
            submission_not_processed(call=call, message=message, due=due, actor=actor, at=at)


def _read_soon(call: ProviderCall, actor: str, at: dt.datetime) -> None:
    """The user's status is where the provider's answer shows, and the evidence when an answer was lost."""
    verification = call.verification
    if verification is None or verification.provider_user is None:
        return
    if verification.status != VerificationStatus.REFUSED:
        enqueue_read(
            provider_user=verification.provider_user, actor=actor, at=at, not_before=at + dt.timedelta(seconds=1)
        )


def _back_to_queue(call: ProviderCall, message: str, at: dt.datetime) -> Verification | None:
    verification = _locked(call)
    if verification.status != VerificationStatus.SENDING:
        return None
    verification.status = VerificationStatus.QUEUED
    verification.attention = message[:500]
    _save(verification, at)
    return verification


def _locked(call: ProviderCall) -> Verification:
    verification = (
        Verification.objects.select_for_update(of=("self",))
        .select_related("customer", "provider_user__account")
        .get(calls=call)
    )
    call.verification = verification
    return verification


def _may_become(verification: Verification, status: VerificationStatus) -> bool:
    """A late word never takes back a final one."""
    return status in VERIFICATION_TRANSITIONS[VerificationStatus(verification.status)]


def _is_taken(verification: Verification, reference: str) -> bool:
    """Whether another verification of the account has this id: providers may answer a repeated one with the old id."""
    others = Verification.objects.filter(account_id=verification.account_id, provider_reference=reference)
    return others.exclude(pk=verification.pk).exists()


def _save(verification: Verification, at: dt.datetime) -> None:
    verification.updated_at = at
    verification.save(update_fields=["status", "provider_reference", "accepted_at", "attention", "updated_at"])


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
    follow_verification(verification=verification, actor=actor, at=at)
