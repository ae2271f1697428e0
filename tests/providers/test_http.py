"""What can happen on the network, each case ending in exactly one of the four errors or in an answer."""

from __future__ import annotations

import email.utils
import gzip
import os
import socket
import time
from collections.abc import Callable

import pytest
import requests.adapters
import responses

from tests.providers.loopback import JSON_OK, LoopbackServer, Part, Script, always, closed_port, tls_contexts
from tests.providers.samples import (
    EMBED_USER,
    SHORT,
    ZOE,
    RecordingJournal,
    embed_client,
    file_address,
    file_part,
    payward_client,
)
from verifications.providers.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)
from verifications.providers.http import ANSWER_LIMIT, OutgoingRequest, Timeouts, Transport, parse_retry_after
from verifications.providers.kraken_embed import KrakenEmbedClient
from verifications.providers.types import DocumentSubmission, SentRequest, UrlSubmission

BY_URL = UrlSubmission(EMBED_USER, ZOE, (file_address(),))
BIG_FILE = DocumentSubmission(EMBED_USER, ZOE, (file_part(os.urandom(8_000_000)),))


def outcome_of(script: Script, *, submission: UrlSubmission | DocumentSubmission = BY_URL) -> ProviderError:
    with LoopbackServer(script) as server, pytest.raises(ProviderError) as caught:
        submit(embed_client(server.base_url, timeouts=SHORT), submission)
    assert server.connections == 1
    return caught.value


def submit(client: KrakenEmbedClient, submission: UrlSubmission | DocumentSubmission) -> None:
    if isinstance(submission, UrlSubmission):
        client.submit_document_urls(submission)
    else:
        client.submit_documents(submission)


# --- nothing left -----------------------------------------------------------------------------------------------------
def test_a_refused_connection_is_unavailable() -> None:
    with pytest.raises(ProviderUnavailable) as caught:
        embed_client(f"http://127.0.0.1:{closed_port()}").submit_document_urls(BY_URL)

    assert caught.value.code == "not_reached"
    assert "refused" in caught.value.message


def test_an_unknown_host_is_unavailable() -> None:
    with pytest.raises(ProviderUnavailable, match="host name is not known"):
        embed_client("https://no-such-host.invalid").submit_document_urls(BY_URL)


def test_a_host_that_never_accepts_is_unavailable_after_the_connect_timeout() -> None:
    started = time.monotonic()
    with LoopbackServer(close_after_request) as server:
        server._stopped.set()
        server._acceptor.join(5)
        fillers = [_half_open(server.port) for _ in range(18)]
        with pytest.raises(ProviderUnavailable, match="no connection in time"):
            embed_client(server.base_url, timeouts=SHORT).submit_document_urls(BY_URL)
        for filler in fillers:
            filler.close()

    assert time.monotonic() - started < 4


def test_a_certificate_nobody_vouches_for_is_unavailable() -> None:
    with (
        tls_contexts() as (server_tls, _trusting),
        LoopbackServer(always(200, JSON_OK), tls=server_tls) as server,
        pytest.raises(ProviderUnavailable, match="certificate is not trusted"),
    ):
        embed_client(server.base_url).submit_document_urls(BY_URL)

    assert server.requests == []


def test_a_certificate_for_another_host_is_unavailable() -> None:
    with (
        tls_contexts(host="127.0.0.2") as (server_tls, client_tls),
        LoopbackServer(always(200, JSON_OK), tls=server_tls) as server,
    ):
        transport = Transport(server.base_url, provider="Kraken Embed", ssl_context=client_tls)
        client = embed_client(server.base_url, transport=transport)
        with pytest.raises(ProviderUnavailable, match="certificate is not trusted"):
            client.submit_document_urls(BY_URL)

    assert server.requests == []


def test_a_server_that_speaks_no_tls_is_unavailable() -> None:
    def speaks_http(part: Part) -> None:
        part.sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with LoopbackServer(speaks_http) as server, pytest.raises(ProviderUnavailable, match="no secure connection"):
        embed_client(server.base_url.replace("http:", "https:")).submit_document_urls(BY_URL)


def test_an_answer_comes_through_verified_tls() -> None:
    with tls_contexts() as (server_tls, client_tls), LoopbackServer(always(200, JSON_OK), tls=server_tls) as server:
        transport = Transport(server.base_url, provider="Kraken Embed", ssl_context=client_tls)
        client = embed_client(server.base_url, transport=transport)

        assert client.submit_documents(BIG_FILE).verification_id == "ver_1"

    assert len(server.requests[0].body) > 8_000_000


