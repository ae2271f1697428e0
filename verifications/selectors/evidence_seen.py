"""What a person had on screen, as a token that travels in their form: signed, and good for one case and one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core import signing

from verifications.models import Case
from verifications.selectors.evidence import Evidence

HASH_SHOWN = 12
"""Letters kept of each item's hash: enough to name what changed. What counts is the hash of all, kept whole."""


@dataclass(frozen=True)
class Seen:
    """``items`` for naming what changed, ``None`` when the token says nothing; ``hash`` is the evidence's, or empty."""

    hash: str
    items: dict[str, str] | None


def seen_token(case: Case, person: Any, evidence: Evidence) -> str:
    items = {item.key: item.hash[:HASH_SHOWN] for item in evidence.items}
    return signing.dumps({"h": evidence.hash, "i": items}, salt=_salt(case, person), compress=True)


def read_seen(case: Case, person: Any, token: str) -> Seen:
    """What the token says; nothing for one that is missing, altered, or of another case or person."""
    try:
        found = signing.loads(token, salt=_salt(case, person))
    except signing.BadSignature:
        return Seen("", None)
    return Seen(found["h"], found["i"])


def _salt(case: Case, person: Any) -> str:
    return f"verifications.evidence:{case.public_id}:{person.pk}"
