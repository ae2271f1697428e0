"""Named sets of filters of the queue, for oneself or for everybody."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from verifications.enums import AuditAction
from verifications.errors import ConflictingRecord, DomainError, NotAllowed
from verifications.models import SavedView
from verifications.selectors.queue_filter import QueueFilter
from verifications.services.audit import record_event

SHARE = "verifications.share_savedview"
MOST_VIEWS = 50
"""Of one person."""


@transaction.atomic
def save_view(
    *,
    person: Any,
    name: str,
    chosen: QueueFilter,
    shared: bool,
    actor: str,
    at: dt.datetime,
    columns: tuple[str, ...] = (),
) -> SavedView:
    """Save under a name; one of the person's own with that name is replaced.

    Raises ``NotAllowed`` for sharing without the permission, and past ``MOST_VIEWS`` of one person, and
    ``ConflictingRecord`` when one of that name came at the same moment.
    """
    name = _checked_name(name)
    _check_sharing(person, shared)
    view = SavedView.objects.select_for_update().filter(owner=person, name=name).first()
    if view is None:
        if SavedView.objects.filter(owner=person).count() >= MOST_VIEWS:
            raise NotAllowed(_("You have as many views as a person may have. Remove one first."))
        view = SavedView(owner=person, name=name, created_at=at)
    view.query, view.is_shared, view.updated_at = chosen.to_save(with_columns=columns), shared, at
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise ConflictingRecord(_("You have a view of that name already. Nothing was changed.")) from error
    _record(view, actor=actor, at=at)
    return view


@transaction.atomic
def change_view(
    *, public_id: uuid.UUID, person: Any, name: str, shared: bool, actor: str, at: dt.datetime
) -> SavedView:
    """Rename a view of the person's own, share it or take it back. ``ConflictingRecord`` when the name is taken."""
    view = _own(public_id, person)
    name = _checked_name(name)
    if shared and not view.is_shared:
        _check_sharing(person, shared)
    view.name, view.is_shared, view.updated_at = name, shared, at
    try:
        with transaction.atomic():
            view.save(update_fields=["name", "is_shared", "updated_at"])
    except IntegrityError as error:
        raise ConflictingRecord(_("You have a view of that name already. Nothing was changed.")) from error
    _record(view, actor=actor, at=at)
    return view


@transaction.atomic
def remove_view(*, public_id: uuid.UUID, person: Any, actor: str, at: dt.datetime) -> None:
    """Remove a view of the person's own; the cases in it stay as they are."""
    view = _own(public_id, person)
    record_event(action=AuditAction.VIEW_REMOVED, actor=actor, subject=view, at=at, details=_details(view))
    view.delete()


def _own(public_id: uuid.UUID, person: Any) -> SavedView:
    view = SavedView.objects.select_for_update().filter(public_id=public_id, owner=person).first()
    if view is None:
        raise NotAllowed(_("Only the person who saved a view can change it. Nothing was changed."))
    return view


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise DomainError(_("Give the view a name."))
    if len(name) > 60:
        raise DomainError(_("A name has at most 60 characters."))
    return name


def _check_sharing(person: Any, shared: bool) -> None:
    if shared and not person.has_perm(SHARE):
        raise NotAllowed(_("Your role does not share views. Save it for yourself."))


def _record(view: SavedView, *, actor: str, at: dt.datetime) -> None:
    record_event(action=AuditAction.VIEW_SAVED, actor=actor, subject=view, at=at, details=_details(view))


def _details(view: SavedView) -> dict[str, Any]:
    """The filters are values of lists; the name is a person's own words and stays out."""
    return {"filters": sorted(set(view.query)), "shared": view.is_shared}
