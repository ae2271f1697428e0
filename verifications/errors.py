"""What a service may refuse. Each message says what happened, what was kept and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


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


class StaleRecord(DomainError):
    """Somebody else saved first. Nothing was changed; ``versions`` are (field, theirs, yours) to show side by side."""

    def __init__(self, message: str, versions: Sequence[tuple[str, str, str]] = ()) -> None:
        super().__init__(message)
        self.versions = tuple(versions)


class EvidenceChanged(DomainError):
    """What a decision was made on is not what stands there now; ``changed`` names each item. Nothing was decided."""

    def __init__(self, changed: Sequence[str]) -> None:
        super().__init__(_("The evidence changed meanwhile. Nothing was decided; look at what changed first."))
        self.changed = tuple(changed)


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
        text = ngettext(
            "Not submitted: %(count)d thing needs attention. The draft is kept as it is.",
            "Not submitted: %(count)d things need attention. The draft is kept as it is.",
            count,
        )
        super().__init__(text % {"count": count})
        self.problems = tuple(problems)
