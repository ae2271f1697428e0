"""The vault: authenticated encryption under wrapped keys, bound to where a value stands."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from verifications import vault
from verifications.errors import SealedValueUnavailable

CONTEXT = "verifications_customer.email:1"


@given(st.binary(max_size=5000))
def test_unseal_gives_back_what_was_sealed(plaintext: bytes) -> None:
    key = vault.new_wrapped_key()

    token = vault.seal(plaintext=plaintext, wrapped_key=key, context=CONTEXT)

    assert vault.unseal(token=token, wrapped_key=key, context=CONTEXT) == plaintext


def test_seal_never_gives_the_same_text_twice() -> None:
    key = vault.new_wrapped_key()

    assert len({vault.seal(plaintext=b"x", wrapped_key=key, context=CONTEXT) for _one in range(50)}) == 50


@pytest.mark.parametrize(
    "context",
    ["verifications_customer.phone:1", "verifications_customer.email:2", "verifications_provideruser.email:1", ""],
    ids=["column", "row", "table", "nothing"],
)
def test_unseal_refuses_a_ciphertext_that_was_moved(context: str) -> None:
    key = vault.new_wrapped_key()
    token = vault.seal(plaintext=b"zoe@example.org", wrapped_key=key, context=CONTEXT)

    with pytest.raises(SealedValueUnavailable):
        vault.unseal(token=token, wrapped_key=key, context=context)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_unseal_refuses_any_altered_byte(place: int, change: int) -> None:
    key = vault.new_wrapped_key()
    raw = bytearray(base64.b64decode(vault.seal(plaintext=b"zoe@example.org", wrapped_key=key, context=CONTEXT)))
    raw[place % len(raw)] ^= change

    with pytest.raises(SealedValueUnavailable):
        vault.unseal(token=base64.b64encode(raw).decode(), wrapped_key=key, context=CONTEXT)


@pytest.mark.parametrize("token", ["", "no base64!", "AAAA", "A" * 16, "é"])
def test_unseal_refuses_what_is_no_ciphertext(token: str) -> None:
    with pytest.raises(SealedValueUnavailable):
        vault.unseal(token=token, wrapped_key=vault.new_wrapped_key(), context=CONTEXT)


def test_unseal_refuses_another_key() -> None:
    token = vault.seal(plaintext=b"x", wrapped_key=vault.new_wrapped_key(), context=CONTEXT)

    with pytest.raises(SealedValueUnavailable):
        vault.unseal(token=token, wrapped_key=vault.new_wrapped_key(), context=CONTEXT)


@pytest.mark.parametrize("damage", [lambda key: key[:-8] + "AAAAAAA=", lambda key: key + "!", lambda key: key[:3]])
def test_a_damaged_data_key_is_unavailable_and_says_why(damage: Any) -> None:
    with pytest.raises(SealedValueUnavailable, match="unwrapped"):
        vault.seal(plaintext=b"x", wrapped_key=damage(vault.new_wrapped_key()), context=CONTEXT)


def test_a_master_key_that_was_taken_away_is_named(settings: Any) -> None:
    key = vault.new_wrapped_key()
    settings.VAULT_MASTER_KEYS = "t9:" + base64.b64encode(b"z" * 32).decode()

    with pytest.raises(SealedValueUnavailable, match="'t1'"):
        vault.seal(plaintext=b"x", wrapped_key=key, context=CONTEXT)


def test_a_new_master_key_wraps_and_the_old_one_still_opens(settings: Any) -> None:
    old = vault.new_wrapped_key()
    token = vault.seal(plaintext=b"x", wrapped_key=old, context=CONTEXT)
    settings.VAULT_MASTER_KEYS = f"t2:{base64.b64encode(b'n' * 32).decode()},{settings.VAULT_MASTER_KEYS}"

    new = vault.new_wrapped_key()

    assert new.startswith("t2:")
    assert vault.unseal(token=token, wrapped_key=old, context=CONTEXT) == b"x"


@pytest.mark.parametrize("setting", ["", "t1", "t1:short", "t1:é", ":" + "A" * 44, "t1:" + "A" * 44 + ",t2:AAAA"])
def test_malformed_master_keys_stop_with_the_settings_name(settings: Any, setting: str) -> None:
    settings.VAULT_MASTER_KEYS = setting

    with pytest.raises(ImproperlyConfigured, match="VAULT_MASTER_KEYS"):
        vault.new_wrapped_key()


def test_keyed_hash_forgives_spelling_and_nothing_else() -> None:
    key = vault.new_wrapped_key()

    def hashed(value: str, purpose: str = "document_number") -> str:
        return vault.keyed_hash(value=value, wrapped_key=key, purpose=purpose)

    assert hashed("x 123-4567") == hashed("X1234567")
    assert hashed("X1234567") != hashed("X1234568")
    assert hashed("X1234567") != hashed("X1234567", "phone")
    assert hashed("X1234567") != vault.keyed_hash(
        value="X1234567", wrapped_key=vault.new_wrapped_key(), purpose="document_number"
    )
