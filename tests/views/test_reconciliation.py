"""Reconciliation through the pages: what is known, one person's match, and what takes two."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_provider_user
from tests.views.delivery_records import lost, proposed
from tests.views.support import client_as
from verifications.enums import CallOperation
from verifications.models import AuditEvent, ProviderCall, ProviderUser, Reconciliation, Verification

pytestmark = pytest.mark.django_db

IDENTITY_WANTED = {"kind": "verification", "subject": "identity", "reasons": ["initial_onboarding"], "deadline": ""}
REASON = "Nguyễn Thị Ánh at their desk found nothing."


@pytest.fixture
def admin() -> Client:
    return client_as("administrator")


@pytest.fixture
def officer() -> Client:
    return client_as("officer")


def path(verification: Verification, action: str = "") -> str:
    name = f"verifications:reconciliation{'_' + action if action else ''}"
    return reverse(name, args=[verification.public_id])


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return str(response.content.decode())


def decide(client: Client, proposal: Reconciliation, decision: str, **more: str) -> Any:
    entered = {"proposal": str(proposal.public_id), "decision": decision} | more
    return client.post(path(proposal.verification, "decide"), entered, follow=True)


def submissions(verification: Verification) -> list[ProviderCall]:
    return list(verification.calls.filter(operation=CallOperation.SUBMIT_DOCUMENTS).order_by("id"))


def test_the_page_shows_what_was_sent_and_what_the_provider_says(admin: Client) -> None:
    verification = lost()

    page = shown(admin, path(verification))

    call = submissions(verification)[0]
    assert call.body_sha256
    for known in (
        call.body_sha256,
        call.nonce,
        call.key_id,
        verification.external_verification_id,
        verification.documents.get().sha256,
        "connection_lost",
        "initial_onboarding",
        "was not read since it was sent",
    ):
        assert known in page
    assert "X1234567" not in page


@pytest.mark.parametrize(
    ("actions", "baseline", "words"),
    [
        ([IDENTITY_WANTED], [IDENTITY_WANTED], "is as it was before"),
        ([], [IDENTITY_WANTED], "has changed since it was sent"),
        ([IDENTITY_WANTED, {"kind": "unheard-of", "subject": ""}], [IDENTITY_WANTED], "has changed since it was sent"),
        ([IDENTITY_WANTED], None, "was not read before it was sent"),
    ],
)
def test_the_evidence_compares_the_status_before_and_now(
    admin: Client, actions: list[Any], baseline: list[Any] | None, words: str
) -> None:
    verification = lost()
    Verification.objects.update(baseline_actions=baseline)
    ProviderUser.objects.update(required_actions=actions, read_at=timezone.now() + dt.timedelta(minutes=1))

    assert words in shown(admin, path(verification))


@pytest.mark.parametrize("role", ["officer", "auditor"])
def test_who_may_not_propose_sees_the_page_without_the_form(role: str) -> None:
    verification = lost()
    client = client_as(role)

    page = shown(client, path(verification))

    assert 'name="choice"' not in page
    assert client.post(path(verification), {"choice": "MATCH"}).status_code == 403


def test_a_match_needs_one_person_and_accepts_at_once(admin: Client) -> None:
    verification = lost()

    response = admin.post(path(verification), {"choice": "MATCH", "reference": " ver_lost_1 ", "reason": REASON})

    verification.refresh_from_db()
    assert response.headers["Location"] == verification.get_absolute_url()
    assert (verification.status, verification.provider_reference) == ("ACCEPTED", "ver_lost_1")


@pytest.mark.parametrize(
    ("entered", "field", "problem"),
    [
        ({"choice": "", "reason": REASON}, "choice", "Choose what happened."),
        ({"choice": "BURN", "reason": REASON}, "choice", "Select a valid choice"),
        ({"choice": "SEND_AGAIN", "reason": "lost"}, "reason", "Say in a few words how you know"),
        ({"choice": "MATCH", "reference": "", "reason": REASON}, "reference", "Give the verification id"),
        ({"choice": "MATCH", "reference": "v\x07er", "reason": REASON}, "reference", "invisible control character"),
    ],
)
def test_a_problem_stands_next_to_its_field_and_nothing_entered_is_lost(
    admin: Client, entered: dict[str, str], field: str, problem: str
) -> None:
    verification = lost()

    response = admin.post(path(verification), entered)

    form = response.context["form"]
    assert response.status_code == 422
    assert problem in str(form.errors[field])
    assert entered["reason"] in response.content.decode()
    assert not Reconciliation.objects.exists()


def test_an_id_that_another_verification_has_is_refused_next_to_the_id(admin: Client) -> None:
    user = make_provider_user()
    first, second = lost(user), lost(user)
    admin.post(path(first), {"choice": "MATCH", "reference": "ver_1", "reason": REASON})

    response = admin.post(path(second), {"choice": "MATCH", "reference": "ver_1", "reason": REASON})

    second.refresh_from_db()
    assert "has that id already" in str(response.context["form"].errors["reference"])
    assert second.status == "OUTCOME_UNKNOWN"


@pytest.mark.parametrize("choice", ["SEND_AGAIN", "NOT_RECEIVED"])
def test_what_may_send_twice_waits_for_a_second_person(admin: Client, officer: Client, choice: str) -> None:
    verification = lost()

    admin.post(path(verification), {"choice": choice, "reason": REASON})

    verification.refresh_from_db()
    assert verification.status == "OUTCOME_UNKNOWN"
    assert len(submissions(verification)) == 1
    mine, theirs = shown(admin, path(verification)), shown(officer, path(verification))
    assert "Withdraw it" in mine
    assert 'value="approve"' not in mine
    assert 'value="approve"' in theirs
    assert REASON in theirs
    assert "Withdraw it" not in theirs


def test_a_second_person_sends_it_again_with_a_note(admin: Client, officer: Client) -> None:
    verification = lost()
    proposal = proposed(verification, by=admin.user)  # type: ignore[attr-defined]

    decide(officer, proposal, "approve", note="Asked them\x00 myself.")

    proposal.refresh_from_db()
    first, second = submissions(verification)
    assert (first.status, second.status, second.previous_id) == ("UNKNOWN", "WAITING", first.pk)
    assert (proposal.status, proposal.decision_note) == ("CARRIED_OUT", "Asked them  myself.")
    assert proposal.decided_by == f"user:{officer.user.pk}"  # type: ignore[attr-defined]


def test_a_second_person_finds_that_it_did_not_arrive_and_the_page_says_what_is_next(
    admin: Client, officer: Client
) -> None:
    verification = lost()
    proposal = proposed(verification, by=admin.user, choice="NOT_RECEIVED")  # type: ignore[attr-defined]

    page = decide(officer, proposal, "approve").content.decode()

    verification.refresh_from_db()
    assert verification.status == "QUEUED"
    assert "send it again, or cancel it" in page
    assert submissions(verification)[0].is_dead


def test_one_cannot_approve_what_one_proposed(admin: Client) -> None:
    verification = lost()
    proposal = proposed(verification, by=admin.user)  # type: ignore[attr-defined]

    page = decide(admin, proposal, "approve").content.decode()

    proposal.refresh_from_db()
    assert proposal.status == "PROPOSED"
    assert "Somebody else has to decide" in page
    assert len(submissions(verification)) == 1


def test_an_approval_that_is_sent_twice_sends_the_documents_once(admin: Client, officer: Client) -> None:
    verification = lost()
    proposal = proposed(verification, by=admin.user)  # type: ignore[attr-defined]

    decide(officer, proposal, "approve")
    decide(officer, proposal, "approve")

    assert len(submissions(verification)) == 2
    assert AuditEvent.objects.filter(action="reconciliation.decided").count() == 1


def test_a_declined_proposal_leaves_the_outcome_unknown_and_stays_on_the_page(admin: Client, officer: Client) -> None:
    verification = lost()
    proposal = proposed(verification, by=admin.user)  # type: ignore[attr-defined]

    page = decide(officer, proposal, "decline", note="Their desk said otherwise.").content.decode()

    verification.refresh_from_db()
    assert verification.status == "OUTCOME_UNKNOWN"
    assert "Their desk said otherwise." in page
    assert 'name="choice"' in shown(admin, path(verification))


def test_only_the_proposer_withdraws(admin: Client) -> None:
    verification = lost()
    proposal = proposed(verification, by=admin.user)  # type: ignore[attr-defined]
    withdraw = path(verification, "withdraw")
    entered = {"proposal": str(proposal.public_id)}

    refused = client_as("administrator").post(withdraw, entered, follow=True).content.decode()
    admin.post(withdraw, entered)

    proposal.refresh_from_db()
    assert "Only who proposed it" in refused
    assert proposal.status == "WITHDRAWN"


def test_a_second_proposal_is_refused_and_its_reason_is_not_lost(admin: Client) -> None:
    verification = lost()
    other = client_as("administrator")
    proposed(verification, by=admin.user)  # type: ignore[attr-defined]

    response = other.post(path(verification), {"choice": "NOT_RECEIVED", "reason": REASON})

    assert response.status_code == 422
    assert REASON in response.content.decode()
    assert Reconciliation.objects.count() == 1


def test_a_proposal_of_another_verification_is_not_decided_here(admin: Client, officer: Client) -> None:
    mine, other = lost(), lost()
    proposal = proposed(other, by=admin.user)  # type: ignore[attr-defined]

    officer.post(path(mine, "decide"), {"proposal": str(proposal.public_id), "decision": "approve"})

    proposal.refresh_from_db()
    assert proposal.status == "PROPOSED"


@pytest.mark.parametrize("entered", [{}, {"proposal": "no id"}, {"proposal": "", "decision": "approve"}])
def test_a_decision_that_names_nothing_changes_nothing(officer: Client, entered: dict[str, str]) -> None:
    verification = lost()
    events = AuditEvent.objects.count()

    response = officer.post(path(verification, "decide"), entered, follow=True)

    assert "Nothing was changed" in response.content.decode()
    assert AuditEvent.objects.count() == events


def test_a_choice_about_what_is_known_by_now_says_so(admin: Client) -> None:
    verification = lost()
    entered = {"choice": "MATCH", "reference": "ver_2", "reason": REASON}
    admin.post(path(verification), entered)

    page = admin.post(path(verification), entered, follow=True).content.decode()

    assert "is known by now" in page
    assert "Nothing to decide" in page


def test_reading_again_asks_the_provider_and_comes_back_here(admin: Client) -> None:
    verification = lost()
    ProviderCall.objects.filter(operation=CallOperation.GET_USER).delete()

    response = admin.post(path(verification, "read"))

    assert response.headers["Location"] == path(verification)
    assert ProviderCall.objects.filter(operation=CallOperation.GET_USER, status="WAITING").count() == 1


def test_the_part_that_moves_closes_the_form_once_the_outcome_is_known(admin: Client) -> None:
    verification = lost()
    asked = {"HTTP_HX_REQUEST": "true"}
    before = admin.get(path(verification), **asked).content.decode()  # type: ignore[arg-type]
    Reconciliation.objects.all().delete()
    admin.post(path(verification), {"choice": "MATCH", "reference": "ver_3", "reason": REASON})

    after = admin.get(path(verification), **asked).content.decode()  # type: ignore[arg-type]

    assert 'id="choice"' not in before
    assert "<h1" not in before
    assert 'id="choice"' in after
    assert "Nothing to decide" in after


def test_the_way_leads_from_verification_and_case_to_the_page(officer: Client) -> None:
    verification = lost()
    assert verification.case is not None

    pages = [
        shown(officer, address) for address in (verification.get_absolute_url(), verification.case.get_absolute_url())
    ]

    assert all(f'href="{path(verification)}"' in page for page in pages)


def test_a_verification_of_another_kind_has_its_own_page(admin: Client) -> None:
    from tests.views.session_records import waiting

    session = waiting()

    response = admin.get(path(session.verification))

    assert response.headers["Location"] == session.verification.get_absolute_url()
