"""Sealing and opening of values: the only module that touches keys.

A value is encrypted with AES-256-GCM under a data key, bound by its additional data to the table, column and row it
stands in, so that a ciphertext moved elsewhere does not open. Data keys (one per customer, one for the installation,
one for search hashes) are stored wrapped by a master key that stands outside the database. Destroying a data key makes
every value under it unreadable, in backups too.

Texts made here: a wrapped key is ``<master key id>:<base64>``, a sealed value ``<base64>``; both hold nonce, then
ciphertext.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from verifications.errors import SealedValueUnavailable

NONCE_BYTES = 12
KEY_BYTES = 32


@functools.cache
def _master_keys(setting: str) -> dict[str, bytes]:
    """Parse ``id:base64,id:base64``; the first is used to wrap, all are used to unwrap."""
    keys: dict[str, bytes] = {}
    for entry in setting.split(","):
        key_id, _, encoded = entry.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise ImproperlyConfigured("VAULT_MASTER_KEYS: every entry is id:base64 of 32 bytes.") from error
        if not key_id or len(key) != KEY_BYTES:
            raise ImproperlyConfigured("VAULT_MASTER_KEYS: every entry is id:base64 of 32 bytes.")
        keys[key_id] = key
    return keys


def check_master_keys() -> None:
    """Raise ``ImproperlyConfigured`` when the setting can't be used: told at start, not at the first customer."""
    _master_keys(settings.VAULT_MASTER_KEYS)


def new_wrapped_key() -> str:
    """Make a data key and return it wrapped by the current master key."""
    masters = _master_keys(settings.VAULT_MASTER_KEYS)
    master_id, master = next(iter(masters.items()))
    nonce = secrets.token_bytes(NONCE_BYTES)
    wrapped = nonce + AESGCM(master).encrypt(nonce, secrets.token_bytes(KEY_BYTES), master_id.encode())
    return f"{master_id}:{base64.b64encode(wrapped).decode()}"


@functools.lru_cache(maxsize=512)
def _unwrap(wrapped_key: str, setting: str) -> bytes:
    master_id, _, encoded = wrapped_key.partition(":")
    master = _master_keys(setting).get(master_id)
    if master is None:
        raise SealedValueUnavailable(
            f"The master key {master_id!r} is not among VAULT_MASTER_KEYS; add it to read older values."
        )
    try:
        raw = base64.b64decode(encoded, validate=True)
        return AESGCM(master).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], master_id.encode())
    except (InvalidTag, ValueError) as error:
        raise SealedValueUnavailable(
            "A data key can't be unwrapped: it was altered, or the master key is wrong."
        ) from error


def seal(*, plaintext: bytes, wrapped_key: str, context: str) -> str:
    """Encrypt under the data key, bound to ``context`` (``table.column:row``); returns base64 text."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    key = _unwrap(wrapped_key, settings.VAULT_MASTER_KEYS)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plaintext, context.encode())).decode()


def unseal(*, token: str, wrapped_key: str, context: str) -> bytes:
    """Decrypt what ``seal`` made for the same context, or raise ``SealedValueUnavailable``."""
    key = _unwrap(wrapped_key, settings.VAULT_MASTER_KEYS)
    try:
        raw = base64.b64decode(token, validate=True)
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise SealedValueUnavailable("A sealed value can't be opened: it was altered or moved.") from error


def keyed_hash(*, value: str, wrapped_key: str, purpose: str) -> str:
    """HMAC-SHA256 of the normalised value, hex; for exact search.

    Normalised: case folded; an e-mail address without the spaces around it, anything else as letters and digits only.
    """
    key = _unwrap(wrapped_key, settings.VAULT_MASTER_KEYS)
    folded = value.casefold()
    normalised = folded.strip() if purpose == "email" else "".join(letter for letter in folded if letter.isalnum())
    return hmac.new(key, f"{purpose}:{normalised}".encode(), hashlib.sha256).hexdigest()
