"""One access token an account: shared by every process, renewed early by one of them, forgotten when it is refused."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from tests.factories import ACTOR, NOON, SECRET, make_account
from tests.factories_sessions import (
    TOKEN,
    calls_of,
    deliver_session,
    make_due,
    make_session,
    make_session_account,
    refresh,
)
from tests.fakes_sessions import FakeSessionProvider
from tests.views.logs import captured_log
from verifications.models import AuditEvent, ProviderAccount, ProviderCall, ProviderToken
from verifications.providers.errors import OutcomeUnknown, ProviderProtocolError, ProviderRefused, ProviderUnavailable
from verifications.providers.session_types import AccessToken
from verifications.providers.types import Credentials, ReceivedAnswer, SentRequest
from verifications.services import access_tokens
from verifications.services.access_tokens import RENEWAL_LEASE, call_credentials
from verifications.services.call_sweep import sweep
from verifications.services.provider_accounts import AccountData, change_account, request_connection_check
from verifications.services.provider_calls import deliver_lane
from verifications.services.sealed_values import open_value

pytestmark = pytest.mark.django_db

REJECTED = ProviderUnavailable("Token not accepted (401).", code="token_rejected", http_status=401)
CLIENT_REFUSED = ProviderProtocolError("Refused an access token (401).", code="client_refused", http_status=401)


class FakeTokens:
    """In the place of ``fetch_token``: ``gives`` what comes next (a lifetime or an error), counts, and journals."""

    def __init__(self) -> None:
        self.gives: list[Any] = []
        self.given: list[str] = []
        self.before_answer: Callable[[], None] = lambda: None
        self.before_bytes = False

    def fetch(self, *, base_url: str, credentials: Credentials, journal: Any) -> AccessToken:
        assert (credentials.secret, base_url) == (SECRET, "http://127.0.0.1:9")
        answer = self.gives.pop(0) if self.gives else 3600.0
        if isinstance(answer, Exception) and self.before_bytes:
            raise answer
        journal.sending(
            SentRequest(
                method="POST",
                target="/oidc/token",
                key_id=credentials.key_id,
                nonce="",
                body_sha256="0" * 64,
                body_size=10,
                content_type="application/x-www-form-urlencoded",
                redacted={"grant_type": "client_credentials"},
            )
        )
        self.before_answer()
        if isinstance(answer, Exception):
            raise answer
        self.given.append(f"fetched-token-{len(self.given) + 1}")
        journal.answered(ReceivedAnswer(200, 5, "application/json", "", b"", {"bytes": 99}))
        return AccessToken(self.given[-1], answer)


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> FakeTokens:
    fake = FakeTokens()
    monkeypatch.setattr(access_tokens, "fetch_token", fake.fetch)
    return fake


@pytest.fixture
def no_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_tokens, "_margin", lambda: access_tokens.RENEW_BEFORE)


def fetches() -> list[ProviderCall]:
    return list(ProviderCall.objects.filter(operation="FETCH_TOKEN").order_by("id"))


def row(account: ProviderAccount) -> ProviderToken:
    return ProviderToken.objects.get(account=account)


# --- cached -----------------------------------------------------------------------------------------------------------
def test_a_token_is_fetched_once_and_used_by_every_call(clock: Any, tokens: FakeTokens) -> None:
    provider = FakeSessionProvider()
    account = make_session_account(token="")
    for _session in range(3):
        deliver_session(make_session(account=account), provider)

    assert provider.tokens == ["fetched-token-1"] * 3
    (call,) = fetches()
    assert (call.status, call.requested_by, call.sending_at, call.finished_at) == (
        "SUCCEEDED",
        "system:delivery",
        NOON,
        NOON,
    )
    assert row(account).expires_at == NOON + dt.timedelta(hours=1)
    assert row(account).renewer is None


def test_what_another_process_fetched_is_used(clock: Any, tokens: FakeTokens) -> None:
    account = make_session_account()

    credentials = call_credentials(ProviderAccount.objects.get(pk=account.pk), operation="GET_RESULT")

    assert (credentials.secret, credentials.key_id) == (TOKEN, account.key_id)
    assert fetches() == []
    assert TOKEN not in repr(credentials)


def test_accounts_of_other_providers_sign_in_with_their_secret(clock: Any, tokens: FakeTokens) -> None:
    for kind in ("KRAKEN_EMBED", "PAYWARD_SERVICES", "CAPA_PARTNER"):
        assert call_credentials(make_account(kind), operation="GET_RESULT").secret == SECRET

    assert not ProviderToken.objects.exists()


def test_each_account_has_a_token_of_its_own(clock: Any, tokens: FakeTokens) -> None:
    first, second = make_session_account(token=""), make_session_account(token="")

    assert (
        call_credentials(first, operation="GET_RESULT").secret
        != call_credentials(second, operation="GET_RESULT").secret
    )


# --- renewed ----------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("no_margin")
@pytest.mark.parametrize(("seconds", "is_renewed"), [(61, False), (60, True), (1, True), (0, True), (-5, True)])
def test_a_token_is_renewed_a_minute_before_it_ends(
    clock: Any, tokens: FakeTokens, seconds: int, is_renewed: bool
) -> None:
    account = make_session_account()
    ProviderToken.objects.update(expires_at=NOON + dt.timedelta(seconds=seconds))

    assert call_credentials(account, operation="GET_RESULT").secret == ("fetched-token-1" if is_renewed else TOKEN)


def test_processes_do_not_all_find_the_token_old_at_once() -> None:
    margins = {access_tokens._margin() for _process in range(50)}

    assert len(margins) > 10
    assert min(margins) >= dt.timedelta(seconds=60)
    assert max(margins) <= dt.timedelta(seconds=80)


def test_a_token_that_does_not_last_is_used_for_its_call(clock: Any, tokens: FakeTokens) -> None:
    tokens.gives = [0.0, 5.0]
    account = make_session_account(token="")

    assert [call_credentials(account, operation="GET_RESULT").secret for _call in range(2)] == [
        "fetched-token-1",
        "fetched-token-2",
    ]


def held(account: ProviderAccount, *, until: dt.datetime) -> uuid.UUID:
    """Another process renews the token."""
    renewer = uuid.uuid4()
    ProviderToken.objects.get_or_create(account=account)
    ProviderToken.objects.filter(account=account).update(renewer=renewer, renewer_expires_at=until)
    return renewer


def test_while_another_process_renews_it_the_old_token_is_used(clock: Any, tokens: FakeTokens) -> None:
    account = make_session_account()
    ProviderToken.objects.update(expires_at=NOON + dt.timedelta(seconds=30))
    renewer = held(account, until=NOON + RENEWAL_LEASE)

    assert call_credentials(account, operation="GET_RESULT").secret == TOKEN
    assert fetches() == []
    assert row(account).renewer == renewer


def test_a_renewal_whose_process_died_is_taken_over(clock: Any, tokens: FakeTokens) -> None:
    account = make_session_account(token="")
    held(account, until=NOON - dt.timedelta(seconds=1))

    assert call_credentials(account, operation="GET_RESULT").secret == "fetched-token-1"
    assert (row(account).renewer, row(account).renewer_expires_at) == (None, None)


def test_a_renewal_that_was_taken_over_keeps_its_own_token_to_itself(clock: Any, tokens: FakeTokens) -> None:
    account = make_session_account(token="")
    others: list[uuid.UUID] = []
    tokens.before_answer = lambda: others.append(held(account, until=NOON + RENEWAL_LEASE))

    assert call_credentials(account, operation="GET_RESULT").secret == "fetched-token-1"
    assert row(account).renewer == others[0]
    assert row(account).value is None


def test_a_token_that_came_between_look_and_turn_is_used(
    clock: Any, tokens: FakeTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make_session_account(token="")
    other = make_session_account(token="")
    take = access_tokens._take_renewal

    def take_late(token: ProviderToken, now: dt.datetime) -> bool:
        if token.account_id == account.pk and not tokens.given:
            access_tokens._renew(
                ProviderToken.objects.get(pk=token.pk), account, access_tokens.account_credentials(account)
            )
        return take(token, now)

    ProviderToken.objects.create(account=account, renewer=None)
    monkeypatch.setattr(access_tokens, "_take_renewal", take_late)
    monkeypatch.setattr(
        access_tokens.ProviderCall.objects, "create", _with_claim(access_tokens.ProviderCall.objects.create)
    )

    first = call_credentials(account, operation="GET_RESULT").secret
    assert first in tokens.given
    assert call_credentials(other, operation="GET_RESULT").secret != first


def _with_claim(create: Callable[..., Any]) -> Callable[..., Any]:
    def created(**columns: Any) -> Any:
        return create(**(columns | {"claim_token": columns.get("claim_token") or uuid.uuid4()}))

    return created


def test_waiting_for_another_process_ends_and_nothing_was_sent(tokens: FakeTokens, monkeypatch: Any) -> None:
    monkeypatch.setattr(access_tokens, "RENEWAL_LEASE", dt.timedelta(seconds=0.3))
    account = make_session_account(token="")
    held(account, until=dt.datetime(2033, 1, 1, tzinfo=dt.UTC))

    with pytest.raises(ProviderUnavailable) as caught:
        call_credentials(account, operation="GET_RESULT")

    assert caught.value.code == "token_busy"
    assert fetches() == []


def test_what_another_process_gets_while_this_one_waits_is_used(
    tokens: FakeTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make_session_account()
    ready = row(account).value
    ProviderToken.objects.update(value=None, expires_at=None)
    held(account, until=dt.datetime(2033, 1, 1, tzinfo=dt.UTC))
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            ProviderToken.objects.update(value=ready, expires_at=dt.datetime(2033, 1, 1, tzinfo=dt.UTC), renewer=None)

    monkeypatch.setattr(access_tokens.time, "sleep", sleep)

    assert call_credentials(account, operation="GET_RESULT").secret == TOKEN
    assert len(slept) == 3
    assert fetches() == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_processes_at_once_one_fetches(tokens: FakeTokens) -> None:
    account = make_session_account(token="")
    tokens.before_answer = lambda: time.sleep(0.3)
    start = threading.Barrier(6)
    got: list[str] = []

    def work() -> None:
        try:
            start.wait(timeout=30)
            got.append(call_credentials(ProviderAccount.objects.get(pk=account.pk), operation="GET_RESULT").secret)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _process in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert got == ["fetched-token-1"] * 6
    assert [call.status for call in fetches()] == ["SUCCEEDED"]


# --- refused by the API -----------------------------------------------------------------------------------------------
def test_a_refused_token_is_forgotten_and_the_call_goes_once_more_with_a_new_one(
    clock: Any, tokens: FakeTokens
) -> None:
    provider = FakeSessionProvider().will("create_session", REJECTED)
    session = make_session(account=make_session_account())

    deliver_session(session, provider)

    assert provider.tokens == [TOKEN, "fetched-token-1"]
    assert session.status == "WAITING_FOR_CUSTOMER"
    assert [(call.status, call.error_code) for call in calls_of(session, "CREATE_SESSION")] == [
        ("NOT_SENT", "token_rejected"),
        ("SUCCEEDED", ""),
    ]
    assert ProviderAccount.objects.get().paused_at is None


def test_a_new_token_that_is_refused_too_stops_the_account(clock: Any, tokens: FakeTokens) -> None:
    provider = FakeSessionProvider().will("create_session", REJECTED, REJECTED)
    session = make_session(account=make_session_account())

    deliver_session(session, provider)

    account = ProviderAccount.objects.get()
    assert provider.tokens == [TOKEN, "fetched-token-1"]
    assert account.paused_at == NOON
    assert "neither the access token nor a new one" in account.paused_reason
    assert (session.status, session.verification.status) == ("REQUESTED", "QUEUED")
    assert [call.error_code for call in calls_of(session, "CREATE_SESSION")] == ["token_rejected", "provider_auth", ""]
    assert row(account).value is None


def test_a_token_refused_again_later_is_renewed_again(clock: Any, tokens: FakeTokens) -> None:
    provider = FakeSessionProvider().will("create_session", REJECTED).will("get_result", REJECTED)
    session = make_session(account=make_session_account())
    deliver_session(session, provider)
    make_due(session, "GET_RESULT")

    deliver_session(session, provider)

    assert provider.tokens == [TOKEN, "fetched-token-1", "fetched-token-1", "fetched-token-2"]
    assert ProviderAccount.objects.get().paused_at is None


@pytest.mark.parametrize(
    "error", [ProviderUnavailable("Busy.", http_status=503), ProviderRefused("No.", http_status=400)]
)
def test_other_failures_keep_the_token(clock: Any, tokens: FakeTokens, error: Exception) -> None:
    session = make_session(account=make_session_account())

    deliver_session(session, FakeSessionProvider().will("create_session", error))

    assert open_value(ProviderToken.objects.get(), "value") == TOKEN


def test_a_connection_test_that_meets_a_stale_token_goes_once_more(clock: Any, tokens: FakeTokens) -> None:
    account = make_session_account()
    unknown = ProviderRefused("No such session.", code="not_found", http_status=404)
    provider = FakeSessionProvider().will("get_result", REJECTED, unknown)
    request_connection_check(account_id=account.pk, actor=ACTOR, at=NOON)

    deliver_lane(key_id=account.key_id, client_factory=provider.client)

    account.refresh_from_db()
    assert provider.asked("get_result") == ["portal-connection-check"] * 2
    assert account.check_passed is True


def test_a_connection_test_fails_when_the_new_token_is_refused_too(clock: Any, tokens: FakeTokens) -> None:
    account = make_session_account()
    provider = FakeSessionProvider().will("get_result", REJECTED, REJECTED)
    request_connection_check(account_id=account.pk, actor=ACTOR, at=NOON)

    deliver_lane(key_id=account.key_id, client_factory=provider.client)

    account.refresh_from_db()
    assert len(provider.asked("get_result")) == 2
    assert account.check_passed is False
    assert account.paused_at == NOON


@pytest.mark.parametrize(
    "changes", [{"secret": SECRET + "x"}, {"key_id": "other"}, {"base_url": "https://other.example"}]
)
def test_new_credentials_do_not_live_on_an_old_token(clock: Any, changes: dict[str, str]) -> None:
    account = make_session_account()
    entered = {"name": account.name, "kind": account.kind, "environment": "SANDBOX", "base_url": account.base_url}
    data = AccountData(**({**entered, "key_id": account.key_id} | changes))  # type: ignore[arg-type]

    change_account(account_id=account.pk, data=data, actor=ACTOR, at=NOON)

    assert row(account).value is None


def test_a_change_of_the_name_keeps_the_token(clock: Any) -> None:
    account = make_session_account()
    entered = {"kind": account.kind, "environment": "SANDBOX", "base_url": account.base_url, "key_id": account.key_id}

    change_account(account_id=account.pk, data=AccountData(name="Renamed", **entered), actor=ACTOR, at=NOON)

    assert row(account).value is not None


# --- refused by the token's address -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("error", "stops"),
    [
        (ProviderUnavailable("Busy.", code="rate_limited", http_status=429, retry_after=30), False),
        (ProviderUnavailable("No connection.", code="no_connection"), False),
        (OutcomeUnknown("No answer.", code="timeout"), False),
        (CLIENT_REFUSED, True),
        (ProviderProtocolError("Refused an access token (403).", code="client_refused", http_status=403), True),
        (ProviderProtocolError("Refused an access token (404).", code="http_404", http_status=404), True),
        (ProviderProtocolError("A redirect (302).", code="http_302", http_status=302), True),
    ],
    ids=["429", "no connection", "lost", "401", "403", "404", "302"],
)
@pytest.mark.parametrize("before_bytes", [True, False])
def test_no_token_never_becomes_a_verdict(
    clock: Any, tokens: FakeTokens, error: Exception, stops: bool, before_bytes: bool
) -> None:
    tokens.gives, tokens.before_bytes = [error], before_bytes
    provider = FakeSessionProvider()
    session = make_session(account=make_session_account(token=""))

    deliver_session(session, provider)

    assert provider.calls == []
    assert (session.status, session.verification.status) == ("REQUESTED", "QUEUED")
    assert [call.status for call in calls_of(session, "CREATE_SESSION")] == ["NOT_SENT", "WAITING"]
    assert (ProviderAccount.objects.get().paused_at is not None) is stops
    (fetch,) = fetches()
    assert fetch.status in ("NOT_SENT", "REFUSED")
    assert fetch.message
    assert row(session.account).renewer is None


def test_a_customer_is_not_refused_for_a_token_that_did_not_come(clock: Any, tokens: FakeTokens) -> None:
    tokens.gives = [ProviderUnavailable("Busy.")]
    session = make_session(account=make_session_account(token=""))
    deliver_session(session, FakeSessionProvider())
    make_due(session, "CREATE_SESSION")

    deliver_session(session, FakeSessionProvider())

    assert session.status == "WAITING_FOR_CUSTOMER"
    assert [call.status for call in fetches()] == ["NOT_SENT", "SUCCEEDED"]


# --- workers that die -------------------------------------------------------------------------------------------------
class WorkerDied(BaseException):
    """Nobody catches this."""


@pytest.mark.parametrize("is_sending", [True, False])
def test_a_fetch_whose_worker_died_is_settled_and_never_goes_by_itself(
    clock: Any, tokens: FakeTokens, monkeypatch: Any, is_sending: bool
) -> None:
    def die(**_more: Any) -> AccessToken:
        ProviderCall.objects.filter(operation="FETCH_TOKEN").update(sending_at=NOON if is_sending else None)
        raise WorkerDied

    session = make_session(account=make_session_account(token=""))
    with monkeypatch.context() as dying:
        dying.setattr(access_tokens, "fetch_token", die)
        with pytest.raises(WorkerDied):
            deliver_session(session, FakeSessionProvider())
    later = NOON + dt.timedelta(hours=1)
    clock.move_to(later)
    sweep(now=later)

    deliver_session(session, FakeSessionProvider())

    assert session.status == "WAITING_FOR_CUSTOMER"
    assert [call.status for call in fetches()] == ["NOT_SENT", "SUCCEEDED"]
    assert not ProviderCall.objects.filter(error_code="portal_fault").exists()


# --- secrets ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def everything_logged() -> Iterator[Any]:
    with captured_log() as written:
        root = logging.getLogger()
        level = root.level
        root.setLevel(logging.DEBUG)
        try:
            yield written
        finally:
            root.setLevel(level)


def test_no_secret_stands_on_the_ledger_in_the_log_or_in_the_events(
    clock: Any, tokens: FakeTokens, everything_logged: Any
) -> None:
    tokens.gives = [ProviderUnavailable("Busy."), 3600.0]
    provider = FakeSessionProvider().will("create_session", REJECTED, REJECTED)
    session = make_session(account=make_session_account(token=""))
    for _try in range(3):
        make_due(session, "CREATE_SESSION")
        deliver_session(session, provider)
    refresh(session)

    with connection.cursor() as cursor:
        stored = ""
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {table}")
            stored += str(cursor.fetchall())
    assert provider.tokens[0] == "fetched-token-1"
    for secret in (SECRET, "fetched-token"):
        assert secret not in stored
        assert secret not in everything_logged.getvalue()
        assert secret not in str(list(AuditEvent.objects.values()))
    for call in fetches():
        assert call.request_original is None
        assert call.answer_original is None