@pytest.mark.parametrize(
    "base_url",
    ["", "example.org", "ftp://example.org", "https://", "https://example.org/prefix", "https://u:p@example.org",
     "https://example.org?x=1", "https://example.org:99999", "https://[::1", "https://exa mple.org"],
)  # fmt: skip
def test_an_unusable_base_address_sends_nothing(base_url: str) -> None:
    with pytest.raises(ProviderProtocolError, match="Nothing was sent") as caught:
        embed_client(base_url).submit_document_urls(BY_URL)

    assert caught.value.code == "bad_account"


@pytest.mark.parametrize("target", ["/b2b/a b", "/b2b/\x00", "/b2b/\r\nX: y"])
def test_a_target_that_no_request_line_can_hold_never_leaves_as_another(target: str) -> None:
    with LoopbackServer(always(200)) as server:
        try:
            Transport(server.base_url, provider="P", timeouts=SHORT).send(OutgoingRequest("GET", target, {}))
        except (ProviderProtocolError, ProviderUnavailable):
            pass
        else:
            assert "\r" not in server.requests[0].line
            assert "x" not in server.requests[0].headers


# --- bytes left, no answer --------------------------------------------------------------------------------------------
def reset_at_once(part: Part) -> None:
    part.sock.recv(1)  # a connection reset before its first byte has sent nothing
    part.reset()


def reset_after_head(part: Part) -> None:
    part.read_head()
    part.reset()


def reset_after_request(part: Part) -> None:
    part.read_request()
    part.reset()


def close_after_request(part: Part) -> None:
    part.read_request()


def silent(part: Part) -> None:
    part.read_request()
    part.stopped.wait(5)


def half_a_head(part: Part) -> None:
    part.read_request()
    part.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")


def no_http(part: Part) -> None:
    part.read_request()
    part.sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


def endless_headers(part: Part) -> None:
    part.read_request()
    part.sock.sendall(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(500)) + b"\r\n")


def dripping_head(part: Part) -> None:
    part.read_request()
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"s" * 1000:
        part.sock.sendall(bytes([byte]))
        if part.stopped.wait(0.1):
            return


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (reset_after_head, "connection_lost"),
        (reset_after_request, "connection_lost"),
        (close_after_request, "connection_lost"),
        (half_a_head, "unreadable_answer"),
        (no_http, "connection_lost"),
        (endless_headers, "connection_lost"),
        (silent, "timeout"),
        (dripping_head, "timeout"),
    ],
)
def test_no_answer_after_bytes_left_is_unknown(script: Script, code: str) -> None:
    error = outcome_of(script)

    assert (type(error), error.code) == (OutcomeUnknown, code)


