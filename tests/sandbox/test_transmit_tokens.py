"""Tokens of Transmit Security: the form, its errors, what a token is good for and for how long."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.sandbox.transmit_client import RESOURCE, TransmitClient
from verifications.sandbox.testing import RunningSandbox, running_sandbox


@pytest.fixture
def transmit(sandbox: RunningSandbox) -> TransmitClient:
    return TransmitClient(sandbox)


def test_a_token_carries_the_documented_claims(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    answer = transmit.post_token()

    document = answer.json()
    parts = document["access_token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    client_id = sandbox.keys["transmit_verify"]["client_id"]
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert (document["token_type"], document["expires_in"], document["scope"]) == ("Bearer", 3600, "openid")
    assert len(parts) == 3
    assert (claims["sub"], claims["client_id"], claims["aud"]) == (client_id, client_id, RESOURCE)
    assert claims["exp"] - claims["iat"] == 3600
    assert {"iss", "scope", "role", "roles", "app_id", "app_name", "tid"} <= set(claims)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"grant_type": None}, (400, "invalid_request")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ({"client_id": None}, (401, "invalid_client")),
        ({"client_id": "nobody"}, (401, "invalid_client")),
        ({"client_secret": None}, (401, "invalid_client")),
        ({"client_secret": "wrong"}, (401, "invalid_client")),
        ({"client_secret": "ключ"}, (401, "invalid_client")),
        ({"resource": "https://elsewhere.example"}, (400, "invalid_target")),
    ],
)
def test_a_wrong_form_is_refused_in_the_words_of_oauth(
    transmit: TransmitClient, fields: dict[str, str | None], expected: tuple[int, str]
) -> None:
    answer = transmit.post_token(**fields)

    assert (answer.status, answer.json()["error"]) == expected
    assert answer.json()["error_description"]


def test_a_key_of_another_api_is_no_client(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    other = sandbox.keys["kraken_embed"]

    answer = transmit.post_token(client_id=other["key_id"], client_secret=other["secret"])

    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"grant_type=client_credentials"),
        ("application/x-www-form-urlencoded", b"grant_type=client_credentials&grant_type=client_credentials"),
        ("application/x-www-form-urlencoded", b"grant_type=%ff"),
        ("application/x-www-form-urlencoded", b"no form"),
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % number for number in range(60))),
    ],
)
def test_a_body_that_is_no_form_is_an_invalid_request(
    sandbox: RunningSandbox, transmit: TransmitClient, content_type: str, body: bytes
) -> None:
    answer = transmit.pool.request(
        "POST", f"{sandbox.base_url}/oidc/token", body=body, headers={"Content-Type": content_type}
    )

    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


def test_further_clients_are_refused_at_the_token_or_with_it(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    further = sandbox.keys["further"]["transmit_verify"]

    disabled = transmit.post_token(**further["disabled"])
    refused = transmit.post_token(**further["token_refused"])

    assert (disabled.status, disabled.json()["error"]) == (400, "unauthorized_client")
    assert refused.status == 200
    assert transmit.call("POST", "", {}, token=refused.json()["access_token"]).status == 401


@pytest.mark.parametrize("token", ["", "a.b.c", "ä"])
def test_without_a_good_token_there_is_no_answer(transmit: TransmitClient, token: str) -> None:
    answer = transmit.call("POST", "", {}, token=token.encode().decode("latin-1"))

    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_another_scheme_than_bearer_is_refused(transmit: TransmitClient) -> None:
    held = transmit.token()

    statuses = [
        transmit.call("POST", "", {}, headers={"Authorization": text}).status
        for text in (held, f"Basic {held}", "Bearer", "Bearer ", f"bearer {held}")
    ]

    assert statuses[:4] == [401, 401, 401, 401]
    assert statuses[4] in {200, 201}


def test_a_token_without_resource_is_issued_and_refused(transmit: TransmitClient) -> None:
    answer = transmit.post_token(resource=None)

    claims = json.loads(base64.urlsafe_b64decode(answer.json()["access_token"].split(".")[1] + "=="))
    assert (answer.status, claims["aud"]) == (200, "userid-api")
    assert transmit.call("POST", "", {}, token=answer.json()["access_token"]).status == 401


def test_revoked_tokens_are_refused_and_a_new_one_works(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    transmit.token()
    before = transmit.call("POST", "", {}).status

    revoked = sandbox.control("POST", "tokens/revoke", {})["revoked"]
    after = transmit.call("POST", "", {}).status
    transmit.token()

    assert before in {200, 201}
    assert (revoked >= 1, after) == (True, 401)
    assert transmit.call("POST", "", {}).status in {200, 201}


def test_a_token_ends_with_its_time(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, token_seconds=0) as running:
        transmit = TransmitClient(running)
        document = transmit.post_token().json()
        answer = transmit.call("POST", "", {}, token=document["access_token"])

    assert (document["expires_in"], answer.status) == (0, 401)


def test_keys_are_added_to_a_file_of_an_older_stand_in(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as first:
        old = {name: first.keys[name] for name in ("kraken_embed", "payward_services")}
    (tmp_path / "keys.json").write_text(json.dumps(old), encoding="utf-8")

    with running_sandbox(tmp_path) as second:
        status = TransmitClient(second).post_token().status

    assert status == 200
    assert second.keys["kraken_embed"] == old["kraken_embed"]
    assert sorted(second.keys["transmit_verify"]) == ["client_id", "client_secret"]
    assert second.keys["transmit_verify"] != first.keys["transmit_verify"]
