"""Signing of seals, anchors and manifests: the only module that touches signing keys.

``AUDIT_SIGNING_KEYS`` is ``id:base64,id:base64`` of 32-byte Ed25519 seeds and stands outside the database. The first
signs; the others only say which public keys earlier signatures were made under. Signatures and public keys are hex.
"""

from __future__ import annotations

import base64
import functools

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SEED_BYTES = 32


@functools.cache
def _keys(setting: str) -> dict[str, Ed25519PrivateKey]:
    keys: dict[str, Ed25519PrivateKey] = {}
    for entry in setting.split(","):
        key_id, _, encoded = entry.strip().partition(":")
        try:
            seed = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise ImproperlyConfigured("AUDIT_SIGNING_KEYS: every entry is id:base64 of 32 bytes.") from error
        if not key_id or len(key_id) > 40 or len(seed) != SEED_BYTES:
            raise ImproperlyConfigured("AUDIT_SIGNING_KEYS: every entry is id:base64 of 32 bytes.")
        keys[key_id] = Ed25519PrivateKey.from_private_bytes(seed)
    return keys


def check_signing_keys() -> None:
    """Raise ``ImproperlyConfigured`` when the setting can't be used: told at start, not at the first seal."""
    _keys(settings.AUDIT_SIGNING_KEYS)


def signing_key_id() -> str:
    """Id of the key that signs now: a seal names it in the bytes that are signed."""
    return next(iter(_keys(settings.AUDIT_SIGNING_KEYS)))


def sign(data: bytes) -> tuple[str, str]:
    """Id of the key, and its signature of ``data`` as hex. The same data and key give the same signature."""
    keys = _keys(settings.AUDIT_SIGNING_KEYS)
    key_id = next(iter(keys))
    return key_id, keys[key_id].sign(data).hex()


def public_keys() -> dict[str, str]:
    """Key id -> public key, of all keys that are set."""
    return {
        key_id: key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        for key_id, key in _keys(settings.AUDIT_SIGNING_KEYS).items()
    }


def is_signed(data: bytes, *, key_id: str, signature: str) -> bool:
    """Whether ``signature`` is of ``data`` under the key of that id; an unknown id is no."""
    known = public_keys().get(key_id)
    return known is not None and is_signature(data, signature, known)


def is_signature(data: bytes, signature: str, public_key: str) -> bool:
    """The same by the public key itself, as the verifier asks for it; what is no lower-case hex is no."""
    try:
        signed = bytes.fromhex(signature)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(signed, data)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return signed.hex() == signature
