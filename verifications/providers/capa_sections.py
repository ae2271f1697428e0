"""The sections of C4 and its watch-list block. Contract: capa-partner 5 (C4)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from verifications.providers.capa_values import number, whole_number, word
from verifications.providers.link_types import DetailsSection
from verifications.providers.redaction import clean_text, kept_text

MAX_SECTIONS = 200
MAX_NOTES = 20

_MARKS = ("result", "status", "section_id")
_ENDINGS = ("Info", "Insights")
_NO_SECTIONS = frozenset({"amlInfo", "businessInfo", "personalInfo"})
"""Named like sections; they are one only where they carry a status."""
_PERSONAL = ("ame", "idNumber", "birthDate", "fullAddress", "taxId", "phoneNumber")
"""Endings of the paths whose values must not come back in a reason."""


def read_sections(data: Mapping[str, Any], values: Mapping[str, str]) -> tuple[DetailsSection, ...]:
    """Give every section, one level of nesting included, in the order received.

    ``values`` are the extracted ones; those that name the person are masked where a reason quotes them.
    """
    hidden = [text for path, text in values.items() if path.endswith(_PERSONAL)]
    found: list[DetailsSection] = []
    for name, member in _dicts(data):
        if _is_section(name, member):
            found.append(_section(name, member, hidden))
        found += [
            _section(f"{name}.{inner_name}", inner, hidden)
            for inner_name, inner in _dicts(member)
            if inner_name.endswith(_ENDINGS) and _is_section(inner_name, inner)
        ]
    return tuple(found[:MAX_SECTIONS])


def aml_hits(block: Any) -> int | None:
    """Count watch-list hits: ``numHits`` or the hits listed, whichever is more; ``None`` when that cannot be told."""
    if block is None:
        return 0
    if isinstance(block, list):
        return len(block)
    if not isinstance(block, dict):
        return None
    listed = block.get("entityHits")
    if listed is not None and not isinstance(listed, list):
        return None
    said = whole_number(block.get("numHits"))
    if said is None and block.get("numHits") is not None and not listed:
        return None
    return max(said or 0, len(listed or ()))


def _dicts(value: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, member in value.items():
        if isinstance(member, dict):
            yield kept_text(name, limit=60), member


def _is_section(name: str, member: Mapping[str, Any]) -> bool:
    if name in _NO_SECTIONS:
        return member.get("status") is not None
    return name.endswith(_ENDINGS) or any(mark in member for mark in _MARKS)


def _section(name: str, member: Mapping[str, Any], hidden: Collection[str]) -> DetailsSection:
    return DetailsSection(
        name=name,
        result=word(member.get("result")),
        status=word(member.get("status")),
        reasons=_notes(member.get("statusReasons"), hidden),
        warnings=_notes(member.get("warnings"), hidden),
        score=number(member.get("faceMatchScore")),
    )


def _notes(value: Any, hidden: Collection[str]) -> tuple[str, ...]:
    items = value[:MAX_NOTES] if isinstance(value, list) else [value]
    return tuple(note for item in items if (note := clean_text(_note(item), sent_values=hidden)))


def _note(item: Any) -> str:
    if isinstance(item, dict):
        return ": ".join(one for m in ("code", "message") if isinstance(one := item.get(m), str) and one.strip())
    return item if isinstance(item, str) else ""
