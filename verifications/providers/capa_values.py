"""Single values out of Capa's answers: bounded, printable, never a reason to fail. Contract: capa-partner 5."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from verifications.providers.redaction import kept_text

WORD_LIMIT = 60
VALUE_LIMIT = 500
MAX_VALUES = 300
MAX_VALUE_DEPTH = 5
MAX_DOCUMENT_DEPTH = 40
SECTION_MEMBERS = frozenset({"result", "status", "section_id", "checkSummary", "statusReasons", "warnings"})
"""What makes a section; the rest of ``idInfo`` is about the person."""

_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?", re.ASCII)
_NUMBER_LIMIT = 2_000_000_000
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def word(value: Any) -> str:
    """Keep a word as received, so that only the exact known ones are ever read as known.

    Control characters become ``?`` instead of going away: nothing unknown turns into a known word. What is no text
    becomes one (``true``, ``7``, ``(no text)``), and only a missing value is empty.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        value = _scalar(value) or "(no text)"
    text = value[:WORD_LIMIT].encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else "?" for c in text)


def number(value: Any) -> float | None:
    """Read a number or a numeric text; ``None`` for anything else, and for what is not finite."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def whole_number(value: Any) -> int | None:
    """Read a count: rounded up, never negative, bounded to what a database column holds."""
    found = number(value)
    return None if found is None else min(max(math.ceil(found), 0), _NUMBER_LIMIT)


def read_values(data: Mapping[str, Any]) -> dict[str, str]:
    """Flatten what the answer says about the person or business to texts by dotted path.

    Addresses on the web are left out: some of them open without a sign-in.
    """
    reference = data.get("clientReferenceData")
    sources = {
        "idInfo": data.get("idInfo"),
        "clientReferenceData.personalInfo": reference.get("personalInfo") if isinstance(reference, dict) else None,
        "businessInfo": data.get("businessInfo"),
        "beneficialOwners": data.get("beneficialOwners"),
    }
    found: dict[str, str] = {}
    for path, source in sources.items():
        for name, text in _leaves(_about_the_person(source), path, 0):
            if len(found) >= MAX_VALUES:
                return found
            found.setdefault(name, text)
    return found


def plain_json(value: Any, depth: int = 0) -> Any:
    """Copy a JSON value so that it can be written again: half characters replaced, nesting cut where nobody reads."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if not isinstance(value, dict | list):
        return value
    if depth >= MAX_DOCUMENT_DEPTH:
        return None
    if isinstance(value, dict):
        return {plain_json(name): plain_json(inner, depth + 1) for name, inner in value.items()}
    return [plain_json(inner, depth + 1) for inner in value]


def _about_the_person(source: Any) -> Any:
    if isinstance(source, dict):
        return {name: inner for name, inner in source.items() if name not in SECTION_MEMBERS}
    return source if isinstance(source, list) else None


def _leaves(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict | list):
        if depth >= MAX_VALUE_DEPTH:
            return
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inner in items:
            if part := kept_text(str(name), limit=WORD_LIMIT):
                yield from _leaves(inner, f"{path}.{part}", depth + 1)
        return
    text = kept_text(value, limit=VALUE_LIMIT) if isinstance(value, str) else _scalar(value)
    if text and not _ADDRESS.search(text):
        yield path, text


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:WORD_LIMIT] if isinstance(value, int | float) else ""