def test_sloppy_headers_are_read_without_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    def sloppy(part: Part) -> None:
        part.read_request()
        part.sock.sendall(b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 38\r\n\r\n" + JSON_OK)

    with LoopbackServer(sloppy) as server:
        assert embed_client(server.base_url, timeouts=SHORT).submit_document_urls(BY_URL).verification_id == "ver_1"

    assert not [record for record in caplog.records if record.levelname != "DEBUG"]


@pytest.mark.parametrize("script", [reset_at_once, reset_after_head])
def test_a_reset_while_the_body_is_sent_is_unknown(script: Script) -> None:
    assert type(outcome_of(script, submission=BIG_FILE)) is OutcomeUnknown


def test_a_server_that_stops_reading_is_unknown_within_the_deadline() -> None:
    started = time.monotonic()

    def stops_reading(part: Part) -> None:
        part.read_head()
        part.stopped.wait(5)

    error = outcome_of(stops_reading, submission=BIG_FILE)

    assert (type(error), error.code) == (OutcomeUnknown, "timeout")
    assert time.monotonic() - started < 3


def test_one_byte_a_moment_cannot_hold_a_call_beyond_its_deadline() -> None:
    def dripping_body(part: Part) -> None:
        part.read_request()
        part.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        while not part.stopped.wait(0.1):
            part.sock.sendall(b" ")

    started = time.monotonic()
    error = outcome_of(dripping_body)

    assert (type(error), error.code) == (OutcomeUnknown, "answer_cut")
    assert time.monotonic() - started < 2.5


# --- answers that are none --------------------------------------------------------------------------------------------
def cut_short(part: Part) -> None:
    part.read_request()
    part.answer(200, b'{"result":{"verif', declared=38)


def cut_by_reset(part: Part) -> None:
    part.read_request()
    part.answer(200, b'{"result":{"verif', declared=38)
    part.reset()


def broken_gzip(part: Part) -> None:
    part.read_request()
    part.answer(200, b"\x1f\x8bnot gzip", Content_Encoding="gzip")


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (cut_short, "answer_cut"),
        (cut_by_reset, "answer_cut"),
        (broken_gzip, "answer_cut"),
        (always(200, b'{"result":{"verif'), "unreadable_answer"),
        (always(200, b"<!doctype html><p>Welcome", Content_Type="text/html"), "unreadable_answer"),
        (always(200, b""), "unreadable_answer"),
        (always(204), "unreadable_answer"),
        (always(200, b"[1]"), "unreadable_answer"),
        (always(200, b"[" * 200_000), "unreadable_answer"),
        (always(200, b"9" * 10_000), "unreadable_answer"),
        (always(200, b'{"result":{"verification_id":NaN}}'), "unreadable_answer"),
        (always(200, b"{}"), "no_verification_id"),
        (always(200, b'{"result":{}}'), "no_verification_id"),
        (always(200, b'{"result":{"verification_id":""}}'), "no_verification_id"),
        (always(200, b'{"result":{"verification_id":7}}'), "no_verification_id"),
        (always(200, b'{"result":{"verification_id":"\\ud800"}}'), "no_verification_id"),
        (always(200, b'{"result":{"verification_id":"a\\u0000b"}}'), "no_verification_id"),
        (always(200, b'{"result":{"verification_id":"' + b"x" * 256 + b'"}}'), "no_verification_id"),
        (always(200, b'{"data":{"verification_id":"wrong-envelope"}}'), "no_verification_id"),
    ],
)
def test_a_success_without_what_the_contract_promises_is_unknown(script: Script, code: str) -> None:
    error = outcome_of(script)

    assert (type(error), error.code) == (OutcomeUnknown, code)


def test_a_gigabyte_of_answer_is_not_read() -> None:
    sent = 0

    def gigabyte(part: Part) -> None:
        nonlocal sent
        part.read_request()
        part.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        block = b" " * 65536
        while sent < 1_073_741_824:
            part.sock.sendall(block)
            sent += len(block)

    journal = RecordingJournal()
    with LoopbackServer(gigabyte) as server, pytest.raises(OutcomeUnknown) as caught:
        embed_client(server.base_url, journal).submit_document_urls(BY_URL)

    assert caught.value.code == "answer_too_large"
    assert len(journal.received[0].body) == ANSWER_LIMIT
    assert sent < 32_000_000


def test_a_compressed_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b" " * 200_000_000, compresslevel=9)
    error = outcome_of(always(200, bomb, Content_Encoding="gzip"))

    assert (type(error), error.code) == (OutcomeUnknown, "answer_too_large")


def test_a_valid_answer_under_a_wrong_content_type_is_taken() -> None:
    with LoopbackServer(always(200, JSON_OK, Content_Type="text/html")) as server:
        assert embed_client(server.base_url).submit_document_urls(BY_URL).verification_id == "ver_1"


# --- early answers ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "kind"), [(413, ProviderRefused), (401, ProviderProtocolError), (503, ProviderUnavailable)]
)
@pytest.mark.parametrize("closes", ["orderly", "by reset"])
def test_an_answer_while_the_body_is_still_leaving_is_read(status: int, kind: type[ProviderError], closes: str) -> None:
    def early(part: Part) -> None:
        part.read_head()
        part.answer(status, b'{"error":["EGeneral:Too large"]}' if status == 413 else b"")
        if closes == "orderly":
            part.sock.shutdown(1)
            part.stopped.wait(0.3)
        else:
            part.stopped.wait(0.1)

    error = outcome_of(early, submission=BIG_FILE)

    assert (type(error), error.http_status) == (kind, status)


# --- no repeats, no redirects, no environment -------------------------------------------------------------------------
def test_a_redirect_is_not_followed_and_its_body_not_read() -> None:
    hits: list[str] = []

    def redirect(part: Part) -> None:
        hits.append(part.read_request().target)
        part.answer(301, b"x" * 100, declared=1_000_000_000, Location="/b2b/elsewhere")

    error = outcome_of(redirect)

    assert (type(error), error.http_status) == (ProviderProtocolError, 301)
    assert len(hits) == 1


