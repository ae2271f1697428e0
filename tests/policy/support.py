"""Policies and facts for the tests of policies."""

from __future__ import annotations

import copy
from typing import Any

from verifications.policy.rules import DEFAULT_POLICY, Facts, Policy

PERSON = Facts(customer_kind="INDIVIDUAL", countries=frozenset({"DE"}), answers=frozenset({"ALLOW"}))
BUSINESS = Facts(customer_kind="BUSINESS", countries=frozenset({"DE"}), answers=frozenset({"VERIFIED"}))
DEFAULT = Policy.from_data(DEFAULT_POLICY)


def facts(**changes: Any) -> Facts:
    return Facts(**{"customer_kind": "INDIVIDUAL", "countries": frozenset({"DE"}), **changes})


def data(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(DEFAULT_POLICY), **changes}


def policy(*rules: dict[str, Any]) -> Policy:
    return Policy.from_data(data(rules=list(rules)))


def rule(when: dict[str, Any], then: dict[str, Any] | None = None, id: str = "a-rule") -> dict[str, Any]:
    return {"id": id, "label": id.capitalize(), "when": when, "then": then or {"second": True}}
