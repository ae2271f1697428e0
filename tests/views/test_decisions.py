"""Deciding through the pages: what is shown before, what is refused and how, and that nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from tests import silent_writes
from tests.factories import make_user
from tests.services.decision_support import REASONS, again
from tests.views.decision_records import answered, decided, waiting_decision
from tests.views.support import client_as
from verifications.models import AuditEvent, Case, Decision, DecisionReason, DecisionReview
from verifications.policy.roles import OFFICER
from verifications.selectors.evidence import evidence_of
from verifications.selectors.evidence_seen import seen_token
from verifications.views import case_page as case_page_view

pytestmark = pytest.mark.django_db

TYPED = "Typed with care, and not to be lost."


@pytest.fixture
def officer() -> Client:
    return client_as("officer")


def decide_path(case: Case) -> str:
    return reverse("verifications:case_decide", args=[case.public_id])


def entered(client: Any, case: Case, outcome: str = "APPROVE", **changes: str) -> dict[str, str]:
    """The form as the browser would send it back."""
    token = seen_token(case, client.user, evidence_of(again(case)))
    return {"outcome": outcome, "reason": REASONS.get(outcome, ""), "rationale": TYPED, "seen": token} | changes


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_a_decision_closes_the_case_and_leads_back_to_it(officer: Client) -> None:
    case = answered()

    response = officer.post(decide_path(case), entered(officer, case))

    assert (response.status_code, response.headers["Location"]) == (302, case.get_absolute_url())
    assert said(response) == ["Approved. The case is closed."]
    assert again(case).outcome == "APPROVE"


def test_a_gated_decision_says_that_it_waits(officer: Client) -> None:
    case = answered("DENY")

    response = officer.post(decide_path(case), entered(officer, case))

    assert "second person" in said(response)[0]
    assert again(case).staged_decision is not None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"reason": ""}, "Choose a reason."),
        ({"reason": "identity-not-confirmed"}, "Choose a reason that belongs to this outcome."),
        ({"rationale": "short"}, "Say in a few words why; auditors read it."),
        ({"outcome": "ASK_FOR_MORE"}, "not one of the available choices"),
        ({"outcome": ""}, "Choose what you decide."),
    ],
)
def test_what_is_missing_is_said_at_the_field_and_what_was_typed_stays(
    officer: Client, changes: dict[str, str], problem: str
) -> None:
    case = answered()
    form = entered(officer, case) | changes

    response = officer.post(decide_path(case), form)

    page = response.content.decode()
    assert response.status_code == 422
    assert problem in page
    assert form["rationale"] in page
    assert not Decision.objects.exists()


def test_htmx_gets_the_panel_alone(officer: Client) -> None:
    case = answered()

    response = officer.post(decide_path(case), entered(officer, case, reason=""), headers={"HX-Request": "true"})

    assert response.status_code == 422
    assert "<html" not in response.content.decode()


def test_changed_evidence_is_a_409_that_names_it_and_keeps_what_was_typed(officer: Client) -> None:
    case = answered()
    form = entered(officer, case)
    case.verifications.update(nationality="FR")

    response = officer.post(decide_path(case), form)

    page = response.content.decode()
    assert response.status_code == 409
    assert "Kraken Embed, passport: nationality: new" in page
    assert TYPED in page
    assert not Decision.objects.exists()


def test_what_is_sent_from_the_conflict_page_goes_by_what_stands_there_now(officer: Client) -> None:
    case = answered()
    form = entered(officer, case)
    case.verifications.update(nationality="FR")

    conflict = officer.post(decide_path(case), form)
    response = officer.post(decide_path(case), form | {"seen": conflict.context["decision_panel"].seen})

    assert response.status_code == 302
    assert again(case).outcome == "APPROVE"


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_form_sent_back_for_a_missing_word_still_goes_by_what_was_on_screen(
    officer: Client, headers: dict[str, str]
) -> None:
    """Filling in what was missing decides nothing about evidence that came meanwhile and was not seen."""
    case = answered()
    form = entered(officer, case)
    case.verifications.update(nationality="FR")

    refused = officer.post(decide_path(case), form | {"rationale": ""}, headers=headers)
    response = officer.post(decide_path(case), form | {"seen": refused.context["decision_panel"].seen})

    assert (refused.status_code, response.status_code) == (422, 409)
    assert not Decision.objects.exists()


def test_what_changes_while_the_page_is_put_together_is_not_decided_on(
    officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form's token is made before the values are read: it may be older than what is shown, never newer."""
    case = answered()
    read = case_page_view.case_page

    def read_then_changed(case: Case) -> Any:
        page = read(case)
        with silent_writes.by_the_test():
            case.verifications.update(nationality="FR")
        return page

    monkeypatch.setattr(case_page_view, "case_page", read_then_changed)
    page = officer.get(case.get_absolute_url())
    form = entered(officer, case, seen=page.context["decision_panel"].seen)

    response = officer.post(decide_path(case), form)

    assert response.status_code == 409
    assert not Decision.objects.exists()


