"""What becomes of a case when a decision is staged, takes effect or is taken back. Called with the case locked."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from verifications.enums import FINAL_OUTCOMES, AuditAction, CasePriority, DecisionOutcome
from verifications.errors import ConflictingRecord
from verifications.models import Case, Decision, Verification
from verifications.services.audit import record_event
from verifications.services.cases import refresh_case, touch
from verifications.services.due_times import restart
from verifications.services.request_answers import end_with_case


def stage(*, case: Case, decision: Decision, actor: str, at: dt.datetime) -> None:
    """Let the case wait for the decision's second person; a closed one is opened again for that."""
    reopened = _reopen(case, actor, at)
    case.staged_decision = decision
    _save(case, actor, at, reopened=reopened)


def take_effect(*, case: Case, decision: Decision, actor: str, at: dt.datetime) -> None:
    """Bring about what the decision says. It has passed its gate: nothing is checked here."""
    case.staged_decision = None
    case.decision = decision
    case.outcome = decision.outcome
    case.decided_at = at
    if decision.outcome in FINAL_OUTCOMES:
        _close(case, decision, actor, at)
        return
    reopened = _reopen(case, actor, at)
    if decision.outcome == DecisionOutcome.ASK_FOR_MORE:
        case.asked_customer_at = at
    else:
        case.is_escalated = True
        case.owner = None
        case.priority = min(case.priority, CasePriority.HIGH)
    _save(case, actor, at, reopened=reopened)


def unstage(*, case: Case, decision: Decision, actor: str, at: dt.datetime) -> None:
    """Put the case back to where it stood before: to be decided, or closed where a correction did not come about.

    What was submitted since the decision that was to be corrected wants an answer, so the case stays open for it.
    """
    case.staged_decision = None
    corrected = decision.supersedes
    if corrected is None or corrected.outcome not in FINAL_OUTCOMES or _submitted_since(case, corrected):
        _save(case, actor, at)
    else:
        _close(case, corrected, actor, at)


def _submitted_since(case: Case, decision: Decision) -> bool:
    return Verification.objects.filter(case=case, submitted_at__gt=decision.made_at).exists()


def _close(case: Case, decision: Decision, actor: str, at: dt.datetime) -> None:
    was_open = case.closed_at is None
    case.closed_at = case.closed_at or at
    case.asked_customer_at = None
    end_with_case(case=case, actor=actor, at=at)
    _save(case, actor, at)
    if was_open:
        record_event(
            action=AuditAction.CASE_CLOSED,
            actor=actor,
            subject=case,
            at=at,
            details={"outcome": decision.outcome, "decision": str(decision.public_id)},
        )


def _reopen(case: Case, actor: str, at: dt.datetime) -> bool:
    """``False`` for one that is open; raises ``ConflictingRecord`` when the customer has another open case by now."""
    if case.closed_at is None:
        return False
    if Case.objects.filter(customer_id=case.customer_id, closed_at__isnull=True).exists():
        raise ConflictingRecord(
            _("Another case of this customer is open. Decide there; this one stays as it is. Nothing was changed.")
        )
    case.closed_at = None
    record_event(action=AuditAction.CASE_REOPENED, actor=actor, subject=case, at=at)
    return True


def _save(case: Case, actor: str, at: dt.datetime, *, reopened: bool = False) -> None:
    """Whoever worked on the case is done with it; one that was opened again gets its full time."""
    case.claimed_by = case.claimed_at = case.claim_ends_at = None
    refresh_case(case=case, actor=actor, at=at)
    touch(case, at, "decision", "outcome", "decided_at", "owner", "priority")
    if reopened:
        restart(case=case, actor=actor, at=at)
