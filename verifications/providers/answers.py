"""From an answer to one of four errors, or to none: the provider's text is read before the status.

Contract: kraken-embed 6.1 to 6.3, payward-services 6.1. Which status accompanies which text is not published, so a text
that names the nonce, the key or a lockout decides whatever the status says.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from verifications.providers.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)
from verifications.providers.http import RawAnswer
from verifications.providers.redaction import clean_text
from verifications.providers.types import JsonObject

NOT_PROCESSED_STATUSES = frozenset({429, 503})
"""Nothing was taken in, so the same call may be repeated later."""
UNKNOWN_STATUSES = frozenset({408})
"""Beside every other 5xx: the request may have been taken in."""
ACCOUNT_STATUSES = frozenset({401, 403})

_KEPT = "The submission is kept here."
_CATEGORY = r"(?:E[A-Za-z]+:\s*|[A-Za-z ]{1,20}:\s*)?"
_NONCE = re.compile(r"nonce", re.IGNORECASE)
_MISSING = re.compile(rf"{_CATEGORY}missing api-?(?:key|sign|nonce)\W*", re.IGNORECASE)
_LOCKOUT = re.compile(r"temporary lockout", re.IGNORECASE)
_ACCOUNT = re.compile(
    rf"{_CATEGORY}(?:invalid ?(?:api[ -]?)?key|invalid ?signature|permission ?denied)\W*", re.IGNORECASE
)
_RATE = re.compile(rf"{_CATEGORY}(?:rate limit exceeded|too many requests|throttled)\W*.*", re.IGNORECASE)
_INTERNAL = re.compile(r"EService:.*|EGeneral:Internal error.*", re.IGNORECASE)
_WARNING = re.compile(r"W[A-Z][A-Za-z]*:")
_SEVERITY_CODE = re.compile(r"[EW][A-Z][A-Za-z]*:[A-Za-z0-9 _.,'()/-]{1,80}")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,79}")
_TAG = "tag:kraken.com,"
_MAX_NOTICES = 10


@dataclass(frozen=True)
class Notice:
    """One entry of an error list: its code if it has one, and the text as the provider wrote it, not yet cleaned."""

    code: str
    text: str


@dataclass(frozen=True)
class ParsedAnswer:
    """``payload`` is ``None`` when the body was no JSON object; warnings are not failures."""

    payload: JsonObject | None
    failures: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()


def parse_json(body: bytes) -> Any:
    """Read JSON strictly; ``None`` for anything else, however deep, long or broken it is."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def parse_answer(body: bytes, *, tags: bool) -> ParsedAnswer:
    """Sort an answer into payload, failures and warnings.

    ``tags`` says that an object whose ``type`` starts with Payward's tag is a failure by itself (payward-services 6.1).
    """
    payload = parse_json(body)
    if not isinstance(payload, dict):
        return ParsedAnswer(payload=None)
    kind = payload.get("type")
    if tags and isinstance(kind, str) and kind.startswith(_TAG):
        return ParsedAnswer(payload=payload, failures=(_tagged(kind, payload),))
    notices = [*_notices(payload.get("errors")), *_notices(payload.get("error"))]
    warnings = tuple(n for n in notices if _WARNING.match(n.text))
    return ParsedAnswer(
        payload=payload, failures=tuple(n for n in notices if not _WARNING.match(n.text)), warnings=warnings
    )


def failure_of(
    answer: RawAnswer,
    parsed: ParsedAnswer,
    *,
    provider: str,
    sent_values: list[str],
    not_processed: frozenset[int] = NOT_PROCESSED_STATUSES,
) -> ProviderError | None:
    """Give the error that an answer stands for, or ``None`` for a 2xx that names no failure.

    ``not_processed``: the statuses by which this provider says that nothing was taken in.
    """
    failures = parsed.failures or _failures_of_other_shapes(answer, parsed)
    said = "; ".join(clean_text(n.text, sent_values=sent_values) for n in failures[:3])
    code = clean_text(next((n.code for n in failures if n.code), ""), sent_values=sent_values, limit=80)
    texts = [t for n in failures for t in (n.text, n.code) if t]
    by_text = _failure_by_text(answer, texts, provider=provider, said=said, code=code)
    if by_text is not None:
        return by_text
    if answer.status in not_processed:
        return _busy(answer, provider, code)
    return _failure_by_status(answer, provider=provider, said=said, code=code, has_failures=bool(failures))


def unreadable(answer: RawAnswer, *, provider: str, what: str, code: str) -> OutcomeUnknown:
    """The error for a 2xx that lacks what the contract promises."""
    return OutcomeUnknown(
        f"{provider} answered {answer.status}, but {what}, so the request may or may not have been taken in. "
        "Nothing is sent again until the provider has been asked or a person has decided.",
        code=code,
        http_status=answer.status,
    )


def _failures_of_other_shapes(answer: RawAnswer, parsed: ParsedAnswer) -> tuple[Notice, ...]:
    """Texts of an error that follows no published shape: problem+json without a tag, or one line of plain text."""
    if answer.status < 400:
        return ()
    if parsed.payload is not None:
        is_problem = any(_is_text(parsed.payload.get(m)) for m in ("title", "message", "detail"))
        notice = _notice(parsed.payload) if is_problem else None
        return (notice,) if notice else ()
    line = answer.body[:201].decode("utf-8", "replace").strip().strip('"')
    is_line = 0 < len(line) <= 200 and line.isprintable() and not line.startswith(("<", "{", "["))
    return (Notice(code="", text=line),) if is_line else ()


