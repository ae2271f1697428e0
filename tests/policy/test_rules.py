"""What raises the risk, what needs a second or senior person, and when a rule holds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.policy.support import BUSINESS, DEFAULT, PERSON, facts, policy, rule
from verifications.enums import CaseRisk, CustomerKind, DecisionOutcome, ProviderAnswer
from verifications.policy.rules import DENIALS, OUTCOMES, Facts, RuleHit, assess, gate


@pytest.mark.parametrize(
    ("found", "rules"),
    [
        (PERSON, []),
        (facts(countries=frozenset({"DE", "IR"})), ["high-risk-country"]),
        (facts(answers=frozenset({"ALLOW", "DENY"})), ["denied-by-provider"]),
        (facts(answers=frozenset({"REJECTED"})), ["denied-by-provider"]),
        (facts(answers=frozenset({"CHALLENGE", "NO_RESULT", "UNREADABLE", "IN_REVIEW"})), []),
        (facts(watchlist_hit=True), ["watch-list-hit"]),
        (facts(countries=frozenset({"KP"}), watchlist_hit=True), ["high-risk-country", "watch-list-hit"]),
        (facts(unresolved_differences=3, duplicates=2, escalated=True), []),
    ],
)
def test_default_risk_is_high_for_a_country_a_denial_or_a_hit(found: Facts, rules: list[str]) -> None:
    assessment = assess(DEFAULT, found)

    assert [hit.id for hit in assessment.reasons] == rules
    assert assessment.risk == (CaseRisk.HIGH if rules else CaseRisk.STANDARD)


@pytest.mark.parametrize(
    ("found", "outcome", "second", "senior", "rules"),
    [
        (PERSON, "APPROVE", False, False, []),
        (PERSON, "DECLINE", False, False, []),
        (BUSINESS, "APPROVE", False, False, []),
        (BUSINESS, "DECLINE", True, False, ["business-declined"]),
        (facts(countries=frozenset({"MM"})), "APPROVE", True, False, ["high-risk-approval"]),
        (facts(countries=frozenset({"MM"})), "DECLINE", False, False, []),
        (facts(answers=frozenset({"DENY"})), "APPROVE", True, False, ["denial-overridden", "high-risk-approval"]),
        (facts(answers=frozenset({"DENY"})), "DECLINE", False, False, []),
        (facts(answers=frozenset({"STILL_WANTED"})), "APPROVE", True, False, ["denial-overridden"]),
        (facts(answers=frozenset({"USER_CLOSED"})), "APPROVE", True, False, ["denial-overridden"]),
        (facts(answers=frozenset({"NO_RESULT"})), "APPROVE", False, False, []),
        (facts(unresolved_differences=1), "APPROVE", True, False, ["differences-approved"]),
        (facts(unresolved_differences=1), "DECLINE", False, False, []),
        (facts(watchlist_hit=True), "APPROVE", True, True, ["watch-list-hit", "high-risk-approval"]),
        (facts(watchlist_hit=True), "DECLINE", True, True, ["watch-list-hit"]),
        (facts(watchlist_hit=True), "ESCALATE", False, False, []),
        (facts(watchlist_hit=True), "ASK_FOR_MORE", False, False, []),
        (facts(escalated=True), "DECLINE", True, True, ["escalated"]),
        (facts(escalated=True), "ASK_FOR_MORE", False, False, []),
    ],
)
def test_default_gate_asks_for_a_second_or_senior_person(
    found: Facts, outcome: str, second: bool, senior: bool, rules: list[str]
) -> None:
    asked = gate(DEFAULT, found, outcome)

    assert (asked.needs_second, asked.needs_senior) == (second, senior)
    assert [hit.id for hit in asked.reasons] == rules
    assert asked.risk == assess(DEFAULT, found).risk


@pytest.mark.parametrize(
    ("when", "holds", "holds_not"),
    [
        ({"countries": ["FR", "DE"]}, facts(), facts(countries=frozenset({"ES"}))),
        ({"countries": ["FR"]}, facts(countries=frozenset({"DE", "FR"})), facts(countries=frozenset())),
        ({"customer_kinds": ["BUSINESS"]}, BUSINESS, PERSON),
        ({"answers": ["VERIFIED_FINDINGS"]}, facts(answers=frozenset({"VERIFIED_FINDINGS"})), BUSINESS),
        ({"recommendations": ["CHALLENGE"]}, facts(answers=frozenset({"CHALLENGE", "ALLOW"})), PERSON),
        ({"watchlist_hit": True}, facts(watchlist_hit=True), PERSON),
        ({"watchlist_hit": False}, PERSON, facts(watchlist_hit=True)),
        ({"unresolved_differences": True}, facts(unresolved_differences=2), PERSON),
        ({"unresolved_differences": False}, PERSON, facts(unresolved_differences=1)),
        ({"escalated": True}, facts(escalated=True), PERSON),
        ({"duplicate": True}, facts(duplicates=1), PERSON),
        ({"overrides_deny": True}, facts(answers=frozenset({"REJECTED"})), PERSON),
        ({"overrides_deny": False}, PERSON, facts(answers=frozenset({"REJECTED"}))),
        (
            {"customer_kinds": ["BUSINESS"], "duplicate": True},
            facts(customer_kind="BUSINESS", duplicates=1),
            facts(duplicates=1),
        ),
    ],
)
def test_a_rule_holds_when_all_it_asks_is_so(when: dict[str, Any], holds: Facts, holds_not: Facts) -> None:
    only = policy(rule(when))

    assert gate(only, holds, "APPROVE").needs_second
    assert not gate(only, holds_not, "APPROVE").needs_second


def test_a_rule_without_conditions_holds_for_every_decision_that_ends_a_case() -> None:
    always = policy(rule({}))

    assert {outcome for outcome in OUTCOMES if gate(always, PERSON, outcome).needs_second} == {"APPROVE", "DECLINE"}


def test_a_rule_that_names_an_outcome_is_about_that_one_alone() -> None:
    asking = policy(rule({"outcomes": ["ASK_FOR_MORE"]}))

    assert {outcome for outcome in OUTCOMES if gate(asking, PERSON, outcome).needs_second} == {"ASK_FOR_MORE"}


def test_risk_is_known_before_rules_about_risk_are_asked_whatever_their_order() -> None:
    about = rule({"risk": ["HIGH"]}, id="second-at-high-risk")
    raises = rule({"countries": ["DE"]}, {"risk": "HIGH"}, id="country")

    asked = gate(policy(about, raises), PERSON, "DECLINE")

    assert asked.needs_second
    assert asked.risk == CaseRisk.HIGH
    assert asked.reasons == (RuleHit("second-at-high-risk", "Second-at-high-risk"),)


def test_a_rule_about_standard_risk_does_not_hold_at_high_risk() -> None:
    rules = (rule({"risk": ["STANDARD"]}), rule({"watchlist_hit": True}, {"risk": "HIGH"}, id="hit"))

    assert gate(policy(*rules), PERSON, "APPROVE").needs_second
    assert not gate(policy(*rules), facts(watchlist_hit=True), "APPROVE").needs_second


def test_a_senior_person_is_a_second_one() -> None:
    asked = gate(policy(rule({}, {"senior": True})), PERSON, "APPROVE")

    assert (asked.needs_second, asked.needs_senior) == (True, True)


def test_declining_overrides_nobody() -> None:
    asked = gate(policy(rule({"overrides_deny": True})), facts(answers=DENIALS), "DECLINE")

    assert not asked.needs_second


def test_an_unknown_outcome_passes_no_gate() -> None:
    with pytest.raises(ValueError, match="outcome"):
        gate(DEFAULT, PERSON, "APROVE")


def test_words_from_the_database_and_choices_are_the_same_facts() -> None:
    plain = facts(answers=frozenset({"DENY"}))
    choices = facts(customer_kind=CustomerKind.INDIVIDUAL, answers=frozenset({ProviderAnswer.DENY}))

    assert plain == choices
    assert gate(DEFAULT, plain, "APPROVE") == gate(DEFAULT, choices, DecisionOutcome.APPROVE)


def test_facts_are_kept_as_json_and_come_back() -> None:
    kept = facts(answers=frozenset({ProviderAnswer.DENY}), watchlist_hit=True, duplicates=1, escalated=True)

    assert Facts.from_data(json.loads(json.dumps(kept.to_data()))) == kept


def test_facts_kept_before_a_question_was_known_count_as_nothing_found() -> None:
    assert Facts.from_data({"customer_kind": "BUSINESS"}) == Facts(customer_kind="BUSINESS")
