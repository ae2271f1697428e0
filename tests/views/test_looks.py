"""Looks at personal data, at logs and at reports: each leaves its event, and people find their own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import NOON, make_customer, make_draft
from tests.services.export_support import SENSITIVE, made
from tests.views.support import client_as, make_world
from verifications.enums import AccessAction
from verifications.models import AccessEvent, Customer
from verifications.selectors import looks, paging
from verifications.selectors.looks import LOOK_KINDS, lookers_of

pytestmark = pytest.mark.django_db

INES, TOMAS = "user:901", "user:902"


def look(
    customer: Customer | None = None,
    *,
    actor: str = INES,
    action: AccessAction = AccessAction.VALUE_REVEALED,
    minute: int = 0,
    **more: Any,
) -> AccessEvent:
    return AccessEvent.objects.create(
        action=action,
        at=NOON + dt.timedelta(minutes=minute),
        actor=actor,
        actor_name={INES: "Ines Roth", TOMAS: "Tomas Berg"}.get(actor, actor),
        customer_id=customer.public_id if customer else None,
        **more,
    )


def looks_page(client: Client, customer: Customer, **query: str) -> Any:
    return client.get(reverse("verifications:customer_looks", args=[customer.public_id]), query)


def shown(response: Any) -> list[int]:
    return [event.pk for event, _name in response.context["rows"]]


def test_every_kind_of_look_belongs_to_one_filter() -> None:
    listed = [action for _words, actions in LOOK_KINDS.values() for action in actions]

    assert sorted(listed) == sorted(AccessAction)


def test_people_find_their_own_looks_and_nobody_elses() -> None:
    officer = client_as("officer")
    me = f"user:{officer.user.pk}"  # type: ignore[attr-defined]
    zoe, other = make_customer(), make_customer()
    value = look(zoe, actor=me, purpose="REVIEW", field="phone", source="10.0.0.7")
    image = look(other, actor=me, action=AccessAction.PREVIEW_SERVED)
    searched = look(actor=me, action=AccessAction.SEARCHED)
    look(zoe, actor=TOMAS)

    page = officer.get("/me/looks/")

    assert shown(page) == [searched.pk, image.pk, value.pk]
    text = page.content.decode()
    assert "Reviewing the case" in text
    assert "10.0.0.7" in text
    assert "phone" in text
    assert zoe.display_name in text
    assert shown(officer.get("/me/looks/?kind=value")) == [value.pk]
    assert shown(officer.get("/me/looks/", {"customer": str(other.public_id)})) == [image.pk]
    assert shown(officer.get("/me/looks/?customer=zoe")) == []
    assert "No look matches" in officer.get("/me/looks/?customer=zoe").content.decode()


def test_own_looks_are_paged_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    officer = client_as("officer")
    made = [look(actor=f"user:{officer.user.pk}", minute=n).pk for n in range(5)]  # type: ignore[attr-defined]
    monkeypatch.setattr(paging.keyset_page, "__kwdefaults__", {"token": "", "size": 2})

    seen: list[int] = []
    token = ""
    for _page in range(3):
        page = officer.get("/me/looks/", {"after": token} if token else {})
        seen += shown(page)
        token = page.context["page"].next_token

    assert seen == made[::-1]
    assert token == ""


@pytest.mark.parametrize("role", ["officer", "administrator", "auditor"])
def test_the_own_looks_are_reached_from_the_settings_the_menu_and_the_reveal(role: str) -> None:
    client = client_as(role)
    customer = make_customer()

    settings, record = client.get("/me/").content.decode(), client.get(customer.get_absolute_url()).content.decode()

    assert settings.count('href="/me/looks/"') == 2
    assert record.count('href="/me/looks/"') > 2
    assert "Your looks are listed here." in record


def test_the_page_says_who_saw_the_customer_how_often_and_when_last() -> None:
    customer, other = make_customer(), make_customer()
    look(customer, minute=1)
    look(customer, minute=2, action=AccessAction.PREVIEW_SERVED)
    last = look(customer, minute=3, action=AccessAction.RECORD_EXPORTED)
    tomas = look(customer, actor=TOMAS, minute=9, field="email", purpose="AUDIT", source="10.0.0.9")
    look(other, minute=10)

    page = looks_page(client_as("auditor"), customer)

    people = page.context["found"].people
    assert [(one.actor_name, one.count, one.last_at) for one in people] == [
        ("Tomas Berg", 1, tomas.at),
        ("Ines Roth", 3, last.at),
    ]
    assert [(str(words), count) for words, count in people[1].kinds] == [
        ("Values revealed", 1),
        ("Images", 1),
        ("Exports", 1),
    ]
    assert len(page.context["rows"]) == 4
    assert [text for text in ("Tomas Berg", "email", "Audit", "10.0.0.9") if text not in page.content.decode()] == []


def test_looks_at_a_customer_are_filtered_by_person_and_kind() -> None:
    customer = make_customer()
    value, image = look(customer), look(customer, action=AccessAction.THUMBNAIL_SERVED)
    tomas = look(customer, actor=TOMAS)
    auditor = client_as("auditor")

    assert shown(looks_page(auditor, customer, person=TOMAS)) == [tomas.pk]
    assert shown(looks_page(auditor, customer, person=INES, kind="image")) == [image.pk]
    assert shown(looks_page(auditor, customer, kind="value")) == [tomas.pk, value.pk]
    assert shown(looks_page(auditor, customer, person="user:404")) == []


def test_asking_who_saw_a_customer_is_a_look_at_the_customer() -> None:
    customer = make_customer()
    auditor = client_as("auditor")

    looks_page(auditor, customer, person=INES, colour="Canary")

    event = AccessEvent.objects.get()
    assert (event.action, event.customer_id) == ("report.read", customer.public_id)
    assert event.details == {"report": "who saw this customer", "filters": ["person"]}
    assert [one.actor for one in lookers_of(customer).people] == [f"user:{auditor.user.pk}"]  # type: ignore[attr-defined]


def test_an_export_with_personal_data_is_a_look_at_each_customer_in_it(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    auditor = client_as("auditor")
    in_it, not_in_it = make_draft().customer, make_customer()
    made(auditor.user, kind="VERIFICATIONS")  # type: ignore[attr-defined]

    export = made(auditor.user, kind="VERIFICATIONS", **SENSITIVE)  # type: ignore[attr-defined]

    page = looks_page(auditor, in_it, kind="export")
    assert [event.action for event, _name in page.context["rows"]] == [AccessAction.RECORD_EXPORTED]
    assert str(export.public_id) in page.content.decode()
    assert shown(looks_page(auditor, not_in_it)) == []


def test_the_numbers_stay_bounded_however_long_the_log_is(monkeypatch: pytest.MonkeyPatch) -> None:
    customer = make_customer()
    for minute in range(4):
        look(customer, minute=minute)
    look(customer, actor=TOMAS, minute=5)
    monkeypatch.setattr(looks, "MOST_COUNTED", 3)
    monkeypatch.setattr(looks, "MOST_PEOPLE", 1)

    with CaptureQueriesContext(connection) as asked:
        found = lookers_of(customer)

    assert len(asked) == 3
    assert (found.counted, found.is_cut, found.more_people) == (3, True, 1)
    assert [(one.actor, one.count) for one in found.people] == [(TOMAS, 1)]
    assert "Counted are the newest" in looks_page(client_as("auditor"), customer).content.decode()


def test_the_customer_and_the_case_lead_auditors_to_who_saw_them_and_nobody_else() -> None:
    world = make_world()
    address = reverse("verifications:customer_looks", args=[world.customer.public_id])

    led = {
        role: [address in client_as(role).get(record.get_absolute_url()).content.decode() for record in records]
        for role in ("officer", "administrator", "auditor")
        for records in [(world.customer, world.case)]
    }

    assert led == {"officer": [False] * 2, "administrator": [False] * 2, "auditor": [True] * 2}


@pytest.mark.parametrize(("path", "name"), [("/audit/", "audit log"), ("/access/", "access log")])
def test_a_log_that_is_opened_says_so_in_the_access_log(path: str, name: str) -> None:
    customer = make_customer()
    auditor = client_as("auditor")

    auditor.get(path)
    auditor.get(path, {"actor": "Zoë Canary", "customer": str(customer.public_id), "after": "x"})

    first, second = AccessEvent.objects.filter(action="log.read").order_by("id")
    assert first.details == {"report": name, "filters": []}
    assert second.details == {"report": name, "filters": ["actor", "customer"], "page": "further"}
    assert (first.customer_id, second.customer_id) == (None, customer.public_id)
    assert first.actor == f"user:{auditor.user.pk}"  # type: ignore[attr-defined]


REPORTS = {
    "/overview/?period=30": ("overview", ["period"]),
    "/overview/cases/opened/": ("overview: cases", []),
    "/overview/checks/submitted/?provider=KRAKEN_EMBED": ("overview: checks", ["provider"]),
    "/decisions/?person=7&reason=x": ("decisions", ["person", "reason"]),
    "/policy/replay/?new=1": ("policy replay", ["new"]),
}


@pytest.mark.parametrize("path", REPORTS)
def test_a_report_leaves_its_event(path: str) -> None:
    officer = client_as("officer")

    officer.get(path)
    officer.get(path, headers={"HX-Request": "true"})

    name, filters = REPORTS[path]
    events = AccessEvent.objects.filter(action="report.read")
    assert [event.details for event in events] == [{"report": name, "filters": filters}] * 2


@pytest.mark.parametrize("path", ["/audit/", "/access/", *REPORTS])
def test_a_report_that_can_not_be_recorded_is_not_given(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_row: Any) -> None:
        raise RuntimeError("the log is full")

    auditor = client_as("auditor", raise_request_exception=False)
    monkeypatch.setattr(AccessEvent.objects, "create", refuse)

    assert auditor.get(path).status_code == 500


def test_the_second_look_of_a_day_counts_like_the_first() -> None:
    officer = client_as("officer")
    world = make_world()
    reveal = reverse("verifications:value_reveal", args=["customer", world.customer.public_id, "email"])
    paths = [
        reverse(f"verifications:document_{kind}", args=[world.document.public_id, *page])
        for kind, page in (("preview", [1]), ("thumbnail", [1]), ("original", []))
    ]

    for _time in range(2):
        officer.post(reveal, {"purpose": "REVIEW"})
        officer.get(world.case.get_absolute_url())
        for path in paths:
            b"".join(officer.get(path))

    seen = AccessEvent.objects.filter(customer_id=world.customer.public_id).values_list("action", flat=True)
    assert sorted(seen) == sorted(
        2
        * [
            "value.revealed",
            "case.read",
            "document.preview_served",
            "document.thumbnail_served",
            "document.original_served",
        ]
    )


def test_a_part_of_a_case_asked_for_without_its_page_is_a_look() -> None:
    officer, other = client_as("officer"), client_as("officer")
    case = make_world().case
    timeline = reverse("verifications:case_timeline", args=[case.public_id])

    officer.get(case.get_absolute_url())
    officer.get(case.get_absolute_url(), headers={"HX-Request": "true"})
    officer.get(timeline)
    opened = AccessEvent.objects.count()
    other.get(timeline)
    other.get(case.get_absolute_url(), headers={"HX-Request": "true"})

    assert opened == 1
    part = AccessEvent.objects.latest("id")
    assert AccessEvent.objects.count() == 2
    assert (part.action, part.details) == ("case.read", {"number": case.number, "part": "kept open"})


def test_a_form_that_shows_values_is_a_look_at_each_of_them() -> None:
    draft = make_draft()
    client = client_as("administrator")

    client.get(reverse("verifications:verification_edit", args=[draft.public_id]))

    events = AccessEvent.objects.filter(action="value.revealed")
    assert {event.purpose for event in events} == {"DATA_ENTRY"}
    assert "document_number" in {event.field for event in events}
