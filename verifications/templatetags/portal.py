"""The few filters of our own."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.filter
def details(value: dict[str, Any]) -> str:
    """An event's details in one line: ``try 2, code http_503``; lists joined, empty members left out."""
    parts = []
    for name, member in value.items():
        text = ", ".join(str(part) for part in member) if isinstance(member, list) else str(member)
        if text and member is not None:
            parts.append(f"{name.replace('_', ' ')} {text}")
    return "; ".join(parts) or "—"
