"""What a service may refuse. Each message says what happened, what was kept and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class DomainError(Exception):
    """Base of every refusal; ``str()`` is fit for a person and holds no personal data."""


class InvalidTransition(DomainError):
    """The record is not, or no longer, in a state that allows the change. Nothing was changed."""


class NotAllowed(DomainError):
    """The account, role or rule does not allow the change. Nothing was changed."""


class SealedValueUnavailable(DomainError):
    """A sealed value can't be opened: its key was destroyed, or the stored text was altered."""


class ConflictingRecord(DomainError):
    """Another record already holds what must be unique. Nothing was changed."""


@dataclass(frozen=True)
class FieldProblem:
    """One broken rule next to the field or file slot it belongs to."""

    field: str
    message: str
    rule: str


class PreflightFailed(DomainError):
    """The submission breaks rules of its provider; ``problems`` names each. Nothing was sent, the draft is kept."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        count = len(problems)
        noun = "thing needs" if count == 1 else "things need"
        super().__init__(f"Not submitted: {count} {noun} attention. The draft is kept as it is.")
        self.problems = tuple(problems)
