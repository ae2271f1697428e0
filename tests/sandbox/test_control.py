"""The control API and the page."""

from __future__ import annotations

import json
import re

import pytest
import urllib3
from werkzeug.test import Client as WsgiClient

from tests.sandbox.samples import identity_parts
from tests.sandbox.signer import Client
from verifications.sandbox.app import create_app
from verifications.sandbox.config import SandboxConfig
from verifications.sandbox.faults import FAULTS
from verifications.sandbox.outcomes import OUTCOMES
from verifications.sandbox.testing import RunningSandbox


def test_the_page_lists_everything_and_no_secret(sandbox: RunningSandbox) -> None:
    with urllib3.PoolManager(retries=False) as pool:
        page = pool.request("GET", sandbox.base_url + "/")
        css = pool.request("GET", sandbox.base_url + "/_sandbox/sandbox.css")
    html = page.data.decode()

    marks = [mark for mark in (*FAULTS, *OUTCOMES) if mark]
    pairs = [sandbox.keys["kraken_embed"], *sandbox.keys["further"]["payward_services"].values()]
    assert (page.status, css.status, css.headers["Content-Type"]) == (200, 200, "text/css; charset=utf-8")
    assert [mark for mark in marks if f"<code>{mark}</code>" not in html] == []
    assert all(pair["key_id"] in html and pair["secret"] not in html for pair in pairs)
    assert "/v1/users/&lt;user_id&gt;/verifications/url" in html
    assert not re.search(r"style=|<style|<script|onclick", html)
    assert "style-src 'self'" in page.headers["Content-Security-Policy"]


def test_only_this_machine_may_steer(tmp_path_factory: pytest.TempPathFactory) -> None:
    app = create_app(SandboxConfig(state_dir=tmp_path_factory.mktemp("remote")))
    client = WsgiClient(app)

    statuses = []
    for address in ("127.0.0.1", "::1", "192.0.2.7", "fe80::1%eth0", ""):
        with client.get("/_sandbox/record", environ_overrides={"REMOTE_ADDR": address}) as answer:
            statuses.append(answer.status_code)
    app.close()

    assert statuses == [200, 200, 403, 403, 403]


@pytest.mark.parametrize(
    "document",
    [
        {"api": "kraken_embed", "operation": "submit", "fault": "FAULT-999"},
        {"api": "nobody", "operation": "submit", "fault": "HTML"},
        {"api": "kraken_embed", "operation": "dance", "fault": "HTML"},
        {"api": "kraken_embed", "operation": "submit", "fault": "HTML", "times": 0},
        {"api": "kraken_embed", "operation": "submit", "fault": "HTML", "often": 1},
        {"operation": "submit", "fault": "HTML"},
    ],
)
def test_a_fault_that_is_not_understood_is_refused(sandbox: RunningSandbox, document: dict[str, object]) -> None:
    with pytest.raises(RuntimeError, match="problems"):
        sandbox.control("POST", "faults", document)

    assert sandbox.control("GET", "faults") == {"faults": []}


def test_a_form_of_another_site_is_refused(sandbox: RunningSandbox) -> None:
    with urllib3.PoolManager(retries=False) as pool:
        answer = pool.request(
            "POST",
            sandbox.base_url + "/_sandbox/faults",
            body=json.dumps({"api": "*", "operation": "*", "fault": "HTML"}),
            headers={"Content-Type": "text/plain"},
        )

    assert answer.status == 415


def test_faults_are_listed_and_cleared(sandbox: RunningSandbox) -> None:
    sandbox.arm("refuse-409", api="kraken_embed", operation="submit", times=3)

    listed = sandbox.control("GET", "faults")["faults"]

    assert [(fault["fault"], fault["remaining"]) for fault in listed] == [("FAULT-409", 3)]
    assert sandbox.control("DELETE", "faults") == {"faults": []}
    assert sandbox.control("GET", "faults") == {"faults": []}


def test_latency_is_added_and_removed(sandbox: RunningSandbox, kraken: Client) -> None:
    sandbox.control("POST", "latency", {"api": "kraken_embed", "latency_ms": 2500, "jitter_ms": 10})
    with pytest.raises(TimeoutError):
        kraken.call("GET", "/b2b/users/AA99ZZZZZZZZZZZZ", timeout=0.1)
    sandbox.control("DELETE", "faults")
    sandbox.arm("NONE", latency_ms=2500)
    with pytest.raises(TimeoutError):
        kraken.call("GET", "/b2b/users/AA99ZZZZZZZZZZZZ", timeout=0.1)

    assert kraken.call("GET", "/b2b/users/AA99ZZZZZZZZZZZZ", timeout=2).status == 404


def test_a_user_can_be_preset_and_preset_again(sandbox: RunningSandbox, payward: Client) -> None:
    created = sandbox.control(
        "POST",
        "users",
        {"api": "payward_services", "user_id": "AA45N8G4MLDYWAR7", "state": "disabled", "reasons": ["why"]},
    )
    first = payward.call("GET", "/v1/users/AA45N8G4MLDYWAR7").json()["data"]["status"]
    sandbox.control("POST", "users", {"api": "payward_services", "user_id": "AA45N8G4MLDYWAR7", "required_actions": []})
    second = payward.call("GET", "/v1/users/AA45N8G4MLDYWAR7").json()["data"]["status"]

    assert created == {"user_id": "AA45N8G4MLDYWAR7"}
    assert (first["state"], first["reasons"], len(first["required_actions"])) == ("disabled", ["why"], 3)
    assert second == {"state": "ok", "required_actions": []}


def test_what_came_before_a_preset_plays_no_part(sandbox: RunningSandbox, kraken: Client, kraken_user_id: str) -> None:
    kraken.send_parts(f"/b2b/verifications/{kraken_user_id}", identity_parts("INSTANT"))
    rows = len(sandbox.record())

    sandbox.control("POST", "users", {"api": "kraken_embed", "user_id": kraken_user_id})

    status = kraken.call("GET", f"/b2b/users/{kraken_user_id}").json()["result"]["status"]
    assert len(status["required_actions"]) == 3
    assert (len(sandbox.record()), sandbox.record()[-1]["outcome"]) == (rows, "INSTANT")


def test_the_record_can_be_read_from_a_number_on(sandbox: RunningSandbox, kraken: Client, kraken_user_id: str) -> None:
    for _ in range(2):
        kraken.send_parts(f"/b2b/verifications/{kraken_user_id}", identity_parts())
    last = sandbox.record()[-1]["number"]

    rows = sandbox.control("GET", f"record?api=kraken_embed&after={last - 1}")["submissions"]

    assert [row["number"] for row in rows] == [last]
    assert sandbox.control("GET", "record?api=payward_services")["submissions"] == []
    with pytest.raises(RuntimeError):
        sandbox.control("GET", "record?after=x")
