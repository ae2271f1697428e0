"""The policy a new installation starts with. An organisation sets its own: countries, hours, holidays, thresholds."""

from __future__ import annotations

from typing import Any

from verifications.marking import gettext_noop

DEFAULT_POLICY: dict[str, Any] = {
    "rules": [
        {
            # A starting value: the jurisdictions FATF calls on its members to act against. The list changes.
            "id": "high-risk-country",
            "label": gettext_noop("High-risk country"),
            "when": {"countries": ["IR", "KP", "MM"]},
            "then": {"risk": "HIGH"},
        },
        {
            "id": "denied-by-provider",
            "label": gettext_noop("Denied by a provider"),
            "when": {"answers": ["DENY", "REJECTED"]},
            "then": {"risk": "HIGH"},
        },
        {
            "id": "watch-list-hit",
            "label": gettext_noop("Watch-list hit"),
            "when": {"watchlist_hit": True},
            "then": {"risk": "HIGH", "second": True, "senior": True},
        },
        {
            "id": "denial-overridden",
            "label": gettext_noop("Approval against a provider's answer"),
            "when": {"overrides_deny": True},
            "then": {"second": True},
        },
        {
            "id": "high-risk-approval",
            "label": gettext_noop("Approval at high risk"),
            "when": {"outcomes": ["APPROVE"], "risk": ["HIGH"]},
            "then": {"second": True},
        },
        {
            "id": "business-declined",
            "label": gettext_noop("Decline of a business"),
            "when": {"customer_kinds": ["BUSINESS"], "outcomes": ["DECLINE"]},
            "then": {"second": True},
        },
        {
            "id": "differences-approved",
            "label": gettext_noop("Approval with unresolved differences"),
            "when": {"outcomes": ["APPROVE"], "unresolved_differences": True},
            "then": {"second": True},
        },
        {
            "id": "escalated",
            "label": gettext_noop("Escalated case"),
            "when": {"escalated": True},
            "then": {"senior": True},
        },
    ],
    "due_hours": {"ONBOARDING": {"STANDARD": 16, "HIGH": 8}, "REVIEW": {"STANDARD": 40, "HIGH": 16}},
    "warn_hours": 2,
    "approval_days": {"STANDARD": 1095, "HIGH": 365},
    "review_before_days": 30,
    "staged_hours": 72,
    "business": {
        "timezone": "UTC",
        "days": [0, 1, 2, 3, 4],
        "from": "09:00",
        "to": "17:00",
        "holidays": [],
        "extra_days_off": [],
    },
}
"""Plain JSON for ``Policy.from_data``; not to be changed in place."""
