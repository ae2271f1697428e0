"""A policy as JSON: what is refused and where, and the times it gives."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.support import DEFAULT, data, rule
from verifications.enums import CaseKind, CaseRisk
from verifications.policy.rules import DEFAULT_POLICY, Policy, PolicyProblem, PolicyProblems

TUESDAY = dt.datetime(2026, 11, 17, 10, tzinfo=dt.UTC)


def problems(wrong: object) -> list[tuple[str, str]]:
    with pytest.raises(PolicyProblems) as caught:
        Policy.from_data(wrong)
    return [(problem.path, problem.message) for problem in caught.value.problems]


def test_default_policy_is_plain_json_that_reads_back_the_same() -> None:
    assert DEFAULT.to_data() == DEFAULT_POLICY
    assert json.loads(json.dumps(DEFAULT_POLICY)) == DEFAULT_POLICY


def test_every_wrong_place_is_named_at_once() -> None:
    wrong = data(
        rules=[
            rule({"countries": ["de"], "answers": [], "colour": ["RED"]}),
            {"id": "A Rule", "label": "", "when": [], "then": {}},
        ],
        warn_hours="2",
        staged_hours=float("nan"),
    )
    del wrong["approval_days"]
    wrong["due_hours"]["REVIEW"].pop("HIGH")
    wrong["business"] |= {"timezone": "Berlin", "days": [0, 7], "from": "9:00", "extra_days_off": ["24.12.2027"]}

    found = problems(wrong)

    assert sorted(path for path, _message in found) == [
        "approval_days",
        "business.days[1]",
        "business.extra_days_off[0]",
        "business.from",
        "business.timezone",
        "due_hours.REVIEW.HIGH",
        "rules[0].when.answers",
        "rules[0].when.colour",
        "rules[0].when.countries[0]",
        "rules[1].id",
        "rules[1].label",
        "rules[1].then",
        "rules[1].when",
        "staged_hours",
        "warn_hours",
    ]


@pytest.mark.parametrize(
    ("when", "then", "path"),
    [
        ({"countries": "DE"}, {}, "rules[0].when.countries"),
        ({"countries": ["DE", "DE"]}, {}, "rules[0].when.countries[1]"),
        ({"countries": ["DEU"]}, {}, "rules[0].when.countries[0]"),
        ({"customer_kinds": ["PERSON"]}, {}, "rules[0].when.customer_kinds[0]"),
        ({"answers": [["DENY"]]}, {}, "rules[0].when.answers[0]"),
        ({"recommendations": ["REJECTED"]}, {}, "rules[0].when.recommendations[0]"),
        ({"outcomes": ["APPROVED"]}, {}, "rules[0].when.outcomes[0]"),
        ({"risk": ["LOW"]}, {}, "rules[0].when.risk[0]"),
        ({"watchlist_hit": 1}, {}, "rules[0].when.watchlist_hit"),
        ({"escalated": None}, {}, "rules[0].when.escalated"),
        ({}, {"second": "yes"}, "rules[0].then.second"),
        ({}, {"risk": "STANDARD"}, "rules[0].then.risk"),
        ({}, {"second": False}, "rules[0].then"),
        ({}, {"third": True, "second": True}, "rules[0].then.third"),
        ({"outcomes": ["APPROVE"]}, {"risk": "HIGH"}, "rules[0].when.outcomes"),
        ({"risk": ["HIGH"]}, {"risk": "HIGH"}, "rules[0].when.risk"),
        ({"overrides_deny": True}, {"risk": "HIGH", "second": True}, "rules[0].when.overrides_deny"),
    ],
)
def test_a_wrong_rule_is_refused_at_its_place(when: dict[str, Any], then: dict[str, Any], path: str) -> None:
    found = problems(data(rules=[rule(when, then)]))

    assert [place for place, _message in found] == [path]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"rules": {}}, "rules"),
        ({"rules": [rule({}), rule({})]}, "rules[1].id"),
        ({"rules": [rule({}, id="a" * 61)]}, "rules[0].id"),
        ({"rules": [rule({}, id=f"rule-{number}") for number in range(201)]}, "rules"),
        ({"rules": [{**rule({}), "label": "two\nlines"}]}, "rules[0].label"),
        ({"version": 3}, "version"),
        ({"warn_hours": True}, "warn_hours"),
        ({"warn_hours": 8}, "warn_hours"),
        ({"approval_days": {"STANDARD": 1095, "HIGH": 0}}, "approval_days.HIGH"),
        ({"approval_days": {"STANDARD": 1095, "HIGH": 30}}, "review_before_days"),
        ({"approval_days": {"STANDARD": 1095.5, "HIGH": 300}}, "approval_days.STANDARD"),
        ({"due_hours": {"ONBOARDING": {"STANDARD": 16, "HIGH": 8}}}, "due_hours.REVIEW"),
        ({"staged_hours": 0}, "staged_hours"),
        ({"staged_hours": float("inf")}, "staged_hours"),
        ({"staged_hours": float("nan")}, "staged_hours"),
        ({"warn_hours": 10**400}, "warn_hours"),
        ({"review_before_days": -(10**400)}, "review_before_days"),
        ({"business": None}, "business"),
    ],
)
def test_a_wrong_policy_is_refused_at_its_place(changes: dict[str, Any], path: str) -> None:
    assert [place for place, _message in problems(data(**changes))] == [path]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"days": []}, "business.days"),
        ({"days": 5}, "business.days"),
        ({"from": "17:00", "to": "09:00"}, "business.to"),
        ({"from": "24:00"}, "business.from"),
        ({"to": "25:00"}, "business.to"),
        ({"timezone": "Europe"}, "business.timezone"),
        ({"timezone": "../../etc/localtime"}, "business.timezone"),
        ({"holidays": "DE"}, "business.holidays"),
        ({"holidays": ["ZZ"]}, "business.holidays[0]"),
        ({"holidays": ["DE-XX"]}, "business.holidays[0]"),
        ({"extra_days_off": ["20271224"]}, "business.extra_days_off[0]"),
        ({"extra_days_off": [20271224]}, "business.extra_days_off[0]"),
        ({"extra_days_off": ["2027-02-29"]}, "business.extra_days_off[0]"),
    ],
)
def test_wrong_office_hours_are_refused_at_their_place(changes: dict[str, Any], path: str) -> None:
    wrong = data(business={**DEFAULT_POLICY["business"], **changes})

    assert [place for place, _message in problems(wrong)] == [path]


@pytest.mark.parametrize("wrong", [None, [], "policy", 7])
def test_what_is_no_object_is_refused_with_one_problem(wrong: object) -> None:
    assert [path for path, _message in problems(wrong)] == [""]


def test_a_refusal_counts_the_places_for_people() -> None:
    with pytest.raises(PolicyProblems, match="1 place needs attention") as caught:
        Policy.from_data(data(warn_hours=-1))

    assert caught.value.problems == (PolicyProblem("warn_hours", "Must be from 0 to 2500."),)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(member=st.sampled_from(sorted(DEFAULT_POLICY)), value=json_values)
def test_whatever_stands_in_a_policy_it_is_read_or_refused(member: str, value: object) -> None:
    try:
        read = Policy.from_data(data(**{member: value}))
    except PolicyProblems:
        return
    assert Policy.from_data(read.to_data()) == read


@given(member=st.sampled_from(sorted(DEFAULT_POLICY["business"])), value=json_values)
def test_whatever_stands_in_office_hours_it_is_read_or_refused(member: str, value: object) -> None:
    try:
        read = Policy.from_data(data(business={**DEFAULT_POLICY["business"], member: value}))
    except PolicyProblems:
        return
    assert Policy.from_data(read.to_data()) == read


def test_office_hours_are_read_and_written() -> None:
    business = {
        "timezone": "Europe/Berlin",
        "days": [0, 1, 2, 3, 4, 5, 6],
        "from": "00:00",
        "to": "24:00",
        "holidays": ["DE-BY"],
        "extra_days_off": ["2026-12-24", "2026-12-31"],
    }

    read = Policy.from_data(data(business=business))

    assert read.to_data()["business"] == business
    midday = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
    assert read.business.add(midday, 30) == midday + dt.timedelta(hours=30)


def test_a_case_is_due_by_kind_and_risk_in_working_hours() -> None:
    def due(kind: str, risk: str) -> dt.datetime:
        return DEFAULT.due_at(kind=kind, risk=risk, opened_at=TUESDAY)

    day = dt.timedelta(days=1)
    assert due("ONBOARDING", "HIGH") == TUESDAY + day
    assert due(CaseKind.ONBOARDING, CaseRisk.STANDARD) == TUESDAY + 2 * day
    assert due("REVIEW", "STANDARD") == TUESDAY + 7 * day, "over a weekend"


def test_a_warning_comes_working_hours_before() -> None:
    assert DEFAULT.warn_at(TUESDAY) == dt.datetime(2026, 11, 16, 16, tzinfo=dt.UTC)


def test_a_staged_decision_waits_by_the_clock_on_the_wall() -> None:
    assert DEFAULT.staged_until(TUESDAY) == TUESDAY + dt.timedelta(hours=72)


def test_an_approval_ends_by_risk_and_its_review_opens_before() -> None:
    ends = DEFAULT.approval_ends(risk="HIGH", approved_on=dt.date(2026, 11, 17))

    assert ends == dt.date(2027, 11, 17)
    assert DEFAULT.review_opens(ends) == dt.date(2027, 10, 18)
    assert DEFAULT.approval_ends(risk="STANDARD", approved_on=dt.date(2026, 11, 17)) == dt.date(2029, 11, 16)
