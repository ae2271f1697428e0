"""Cases: open by themselves with a customer's first submission or for a review, and follow what happens to them."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from verifications.enums import (
    PAUSED_STATES,
    AuditAction,
    CaseCause,
    CaseKind,
    CaseState,
    ProviderAnswer,
    VerificationStatus,
)
from verifications.errors import DomainError, StaleRecord
from verifications.models import Case, Customer, Verification
from verifications.policy.rules import assess
from verifications.selectors.case_facts import facts_of, verifications_of
from verifications.services import due_times
from verifications.services.audit import record_event
from verifications.services.case_risk import reassess
from verifications.services.policies import current_policy
from verifications.services.request_answers import note_answer

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
UNDER_WAY = (CaseState.SENDING, CaseState.OUTCOME_UNKNOWN)
"""Bytes are on their way or their fate is unknown: whatever else the case waits for, that comes first."""
KEPT_BY_REFRESH = (
    "latest_verification",
    "provider",
    "method",
    "answer",
    "state",
    "staged_decision",
    "is_escalated",
    "asked_customer_at",
    "closed_at",
    "claimed_by",
    "claimed_at",
    "claim_ends_at",
)


def locked_case(case_id: int) -> Case:
    """The case with its customer, locked until the end of the transaction. DomainError when there is none."""
    case = Case.objects.select_for_update(of=("self",)).select_related("customer").filter(pk=case_id).first()
    if case is None:
        raise DomainError(_("This case does not exist."))
    return case


def check_version(case: Case, version: int | None) -> None:
    """Raise ``StaleRecord`` when a person changed the case after ``version`` was on screen; ``None`` checks nothing."""
    if version is not None and version != case.version:
        raise StaleRecord(
            _("Somebody changed this case after you opened it. Nothing was changed; look at it as it is now.")
        )


def touch(case: Case, at: dt.datetime, *fields: str) -> None:
    """Save these fields of a locked case as a change a person made: forms filled in before it are refused."""
    case.version += 1
    case.updated_at = at
    case.save(update_fields=[*fields, "version", "updated_at"])


@transaction.atomic
def open_case_for(
    *,
    customer: Customer,
    actor: str,
    at: dt.datetime,
    kind: CaseKind = CaseKind.ONBOARDING,
    cause: CaseCause = CaseCause.SUBMISSION,
) -> Case:
    """The customer's open case, whatever its kind; one is opened now when there is none.

    A review starts as something to decide, with the newest check the customer completed beside it.
    """
    found = _open_case_of(customer)
    if found is not None:
        return found
    case = Case(
        customer=customer,
        customer_kind=customer.kind,
        country=customer.country,
        kind=kind,
        cause=cause,
        opened_at=at,
        updated_at=at,
    )
    if kind == CaseKind.REVIEW:
        _copy(case, verifications_of(case).first())
    case.state = case_state(case, at)
    version, policy = current_policy()
    assessed = assess(policy, facts_of(case))
    case.risk, case.risk_reasons = assessed.risk, [hit.id for hit in assessed.reasons]
    case.due_at = due_times.due_for(kind=kind, risk=case.risk, start=at, policy=policy)
    try:
        with transaction.atomic():
            case.save(force_insert=True)
    except IntegrityError:  # somebody opened one at the same moment
        found = _open_case_of(customer)
        if found is None:
            raise
        return found
    details = {"number": case.number, "kind": kind, "cause": cause, "risk": case.risk, "policy": version.number}
    record_event(action=AuditAction.CASE_OPENED, actor=actor, subject=case, at=at, details=details)
    return case


@transaction.atomic
def follow_verification(*, verification: Verification, actor: str, at: dt.datetime) -> None:
    """Bring the verification's case in line with it, in the transaction that changed the verification.

    One that was cancelled steps back behind the latest that was not: that one may still be with the provider. An older
    one moves nothing but what was asked of the customer with it, and its answer counts for the risk.
    """
    if verification.case_id is None:
        return
    case = locked_case(verification.case_id)
    if case.closed_at is not None:
        return
    if case.latest_verification_id and case.latest_verification_id > verification.pk:
        if note_answer(case=case, verification=verification, actor=actor, at=at):
            refresh_case(case=case, actor=actor, at=at)
        if verification.answer:
            reassess(case=case, actor=actor, at=at)
        return
    shown: Verification | None = verification
    if verification.status == VerificationStatus.CANCELLED:
        shown = verifications_of(case).exclude(status=VerificationStatus.CANCELLED).first() or verification
    before = (case.latest_verification_id, case.answer, case.state)
    _copy(case, shown)
    note_answer(case=case, verification=verification, actor=actor, at=at)
    refresh_case(case=case, actor=actor, at=at)
    if before != (case.latest_verification_id, case.answer, case.state):
        reassess(case=case, actor=actor, at=at)


@transaction.atomic
def refresh_case(*, case: Case, actor: str, at: dt.datetime) -> None:
    """Save what was set on a locked case together with the state that follows from it, and pause or resume its time.

    Set ``closed_at``, ``staged_decision``, ``is_escalated`` or ``asked_customer_at`` first: the database lets a case
    change these only together with its state.
    """
    columns = {field.name: field.attname for field in Case._meta.concrete_fields if field.name in KEPT_BY_REFRESH}
    before = Case.objects.filter(pk=case.pk).values(*columns.values()).get()
    case.state = case_state(case, at)
    if case.state == CaseState.CLOSED:
        case.claimed_by = case.claimed_at = case.claim_ends_at = None
    if changed := [name for name, column in columns.items() if getattr(case, column) != before[column]]:
        case.updated_at = at
        case.save(update_fields=[*changed, "updated_at"])
    if case.state != before["state"]:
        details = {"before": before["state"], "after": case.state}
        if case.latest_verification is not None:
            details["verification"] = str(case.latest_verification.public_id)
        record_event(action=AuditAction.CASE_STATE_CHANGED, actor=actor, subject=case, at=at, details=details)
    if case.state in PAUSED_STATES:
        due_times.pause(case=case, actor=actor, at=at)
    else:
        due_times.resume(case=case, actor=actor, at=at)


def case_state(case: Case, at: dt.datetime) -> CaseState:
    """What the case waits for, told by what stands on it and by its latest verification."""
    if case.closed_at is not None:
        return CaseState.CLOSED
    if case.staged_decision_id is not None:
        return CaseState.SECOND_APPROVAL
    state = _state_of_checks(case, at)
    if state in UNDER_WAY:
        return state
    if case.asked_customer_at is not None and not _refused_since(case, case.asked_customer_at):
        return CaseState.WAITING_FOR_CUSTOMER
    return CaseState.ESCALATED if case.is_escalated else state


def _state_of_checks(case: Case, at: dt.datetime) -> CaseState:
    check = case.latest_verification
    if check is None:
        return CaseState.SENDING if case.cause == CaseCause.SUBMISSION else CaseState.NEEDS_DECISION
    if (
        check.status == VerificationStatus.ACCEPTED
        and check.answer == ProviderAnswer.STILL_WANTED
        and check.accepted_at is not None
        and at - check.accepted_at >= SETTLING
    ):
        return CaseState.NEEDS_DECISION
    return STATE_BY_STATUS[check.status]


def _refused_since(case: Case, asked_at: dt.datetime) -> bool:
    """What the customer sent meanwhile was refused: that is for the organisation to mend."""
    check = case.latest_verification
    return check is not None and check.status == VerificationStatus.REFUSED and check.updated_at > asked_at


def _copy(case: Case, check: Verification | None) -> None:
    """What a row of the queue shows of a check."""
    case.latest_verification = check
    if check is not None:
        case.provider, case.method, case.answer = check.account.kind, check.method, check.answer


def _open_case_of(customer: Customer) -> Case | None:
    return Case.objects.select_related("customer").filter(customer=customer, closed_at__isnull=True).first()
