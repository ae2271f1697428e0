"""What a rule looks at, and whether it holds."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from verifications.enums import FINAL_OUTCOMES, CaseRisk, CustomerKind, DecisionOutcome, ProviderAnswer
from verifications.marking import Filled, gettext_noop
from verifications.policy.reading import Reader

OUTCOMES: tuple[str, ...] = tuple(DecisionOutcome.values)
RECOMMENDATIONS: tuple[str, ...] = (ProviderAnswer.ALLOW, ProviderAnswer.CHALLENGE, ProviderAnswer.DENY)
"""The answers that are a provider's advice about the person rather than a state of a requirement."""
DENIALS: frozenset[str] = frozenset(
    {
        ProviderAnswer.DENY,
        ProviderAnswer.REJECTED,
        ProviderAnswer.STILL_WANTED,
        ProviderAnswer.USER_DISABLED,
        ProviderAnswer.USER_CLOSED,
    }
)
"""Who approves in spite of one of these overrides a provider. Missing and unreadable answers deny nothing."""

_COUNTRY = re.compile("[A-Z]{2}")
_ID = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")
_ID_LENGTH = 60
_TWO_LETTERS = gettext_noop("Must be two capital letters, as in DE.")
_SMALL_LETTERS = gettext_noop("Must be small letters, digits and hyphens, as in high-risk-country.")
_WORDS: dict[str, Collection[str]] = {
    "customer_kinds": CustomerKind.values,
    "answers": ProviderAnswer.values,
    "recommendations": RECOMMENDATIONS,
    "outcomes": OUTCOMES,
    "risk": CaseRisk.values,
}
_FLAGS = ("watchlist_hit", "overrides_deny", "unresolved_differences", "escalated", "duplicate")
_OF_A_DECISION = ("outcomes", "overrides_deny", "risk")
"""Not known yet while the risk is assessed."""


