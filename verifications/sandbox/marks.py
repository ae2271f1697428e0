"""Marks: words in what is sent that choose an outcome or a fault.

A document number may hold a mark anywhere, in any case, with or without its hyphens (``X-FAULT-503-1``, ``x1reject``).
In a last name (outcomes only), the first address line and the verifier a mark is a word of its own in capitals, as
these also carry the names of real people.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from .faults import ALIASES, FAULTS, Fault
from .outcomes import OUTCOMES
from .store import Store

NOT_ALPHANUMERIC = re.compile(r"[^A-Z0-9]")


@dataclass(frozen=True)
class Marks:
    """What was found: an outcome's mark (empty for none), a fault with its turns."""

    outcome: str
    fault: Fault | None


def find_marks(metadata: dict[str, Any]) -> Marks:
    """Read the marks of a submission whose metadata has passed its schema."""
    number = _squeeze(str(metadata.get("document_number", "")).upper())
    last_name = _dig(metadata, "identity", "full_name", "last_name")
    words = [*_dig(metadata, "address", "line1").split(), *_dig(metadata, "verifier").split()]
    for part in metadata.values():
        words += _dig(part, "verifier").split() if isinstance(part, dict) else []
    outcome = _contained(OUTCOMES, number) or _whole(OUTCOMES, [*last_name.split(), *words])
    fault_names = [*FAULTS, *ALIASES]
    name = _contained(fault_names, number)
    times = _turns(name, number) if name else None
    name = name or _whole(fault_names, words)
    fault = FAULTS[ALIASES.get(name, name)] if name else None
    if fault is not None and times is not None:
        fault = replace(fault, times=times)
    return Marks(outcome, fault)


def take_turn(store: Store, fault: Fault, *, api: str, user_id: str, metadata: dict[str, Any]) -> bool:
    """Whether the fault still strikes this submission, told by its external id or else by user and number."""
    own_id = metadata.get("external_verification_id")
    subject = f"id:{own_id}" if own_id else f"user:{user_id}:{metadata.get('document_number', '')}"
    digest = hashlib.sha256(f"{api}:{fault.mark}:{subject}".encode()).hexdigest()
    return store.use_mark(digest, times=fault.times)


def _squeeze(text: str) -> str:
    return NOT_ALPHANUMERIC.sub("", text)


def _contained(names: Iterable[str], number: str) -> str:
    found = [name for name in names if name and _squeeze(name) in number]
    return max(found, key=len, default="")


def _whole(names: Collection[str], words: Iterable[str]) -> str:
    return next((word for word in words if word and word in names), "")


def _turns(name: str, number: str) -> int | None:
    match = re.search(_squeeze(name) + r"X(\d{1,2})", number)
    return int(match[1]) if match else None


def _dig(document: Any, *path: str) -> str:
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, str) else ""
