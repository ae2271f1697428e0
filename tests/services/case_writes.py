"""What the services of cases do, for the table in ``test_every_write_is_audited``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.factories import ACTOR, NOON, make_customer
from tests.services.case_support import DAY, REASON, approved
from tests.services.decision_support import answered_case, officer
from tests.services.support import submitted
from verifications.models import Case, CustomerRequest, MessageTemplate, Verification
from verifications.services import (
    assignments,
    case_batches,
    case_claims,
    case_risk,
    cases,
    due_times,
    expiry_watch,
    request_answers,
)
from verifications.services.policies import current_policy
from verifications.services.sealed_values import seal

Act = Callable[[], Any]

READS = {
    "case_claims.check_free", "cases.check_version", "cases.locked_case", "due_times.due_for",
}  # fmt: skip
BOOKKEEPING = {"case_claims.keep_presence", "case_claims.forget_presences"}
WITH_ITS_CALLER = {"cases.touch"}
"""Saves what the caller set and names in its event."""
SWALLOW_FAULTS = ("due_times.warn_and_breach", "expiry_watch.")
"""Log what failed and go on with the next row, which changes nothing of the one that failed."""


def _of(function: Callable[..., Any], **arguments: Any) -> Act:
    return lambda **more: function(**({"actor": ACTOR, "at": NOON} | arguments | more))


def _locked(function: Callable[..., Any], *, paused: bool = False, **columns: Any) -> Act:
    """The function with a case as its caller holds it: columns set, not saved."""
    case = Case.objects.select_related("customer", "latest_verification").get(pk=answered_case().pk)
    for name, value in columns.items():
        setattr(case, name, value)
    if paused:
        case.paused_at, case.paused_left = NOON, DAY
        case.save()
    return _of(function, case=case)


def _moved() -> Act:
    """Its customer has moved to a country of high risk."""
    case = Case.objects.select_related("customer").get(pk=answered_case().pk)
    case.customer.country = "KP"
    return _of(case_risk.reassess, case=case)


def _raised() -> Act:
    case = Case.objects.select_related("customer").get(pk=answered_case().pk)
    case.risk = "HIGH"
    return _of(due_times.follow_risk, case=case, before="STANDARD", policy=current_policy()[1])


def _answered() -> Act:
    case = Case.objects.select_related("customer").get(pk=answered_case().pk)
    check = Verification.objects.get(case=case)
    template = MessageTemplate.objects.create(code="t", language="en", title="T", written_at=NOON)
    request = CustomerRequest(
        case=case, item="SELFIE", reason="BLURRED", way="SESSION", template=template, asked_by=officer(), asked_at=NOON
    )
    request.new_verification = check
    seal(request, "subject", "Again", mask="1 word")
    seal(request, "text", "Again", mask="1 word")
    request.save()
    case.asked_customer_at = NOON
    return _of(request_answers.note_answer, case=case, verification=check)


def _followed() -> Act:
    verification = submitted()
    verification.status = "OUTCOME_UNKNOWN"
    verification.save(update_fields=["status"])
    return _of(cases.follow_verification, verification=verification)


def _by(function: Callable[..., Any], **arguments: Any) -> Act:
    return partial(function, person=officer(), at=NOON, **arguments)


def _held() -> Act:
    case, person = answered_case(), officer()
    case_claims.claim_case(case_id=case.pk, person=person, at=NOON)
    return partial(case_claims.release_claim, case_id=case.pk, person=person, at=NOON)


def _next() -> Act:
    answered_case()
    return _by(assignments.take_next)


def _watched(function: Callable[..., Any]) -> Act:
    approved(document_ends=NOON.date() + 10 * DAY, on=NOON - 60 * DAY)
    return partial(function, now=NOON)


def _late() -> Act:
    answered_case()
    return partial(due_times.warn_and_breach, now=NOON + 30 * DAY)


WRITES: dict[str, Callable[[], Act]] = {
    "assignments.assign_case": lambda: _of(
        assignments.assign_case, case_id=answered_case().pk, to_person_id=officer().pk, reason=""
    ),
    "assignments.set_priority": lambda: _of(assignments.set_priority, case_id=answered_case().pk, priority=1),
    "assignments.take_case": lambda: _by(assignments.take_case, case_id=answered_case().pk),
    "assignments.take_next": _next,
    "case_batches.assign_cases": lambda: _of(
        case_batches.assign_cases, case_ids=[answered_case().pk], to_person_id=officer().pk, reason=REASON
    ),
    "case_batches.set_priorities": lambda: _of(
        case_batches.set_priorities, case_ids=[answered_case().pk], priority=1, reason=REASON
    ),
    "case_claims.claim_case": lambda: _by(case_claims.claim_case, case_id=answered_case().pk),
    "case_claims.hold": lambda: partial(case_claims.hold, case=answered_case(), person=officer(), at=NOON),
    "case_claims.release_claim": _held,
    "case_risk.reassess": _moved,
    "cases.follow_verification": _followed,
    "cases.open_case_for": lambda: _of(cases.open_case_for, customer=make_customer()),
    "cases.refresh_case": lambda: _locked(cases.refresh_case, is_escalated=True),
    "due_times.follow_risk": _raised,
    "due_times.pause": lambda: _locked(due_times.pause),
    "due_times.restart": lambda: partial(_locked(due_times.restart), at=NOON + DAY),
    "due_times.resume": lambda: _locked(due_times.resume, paused=True),
    "due_times.warn_and_breach": _late,
    "expiry_watch.open_due_reviews": lambda: _watched(expiry_watch.open_due_reviews),
    "expiry_watch.watch_expiries": lambda: _watched(expiry_watch.watch_expiries),
    "request_answers.note_answer": _answered,
}
