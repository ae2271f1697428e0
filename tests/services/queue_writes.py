"""What the services around the queue do, for the table in ``test_every_write_is_audited``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.factories import ACTOR, NOON, make_user
from verifications.models import SavedView
from verifications.selectors.queue_filter import QueueFilter
from verifications.services import person_settings, saved_views

Act = Callable[[], Any]

READS = {"list_exports.csv_bytes"}
LOGS = {"list_exports.export_cases"}
"""Changes nothing but the log, which says who took what (``tests/views/test_queue_bulk.py``)."""


def _of(function: Callable[..., Any], **arguments: Any) -> Act:
    return lambda: function(**({"actor": ACTOR, "at": NOON} | arguments))


def _view() -> dict[str, Any]:
    """A saved view and its owner, as the services name them."""
    person = make_user()
    view = SavedView.objects.create(owner=person, name="Dutch", created_at=NOON, updated_at=NOON)
    return {"public_id": view.public_id, "person": person}


WRITES: dict[str, Callable[[], Act]] = {
    "person_settings.change_settings": lambda: _of(
        person_settings.change_settings, person=make_user(), choice=person_settings.PersonChoice(language="de")
    ),
    "person_settings.change_table": lambda: _of(
        person_settings.change_table, person=make_user(), columns=("due",), is_dense=True
    ),
    "saved_views.change_view": lambda: _of(saved_views.change_view, name="Other", shared=False, **_view()),
    "saved_views.remove_view": lambda: _of(saved_views.remove_view, **_view()),
    "saved_views.save_view": lambda: _of(
        saved_views.save_view, person=make_user(), name="Dutch", chosen=QueueFilter(country="NL"), shared=False
    ),
}
