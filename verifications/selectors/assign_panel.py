"""What the dialog shows in which a case is given to somebody."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from verifications.models import Case
from verifications.selectors.assignees import Assignee, assignees_for


@dataclass(frozen=True)
class AssignPanel:
    """``people`` with the suggested one first; ``taken_from`` is who loses the case, which needs a reason."""

    people: list[Assignee]
    taken_from: str
    may_take: bool
    may_assign: bool
    can_be_nobody: bool


def assign_panel(case: Case, user: Any, now: dt.datetime) -> AssignPanel:
    """A fixed number of queries; ``case`` should have owner, claimant and staged decision loaded."""
    holder = case.claimed_by if case.claim_holds(now) else None
    loser = case.owner or holder
    return AssignPanel(
        people=assignees_for(case, now=now) if case.closed_at is None else [],
        taken_from=(loser.get_full_name() or loser.get_username()) if loser is not None else "",
        may_take=case.closed_at is None and case.owner_id != user.pk and user.has_perm("verifications.decide_case"),
        may_assign=case.closed_at is None and user.has_perm("verifications.assign_case"),
        can_be_nobody=case.owner_id is not None,
    )
