"""From an answer of Capa to one of the four errors, or to none. Contract: capa-partner 8.

The layout of an error is not documented, so its code and its text are looked for in every place that was ever seen. The
status and the code decide. Text decides in two places only: among the 401 of C2 to C5, where a bad key and a foreign
user carry the same code, and for a repeated creation of a user, which has no published code at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
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

LABEL = "Capa"
REDELIVERY_WAIT = 60.0
"""Seconds; ten manual redeliveries a minute are allowed for the whole partner (C9)."""


class CapaCall(StrEnum):
    """The contract's numbers of the calls."""

    CREATE_USER = "C1"
    CREATE_KYC_LINK = "C2"
    CREATE_KYB_LINK = "C3"
    GET_KYC_DETAILS = "C4"
    GET_KYB_DETAILS = "C5"
    SET_WEBHOOK = "C6"
    LIST_NOTIFICATIONS = "C7"
    GET_NOTIFICATION = "C8"
    RETRY_NOTIFICATION = "C9"


LINKS = frozenset({CapaCall.CREATE_KYC_LINK, CapaCall.CREATE_KYB_LINK})
DETAILS = frozenset({CapaCall.GET_KYC_DETAILS, CapaCall.GET_KYB_DETAILS})
NOTIFICATIONS = frozenset({CapaCall.GET_NOTIFICATION, CapaCall.RETRY_NOTIFICATION})

CAPA_MESSAGES: dict[str, str] = {
    "key_missing": "Capa found no API key in the call. The request is kept here and the account's calls stop. An "
    "administrator should enter the key again and test the connection.",
    "key_malformed": "Capa says that the API key has the wrong form. The request is kept here and the account's calls "
    "stop. An administrator should copy the key again from Capa's dashboard and test the connection.",
    "key_invalid": "Capa does not know the API key. The request is kept here and the account's calls stop. An "
    "administrator should check that key and base address belong to the same environment, then test the connection.",
    "key_unclear": "Capa did not accept the account. The request is kept here and the account's calls stop. An "
    "administrator should check the API key and the base address, then test the connection.",
    "key_rejected_once": "Capa did not accept the API key for this call. Nothing was taken in and the request is kept "
    "here. It is tried again; the account stops if every call is answered like this.",
    "provider_auth_user": "Capa could not tell which partner this call belongs to. The request is kept here and other "
    "calls go on. An administrator should check the account's key, then ask Capa about this user.",
    "user_mismatch": "Capa says that this user belongs to another partner. The key itself was accepted and the request "
    "is kept here. Check that the user was created under this account and in the same environment.",
    "provider_config": "Capa has not finished setting up this partner account. The request is kept here and the "
    "account's calls stop. An administrator should ask Capa to complete the set-up.",
    "forbidden": "Capa did not permit this call. The request is kept here and the account's calls stop. An "
    "administrator should ask Capa what the account lacks.",
    "bad_request": "Capa found a value it does not take. The request is kept here and nothing was created. Correct "
    "what it names, then try again.",
    "invalid_email": "Capa does not accept the e-mail address. No user was created and the customer's data are kept "
    "here. Correct the address, then try again.",
    "wrong_link_type": "Capa gives this user the other kind of link: KYC is for persons, KYB for businesses. No link "
    "was created. Check the customer's kind, then ask for the matching link.",
    "country_not_enabled": "Capa has no verification set up for this country. No link was created. Choose another "
    "country, or ask Capa to enable this one.",
    "country_not_offered": "Capa offers no verification for this country. Nothing was sent. Choose a country from the "
    "list.",
    "user_not_found": "Capa does not know this user. No link was created and the user's id is kept here. An "
    "administrator should check that the account is the one the user was created under.",
    "user_conflict": "Capa may already have a user with this e-mail address or this reference. Nothing more is sent "
    "and the reference is kept here. A person should ask Capa for the user's id by that reference.",
    "user_creation_unknown": "Capa did not confirm the creation of the user, who may exist there now. The reference is "
    "kept here and stays the same. The creation is repeated with identical data at most once; after that a person asks "
    "Capa.",
    "link_unknown": "Capa failed while it created the link. An unused link may exist there and does no harm. A new one "
    "is asked for by itself.",
    "read_failed": "Capa failed while it read the data. Nothing changed there or here. It is asked again by itself.",
    "webhook_unknown": "Capa failed while it stored the webhook address. The old or the new one may be in use. The "
    "same address is set again by itself.",
    "redelivery_unknown": "Capa failed while it queued the delivery, which may go out or not. Nothing here has "
    "changed. Read the delivery again and repeat only if it is still failed.",
    "not_found": "Capa has no such webhook delivery. What is known of it stays here. Read the list of deliveries "
    "again.",
    "no_such_call": "Capa does not serve this call at the account's base address. The request is kept here. An "
    "administrator should check the base address.",
    "redelivery_not_possible": "Capa delivers this webhook no more: it has not failed, or its three repetitions are "
    "used up. Nothing here has changed. Read the customer's details instead.",
    "conflict": "Capa says that the request does not fit the present state. It is kept here and nothing was created. "
    "Read the details first, then decide.",
    "redelivery_too_fast": "Capa takes ten redeliveries a minute and has had them. Nothing was queued. It is tried "
    "again after a minute.",
    "rate_limited": "Capa takes no more calls for the moment. Nothing was taken in and the request is kept here. It is "
    "tried again by itself.",
    "redirected": "Capa answered with a redirect, which is not followed because the key would go along. The request is "
    "kept here and the account's calls stop. An administrator should check the base address.",
    "refused": "Capa refused the request. It is kept here and nothing was created. Correct what Capa names, or ask "
    "Capa.",
    "provider_contract": "Capa answered with success but without what its contract promises. The answer's status is "
    "kept in the record of the call. An administrator should look at it if this comes again.",
}
"""What happened, what was kept, what to do next: a row's own words for each row of the contract's table."""

