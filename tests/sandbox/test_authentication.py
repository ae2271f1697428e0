"""Who may call: headers, keys, signatures over the raw target and body, nonces in order of arrival."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.sandbox import samples
from tests.sandbox.signer import Client, sign
from verifications.sandbox.store import Store
from verifications.sandbox.testing import RunningSandbox

UNKNOWN_USER = "/b2b/users/AA99ZZZZZZZZZZZZ"


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("API-Key", "Missing API-Key"),
        ("API-Nonce", "EAPI:Missing header:API-Nonce"),
        ("API-Sign", "EAPI:Missing header:API-Sign"),
    ],
)
def test_a_missing_header_is_refused(kraken: Client, header: str, text: str) -> None:
    answer = kraken.call("GET", UNKNOWN_USER, headers={header: None})

    assert (answer.status, answer.errors) == (401, [text])


def test_an_unknown_key_and_the_key_of_the_sister_api_are_refused(sandbox: RunningSandbox, kraken: Client) -> None:
    unknown = kraken.call("GET", UNKNOWN_USER, headers={"API-Key": "bm9ib2R5"})
    sister = Client(sandbox.base_url, sandbox.keys["payward_services"]).call("GET", UNKNOWN_USER)

    assert unknown.errors == sister.errors == ["EAPI:Invalid key"]


def test_a_signature_over_other_bytes_is_refused(kraken: Client) -> None:
    signature = sign(kraken.key["secret"], "/b2b/subaccounts", "5", b'{"external_id":"a"}')
    changed = kraken.call("POST", "/b2b/subaccounts", {"external_id": "a"}, nonce=5, headers={"API-Sign": signature})
    not_ascii = kraken.call("GET", UNKNOWN_USER, headers={"API-Sign": "\u00e9" * 88})

    assert changed.errors == not_ascii.errors == ["EAPI:Invalid signature"]


def test_the_signature_covers_the_target_as_it_was_sent(kraken: Client) -> None:
    raw = "/b2b/users/AA95%20N84G%20TEST%20XXXX?x=%5B1%5D"
    decoded = sign(kraken.key["secret"], "/b2b/users/AA95 N84G TEST XXXX?x=[1]", "7", b"")

    good = kraken.call("GET", raw)
    bad = kraken.call("GET", raw, nonce=7, headers={"API-Sign": decoded})

    assert good.errors == ["ENexus:Unknown user"]
    assert bad.errors == ["EAPI:Invalid signature"]


def test_a_nonce_must_rise_and_a_refused_request_does_not_use_it_up(sandbox: RunningSandbox) -> None:
    client = Client(sandbox.base_url, sandbox.keys["further"]["kraken_embed"]["second"])

    answers = [
        client.call("GET", UNKNOWN_USER, nonce=100).errors,
        client.call("GET", UNKNOWN_USER, nonce=100).errors,
        client.call("GET", UNKNOWN_USER, nonce=99).errors,
        client.call("GET", UNKNOWN_USER, nonce=200, headers={"API-Sign": "x" * 88}).errors,
        client.call("GET", UNKNOWN_USER, nonce=150).errors,
    ]

    unknown, invalid = ["ENexus:Unknown user"], ["EAPI:Invalid nonce"]
    assert answers == [unknown, invalid, invalid, ["EAPI:Invalid signature"], unknown]


@pytest.mark.parametrize("nonce", ["-1", "1.5", "0x10", str(2**64), "1" * 21])
def test_a_nonce_that_is_no_unsigned_64_bit_number_is_refused(kraken: Client, nonce: str) -> None:
    assert kraken.call("GET", UNKNOWN_USER, nonce=nonce).errors == ["EAPI:Invalid nonce"]


def test_the_largest_nonce_is_accepted(sandbox: RunningSandbox) -> None:
    client = Client(sandbox.base_url, sandbox.keys["further"]["kraken_embed"]["third"])

    assert client.call("GET", UNKNOWN_USER, nonce=2**63 + 1).status == 404
    assert client.call("GET", UNKNOWN_USER, nonce=2**64 - 1).status == 404


def test_one_nonce_from_many_threads_is_accepted_once(sandbox: RunningSandbox) -> None:
    client = Client(sandbox.base_url, sandbox.keys["further"]["payward_services"]["second"])
    statuses: list[int] = []
    barrier = threading.Barrier(8)

    def race() -> None:
        for nonce in range(1, 6):
            barrier.wait()
            statuses.append(client.call("GET", "/v1/users/AA99ZZZZZZZZZZZZ", nonce=nonce).status)

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [401] * 35 + [404] * 5


def test_a_window_tolerates_late_nonces_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.sqlite3")

    taken = [store.accept_nonce("k", nonce, window=10) for nonce in (100, 95, 95, 90, 91, 105, 95, 96)]
    store.close()

    assert taken == [True, True, False, False, True, True, False, True]


@pytest.mark.parametrize(("role", "status"), [("no_permission", 403), ("locked_out", 401)])
def test_further_keys_provoke_their_error(sandbox: RunningSandbox, role: str, status: int) -> None:
    kraken = Client(sandbox.base_url, sandbox.keys["further"]["kraken_embed"][role])
    payward = Client(sandbox.base_url, sandbox.keys["further"]["payward_services"][role])

    assert kraken.call("GET", UNKNOWN_USER).status == status
    assert payward.call("GET", "/v1/users/AA99ZZZZZZZZZZZZ").status == status


@pytest.mark.parametrize("name", ["Payward-Version", "Kraken-Version"])
def test_only_the_published_version_is_accepted(kraken: Client, name: str) -> None:
    assert kraken.call("GET", UNKNOWN_USER, headers={name: "2025-04-15"}).status == 404
    assert kraken.call("GET", UNKNOWN_USER, headers={name: "2024-01-01"}).status == 400


def test_payward_refuses_in_problem_json_with_a_trace_id(payward: Client) -> None:
    answer = payward.call("GET", "/v1/users/AA99ZZZZZZZZZZZZ", nonce=0, headers={"API-Sign": "x"})

    problem = answer.json()
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert len(answer.headers["x-trace-id"]) == 32
    assert problem["type"] == "tag:kraken.com,2025:InvalidSignature"
    assert (problem["status"], problem["title"], problem["data"]) == (401, "API: Invalid signature", {})


def test_unknown_routes_methods_and_types_are_refused(kraken: Client, payward: Client) -> None:
    assert (kraken.call("GET", "/b2b/nothing").status, kraken.call("DELETE", UNKNOWN_USER).status) == (404, 405)
    assert payward.call("GET", "/v1/nothing").errors == ["EGeneral:Unknown method"]
    assert kraken.call("GET", "/b2b/users/").status == 404
    text = kraken.call("POST", "/b2b/subaccounts", body=b"{}", content_type="text/plain")
    assert text.status == 415
    assert (
        kraken.call("POST", "/b2b/subaccounts", body=b'{"external_id"', content_type="application/json").status == 400
    )
    chunked = kraken.call(
        "POST", "/b2b/subaccounts", body=b"", content_type="application/json", headers={"Content-Length": None}
    )
    assert chunked.status == 400


def test_json_over_the_limit_is_413_and_the_sender_sees_it(kraken: Client) -> None:
    answer = kraken.call("POST", "/b2b/subaccounts", {"external_id": "x" * 5_000_000})

    assert answer.status == 413


def test_a_number_that_is_not_ascii_is_no_nonce(kraken: Client) -> None:
    assert kraken.call("GET", UNKNOWN_USER, headers={"API-Nonce": "\u00b2"}).errors == ["EAPI:Invalid nonce"]


def test_the_same_signed_request_cannot_be_replayed(sandbox: RunningSandbox) -> None:
    client = Client(sandbox.base_url, sandbox.keys["further"]["payward_services"]["third"])
    document = {"external_reference": samples.payward_user()["external_reference"]}

    assert client.call("POST", "/v1/users/headless", document, nonce=9).status == 201
    assert client.call("POST", "/v1/users/headless", document, nonce=9).json()["title"] == "API: Invalid nonce"
