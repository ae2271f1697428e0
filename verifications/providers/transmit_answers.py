"""What Transmit Security answers, read with care: open words stay as they came, wrong types never break anything.

Contract: transmit-verify 4. Each reader gives ``None`` when the answer lacks what the contract promises.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeGuard

from verifications.providers.calls import identifier_of
from verifications.providers.redaction import kept_text
from verifications.providers.session_types import (
    ConsentRead,
    ImageFacts,
    ImageFeedback,
    SessionCheck,
    SessionCreated,
    SessionResult,
)

WORD_LIMIT = 100
VALUE_LIMIT = 500

_NAME_LIMIT = 64
_TOKEN_LIMIT = 4096
_MAX_CHECKS = 30
_MAX_REASONS = 70
_MAX_IMAGES = 200
_MAX_VALUES = 200
_MAX_VALUE_DEPTH = 6
_MAX_STORED_DEPTH = 40
_MAX_UNKNOWN = 50
_RESULT_MEMBERS = frozenset({
    "session_id", "status", "recommendation", "person", "document", "checks", "verification_images", "additional_info",
    "risk_details",
})  # fmt: skip
_DEPRECATED_MEMBERS = frozenset({"extracted_info", "verified_info", "rejection_description"})


def read_created(payload: Any) -> SessionCreated | None:
    """Read E1; ``None`` without a session id."""
    if not isinstance(payload, dict) or not (session_id := identifier_of(payload.get("session_id"))):
        return None
    token = payload.get("start_token")
    return SessionCreated(
        session_id=session_id,
        expiration=_moment(payload.get("expiration")),
        missing_images=_words(payload.get("missing_images")),
        start_token=token if _is_start_token(token) else "",
    )


def read_result(payload: Any, *, session_id: str) -> SessionResult | None:
    """Read any shape of E2; ``None`` without a status. An answer in the deprecated shape has no values and checks."""
    if not isinstance(payload, dict) or not (status := open_word(payload.get("status"))):
        return None
    is_deprecated = not _DEPRECATED_MEMBERS.isdisjoint(payload)
    result = SessionResult(
        session_id=identifier_of(payload.get("session_id")) or session_id,
        status=status,
        recommendation=open_word(payload.get("recommendation")),
        unknown_members=tuple(_unknown_members(payload)),
        is_deprecated_shape=is_deprecated,
        document=storable(payload),
    )
    if is_deprecated:
        return result
    risk = payload.get("risk_details")
    return replace(
        result,
        checks=tuple(_checks(payload.get("checks"))),
        values=_values(payload),
        risk=storable(risk) if isinstance(risk, dict) else {},
        image_ids=tuple(dict.fromkeys(_image_ids(payload.get("verification_images")))),
    )


def read_images(payload: Any) -> tuple[ImageFacts, ...] | None:
    """Read E4; items without an id are left out."""
    items = payload.get("session_images") if isinstance(payload, dict) else None
    if not isinstance(items, list):
        return None
    return tuple(
        ImageFacts(
            image_id=image_id,
            type=open_word(item.get("type")),
            rejected=_flag(item.get("rejected"), default=False),
            original=_flag(item.get("original"), default=True),
            original_id=identifier_of(item.get("original_id")),
            format=open_word(item.get("format")),
        )
        for item in items[:_MAX_IMAGES]
        if isinstance(item, dict) and (image_id := identifier_of(item.get("id")))
    )


def read_feedback(payload: Any) -> ImageFeedback | None:
    """Read E5; ``complete`` comes as a boolean or as a text."""
    if not isinstance(payload, dict) or not (feedback := open_word(payload.get("feedback"))):
        return None
    return ImageFeedback(
        feedback=feedback,
        complete=_flag(payload.get("complete"), default=False),
        missing_images=_words(payload.get("missing_images")),
        custom_feedback=kept_text(payload.get("custom_feedback"), limit=VALUE_LIMIT),
    )


def read_consent(payload: Any) -> ConsentRead | None:
    """Read E7; ``None`` when it does not say whether consent was given."""
    granted = payload.get("consent_granted") if isinstance(payload, dict) else None
    if not isinstance(granted, bool) and granted not in ("true", "false"):
        return None
    return ConsentRead(granted=granted in (True, "true"), date=kept_text(payload.get("consent_date"), limit=WORD_LIMIT))


def open_word(value: Any) -> str:
    """Keep a status or recommendation as it came. What cannot be printed becomes a mark: an odd word stays odd, and no
    cleaning can turn it into one the portal acts on."""
    if not isinstance(value, str):
        return ""
    return "".join(c if c.isprintable() else "\ufffd" for c in value[:WORD_LIMIT])


def storable(value: Any, depth: int = 0) -> Any:
    """Copy JSON so that any database takes it: no NUL, no half characters, no infinity, no bottomless nesting."""
    if depth > _MAX_STORED_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {_whole_text(name): storable(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [storable(inner, depth + 1) for inner in value]
    if isinstance(value, str):
        return _whole_text(value)
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _whole_text(text: str) -> str:
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _is_start_token(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= _TOKEN_LIMIT and value.isascii() and value.isprintable()


def _checks(value: Any) -> Iterator[SessionCheck]:
    if not isinstance(value, dict):
        return
    for name, check in list(value.items())[:_MAX_CHECKS]:
        members = check if isinstance(check, dict) else {}
        yield SessionCheck(
            name=kept_text(name, limit=_NAME_LIMIT),
            recommendation=open_word(members.get("recommendation")),
            reasons=_words(members.get("reasons")),
        )


def _values(payload: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for group in ("person", "document", "additional_info"):
        for path, text in _flattened(payload.get(group), group, 0):
            if len(found) >= _MAX_VALUES:
                return found
            found[path] = text
    return found


def _flattened(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inner in pairs if depth < _MAX_VALUE_DEPTH else ():
            if part := kept_text(str(name), limit=_NAME_LIMIT):
                yield from _flattened(inner, f"{path}.{part}", depth + 1)
    elif depth and (text := _leaf_text(value)):
        yield path, text


def _leaf_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return (str(int(value)) if value.is_integer() else str(value))[:VALUE_LIMIT] if math.isfinite(value) else ""
    return str(value)[:VALUE_LIMIT] if isinstance(value, int) else kept_text(value, limit=VALUE_LIMIT)


def _image_ids(value: Any) -> Iterator[str]:
    for item in value[:_MAX_IMAGES] if isinstance(value, list) else ():
        if isinstance(item, dict) and (image_id := identifier_of(item.get("id"))):
            yield image_id


def _unknown_members(payload: dict[str, Any]) -> list[str]:
    names = [name for name in payload if name not in _RESULT_MEMBERS | _DEPRECATED_MEMBERS]
    return [kept_text(name, limit=_NAME_LIMIT) for name in names[:_MAX_UNKNOWN]]


def _words(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    words = (kept_text(item, limit=WORD_LIMIT) for item in items[:_MAX_REASONS])
    return tuple(word for word in words if word)


def _flag(value: Any, *, default: bool) -> bool:
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else default


def _moment(value: Any) -> dt.datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(value.strip()[:40])
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