def test_each_call_has_a_connection_of_its_own() -> None:
    def keeps_alive(part: Part) -> None:
        while True:
            part.read_request()
            part.answer(200, b'{"result":{"status":{"state":"ok"}}}')

    with LoopbackServer(keeps_alive) as server:
        client = embed_client(server.base_url)
        client.get_user(EMBED_USER)
        client.get_user(EMBED_USER)

    assert server.connections == 2


def test_proxies_and_passwords_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("no_proxy", "")
    with LoopbackServer(always(200, JSON_OK)) as server:
        assert embed_client(server.base_url).submit_document_urls(BY_URL).verification_id == "ver_1"

    assert "authorization" not in server.requests[0].headers


@responses.activate
def test_the_request_goes_through_the_adapter_of_requests() -> None:
    responses.post(f"https://nexus.kraken.com/b2b/verifications/{EMBED_USER}/url", body=JSON_OK, status=200)

    accepted = embed_client("https://nexus.kraken.com").submit_document_urls(BY_URL)

    assert accepted.verification_id == "ver_1"
    assert issubclass(type(responses.calls[0].request), requests.PreparedRequest)


# --- journal ----------------------------------------------------------------------------------------------------------
def test_the_journal_hears_of_the_call_in_order() -> None:
    journal = RecordingJournal()

    def look(part: Part) -> None:
        part.read_request()
        journal.steps.append("provider")
        part.answer(200, JSON_OK, x_trace_id="0123456789abcdef0123456789abcdef")

    with LoopbackServer(look) as server:
        embed_client(server.base_url, journal).submit_document_urls(BY_URL)

    left = journal.steps.pop(journal.steps.index("left"))  # races with the provider's reading
    assert (left, journal.steps) == ("left", ["nonce", "sending", "provider", "answered"])
    assert journal.received[0].trace_id == "0123456789abcdef0123456789abcdef"
    assert journal.received[0].body == JSON_OK
    assert journal.received[0].redacted == {"result": {"verification_id": "ver_1"}}


def test_nothing_is_sent_when_the_journal_cannot_write() -> None:
    class FullJournal(RecordingJournal):
        def sending(self, request: SentRequest) -> None:  # noqa: ARG002
            raise RuntimeError("the ledger is full")

    with LoopbackServer(always(200, JSON_OK)) as server, pytest.raises(RuntimeError, match="ledger"):
        embed_client(server.base_url, FullJournal()).submit_document_urls(BY_URL)

    assert server.connections == 0


def test_the_answer_is_written_down_before_it_is_found_unreadable() -> None:
    journal = RecordingJournal()
    with LoopbackServer(cut_short) as server, pytest.raises(OutcomeUnknown):
        embed_client(server.base_url, journal, timeouts=SHORT).submit_document_urls(BY_URL)

    assert journal.received[0].http_status == 200
    assert journal.received[0].body == b'{"result":{"verif'


# --- Retry-After ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("86400", 3600.0),
        ("9" * 500, 3600.0),
        (email.utils.formatdate(1_000_030, usegmt=True), 30.0),
        (email.utils.formatdate(999_000, usegmt=True), 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("1.5", None),
        ("²", None),
        ("Mon, 99 Foo 2025 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(text: str, seconds: float | None) -> None:
    assert parse_retry_after(text, now=1_000_000) == seconds


@pytest.mark.parametrize(
    ("client", "status"),
    [(embed_client, 429), (embed_client, 503), (payward_client, 429)],  # a 503 of Payward's says nothing of the kind
)
def test_busy_answers_carry_the_wait(status: int, client: Callable[..., KrakenEmbedClient]) -> None:
    with LoopbackServer(always(status, b"", Retry_After="12")) as server, pytest.raises(ProviderUnavailable) as caught:
        client(server.base_url).submit_document_urls(BY_URL)

    assert (caught.value.retry_after, caught.value.fresh_nonce) == (12.0, False)


def test_submissions_have_longer_limits_than_small_calls() -> None:
    times = Timeouts()

    assert times.submission_stall >= 180
    assert times.small_total <= 30
    assert times.connect < 4


def _half_open(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setblocking(False)
    sock.connect_ex(("127.0.0.1", port))
    return sock
