"""Control evidence: each number counts exactly the records of the list it opens, and both are looked at on record."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_customer, make_user
from tests.views.audit_records import access_for
from tests.views.decision_records import answered, decided, waiting_decision
from tests.views.support import client_as
from verifications.enums import AccessAction, AuditAction, ExportKind, LogKind
from verifications.models import AccessEvent, AuditEvent, Case, Customer, Decision, Export, LogAnchor, LogCheck
from verifications.policy.roles import AUDITOR, OFFICER
from verifications.selectors.control_evidence import CONTROLS, DECIDED_WITHIN, one_person_decisions
from verifications.selectors.periods import period_of
from verifications.services.audit import record_access, record_event
from verifications.services.decision_reviews import approve_decision
from verifications.services.policies import change_policy, current_policy

pytestmark = pytest.mark.django_db
PAGE = "/audit-room/controls/"
DAY = dt.timedelta(days=1)


def figures(client: Client, query: str = "") -> dict[str, Any]:
    return {figure.what: figure for figure in client.get(PAGE + query).context["figures"]}


def revealed(customer: Customer, person: Any, at: dt.datetime, *, purpose: str = "REVIEW") -> AccessEvent:
    with transaction.atomic():
        return record_access(
            action=AccessAction.VALUE_REVEALED,
            actor=f"user:{person.pk}",
            subject=customer,
            at=at,
            purpose=purpose,
            field="phone",
        )


def everything(person: Any) -> None:
    """One record or more of each control, all of them of this person where they are anybody's."""
    now = timezone.now()
    late = answered()
    Case.objects.filter(pk=late.pk).update(breached_at=now, owner=person)
    decided(answered(), person)
    ask_two_for_every_approval()
    revealed(make_customer(), person, now - DECIDED_WITHIN - DAY)
    Export.objects.create(kind=ExportKind.CASES, format="CSV", requested_by=person, requested_at=now)
    with transaction.atomic():
        actor = f"user:{person.pk}"
        record_access(action=AccessAction.ORIGINAL_SERVED, actor=actor, subject=None, at=now)
        record_event(action=AuditAction.SIGN_IN_FAILED, actor="anonymous", subject=None, at=now)
        record_event(action=AuditAction.USER_CHANGED, actor=actor, subject=person, at=now)
        record_event(action=AuditAction.USER_CREATED, actor="system:setup", subject=person, at=now)
    checked(now, is_sound=False)
    checked(now, is_sound=True)
    for problem in ("", "The folder is full."):
        LogAnchor.objects.create(
            log=LogKind.AUDIT, number=1, total=1, digest="0" * 64, place="FILE", at=now, problem=problem
        )


def checked(at: dt.datetime, *, is_sound: bool) -> None:
    LogCheck.objects.create(
        log=LogKind.AUDIT,
        started_at=at,
        finished_at=at,
        entries=9,
        seals=1,
        unsealed=0,
        is_sound=is_sound,
        findings=[] if is_sound else [{"kind": "event_altered", "what": "Event 4 was altered.", "todo": "Compare."}],
        actor="system:schedule",
    )


def ask_two_for_every_approval() -> None:
    """The policy from now on, if it is not yet."""
    version, _policy = current_policy()
    rule = {"id": "every-one", "label": "Every one", "when": {"outcomes": ["APPROVE"]}, "then": {"second": True}}
    if rule not in version.rules["rules"]:
        changed = version.rules | {"rules": [*version.rules["rules"], rule]}
        note = "Two people for each approval."
        change_policy(rules=changed, note=note, based_on=version.number, actor="user:0", at=timezone.now())


def test_each_number_counts_the_lines_of_its_list() -> None:
    person = make_user(OFFICER, first_name="Ines", last_name="Costa")
    everything(person)
    client = client_as("auditor")

    found = figures(client)

    assert set(found) == set(CONTROLS)
    for what, figure in found.items():
        lines = client.get(figure.url).context
        assert (what, figure.count) == (what, len(lines["lines"]))
        assert lines["count"] == figure.count
        assert figure.count >= 1, what
        for name, count, url in figure.people:
            assert len(client.get(url).context["lines"]) == count, (what, name)
        assert sum(count for _name, count, _url in figure.people) in {0, figure.count}
    assert [name for name, _count, _url in found["late-cases"].people] == ["Ines Costa"]
    assert [(name, count) for name, count, _url in found["rights"].people] == [("First start", 1), ("Ines Costa", 1)]
    assert (found["failed-checks"].count, found["failed-anchors"].count) == (1, 1)
    assert [line.what for line in client.get(found["failed-checks"].url).context["lines"]] == ["Event 4 was altered."]


def test_what_lies_outside_the_period_is_not_counted() -> None:
    everything(make_user(OFFICER))

    found = figures(client_as("auditor"), "?from=2020-01-01&until=2020-12-31")

    assert {figure.count for figure in found.values()} == {0}


def test_four_eyes_counts_what_needed_a_second_person_and_had_one() -> None:
    waiting_decision()
    staged = waiting_decision()
    approve_decision(decision_id=staged.pk, person=make_user(OFFICER), at=timezone.now())
    decided(answered(), make_user(OFFICER))
    client = client_as("auditor")

    context = client.get(PAGE).context

    counts = [count for _label, _words, count, _url in context["four_eyes"]]
    assert counts == [2, 1, 1, 0]
    assert context["coverage"].startswith("100")
    for _label, _words, count, url in context["four_eyes"]:
        assert client.get(url).context["count"] == count


