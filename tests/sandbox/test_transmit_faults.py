"""Faults armed for Transmit Security, and the stand-in over a restart and in its log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3
from urllib3.exceptions import HTTPError, ProtocolError

from tests.sandbox.transmit_client import TransmitClient, jpeg
from verifications.sandbox.faults import FAULTS
from verifications.sandbox.testing import RunningSandbox, running_sandbox

OPERATIONS = (
    "token",
    "create_session",
    "get_result",
    "delete_session",
    "list_images",
    "add_image",
    "get_image",
    "get_consent",
)


@pytest.fixture
def transmit(sandbox: RunningSandbox) -> Iterator[TransmitClient]:
    yield TransmitClient(sandbox)
    sandbox.control("DELETE", "faults")


def calls(transmit: TransmitClient) -> dict[str, Callable[[], urllib3.BaseHTTPResponse]]:
    """One good call per operation."""
    sid = transmit.start(mock_behavior={"processing_time": "1h"})
    transmit.add(sid, "selfie")
    image = transmit.call("GET", f"/{sid}/images").json()["session_images"][0]["id"]
    return {
        "token": transmit.post_token,
        "create_session": lambda: transmit.call("POST", "", {}),
        "get_result": lambda: transmit.result(sid),
        "delete_session": lambda: transmit.call("DELETE", f"/{sid}"),
        "list_images": lambda: transmit.call("GET", f"/{sid}/images"),
        "add_image": lambda: transmit.add(sid, "document_front", jpeg()),
        "get_image": lambda: transmit.call("GET", f"/{sid}/images/{image}"),
        "get_consent": lambda: transmit.call("GET", f"/{sid}/consent"),
    }


def outcome(call: Callable[[], urllib3.BaseHTTPResponse]) -> int | str:
    try:
        return call().status
    except (HTTPError, ProtocolError):
        return "broken"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_fault_strikes_the_operation_it_was_armed_for(
    sandbox: RunningSandbox, transmit: TransmitClient, operation: str
) -> None:
    known = calls(transmit)
    sandbox.arm("FAULT-503", api="transmit_verify", operation=operation)

    seen = {name: outcome(call) for name, call in known.items() if name != "delete_session" or operation == name}

    assert seen.pop(operation) == 503
    assert set(seen.values()) <= {200, 201}
    assert outcome(known[operation]) in {200, 201}


@pytest.mark.parametrize("mark", sorted(FAULTS))
@pytest.mark.parametrize("operation", ["token", "create_session", "get_image", "delete_session"])
def test_every_fault_does_what_it_says(
    sandbox: RunningSandbox, transmit: TransmitClient, operation: str, mark: str
) -> None:
    call = calls(transmit)[operation]
    sandbox.arm(mark, api="transmit_verify", operation=operation)

    seen = outcome(call)

    expected: dict[str, set[int | str]] = {
        "FAULT-301": {301},
        "DROP-BEFORE": {"broken"},
        "DROP-AFTER": {"broken"},
        # An answer without a body cannot break off within it.
        "CUT-ANSWER": {"broken"} if operation != "delete_session" else {"broken", 200},
    }
    assert seen in expected.get(mark, {FAULTS[mark].status or 200, FAULTS[mark].status or 201})


def test_too_many_requests_come_with_and_without_retry_after(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    known = calls(transmit)
    sandbox.arm("FAULT-429", api="transmit_verify", operation="get_result", retry_after=7)
    sandbox.arm("FAULT-429-PLAIN", api="transmit_verify", operation="get_result")

    told, plain = known["get_result"](), known["get_result"]()

    assert (told.status, told.headers["Retry-After"]) == (429, "7")
    assert (plain.status, plain.headers.get("Retry-After")) == (429, None)


def test_errors_come_with_an_empty_body_and_with_a_web_page(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    known = calls(transmit)
    sandbox.arm("FAULT-503-EMPTY", api="transmit_verify", operation="get_result")
    sandbox.arm("FAULT-502-HTML", api="transmit_verify", operation="get_result")

    empty, page = known["get_result"](), known["get_result"]()

    assert (empty.status, empty.data) == (503, b"")
    assert (page.status, page.data[:15]) == (502, b"<!doctype html>")
    assert page.headers["Content-Type"].startswith("text/html")


def test_a_fault_after_leaves_the_image_stored(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    sid = transmit.start()
    sandbox.arm("DROP-AFTER", api="transmit_verify", operation="add_image")
    lost = outcome(lambda: transmit.add(sid, "document_front"))
    sandbox.arm("DROP-BEFORE", api="transmit_verify", operation="add_image")
    never = outcome(lambda: transmit.add(sid, "selfie"))

    types = {image["type"] for image in transmit.call("GET", f"/{sid}/images").json()["session_images"]}

    assert (lost, never, types) == ("broken", "broken", {"document_front"})


def test_sessions_tokens_and_images_survive_a_restart(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, in_process=True, session_seconds=600, token_seconds=600) as first:
        before = TransmitClient(first)
        sid = before.start()
        before.add(sid, "document_front", jpeg(900, 600))
        listed = before.call("GET", f"/{sid}/images").json()
    with running_sandbox(tmp_path) as second:
        after = TransmitClient(second, held=before.held)
        image = listed["session_images"][0]["id"]

        assert first.keys["transmit_verify"] == second.keys["transmit_verify"]
        assert after.result(sid).json()["status"] == "capturing"
        assert after.call("GET", f"/{sid}/images").json() == listed
        assert after.call("GET", f"/{sid}/images/{image}").data == jpeg(900, 600)
        assert after.add(sid, "selfie").json()["missing_images"] == ["document_back"]


def test_log_lines_and_the_database_hold_no_token(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="sandbox")
    with running_sandbox(tmp_path) as running:
        transmit = TransmitClient(running)
        created = transmit.create(state="hidden-state", customer_information={"organization_name": "O'Brien-Łukasz"})
        page = f"{running.base_url}/verify/app/{created['start_token']}"
        cookie = transmit.pool.request("GET", page).headers["Set-Cookie"].partition(";")[0].partition("=")[2]
        transmit.result(created["session_id"])
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("sandbox.sqlite3*"))

    lines = [record.getMessage().rpartition(" ")[0] for record in caplog.records if record.name == "sandbox"]
    assert lines == [
        "POST transmit_verify.token 200",
        "POST transmit_verify.create_session 200",
        "GET transmit_hosted.open 200",
        "GET transmit_verify.get_result 200",
    ]
    secrets = [transmit.held, created["start_token"], cookie]
    assert all(secrets)
    assert not any(secret.encode() in stored for secret in secrets)
    hidden = [*secrets, "hidden-state", created["session_id"], "Łukasz"]
    assert not any(word in caplog.text for word in hidden)
