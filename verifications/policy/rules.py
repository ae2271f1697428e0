"""Risk and four-eyes as pure functions of a policy and the facts of a case.

The one place that says whether a decision needs a second person: whatever leads to a decision asks ``gate``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from verifications.enums import CaseRisk
from verifications.policy.conditions import DENIALS, OUTCOMES, Facts, Rule
from verifications.policy.defaults import DEFAULT_POLICY
from verifications.policy.document import Policy
from verifications.policy.reading import PolicyProblem, PolicyProblems

__all__ = [
    "DEFAULT_POLICY",
    "DENIALS",
    "OUTCOMES",
    "Assessment",
    "Change",
    "Facts",
    "Gate",
    "PastDecision",
    "Policy",
    "PolicyProblem",
    "PolicyProblems",
    "ReplayReport",
    "Rule",
    "RuleHit",
    "assess",
    "gate",
    "replay",
]


@dataclass(frozen=True)
class RuleHit:
    """A rule that held, as it was called then."""

    id: str
    label: str


@dataclass(frozen=True)
class Assessment:
    """The risk of a case and the rules that raised it; none of them means standard."""

    risk: CaseRisk
    reasons: tuple[RuleHit, ...] = ()


@dataclass(frozen=True)
class Gate:
    """What a decision needs before it stands.

    ``needs_senior``: the second person must be a senior one, so it never comes without ``needs_second``. ``reasons``:
    the rules that asked for either.
    """

    needs_second: bool
    needs_senior: bool
    reasons: tuple[RuleHit, ...]
    risk: CaseRisk


@dataclass(frozen=True)
class PastDecision:
    """A decision that was made: its id, the facts it rested on, and its outcome."""

    id: str
    facts: Facts
    outcome: str


@dataclass
class Change:
    """How many decisions changed in one way, and the ids of the first of them."""

    count: int = 0
    ids: list[str] = field(default_factory=list)

    def add(self, decision_id: str, *, keep: int) -> None:
        self.count += 1
        if len(self.ids) < keep:
            self.ids.append(decision_id)


@dataclass(frozen=True)
class ReplayReport:
    """What another policy would have asked of decisions that were made under the old one."""

    total: int
    changed: int
    """Decisions that are counted below at least once."""
    second_now: Change
    second_no_longer: Change
    senior_now: Change
    senior_no_longer: Change
    risk_raised: Change
    risk_lowered: Change


def assess(policy: Policy, facts: Facts) -> Assessment:
    """The risk of a case with these facts, and why."""
    hits = tuple(_hit(rule) for rule in policy.rules if rule.then_risk and rule.holds_for_case(facts))
    return Assessment(risk=CaseRisk.HIGH if hits else CaseRisk.STANDARD, reasons=hits)


def gate(policy: Policy, facts: Facts, outcome: str) -> Gate:
    """What a decision with this outcome needs. ValueError for a word that is no outcome."""
    if outcome not in OUTCOMES:
        raise ValueError(f"unknown outcome {outcome}")
    risk = assess(policy, facts).risk
    asking = [
        rule
        for rule in policy.rules
        if (rule.then_second or rule.then_senior) and rule.holds_for_decision(facts, outcome=outcome, risk=risk)
    ]
    return Gate(
        needs_second=bool(asking),
        needs_senior=any(rule.then_senior for rule in asking),
        reasons=tuple(_hit(rule) for rule in asking),
        risk=risk,
    )


def replay(old: Policy, new: Policy, decisions: Iterable[PastDecision], *, keep: int = 1000) -> ReplayReport:
    """Compare what two policies ask of the same decisions; reads them one by one and keeps ``keep`` ids of a kind.

    Decisions with the same facts are asked about once: there are many, and few kinds of them.
    """
    changes = {way.name: Change() for way in fields(ReplayReport) if way.name not in ("total", "changed")}
    known: dict[tuple[Facts, str], list[str]] = {}
    total = changed = 0
    for decision in decisions:
        facts, outcome = decision.facts, decision.outcome
        found = known.get((facts, outcome))
        if found is None:
            found = known[facts, outcome] = _differences(gate(old, facts, outcome), gate(new, facts, outcome))
        total += 1
        changed += bool(found)
        for name in found:
            changes[name].add(decision.id, keep=keep)
    return ReplayReport(total=total, changed=changed, **changes)


def _differences(before: Gate, after: Gate) -> list[str]:
    pairs = (
        ("second_now", "second_no_longer", before.needs_second, after.needs_second),
        ("senior_now", "senior_no_longer", before.needs_senior, after.needs_senior),
        ("risk_raised", "risk_lowered", before.risk == CaseRisk.HIGH, after.risk == CaseRisk.HIGH),
    )
    return [more if is_now else less for more, less, was, is_now in pairs if was != is_now]


def _hit(rule: Rule) -> RuleHit:
    return RuleHit(rule.id, rule.label)