@pytest.mark.parametrize("token", ["", "forged", "x" * 300_000])
def test_a_form_without_a_valid_token_decides_nothing(officer: Client, token: str) -> None:
    case = answered()

    response = officer.post(decide_path(case), entered(officer, case, seen=token))

    assert response.status_code in {409, 422}
    assert not Decision.objects.exists()


def test_a_token_of_another_person_or_case_decides_nothing(officer: Client) -> None:
    case, other = answered(), answered()
    for stolen in (entered(client_as("officer"), case), entered(officer, other)):
        assert officer.post(decide_path(case), stolen).status_code == 409

    assert not Decision.objects.exists()


def test_who_comes_second_sees_both_versions_and_what_they_wrote(officer: Client) -> None:
    case = answered()
    form = entered(officer, case)
    decided(case, make_user(OFFICER, first_name="Ines", last_name="Roth"), "DECLINE")

    response = officer.post(decide_path(case), form)

    page = response.content.decode()
    assert response.status_code == 409
    for words in ("Ines Roth decided this case before you", "Decline", TYPED, "Theirs and yours"):
        assert words in page
    assert Decision.objects.count() == 1


def test_a_person_who_made_the_case_is_told_so_with_403(officer: Client) -> None:
    case = answered()
    case.verifications.update(created_by=f"user:{officer.user.pk}")  # type: ignore[attr-defined]

    response = officer.post(decide_path(case), entered(officer, case))

    assert response.status_code == 403
    assert "You entered or submitted what is checked here" in response.content.decode()


def test_what_nobody_can_decide_now_is_said_on_the_case(officer: Client) -> None:
    case = answered("NO_RESULT")

    response = officer.post(decide_path(case), entered(officer, case))

    assert response.status_code == 302
    assert "No provider has answered yet" in said(response)[0]


def test_a_second_person_approves_with_one_click(officer: Client) -> None:
    decision = waiting_decision()

    response = officer.post(reverse("verifications:decision_approve", args=[decision.public_id]))

    assert said(response) == ["Approved. The decision stands."]
    assert again(decision.case).decision == decision


def test_an_approval_on_other_evidence_is_a_409_and_the_decision_waits_on(officer: Client) -> None:
    decision = waiting_decision()
    decision.case.verifications.update(nationality="FR")

    response = officer.post(reverse("verifications:decision_approve", args=[decision.public_id]))

    assert response.status_code == 409
    assert "nationality: new" in response.content.decode()
    assert again(decision.case).staged_decision == decision


def test_returning_wants_a_note_and_keeps_a_short_one_on_the_page(officer: Client) -> None:
    decision = waiting_decision()
    path = reverse("verifications:decision_return", args=[decision.public_id])

    short = officer.post(path, {"note": "No, no."})
    done = officer.post(path, {"note": TYPED})

    assert (short.status_code, done.status_code) == (422, 302)
    assert "No, no." in short.content.decode()
    assert DecisionReview.objects.get().choice == "RETURNED"


def test_only_its_maker_withdraws_a_decision() -> None:
    client = client_as("officer")
    decision = decided(answered("DENY"), client.user)  # type: ignore[attr-defined]
    path = reverse("verifications:decision_withdraw", args=[decision.public_id])

    others = client_as("officer").post(path)
    waits = again(decision.case).staged_decision
    own = client.post(path)

    assert said(others) == ["Only who made a decision can withdraw it. You can return it."]
    assert waits == decision
    assert said(own) == ["Withdrawn. Nothing was decided."]


def test_a_changed_reason_is_an_event_and_its_code_stays() -> None:
    client = client_as("administrator")
    reason = DecisionReason.objects.get(code="identity-confirmed")
    path = reverse("admin:verifications_decisionreason_change", args=[reason.pk])

    response = client.post(
        path, {"label": "Identity confirmed", "position": "10", "code": "other", "outcome": "DECLINE"}
    )

    reason.refresh_from_db()
    event = AuditEvent.objects.get(action="decision_reason.changed")
    assert response.status_code == 302
    assert (reason.label, reason.code, reason.outcome, reason.is_active) == (
        "Identity confirmed",
        "identity-confirmed",
        "APPROVE",
        False,
    )
    assert event.details["before"]["label"] == "Identity confirmed, nothing against the customer"
    assert event.details["after"] == {"label": "Identity confirmed", "position": 10, "is_active": False}


def test_a_new_reason_can_be_added_and_none_deleted() -> None:
    client = client_as("administrator")
    entered = {"code": "new-one", "label": "New one", "outcome": "DECLINE", "position": "70", "is_active": "on"}

    added = client.post(reverse("admin:verifications_decisionreason_add"), entered)
    reason = DecisionReason.objects.get(code="new-one")
    deleted = client.post(reverse("admin:verifications_decisionreason_delete", args=[reason.pk]), {"post": "yes"})

    assert (added.status_code, deleted.status_code) == (302, 403)
