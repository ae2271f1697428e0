"""Fetching an access token: what is sent and read, and that neither secret nor token is kept. transmit-verify 3."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.loopback import LoopbackServer, Part, always, closed_port
from tests.providers.samples import SHORT, RecordingJournal
from tests.providers.transmit_samples import CLIENT_ID, TOKEN, Canned, told
from verifications.providers.errors import ProviderError, ProviderProtocolError, ProviderUnavailable
from verifications.providers.http import Transport
from verifications.providers.session_types import AccessToken
from verifications.providers.transmit_tokens import fetch_token
from verifications.providers.types import Credentials

SECRET = "s&cret=with %marks+and-lötters"
GOOD = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600, "scope": "openid"}


def fetch(transport: Transport | None, journal: RecordingJournal | None = None, base_url: str = "") -> AccessToken:
    return fetch_token(
        base_url=base_url,
        credentials=Credentials(CLIENT_ID, SECRET),
        journal=journal or RecordingJournal(),
        timeouts=SHORT,
        transport=transport,
    )


def failure(status: int, body: object = b"", **changes: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        fetch(Canned(status, body, **changes))
    return caught.value


def test_a_token_is_asked_for_with_a_form_at_the_root_of_the_host() -> None:
    with LoopbackServer(always(200, b'{"access_token": "abc.def.ghi", "expires_in": 3600}')) as server:
        token = fetch(None, base_url=server.base_url)

    [received] = server.requests
    assert (received.method, received.target) == ("POST", "/oidc/token")
    assert received.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in received.headers
    assert parse_qs(received.body.decode("ascii"), strict_parsing=True) == {
        "grant_type": ["client_credentials"],
        "client_id": [CLIENT_ID],
        "client_secret": [SECRET],
        "resource": ["https://verify.identity.security"],
    }
    assert token == AccessToken("abc.def.ghi", 3600)


@pytest.mark.parametrize(("status", "body"), [(200, GOOD), (401, {"error": SECRET}), (200, b"\xff")])
def test_neither_secret_nor_token_reaches_the_journal(status: int, body: object) -> None:
    journal = RecordingJournal()

    try:
        shown = repr(fetch(Canned(status, body), journal))
    except ProviderError as error:
        shown = error.message

    [sent], [received] = journal.sent, journal.received
    assert (sent.method, sent.target, sent.key_id) == ("POST", "/oidc/token", CLIENT_ID)
    assert sent.original == b""
    assert sent.redacted == {"grant_type": "client_credentials", "resource": "https://verify.identity.security"}
    assert received.body == b""
    assert set(received.redacted) == {"bytes", "content_type"}
    for hidden in (SECRET, "s%26cret", TOKEN):
        assert hidden not in told(journal) + shown


def test_the_hash_of_the_form_tells_nothing_about_the_secret() -> None:
    one, two = RecordingJournal(), RecordingJournal()

    fetch(Canned(200, GOOD), one)
    fetch_token(base_url="", credentials=Credentials(CLIENT_ID, "another"), journal=two, transport=Canned(200, GOOD))

    assert one.sent[0].body_sha256 == two.sent[0].body_sha256


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (3600, 3600.0), (1.5, 1.5), ("3600", 3600.0), (" 60 ", 60.0), (None, 300.0), ("soon", 300.0), (True, 300.0),
        ([], 300.0), ("nan", 300.0), (0, 0.0), (-5, 0.0), (86_401, 86_400.0), ("inf", 86_400.0), (10**400, 300.0),
    ],
)  # fmt: skip
def test_a_lifetime_is_read_in_every_form(expires_in: object, seconds: float) -> None:
    assert fetch(Canned(200, GOOD | {"expires_in": expires_in})).expires_in == seconds


def test_a_token_without_a_lifetime_is_kept_for_a_short_time() -> None:
    assert fetch(Canned(200, {"access_token": TOKEN})) == AccessToken(TOKEN, 300.0)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_client_that_is_not_accepted_stops_the_account(status: int) -> None:
    failed = failure(status, {"error": "invalid_client", "error_description": "no such client"})

    assert (type(failed), failed.code, failed.http_status) == (ProviderProtocolError, "client_refused", status)
    assert f"({status}): “invalid_client; no such client”" in failed.message
    assert "client id, secret and region" in failed.message


@pytest.mark.parametrize("status", [301, 302, 404, 405, 410])
def test_a_wrong_address_stops_the_account(status: int) -> None:
    failed = failure(status, b"<html>")

    assert (type(failed), failed.code) == (ProviderProtocolError, f"http_{status}")
    assert "base address" in failed.message


@pytest.mark.parametrize(
    ("status", "code"), [(408, "http_408"), (429, "rate_limited"), (500, "http_500"), (503, "http_503")]
)
def test_a_provider_that_is_down_is_asked_again(status: int, code: str) -> None:
    failed = failure(status, retry_after=9.0)

    assert isinstance(failed, ProviderUnavailable)
    assert (failed.code, failed.http_status, failed.retry_after) == (code, status, 9.0)
    assert "Nothing of a session was touched" in failed.message


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", [], {}, {"access_token": ""}, {"access_token": 7}, {"access_token": "a b"},
     {"access_token": "ключ"}, {"access_token": "a\nb"}, {"access_token": "x" * 20_000}],
)  # fmt: skip
def test_an_answer_without_a_usable_token_is_asked_for_again(body: object) -> None:
    failed = failure(200, body)

    assert (type(failed), failed.code) == (ProviderUnavailable, "unreadable_token")


@pytest.mark.parametrize(("flaw", "code"), [("cut", "answer_cut"), ("too_large", "answer_too_large")])
def test_a_token_that_broke_off_is_asked_for_again(flaw: str, code: str) -> None:
    failed = failure(200, GOOD, flaw=flaw)

    assert (type(failed), failed.code) == (ProviderUnavailable, code)


def test_a_lost_answer_is_asked_for_again() -> None:
    def never(part: Part) -> None:
        part.read_request()
        part.stopped.wait(5)

    with LoopbackServer(never) as server, pytest.raises(ProviderUnavailable, match="no token yet") as caught:
        fetch(None, base_url=server.base_url)

    assert caught.value.code == "timeout"


def test_no_connection_is_nothing_sent() -> None:
    with pytest.raises(ProviderUnavailable, match="Nothing was sent, and every session is kept"):
        fetch(None, base_url=f"http://127.0.0.1:{closed_port()}")


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([200, 302, 400, 401, 404, 429, 500]),
    st.binary(max_size=100)
    | st.dictionaries(
        st.sampled_from(["access_token", "expires_in", "error", "message"]),
        st.none() | st.text(max_size=20) | st.floats() | st.integers() | st.lists(st.text(max_size=5), max_size=2),
    ),
)
def test_no_answer_gives_anything_but_a_token_or_two_of_the_errors(status: int, body: object) -> None:
    seconds = 0.0
    try:
        seconds = fetch(Canned(status, body)).expires_in
    except (ProviderUnavailable, ProviderProtocolError) as error:
        status = error.http_status or 0

    assert 0 <= seconds <= 86_400
    assert status
