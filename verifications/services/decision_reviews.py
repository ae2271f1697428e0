"""What becomes of a staged decision: a second person approves or returns it, its maker withdraws it, time ends it."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import AuditAction, ReviewChoice
from verifications.errors import DomainError, EvidenceChanged, InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import Case, Decision, DecisionReview
from verifications.selectors.deciders import review_refusals
from verifications.selectors.evidence import changes, evidence_of, kept, labels_of
from verifications.services.audit import record_event
from verifications.services.cases import locked_case
from verifications.services.decision_effects import take_effect, unstage
from verifications.services.decision_gate import check_refusals, fresh_person, text_problems, words_mask
from verifications.services.sealed_values import seal

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200
SCHEDULE = "system:schedule"
ACTIONS = {
    ReviewChoice.APPROVED: AuditAction.DECISION_APPROVED,
    ReviewChoice.RETURNED: AuditAction.DECISION_RETURNED,
    ReviewChoice.WITHDRAWN: AuditAction.DECISION_WITHDRAWN,
    ReviewChoice.EXPIRED: AuditAction.DECISION_EXPIRED,
}


@transaction.atomic
def approve_decision(*, decision_id: int, person: Any, at: dt.datetime, note: str = "") -> DecisionReview:
    """Let a staged decision take effect, as its second person.

    Raises ``NotAllowed`` for its maker and for whoever may not, ``InvalidTransition`` when it no longer waits, and
    ``EvidenceChanged`` when something of what it was made on is different now; it goes on waiting then.
    """
    person = fresh_person(person)
    decision, case = _staged(decision_id)
    check_refusals(review_refusals(decision, person, at))
    if decision.expires_at is not None and decision.expires_at <= at:
        raise InvalidTransition(_("The time for a second person is over. The case has to be decided anew."))
    evidence = evidence_of(case, besides=decision)
    if evidence.hash != decision.evidence_hash:
        raise EvidenceChanged(labels_of(changes(kept(decision), evidence)))
    actor = f"user:{person.pk}"
    review = _review(decision, ReviewChoice.APPROVED, person, actor, at, note=note, evidence_hash=evidence.hash)
    take_effect(case=case, decision=decision, actor=actor, at=at)
    return review


@transaction.atomic
def return_decision(*, decision_id: int, note: str, person: Any, at: dt.datetime) -> DecisionReview:
    """Give a staged decision back, with a word on why: the case has to be decided anew.

    Raises as ``approve_decision`` does, and ``PreflightFailed`` for a note that says nothing.
    """
    person = fresh_person(person)
    decision, case = _staged(decision_id)
    check_refusals(review_refusals(decision, person, at))
    if problems := text_problems("note", note):
        raise PreflightFailed(problems)
    actor = f"user:{person.pk}"
    review = _review(decision, ReviewChoice.RETURNED, person, actor, at, note=note)
    unstage(case=case, decision=decision, actor=actor, at=at)
    return review


@transaction.atomic
def withdraw_decision(*, decision_id: int, person: Any, at: dt.datetime) -> DecisionReview:
    """Take back one's own staged decision; raises ``NotAllowed`` for another person's."""
    person = fresh_person(person)
    decision, case = _staged(decision_id)
    if decision.made_by_id != person.pk:
        raise NotAllowed(_("Only who made a decision can withdraw it. You can return it."))
    actor = f"user:{person.pk}"
    review = _review(decision, ReviewChoice.WITHDRAWN, person, actor, at)
    unstage(case=case, decision=decision, actor=actor, at=at)
    return review


def expire_decisions(*, now: dt.datetime) -> int:
    """End the staged decisions that no second person looked at in time; how many."""
    late = Case.objects.filter(staged_decision__expires_at__lte=now).order_by("staged_decision__expires_at")
    done = 0
    for decision_id in list(late.values_list("staged_decision_id", flat=True)[:MOST_AT_ONCE]):
        try:
            done += _expire(decision_id, now)
        except DomainError:
            continue  # a person was first
        except Exception:
            logger.exception("The staged decision %s could not be ended.", decision_id)
    return done


@transaction.atomic
def _expire(decision_id: int | None, now: dt.datetime) -> bool:
    decision, case = _staged(decision_id or 0)
    if decision.expires_at is None or decision.expires_at > now:
        return False
    _review(decision, ReviewChoice.EXPIRED, None, SCHEDULE, now)
    unstage(case=case, decision=decision, actor=SCHEDULE, at=now)
    return True


def _staged(decision_id: int) -> tuple[Decision, Case]:
    """The decision that waits, with its case locked."""
    case_id = Decision.objects.filter(pk=decision_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise InvalidTransition(_("There is no such decision."))
    case = locked_case(case_id)
    if case.staged_decision_id != decision_id:
        raise InvalidTransition(_("This decision does not wait for a second person any more. Nothing was changed."))
    decision = Decision.objects.select_related("made_by", "supersedes", "reason", "policy").get(pk=decision_id)
    decision.case = case
    return decision, case


def _review(
    decision: Decision,
    choice: ReviewChoice,
    person: Any,
    actor: str,
    at: dt.datetime,
    *,
    note: str = "",
    evidence_hash: str = "",
) -> DecisionReview:
    review = DecisionReview(
        decision=decision,
        choice=choice,
        made_by_id=decision.made_by_id,
        reviewed_by=person,
        reviewed_at=at,
        evidence_hash=evidence_hash,
    )
    seal(review, "note", note.strip(), mask=words_mask(note))
    review.save(force_insert=True)
    record_event(
        action=ACTIONS[choice],
        actor=actor,
        subject=decision,
        at=at,
        details={
            "case": decision.case.number,
            "outcome": decision.outcome,
            "maker": f"user:{decision.made_by_id}",
            "evidence_hash": decision.evidence_hash,
        },
    )
    return review
