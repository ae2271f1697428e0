"""The access token of Transmit Security: one form-encoded call whose secret and answer are kept nowhere.

Contract: transmit-verify 3.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any, TypeGuard
from urllib.parse import urlencode

from verifications.providers.calls import Body
from verifications.providers.errors import OutcomeUnknown, ProviderError, ProviderProtocolError, ProviderUnavailable
from verifications.providers.http import RawAnswer, Timeouts, Transport, Wording
from verifications.providers.json_calls import JsonCaller
from verifications.providers.redaction import MASK
from verifications.providers.session_types import AccessToken
from verifications.providers.transmit_errors import LABEL, said
from verifications.providers.types import CallJournal, Credentials

TOKEN_PATH = "/oidc/token"  # noqa: S105 - an address
RESOURCE = "https://verify.identity.security"
DEFAULT_SECONDS = 300.0
"""The lifetime of a token that came without one."""
MAX_SECONDS = 86_400.0

_LATER = "Nothing of a session was touched. It is asked for again by itself."
_WORDING = Wording(kept="every session is kept", after_loss=f"so there is no token yet. {_LATER}")
_TOKEN_LIMIT = 16 * 1024


def fetch_token(
    *,
    base_url: str,
    credentials: Credentials,
    journal: CallJournal,
    timeouts: Timeouts | None = None,
    transport: Transport | None = None,
) -> AccessToken:
    """Ask for a token with ``credentials.key_id`` as client id and ``credentials.secret`` as client secret.

    Raises ``ProviderProtocolError`` when the provider does not accept the client or the address is wrong, and
    ``ProviderUnavailable`` for everything else: a token is harmless to ask for again.
    """
    caller = JsonCaller(
        transport=transport or Transport(base_url, provider=LABEL, timeouts=timeouts, wording=_WORDING),
        journal=journal,
        provider=LABEL,
        key_id=credentials.key_id,
        headers={},
        failure_of=_failure,
    )
    try:
        answer, payload = caller.call(method="POST", target=TOKEN_PATH, body=_form(credentials), keep_answer=False)
    except OutcomeUnknown as error:
        raise ProviderUnavailable(error.message, code=error.code, http_status=error.http_status) from None
    token = payload.get("access_token") if isinstance(payload, dict) else None
    if not _is_token(token):
        raise ProviderUnavailable(
            f"{LABEL} answered {answer.status} without a usable access token. {_LATER}",
            code="unreadable_token",
            http_status=answer.status,
        )
    return AccessToken(token=token, expires_in=_seconds(payload.get("expires_in")))


def _form(credentials: Credentials) -> Body:
    def encoded(secret: str) -> bytes:
        members = {
            "grant_type": "client_credentials",
            "client_id": credentials.key_id,
            "client_secret": secret,
            "resource": RESOURCE,
        }
        return urlencode(members, errors="replace").encode("ascii")

    content = encoded(credentials.secret)
    return Body(
        content=(content,),
        size=len(content),
        # Of the form without its secret: a hash of all of it would let anybody who reads the ledger test guesses.
        sha256=hashlib.sha256(encoded(MASK)).hexdigest(),
        content_type="application/x-www-form-urlencoded",
        shown={"grant_type": "client_credentials", "resource": RESOURCE},
        original=b"",
        sent_values=[credentials.secret, credentials.key_id],
    )


def _failure(answer: RawAnswer, parsed: Any, sent_values: Sequence[str]) -> ProviderError | None:
    status = answer.status
    if 200 <= status < 300:
        return None
    quoted = said(parsed, sent_values)
    if status in (408, 429) or not 300 <= status < 500:
        return ProviderUnavailable(
            f"{LABEL} gave no access token for the moment ({status}){quoted}. {_LATER}",
            code="rate_limited" if status == 429 else f"http_{status}",
            http_status=status,
            retry_after=answer.retry_after,
        )
    check = (
        "Calls of the account stop until an administrator has checked client id, secret and region."
        if status in (400, 401, 403)
        else "An administrator should check the base address of the provider account."
    )
    return ProviderProtocolError(
        f"{LABEL} refused an access token ({status}){quoted}. Nothing of a session was touched. {check}",
        code="client_refused" if status in (400, 401, 403) else f"http_{status}",
        http_status=status,
    )


def _is_token(value: Any) -> TypeGuard[str]:
    usable = isinstance(value, str) and 0 < len(value) <= _TOKEN_LIMIT and value.isascii() and value.isprintable()
    return bool(usable) and " " not in value


def _seconds(value: Any) -> float:
    """Read a lifetime given as a number or as a text of one; never more than a day."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return DEFAULT_SECONDS
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return DEFAULT_SECONDS
    return min(max(seconds, 0.0), MAX_SECONDS) if not math.isnan(seconds) else DEFAULT_SECONDS
