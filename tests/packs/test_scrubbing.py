"""Answers of providers: whole where they can be, and never with what opens a door."""

from __future__ import annotations

import json

import pytest

from verifications.packs.scrubbing import GONE, scrubbed

PLAIN = b'{"state":  "ok", "actions": [{"type": "verification", "signed": true}], "description": "linked"}'


def test_an_answer_without_secrets_stays_as_it_came_byte_for_byte() -> None:
    assert scrubbed(PLAIN) == (PLAIN, "json", False)


@pytest.mark.parametrize(
    "member",
    ["token", "start_token", "access_token", "client_secret", "password", "apiKey", "api_key", "Authorization", "url",
     "imageUrl", "image_url", "redirect_uri", "kycLink", "signature", "Set-Cookie"],
)  # fmt: skip
def test_members_that_give_access_are_taken_out_wherever_they_stand(member: str) -> None:
    body = json.dumps({"result": [{member: "CANARY", "name": "Zoë"}], member: {"deep": "CANARY"}}).encode()

    shown, ending, is_changed = scrubbed(body)

    assert (ending, is_changed) == ("json", True)
    assert b"CANARY" not in shown
    assert json.loads(shown)["result"] == [{member: GONE, "name": "Zoë"}]


def test_addresses_inside_of_texts_are_taken_out() -> None:
    shown, _ending, is_changed = scrubbed(b'{"detail": "see https://files.example/a?sig=CANARY for it"}')

    assert is_changed
    assert json.loads(shown) == {"detail": f"see {GONE} for it"}


def test_what_is_no_json_is_text_without_addresses_or_bytes() -> None:
    assert scrubbed(b"<a href='https://x.example/CANARY'>") == (f"<a href='{GONE}".encode(), "txt", True)
    assert scrubbed(b"Bad gateway") == (b"Bad gateway", "txt", False)
    assert scrubbed(b"\xff\xfe\x00") == (b"\xff\xfe\x00", "bin", False)
    assert scrubbed(b"[" * 100_000)[1] == "txt"
