"""What may be shown of requests, answers and error texts: structure, the provider's own words, nothing personal."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from verifications.providers.types import JsonObject

MASK = "•••"
TEXT_LIMIT = 200

_MAX_DEPTH = 12
_MAX_ITEMS = 50
_MEMBER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,99}")
_VERIFICATION_ID = re.compile(r"[A-Za-z0-9_.:-]{1,255}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]{5,18}(Z|[+-]\d\d:\d\d)")

_WORD_MEMBERS = frozenset({
    "type", "document_type", "selfie_type", "tax_id_type", "state", "action_type", "verification_type",
    "wait_reason_code", "status", "user_type", "code", "source", "action",
    "recommendation", "recommendation_reasons", "feedback", "missing_images", "image_type", "format", "error_code",
    "ts_error_code", "verificationResult", "verificationStatus", "eventType", "event",
})  # fmt: skip
_TEXT_MEMBERS = frozenset({
    "reason", "reasons", "error", "errors", "title", "detail", "message", "description", "error_description",
    "custom_feedback",
})  # fmt: skip
_MOMENT_MEMBERS = frozenset({"deadline", "verified_at", "expiration", "consent_date"})
_FLAG_MEMBERS = frozenset({"complete", "rejected", "original", "granted", "consent_granted", "force_retry"})
_PRIVATE_MEMBERS = frozenset({
    "person", "additional_info", "extracted_info", "verified_info", "person_details", "document_details", "device",
    "network",
    "idInfo", "amlInfo", "clientReferenceData", "businessInfo", "beneficialOwners", "media", "statusReasons",
    "warnings", "payload", "latestErrorPayload",
})  # fmt: skip
"""Inside these nothing is shown, whatever a member is called (transmit-verify 4, E1 and E2; capa-partner 5)."""
_PRESIGNED = re.compile(r"(?:.*_)?url")

_ADDRESS = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]*://\S+|\bwww\.\S+", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_NUMBERED = re.compile(r"(?<!\w)(?=(?:[\w./+-]*\d){4})[\w./+-]+")
_SPACED_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[ ().-]*\d){4,}")
_FILE_STEMS = frozenset({
    "front", "back", "document", "selfie", "tax_id", "verifier_response", "sanctions_verifier_response",
    "pep_verifier_response", "negative_news_verifier_response",
})  # fmt: skip


def clean_text(text: str, *, sent_values: Collection[str] = (), limit: int = TEXT_LIMIT) -> str:
    """Make a provider's own text fit to be shown and logged.

    Addresses, e-mail addresses, anything with four digits or more and every value of ``sent_values`` (what the request
    carried: providers like to quote it back) are masked, control characters become spaces, the length is capped.
    """
    text = text[: limit * 5].encode("utf-8", "replace").decode("utf-8")
    text = "".join(c if c.isprintable() else " " for c in text)
    folded = text.casefold()
    quoted = {v.strip() for v in sent_values if len(v.strip()) >= 3 and v.strip().casefold() in folded}
    for value in sorted(quoted, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", MASK, text, flags=re.IGNORECASE)
    text = _ADDRESS.sub("[address]", text)
    text = _EMAIL.sub("[e-mail]", text)
    text = _NUMBERED.sub("[number]", text)
    text = _SPACED_NUMBER.sub("[number]", text)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def kept_text(value: Any, *, limit: int = TEXT_LIMIT) -> str:
    """Keep an open value of an answer (a state, a reason, a date) as it came, but bounded and printable."""
    if not isinstance(value, str):
        return ""
    text = value[:limit].encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else " " for c in text).strip()


def redacted_url(url: str) -> str:
    """Show host and file of an address: ``https://host/…/front.png``. Path, query and sign-in are left out."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return MASK
    if not host or not re.fullmatch(r"[A-Za-z0-9.:-]{1,253}", host):
        return MASK
    shown_port = f":{port}" if port else ""
    return f"{parts.scheme}://{host}{shown_port}/…/{redacted_filename(unquote(parts.path.rsplit('/', 1)[-1]))}"


def redacted_filename(filename: str) -> str:
    """Show the names the portal gives (``front.png``) and otherwise only the ending."""
    stem, dot, ending = filename.rpartition(".")
    if not dot or not re.fullmatch(r"[A-Za-z0-9]{1,5}", ending):
        return MASK
    return filename if stem in _FILE_STEMS else f"{MASK}.{ending}"


def redacted(value: Any, *, sent_values: Collection[str] = ()) -> JsonObject:
    """Copy a JSON value with structure and member names kept, the contract's words shown and all else masked.

    ``sent_values`` (what the request carried) stay masked even where an answer puts them into a member that is shown.
    """
    shown = _redacted(value, "", 0, [v for v in sent_values if len(v.strip()) >= 3])
    return shown if isinstance(shown, dict) else {"value": shown}


def sent_texts(value: Any) -> list[str]:
    """Every text the request carried, for ``clean_text``; the contract's own words (types, states) are left out."""
    return list(_texts(value, "", 0))


def _redacted(value: Any, member: str, depth: int, sent_values: Collection[str]) -> Any:
    if depth > _MAX_DEPTH or member == "verifier_response":
        return None if value is None else MASK
    if isinstance(value, dict):
        shown = {}
        for name, inner in list(value.items())[:_MAX_ITEMS]:
            is_name = isinstance(name, str) and _MEMBER_NAME.fullmatch(name) and not _NUMBERED.search(name)
            rule = member if member in _PRIVATE_MEMBERS else name
            shown[name if is_name else MASK] = _redacted(inner, rule, depth + 1, sent_values)
        return shown
    if isinstance(value, list):
        return [_redacted(inner, member, depth + 1, sent_values) for inner in value[:_MAX_ITEMS]]
    if value is None:
        return None
    return _redacted_leaf(value, member, sent_values)


def _redacted_leaf(value: Any, member: str, sent_values: Collection[str]) -> Any:
    if not isinstance(value, str):
        is_status = member == "status" and isinstance(value, int) and 100 <= value <= 599
        is_code = member == "error_code" and isinstance(value, int) and 0 <= value <= 999_999
        is_flag = member in _FLAG_MEMBERS and isinstance(value, bool)
        return value if is_status or is_code or is_flag else MASK
    if member in _TEXT_MEMBERS:
        return clean_text(value, sent_values=sent_values)
    if _PRESIGNED.fullmatch(member):
        return redacted_url(value)
    return value if _is_shown(value, member) and not any(v in value for v in sent_values) else MASK


def _is_shown(value: str, member: str) -> bool:
    if member in _WORD_MEMBERS:
        is_word = bool(_WORD.fullmatch(value)) and (value.startswith("tag:") or not _NUMBERED.search(value))
        return is_word or (member == "recommendation" and value == "N/A")
    if member in ("verification_id", "session_id", "image_id"):
        return bool(_VERIFICATION_ID.fullmatch(value))
    if member == "external_user_id":
        return bool(_UUID.fullmatch(value))
    if member in _MOMENT_MEMBERS:
        return bool(_MOMENT.fullmatch(value))
    if member in _FLAG_MEMBERS:
        return value in ("true", "false")
    return member in ("result", "data") and value == "success"


def _texts(value: Any, member: str, depth: int) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, str(name), depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner, member, depth + 1)
    elif isinstance(value, str) and member not in _WORD_MEMBERS:
        yield value