@dataclass(frozen=True)
class Facts:
    """What the rules of a policy may ask about a case. No personal data: ``to_data()`` may be kept with a decision.

    ``countries``: residence, nationality and issuing country, alpha-2; ``answers``: those of all verifications of the
    case, not of the latest alone.
    """

    customer_kind: str
    countries: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    watchlist_hit: bool = False
    unresolved_differences: int = 0
    duplicates: int = 0
    escalated: bool = False

    def to_data(self) -> dict[str, Any]:
        return {
            "customer_kind": str(self.customer_kind),
            "countries": sorted(map(str, self.countries)),
            "answers": sorted(map(str, self.answers)),
            "watchlist_hit": self.watchlist_hit,
            "unresolved_differences": self.unresolved_differences,
            "duplicates": self.duplicates,
            "escalated": self.escalated,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Facts:
        """Facts that were kept; what an older version did not keep counts as nothing found. KeyError without a kind."""
        return cls(
            customer_kind=data["customer_kind"],
            countries=frozenset(data.get("countries", ())),
            answers=frozenset(data.get("answers", ())),
            watchlist_hit=data.get("watchlist_hit", False),
            unresolved_differences=data.get("unresolved_differences", 0),
            duplicates=data.get("duplicates", 0),
            escalated=data.get("escalated", False),
        )


@dataclass(frozen=True)
class Rule:
    """All conditions that are set must hold; a list holds when one of its words does.

    Without ``outcomes`` a rule is about the two that end a case, approving and declining.
    """

    id: str
    label: str
    countries: tuple[str, ...] = ()
    customer_kinds: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    risk: tuple[str, ...] = ()
    watchlist_hit: bool | None = None
    overrides_deny: bool | None = None
    unresolved_differences: bool | None = None
    escalated: bool | None = None
    duplicate: bool | None = None
    then_risk: CaseRisk | None = None
    then_second: bool = False
    then_senior: bool = False

    def holds_for_case(self, facts: Facts) -> bool:
        """Whether what the rule asks about the case is so; what it asks about a decision is left aside."""
        lists = (
            (self.countries, facts.countries),
            (self.customer_kinds, frozenset({facts.customer_kind})),
            (self.answers, facts.answers),
            (self.recommendations, facts.answers),
        )
        flags = (
            (self.watchlist_hit, facts.watchlist_hit),
            (self.unresolved_differences, facts.unresolved_differences > 0),
            (self.escalated, facts.escalated),
            (self.duplicate, facts.duplicates > 0),
        )
        return all(not asked or not found.isdisjoint(asked) for asked, found in lists) and all(
            asked is None or asked == found for asked, found in flags
        )

    def holds_for_decision(self, facts: Facts, *, outcome: str, risk: CaseRisk) -> bool:
        overrides = outcome == DecisionOutcome.APPROVE and not facts.answers.isdisjoint(DENIALS)
        return (
            outcome in (self.outcomes or FINAL_OUTCOMES)
            and (not self.risk or risk in self.risk)
            and (self.overrides_deny is None or self.overrides_deny == overrides)
            and self.holds_for_case(facts)
        )

    def to_data(self) -> dict[str, Any]:
        """What ``read_rule`` reads; conditions that are not set are left out."""
        lists = {name: list(map(str, getattr(self, name))) for name in ("countries", *_WORDS) if getattr(self, name)}
        flags = {name: getattr(self, name) for name in _FLAGS if getattr(self, name) is not None}
        then: dict[str, Any] = {"risk": str(self.then_risk)} if self.then_risk else {}
        then |= {"second": True} if self.then_second else {}
        then |= {"senior": True} if self.then_senior else {}
        return {"id": self.id, "label": self.label, "when": {**lists, **flags}, "then": then}


def read_rule(reader: Reader, data: object, path: str) -> Rule:
    """A rule from its data; what is wrong goes to ``reader``."""
    rule = reader.members(data, path, needed=("id", "label", "when", "then"))
    when_path, then_path = f"{path}.when", f"{path}.then"
    when = reader.members(rule["when"], when_path, allowed=("countries", *_WORDS, *_FLAGS))
    then = reader.members(rule["then"], then_path, allowed=("risk", "second", "senior"))
    conditions: dict[str, Any] = {
        name: reader.words(when[name], f"{when_path}.{name}", known=known)
        for name, known in _WORDS.items()
        if name in when
    }
    conditions |= {name: reader.flag(when[name], f"{when_path}.{name}") for name in _FLAGS if name in when}
    if "countries" in when:
        conditions["countries"] = reader.codes(
            when["countries"], f"{when_path}.countries", pattern=_COUNTRY, wanted=_TWO_LETTERS
        )
    found = Rule(
        id=_read_id(reader, rule["id"], f"{path}.id"),
        label=reader.text(rule["label"], f"{path}.label", most=120),
        then_risk=_read_risk(reader, then, then_path),
        then_second=reader.flag(then.get("second", False), f"{then_path}.second"),
        then_senior=reader.flag(then.get("senior", False), f"{then_path}.senior"),
        **conditions,
    )
    if isinstance(rule["then"], dict) and not any(then.values()):
        reader.problem(then_path, gettext_noop("Asks for nothing: name a risk, a second or a senior person."))
    if found.then_risk and (early := [name for name in _OF_A_DECISION if name in when]):
        message = gettext_noop(
            "Can't stand in a rule that sets the risk, which is known before anybody decides. Make two rules."
        )
        for name in early:
            reader.problem(f"{when_path}.{name}", message)
    return found


def _read_id(reader: Reader, data: object, path: str) -> str:
    found = reader.shaped(data, path, pattern=_ID, wanted=_SMALL_LETTERS)
    if len(found) > _ID_LENGTH:
        reader.problem(path, Filled(gettext_noop("Must have at most %(most)s characters."), most=_ID_LENGTH))
    return found


def _read_risk(reader: Reader, then: dict[str, object], path: str) -> CaseRisk | None:
    if "risk" not in then:
        return None
    if then["risk"] != CaseRisk.HIGH:
        reader.problem(f"{path}.risk", gettext_noop("Must be HIGH: rules raise the risk, none lowers it."))
    return CaseRisk.HIGH
