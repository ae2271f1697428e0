"""Every row of Capa's error table in every layout, and what is in no table. Contract: capa-partner 8."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.capa_samples import (
    ALIAS,
    CALLS,
    DATA,
    EMAIL,
    EXTERNAL_ID,
    KEY,
    RETURN,
    USER_ID,
    answered,
    capa_client,
)
from tests.providers.loopback import LoopbackServer, Part
from tests.providers.samples import SHORT
from verifications.providers.capa_errors import CAPA_MESSAGES
from verifications.providers.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)

Layout = Callable[[str | None, Any], Any]


def coded(name: str, code: str | None) -> dict[str, str]:
    return {} if code is None else {name: code}


LAYOUTS: dict[str, Layout] = {
    "flat": lambda code, text: {"statusCode": 400, **coded("code", code), "message": text},
    "nested": lambda code, text: {"success": False, "error": {**coded("code", code), "message": text, "id": "e_1"}},
    "error code and list": lambda code, text: {**coded("errorCode", code), "message": [text, "second"]},
    "error text": lambda code, text: {**coded("error", code), "message": text},
    "numeric code beside": lambda code, text: {"code": 400, "error": {**coded("code", code), "message": [text]}},
}
OUTSIDE_USER = ("C1", "C6", "C7", "C8", "C9")
OF_USER = ("C2", "C3", "C4", "C5")
Row = tuple[tuple[str, ...], int, str | None, str, type[ProviderError], str, str]

ROWS: list[Row] = [
    (OUTSIDE_USER, 401, "UNAUTHORIZED", "API Key is missing", ProviderProtocolError, "provider_auth", "key_missing"),
    (OUTSIDE_USER, 401, "UNAUTHORIZED", "Invalid API Key format", ProviderProtocolError, "provider_auth",
     "key_malformed"),
    (OUTSIDE_USER, 401, "UNAUTHORIZED", "Invalid API Key", ProviderProtocolError, "provider_auth", "key_invalid"),
    (OUTSIDE_USER, 401, "UNAUTHORIZED", "Unauthorized", ProviderProtocolError, "provider_auth", "key_unclear"),
    (OF_USER, 401, "UNAUTHORIZED", "API Key is missing", ProviderUnavailable, "key_rejected_once", "key_rejected_once"),
    (OF_USER, 401, "UNAUTHORIZED", "Invalid API Key format", ProviderUnavailable, "key_rejected_once",
     "key_rejected_once"),
    (OF_USER, 401, "UNAUTHORIZED", "Invalid API Key", ProviderUnavailable, "key_rejected_once", "key_rejected_once"),
    (OF_USER, 401, "UNAUTHORIZED", "Partner information is required for this operation", ProviderRefused,
     "provider_auth_user", "provider_auth_user"),
    (OF_USER, 401, "UNAUTHORIZED", "User is not associated with the partner", ProviderRefused, "user_mismatch",
     "user_mismatch"),
    (tuple(CALLS), 403, "INVALID_PARTNER_FLOW", "The partner has an invalid flow.", ProviderProtocolError,
     "provider_config", "provider_config"),
    (("C1", "C2", "C3", "C6", "C7"), 400, "INVALID_USER_INPUT_ERROR", "Invalid User Input", ProviderRefused,
     "bad_request", "bad_request"),
    (("C1",), 400, "BAD_REQUEST", "Provided email is not valid", ProviderRefused, "invalid_email", "invalid_email"),
    (("C2", "C3"), 400, "INVALID_VERIFICATION_TYPE_FOR_USER", "BUSINESS users can only request KYB verification",
     ProviderRefused, "wrong_link_type", "wrong_link_type"),
    (("C2",), 400, "KYC_TEMPLATE_NOT_CONFIGURED_ERROR", "KYC template not configured for MX", ProviderRefused,
     "country_not_enabled", "country_not_enabled"),
    (("C3",), 400, "KYB_TEMPLATE_NOT_CONFIGURED_ERROR", "KYB template not configured for MX", ProviderRefused,
     "country_not_enabled", "country_not_enabled"),
    (("C2", "C3"), 404, "NOT_FOUND_ERROR", "Requested User was not found", ProviderRefused, "user_not_found",
     "user_not_found"),
    (("C8", "C9"), 404, "NOT_FOUND", "Webhook notification not found", ProviderRefused, "not_found", "not_found"),
    (("C9",), 409, None, "Only failed notifications can be retried", ProviderRefused, "redelivery_not_possible",
     "redelivery_not_possible"),
    (("C9",), 429, None, "Too many manual retries", ProviderUnavailable, "rate_limited", "redelivery_too_fast"),
    (("C1",), 500, "INTERNAL_SERVER_ERROR", "User creation failed", OutcomeUnknown, "user_creation_unknown",
     "user_creation_unknown"),
    (("C2", "C3"), 500, "INTERNAL_SERVER_ERROR", "Failed to create verification link", OutcomeUnknown, "link_unknown",
     "link_unknown"),
    (("C4", "C5"), 500, "INTERNAL_SERVER_ERROR", "Failed to get user KYB details", OutcomeUnknown, "read_failed",
     "read_failed"),
    (("C1",), 400, "BAD_REQUEST", "User already exists", ProviderRefused, "user_conflict", "user_conflict"),
    (("C1",), 400, "USER_ALREADY_EXISTS", "Invalid User Input", ProviderRefused, "user_conflict", "user_conflict"),
    (("C1",), 400, "INVALID_USER_INPUT_ERROR", "externalUserId must be unique", ProviderRefused, "user_conflict",
     "user_conflict"),
    (("C1",), 409, None, "no", ProviderRefused, "user_conflict", "user_conflict"),
]  # fmt: skip


def error_of(call: str, status: int, body: Any = b"", **answer: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        answered(call, status, body, **answer)
    return caught.value


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[1]}-{row[3]}")
def test_each_row_of_the_table_has_one_outcome_in_each_layout(row: Row, layout: str) -> None:
    calls, status, code, text, kind, expected, words = row

    for call in calls:
        error = error_of(call, status, LAYOUTS[layout](code, text))

        assert (type(error), error.code, error.http_status) == (kind, expected, status)
        assert str(error).startswith(CAPA_MESSAGES[words])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("call", ["C4", "C5"])
def test_nothing_found_yet_is_an_answer(call: str, layout: str) -> None:
    details = answered(call, 404, LAYOUTS[layout]("NOT_FOUND_ERROR", "Requested KYB verification was not found"))

    assert (details.found, details.result, details.sections) == (False, "", ())
    assert answered(call, 404, b"<html>") == details


def test_each_message_says_what_happened_what_stays_and_what_follows() -> None:
    assert len(set(CAPA_MESSAGES.values())) == len(CAPA_MESSAGES)
    for text in CAPA_MESSAGES.values():
        assert text.startswith("Capa ")
        assert text.endswith(".")
        assert text.count(". ") >= 2


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b"null"])
@pytest.mark.parametrize("call", CALLS)
def test_a_status_alone_decides_when_there_is_no_code(call: str, body: bytes) -> None:
    expected = {
        301: (ProviderProtocolError, "redirected"),
        304: (ProviderProtocolError, "redirected"),
        400: (ProviderRefused, "bad_request"),
        401: (ProviderRefused, "provider_auth_user") if call in OF_USER else (ProviderProtocolError, "provider_auth"),
        402: (ProviderRefused, "http_402"),
        403: (ProviderProtocolError, "forbidden"),
        413: (ProviderRefused, "http_413"),
        422: (ProviderRefused, "bad_request"),
        429: (ProviderUnavailable, "rate_limited"),
    }

    for status, outcome in expected.items():
        error = error_of(call, status, body)
        assert (type(error), error.code) == outcome, status
    for status in (408, 500, 502, 503, 504, 599):
        assert type(error_of(call, status, body)) is OutcomeUnknown


@pytest.mark.parametrize(("call", "code"), [("C1", "no_such_call"), ("C6", "no_such_call"), ("C7", "no_such_call")])
def test_a_call_that_is_not_served_hints_at_the_base_address(call: str, code: str) -> None:
    error = error_of(call, 404, LAYOUTS["flat"]("NOT_FOUND", "Cannot find this resource"))

    assert (type(error), error.code) == (ProviderRefused, code)


@pytest.mark.parametrize("call", ["C2", "C3", "C6"])
def test_a_conflict_elsewhere_is_no_duplicate_user(call: str) -> None:
    assert error_of(call, 409, LAYOUTS["flat"]("CONFLICT", "already there")).code == "conflict"
    assert error_of(call, 400, LAYOUTS["flat"]("BAD_REQUEST", "already there")).code == "bad_request"


def test_a_wait_that_was_said_is_passed_on() -> None:
    for call in CALLS:
        error = error_of(call, 429, retry_after=7.0)
        assert isinstance(error, ProviderUnavailable)
        assert error.retry_after == 7.0


def test_a_wait_that_was_not_said_is_a_minute_for_a_redelivery_only() -> None:
    waits = {call: getattr(error_of(call, 429), "retry_after", "none") for call in CALLS}

    assert waits == dict.fromkeys(CALLS) | {"C9": 60.0}


@pytest.mark.parametrize("text", ["invalid api key.", " Invalid  API Key ", ["x", "Invalid API Key"]])
def test_a_key_text_is_known_in_any_case_and_place(text: Any) -> None:
    assert error_of("C4", 401, {"message": text}).code == "key_rejected_once"


def test_a_text_that_only_mentions_a_key_is_none() -> None:
    assert error_of("C4", 401, {"message": "Invalid API Key owner for this user"}).code == "provider_auth_user"


@pytest.mark.parametrize("flaw", ["cut", "too_large"])
@pytest.mark.parametrize("call", CALLS)
def test_a_success_that_was_lost_on_the_way_is_unknown(call: str, flaw: str) -> None:
    error = error_of(call, 200, {"success": True, "data": DATA[call]}, flaw=flaw)

    assert type(error) is OutcomeUnknown
    assert error.code == ("user_creation_unknown" if call == "C1" else f"answer_{flaw}")


def _silent(part: Part) -> None:
    part.read_request()
    part.stopped.wait(10)


def _gone(part: Part) -> None:
    part.read_request()
    part.reset()


@pytest.mark.parametrize("script", [_silent, _gone])
def test_a_user_whose_answer_never_came_may_exist(script: Callable[[Part], None]) -> None:
    with LoopbackServer(script) as server, pytest.raises(OutcomeUnknown) as caught:
        CALLS["C1"](capa_client(server.base_url, timeouts=SHORT))

    assert caught.value.code == "user_creation_unknown"
    assert caught.value.http_status is None
    assert "identical data" in str(caught.value)
    assert server.connections == 1


def test_a_link_whose_answer_never_came_keeps_the_code_of_the_loss() -> None:
    with LoopbackServer(_silent) as server, pytest.raises(OutcomeUnknown) as caught:
        CALLS["C2"](capa_client(server.base_url, timeouts=SHORT))

    assert caught.value.code == "timeout"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500])
@pytest.mark.parametrize("call", CALLS)
def test_no_error_shows_key_address_or_person(call: str, status: int) -> None:
    quoted = f"{KEY} {EMAIL} {ALIAS} {EXTERNAL_ID} {USER_ID} {RETURN}"
    if call in ("C4", "C5") and status == 404:
        return  # an answer, not an error

    error = error_of(call, status, {"code": "X", "message": quoted})

    hidden = [KEY, EMAIL, EXTERNAL_ID, USER_ID, RETURN] + ([ALIAS] if call == "C1" else [])
    for text in hidden:
        assert text not in str(error)
        assert text not in repr(error)
    assert error.__cause__ is None


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["code", "error", "errorCode", "message", "data", "success", "userId", "id", "url", "kycLink"]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=250, deadline=2000)
@given(
    body=st.binary(max_size=60) | ANY_JSON.map(lambda value: json.dumps(value).encode()),
    status=st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 409, 418, 429, 500, 503]),
    call=st.sampled_from(sorted(CALLS)),
)
def test_any_answer_gives_a_result_or_one_of_the_four_errors(body: bytes, status: int, call: str) -> None:
    failed: ProviderError | None = None

    try:
        answered(call, status, body)
    except (ProviderRefused, ProviderUnavailable, OutcomeUnknown, ProviderProtocolError) as error:
        failed = error

    assert failed is None or (failed.code and len(str(failed)) < 700)
