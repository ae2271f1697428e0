"""What the services of decisions do, for the table in ``test_every_write_is_audited``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction

from tests.factories import ACTOR, NOON
from tests.services.decision_support import RATIONALE, REASONS, again, answered_case, officer, seen, staged
from verifications.models import Decision, DecisionReason
from verifications.services import decision_effects, decision_reasons, decision_reviews, decisions, policies
from verifications.services.cases import locked_case

Act = Callable[[], Any]

READS = {
    "decisions.decidable", "decision_gate.check_refusals", "decision_gate.checked_reason",
    "decision_gate.fresh_person", "decision_gate.text_problems", "decision_gate.words_mask",
    "policies.current_policy", "policies.policy_of",
}  # fmt: skip
FIRST_START = {"decision_reasons.ensure_reasons", "policies.ensure_first_policy"}


def _decided() -> Act:
    case, person = answered_case(), officer()
    return partial(
        decisions.make_decision,
        case_id=case.pk,
        outcome="APPROVE",
        reason_code=REASONS["APPROVE"],
        rationale=RATIONALE,
        person=person,
        at=NOON,
        **seen(case),
    )


def _reviewed(function: Callable[..., Any], *, by_maker: bool = False, **more: Any) -> Act:
    decision = staged()
    person = decision.made_by if by_maker else officer()
    return partial(function, decision_id=decision.pk, person=person, at=NOON, **more)


def _effect(function: Callable[..., Any]) -> Act:
    """On a case that is locked, as its callers have it."""
    decision = staged()

    def act() -> None:
        with transaction.atomic():
            case = locked_case(decision.case_id)
            function(case=case, decision=Decision.objects.get(pk=decision.pk), actor=ACTOR, at=NOON)

    return act


def _staging() -> Act:
    decision = staged()
    decision_reviews.withdraw_decision(decision_id=decision.pk, person=decision.made_by, at=NOON)

    def act() -> None:
        with transaction.atomic():
            case = locked_case(again(decision.case).pk)
            decision_effects.stage(case=case, decision=decision, actor=ACTOR, at=NOON)

    return act


def _expired() -> Act:
    staged()
    return partial(decision_reviews.expire_decisions, now=NOON + dt.timedelta(days=9))


def _reason() -> Act:
    reason = DecisionReason.objects.get(code="identity-confirmed")
    reason.is_active = False
    return partial(decision_reasons.save_reason, reason=reason, fields=["is_active"], actor=ACTOR, at=NOON)


def _policy() -> Act:
    version, policy = policies.current_policy()
    return partial(
        policies.change_policy,
        rules=policy.to_data() | {"staged_hours": 24},
        note="A day is enough.",
        based_on=version.number,
        actor=ACTOR,
        at=NOON,
    )


WRITES: dict[str, Callable[[], Act]] = {
    "decisions.make_decision": _decided,
    "decision_effects.stage": _staging,
    "decision_effects.take_effect": lambda: _effect(decision_effects.take_effect),
    "decision_effects.unstage": lambda: _effect(decision_effects.unstage),
    "decision_reasons.save_reason": _reason,
    "decision_reviews.approve_decision": lambda: _reviewed(decision_reviews.approve_decision),
    "decision_reviews.expire_decisions": _expired,
    "decision_reviews.return_decision": lambda: _reviewed(
        decision_reviews.return_decision, note="The passport in the file is another one."
    ),
    "decision_reviews.withdraw_decision": lambda: _reviewed(decision_reviews.withdraw_decision, by_maker=True),
    "policies.change_policy": _policy,
}
SWALLOW_FAULTS = ("decision_reviews.expire_decisions",)
