"""From answer to outcome: every status, every known text, every shape of error, and any JSON at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.samples import (
    EMBED_USER,
    PAYWARD_USER,
    PROFILE,
    ZOE,
    CannedTransport,
    RecordingJournal,
    embed_client,
    file_address,
    payward_client,
)
from verifications.providers.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)
from verifications.providers.outcome import OutcomeAnswer, read_outcome
from verifications.providers.types import FullName, ProfileChanges, UrlSubmission

CLIENTS = {"embed": embed_client, "payward": payward_client}
BY_URL = UrlSubmission(EMBED_USER, ZOE, (file_address(),))

STATUSES = {
    301: ProviderProtocolError, 302: ProviderProtocolError, 304: ProviderProtocolError, 308: ProviderProtocolError,
    400: ProviderRefused, 401: ProviderProtocolError, 402: ProviderRefused, 403: ProviderProtocolError,
    404: ProviderRefused, 405: ProviderRefused, 408: OutcomeUnknown, 409: ProviderRefused, 413: ProviderRefused,
    415: ProviderRefused, 418: ProviderRefused, 422: ProviderRefused, 429: ProviderUnavailable,
    500: OutcomeUnknown, 501: OutcomeUnknown, 502: OutcomeUnknown, 503: ProviderUnavailable, 504: OutcomeUnknown,
    520: OutcomeUnknown, 599: OutcomeUnknown,
}  # fmt: skip
BODIES = {"empty": b"", "html": b"<!doctype html><script nonce=abc></script>", "list": b"[]", "object": b"{}"}


def error_of(client: str, status: int, body: object = b"", **answer: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        CLIENTS[client]("", transport=CannedTransport(status, body, **answer)).submit_document_urls(BY_URL)
    return caught.value


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("status", STATUSES)
def test_each_status_has_one_outcome(client: str, status: int, body: str) -> None:
    error = error_of(client, status, BODIES[body])

    assert type(error) is (OutcomeUnknown if (client, status) == ("payward", 503) else STATUSES[status])
    assert (error.code, error.http_status) == (f"http_{status}", status)


@pytest.mark.parametrize("flaw", ["cut", "too_large"])
@pytest.mark.parametrize("status", STATUSES)
def test_a_status_counts_even_when_its_body_was_lost(status: int, flaw: str) -> None:
    assert type(error_of("embed", status, b'{"err', flaw=flaw)) is STATUSES[status]


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("client", CLIENTS)
def test_any_2xx_with_an_id_is_accepted(client: str, status: int) -> None:
    result = {"verification_id": "ver-ë:王"}
    transport = CannedTransport(
        status, {"result": result, "data": result, "error": [], "errors": None, "new": {"x": 1}}
    )

    accepted = CLIENTS[client]("", transport=transport).submit_document_urls(BY_URL)

    assert (accepted.verification_id, accepted.warnings) == ("ver-ë:王", ())


@pytest.mark.parametrize("status", [200, 400, 401, 403, 409, 422, 500, 503])
@pytest.mark.parametrize(
    "body",
    [
        {"error": ["EAPI:Invalid nonce"]},
        {"errors": ["Invalid nonce"]},
        {"error": "nonce too low"},
        {"errors": [{"code": "INVALID_NONCE", "message": "use a greater one"}]},
        {"error": {"title": "Nonce was already used"}},
        {"type": "tag:kraken.com,2025:InvalidNonce", "title": "API: Invalid nonce", "status": 401, "data": {}},
    ],
)
def test_a_text_naming_the_nonce_wants_a_fresh_one_whatever_the_status(status: int, body: dict[str, Any]) -> None:
    error = error_of("payward", status, body)

    assert isinstance(error, ProviderUnavailable)
    assert error.fresh_nonce


def test_a_plain_text_naming_the_nonce_is_understood() -> None:
    error = error_of("embed", 401, b"Invalid nonce")

    assert isinstance(error, ProviderUnavailable)
    assert error.fresh_nonce


@pytest.mark.parametrize("status", [200, 400, 401, 429, 500])
@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("EGeneral:Temporary lockout", "15 minutes"),
        ("EAPI:Invalid key", "key"),
        ("Invalid signature", "signature"),
        ("EAPI:Invalid signature", "signature"),
        ("Missing API-Key", "key"),
        ("Missing API-Nonce", "key"),
        ("EGeneral:Permission denied", "permission"),
    ],
)
def test_a_text_about_the_account_stops_it_whatever_the_status(status: int, text: str, hint: str) -> None:
    error = error_of("embed", status, {"error": [text]})

    assert isinstance(error, ProviderProtocolError)
    assert hint in error.message


def test_a_signature_on_a_document_is_no_signature_of_ours() -> None:
    assert (
        type(error_of("embed", 400, {"error": ["EKyc:The document has an invalid signature field"]})) is ProviderRefused
    )


@pytest.mark.parametrize("text", ["EAPI:Rate limit exceeded", "EGeneral:Too many requests", "Rate limit exceeded"])
def test_a_text_about_the_rate_is_unavailable(text: str) -> None:
    error = error_of("embed", 200, {"error": [text]}, retry_after=9.0)

    assert isinstance(error, ProviderUnavailable)
    assert (error.fresh_nonce, error.retry_after) == (False, 9.0)


@pytest.mark.parametrize("text", ["EService:Unavailable", "EService:Timeout", "EGeneral:Internal error"])
def test_an_internal_failure_under_a_2xx_is_unknown(text: str) -> None:
    assert type(error_of("embed", 200, {"error": [text]})) is OutcomeUnknown


@pytest.mark.parametrize(
    "body",
    [
        {"error": ["ENexus:Invalid user ID"], "result": {"verification_id": "ver_1"}},
        {"errors": [{"code": "bad", "message": "no"}], "result": {"verification_id": "ver_1"}},
        {"error": "no", "result": {"verification_id": "ver_1"}},
        {"error": ["Wrong document"], "result": {"verification_id": "ver_1"}},
        {"error": [7], "result": {"verification_id": "ver_1"}},
    ],
)
def test_a_2xx_that_names_a_failure_is_one(body: dict[str, Any]) -> None:
    assert type(error_of("embed", 200, body)) is ProviderRefused


def test_a_payward_tag_under_a_2xx_is_a_failure() -> None:
    body = {"type": "tag:kraken.com,2025:HostNotAllowed", "title": "Host", "data": {"verification_id": "ver_1"}}

    error = error_of("payward", 200, body)

    assert (type(error), error.code) == (ProviderRefused, "HostNotAllowed")


def test_the_code_of_a_payward_tag_is_its_last_part_and_its_text_title_and_detail() -> None:
    body = {"type": "tag:kraken.com,2025:InvalidKey", "title": "API: Invalid key", "detail": "Ask your manager"}

    error = error_of("payward", 401, body)

    assert (type(error), error.code) == (ProviderProtocolError, "InvalidKey")
    assert "Ask your manager" in error.message


def test_a_payward_tag_is_read_before_an_error_list() -> None:
    body = {"type": "tag:kraken.com,2025:UserNotFound", "title": "No user", "errors": ["EAPI:Invalid nonce"]}

    assert error_of("payward", 404, body).code == "UserNotFound"


def test_a_problem_without_a_tag_still_says_what_is_wrong() -> None:
    assert "Field is too long" in error_of("payward", 422, {"title": "Field is too long", "status": 422}).message


def test_warnings_are_kept_and_are_no_failure() -> None:
    body = {"error": ["WDocs:Blurred front"], "result": {"verification_id": "ver_1"}}

    accepted = embed_client("", transport=CannedTransport(200, body)).submit_document_urls(BY_URL)

    assert accepted.warnings == ("WDocs:Blurred front",)


def test_the_text_of_the_provider_is_shown_without_what_was_sent() -> None:
    text = (
        "Zoë Example (1990-04-15, X1234567, zoe@example.org) at https://docs.example.com/a?sig=b is not " + EMBED_USER
    )

    message = error_of("embed", 400, {"error": [text]}).message

    for secret in ("Zoë", "1990-04-15", "X1234567", "zoe@example.org", "https://", "sig=", EMBED_USER):
        assert secret not in message
    assert "is not" in message


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("status", [200, *STATUSES])
def test_no_error_shows_secret_signature_address_or_person(client: str, status: int) -> None:
    journal = RecordingJournal()
    transport = CannedTransport(status, b"")
    with pytest.raises(ProviderError) as caught:
        CLIENTS[client]("", journal, transport=transport).submit_document_urls(BY_URL)

    assert transport.request is not None
    texts = [repr(caught.value), str(caught.value), repr(journal.sent), repr(journal.received), repr(transport.request)]
    for hidden in ("sig=abc", "Zoë", "X1234567", "dGhyb3dhd2F5", transport.request.headers["API-Sign"]):
        assert hidden not in " ".join(texts)


# --- any JSON at all --------------------------------------------------------------------------------------------------
MEMBERS = st.sampled_from(
    ["result", "data", "error", "errors", "type", "status", "state", "required_actions", "reasons", "reason", "title",
     "detail", "verification_id", "user", "id", "action_type", "verification_type", "details_type", "deadline", "code",
     "wait_reason_code", "message"]
)  # fmt: skip
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from(
        ["ok", "disabled", "wait", "verification", "tag:kraken.com,2025:X", "EAPI:Invalid nonce", "W", ""]
    )
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(MEMBERS | st.text(max_size=5), inner, max_size=5),
)
CALLS = {
    "submit": lambda client: client.submit_document_urls(BY_URL),
    "get": lambda client: client.get_user(PAYWARD_USER),
    "create": lambda client: client.create_user(PROFILE),
    "headless": lambda client: client.create_headless_user("customer-17"),
    "update": lambda client: client.update_user(PAYWARD_USER, ProfileChanges(full_name=FullName("A", "B"))),
}


@settings(max_examples=150, deadline=1000)
@given(
    body=JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200),
    status=st.sampled_from([200, 201, 400, 401, 404, 429, 500, 503]),
    call=st.sampled_from(sorted(CALLS)),
    client=st.sampled_from(sorted(CLIENTS)),
)
def test_any_answer_gives_a_result_or_one_of_the_four_errors(body: bytes, status: int, call: str, client: str) -> None:
    journal = RecordingJournal()
    result, failure = None, None
    try:
        result = CALLS[call](CLIENTS[client]("", journal, transport=CannedTransport(status, body)))
    except (ProviderRefused, ProviderUnavailable, OutcomeUnknown, ProviderProtocolError) as error:
        failure = error

    json.dumps(journal.received[0].redacted).encode()
    if failure is not None:
        assert failure.message.isprintable()
    elif call == "get":
        reading = read_outcome(user=result, verification_type="identity_document", baseline=result)
        assert reading.answer in OutcomeAnswer
    assert failure is not None or 200 <= status < 300


@settings(max_examples=60, deadline=1000)
@given(text=st.text(max_size=3000) | st.text(alphabet="a.1-@/:+ ", max_size=3000))
def test_any_error_text_becomes_one_short_line_in_no_time(text: str) -> None:
    error = error_of("embed", 400, {"error": [text, text]})

    assert len(error.message) < 1000
    error.message.encode()
