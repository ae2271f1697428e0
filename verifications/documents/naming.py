"""File names: the one a person's computer claimed, made safe to show; and the ones the portal gives."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME_BYTES = 255
MAX_EXTENSION_BYTES = 16
UNNAMED = "unnamed"

# Direction marks, overrides and isolates, and characters that take no room: they make a name read as another.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]"
)


def safe_display_name(name: str) -> str:
    """Return a name that can be shown: no folder, control or direction character, at most 255 bytes, never empty.

    The extension survives shortening. The result stays untrusted text: templates escape it and isolate its direction.
    """
    text = name.encode("utf-8", "replace").decode("utf-8")
    text = unicodedata.normalize("NFC", text)
    text = _INVISIBLE.sub("", text)
    text = "".join(" " if unicodedata.category(character) in {"Cc", "Zl", "Zp"} else character for character in text)
    text = re.split(r"[/\\]", text.rstrip("/\\ "))[-1]
    text = " ".join(text.split())
    if not text.strip(". "):
        return UNNAMED
    return _shorten(text)


def claimed_extension(name: str) -> str:
    """Return the extension a name claims, in lower case and without its dot; empty if nothing looks like one."""
    match = re.search(r"[^./\\]\.([A-Za-z0-9]{1,8})$", safe_display_name(name))
    return match[1].lower() if match else ""


def delivery_filename(slot: str, extension: str) -> str:
    """Return the plain ASCII name a provider gets, such as ``front.png``.

    Contract: payward-services 4.3 (an extension that matches the content, no separators, at most 255 bytes).
    """
    stem = re.sub(r"[^a-z0-9_-]+", "-", _ascii(slot).lower()).strip("-")[:64] or "document"
    suffix = re.sub(r"[^a-z0-9]+", "", _ascii(extension).lower())[:MAX_EXTENSION_BYTES] or "bin"
    return f"{stem}.{suffix}"


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _shorten(text: str) -> str:
    encoded = text.encode()
    if len(encoded) <= MAX_NAME_BYTES:
        return text
    stem, dot, extension = text.rpartition(".")
    tail = (dot + extension).encode() if stem else b""
    if len(tail) > MAX_EXTENSION_BYTES:
        stem, tail = text, b""
    kept = (stem or text).encode()[: MAX_NAME_BYTES - len(tail)].decode("utf-8", "ignore").rstrip()
    return kept + tail.decode()
