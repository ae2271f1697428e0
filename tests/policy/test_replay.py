"""What another policy would have asked of decisions that were made."""

from __future__ import annotations

from tests.policy.support import BUSINESS, DEFAULT, PERSON, data, facts, policy
from verifications.policy.rules import PastDecision, Policy, replay


def decisions() -> list[PastDecision]:
    return [
        PastDecision("plain", PERSON, "APPROVE"),
        PastDecision("spain", facts(countries=frozenset({"ES"})), "APPROVE"),
        PastDecision("spain-declined", facts(countries=frozenset({"ES"})), "DECLINE"),
        PastDecision("business", BUSINESS, "DECLINE"),
        PastDecision("hit", facts(watchlist_hit=True), "DECLINE"),
    ]


def test_replay_of_the_same_policy_changes_nothing() -> None:
    report = replay(DEFAULT, DEFAULT, decisions())

    assert (report.total, report.changed) == (5, 0)
    assert report.second_now.ids == report.second_no_longer.ids == report.risk_raised.ids == []


def test_replay_names_the_decisions_a_new_policy_would_have_treated_otherwise() -> None:
    new = data()
    new["rules"][0]["when"]["countries"] = ["ES"]
    new["rules"] = [
        {**each, "then": {"risk": "HIGH", "second": True}} if each["id"] == "watch-list-hit" else each
        for each in new["rules"]
        if each["id"] != "business-declined"
    ]

    report = replay(DEFAULT, Policy.from_data(new), iter(decisions()))

    assert (report.total, report.changed) == (5, 4)
    assert report.risk_raised.ids == ["spain", "spain-declined"]
    assert report.second_now.ids == ["spain"]
    assert report.second_no_longer.ids == ["business"]
    assert report.senior_no_longer.ids == ["hit"]
    assert report.senior_now.count == report.risk_lowered.count == 0


def test_replay_counts_all_and_keeps_the_first_ids() -> None:
    many = (PastDecision(str(number), BUSINESS, "DECLINE") for number in range(50))

    report = replay(policy(), DEFAULT, many, keep=3)

    assert (report.total, report.second_now.count, report.second_now.ids) == (50, 50, ["0", "1", "2"])


def test_replay_backwards_is_the_opposite() -> None:
    there, back = replay(policy(), DEFAULT, decisions()), replay(DEFAULT, policy(), decisions())

    assert there.second_now == back.second_no_longer
    assert there.senior_now == back.senior_no_longer
    assert there.risk_raised == back.risk_lowered
    assert there.second_now.count == 2