def _failure_by_text(
    answer: RawAnswer, texts: list[str], *, provider: str, said: str, code: str
) -> ProviderError | None:
    status = answer.status
    if any(_LOCKOUT.search(t) for t in texts):
        return ProviderProtocolError(
            f"{provider} has locked this key for a while after too many failed sign-ins. {_KEPT} "
            "Wait at least 15 minutes, check key and secret of the account, then test the connection.",
            code=code or "temporary_lockout",
            http_status=status,
        )
    if any(_MISSING.fullmatch(t) or _ACCOUNT.fullmatch(t) for t in texts):
        return _account_error(provider, said, code, status)
    if any(_NONCE.search(t) for t in texts):
        return ProviderUnavailable(
            f"{provider} had already seen a later nonce of this key. Nothing was taken in. {_KEPT} "
            "It is sent again with a fresh nonce; if this comes often, widen the nonce window of the key.",
            code=code or "invalid_nonce",
            http_status=status,
            fresh_nonce=True,
        )
    if any(_RATE.fullmatch(t) for t in texts):
        return _busy(answer, provider, code)
    if status < 300 and any(_INTERNAL.fullmatch(t) for t in texts):
        return unreadable(answer, provider=provider, what=f"named an internal failure: “{said}”", code=code)
    return None


def _failure_by_status(
    answer: RawAnswer, *, provider: str, said: str, code: str, has_failures: bool
) -> ProviderError | None:
    status = answer.status
    quoted = f": “{said}”" if said else ""
    code = code or f"http_{status}"
    if 200 <= status < 300:
        return _refusal(status, provider, quoted, code) if has_failures else None
    if 300 <= status < 400:
        return ProviderProtocolError(
            f"{provider} answered with a redirect ({status}), which is never followed. {_KEPT} "
            "An administrator should check the base address of the provider account.",
            code=code,
            http_status=status,
        )
    if status in ACCOUNT_STATUSES:
        return _account_error(provider, said, code, status)
    if 400 <= status < 500 and status not in UNKNOWN_STATUSES:
        return _refusal(status, provider, quoted, code)
    return OutcomeUnknown(
        f"{provider} answered {status}{quoted}, so the request may or may not have been taken in. "
        "Nothing is sent again until the provider has been asked or a person has decided.",
        code=code,
        http_status=status,
    )


def _refusal(status: int, provider: str, quoted: str, code: str) -> ProviderRefused:
    next_step = {
        404: "Check that the customer's user id belongs to this provider account.",
        409: "Read the user's status first, then decide whether to submit again.",
        413: "Choose smaller files, then submit again.",
        415: "Choose files of an accepted type, then submit again.",
    }.get(status, "Correct what it names, then submit again.")
    return ProviderRefused(
        f"{provider} refused the request ({status}){quoted}. {_KEPT} {next_step}", code=code, http_status=status
    )


def _account_error(provider: str, said: str, code: str, status: int) -> ProviderProtocolError:
    quoted = f": “{said}”" if said else ""
    if status == 403:
        return ProviderProtocolError(
            f"{provider} did not permit this call ({status}){quoted}. {_KEPT} An administrator should check the "
            "permissions and the licence of the key, and the document hosts the provider has allowed.",
            code=code or f"http_{status}",
            http_status=status,
        )
    return ProviderProtocolError(
        f"{provider} did not accept the key, the signature or the permission of this account ({status}){quoted}. "
        f"{_KEPT} Calls of the account stop until an administrator has checked key, secret and permissions.",
        code=code or f"http_{status}",
        http_status=status,
    )


def _busy(answer: RawAnswer, provider: str, code: str) -> ProviderUnavailable:
    return ProviderUnavailable(
        f"{provider} is busy or down for the moment ({answer.status}). Nothing was taken in. {_KEPT} "
        "It is tried again by itself.",
        code=code or f"http_{answer.status}",
        http_status=answer.status,
        retry_after=answer.retry_after,
    )


def _notices(value: Any) -> list[Notice]:
    if not value or value is True:
        return []
    items = value if isinstance(value, list) else [value]
    return [notice for item in items[:_MAX_NOTICES] if (notice := _notice(item)) is not None]


def _notice(item: Any) -> Notice | None:
    if isinstance(item, dict):
        kind = item.get("type")
        if isinstance(kind, str) and kind.startswith(_TAG):
            return _tagged(kind, item)
        text = ": ".join(str(item[m]) for m in ("field", "title", "message", "detail") if _is_text(item.get(m)))
        code = next((str(item[m]) for m in ("code", "name", "type") if _is_text(item.get(m))), "")
        return Notice(code=code if _CODE.fullmatch(code) else "", text=text or code or "no text")
    if isinstance(item, str):
        text = item.strip()
        return Notice(code=text if _SEVERITY_CODE.fullmatch(text) else "", text=text) if text else None
    return None if item is None else Notice(code="", text="no text")


def _tagged(kind: str, item: JsonObject) -> Notice:
    code = kind.rsplit(":", 1)[-1]
    text = ". ".join(str(item[m]) for m in ("title", "detail") if _is_text(item.get(m)))
    return Notice(code=code if _CODE.fullmatch(code) else "", text=text or code or "no text")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
