"""What a customer sees: neutral pages without sign-in or cookies, and one step that uses the address up."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.views.session_records import START_TOKEN, completed, fresh, requested, succeed, waiting
from verifications.enums import CallOperation, SessionStatus
from verifications.models import AuditEvent, VerificationSession
from verifications.providers.session_types import SessionCreated
from verifications.services.sealed_values import open_value
from verifications.services.session_calls import hash_of
from verifications.services.session_records import move_session

pytestmark = pytest.mark.django_db


def start_path(session: VerificationSession) -> str:
    return f"/start/{open_value(session, 'handover_token')}/"


def with_state(session: VerificationSession, state: str = "a-state-nobody-guesses") -> str:
    VerificationSession.objects.filter(pk=session.pk).update(state_hash=hash_of(state))
    return f"/return/session/?sessionId={session.provider_reference}&state={state}"


def check_private(response: Any) -> None:
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert not response.cookies


def test_the_start_page_explains_and_changes_nothing() -> None:
    session = waiting(organization_name="Example & Söhne <Bank>")
    events = AuditEvent.objects.count()

    response = Client().get(start_path(session))
    Client().head(start_path(session))

    page = response.content.decode()
    assert response.status_code == 200
    check_private(response)
    assert "Example &amp; Söhne &lt;Bank&gt;" in page
    assert f"{start_path(session)}go/" in page
    assert AuditEvent.objects.count() == events
    assert fresh(session).opened_at is None


def test_no_page_of_a_customer_names_a_person_or_the_portal() -> None:
    session = waiting()
    path = start_path(session)
    pages = [Client().get(path), Client().get(f"{path}go/"), Client().get(path)]
    pages += [Client().get(with_state(session)), Client().get("/return/session/"), Client().get("/start/nothing/")]

    for response in pages:
        page = response.content.decode()
        for word in (session.customer.last_name, session.customer.reference, "Compliance Portal", "Sign in"):
            assert word not in page
        assert str(session.public_id) not in page


def test_continuing_uses_the_address_up_and_goes_to_the_provider() -> None:
    session = waiting()
    path = start_path(session)

    first = Client().get(f"{path}go/")
    second = Client().get(f"{path}go/")

    assert first.status_code == 302
    assert first.headers["Location"] == f"{session.account.base_url}/verify/app/{START_TOKEN}"
    check_private(first)
    assert second.status_code == 410
    assert b"opened before" in second.content
    after = fresh(session)
    assert after.opened_at is not None
    assert after.start_token is None


def test_looking_at_the_step_without_taking_it_burns_nothing() -> None:
    session = waiting()

    response = Client().head(f"{start_path(session)}go/")

    assert response.status_code == 405
    assert fresh(session).start_token is not None


@pytest.mark.parametrize("step", ["", "go/"])
def test_an_address_whose_time_is_over_says_so(step: str) -> None:
    session = waiting()
    VerificationSession.objects.filter(pk=session.pk).update(expires_at=timezone.now() - dt.timedelta(minutes=1))

    response = Client().get(f"{start_path(session)}{step}")

    assert response.status_code == 410
    assert b"This address is over" in response.content
    check_private(response)


def test_a_cancelled_session_has_no_address_left() -> None:
    session = waiting()
    path = start_path(session)
    move_session(session, SessionStatus.CANCELLED, actor="system:command", at=timezone.now())

    assert Client().get(path).status_code == 410
    assert Client().get(f"{path}go/").status_code == 410


@pytest.mark.parametrize("token", ["nothing", "x" * 500, "..%2f..", "%F0%9F%8E%82", "-"])
@pytest.mark.parametrize("step", ["", "go/"])
def test_an_address_that_never_was_leads_nowhere(token: str, step: str) -> None:
    requested()

    response = Client().get(f"/start/{token}/{step}")

    assert response.status_code == 404


def test_the_way_back_is_taken_once() -> None:
    session = waiting()
    path = with_state(session)

    first, second = Client().get(path), Client().get(path)

    assert (first.status_code, second.status_code) == (200, 400)
    assert b"You may close this page" in first.content
    check_private(first)
    check_private(second)
    assert fresh(session).returned_at is not None


@pytest.mark.parametrize(
    "query",
    ["", "?state=", "?state=unknown&sessionId=sid", "?sessionId=sid", "?state=" + "x" * 5000, "?state=%F0%9F%8E%82"],
)
def test_a_way_back_that_fits_nothing_is_refused_neutrally(query: str) -> None:
    session = waiting()

    response = Client().get(f"/return/session/{query}")

    assert response.status_code == 400
    assert b"nothing more to do here" in response.content
    assert fresh(session).returned_at is None


def test_the_way_back_of_another_session_is_refused() -> None:
    session, other = waiting(), waiting()
    path = with_state(session).replace(session.provider_reference, other.provider_reference)

    assert Client().get(path).status_code == 400
    assert fresh(session).returned_at is None
    assert fresh(other).returned_at is None


def test_a_head_of_the_way_back_burns_nothing() -> None:
    session = waiting()
    path = with_state(session)

    assert Client().head(path).status_code == 400
    assert Client().get(path).status_code == 200


def test_the_way_back_after_the_result_is_thanked_for_all_the_same() -> None:
    session = completed()

    assert Client().get(with_state(session)).status_code == 200


def test_a_session_without_a_start_token_has_no_address() -> None:
    session = requested()
    created = SessionCreated("sid-1", timezone.now() + dt.timedelta(hours=1), ())
    session = succeed(session, CallOperation.CREATE_SESSION, created)

    assert session.handover_hash == ""
    assert "start token" in session.verification.attention


def test_the_customers_address_is_not_written_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    from verifications.logs import CleanRecords

    session = waiting()
    path = start_path(session)
    caplog.handler.addFilter(CleanRecords())
    with caplog.at_level(logging.INFO):
        Client().get(f"{path}go/")
        Client().get(f"{path}go/")

    assert caplog.text
    assert path.split("/")[2] not in caplog.text
