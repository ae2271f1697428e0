"""Cases: open by themselves with a customer's first submission and follow the latest verification."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from verifications.enums import AuditAction, CaseState, ProviderAnswer, VerificationStatus
from verifications.models import Case, Customer, Verification
from verifications.services.audit import record_event

DUE_AFTER = dt.timedelta(hours=24)
SETTLING = dt.timedelta(seconds=60)
"""A provider may list a requirement for a moment after it took the evidence; only then is "still wanted" a finding."""

STATE_BY_STATUS: dict[str, CaseState] = {
    VerificationStatus.QUEUED: CaseState.SENDING,
    VerificationStatus.SENDING: CaseState.SENDING,
    VerificationStatus.ACCEPTED: CaseState.WITH_PROVIDER,
    VerificationStatus.COMPLETED: CaseState.NEEDS_DECISION,
    VerificationStatus.REFUSED: CaseState.PROVIDER_REFUSED,
    VerificationStatus.OUTCOME_UNKNOWN: CaseState.OUTCOME_UNKNOWN,
    VerificationStatus.WAITING_FOR_CUSTOMER: CaseState.WAITING_FOR_CUSTOMER,
    VerificationStatus.EXPIRED: CaseState.WAITING_FOR_CUSTOMER,  # who gets a new link or session
    VerificationStatus.CANCELLED: CaseState.NEEDS_DECISION,
}


@transaction.atomic
def open_case_for(*, customer: Customer, actor: str, at: dt.datetime) -> Case:
    """The customer's open case, opened now when there is none."""
    case, opened = Case.objects.get_or_create(
        customer=customer,
        closed_at=None,
        defaults={
            "state": CaseState.SENDING,
            "country": customer.country,
            "opened_at": at,
            "due_at": at + DUE_AFTER,
            "updated_at": at,
        },
    )
    if opened:
        record_event(action=AuditAction.CASE_OPENED, actor=actor, subject=case, at=at, details={"number": case.number})
    return case


@transaction.atomic
def follow_verification(*, verification: Verification, actor: str, at: dt.datetime) -> None:
    """Bring the verification's case in line with it, in the transaction that changed the verification.

    One that was cancelled steps back behind the latest that was not: that one may still be with the provider.
    """
    if verification.case_id is None:
        return
    case = Case.objects.select_for_update(of=("self",)).select_related("customer").get(pk=verification.case_id)
    if case.closed_at is not None:
        return
    if case.latest_verification_id and case.latest_verification_id > verification.pk:
        return
    before = case.state
    shown = verification
    if verification.status == VerificationStatus.CANCELLED:
        others = case.verifications.exclude(status=VerificationStatus.CANCELLED).select_related("account")
        shown = others.order_by("-id").first() or verification
    case.latest_verification = shown
    case.provider = shown.account.kind
    case.state = case_state(shown, at)
    case.updated_at = at
    case.save(update_fields=["latest_verification", "provider", "state", "updated_at"])
    if case.state != before:
        record_event(
            action=AuditAction.CASE_STATE_CHANGED,
            actor=actor,
            subject=case,
            at=at,
            details={"before": before, "after": case.state, "verification": str(verification.public_id)},
        )


def case_state(verification: Verification, at: dt.datetime) -> CaseState:
    """What the case waits for, told by its latest verification."""
    if (
        verification.status == VerificationStatus.ACCEPTED
        and verification.answer == ProviderAnswer.STILL_WANTED
        and verification.accepted_at is not None
        and at - verification.accepted_at >= SETTLING
    ):
        return CaseState.NEEDS_DECISION
    return STATE_BY_STATUS[verification.status]
