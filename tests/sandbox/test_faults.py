"""Every documented way to fail, by a mark in the submission and by the control API."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sandbox import samples
from tests.sandbox.samples import identity, identity_parts, payward_identity
from tests.sandbox.signer import Answer, Client
from verifications.sandbox.faults import ALIASES, ALWAYS, FAULTS
from verifications.sandbox.testing import RunningSandbox

REFUSALS = {
    "FAULT-400": (400, "EGeneral:Invalid arguments:provoked"),
    "FAULT-401": (401, "EAPI:Invalid key"),
    "FAULT-403": (403, "EGeneral:Permission denied"),
    "FAULT-404": (404, "ENexus:Unknown user"),
    "FAULT-408": (408, "EService:Deadline elapsed"),
    "FAULT-408-AFTER": (408, "EService:Deadline elapsed"),
    "FAULT-409": (409, "ENexus:Conflict"),
    "FAULT-413": (413, "EGeneral:Request too large"),
    "FAULT-415": (415, "EGeneral:Unsupported media type"),
    "FAULT-422": (422, "EGeneral:Invalid arguments:provoked"),
    "FAULT-429": (429, "EAPI:Rate limit exceeded"),
    "FAULT-429-PLAIN": (429, "EAPI:Rate limit exceeded"),
    "FAULT-500": (500, "EGeneral:Internal error"),
    "FAULT-500-AFTER": (500, "EGeneral:Internal error"),
    "FAULT-503": (503, "EService:Unavailable"),
    "FAULT-NONCE": (401, "EAPI:Invalid nonce"),
    "FAULT-SIGNATURE": (401, "EAPI:Invalid signature"),
    "FAULT-LOCKOUT": (401, "EGeneral:Temporary lockout"),
    "ERROR-200": (200, "EGeneral:Invalid arguments:provoked"),
}
DROPS = {"DROP-BEFORE", "DROP-AFTER"}
BODILESS = {"FAULT-502-HTML", "FAULT-503-EMPTY"}
OTHERS = {"FAULT-301", "HTML", "HTML-AFTER", "NO-ID", "HALF-JSON", "CUT-ANSWER", "SLOW", "HANG", "WARN"}


@pytest.fixture(autouse=True)
def _no_fault_left(sandbox: RunningSandbox) -> Iterator[None]:
    yield
    sandbox.control("DELETE", "faults")


def submit(client: Client, user_id: str, number: str, own_id: str | None = None, **more: Any) -> Answer:
    changes = {"external_verification_id": own_id} if own_id else {}
    return client.send_parts(f"/b2b/verifications/{user_id}", identity_parts(number, **changes), **more)


def outcome(call: Callable[[], Answer]) -> Any:
    """What a caller sees: status, or the name of what broke."""
    try:
        return call().status
    except (ConnectionError, http.client.HTTPException) as error:
        return type(error).__name__


def recorded(sandbox: RunningSandbox, user_id: str) -> int:
    return sum(row["user_id"] == user_id for row in sandbox.record())


def test_the_tests_know_every_fault() -> None:
    assert set(FAULTS) == set(REFUSALS) | DROPS | BODILESS | OTHERS


@pytest.mark.parametrize("mark", REFUSALS)
def test_a_mark_refuses_with_its_status_and_words_as_often_as_documented(
    sandbox: RunningSandbox, kraken: Client, kraken_user_id: str, mark: str
) -> None:
    fault = FAULTS[mark]
    turns = 3 if fault.times == ALWAYS else fault.times
    own_id = f"own-{kraken_user_id}"

    answers = [submit(kraken, kraken_user_id, f"X{mark}", own_id) for _ in range(turns)]
    next_one = submit(kraken, kraken_user_id, f"X{mark}", own_id)

    assert {(answer.status, answer.errors[0]) for answer in answers} == {REFUSALS[mark]}
    assert ("result" in next_one.json()) == (fault.times != ALWAYS)
    stored = (turns if fault.stage == "after" else 0) + (fault.times != ALWAYS)
    assert recorded(sandbox, kraken_user_id) == stored


@pytest.mark.parametrize("mark", ALIASES)
def test_refuse_is_another_word_for_fault(kraken: Client, kraken_user_id: str, mark: str) -> None:
    assert submit(kraken, kraken_user_id, mark).status == int(mark[-3:])


def test_too_many_requests_names_the_seconds(kraken: Client, kraken_user_id: str) -> None:
    assert submit(kraken, kraken_user_id, "FAULT-429").headers["retry-after"] == "2"
    assert "retry-after" not in submit(kraken, kraken_user_id, "FAULT-429-PLAIN").headers


@pytest.mark.parametrize(
    ("mark", "expected"), [("FAULT-502-HTML", (502, b"<!doctype html>")), ("FAULT-503-EMPTY", (503, b""))]
)
def test_an_error_without_the_words_of_the_api_stores_nothing(
    sandbox: RunningSandbox, kraken: Client, kraken_user_id: str, mark: str, expected: tuple[int, bytes]
) -> None:
    answer = submit(kraken, kraken_user_id, mark)

    assert (answer.status, answer.body[:15]) == expected
    assert recorded(sandbox, kraken_user_id) == 0


def test_another_submission_has_its_own_turns(kraken: Client, kraken_user_id: str) -> None:
    first = [submit(kraken, kraken_user_id, "FAULT-503", "a").status for _ in range(3)]
    second = [submit(kraken, kraken_user_id, "FAULT-503", "b").status for _ in range(3)]

    assert first == second == [503, 503, 200]


def test_without_an_own_id_user_and_number_tell_submissions_apart(kraken: Client, kraken_user_id: str) -> None:
    def again(number: str) -> int:
        metadata = identity(number)
        del metadata["external_verification_id"]
        parts = samples.parts_of("identity_document", metadata, ("front", "f.png", samples.PNG))
        return kraken.send_parts(f"/b2b/verifications/{kraken_user_id}", parts).status

    assert [again("A-FAULT-429"), again("B-FAULT-429"), again("A-FAULT-429")] == [429, 429, 200]


def test_a_mark_may_say_how_often_and_carry_an_outcome(
    sandbox: RunningSandbox, kraken: Client, kraken_user_id: str
) -> None:
    statuses = [submit(kraken, kraken_user_id, "fault503x1-reject", "once").status for _ in range(2)]

    assert statuses == [503, 200]
    assert sandbox.record()[-1]["outcome"] == "REJECT"


@pytest.mark.parametrize(("mark", "stored"), [("DROP-BEFORE", 0), ("DROP-AFTER", 1)])
def test_a_dropped_answer_is_no_answer(
    sandbox: RunningSandbox, kraken: Client, kraken_user_id: str, mark: str, stored: int
) -> None:
    seen = outcome(lambda: submit(kraken, kraken_user_id, mark, "own"))

    assert seen in {"RemoteDisconnected", "ConnectionResetError"}
    assert recorded(sandbox, kraken_user_id) == stored
    assert submit(kraken, kraken_user_id, mark, "own").status == 200


def test_a_cut_answer_ends_within_its_body(sandbox: RunningSandbox, kraken: Client, kraken_user_id: str) -> None:
    assert outcome(lambda: submit(kraken, kraken_user_id, "CUT-ANSWER")) in {"IncompleteRead", "ConnectionResetError"}
    assert recorded(sandbox, kraken_user_id) == 1


@pytest.mark.parametrize(("mark", "stored"), [("HTML", 0), ("HTML-AFTER", 1)])
def test_a_web_page_comes_in_place_of_json(
    sandbox: RunningSandbox, kraken: Client, kraken_user_id: str, mark: str, stored: int
) -> None:
    answer = submit(kraken, kraken_user_id, mark)

    assert (answer.status, answer.body[:15]) == (200, b"<!doctype html>")
    assert answer.headers["content-type"].startswith("text/html")
    assert recorded(sandbox, kraken_user_id) == stored


def test_success_without_an_id(sandbox: RunningSandbox, kraken: Client, kraken_user_id: str) -> None:
    answer = submit(kraken, kraken_user_id, "NO-ID")

    assert (answer.status, answer.json()) == (200, {"result": {}})
    assert recorded(sandbox, kraken_user_id) == 1


def test_half_json(sandbox: RunningSandbox, kraken: Client, kraken_user_id: str) -> None:
    answer = submit(kraken, kraken_user_id, "HALF-JSON")

    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert (answer.status, answer.body[:10]) == (200, b'{"result":')
    assert recorded(sandbox, kraken_user_id) == 1


def test_a_redirect_leads_elsewhere_and_stores_nothing(
    sandbox: RunningSandbox, kraken: Client, kraken_user_id: str
) -> None:
    answer = submit(kraken, kraken_user_id, "FAULT-301")

    assert (answer.status, answer.headers["location"][:16]) == (301, "http://moved.inv")
    assert recorded(sandbox, kraken_user_id) == 0


@pytest.mark.parametrize(("mark", "seconds"), [("SLOW", 0.4), ("HANG", 0.8)])
def test_a_slow_answer_is_stored_before_the_wait(
    sandbox: RunningSandbox, kraken: Client, kraken_user_id: str, mark: str, seconds: float
) -> None:
    started = time.monotonic()
    seen = None
    try:
        submit(kraken, kraken_user_id, mark, "own", timeout=0.15)
    except TimeoutError:
        seen = "timeout"
    assert seen == "timeout"
    assert recorded(sandbox, kraken_user_id) == 1

    sandbox.control("DELETE", "faults")
    started = time.monotonic()
    answer = submit(kraken, kraken_user_id, mark, "own")

    assert answer.status == 200
    assert time.monotonic() - started >= seconds


def test_a_warning_stands_beside_the_result(kraken: Client, kraken_user_id: str) -> None:
    document = submit(kraken, kraken_user_id, "WARN").json()

    assert document["error"][0].startswith("W")
    assert document["result"]["verification_id"]


def test_payward_words_its_faults_in_its_own_way(
    payward: Client, payward_user_id: str, file_url: Callable[[str], str]
) -> None:
    def post(number: str) -> Answer:
        body = {
            "type": "identity_document",
            "metadata": payward_identity(number),
            "front_url": file_url("files/front.png"),
        }
        return payward.call("POST", f"/v1/users/{payward_user_id}/verifications/url", body)

    nonce, busy, down = post("FAULT-NONCE"), post("FAULT-429"), post("FAULT-503")

    assert (nonce.status, nonce.json()["type"]) == (401, "tag:kraken.com,2025:InvalidNonce")
    assert (busy.status, busy.headers["retry-after"]) == (429, "2")
    assert (down.status, down.headers["retry-after"]) == (503, "1")
    assert post("NO-ID").json() == {"data": {}}
    assert list(post("WARN").json()) == ["data"]


def test_types_without_a_document_number_take_marks_from_verifier_and_address(
    kraken: Client, kraken_user_id: str
) -> None:
    selfie = samples.SELFIE | {"verifier": "desk FAULT-409"}
    residence = samples.RESIDENCE | {"address": samples.RESIDENCE["address"] | {"line1": "FAULT-422 Street"}}  # type: ignore[operator]
    target = f"/b2b/verifications/{kraken_user_id}"

    first = kraken.send_parts(target, samples.parts_of("selfie", selfie, ("selfie", "s.png", samples.PNG)))
    second = kraken.send_parts(
        target, samples.parts_of("residence_document", residence, ("document", "p.pdf", samples.PDF))
    )

    assert (first.status, second.status) == (409, 422)


@pytest.mark.parametrize("last_name", ["Html", "HANG", "FAULT-503"])
def test_a_last_name_is_never_a_fault(kraken: Client, kraken_user_id: str, last_name: str) -> None:
    person = {"full_name": {"first_name": "Lan", "last_name": last_name}, "date_of_birth": "1990-04-15"}
    parts = samples.parts_of("identity_document", identity(identity=person), ("front", "f.png", samples.PNG))

    assert kraken.send_parts(f"/b2b/verifications/{kraken_user_id}", parts).status == 200


def test_armed_faults_strike_their_operation_so_many_times(
    sandbox: RunningSandbox, kraken: Client, kraken_user_id: str, payward: Client, payward_user_id: str
) -> None:
    sandbox.arm("FAULT-429", api="kraken_embed", operation="get_user", times=2, retry_after=7)

    submitted = submit(kraken, kraken_user_id, "P1")
    other_api = payward.call("GET", f"/v1/users/{payward_user_id}")
    reads = [kraken.call("GET", f"/b2b/users/{kraken_user_id}") for _ in range(3)]

    assert (submitted.status, other_api.status) == (200, 200)
    assert [answer.status for answer in reads] == [429, 429, 200]
    assert reads[0].headers["retry-after"] == "7"


@pytest.mark.parametrize("mark", sorted(FAULTS))
def test_every_fault_can_be_armed_for_every_operation(
    sandbox: RunningSandbox, kraken: Client, payward: Client, mark: str
) -> None:
    sandbox.arm(mark, operation="create_headless", times=2)
    reference = samples.kraken_user()["external_id"]

    seen = [
        outcome(lambda: kraken.call("POST", "/b2b/subaccounts", {"external_id": reference})),
        outcome(lambda: payward.call("POST", "/v1/users/headless", {"external_reference": reference})),
    ]

    expected = FAULTS[mark].status
    if expected:
        assert seen == [expected, expected]
    elif mark in DROPS | {"CUT-ANSWER"}:
        assert set(seen) <= {"RemoteDisconnected", "ConnectionResetError", "IncompleteRead"}
    elif mark == "FAULT-301":
        assert seen == [301, 301]
    else:
        assert set(seen) <= {200, 201}


def test_submit_covers_the_url_method_and_a_create_can_be_lost_after_it_was_stored(
    sandbox: RunningSandbox, payward: Client, payward_user_id: str
) -> None:
    sandbox.arm("FAULT-503", api="payward_services", operation="submit")
    body = {"type": "identity_document", "metadata": payward_identity(), "front_url": "https://docs.example.com/a.png"}
    document = {"external_reference": samples.payward_user()["external_reference"]}

    submitted = payward.call("POST", f"/v1/users/{payward_user_id}/verifications/url", body)
    sandbox.arm("DROP-AFTER", operation="create_headless")
    lost = outcome(lambda: payward.call("POST", "/v1/users/headless", document))

    assert submitted.status == 503
    assert lost in {"RemoteDisconnected", "ConnectionResetError"}
    assert payward.call("POST", "/v1/users/headless", document).status == 200
