"""What the policy asks of one person's decision. Nobody frees themselves of a second person by changing the policy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from verifications.models import PolicyVersion
from verifications.policy.rules import DEFAULT_POLICY, Facts, Gate, Policy, gate


def policies_for(person: Any, version: PolicyVersion | None) -> tuple[Policy, ...]:
    """The policy in force, and for its author the newest one that somebody else made; one query for an author only."""
    if version is None:
        return (_parsed(json.dumps(DEFAULT_POLICY, sort_keys=True)),)
    author = f"user:{person.pk}"
    versions = [version]
    if version.made_by == author:
        others = PolicyVersion.objects.filter(number__lt=version.number).exclude(made_by=author)
        versions += others.order_by("-number")[:1]
    return tuple(_parsed(json.dumps(one.rules, sort_keys=True)) for one in versions)


def strictest(policies: Sequence[Policy], facts: Facts, outcome: str) -> Gate:
    """What any of the policies asks of a decision with this outcome; the risk is the first one's."""
    asked = [gate(policy, facts, outcome) for policy in policies]
    reasons = {hit.id: hit for one in reversed(asked) for hit in one.reasons}
    return Gate(
        needs_second=any(one.needs_second for one in asked),
        needs_senior=any(one.needs_senior for one in asked),
        reasons=tuple(reasons.values()),
        risk=asked[0].risk,
    )


@lru_cache(maxsize=8)
def _parsed(rules: str) -> Policy:
    return Policy.from_data(json.loads(rules))
