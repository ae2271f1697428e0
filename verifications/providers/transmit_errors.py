"""What an answer of Transmit Security means when it is no success. Contract: transmit-verify 7.

The verify API publishes no error body, so whatever stands there is read with care and only ever quoted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from verifications.providers.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)
from verifications.providers.http import RawAnswer, Wording
from verifications.providers.redaction import clean_text

LABEL = "Transmit Security"
SESSION_WORDING = Wording(
    kept="the session is kept",
    after_loss="so it is not known whether the request was taken in. The session is kept here; the portal looks at it "
    "or asks again by itself.",
)
TOKEN_REJECTED = "token_rejected"  # noqa: S105 - a word of ours

_KEPT = "The session is kept here."
_MAX_TEXTS = 3
_NEXT_STEPS = {
    404: "Check that the session belongs to this provider account and was not deleted; otherwise start a new one.",
    409: "Read the session's result before anything else is sent.",
    413: "Add a smaller picture.",
}
_REFUSED_CODES = {400: "bad_request", 404: "not_found", 409: "conflict"}


def session_failure(answer: RawAnswer, parsed: Any, sent_values: Sequence[str]) -> ProviderError | None:
    """Give the error an answer stands for by its status, ``None`` for a 2xx. The body adds a quotation, no more."""
    status = answer.status
    if 200 <= status < 300:
        return None
    quoted = said(parsed, sent_values)
    if status in (408, 429) or not 300 <= status < 500:
        return _not_now(answer, quoted)
    if status in (401, 403) or status < 400:
        return _account_failure(status, quoted)
    next_step = _NEXT_STEPS.get(status, "An administrator should compare the request with the provider's contract.")
    return ProviderRefused(
        f"{LABEL} refused the request ({status}){quoted}. {_KEPT} {next_step}",
        code=_REFUSED_CODES.get(status, f"http_{status}"),
        http_status=status,
    )


def said(parsed: Any, sent_values: Sequence[str]) -> str:
    """Quote what an error body says, cleaned and bounded: ``: “text” (code 1234)``, or nothing."""
    if not isinstance(parsed, dict):
        return ""
    texts = [t for member in ("message", "error", "error_description") for t in _texts_of(parsed.get(member))]
    cleaned = [clean_text(text, sent_values=sent_values) for text in dict.fromkeys(texts)]
    joined = "; ".join([text for text in cleaned if text][:_MAX_TEXTS])
    codes = [_code_of(parsed.get(member), sent_values) for member in ("ts_error_code", "error_code")]
    code = next((code for code in codes if code), "")
    return (f": “{joined}”" if joined else "") + (f" (code {code})" if code else "")


def _not_now(answer: RawAnswer, quoted: str) -> ProviderUnavailable | OutcomeUnknown:
    if answer.status == 429:
        return ProviderUnavailable(
            f"{LABEL} takes no more calls for the moment (429){quoted}. Nothing was taken in. {_KEPT} "
            "It is tried again by itself.",
            code="rate_limited",
            http_status=429,
            retry_after=answer.retry_after,
        )
    return OutcomeUnknown(
        f"{LABEL} answered {answer.status}{quoted}, {SESSION_WORDING.after_loss}",
        code=f"http_{answer.status}",
        http_status=answer.status,
    )


def _account_failure(status: int, quoted: str) -> ProviderUnavailable | ProviderProtocolError:
    if status == 401:
        return ProviderUnavailable(
            f"{LABEL} did not accept the access token (401){quoted}. Nothing was taken in. {_KEPT} "
            "A new token is fetched and the call is made once more; if that fails too, an administrator should check "
            "the client id and secret of the account.",
            code=TOKEN_REJECTED,
            http_status=401,
        )
    if status == 403:
        return ProviderProtocolError(
            f"{LABEL} did not permit this call (403){quoted}. {_KEPT} Calls of the account stop until an administrator "
            "has checked what the client may do and whether the service is switched on for it.",
            code="forbidden",
            http_status=403,
        )
    return ProviderProtocolError(
        f"{LABEL} answered with a redirect ({status}), which is never followed. {_KEPT} "
        "An administrator should check the base address of the provider account.",
        code=f"http_{status}",
        http_status=status,
    )


def _texts_of(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item.strip() for item in items[:_MAX_TEXTS] if isinstance(item, str) and item.strip()]


def _code_of(value: Any, sent_values: Sequence[str]) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if 0 <= value <= 999_999 else ""
    return clean_text(value, sent_values=sent_values, limit=80) if isinstance(value, str) else ""
