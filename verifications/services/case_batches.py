"""One change of many cases, row by row: each stands or falls alone, with an event of its own. Never a decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from verifications.errors import DomainError
from verifications.models import Case
from verifications.services.assignments import assign_case, set_priority

MOST_AT_ONCE = 200


@dataclass(frozen=True)
class RowResult:
    """What became of one row; ``message`` says why not."""

    case_number: str
    ok: bool
    message: str


def assign_cases(
    *,
    case_ids: Sequence[int],
    to_person_id: int | None,
    reason: str,
    actor: str,
    at: dt.datetime,
    dry_run: bool = False,
) -> list[RowResult]:
    """Give each case to somebody, or back to nobody. ``dry_run`` tells what would happen and changes nothing.

    Raises ``DomainError`` for more than ``MOST_AT_ONCE`` cases.
    """
    return _each(
        case_ids,
        lambda pk: assign_case(case_id=pk, to_person_id=to_person_id, reason=reason, actor=actor, at=at),
        dry_run=dry_run,
    )


def set_priorities(
    *, case_ids: Sequence[int], priority: int, reason: str = "", actor: str, at: dt.datetime, dry_run: bool = False
) -> list[RowResult]:
    """Give each case this priority; otherwise as ``assign_cases``."""
    return _each(
        case_ids,
        lambda pk: set_priority(case_id=pk, priority=priority, reason=reason, actor=actor, at=at),
        dry_run=dry_run,
    )


def _each(case_ids: Sequence[int], act: Callable[[int], Case], *, dry_run: bool) -> list[RowResult]:
    if len(case_ids) > MOST_AT_ONCE:
        raise DomainError(
            _("At most %(most)d cases at once. Nothing was changed; choose fewer.") % {"most": MOST_AT_ONCE}
        )
    results = []
    for pk in dict.fromkeys(case_ids):
        number = Case(pk=pk).number
        try:
            with transaction.atomic():
                act(pk)
                transaction.set_rollback(dry_run)
        except DomainError as error:
            results.append(RowResult(number, ok=False, message=str(error)))
        else:
            results.append(RowResult(number, ok=True, message=""))
    return results
