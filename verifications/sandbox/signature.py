"""The stand-in's own reading of API-Key, API-Nonce and API-Sign.

Contracts: kraken-embed 3.1-3.5, payward-services 3.1-3.4.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping

from werkzeug.datastructures import Headers

from .errors import ApiError
from .keys import ApiKey
from .store import Store

NONCE_PATTERN = re.compile(r"[0-9]{1,20}")
NONCE_MAX = 2**64 - 1


def body_digest(nonce: str, body: bytes) -> bytes:
    """SHA-256 over the nonce's ASCII digits followed by the raw body."""
    return hashlib.sha256(nonce.encode("ascii") + body).digest()


def expected_signature(*, secret: str, target: str, digest: bytes) -> str:
    """The base64 text that API-Sign must carry for ``target`` (path and query as on the request line)."""
    mac = hmac.new(base64.b64decode(secret), target.encode("latin-1") + digest, hashlib.sha512)
    return base64.b64encode(mac.digest()).decode("ascii")


def authenticate(
    *,
    api: str,
    headers: Headers,
    target: str,
    digest: bytes,
    keys: Mapping[str, ApiKey],
    store: Store,
    nonce_window: int,
) -> ApiKey:
    """Return the key a request was signed with, or raise ApiError.

    Order: headers present, key known, key not locked, signature right, nonce new, key permitted. A refused request does
    not use up its nonce; one that fails on permission does, as its signature was good.
    """
    if not headers.get("API-Key"):
        raise ApiError(401, "missing_key")
    for name in ("API-Nonce", "API-Sign"):
        if not headers.get(name):
            raise ApiError(401, "missing_header", [name])
    key = keys.get(headers["API-Key"])
    if key is None or key.api != api:
        raise ApiError(401, "invalid_key")
    if key.role == "locked_out":
        raise ApiError(401, "lockout")
    nonce = headers["API-Nonce"]
    well_formed = NONCE_PATTERN.fullmatch(nonce) is not None and int(nonce) <= NONCE_MAX
    if well_formed:
        expected = expected_signature(secret=key.secret, target=target, digest=digest)
        if not hmac.compare_digest(expected.encode(), headers["API-Sign"].encode("latin-1", "replace")):
            raise ApiError(401, "invalid_signature")
    if not well_formed or not store.accept_nonce(key.key_id, int(nonce), window=nonce_window):
        raise ApiError(401, "invalid_nonce")
    if key.role == "no_permission":
        raise ApiError(403, "permission")
    return key
