"""What people choose for themselves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import AuditAction
from verifications.errors import DomainError
from verifications.models import PersonSettings
from verifications.services.audit import record_event


@dataclass(frozen=True)
class PersonChoice:
    """Everything of the page of one's own settings."""

    language: str = ""
    time_zone: str = ""
    shortcuts: bool = True
    capacity: int = 20
    absent_from: dt.date | None = None
    absent_until: dt.date | None = None


@transaction.atomic
def change_settings(*, person: Any, choice: PersonChoice, actor: str, at: dt.datetime) -> PersonSettings:
    """Keep what the person chose; an absence with its last day before the first raises ``DomainError``."""
    if (choice.absent_from is None) != (choice.absent_until is None):
        raise DomainError(_("An absence has a first and a last day. Nothing was changed."))
    if choice.absent_from and choice.absent_until and choice.absent_until < choice.absent_from:
        raise DomainError(_("The last day of an absence can't be before the first. Nothing was changed."))
    return _keep(person, vars(choice), actor=actor, at=at)


@transaction.atomic
def change_table(
    *, person: Any, columns: tuple[str, ...], is_dense: bool, actor: str, at: dt.datetime
) -> PersonSettings:
    """Keep which columns the queue shows, and how close its rows stand."""
    return _keep(person, {"queue_columns": list(columns), "is_dense": is_dense}, actor=actor, at=at)


def _keep(person: Any, values: dict[str, Any], *, actor: str, at: dt.datetime) -> PersonSettings:
    known = PersonSettings.objects.filter(person=person).first() or PersonSettings(person=person)
    if all(getattr(known, name) == value for name, value in values.items()):
        return known
    chosen, _made = PersonSettings.objects.select_for_update().get_or_create(person=person)
    changed = [name for name, value in values.items() if getattr(chosen, name) != value]
    if not changed:
        return chosen
    for name in changed:
        setattr(chosen, name, values[name])
    chosen.save(update_fields=changed)
    record_event(
        action=AuditAction.SETTINGS_CHANGED, actor=actor, subject=person, at=at, details={"changed": sorted(changed)}
    )
    return chosen
