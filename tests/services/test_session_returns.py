"""The customer's way into a hosted session and back: tokens that work once, and stand in clear nowhere."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests.factories import ACTOR, NOON, make_customer
from tests.factories_sessions import (
    calls_of,
    deliver_session,
    make_session,
    make_session_account,
    make_waiting_session,
    read_result,
    refresh,
)
from tests.fakes_sessions import EXPIRES, FakeSessionProvider, created, result
from tests.services.support import actions
from tests.views.logs import captured_log
from verifications.models import AuditEvent, VerificationSession
from verifications.providers import transmit_tokens
from verifications.providers.http import OutgoingRequest, RawAnswer, Transport
from verifications.providers.session_types import SessionRequest
from verifications.providers.transmit_errors import SESSION_WORDING
from verifications.providers.transmit_verify import TransmitVerifyClient
from verifications.services import access_tokens, session_returns
from verifications.services.provider_calls import deliver_lane
from verifications.services.session_returns import LinkDead, customer_returned, hand_over, open_hosted_page
from verifications.services.sessions import SessionData, cancel_session, handover_address, renew_session

pytestmark = pytest.mark.django_db

ODD = ["", "x", "x" * 257, "x" * 100_000, "\x00", "a\udcffb", "😀" * 64, "../../etc", "' OR 1=1 --", "\u202e" * 20]


def waiting() -> tuple[VerificationSession, str]:
    """A session that waits for the customer, and the state the provider was given."""
    provider = FakeSessionProvider()
    session = make_waiting_session(provider)
    request: SessionRequest = provider.asked("create_session")[0]
    return session, request.state


def address_token(session: VerificationSession) -> str:
    address = handover_address(session_id=session.pk, actor=ACTOR, at=NOON)
    return address.rstrip("/").rpartition("/")[2]


def returned(state: str, reference: str, at: dt.datetime = NOON) -> bool:
    return customer_returned(state=state, session_reference=reference, at=at)


def stored() -> str:
    """Every column of every table, as the database has it."""
    with connection.cursor() as cursor:
        text = ""
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {table}")
            text += str(cursor.fetchall())
    return text


# --- back -------------------------------------------------------------------------------------------------------------
def test_a_return_burns_the_state_and_causes_a_look(clock: Any) -> None:
    session, state = waiting()

    assert returned(state, session.provider_reference)

    refresh(session)
    assert (session.state_hash, session.returned_at, session.polling_since, session.polls) == ("", NOON, NOON, 0)
    (poll,) = calls_of(session, "GET_RESULT")
    assert poll.not_before <= NOON + dt.timedelta(seconds=3)
    assert session.status == "WAITING_FOR_CUSTOMER"
    event = AuditEvent.objects.get(action="verification_session.returned")
    assert event.actor == "customer"
    assert state not in str(event.__dict__)


def test_a_return_proves_nothing(clock: Any) -> None:
    session, state = waiting()

    returned(state, session.provider_reference)

    refresh(session)
    assert (session.status, session.verification.status, session.verification.answer) == (
        "WAITING_FOR_CUSTOMER",
        "WAITING_FOR_CUSTOMER",
        "",
    )


def test_a_state_counts_once(clock: Any) -> None:
    session, state = waiting()

    assert [returned(state, session.provider_reference) for _visit in range(3)] == [True, False, False]
    assert actions().count("verification_session.returned") == 1


@pytest.mark.parametrize("state", ODD)
def test_a_state_nobody_gave_out_changes_nothing(clock: Any, state: str) -> None:
    session, _state = waiting()
    before, events = stored_but_logs(), AuditEvent.objects.count()

    assert not returned(state, session.provider_reference)

    assert (stored_but_logs(), AuditEvent.objects.count()) == (before, events)


def stored_but_logs() -> str:
    return str(list(VerificationSession.objects.values()))


@pytest.mark.parametrize("reference", [*ODD, "sid-0"])
def test_another_sessions_id_does_not_count(clock: Any, reference: str) -> None:
    session, state = waiting()

    assert not returned(state, reference)

    refresh(session)
    assert session.returned_at is None
    (poll,) = calls_of(session, "GET_RESULT")
    assert poll.not_before > NOON + dt.timedelta(minutes=10)
    assert actions()[-1] == "verification_session.return_refused"
    assert not returned(state, session.provider_reference), "a state counts once, whatever came with it"


def test_the_state_of_one_session_does_not_open_another(clock: Any) -> None:
    (first, state), (second, _state) = waiting(), waiting()

    assert not returned(state, second.provider_reference)

    refresh(first)
    refresh(second)
    assert (first.returned_at, second.returned_at) == (None, None)


def test_a_state_ends_with_its_session(clock: Any) -> None:
    (early, first), (late, second) = waiting(), waiting()

    assert returned(first, early.provider_reference, EXPIRES)
    assert not returned(second, late.provider_reference, EXPIRES + dt.timedelta(seconds=1))


def test_the_state_of_a_try_that_got_lost_does_not_count(clock: Any) -> None:
    from tests.factories_sessions import make_due
    from verifications.providers.errors import OutcomeUnknown

    provider = FakeSessionProvider().will("create_session", OutcomeUnknown("No answer."))
    session = make_waiting_session(provider)
    make_due(session, "CREATE_SESSION")
    deliver_session(session, provider)
    lost, kept = [request.state for request in provider.asked("create_session")]

    assert not returned(lost, session.provider_reference)
    assert returned(kept, session.provider_reference)


def test_a_return_before_the_answer_to_the_creation_does_not_count(clock: Any) -> None:
    session = make_session()
    provider = FakeSessionProvider()
    seen: list[bool] = []
    provider.after_sending = lambda: seen.extend(
        returned(request.state, reference) for request in provider.asked("create_session") for reference in ("", "sid")
    )

    deliver_session(session, provider)

    assert seen == [False, False]


def test_a_return_after_the_result_is_thanked_for_and_reads_nothing_more(clock: Any) -> None:
    session, state = waiting()
    read_result(session, FakeSessionProvider(), result())

    assert returned(state, session.provider_reference)

    refresh(session)
    assert session.status == "COMPLETED"
    assert [call.status for call in calls_of(session, "GET_RESULT")] == ["SUCCEEDED"]


def test_states_and_ids_are_compared_in_constant_time(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session, state = waiting()
    compared: list[tuple[Any, Any]] = []

    def compare(left: Any, right: Any) -> bool:
        compared.append((left, right))
        return hmac.compare_digest(left, right)

    monkeypatch.setattr(session_returns, "hmac", type("hmac", (), {"compare_digest": staticmethod(compare)}))

    returned(state, "another")

    digest = hashlib.sha256(state.encode()).hexdigest()
    assert compared == [(digest, digest), (session.provider_reference.encode(), b"another")]


def test_a_return_does_not_double_a_reading_under_way(clock: Any) -> None:
    session, state = waiting()
    provider = FakeSessionProvider()

    def come_back() -> None:
        provider.after_sending = lambda: None
        assert returned(state, session.provider_reference)

    provider.after_sending = come_back
    read_result(session, provider, result("processing"))

    calls = calls_of(session, "GET_RESULT")
    assert [call.status for call in calls] == ["SUCCEEDED", "WAITING"]
    assert calls[1].not_before <= NOON + dt.timedelta(seconds=4)


# --- in ---------------------------------------------------------------------------------------------------------------
def test_a_look_at_the_address_burns_nothing(clock: Any) -> None:
    session = make_waiting_session(data=SessionData(organization_name="Łódź branch"))
    token = address_token(session)
    before, events = stored_but_logs(), AuditEvent.objects.count()

    pages = [hand_over(token=token, at=NOON) for _preview in range(5)]

    assert {(page.state, page.organization) for page in pages} == {("open", "Łódź branch")}
    assert (stored_but_logs(), AuditEvent.objects.count()) == (before, events)


def test_going_on_uses_the_start_token_up(clock: Any) -> None:
    session = make_waiting_session(FakeSessionProvider().will("create_session", created(start_token="a/b c?d=é")))
    token = address_token(session)

    address = open_hosted_page(token=token, at=NOON)

    assert address == f"{session.account.base_url}/verify/app/a%2Fb%20c%3Fd%3D%C3%A9"
    assert hand_over(token=token, at=NOON).state == "used"
    with pytest.raises(LinkDead):
        open_hosted_page(token=token, at=NOON)
    refresh(session)
    assert (session.start_token, session.opened_at) == (None, NOON)
    assert actions().count("verification_session.opened") == 1


@pytest.mark.parametrize("token", ODD)
def test_an_address_nobody_gave_out_leads_nowhere(clock: Any, token: str) -> None:
    make_waiting_session()

    assert hand_over(token=token, at=NOON).state == "unknown"
    with pytest.raises(LinkDead):
        open_hosted_page(token=token, at=NOON)


def test_an_empty_token_does_not_find_a_session_without_one(clock: Any) -> None:
    make_session()

    assert hand_over(token="", at=NOON).state == "unknown"
    with pytest.raises(LinkDead):
        open_hosted_page(token="", at=NOON)


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (lambda session: cancel_session(verification_id=session.verification_id, actor=ACTOR, at=NOON), "ended"),
        (lambda session: renew_session(verification_id=session.verification_id, actor=ACTOR, at=NOON), "ended"),
        (lambda session: read_result(session, FakeSessionProvider(), result()), "ended"),
        (lambda session: read_result(session, FakeSessionProvider(), result("processing")), "ended"),
        (lambda session: read_result(session, FakeSessionProvider(), result("error")), "ended"),
    ],
    ids=["cancelled", "renewed", "completed", "processing", "error"],
)
def test_the_address_ends_with_the_session(clock: Any, end: Callable[[Any], Any], state: str) -> None:
    session = make_waiting_session()
    token = address_token(session)

    end(session)

    assert hand_over(token=token, at=NOON).state == state
    with pytest.raises(LinkDead):
        open_hosted_page(token=token, at=NOON)


def test_the_address_ends_by_the_clock(clock: Any) -> None:
    session = make_waiting_session()
    token = address_token(session)

    assert hand_over(token=token, at=EXPIRES - dt.timedelta(seconds=1)).state == "open"
    assert hand_over(token=token, at=EXPIRES).state == "ended"
    with pytest.raises(LinkDead):
        open_hosted_page(token=token, at=EXPIRES)


def test_addresses_are_long_and_random(clock: Any) -> None:
    tokens = {address_token(make_waiting_session()) for _session in range(5)}

    assert len(tokens) == 5
    assert min(map(len, tokens)) >= 27


# --- two at once ------------------------------------------------------------------------------------------------------
def at_once(work: Callable[[], Any], times: int = 4) -> list[Any]:
    start = threading.Barrier(times)
    ends: list[Any] = []

    def run() -> None:
        try:
            start.wait(timeout=30)
            ends.append(work())
        except LinkDead:
            ends.append("dead")
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _one in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return ends


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_returns_at_once_one_counts(clock: Any) -> None:
    session, state = waiting()

    ends = at_once(lambda: returned(state, session.provider_reference))

    assert sorted(ends) == [False, False, False, True]
    assert len(calls_of(session, "GET_RESULT")) == 1
    assert actions().count("verification_session.returned") == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_at_once_one_gets_the_provider(clock: Any) -> None:
    session = make_waiting_session()
    token = address_token(session)

    ends = at_once(lambda: open_hosted_page(token=token, at=NOON))

    assert ends.count("dead") == 3
    assert actions().count("verification_session.opened") == 1


# --- nothing in clear -------------------------------------------------------------------------------------------------
class Scripted(Transport):
    """The provider as the real client meets it: one prepared answer for each address."""

    START = "start-token-in-clear-0001"
    ACCESS = "access.token.in-clear"

    def __init__(self) -> None:
        super().__init__("https://canned.example", provider="canned", wording=SESSION_WORDING)
        self.bodies: list[dict[str, Any]] = []

    def send(self, request: OutgoingRequest, *, on_sent: Callable[[], None] | None = None) -> RawAnswer:  # noqa: ARG002
        sent = b"".join(request.body or ())
        answer: dict[str, Any] = {"session_id": "sid-scripted", "status": "complete", "recommendation": "ALLOW"}
        if request.target == "/oidc/token":
            answer = {"access_token": self.ACCESS, "token_type": "Bearer", "expires_in": 3600}
        elif request.method == "POST":
            self.bodies.append(json.loads(sent))
            answer = {
                "session_id": "sid-scripted",
                "expiration": "2031-04-02T10:15:00.000Z",
                "missing_images": ["document_front"],
                "start_token": self.START,
                "echo": {"state": self.bodies[-1]["state"], "token": self.ACCESS},
            }
        elif request.target.endswith("/images"):
            answer = {"session_images": []}
        elif request.target.endswith("/consent"):
            answer = {"consent_granted": True, "consent_date": "2026-11-20"}
        return RawAnswer(200, "application/json", "trace-1", None, json.dumps(answer).encode(), "", 3)


def test_after_a_whole_way_no_token_stands_in_clear_anywhere(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted()
    monkeypatch.setattr(access_tokens, "fetch_token", partial(transmit_tokens.fetch_token, transport=scripted))

    def client(_kind: str, *, base_url: str, **more: Any) -> TransmitVerifyClient:
        return TransmitVerifyClient(base_url=base_url, transport=scripted, **more)

    with captured_log() as written:
        account = make_session_account(token="")
        session = make_session(account=account, customer=make_customer())
        deliver_lane(key_id=account.key_id, client_factory=client)
        texts = [stored()]
        refresh(session)
        token = address_token(session)
        texts.append(stored())
        address = open_hosted_page(token=token, at=timezone.now())
        state = scripted.bodies[0]["state"]
        assert returned(state, "sid-scripted")
        assert not returned(state, "sid-scripted")
        texts.append(stored())
        session.calls.filter(operation="GET_RESULT", status="WAITING").update(not_before=NOON)
        deliver_lane(key_id=account.key_id, client_factory=client)
        texts += [stored(), written.getvalue()]

    refresh(session)
    assert address.endswith(Scripted.START)
    assert (session.status, session.verification.answer) == ("COMPLETED", "ALLOW")
    for secret in (Scripted.START, Scripted.ACCESS, token, state):
        assert not [number for number, text in enumerate(texts) if secret in text]


def test_refused_returns_are_logged_without_what_came(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    session, state = waiting()
    logger = logging.getLogger("verifications")
    logger.addHandler(caplog.handler)
    try:
        returned("made-up-state", session.provider_reference)
        returned(state, "made-up-session")
    finally:
        logger.removeHandler(caplog.handler)

    assert len(caplog.records) >= 2
    for text in (state, "made-up-state", "made-up-session"):
        assert text not in caplog.text
