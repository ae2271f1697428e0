"""docs/policy.md says what the reader of a policy takes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.policy.support import DEFAULT
from verifications.enums import CaseKind, CaseRisk, CustomerKind, DecisionOutcome, ProviderAnswer
from verifications.forms.policies import MOST_RULES as MOST_IN_A_FORM
from verifications.policy.conditions import Facts
from verifications.policy.document import MOST_RULES, YEAR_OF_WORK
from verifications.policy.rules import Policy, gate

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
EXAMPLE = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])


def test_the_example_is_a_policy_and_does_what_the_page_says() -> None:
    policy = Policy.from_data(EXAMPLE)

    def asked(outcome: str, **facts: object) -> tuple[str, bool, bool]:
        found = gate(policy, Facts(**({"customer_kind": "INDIVIDUAL"} | facts)), outcome)  # type: ignore[arg-type]
        return str(found.risk), found.needs_second, found.needs_senior

    assert policy.to_data() == EXAMPLE
    assert asked("APPROVE", countries=frozenset({"PT"})) == ("HIGH", True, False)
    assert asked("DECLINE", countries=frozenset({"PT"})) == ("HIGH", False, False)
    assert asked("APPROVE", countries=frozenset({"DE"})) == ("STANDARD", False, False)
    business = {"customer_kind": "BUSINESS", "answers": frozenset({"CHALLENGE"})}
    assert [asked(outcome, **business)[1] for outcome in ("APPROVE", "DECLINE", "ASK_FOR_MORE", "ESCALATE")] == [
        True,
        True,
        False,
        False,
    ]
    assert asked("APPROVE", duplicates=1) == ("STANDARD", True, True)


def test_every_member_condition_and_word_is_named() -> None:
    data = DEFAULT.to_data()
    words = [*data, *(f"business.{name}" for name in data["business"])]
    words.remove("business")
    for choices in (CustomerKind, DecisionOutcome, ProviderAnswer, CaseRisk, CaseKind):
        words += choices.values
    words += ["countries", "customer_kinds", "answers", "recommendations", "outcomes", "risk", "watchlist_hit"]
    words += ["overrides_deny", "unresolved_differences", "escalated", "duplicate"]

    assert [word for word in words if f"`{word}`" not in PAGE] == []


def test_bounds_are_those_of_the_reader() -> None:
    assert f"at most {MOST_RULES} |" in PAGE
    assert f"0.25 to {YEAR_OF_WORK} each" in PAGE
    assert f"more than {MOST_IN_A_FORM} rules" in PAGE
