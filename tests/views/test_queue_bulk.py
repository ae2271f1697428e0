"""Many cases at once: shown before, told after, never decided; and the file of a list."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_account, make_draft, make_provider_user, make_user
from tests.views.queue_support import make_case
from tests.views.support import client_as, routes
from verifications.enums import AuditAction
from verifications.exporting.formulas import guarded
from verifications.models import AuditEvent, Case, Decision, PersonSettings
from verifications.policy.roles import OFFICER
from verifications.views.bulk import ACTIONS

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def officer() -> Any:
    return client_as("officer")


@pytest.fixture
def mira() -> Any:
    return make_user(OFFICER, first_name="Mira", last_name="Sol")


def begin(client: Any, cases: list[Case], action: str = "assign", **more: str) -> str:
    answer = client.post("/queue/bulk/", {"action": action, "case": [case.public_id for case in cases], **more})
    assert answer.status_code == 302
    return str(answer.url)


def test_the_preview_says_for_each_case_what_would_happen(officer: Any, mira: Any) -> None:
    now = timezone.now()
    other = make_user(OFFICER, first_name="Jonas", last_name="Alm")
    free, closed = make_case(), make_case(state="CLOSED", closed_at=now)
    hers, taken = make_case(owner=mira), make_case(owner=other)
    worked_on = make_case(claimed_by=other, claimed_at=now, claim_ends_at=now + HOUR)
    made = make_case()
    draft = make_draft(make_provider_user(made.customer, make_account()), with_front=False)
    draft.case, draft.created_by = made, f"user:{mira.pk}"
    draft.save()
    run = begin(officer, [free, closed, hers, taken, worked_on, made])

    preview = officer.get(run, {"person": mira.pk}).context["preview"]

    found = {row.case.pk: (row.will, row.words) for row in preview.rows}
    assert found == {
        free.pk: (True, "Nobody has it."),
        closed.pk: (False, "It is closed."),
        hers.pk: (False, "Nothing to do: it is so already."),
        taken.pk: (True, "Is taken from Jonas Alm."),
        worked_on.pk: (True, "Jonas Alm works on it right now and loses it."),
        made.pk: (False, "It would be their own: they entered or submitted it."),
    }
    assert preview.needs_reason
    assert not AuditEvent.objects.filter(action=AuditAction.CASE_ASSIGNED).exists()


def test_the_result_is_told_row_by_row_with_one_event_each(officer: Any, mira: Any) -> None:
    free, also_free = make_case(), make_case()
    closed = make_case(state="CLOSED", closed_at=timezone.now())
    run = begin(officer, [free, closed, also_free])

    answer = officer.post(run, {"person": mira.pk}, follow=True)

    assert {row["number"]: row["ok"] for row in answer.context["results"]} == {
        free.number: True,
        closed.number: False,
        also_free.number: True,
    }
    assert "This case is closed" in answer.content.decode()
    assert AuditEvent.objects.filter(action=AuditAction.CASE_ASSIGNED).count() == 2


def test_looking_at_the_result_again_or_sending_it_again_repeats_nothing(officer: Any, mira: Any) -> None:
    case = make_case()
    run = begin(officer, [case])
    officer.post(run, {"person": mira.pk})
    before = AuditEvent.objects.count()

    officer.get(run)
    again = officer.post(run, {"person": "nobody", "reason": "Given back after all."}, follow=True)

    case.refresh_from_db()
    assert case.owner == mira
    assert AuditEvent.objects.count() == before
    assert [row["ok"] for row in again.context["results"]] == [True]


def test_an_interrupted_run_goes_on_with_the_others(officer: Any, mira: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from verifications.views import bulk

    cases = [make_case() for _number in range(4)]
    run = begin(officer, cases)
    monkeypatch.setattr(bulk, "PIECE", 2)
    real, calls = bulk.assign_cases, []

    def stops(**arguments: Any) -> Any:
        calls.append(arguments["case_ids"])
        if len(calls) == 2:
            raise ConnectionError
        return real(**arguments)

    monkeypatch.setattr(bulk, "assign_cases", stops)
    with pytest.raises(ConnectionError):
        officer.post(run, {"person": mira.pk})
    assert "interrupted after 2 of 4" in officer.get(run).content.decode()
    answer = officer.post(run, {"person": mira.pk}, follow=True)

    assert [row["ok"] for row in answer.context["results"]] == [True] * 4
    assert Case.objects.filter(owner=mira).count() == 4
    assert AuditEvent.objects.filter(action=AuditAction.CASE_ASSIGNED).count() == 4


def test_taking_cases_from_somebody_needs_a_reason(officer: Any, mira: Any) -> None:
    case = make_case(owner=officer.user)
    run = begin(officer, [case])

    refused = officer.post(run, {"person": mira.pk, "reason": " "})
    assert refused.status_code == 422
    assert "say why" in refused.content.decode()
    officer.post(run, {"person": mira.pk, "reason": "On holiday from tomorrow."})

    case.refresh_from_db()
    assert case.owner == mira


def test_who_is_away_cannot_be_chosen(officer: Any, mira: Any) -> None:
    today = timezone.localdate()
    PersonSettings.objects.create(person=mira, absent_from=today, absent_until=today)
    run = begin(officer, [make_case()])

    people = officer.get(run).context["people"]

    assert [bool(one.refusal) for one in people if one.name == "Mira Sol"] == [True]


def test_priorities_are_set_and_what_has_it_already_is_left(officer: Any) -> None:
    urgent, normal = make_case(priority=1), make_case()
    run = begin(officer, [urgent, normal], action="priority")

    preview = officer.get(run, {"priority": "1"}).context["preview"]
    officer.post(run, {"priority": "1"})

    assert {row.case.pk: row.will for row in preview.rows} == {urgent.pk: False, normal.pk: True}
    assert set(Case.objects.values_list("priority", flat=True)) == {1}
    assert AuditEvent.objects.filter(action=AuditAction.CASE_PRIORITISED).count() == 1


def test_all_that_match_are_chosen_across_pages_up_to_the_cap(officer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from verifications.views import bulk

    monkeypatch.setattr(bulk, "MOST_CASES", 3)
    for _number in range(4):
        make_case(country="NL")
    make_case()

    run = begin(officer, [], all="1", query="country=NL")
    page = officer.get(run)

    assert page.context["count"] == 3
    assert page.context["is_cut"]
    assert {row.case.country for row in page.context["preview"].rows} == {"NL"}


def test_nothing_chosen_or_an_unknown_action_leads_back_with_words(officer: Any) -> None:
    case = make_case()

    nothing = officer.post("/queue/bulk/", {"action": "assign", "query": "risk=HIGH"}, follow=True)
    unknown = officer.post("/queue/bulk/", {"action": "approve", "case": case.public_id}, follow=True)

    assert nothing.redirect_chain[-1][0] == "/?risk=HIGH"
    assert "No case is chosen" in nothing.content.decode()
    assert "Choose cases" in unknown.content.decode()


def test_no_action_on_many_cases_decides_anything(officer: Any, mira: Any) -> None:
    cases = [make_case() for _number in range(2)]

    for action in ACTIONS:
        run = begin(officer, cases, action=action)
        officer.post(run, {"person": mira.pk, "priority": "1", "outcome": "APPROVE", "reason": "identity_confirmed"})

    assert set(ACTIONS) == {"assign", "priority", "export"}
    assert not Decision.objects.exists()
    assert set(Case.objects.values_list("state", flat=True)) == {"NEEDS_DECISION"}
    deciding = [pattern for name, pattern in routes() if "decide" in pattern or "approve" in pattern]
    assert [pattern for pattern in deciding if "<uuid:public_id>" not in pattern] == []


def test_administrators_and_auditors_may_take_a_file_but_change_nothing() -> None:
    case = make_case()
    for role in ("administrator", "auditor"):
        client = client_as(role)

        assert client.post("/queue/bulk/", {"action": "assign", "case": case.public_id}).status_code == 403
        assert client.post(begin(client, [case], action="export")).status_code == 200


def test_a_file_is_guarded_against_formulas_and_told_in_the_log(officer: Any) -> None:
    case = make_case(reference="=cmd|'/C calc'!A0", first_name="Marta", last_name="Kowalczyk", country="PL")
    run = begin(officer, [case], action="export")

    response = officer.post(run)

    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response.headers["Content-Disposition"] == 'attachment; filename="cases.csv"'
    assert [row["customer_reference"] for row in rows] == ["'=cmd|'/C calc'!A0"]
    assert rows[0]["country"] == "PL"
    assert "Kowalczyk" not in response.content.decode()
    assert case.customer.last_name == "Kowalczyk"
    event = AuditEvent.objects.get(action=AuditAction.LIST_EXPORTED)
    assert event.details == {
        "list": "cases",
        "format": "csv",
        "count": 1,
        "sha256": hashlib.sha256(response.content).hexdigest(),
    }


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1"])
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


def test_other_cells_stay_as_they_are() -> None:
    assert [guarded(cell) for cell in ("a=b", None, 3, "Ōe")] == ["a=b", "", "3", "Ōe"]


def test_a_run_of_another_person_is_not_known(officer: Any) -> None:
    run = begin(officer, [make_case()])

    answer = client_as("officer").get(run)

    assert answer.url == "/?"


def test_one_case_is_given_to_somebody_with_the_suggested_one_first(officer: Any, mira: Any) -> None:
    for _number in range(2):
        make_case(owner=officer.user)
    case = make_case()
    path = reverse("verifications:case_assign", args=[case.public_id])

    page = officer.get(path)
    people = page.context["assign"].people
    answer = officer.post(path, {"person": people[0].pk, "version": case.version})

    case.refresh_from_db()
    assert (people[0].name, people[0].is_suggested, people[0].room) == ("Mira Sol", True, 20)
    assert answer.url == case.get_absolute_url()
    assert case.owner == mira


def test_a_case_is_taken_from_somebody_with_a_reason_only(officer: Any, mira: Any) -> None:
    case = make_case(owner=officer.user)
    path = reverse("verifications:case_assign", args=[case.public_id])

    refused = officer.post(path, {"person": mira.pk})
    stale = officer.post(path, {"person": mira.pk, "reason": "On holiday from now.", "version": case.version + 1})
    done = officer.post(path, {"person": mira.pk, "reason": "On holiday from now.", "version": case.version})

    assert (refused.status_code, stale.status_code, done.status_code) == (422, 422, 302)
    assert "On holiday from now." in stale.content.decode()


def test_the_priority_of_one_case_is_changed(officer: Any) -> None:
    case = make_case()

    officer.post(reverse("verifications:case_priority", args=[case.public_id]), {"priority": "2"})

    case.refresh_from_db()
    assert case.priority == 2
