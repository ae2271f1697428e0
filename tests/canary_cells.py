"""A canary in every sealed column there is, whose it is, and which access event would explain that it was shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.signals import post_save

from tests.factories import NOON, make_user
from tests.views.decision_records import waiting_decision
from tests.views.support import World
from verifications.models import AccessEvent, AuditAnswer, Customer, DecisionReview, DifferenceResolution
from verifications.policy.roles import OFFICER
from verifications.services.decision_reviews import return_decision
from verifications.services.sealed_values import open_bytes, seal, sealed_columns

MADE = re.compile(r"CANARYOF[A-Z]+")
JSON_COLUMNS = {"result", "address", "screenings", "payload", "request_original", "answer_original"}
WITH_A_CASE = {"rationale", "note", "text", "subject", "explanation", "private_reason"}
"""What people wrote about a case: shown with the case's page, whose opening is the look at them."""
ADDRESSES = {"url", "start_token", "handover_token"}

Cell = tuple[str, str]
"""Public id of the customer ("" when it is nobody's) and the column."""


def every_sealed_column() -> list[tuple[type[models.Model], str]]:
    return [
        (model, name) for model in apps.get_app_config("verifications").get_models() for name in sealed_columns(model)
    ]


def fill_empty_columns(world: World, is_canary: Any) -> None:
    """Give each column that holds no canary one named after it."""
    made = {DecisionReview: _review, DifferenceResolution: _resolution, AuditAnswer: _answer}
    for model, name in every_sealed_column():
        if any(is_canary(text) for _row, text in _texts(model, name)):
            continue
        text = f"CANARYOF{model.__name__}{name}".replace("_", "").upper()
        if model in made:
            made[model](world, text)
            continue
        row: Any = model._default_manager.order_by("pk").last()
        assert row is not None, f"the world has no {model.__name__}"
        seal(row, name, json.dumps({"text": text}) if name in JSON_COLUMNS else text, mask="••••")
        model._default_manager.filter(pk=row.pk).update(**{name: getattr(row, name)})


def cells_of(canaries_in: Any) -> dict[str, set[Cell]]:
    """Canary -> the cells it stands in."""
    numbers = {row.pk: str(row.public_id) for row in Customer.objects.all()}
    found: dict[str, set[Cell]] = {}
    for model, name in every_sealed_column():
        for row, text in _texts(model, name):
            for canary in canaries_in(text):
                found.setdefault(canary, set()).add((numbers.get(row.sealing_customer_id, ""), name))
    return found


@contextmanager
def looks_written() -> Iterator[list[AccessEvent]]:
    """The access events written inside the block, rolled back later or not."""
    written: list[AccessEvent] = []

    def keep(instance: AccessEvent, **_more: Any) -> None:
        written.append(instance)

    post_save.connect(keep, sender=AccessEvent)
    try:
        yield written
    finally:
        post_save.disconnect(keep, sender=AccessEvent)


def is_explained(cells: set[Cell], looks: list[AccessEvent]) -> bool:
    """Whether one of the looks is one at one of the cells: the same customer, and the column or what stands for it."""
    return any(
        str(look.customer_id or "") == customer and column in _columns_of(look)
        for look in looks
        for customer, column in cells
    )


def _columns_of(look: AccessEvent) -> set[str]:
    match look.action:
        case "value.revealed":
            return {look.field}
        case "case.read":
            return WITH_A_CASE
        case "address.shown":
            return ADDRESSES
    return set()


def _texts(model: type[models.Model], name: str) -> list[tuple[Any, str]]:
    rows = model._default_manager.exclude(**{name: None})
    return [(row, open_bytes(row, name).decode(errors="replace")) for row in rows]  # type: ignore[arg-type]


def _review(_world: World, text: str) -> None:
    return_decision(
        decision_id=waiting_decision().pk, note=f"{text} has to be looked at.", person=make_user(OFFICER), at=NOON
    )


def _resolution(world: World, text: str) -> None:
    row = DifferenceResolution(
        case=world.case, field="last_name", values_hash="0" * 64, reason="NAME_CHANGE", resolved_by=make_user()
    )
    row.resolved_at = NOON
    seal(row, "explanation", text, mask="••••")
    row.save()


def _answer(world: World, text: str) -> None:
    row = AuditAnswer(question=world.question, given_by=make_user(), given_at=NOON)
    seal(row, "text", text, mask="••••")
    row.save()