_CODES_400 = {
    "INVALID_VERIFICATION_TYPE_FOR_USER": "wrong_link_type",
    "KYC_TEMPLATE_NOT_CONFIGURED_ERROR": "country_not_enabled",
    "KYB_TEMPLATE_NOT_CONFIGURED_ERROR": "country_not_enabled",
}
_KEY_TEXTS = {
    "api key is missing": "key_missing",
    "invalid api key format": "key_malformed",
    "invalid api key": "key_invalid",
}
_UNKNOWN_ROWS = {
    CapaCall.CREATE_USER: "user_creation_unknown",
    CapaCall.CREATE_KYC_LINK: "link_unknown",
    CapaCall.CREATE_KYB_LINK: "link_unknown",
    CapaCall.SET_WEBHOOK: "webhook_unknown",
    CapaCall.RETRY_NOTIFICATION: "redelivery_unknown",
}
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,79}")
_DUPLICATE = re.compile(r"duplicat|exists|already|unique|conflict", re.IGNORECASE)
_MAX_TEXTS = 10
_TEXT_READ = 1000


def capa_failure(
    answer: RawAnswer, parsed: Any, sent_values: Sequence[str], *, call: CapaCall, known: tuple[str, ...] = ()
) -> ProviderError | None:
    """Give the error of an answer, ``None`` for a 2xx and for the 404 of C4 and C5, which means "nothing yet".

    ``known`` are values that Capa may quote back beside ``sent_values``, such as the user's id.
    """
    status = answer.status
    if 200 <= status < 300 or (status == 404 and call in DETAILS):
        return None
    code, texts = read_failure(parsed)
    said = clean_text("; ".join(texts[:3]), sent_values=[*sent_values, *known])
    if status == 401:
        return _unauthorized(answer, texts, call, said)
    if status == 403:
        row = "provider_config" if code == "INVALID_PARTNER_FLOW" else "forbidden"
        return ProviderProtocolError(_worded(row, said), code=row, http_status=status)
    if status == 429:
        return _too_many(answer, call, said)
    if status == 408 or status >= 500:
        return outcome_unknown(call, http_status=status, said=said)
    if status >= 400:
        row = _refusal_row(status, code, texts, call)
        reported = f"http_{status}" if row == "refused" else row
        return ProviderRefused(_worded(row, said), code=reported, http_status=status)
    return ProviderProtocolError(CAPA_MESSAGES["redirected"], code="redirected", http_status=status)


