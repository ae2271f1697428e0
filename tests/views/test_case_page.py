"""The case page: one look is one event, the timeline keeps order and kinds, and others see who works on a case."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import ACTOR, NOON, make_customer, make_user
from tests.views.support import client_as
from verifications.enums import AccessAction, AuditAction
from verifications.models import AccessEvent, AuditEvent, Case, CasePresence
from verifications.policy.roles import OFFICER
from verifications.selectors import case_timeline as timelines
from verifications.selectors.case_page import case_page
from verifications.selectors.case_timeline import case_timeline
from verifications.services.cases import open_case_for

pytestmark = pytest.mark.django_db


def opened() -> Case:
    return open_case_for(customer=make_customer(), actor=ACTOR, at=NOON)


def officer(name: str = "") -> tuple[Any, Client]:
    user = make_user(OFFICER, first_name=name or "Ines", last_name="Roth")
    client = Client()
    client.force_login(user)
    return user, client


def beat(client: Client, case: Case, **more: str) -> Any:
    return client.post(reverse("verifications:case_presence", args=[case.public_id]), more)


def event(case: Case, action: str, minute: int, **more: Any) -> AuditEvent:
    return AuditEvent.objects.create(
        action=action,
        at=NOON + dt.timedelta(minutes=minute),
        actor="user:1",
        actor_name="Ines Roth",
        subject_type="Case",
        subject_id=str(case.public_id),
        customer_id=case.customer.public_id,
        **more,
    )


def look(case: Case, minute: float, action: str = AccessAction.PREVIEW_SERVED, name: str = "Ines Roth") -> AccessEvent:
    return AccessEvent.objects.create(
        action=action,
        at=NOON + dt.timedelta(minutes=minute),
        actor="user:1",
        actor_name=name,
        customer_id=case.customer.public_id,
    )


@pytest.mark.parametrize("role", ["officer", "auditor", "administrator"])
def test_opening_a_case_is_one_look_and_refreshing_it_is_none(role: str) -> None:
    case, client = opened(), client_as(role)

    client.get(case.get_absolute_url())
    client.get(case.get_absolute_url(), headers={"HX-Request": "true"})

    [look] = AccessEvent.objects.filter(action=AccessAction.CASE_READ)
    assert (look.subject_id, look.customer_id) == (str(case.public_id), case.customer.public_id)


@pytest.mark.parametrize(("state", "goes_on"), [("SENDING", True), ("WITH_PROVIDER", True), ("NEEDS_DECISION", False)])
def test_a_page_that_says_under_way_looks_again_even_if_its_checks_have_ended_meanwhile(
    state: str, goes_on: bool
) -> None:
    case = opened()
    case.state = state  # as it was read, a moment before its checks

    assert case_page(case).is_moving is goes_on


def test_a_case_that_cannot_be_logged_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    case, client = opened(), client_as("officer")

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the log is unwritable")

    monkeypatch.setattr(AccessEvent.objects, "create", refuse)
    client.raise_request_exception = False

    assert client.get(case.get_absolute_url()).status_code == 500


def test_the_timeline_merges_both_logs_by_time_and_draws_looks_together() -> None:
    case = opened()
    event(case, AuditAction.NOTE_ADDED, 10)
    for minute in (11, 12, 13):
        look(case, minute)
    event(case, AuditAction.DECISION_MADE, 20, details={"outcome": "APPROVE"})
    look(case, 40)

    told = [(line.what, line.more) for line in case_timeline(case.customer).lines]

    assert told[:4] == [
        ("Image shown", ""),
        ("Decision made", "Approve"),
        ("3 images shown", ""),
        ("Note added", ""),
    ]
    assert told[-1][0] == "Customer created"


def test_looks_of_two_people_or_far_apart_stay_apart() -> None:
    case = opened()
    look(case, 1)
    look(case, 2, name="Miriam Keller")
    look(case, 3)
    look(case, 30)

    counts = [line.count for line in case_timeline(case.customer, kind="looks").lines]

    assert counts == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("decisions", {"Decision made"}),
        ("notes", {"Note added"}),
        ("documents", {"Document uploaded"}),
        ("provider", {"Verification submitted"}),
        ("looks", {"Image shown"}),
        ("work", {"Case assigned", "Case opened", "Customer created"}),
    ],
)
def test_the_timeline_shows_one_kind(kind: str, wanted: set[str]) -> None:
    case = opened()
    event(case, AuditAction.DECISION_MADE, 1)
    event(case, AuditAction.NOTE_ADDED, 2)
    event(case, AuditAction.DOCUMENT_UPLOADED, 3, details={"slot": "front", "sha256": "a" * 64})
    event(case, AuditAction.VERIFICATION_SUBMITTED, 4)
    event(case, AuditAction.CASE_ASSIGNED, 5)
    look(case, 6)

    assert {line.what for line in case_timeline(case.customer, kind=kind).lines} == wanted


@pytest.mark.parametrize("ahead", [5, 7, 120])
def test_older_lines_follow_without_skipping_or_repeating(ahead: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timelines, "LINES", 4)
    monkeypatch.setattr(timelines, "READ_AHEAD", ahead)
    case = opened()
    for minute in range(1, 24):
        event(case, AuditAction.NOTE_ADDED, minute)
        look(case, minute + 0.5, name=f"Person {minute}")

    seen: list[dt.datetime] = []
    token, pages = "", 0
    while pages == 0 or token:
        page = case_timeline(case.customer, token=token)
        seen += [line.at for line in page.lines]
        token, pages = page.older, pages + 1

    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen[:46])) + 2  # the customer and the case came at the same moment


def test_a_broken_token_or_kind_shows_everything() -> None:
    case, client = opened(), client_as("auditor")

    response = client.get(case.get_absolute_url(), {"kind": "nonsense", "older": "x" * 40})

    assert response.status_code == 200
    assert response.context["timeline"].kind == ""
    assert response.context["timeline"].lines


def test_the_timelines_kind_is_a_part_for_scripts_and_a_page_without() -> None:
    case, client = opened(), client_as("auditor")

    part = client.get(reverse("verifications:case_timeline", args=[case.public_id]), {"kind": "work"})
    page = client.get(case.get_absolute_url(), {"kind": "work"})

    assert part.content.decode().lstrip().startswith("<section")
    assert 'aria-current="true">Case and people' in re.sub(r"\s+", " ", page.content.decode())


def test_opening_to_work_claims_the_case_and_a_second_person_sees_who_works() -> None:
    case = opened()
    ines, first = officer("Ines")
    _miriam, second = officer("Miriam")

    beat(first, case, opened="1")
    answer = beat(second, case, opened="1")

    case.refresh_from_db()
    assert case.claimed_by == ines
    assert "Ines Roth is working on this case" in answer.content.decode()
    assert "Also looking:" in answer.content.decode()


def test_looking_alone_claims_nothing() -> None:
    case, auditor = opened(), client_as("auditor")
    _ines, client = officer()

    client.get(case.get_absolute_url())
    beat(auditor, case, opened="1")

    case.refresh_from_db()
    assert case.claimed_by is None
    assert not CasePresence.objects.exists()


def test_a_case_is_taken_over_with_a_reason_only() -> None:
    case = opened()
    _ines, first = officer("Ines")
    miriam, second = officer("Miriam")
    beat(first, case, opened="1")
    url = reverse("verifications:case_claim", args=[case.public_id])

    refused = second.post(url, follow=True)
    second.post(url, {"reason": "Ines is ill today"})

    assert "is working on this case" in refused.content.decode()
    case.refresh_from_db()
    assert case.claimed_by == miriam
    claimed = AuditEvent.objects.filter(action=AuditAction.CASE_CLAIMED).order_by("id").last()
    assert claimed is not None
    assert claimed.reason == "Ines is ill today"


def test_giving_back_frees_the_case() -> None:
    case = opened()
    _ines, client = officer()
    beat(client, case, opened="1")

    client.post(reverse("verifications:case_release", args=[case.public_id]))

    case.refresh_from_db()
    assert not case.claim_holds(timezone.now())


def test_a_page_drawn_before_a_change_is_told_so() -> None:
    case = opened()
    _ines, client = officer()

    same = beat(client, case, version=f"{case.version}.{case.state}")
    Case.objects.filter(pk=case.pk).update(version=case.version + 1)
    changed = beat(client, case, version=f"{case.version}.{case.state}")

    assert "changed since you opened it" not in same.content.decode()
    assert "changed since you opened it" in changed.content.decode()


def test_the_case_page_leads_back_to_the_queue_as_it_was_left() -> None:
    cases = [opened() for _number in range(3)]
    client = client_as("officer")
    client.get("/", {"view": "unassigned"})

    response = client.get(cases[1].get_absolute_url())

    near = response.context["neighbours"]
    assert near.queue == "/?view=unassigned"
    assert (near.previous, near.next) == (cases[0].get_absolute_url(), cases[2].get_absolute_url())
