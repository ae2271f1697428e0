"""API-Sign for the two Payward APIs: one primitive, and nothing else, is shared by both contracts.

Contract: kraken-embed 3.3 and 3.4, payward-services 3.3.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

from verifications.providers.errors import ProviderProtocolError

_EMPTY = "The secret is empty."
_NOT_BASE64 = (
    "The secret is not base64 text. Copy the private half of the key exactly as the provider shows it, "
    "without spaces or line breaks."
)


def sign(*, secret: str, nonce: str, target: str, body: Iterable[bytes]) -> str:
    """Give the ``API-Sign`` value (88 characters of base64) for one request.

    ``target`` is the path and query exactly as on the request line, ``body`` the exact bytes sent, in pieces of any
    size; an empty iterable for a request without body. Raises ``ProviderProtocolError`` for an unusable secret.
    """
    key = _decode(secret)
    if key is None:
        raise ProviderProtocolError(
            f"{check_secret(secret)} Nothing was sent. Correct the provider account, then try again.", code="bad_secret"
        )
    digest = hashlib.sha256(nonce.encode("ascii"))
    for piece in body:
        digest.update(piece)
    mac = hmac.digest(key, target.encode("ascii") + digest.digest(), "sha512")
    return base64.b64encode(mac).decode("ascii")


def check_secret(secret: str) -> str | None:
    """Say what is wrong with a secret as entered, or ``None`` when it can be used for signing."""
    if not secret:
        return _EMPTY
    return _NOT_BASE64 if _decode(secret) is None else None


def hashed_part_of_multipart(body: Iterable[bytes]) -> Iterable[bytes]:
    """Choose what of an encoded multipart body is hashed: all of it, boundaries and part headers included.

    The Embed page is silent on multipart; three independent sources agree on the whole raw body (kraken-embed 3.4).
    Should the first live call show another rule, this is the only line to change.
    """
    return body


def _decode(secret: str) -> bytes | None:
    try:
        return base64.b64decode(secret.encode("ascii"), validate=True) or None
    except (UnicodeEncodeError, binascii.Error):
        return None
