"""The keys of the Capa stand-in: one per partner account, kept in ``keys.json`` beside those of the other APIs."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .keys import write_private

SECTION = "capa_partner"
KEY_FORM = re.compile(r"pk_[0-9a-f]{40}", re.ASCII)
MAIN = "main"
FURTHER_PARTNERS = {
    "foreign": "another partner: its users and notifications are not those of main",
    "invalid_flow": "403 INVALID_PARTNER_FLOW on every call",
    "without_partner": "401 on C2 to C5: the key has no partner information",
}


@dataclass(frozen=True)
class CapaKey:
    """The key of one partner account; the name of the account is all that may be shown."""

    partner: str
    key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


def load_capa_keys(path: Path) -> dict[str, CapaKey]:
    """Return the keys by their text, reading ``path`` and adding what is missing there."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    before = json.dumps(document, sort_keys=True)
    pairs = {MAIN: document.setdefault(SECTION, _new_pair())}
    further = document.setdefault("further", {}).setdefault(SECTION, {})
    for partner in FURTHER_PARTNERS:
        pairs[partner] = further.setdefault(partner, _new_pair())
    if json.dumps(document, sort_keys=True) != before:
        write_private(path, json.dumps(document, indent=2) + "\n")
    return {pair["key"]: CapaKey(partner, **pair) for partner, pair in pairs.items()}


def _new_pair() -> dict[str, str]:
    return {"key": f"pk_{secrets.token_hex(20)}", "webhook_secret": f"whs_{secrets.token_hex(32)}"}
