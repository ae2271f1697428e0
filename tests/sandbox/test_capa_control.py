"""How a tester steers the Capa stand-in, what survives a restart, and what no log line holds."""

from __future__ import annotations

import json
import logging
import re
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client as WsgiClient

from tests.sandbox.capa_kit import KYC_FORM, TIMES, Capa, Receiver, press, send, until, walk
from verifications.sandbox.__main__ import parse_arguments
from verifications.sandbox.app import create_app
from verifications.sandbox.capa_errors import ROWS
from verifications.sandbox.capa_outcomes import OUTCOMES
from verifications.sandbox.config import SandboxConfig
from verifications.sandbox.testing import running_sandbox


def test_the_keys_are_made_once_and_have_the_form(capa: Capa) -> None:
    keys = capa.sandbox.keys
    pairs = [keys["capa_partner"], *keys["further"]["capa_partner"].values()]

    assert set(keys["further"]["capa_partner"]) == {"foreign", "invalid_flow", "without_partner"}
    assert all(re.fullmatch(r"pk_[0-9a-f]{40}", pair["key"]) for pair in pairs)
    assert len({pair["webhook_secret"] for pair in pairs}) == 4


def test_an_older_keys_file_gets_the_new_keys_and_keeps_its_own(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create_app(SandboxConfig(state_dir=tmp_path)).close()
    older = json.loads(path.read_text())
    del older["capa_partner"], older["further"]["capa_partner"]
    path.write_text(json.dumps(older))

    create_app(SandboxConfig(state_dir=tmp_path)).close()

    newer = json.loads(path.read_text())
    assert {name: newer[name] for name in ("kraken_embed", "payward_services")} == {
        name: older[name] for name in ("kraken_embed", "payward_services")
    }
    assert set(newer["capa_partner"]) == {"key", "webhook_secret"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_page_explains_every_row_and_end_and_shows_no_key(capa: Capa) -> None:
    html = send(capa.sandbox.base_url + "/").body.decode()

    keys = capa.sandbox.keys
    pairs = [keys["capa_partner"], *keys["further"]["capa_partner"].values()]
    assert [name for name in (*ROWS, *OUTCOMES) if f"<code>{name}</code>" not in html] == []
    assert not any(value in html for pair in pairs for value in pair.values())
    assert "/api/partner/v2/users/&lt;user&gt;/kyc/verification-link" in html
    assert not re.search(r"style=|<style|<script", html)


def test_users_are_listed_with_their_links(capa: Capa) -> None:
    user_id, own_id = capa.new_user()
    link = capa.new_link(user_id, country="PT", partnerRedirectUri="myapp://back/1")
    capa.new_link(user_id)
    press(link, "start")

    [user] = [user for user in capa.control("GET", "/users")["users"] if user["user_id"] == user_id]

    assert (user["external_user_id"], user["partner"], user["type"]) == (own_id, "main", "INDIVIDUAL")
    assert user["status"] == "IN_PROGRESS"
    assert [found["status"] for found in user["links"]] == ["IN_PROGRESS", "NOT_STARTED"]
    assert user["links"][0] | {"session_id": ""} == {
        "link": link,
        "kind": "KYC",
        "country": "PT",
        "redirect": "myapp://back/1",
        "session_id": "",
        "status": "IN_PROGRESS",
        "outcome": None,
        "expired": False,
    }


@pytest.mark.parametrize(
    "result", [{"aipriseSummary": {"verificationResult": 7}}, {}, [], None, "VERIFIED", {"idInfo": "Ánh"}]
)
@pytest.mark.parametrize(("type_", "kind"), [("INDIVIDUAL", "kyc"), ("BUSINESS", "kyb")])
def test_the_details_of_a_user_can_be_anything(capa: Capa, type_: str, kind: str, result: Any) -> None:
    user_id, _ = capa.new_user(type_)

    capa.control("POST", "/users", {"user_id": user_id, "result": result})
    answer = capa.details(user_id, kind)
    capa.control("POST", "/users", {"user_id": user_id, "clear": True})

    assert (answer.status, answer.json()) == (200, {"status": "ok", "data": result})
    assert capa.details(user_id, kind).status == 404


def test_a_session_can_be_ended_without_a_browser_and_ended_again(capa: Capa) -> None:
    user_id, own_id = capa.new_user()
    link = capa.new_link(user_id)

    capa.control("POST", "/complete", {"external_user_id": own_id, "outcome": "no_result"})
    waiting = capa.result(user_id)
    capa.control("POST", "/complete", {"user_id": user_id, "outcome": "watchlist"})

    assert (waiting, capa.result(user_id)) == ("IN_PROGRESS", "VERIFIED")
    assert capa.details(user_id).json()["data"]["amlInfo"]["numHits"] == 2
    assert send(link).status == 410


def test_what_was_still_to_come_does_not_come_after_another_end(tmp_path: Path, receiver: Receiver) -> None:
    receiver.forget()
    times = TIMES | {"long_review_seconds": 3600}
    with running_sandbox(tmp_path, allow_hosts=(receiver.host,), **times) as running:
        capa = Capa.of(running)
        capa.set_webhook(receiver.url)
        user_id, own_id = capa.new_user()
        walk(capa.new_link(user_id), "review_verified")
        until(lambda: capa.result(user_id) == "REVIEW_NEEDED")

        capa.control("POST", "/complete", {"user_id": user_id, "outcome": "rejected"})

        events = [webhook.event for webhook in receiver.next(3, of=own_id)]
        result = capa.result(user_id)
    assert (result, events) == ("REJECTED", ["CREATED_KYC", "REVIEW_NEEDED_KYC", "REJECTED_KYC"])
    assert b"VERIFIED_USER" not in b"".join(webhook.body for webhook in list(receiver.webhooks.queue))


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("", {"envelope": "sometimes"}),
        ("", {"kyc_not_configured": ["VN"]}),
        ("", {"colour": "red"}),
        ("/links", {"latest": True}),
        ("/links", {"latest": False, "expire": True}),
        ("/links", {"latest": True, "link": "x", "expire": True}),
        ("/links", {"link": "http://127.0.0.1/capa/verify/nothing", "expire": True}),
        ("/users", {"user_id": "nobody", "result": {}}),
        ("/users", {"external_user_id": "nobody", "clear": True}),
        ("/users", {"result": {}}),
        ("/users", {"user_id": "nobody"}),
        ("/complete", {"user_id": "nobody", "outcome": "verified"}),
        ("/complete", {"user_id": "nobody", "outcome": "dance"}),
        ("/webhooks", {"extra": []}),
        ("/webhooks", {"times": 51}),
    ],
)
def test_a_wish_that_is_not_understood_is_refused(capa: Capa, path: str, document: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="problems"):
        capa.control("POST", path, document)


