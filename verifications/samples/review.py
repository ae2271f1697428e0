"""The samples' review: what two officers have done so far, through the services their pages call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from verifications.enums import CasePriority, CaseState, DecisionOutcome
from verifications.errors import DomainError
from verifications.models import Case
from verifications.selectors.evidence import evidence_of
from verifications.services.assignments import assign_case, set_priority, take_case
from verifications.services.decisions import make_decision

READY = (CaseState.NEEDS_DECISION, CaseState.ESCALATED)


def make_reviews(*, say: Callable[[str], None]) -> None:
    """Decide, stage, escalate and assign a few cases as the sample officers; a case that is not ready is left alone."""
    people = {person.username: person for person in get_user_model().objects.filter(username__in=("ines", "miriam"))}
    if len(people) < 2:
        return
    ines, miriam = people["ines"], people["miriam"]
    steps: tuple[tuple[str, Callable[[Case], Any]], ...] = (
        ("cust-88209", lambda case: _decide(case, ines, "APPROVE", "identity-confirmed", APPROVED)),
        ("cust-87925", lambda case: _decide(case, ines, "APPROVE", "false-watch-list-match", OTHER_PERSON)),
        ("cust-87951", lambda case: _decide(case, ines, "ESCALATE", "beyond-my-mandate", ESCALATED)),
        ("cust-88121", lambda case: take_case(case_id=case.pk, person=miriam, at=timezone.now())),
        ("cust-87955", lambda case: take_case(case_id=case.pk, person=ines, at=timezone.now())),
        ("cust-88067", lambda case: _give(case, ines)),
        ("cust-87930", lambda case: _hurry(case, miriam)),
    )
    done = 0
    for reference, step in steps:
        case = Case.objects.filter(customer__reference=reference, closed_at__isnull=True).first()
        if case is None or case.decisions.exists() or case.owner_id is not None:
            continue
        try:
            step(case)
        except DomainError:
            continue  # the stand-in has not answered yet: the case waits, as it would for people
        done += 1
    if done:
        say(f"{done} cases reviewed by Ines Roth and Miriam Keller.")


APPROVED = "Licence, name and date of birth agree; the provider met its requirement."
OTHER_PERSON = "The person on the list was born in 1951 in another country; ours in 1968. Passport checked."
ESCALATED = "The provider denies the document; the portrait looks right to me. A senior person should see it."


def _decide(case: Case, person: Any, outcome: str, reason: str, rationale: str) -> None:
    if case.state not in READY:
        return
    make_decision(
        case_id=case.pk,
        outcome=DecisionOutcome(outcome),
        reason_code=reason,
        rationale=rationale,
        evidence_hash=evidence_of(case).hash,
        person=person,
        at=timezone.now(),
    )


def _give(case: Case, person: Any) -> None:
    assign_case(
        case_id=case.pk, to_person_id=person.pk, reason="Speaks Italian", actor="system:setup", at=timezone.now()
    )


def _hurry(case: Case, person: Any) -> None:
    set_priority(
        case_id=case.pk,
        priority=CasePriority.URGENT,
        reason="The customer waits at the counter",
        actor=f"user:{person.pk}",
        at=timezone.now(),
    )
