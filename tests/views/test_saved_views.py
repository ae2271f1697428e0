"""Views of the queue under a name: private or shared, renamed, removed, counted."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests.views.queue_support import make_case
from tests.views.support import client_as
from verifications.enums import AuditAction
from verifications.models import AuditEvent, SavedView
from verifications.services import saved_views as service

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> Any:
    return client_as("officer")


def save(client: Any, name: str = "Dutch", query: str = "country=NL&sort=newest", **more: str) -> Any:
    return client.post("/queue/views/new/", {"name": name, "query": query, **more})


def tabs(client: Any) -> dict[str, str]:
    return {view.name: count for view, count, _current in client.get("/").context["saved"]}


def test_a_view_is_saved_shown_with_its_count_and_leads_to_its_filters(officer: Any) -> None:
    make_case(country="NL")
    make_case()

    answer = save(officer)

    assert answer.url == "/?country=NL&sort=newest"
    assert tabs(officer) == {"Dutch": "1"}
    page = officer.get(answer.url)
    assert [is_current for _view, _count, is_current in page.context["saved"]] == [True]


def test_a_view_of_ones_own_is_nobody_elses_until_it_is_shared(officer: Any) -> None:
    save(officer)
    view = SavedView.objects.get()
    auditor = client_as("auditor")
    assert tabs(auditor) == {}
    change = reverse("verifications:saved_view_change", args=[view.public_id])
    assert auditor.post(change, {"name": "Mine"}).status_code == 404

    officer.post(change, {"name": "Dutch", "shared": "1"})

    assert tabs(auditor) == {"Dutch": "0"}
    auditor.post(change, {"name": "Mine"})
    auditor.post(reverse("verifications:saved_view_remove", args=[view.public_id]))
    view.refresh_from_db()
    assert (view.name, view.is_shared) == ("Dutch", True)


def test_an_auditor_keeps_views_but_shares_none() -> None:
    auditor = client_as("auditor")

    save(auditor, "Kept")
    save(auditor, "Shared", shared="1")

    assert list(SavedView.objects.values_list("name", "is_shared")) == [("Kept", False)]


def test_the_same_name_replaces_what_was_saved(officer: Any) -> None:
    save(officer)
    save(officer, query="country=SE")

    assert [view.query for view in SavedView.objects.all()] == [{"country": "SE"}]


def test_a_text_is_not_saved_with_a_view_but_its_columns_are(officer: Any) -> None:
    find = officer.post("/queue/find/", {"q": "Marta", "query": "country=NL"}).url.partition("?")[2]
    officer.post("/queue/columns/", {"column": ["due", "kind"], "query": ""})

    save(officer, query=find, with_columns="1")

    assert SavedView.objects.get().query == {"country": "NL", "columns": ["kind", "due"]}
    officer.post("/queue/columns/", {"standard": "1"})
    assert list(officer.get("/?country=NL&columns=kind&columns=due").context["columns"]) == ["kind", "due"]


def test_a_name_is_taken_once(officer: Any) -> None:
    save(officer, "One")
    save(officer, "Two")
    view = SavedView.objects.get(name="Two")

    answer = officer.post(
        reverse("verifications:saved_view_change", args=[view.public_id]), {"name": "One"}, follow=True
    )

    assert "You have a view of that name already" in answer.content.decode()
    assert SavedView.objects.filter(name="Two").exists()


def test_a_view_needs_a_name_and_there_is_an_end_to_them(officer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_VIEWS", 1)

    for name in ("  ", "x" * 61, "One", "Two"):
        save(officer, name)

    assert list(SavedView.objects.values_list("name", flat=True)) == ["One"]


def test_saving_and_removing_are_in_the_log_without_the_name(officer: Any) -> None:
    save(officer, "Marta Kowalczyk")
    officer.post(reverse("verifications:saved_view_remove", args=[SavedView.objects.get().public_id]))

    events = AuditEvent.objects.filter(action__in=[AuditAction.VIEW_SAVED, AuditAction.VIEW_REMOVED])
    assert events.count() == 2
    assert "Marta" not in str([(event.details, event.reason) for event in events])
    assert not SavedView.objects.exists()


def test_views_past_the_counted_ones_are_in_the_menu(officer: Any) -> None:
    for number in range(10):
        save(officer, f"View {number}")

    context = officer.get("/").context

    assert len(context["saved"]) == 8
    assert [view.name for view in context["more_saved"]] == ["View 8", "View 9"]


def test_a_view_saved_with_what_no_longer_exists_still_opens(officer: Any) -> None:
    save(officer)
    SavedView.objects.update(query={"state": ["GONE"], "provider": 7, "country": "NL", "columns": "x"})

    assert tabs(officer) == {"Dutch": "0"}
    assert officer.get("/queue/views/").status_code == 200


def test_a_name_of_a_view_has_no_invisible_characters(officer: Any) -> None:
    """Nor could PostgreSQL take a NUL."""
    save(officer, name="Dut\x00ch\u202e")

    assert SavedView.objects.get().name == "Dut ch"
