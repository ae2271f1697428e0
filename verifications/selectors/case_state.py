"""Why a case is where it is: who or what moved it there, when, and what moves it next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from verifications.enums import AuditAction
from verifications.models import AuditEvent, Case
from verifications.policy.rules import Policy
from verifications.selectors.marked_words import label_words
from verifications.selectors.status import CASE_LOOKS

MOVES = (AuditAction.CASE_STATE_CHANGED, AuditAction.CASE_OPENED)


@dataclass(frozen=True)
class StateStory:
    actor: str
    at: dt.datetime | None
    next_step: str


def state_story(case: Case) -> StateStory:
    """The last move from the record log; one query by its index."""
    last = (
        AuditEvent.objects.filter(subject_type="Case", subject_id=str(case.public_id), action__in=MOVES)
        .order_by("-id")
        .only("actor_name", "at")
        .first()
    )
    return StateStory(
        actor=last.actor_name if last else "", at=last.at if last else None, next_step=str(CASE_LOOKS[case.state].means)
    )


def risk_words(case: Case, policy: Policy) -> list[str]:
    """Labels of the rules that made the risk what it is; ids of rules that are gone stand as they are."""
    labels = {rule.id: label_words(rule.label) for rule in policy.rules}
    return [labels.get(rule_id, rule_id) for rule_id in case.risk_reasons]
