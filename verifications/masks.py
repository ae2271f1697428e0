"""What a sealed value looks like without being opened: enough to recognise, too little to use."""

from __future__ import annotations

DOTS = "••••"
VISIBLE = 4
SHORTEST_SHOWN = 7
"""A number shorter than this shows nothing: four of six characters would be most of it."""


def mask_number(value: str) -> str:
    """``X1234567`` -> ``•••• 4567``; short numbers show dots only."""
    bare = "".join(value.split())
    return f"{DOTS} {bare[-VISIBLE:]}" if len(bare) >= SHORTEST_SHOWN else DOTS


def mask_date(_value: str) -> str:
    """A date of birth shows nothing of itself."""
    return "••••-••-••"


def mask_email(value: str) -> str:
    """``marta@example.org`` -> ``•••@example.org``."""
    return f"•••@{value.rpartition('@')[2]}" if "@" in value else DOTS


def mask_phone(value: str) -> str:
    """``+48500100200`` -> ``•••• 00``."""
    return f"{DOTS} {value[-2:]}" if len(value) >= SHORTEST_SHOWN else DOTS


def mask_address(country: str) -> str:
    """An address shows its country."""
    return f"{DOTS}, {country}" if country else DOTS


def mask_whole(_value: str = "") -> str:
    """Nothing but the fact that something is there."""
    return DOTS
