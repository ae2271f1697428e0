"""Verification sessions: the list, a new one, and how other pages show them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from tests.factories import make_account, make_customer
from tests.views.session_pages import main_part, page_of
from tests.views.session_records import (
    completed,
    draft,
    listed,
    transmit_account,
    waiting,
)
from tests.views.support import client_as
from tests.views.test_query_counts import queries_of
from verifications.enums import SessionStatus
from verifications.models import (
    AccessEvent,
    ProviderAccount,
    VerificationSession,
)

pytestmark = pytest.mark.django_db
READERS = ("officer", "administrator", "auditor")


@pytest.mark.parametrize("role", READERS)
def test_the_list_shows_state_recommendation_and_what_ends_next(role: str) -> None:
    waiting(make_customer(first_name="", last_name="Suharto"))
    completed(recommendation="DENY")

    page = client_as(role).get("/sessions/").content.decode()

    assert "Suharto" in page
    assert "Waiting for the customer" in page
    assert "Open for 59 min" in page
    assert 'badge--bad">Deny' in page
    assert "Kept there for 89 d" in page
    assert ("New session" in page) == (role == "administrator")


def test_the_list_filters_by_state_and_account() -> None:
    one, other = waiting(make_customer(last_name="Eins")), completed(waiting(make_customer(last_name="Zwei")))
    client = client_as("officer")

    def shown(query: str) -> tuple[bool, bool]:
        page = client.get(f"/sessions/?{query}").content.decode()
        return one.customer.reference in page, other.customer.reference in page

    assert shown("status=COMPLETED") == (False, True)
    assert shown(f"account={one.account.public_id}") == (True, False)
    assert shown("account=nobody") == (False, False)
    assert shown("status=nonsense&after=broken") == (False, False)


def test_the_list_finds_completed_sessions_whose_images_are_not_here_after_a_day() -> None:
    long_ago = timezone.now() - dt.timedelta(hours=25)
    never_listed, not_copied, recent = completed(), listed(completed()), completed()
    old = VerificationSession.objects.filter(pk__in=[never_listed.pk, not_copied.pk])
    old.update(completed_at=long_ago)
    copied = listed(completed(), images=())
    VerificationSession.objects.filter(pk=copied.pk).update(completed_at=long_ago)

    page = client_as("auditor").get("/sessions/?copies=missing").content.decode()

    assert never_listed.customer.reference in page
    assert not_copied.customer.reference in page
    assert recent.customer.reference not in page
    assert copied.customer.reference not in page


def test_the_list_takes_the_same_queries_for_three_rows_and_for_twelve() -> None:
    client = client_as("officer")
    for _ in range(3):
        completed()
    few = queries_of(client, "/sessions/")
    for _ in range(9):
        waiting()

    assert queries_of(client, "/sessions/") == few <= 12


def make(chosen: Any, /, **entered: str) -> tuple[Any, Any]:
    customer = make_customer()
    form = {"account": str(chosen.public_id), "shape": "HOSTED"} | entered
    return client_as("administrator").post(f"/customers/{customer.public_id}/session/", form), customer


def test_a_hosted_session_goes_out_at_once_with_what_was_chosen() -> None:
    response, customer = make(
        transmit_account(),
        organization_name="Example Bank",
        organization_id="branch-7",
        mock_recommendation="DENY",
        mock_processing_time="1m30s",
        mock_force_retry="on",
        mock_info='{"person_details": {"surname": "Łukasz"}}',
    )

    session = VerificationSession.objects.get(customer=customer)
    assert response.status_code == 302
    assert response.headers["Location"] == f"{session.get_absolute_url()}?new=1"
    assert session.status == SessionStatus.REQUESTED
    assert (session.organization_name, session.organization_id) == ("Example Bank", "branch-7")
    assert session.mock_behavior == {
        "recommendation": "DENY",
        "processing_time": "1m30s",
        "force_retry": True,
        "info": {"person_details": {"surname": "Łukasz"}},
    }


def test_a_session_with_pictures_of_the_portal_begins_as_a_draft_with_slots() -> None:
    response, customer = make(
        transmit_account(), shape="BACKEND", consent_granted="on", consent_document_id="consent-2026-04"
    )

    session = VerificationSession.objects.get(customer=customer)
    page = page_of(session)
    assert response.status_code == 302
    assert (session.status, session.consent_document_id) == (SessionStatus.DRAFT, "consent-2026-04")
    assert session.mock_behavior is None
    for slot in ("front", "back", "selfie"):
        assert f'id="slot-{slot}"' in page
    assert "Send to Transmit Security" in page
    assert "hx-trigger" not in main_part(page)


@pytest.mark.parametrize(
    ("entered", "field", "words"),
    [
        ({"shape": "BACKEND", "consent_document_id": "c"}, "consent_granted", "consent no picture"),
        ({"shape": "BACKEND", "consent_granted": "on"}, "consent_document_id", "Name the consent text"),
        ({"shape": "OTHER"}, "shape", "valid choice"),
        ({"account": "nobody"}, "account", "not a valid"),
        ({"mock_processing_time": "soon"}, "mock_processing_time", "minutes and seconds"),
        ({"mock_recommendation": "MAYBE"}, "mock_recommendation", "valid choice"),
        ({"mock_info": "{'a': 1}"}, "mock_info", "not JSON"),
        ({"mock_info": "[" * 3000}, "mock_info", "not JSON"),
        ({"mock_info": "[1]"}, "mock_info", "object"),
        ({"mock_info": '{"person_details": 3}'}, "mock_info", "objects themselves"),
        ({"mock_info": '{"someone": {}}'}, "mock_info", "someone"),
        ({"organization_name": "a\u202eb"}, "organization_name", "control character"),
        ({"organization_id": "x" * 121}, "organization_id", "120"),
    ],
)
def test_refused_input_is_explained_next_to_its_field_and_nothing_is_made(
    entered: dict[str, str], field: str, words: str
) -> None:
    response, customer = make(transmit_account(), **entered)

    form = response.context["form"]
    assert response.status_code == 422
    assert words in str(form.errors[field])
    assert not customer.verifications.exists()


def test_what_an_account_may_not_do_is_refused_with_its_name() -> None:
    plain = transmit_account(backend_capture_enabled=False, environment="LIVE", base_url="https://api.example.org")
    transmit_account()

    response, customer = make(
        plain, shape="BACKEND", consent_granted="on", consent_document_id="c", mock_recommendation="ALLOW"
    )

    errors = response.context["form"].errors
    assert f"not switched on for {plain.name}" in str(errors["shape"])
    assert "only a sandbox pretends" in str(errors["mock_recommendation"])
    assert not customer.verifications.exists()


def test_parts_that_no_account_can_use_are_not_shown() -> None:
    transmit_account(backend_capture_enabled=False, environment="LIVE", base_url="https://api.example.org")
    customer = make_customer()

    page = client_as("administrator").get(f"/customers/{customer.public_id}/session/").content.decode()

    assert "The portal sends them" not in page
    assert "consent_document_id" not in page
    assert "Mock result" not in page


def test_without_an_account_that_may_send_the_form_says_what_is_missing() -> None:
    make_account()
    transmit_account()
    ProviderAccount.objects.filter(kind="TRANSMIT_VERIFY").update(is_enabled=False)
    customer = make_customer()
    client = client_as("administrator")

    form = client.get(f"/customers/{customer.public_id}/session/").content.decode()
    customer_page = client.get(customer.get_absolute_url()).content.decode()

    assert "No account that may send" in form
    assert "New session" not in customer_page


def test_a_customer_with_an_open_session_gets_no_second_one() -> None:
    session = waiting()

    response = client_as("administrator").post(
        f"/customers/{session.customer.public_id}/session/",
        {"account": str(session.account.public_id), "shape": "HOSTED"},
    )

    assert response.status_code == 422
    assert "open session at that account" in response.content.decode()
    assert VerificationSession.objects.count() == 1


@pytest.mark.parametrize(("kind", "offered"), [("INDIVIDUAL", True), ("BUSINESS", False)])
def test_the_customer_page_offers_a_session_to_persons(kind: str, offered: bool) -> None:
    transmit_account()
    customer = make_customer(kind=kind, business_name="Hofmann & Söhne" if kind == "BUSINESS" else "")

    page = client_as("administrator").get(customer.get_absolute_url()).content.decode()
    officers = client_as("officer").get(customer.get_absolute_url()).content.decode()

    assert (f"/customers/{customer.public_id}/session/" in page) == offered
    assert f"/customers/{customer.public_id}/session/" not in officers


@pytest.mark.parametrize("role", READERS)
def test_pages_of_others_show_a_check_without_a_user_at_the_provider(role: str) -> None:
    session = completed()
    case = session.verification.case
    assert session.verification.provider_user_id is None
    assert case is not None
    client = client_as(role)

    pages = {
        path: client.get(path)
        for path in (
            "/",
            "/verifications/",
            "/verifications/?provider=TRANSMIT_VERIFY",
            session.customer.get_absolute_url(),
            case.get_absolute_url(),
        )
    }

    for path, response in pages.items():
        assert response.status_code == 200, path
        assert "Challenge: look yourself" in response.content.decode(), path
    call = session.calls.order_by("id").first()
    assert call is not None
    assert client.get(f"/calls/{call.public_id}/").status_code == 200


@pytest.mark.parametrize("what", ["provider_reference", "public_id"])
def test_an_id_of_the_session_leads_to_its_page(what: str) -> None:
    session = waiting()

    response = client_as("officer").post("/search/", {"q": str(getattr(session, what))})

    assert response.headers["Location"] == session.get_absolute_url()


def test_a_page_shows_no_call_of_another_customer() -> None:
    mine, other = waiting(), waiting()
    other_call = other.calls.order_by("id").first()
    assert other_call is not None

    page = page_of(mine)

    assert str(other_call.public_id) not in page


def test_a_session_has_no_form_of_metadata_and_is_not_corrected() -> None:
    session = draft()
    done = completed()
    client = client_as("administrator")

    edit = client.get(f"/verifications/{session.verification.public_id}/edit/")
    correct = client.post(f"/verifications/{done.verification.public_id}/correct/", follow=True)

    assert edit.headers["Location"] == session.get_absolute_url()
    assert "make a new one for the customer" in correct.content.decode()


def test_extracted_values_are_revealed_by_purpose_and_logged() -> None:
    session = completed()
    value = session.verification.extracted_values.get(name="document.number")

    answer = client_as("officer").post(f"/values/extracted/{value.public_id}/value/", {"purpose": "REVIEW"})

    assert "X7654321" in answer.content.decode()
    assert "Document number" in answer.content.decode()
    assert AccessEvent.objects.get().customer_id == session.customer.public_id
