"""The unsigned caller: who is told what and when, and what never reaches the journal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.loopback import LoopbackServer, always
from tests.providers.samples import RecordingJournal
from tests.providers.transmit_samples import Canned, told
from verifications.providers.calls import json_body
from verifications.providers.errors import OutcomeUnknown, ProviderError, ProviderRefused
from verifications.providers.http import ANSWER_LIMIT, OutgoingRequest, RawAnswer, Transport, Wording
from verifications.providers.json_calls import JsonCaller
from verifications.providers.types import ReceivedAnswer, SentRequest

SECRET = "letters-only-secret"


def no_failure(_answer: RawAnswer, _parsed: Any, _sent_values: Sequence[str]) -> ProviderError | None:
    return None


def caller(transport: Transport, journal: RecordingJournal | None = None, **changes: Any) -> JsonCaller:
    values: dict[str, Any] = {
        "transport": transport,
        "journal": journal or RecordingJournal(),
        "provider": "Example",
        "key_id": "key-1",
        "headers": {"Authorization": f"Bearer {SECRET}"},
        "failure_of": no_failure,
    }
    return JsonCaller(**(values | changes))


def test_a_call_sends_its_body_and_headers_and_gives_the_json() -> None:
    transport = Canned(201, {"id": "one"})

    answer, parsed = caller(transport).call(method="POST", target="/things", body=json_body({"name": "محمد"}))

    assert (answer.status, parsed) == (201, {"id": "one"})
    assert transport.line == "POST /things"
    assert transport.sent_body == '{"name":"محمد"}'.encode()
    assert transport.headers == {
        "Accept": "application/json",
        "Authorization": f"Bearer {SECRET}",
        "Content-Type": "application/json",
    }


def test_a_call_without_a_body_sends_none() -> None:
    transport = Canned(200, {})

    caller(transport).call(method="GET", target="/things/1")

    assert transport.request is not None
    assert transport.request.body is None
    assert "Content-Type" not in transport.headers


def test_the_journal_is_told_before_the_first_byte_and_before_any_reading() -> None:
    steps: list[str] = []

    class Journal(RecordingJournal):
        def sending(self, request: SentRequest) -> None:
            super().sending(request)
            steps.append("sending")

        def answered(self, answer: ReceivedAnswer) -> None:
            super().answered(answer)
            steps.append("answered")

    class Sending(Canned):
        def send(self, request: OutgoingRequest) -> RawAnswer:
            steps.append("sent")
            return super().send(request)

    def failure(_answer: RawAnswer, _parsed: Any, _sent_values: Sequence[str]) -> ProviderError | None:
        steps.append("read")
        return ProviderRefused("no")

    with pytest.raises(ProviderRefused):
        caller(Sending(400), Journal(), failure_of=failure).call(method="GET", target="/things")

    assert steps == ["sending", "sent", "answered", "read"]


def test_a_journal_that_refuses_keeps_the_request_here() -> None:
    class Journal(RecordingJournal):
        def sending(self, request: SentRequest) -> None:
            raise RuntimeError(f"no ledger for {request.method}")

    transport = Canned(200, {})

    with pytest.raises(RuntimeError):
        caller(transport, Journal()).call(method="GET", target="/things")

    assert transport.request is None


def test_the_journal_gets_the_facts_of_the_call_and_no_nonce() -> None:
    journal = RecordingJournal()
    body = json_body({"type": "KYC", "name": "Suharto"})

    caller(Canned(200, {"status": "ok", "name": "Suharto"}), journal).call(method="POST", target="/things", body=body)

    [sent], [received] = journal.sent, journal.received
    assert journal.steps == ["sending", "answered"]
    assert (sent.method, sent.target, sent.key_id, sent.nonce) == ("POST", "/things", "key-1", "")
    assert (sent.body_size, sent.body_sha256, sent.content_type) == (body.size, body.sha256, "application/json")
    assert sent.original == b'{"type":"KYC","name":"Suharto"}'
    assert sent.redacted == {"type": "KYC", "name": "•••"}
    assert (received.http_status, received.duration_ms, received.content_type) == (200, 3, "application/json")
    assert received.redacted == {"status": "ok", "name": "•••"}
    assert json.loads(received.body) == {"status": "ok", "name": "Suharto"}


def test_the_journal_shows_another_target_when_the_real_one_may_not_be_shown() -> None:
    journal, transport = RecordingJournal(), Canned(200, {})

    caller(transport, journal).call(method="GET", target="/links/secret-part", shown_target="/links/•••")

    assert transport.line == "GET /links/secret-part"
    assert journal.sent[0].target == "/links/•••"


@pytest.mark.parametrize(
    "body",
    [
        {"message": f"bad token {SECRET}"},
        {"status": SECRET, "code": SECRET, "reasons": [SECRET], "session_id": SECRET},
        f"no json {SECRET}".encode(),
    ],
)
def test_a_secret_quoted_back_stays_out_of_the_journal(body: object) -> None:
    journal = RecordingJournal()

    caller(Canned(401, body), journal).call(method="GET", target="/things")

    assert SECRET not in told(journal)


def test_what_the_request_carried_is_masked_in_the_answer_shown() -> None:
    journal = RecordingJournal()
    body = json_body({"full_name": "O'Brien-Łukasz"})

    caller(Canned(400, {"message": "O'Brien-Łukasz is too long", "code": "O'Brien-Łukasz"}), journal).call(
        method="POST", target="/things", body=body
    )

    assert journal.received[0].redacted == {"message": "••• is too long", "code": "•••"}


def test_hidden_members_are_masked_wherever_they_stand_and_still_given_back() -> None:
    journal = RecordingJournal()
    answer = {"data": [{"url": "https://one.time/link", "id": "a"}], "url": {"deep": "https://one.time/link"}}

    _, parsed = caller(Canned(200, answer), journal).call(method="GET", target="/x", hidden_members=("url",))

    assert parsed == answer
    assert json.loads(journal.received[0].body) == {"data": [{"url": "•••", "id": "a"}], "url": "•••"}
    assert "one.time" not in told(journal)


@pytest.mark.parametrize("body", [b'{"url": "https://one.time/lin', b'["https://one.time/link"]'])
def test_an_answer_in_which_nothing_can_be_masked_is_not_kept(body: bytes) -> None:
    journal = RecordingJournal()

    caller(Canned(200, body), journal).call(method="GET", target="/x", hidden_members=("url",))

    assert "one.time" not in told(journal)
    assert journal.received[0].body == b""


def test_an_answer_that_is_not_kept_leaves_its_size_and_type() -> None:
    journal = RecordingJournal()

    answer, _ = caller(Canned(200, b"\xff\xd8picture", "image/jpg"), journal).call(
        method="GET", target="/x", keep_answer=False
    )

    assert answer.body == b"\xff\xd8picture"
    assert journal.received[0].body == b""
    assert journal.received[0].redacted == {"bytes": 9, "content_type": "image/jpg"}


@pytest.mark.parametrize(("flaw", "code"), [("cut", "answer_cut"), ("too_large", "answer_too_large")])
def test_a_flawed_answer_leaves_the_outcome_unknown(flaw: str, code: str) -> None:
    transport = Canned(200, b'{"a": 1}', flaw=flaw)
    transport.wording = Wording(after_loss="so it is asked again by itself.")
    journal = RecordingJournal()

    with pytest.raises(
        OutcomeUnknown, match=r"Example answered 200, but .* so it is asked again by itself\."
    ) as caught:
        caller(transport, journal).call(method="GET", target="/x")

    assert (caught.value.code, caught.value.http_status) == (code, 200)
    assert journal.received[0].redacted == {"unreadable": {"bytes": 8, "flaw": flaw}}


def test_a_failure_is_asked_for_before_a_flaw_is_told() -> None:
    seen: list[Any] = []

    def failure(_answer: RawAnswer, parsed: Any, sent_values: Sequence[str]) -> ProviderError | None:
        seen.append((parsed, list(sent_values)))
        return ProviderRefused("no", code="refused")

    with pytest.raises(ProviderRefused):
        caller(Canned(400, b"{}", flaw="cut"), failure_of=failure).call(
            method="POST", target="/users/a-long-id-of-a-user", body=json_body({"name": "김민준"})
        )

    assert seen == [(None, ["김민준", SECRET, "a-long-id-of-a-user"])]


def test_json_that_cannot_be_read_is_left_to_the_client() -> None:
    _, parsed = caller(Canned(200, b"<html>")).call(method="GET", target="/x")

    assert parsed is None


def test_half_characters_in_an_answer_are_kept_without_an_error() -> None:
    journal = RecordingJournal()

    caller(Canned(200, b'{"url": "x", "name": "\\ud800"}'), journal).call(
        method="GET", target="/x", hidden_members=("url",)
    )

    assert json.loads(journal.received[0].body)["name"] == "\ud800"


@pytest.mark.parametrize("name", ["x-trace-id", "x-request-id", "X-Correlation-Id"])
def test_an_id_to_quote_to_the_provider_is_kept_whatever_it_is_called(name: str) -> None:
    journal = RecordingJournal()
    with LoopbackServer(always(200, b"{}", **{name.replace("-", "_"): "abc-123"})) as server:
        caller(Transport(server.base_url, provider="Example"), journal).call(method="GET", target="/x")

    assert journal.received[0].trace_id == "abc-123"


def test_a_large_answer_comes_through_when_the_call_allows_it() -> None:
    body = b"\xff" * (ANSWER_LIMIT + 5)
    with LoopbackServer(always(200, body)) as server:
        one = caller(Transport(server.base_url, provider="Example"))

        answer, _ = one.call(method="GET", target="/x", answer_limit=ANSWER_LIMIT + 5, keep_answer=False)
        with pytest.raises(OutcomeUnknown) as caught:
            one.call(method="GET", target="/x", keep_answer=False)

    assert answer.body == body
    assert caught.value.code == "answer_too_large"


def test_a_transport_says_what_is_kept_in_the_providers_own_words() -> None:
    wording = Wording(kept="the session is kept", after_loss="so it is asked again.")
    with LoopbackServer(lambda part: part.reset()) as server:
        transport = Transport(server.base_url, provider="Example", wording=wording)

        with pytest.raises(OutcomeUnknown, match=r"so it is asked again\.$"):
            caller(transport).call(method="GET", target="/x")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_no_answer_breaks_the_caller(body: object) -> None:
    journal = RecordingJournal()

    caller(Canned(200, body), journal).call(method="GET", target="/x", hidden_members=("url",))

    json.dumps(journal.received[0].redacted)
