"""How a request ends early: refused with an answer, answered with something else, or dropped."""

from __future__ import annotations

from dataclasses import dataclass, field

from werkzeug.wrappers import Response


@dataclass
class ApiError(Exception):
    """A refusal. ``kind`` names it for the API module, which words it; ``details`` name members, never values."""

    status: int
    kind: str
    details: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class OtherAnswer(Exception):
    """An answer that is not the API's own, such as a page of a gateway or a redirect."""

    response: Response


class Dropped(Exception):
    """The connection is closed without an answer."""


@dataclass
class FileProblem(Exception):
    """A file that was sent or fetched is not acceptable. ``reason`` carries no address and no name."""

    member: str
    reason: str
    too_large: bool = False
