"""What a tester may force on a session of Transmit Security, and what the page says of it."""

from __future__ import annotations

import pytest
import urllib3

from tests.sandbox.transmit_client import TransmitClient
from verifications.sandbox.testing import RunningSandbox
from verifications.sandbox.transmit_feedback import BY_WIDTH


@pytest.fixture
def transmit(sandbox: RunningSandbox) -> TransmitClient:
    return TransmitClient(sandbox)


def force(sandbox: RunningSandbox, sid: str, **members: object) -> None:
    sandbox.control("POST", "sessions", {"session_id": sid, "set": members})


@pytest.mark.parametrize("status", ["pending", "capturing", "processing", "recapture", "error", "on_holiday"])
def test_any_status_can_be_forced_and_stays(sandbox: RunningSandbox, transmit: TransmitClient, status: str) -> None:
    sid = transmit.start()

    force(sandbox, sid, status=status)

    assert transmit.result(sid).json() == {"session_id": sid, "status": status}


def test_any_result_can_be_forced(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    sid = transmit.start()
    checks = {"biometric_matching": {"recommendation": "N/A"}, "aura": {"recommendation": "PURPLE", "reasons": ["?"]}}

    force(
        sandbox,
        sid,
        status="complete",
        recommendation="PERHAPS",
        checks=checks,
        person={},
        document={"type": "library_card"},
        result={"more": [1]},
        without=["verification_images", "risk_details"],
    )

    document = transmit.result(sid).json()
    assert (document["recommendation"], document["checks"], document["person"]) == ("PERHAPS", checks, {})
    assert (document["document"], document["more"]) == ({"type": "library_card"}, [1])
    assert not {"verification_images", "risk_details"} & set(document)


def test_a_shape_can_be_forced_against_what_was_asked(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    sid = transmit.start()

    force(sandbox, sid, status="complete", shape="deprecated")
    old = transmit.result(sid, "?detailed=true").json()
    force(sandbox, sid, shape="current")
    new = transmit.result(sid, "?detailed=false").json()
    force(sandbox, sid, shape="asked")
    asked = transmit.result(sid, "?detailed=false").json()

    assert "verified_info" in old
    assert "checks" in new
    assert "verified_info" in asked


def test_without_counts_before_the_session_is_complete(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    sid = transmit.start()

    force(sandbox, sid, without=["status"])

    assert transmit.result(sid).json() == {"session_id": sid}


def test_an_expired_session_keeps_its_status_and_takes_no_image(
    sandbox: RunningSandbox, transmit: TransmitClient
) -> None:
    sid = transmit.start()

    force(sandbox, sid, expires_in=-1)

    assert transmit.result(sid).json()["status"] == "capturing"
    assert transmit.add(sid, "selfie").status == 404


def test_the_latest_session_needs_no_id(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    sid = transmit.start()

    changed = sandbox.control("POST", "sessions", {"latest": True, "set": {"status": "error"}})

    assert (changed["session_id"], changed["status"]) == (sid, "error")


def test_the_list_tells_what_a_test_compares_and_no_secret(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    created = transmit.create(
        callback_url="https://portal.example/back",
        state="hidden-state",
        customer_information={"external_user_id": "u1"},
    )

    row = sandbox.sessions()[-1]

    assert (row["session_id"], row["external_user_id"], row["status"]) == (created["session_id"], "u1", "pending")
    assert (row["deleted"], row["opened"], row["returned"], row["images"]) == (False, False, False, [])
    assert not any(word in str(row) for word in ("hidden-state", "portal.example", created["start_token"]))


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"latest": False},
        {"latest": True, "session_id": "a"},
        {"session_id": "nobody", "set": {}},
        {"session_id": "no/such", "set": {}},
        {"latest": True, "set": {"status": ""}},
        {"latest": True, "set": {"shape": "round"}},
        {"latest": True, "set": {"expires_in": 1e300}},
        {"latest": True, "set": {"without": "checks"}},
        {"latest": True, "set": {"result": []}},
        {"latest": True, "set": {"weather": "good"}},
    ],
)
def test_a_request_that_is_not_understood_is_refused(
    sandbox: RunningSandbox, transmit: TransmitClient, document: dict[str, object]
) -> None:
    sid = transmit.start()

    with pytest.raises(RuntimeError, match="problems"):
        sandbox.control("POST", "sessions", document)

    assert transmit.result(sid).json()["status"] == "capturing"


def test_a_deleted_session_cannot_be_changed(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    sid = transmit.start()
    transmit.call("DELETE", f"/{sid}")

    with pytest.raises(RuntimeError, match="no such session"):
        force(sandbox, sid, status="complete")


def test_the_page_tells_how_to_provoke_every_feedback_and_hides_secrets(sandbox: RunningSandbox) -> None:
    with urllib3.PoolManager(retries=False) as pool:
        html = pool.request("GET", sandbox.base_url + "/").data.decode()

    clients = [sandbox.keys["transmit_verify"], *sandbox.keys["further"]["transmit_verify"].values()]
    assert [value for value in BY_WIDTH.values() if f"<code>{value}</code>" not in html] == []
    assert all(client["client_id"] in html and client["client_secret"] not in html for client in clients)
    assert "POST /_sandbox/tokens/revoke" in html
    assert "/verify/api/v1/verification/&lt;sid&gt;/result" in html
