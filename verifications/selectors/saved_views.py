"""The views of the queue that a person may use: their own, and those that others share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from verifications.models import SavedView
from verifications.selectors.queue_filter import QueueFilter

MOST_SHOWN = 100


@dataclass(frozen=True)
class UsableView:
    """A saved view with its filters read; ``owner`` is empty for one's own."""

    id: str
    name: str
    chosen: QueueFilter
    is_shared: bool
    is_own: bool
    owner: str

    @property
    def url(self) -> str:
        return self.chosen.url


def views_for(person: Any) -> list[UsableView]:
    """Own ones first, then shared ones, each by name; one query."""
    rows = SavedView.objects.filter(Q(owner_id=person.pk) | Q(is_shared=True)).select_related("owner")
    found = [_usable(row, person) for row in rows.order_by("name", "pk")[:MOST_SHOWN]]
    return sorted(found, key=lambda view: not view.is_own)


def _usable(row: SavedView, person: Any) -> UsableView:
    is_own = row.owner_id == person.pk
    return UsableView(
        id=str(row.public_id),
        name=row.name,
        chosen=QueueFilter.read(row.query if isinstance(row.query, dict) else {}),
        is_shared=row.is_shared,
        is_own=is_own,
        owner="" if is_own else row.owner.get_full_name() or row.owner.get_username(),
    )
