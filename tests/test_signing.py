"""Signing keys: what is signed can be told from what is not, under the first key and under earlier ones."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from verifications import signing

OLD = "a1:" + base64.b64encode(b"s" * 32).decode()
NEW = "a2:" + base64.b64encode(b"n" * 32).decode()


def test_the_same_bytes_give_the_same_signature() -> None:
    assert signing.sign(b"seal") == signing.sign(b"seal")


@pytest.mark.parametrize(
    ("data", "key_id", "change"),
    [
        (b"sealed", "a1", ""),
        (b"seal", "a2", ""),
        (b"seal", "a1", "00"),
        (b"seal", "a1", "zz"),
    ],
)
def test_other_bytes_another_key_and_a_broken_signature_are_refused(data: bytes, key_id: str, change: str) -> None:
    own_id, signature = signing.sign(b"seal")

    assert signing.is_signed(b"seal", key_id=own_id, signature=signature)
    assert not signing.is_signed(data, key_id=key_id, signature=change + signature[len(change) :])


def test_a_new_key_signs_and_the_earlier_one_still_vouches(settings: Any) -> None:
    settings.AUDIT_SIGNING_KEYS = OLD
    before = signing.sign(b"seal")
    settings.AUDIT_SIGNING_KEYS = f"{NEW},{OLD}"

    assert signing.signing_key_id() == "a2"
    assert set(signing.public_keys()) == {"a1", "a2"}
    assert signing.is_signed(b"seal", key_id=before[0], signature=before[1])


@pytest.mark.parametrize("setting", ["", "a1", "a1:short", ":" + OLD[3:], "x" * 41 + OLD[2:], "a1:%%%"])
def test_a_setting_that_holds_no_key_stops_the_start(setting: str, settings: Any) -> None:
    settings.AUDIT_SIGNING_KEYS = setting

    with pytest.raises(ImproperlyConfigured, match="AUDIT_SIGNING_KEYS"):
        signing.check_signing_keys()
