"""Reading a user's status out of an answer: whatever is unknown is kept as it came, and nothing open makes it fail.

Contract: kraken-embed 7.4; payward-services 5.4 names the same members without showing them.
"""

from __future__ import annotations

from typing import Any

from verifications.providers.redaction import kept_text
from verifications.providers.types import RequiredAction

MAX_ENTRIES = 100


def read_status(status: Any) -> tuple[str, tuple[RequiredAction, ...], tuple[str, ...]]:
    """Give state, required actions and reasons; an empty state when there is none to read."""
    if not isinstance(status, dict):
        return kept_text(status), (), ()
    actions = status.get("required_actions")
    entries = actions[:MAX_ENTRIES] if isinstance(actions, list) else []
    return kept_text(status.get("state")), tuple(_action(entry) for entry in entries), _texts(status.get("reasons"))


def _action(entry: Any) -> RequiredAction:
    if not isinstance(entry, dict):
        return RequiredAction(kind=kept_text(entry) or "unreadable")
    details = entry.get("details_type")
    details_type = details.get("type") if isinstance(details, dict) else details
    subjects = (entry.get("verification_type"), details_type, entry.get("wait_reason_code"))
    return RequiredAction(
        kind=kept_text(entry.get("action_type")) or "unreadable",
        subject=next((text for one in subjects if (text := kept_text(one))), ""),
        reasons=(*_texts(entry.get("reasons")), *_texts(entry.get("reason"))),
        deadline=kept_text(entry.get("deadline")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    items = value[:MAX_ENTRIES] if isinstance(value, list) else [value]
    return tuple(text for item in items if (text := kept_text(item)))