def read_failure(parsed: Any) -> tuple[str, list[str]]:
    """Find code (upper case) and texts of an error in any of its layouts; empty ones when there are none."""
    if not isinstance(parsed, dict):
        return "", []
    error = parsed.get("error")
    inner = error if isinstance(error, dict) else {}
    codes = (parsed.get("code"), inner.get("code"), parsed.get("errorCode"), error)
    code = next((one.upper() for one in codes if isinstance(one, str) and _CODE.fullmatch(one)), "")
    texts = [*_texts(parsed.get("message")), *_texts(inner.get("message"))]
    if not texts and isinstance(error, str) and not _CODE.fullmatch(error):
        texts = _texts(error)
    return code, texts


def outcome_unknown(call: CapaCall, *, http_status: int | None, said: str = "") -> OutcomeUnknown:
    """The error for a call whose effect at Capa is open."""
    row = _UNKNOWN_ROWS.get(call, "read_failed")
    return OutcomeUnknown(_worded(row, said), code=row, http_status=http_status)


def broken_contract(answer: RawAnswer) -> OutcomeUnknown:
    """The error for a 2xx that lacks its expected key; it does not stop the account, one odd answer is no reason."""
    return OutcomeUnknown(CAPA_MESSAGES["provider_contract"], code="provider_contract", http_status=answer.status)


def refused_here(code: str, row: str) -> ProviderRefused:
    """The error for a request that does not even leave."""
    return ProviderRefused(CAPA_MESSAGES[row], code=code)


def _unauthorized(answer: RawAnswer, texts: list[str], call: CapaCall, said: str) -> ProviderError:
    key_rows = [row for text in texts if (row := _KEY_TEXTS.get(_plain(text)))]
    if call not in LINKS | DETAILS:
        row = key_rows[0] if key_rows else "key_unclear"
        return ProviderProtocolError(_worded(row, said), code="provider_auth", http_status=401)
    if key_rows:
        return ProviderUnavailable(
            _worded("key_rejected_once", said),
            code="key_rejected_once",
            http_status=401,
            retry_after=answer.retry_after,
        )
    is_foreign = any(_plain(text).startswith("user is not associated") for text in texts)
    row = "user_mismatch" if is_foreign else "provider_auth_user"
    return ProviderRefused(_worded(row, said), code=row, http_status=401)


def _too_many(answer: RawAnswer, call: CapaCall, said: str) -> ProviderUnavailable:
    is_redelivery = call == CapaCall.RETRY_NOTIFICATION
    wait = REDELIVERY_WAIT if is_redelivery and answer.retry_after is None else answer.retry_after
    return ProviderUnavailable(
        _worded("redelivery_too_fast" if is_redelivery else "rate_limited", said),
        code="rate_limited",
        http_status=429,
        retry_after=wait,
    )


def _refusal_row(status: int, code: str, texts: list[str], call: CapaCall) -> str:
    if call == CapaCall.CREATE_USER:
        hints = any(_DUPLICATE.search(text[:_TEXT_READ]) for text in (code, *texts))
        if status == 409 or (status in (400, 422) and hints):
            return "user_conflict"
        if status == 400 and code == "BAD_REQUEST":
            return "invalid_email"
    if status == 400:
        return _CODES_400.get(code, "bad_request")
    if status == 404:
        return "user_not_found" if call in LINKS else "not_found" if call in NOTIFICATIONS else "no_such_call"
    if status == 409:
        return "redelivery_not_possible" if call == CapaCall.RETRY_NOTIFICATION else "conflict"
    return "bad_request" if status == 422 else "refused"


def _worded(row: str, said: str) -> str:
    return f"{CAPA_MESSAGES[row]} Capa's words: “{said}”." if said else CAPA_MESSAGES[row]


def _plain(text: str) -> str:
    return " ".join(text[:_TEXT_READ].casefold().split()).strip(" .!")


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    found = (item.get("message") if isinstance(item, dict) else item for item in items[:_MAX_TEXTS])
    return [text[:_TEXT_READ] for text in found if isinstance(text, str) and text.strip()]
