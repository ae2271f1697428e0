"""Which answer of Transmit Security is which of the four errors, and what people read then. transmit-verify 7."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.loopback import LoopbackServer, Part, always, closed_port
from tests.providers.samples import SHORT, RecordingJournal
from tests.providers.transmit_samples import (
    COMPLETE,
    HOSTED,
    SESSION,
    STATE,
    TOKEN,
    Canned,
    image,
    told,
    transmit_client,
)
from verifications.providers.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)
from verifications.providers.transmit_verify import TransmitVerifyClient

CALLS: dict[str, Callable[[TransmitVerifyClient], object]] = {
    "create_session": lambda client: client.create_session(HOSTED),
    "get_result": lambda client: client.get_result(SESSION),
    "delete_session": lambda client: client.delete_session(SESSION),
    "list_images": lambda client: client.list_images(SESSION),
    "add_image": lambda client: client.add_image(SESSION, image()),
    "get_image": lambda client: client.get_image(SESSION, "img-01"),
    "get_consent": lambda client: client.get_consent(SESSION),
}
ROWS: list[tuple[int, type[ProviderError], str]] = [
    (301, ProviderProtocolError, "http_301"),
    (302, ProviderProtocolError, "http_302"),
    (304, ProviderProtocolError, "http_304"),
    (400, ProviderRefused, "bad_request"),
    (401, ProviderUnavailable, "token_rejected"),
    (403, ProviderProtocolError, "forbidden"),
    (404, ProviderRefused, "not_found"),
    (408, OutcomeUnknown, "http_408"),
    (409, ProviderRefused, "conflict"),
    (413, ProviderRefused, "http_413"),
    (422, ProviderRefused, "http_422"),
    (429, ProviderUnavailable, "rate_limited"),
    (500, OutcomeUnknown, "http_500"),
    (502, OutcomeUnknown, "http_502"),
    (503, OutcomeUnknown, "http_503"),
    (504, OutcomeUnknown, "http_504"),
    (599, OutcomeUnknown, "http_599"),
    (600, OutcomeUnknown, "http_600"),
]
AN_ANSWER = {("delete_session", 404), ("add_image", 409)}
FAILURES = [(call, *row) for call in CALLS for row in ROWS if (call, row[0]) not in AN_ANSWER]


def failure(status: int, body: object = b"", call: str = "get_result", **changes: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        CALLS[call](transmit_client(Canned(status, body, **changes)))
    return caught.value


@pytest.mark.parametrize(("call", "status", "error", "code"), FAILURES)
def test_every_status_is_its_error_in_every_call(call: str, status: int, error: type[ProviderError], code: str) -> None:
    failed = failure(status, {"message": "no"}, call)

    assert (type(failed), failed.code, failed.http_status) == (error, code, status)
    assert str(status) in failed.message
    assert "ession is kept" in failed.message
    assert "submission" not in failed.message


@pytest.mark.parametrize("retry_after", [None, 7.0])
def test_a_rate_limit_says_how_long_to_wait_when_it_was_told(retry_after: float | None) -> None:
    failed = failure(429, retry_after=retry_after)

    assert isinstance(failed, ProviderUnavailable)
    assert failed.retry_after == retry_after
    assert not failed.fresh_nonce


def test_a_retry_after_is_read_from_the_wire() -> None:
    with LoopbackServer(always(429, b"", Retry_After="12")) as server, pytest.raises(ProviderUnavailable) as caught:
        transmit_client(base_url=server.base_url).get_result(SESSION)

    assert caught.value.retry_after == 12


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        ({"message": "state is missing"}, "(400): “state is missing”."),
        ({"message": ["first", "second", "third", "fourth"]}, "(400): “first; second; third”."),
        ({"error": "invalid", "error_description": "no such thing"}, "(400): “invalid; no such thing”."),
        ({"message": "same", "error": "same"}, "(400): “same”."),
        ({"message": "bad", "error_code": 12345}, "(400): “bad” (code 12345)."),
        ({"message": "bad", "error_code": "E_BAD"}, "(400): “bad” (code E_BAD)."),
        ({"ts_error_code": "ts.bad", "error_code": 1}, "(400) (code ts.bad)."),
        ({"message": "see https://evil.example/x?y=1"}, "(400): “see [address]”."),
        ({"message": "mail zoe@example.org about X1234567"}, "(400): “mail [e-mail] about [number]”."),
        ({"message": "two\r\nlines\x00"}, "(400): “two lines”."),
        ({"message": {"deep": 1}, "error": 5, "error_code": True, "ts_error_code": None}, "(400)."),
        ({"message": [1, None, ""], "error_code": -1}, "(400)."),
        ({"error_code": 10**30}, "(400)."),
        ([{"message": "in a list"}], "(400)."),
        ("text", "(400)."),
        (b"", "(400)."),
        (b"<html><body>Bad gateway for zoe@example.org</body></html>", "(400)."),
        (b"\xff\xfe", "(400)."),
    ],
)
def test_an_error_body_is_quoted_with_care(body: object, quoted: str) -> None:
    assert failure(400, body).message.startswith(f"Transmit Security refused the request {quoted}")


def test_a_long_error_text_is_cut() -> None:
    assert len(failure(400, {"message": ["word " * 500] * 10}).message) < 1000


@pytest.mark.parametrize("call", CALLS)
def test_neither_token_nor_state_is_quoted_or_kept(call: str) -> None:
    journal = RecordingJournal()
    body = {"message": f"{TOKEN} {STATE} {HOSTED.callback_url}", "error_code": TOKEN, "code": TOKEN}

    with pytest.raises(ProviderUnavailable) as caught:
        CALLS[call](transmit_client(Canned(401, body), journal))

    assert TOKEN not in told(journal) + caught.value.message
    if call == "create_session":
        assert STATE not in told(journal) + caught.value.message


@pytest.mark.parametrize("flaw", ["cut", "too_large"])
@pytest.mark.parametrize("call", CALLS)
def test_a_success_that_broke_off_leaves_the_outcome_unknown(call: str, flaw: str) -> None:
    failed = failure(200, COMPLETE, call, flaw=flaw)

    assert (type(failed), failed.code) == (OutcomeUnknown, {"cut": "answer_cut", "too_large": "answer_too_large"}[flaw])
    assert "The session is kept here" in failed.message


def test_a_refusal_that_broke_off_is_still_a_refusal() -> None:
    assert type(failure(400, b'{"message": "no', flaw="cut")) is ProviderRefused


def test_no_connection_is_nothing_sent() -> None:
    client = transmit_client(base_url=f"http://127.0.0.1:{closed_port()}", timeouts=SHORT)

    with pytest.raises(ProviderUnavailable, match="Nothing was sent, and the session is kept"):
        client.get_result(SESSION)


def _never_answers(part: Part) -> None:
    part.read_request()
    part.stopped.wait(5)


@pytest.mark.parametrize("call", CALLS)
def test_no_answer_in_time_leaves_the_outcome_unknown(call: str) -> None:
    with LoopbackServer(_never_answers) as server:
        client = transmit_client(base_url=server.base_url, timeouts=SHORT)

        with pytest.raises(OutcomeUnknown, match=r"did not answer in time .* asks again by itself") as caught:
            CALLS[call](client)

    assert caught.value.code == "timeout"


@pytest.mark.parametrize("token", ["line\nbreak", "ключ"])
def test_a_token_that_fits_no_header_is_the_accounts_fault(token: str) -> None:
    with pytest.raises(ProviderProtocolError) as caught:
        transmit_client(base_url="http://127.0.0.1:9", token=token).get_result(SESSION)

    assert token not in caught.value.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
MEMBERS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        (
            "session_id", "status", "recommendation", "person", "document", "additional_info", "checks",
            "verification_images", "risk_details", "extracted_info", "session_images", "feedback", "complete",
            "missing_images", "custom_feedback", "consent_granted", "consent_date", "expiration", "start_token",
            "message", "error", "error_code",
        ),
        JSON,
    ),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    call=st.sampled_from(sorted(CALLS)),
    status=st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 409, 429, 500]),
    body=st.binary(max_size=200) | JSON | MEMBERS,
)
def test_no_answer_gives_anything_but_a_result_or_the_four_errors(call: str, status: int, body: object) -> None:
    journal = RecordingJournal()

    message = ""
    try:
        CALLS[call](transmit_client(Canned(status, body), journal))
    except (ProviderRefused, ProviderUnavailable, OutcomeUnknown, ProviderProtocolError) as error:
        message = error.message

    assert message.isprintable()
    assert journal.steps == ["sending", "answered"]
