"""A provider's answer without what would give access to something: tokens, secrets, addresses with rights in them."""

from __future__ import annotations

import json
import re
from typing import Any

GONE = "[withheld]"
CREDENTIAL = re.compile(
    r"token|secret|passw|credential|api_?key|authori[sz]ation|cookie|signature|(^|_)(code_verifier|otp|pin)$"
    r"|(url|uri|href|link)s?$",
    re.IGNORECASE,
)
"""Names of members whose values are left out, wherever they stand."""
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


def scrubbed(body: bytes) -> tuple[bytes, str, bool]:
    """(what goes into the pack, ending of the file's name, whether something was taken out).

    An answer in which there is nothing to take out stays as it came, byte for byte.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return _plain(body)
    shown = _without(value)
    if shown == value:
        return body, "json", False
    return json.dumps(shown, ensure_ascii=False, indent=1).encode("utf-8", "replace"), "json", True


def _plain(body: bytes) -> tuple[bytes, str, bool]:
    """An answer that is no JSON: an error page, mostly."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body, "bin", False
    shown = ADDRESS.sub(GONE, text)
    return shown.encode(), "txt", shown != text


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: GONE if CREDENTIAL.search(str(name)) and inner not in (None, "", [], {}) else _without(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_without(inner) for inner in value]
    return ADDRESS.sub(GONE, value) if isinstance(value, str) else value