def test_decisions_by_one_person_are_held_against_the_policy_in_force() -> None:
    person = make_user(OFFICER)
    approved, declined = decided(answered(), person), decided(answered(), person, "DECLINE")
    period = period_of("30", timezone.now())
    before = one_person_decisions(period)

    ask_two_for_every_approval()

    assert before == ([], False)
    assert one_person_decisions(period) == ([approved.pk], False)
    assert Decision.objects.get(pk=declined.pk).needs_second is False


def test_decisions_above_the_bound_are_not_asked_about_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for _number in range(2):
        decided(answered(), make_user(OFFICER))
    ask_two_for_every_approval()
    monkeypatch.setattr("verifications.selectors.control_evidence.MOST_REPLAYED", 1)

    page = client_as("auditor").get(PAGE)

    assert next(one for one in page.context["figures"] if one.what == "one-person").count == 1
    assert "Only the newest" in page.content.decode()


def test_a_reveal_counts_once_its_time_is_over_and_nobody_decided() -> None:
    person, now = make_user(OFFICER), timezone.now()
    long_ago = now - DECIDED_WITHIN - DAY
    counted = revealed(make_customer(), person, long_ago)
    revealed(make_customer(), person, now - DAY)
    revealed(make_customer(), person, long_ago, purpose="AUDIT")
    case = answered()
    revealed(case.customer, person, now - DECIDED_WITHIN + DAY / 2)
    revealed(case.customer, person, long_ago)
    decided(case, person)
    client = client_as("auditor")

    found = figures(client)["reveals"]

    rows = client.get(found.url).context["page"].rows
    assert [row.customer_id for row in rows] == [case.customer.public_id, counted.customer_id]
    assert [count for _name, count, _url in found.people] == [2]


def test_a_decision_within_the_time_settles_a_reveal() -> None:
    person, now = make_user(OFFICER), timezone.now()
    case = answered()
    decision = decided(case, person)
    revealed(case.customer, person, decision.made_at - DAY)
    revealed(case.customer, person, decision.made_at + DAY)
    later = now + DECIDED_WITHIN + 2 * DAY

    rows = CONTROLS["reveals"].rows(period_of("30", later), later)

    assert [row.at for row in rows] == [decision.made_at + DAY]


def test_access_of_auditors_is_among_the_rights_that_changed() -> None:
    access_for(make_user(AUDITOR))

    assert figures(client_as("auditor"))["rights"].count == 1


def test_page_and_lists_are_on_record_as_read() -> None:
    client = client_as("auditor")

    client.get(PAGE)
    client.get(f"{PAGE}exports/?from=2026-01-01&until=2026-01-31")

    read = AccessEvent.objects.filter(action=AccessAction.REPORT_READ).order_by("pk")
    assert [event.details["report"] for event in read] == ["controls", "controls: exports"]
    assert read[1].details["from"] == "2026-01-01"
    assert {event.actor for event in read} == {f"user:{client.user.pk}"}  # type: ignore[attr-defined]


def test_the_file_holds_the_numbers_of_the_page_and_leaves_its_event() -> None:
    everything(make_user(OFFICER, first_name="=cmd", last_name="Costa"))
    client = client_as("auditor")
    shown = figures(client)

    answer = client.post(f"{PAGE}csv/", {"period": "30"})

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    totals = {row["control"]: int(row["count"]) for row in rows if row["definition"]}
    assert {figure.title: figure.count for figure in shown.values()}.items() <= totals.items()
    assert {row["person"] for row in rows if row["person"]} == {"'=cmd Costa", "First start"}
    assert AuditEvent.objects.filter(action=AuditAction.LIST_EXPORTED, details__list="controls").count() == 1


@pytest.mark.parametrize("query", ["person=x", "person=-1", f"person={'9' * 30}", "person=none", "after=broken"])
def test_a_list_bears_whatever_stands_in_its_address(query: str) -> None:
    client = client_as("auditor")

    for what in CONTROLS:
        assert client.get(f"{PAGE}{what}/?{query}").status_code == 200


def test_a_list_that_is_none_is_not_there() -> None:
    assert client_as("auditor").get(f"{PAGE}made-up/").status_code == 404


def test_nobody_owns_a_late_case_is_a_list_of_its_own() -> None:
    case = answered()
    Case.objects.filter(pk=case.pk).update(breached_at=timezone.now(), owner=None)
    client = client_as("auditor")

    (person,) = figures(client)["late-cases"].people

    assert person[:2] == ("nobody", 1)
    assert client.get(person[2]).context["lines"][0].record == case.number


def test_the_page_costs_the_same_for_few_and_many() -> None:
    client = client_as("auditor")
    everything(make_user(OFFICER))
    few = _queries(client)

    for _number in range(4):
        everything(make_user(OFFICER))
    many = _queries(client)

    assert many == few
    assert few["controls"] <= 40


def _queries(client: Client) -> dict[str, int]:
    """Of the page and of each list."""
    found = {}
    for name, path in {"controls": PAGE, **{what: f"{PAGE}{what}/" for what in CONTROLS}}.items():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        found[name] = len(captured)
    return found


def test_every_figure_says_what_it_counts() -> None:
    page = client_as("auditor").get(PAGE).content.decode()

    assert all(str(control.words)[:40] in page for control in CONTROLS.values())
    assert not re.search(r"style=|onclick=", page)
    assert reverse("verifications:control_file") in page
