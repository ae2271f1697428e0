"""Many deciding at once on PostgreSQL: one decision stands, and a staged one ends in exactly one way."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from tests.services.decision_support import RATIONALE, REASONS, again, officer, seen
from tests.services.test_concurrency import AT_ONCE, at_once
from tests.views.decision_records import answered, waiting_decision
from verifications.models import AuditEvent, Case, Decision, DecisionReview
from verifications.services.decision_reviews import (
    approve_decision,
    expire_decisions,
    return_decision,
    withdraw_decision,
)
from verifications.services.decisions import make_decision

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def all_decide(case: Case, outcomes: tuple[str, ...]) -> list[Any]:
    people = [officer() for _ in range(AT_ONCE)]
    screen = seen(case)

    def act(number: int) -> Decision:
        outcome = outcomes[number % len(outcomes)]
        return make_decision(
            case_id=case.pk,
            outcome=outcome,
            reason_code=REASONS[outcome],
            rationale=RATIONALE,
            person=people[number],
            at=timezone.now(),
            **screen,
        )

    return at_once(act)


@pytest.mark.parametrize(
    "outcomes", [("APPROVE",), ("APPROVE", "DECLINE"), ("ASK_FOR_MORE", "DECLINE", "ESCALATE", "APPROVE")]
)
def test_one_of_eight_decisions_from_the_same_screen_is_made(outcomes: tuple[str, ...]) -> None:
    case = answered()

    got = all_decide(case, outcomes)

    decision = Decision.objects.get()
    assert Counter(type(one).__name__ for one in got) == {"Decision": 1, "StaleRecord": AT_ONCE - 1}
    assert again(case).decision == decision
    assert AuditEvent.objects.filter(action__startswith="decision.").count() == 1


def test_one_of_eight_gated_decisions_is_staged() -> None:
    case = answered("DENY")

    got = all_decide(case, ("APPROVE",))

    assert Counter(type(one).__name__ for one in got) == {"Decision": 1, "StaleRecord": AT_ONCE - 1}
    assert again(case).staged_decision == Decision.objects.get()


def test_one_person_in_eight_tabs_stages_once_and_never_approves_alone() -> None:
    decision = waiting_decision()

    got = at_once(
        lambda _number: approve_decision(decision_id=decision.pk, person=decision.made_by_id, at=timezone.now())
    )

    assert Counter(type(one).__name__ for one in got) == {"NotAllowed": AT_ONCE}
    assert not DecisionReview.objects.exists()


def test_a_staged_decision_ends_in_exactly_one_way() -> None:
    decision = waiting_decision()
    people = [officer() for _ in range(AT_ONCE)]
    now = timezone.now()
    common: dict[str, Any] = {"decision_id": decision.pk, "at": now}
    ways = [
        *(partial(approve_decision, person=people[number], **common) for number in range(3)),
        *(partial(return_decision, person=people[number], note=RATIONALE, **common) for number in range(3, 6)),
        partial(withdraw_decision, person=decision.made_by_id, **common),
        partial(expire_decisions, now=decision.expires_at),
    ]

    got = at_once(lambda number: ways[number]())

    review = DecisionReview.objects.get()
    case = again(decision.case)
    assert case.staged_decision is None
    assert (case.decision == decision) == (review.choice == "APPROVED")
    assert all(isinstance(one, DecisionReview | int) or type(one).__name__ == "InvalidTransition" for one in got)
