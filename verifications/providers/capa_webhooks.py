"""Capa's webhooks: is the signature right, and what does the event say. Contract: capa-partner 6.

Pure functions. An event carries no decision: it only makes the portal read the details of that user.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Literal

from verifications.providers.answers import parse_json
from verifications.providers.calls import identifier_of
from verifications.providers.redaction import kept_text

WORD_LIMIT = 60

_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class WebhookEvent:
    """What came, unknown words kept. ``external_user_id`` is empty when it is not usable as one."""

    type: str
    event: str
    external_user_id: str


def signature_way(body: bytes, header: str, secret: str) -> Literal["raw", "reserialised", ""]:
    """Say over which bytes ``capa-signature`` is right, or give an empty text when it is not; never raises.

    ``raw`` are the body's own bytes, ``reserialised`` its compact form with the members in the order received, which
    the vendor's sample signs. An empty secret accepts nothing.
    """
    if not secret or not _HEX.fullmatch(header):
        return ""
    if _fits(body, header, secret):
        return "raw"
    compact = _compact(body)
    return "reserialised" if compact is not None and _fits(compact, header, secret) else ""


def read_event(body: bytes) -> WebhookEvent | None:
    """Read an event; ``None`` when the body is no JSON object."""
    event = parse_json(body)
    if not isinstance(event, dict):
        return None
    return WebhookEvent(
        type=kept_text(event.get("type"), limit=WORD_LIMIT),
        event=kept_text(event.get("event"), limit=WORD_LIMIT),
        external_user_id=identifier_of(event.get("externalUserId")),
    )


def _fits(message: bytes, header: str, secret: str) -> bool:
    expected = hmac.new(secret.encode("utf-8", "replace"), message, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, header)


def _compact(body: bytes) -> bytes | None:
    value = parse_json(body)
    if value is None:
        return None
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):  # half characters, or nested too deep to write
        return None