def test_a_user_without_a_link_cannot_be_ended(capa: Capa) -> None:
    user_id, _ = capa.new_user()

    with pytest.raises(RuntimeError, match="no link"):
        capa.control("POST", "/complete", {"user_id": user_id, "outcome": "verified"})


def test_only_this_machine_may_steer_but_anyone_with_a_link_may_look(tmp_path: Path) -> None:
    app = create_app(SandboxConfig(state_dir=tmp_path))
    client = WsgiClient(app)
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}

    statuses = []
    for path in ("/_sandbox/capa", "/_sandbox/capa/users", "/capa/verify/x", "/capa/assets/verify.css"):
        with client.get(path, environ_overrides=elsewhere) as answer:
            statuses.append(answer.status_code)
    app.close()

    assert statuses == [403, 403, 404, 200]


def test_a_restart_keeps_users_links_settings_and_webhooks_to_come(tmp_path: Path, receiver: Receiver) -> None:
    receiver.forget()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        deaf = f"127.0.0.1:{taken.getsockname()[1]}"
    hosts = (receiver.host, deaf)
    with running_sandbox(tmp_path, allow_hosts=hosts, **TIMES | {"webhook_retry_seconds": (0.5,) * 60}) as first:
        before = Capa.of(first)
        before.control("POST", "", {"layout": "flat"})
        before.set_webhook(f"http://{deaf}/nobody-listens")
        user_id, own_id = before.new_user()
        open_link = before.new_link(user_id).rpartition("/")[2]
        walk(before.new_link(user_id), "rejected")
        until(lambda: before.result(user_id) == "REJECTED")
    with running_sandbox(tmp_path, allow_hosts=hosts, **TIMES | {"webhook_retry_seconds": (0.1,) * 60}) as second:
        after = Capa.of(second)
        after.set_webhook(receiver.url)
        events = {webhook.event for webhook in receiver.next(2, of=own_id)}
        result, settings = after.result(user_id), after.control("GET")["settings"]
        page = send(f"{second.base_url}/capa/verify/{open_link}")

    assert first.keys == second.keys
    assert events == {"CREATED_KYC", "REJECTED_KYC"}
    assert (result, settings["layout"], page.status) == ("REJECTED", "flat", 200)


def test_log_lines_hold_no_key_no_link_and_no_name(
    tmp_path: Path, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.forget()
    with running_sandbox(tmp_path, allow_hosts=(receiver.host,), **TIMES) as running:
        capa = Capa.of(running)
        capa.set_webhook(receiver.url)
        user_id, own_id = capa.new_user()
        link = capa.new_link(user_id)
        walk(link)
        receiver.next(2, of=own_id)
        capa.details(user_id)

    own = [record.getMessage() for record in caplog.records if record.name == "sandbox"]
    assert "POST capa_partner.create_user 201" in [line.rpartition(" ")[0] for line in own]
    assert "WEBHOOK capa_partner.VERIFIED_USER 200" in own
    everything = " ".join(record.getMessage() for record in caplog.records)
    hidden = [*running.keys["capa_partner"].values(), link.rpartition("/")[2], user_id, own_id, *KYC_FORM.values()]
    assert [text for text in hidden if text in everything] == []


def test_repr_shows_no_key_and_no_link(tmp_path: Path) -> None:
    app = create_app(SandboxConfig(state_dir=tmp_path))
    api = next(api for api in app.apis if api.name == "capa_partner")
    keys = api.keys  # type: ignore[attr-defined]
    app.close()

    assert not any(text in repr(keys[text]) for text in keys)


def test_the_command_line_takes_the_new_times() -> None:
    config = parse_arguments(["--link-seconds", "5", "--webhook-retry-seconds", "0,1.5"])

    assert (config.link_seconds, config.webhook_retry_seconds) == (5.0, (0.0, 1.5))
    assert parse_arguments([]).webhook_retry_seconds == (0.0, 60.0, 300.0, 600.0, 900.0)


def test_a_link_lives_as_long_as_it_was_told(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, link_seconds=0.0) as running:
        capa = Capa.of(running)
        user_id, _ = capa.new_user()

        page = send(capa.new_link(user_id))

    assert page.status == 410
