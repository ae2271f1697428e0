"""One signed call, from the finished bytes to the parsed answer. Both Payward APIs go through here and share no more.

The order is the point: the body is ready before the nonce is taken, the journal has the request before the first byte
leaves, and it has the answer before anybody interprets it (design 1, kraken-embed 8.1).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from verifications.providers.answers import (
    NOT_PROCESSED_STATUSES,
    ParsedAnswer,
    failure_of,
    parse_answer,
    parse_json,
    unreadable,
)
from verifications.providers.errors import ProviderProtocolError, ProviderRefused
from verifications.providers.http import OutgoingRequest, RawAnswer, Transport
from verifications.providers.redaction import clean_text, redacted, sent_texts
from verifications.providers.signing import sign
from verifications.providers.types import CallJournal, Credentials, JsonObject, ReceivedAnswer, SentRequest

MAX_NONCE = 2**64 - 1
ID_LIMIT = 255


@dataclass(frozen=True)
class Body:
    """Finished bytes, iterable more than once, with what the journal is told about them."""

    content: Iterable[bytes] = field(repr=False)
    size: int
    sha256: str
    content_type: str
    shown: JsonObject
    original: bytes = field(repr=False)
    sent_values: list[str] = field(repr=False)
    exact: bytes = field(repr=False, default=b"")


EMPTY_BODY = Body(
    content=(), size=0, sha256=hashlib.sha256(b"").hexdigest(), content_type="", shown={}, original=b"", sent_values=[]
)


def encode_json(value: Any) -> bytes:
    """Write compact UTF-8. Raises ``ProviderRefused`` for what JSON or UTF-8 cannot carry; nothing has been sent."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
    except (ValueError, TypeError, RecursionError):
        raise ProviderRefused(
            "The entered data cannot be written as JSON text, so nothing was sent. Check the verifier's answer and the "
            "names for damaged characters, then submit again.",
            code="not_encodable",
        ) from None


def json_body(value: JsonObject, *, original: JsonObject | None = None) -> Body:
    """Encode once. ``original`` is what the journal may keep instead, with marks in place of presigned addresses."""
    content = encode_json(value)
    return Body(
        content=(content,),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content_type="application/json",
        shown=redacted(value),
        original=content if original is None else encode_json(original),
        sent_values=sent_texts(value),
        exact=b"" if original is None else content,
    )


def path_segment(user_id: str) -> str:
    """Percent-encode an id for the path; the result is signed and sent as it is (vector E5)."""
    if not user_id.strip(".") or len(user_id) > ID_LIMIT:
        raise ProviderRefused(
            "The provider's user id is missing or not usable, so nothing was sent. Link the customer's user again.",
            code="bad_user_id",
        )
    return quote(user_id.encode("utf-8", "replace"), safe="")


class SignedCaller:
    """Makes signed calls for one key and reports each to the journal."""

    def __init__(
        self,
        *,
        transport: Transport,
        credentials: Credentials,
        journal: CallJournal,
        provider: str,
        headers: Mapping[str, str],
        tags: bool,
        not_processed: frozenset[int] = NOT_PROCESSED_STATUSES,
    ) -> None:
        self._transport = transport
        self._credentials = credentials
        self._journal = journal
        self._headers = dict(headers)
        self._tags = tags
        self._not_processed = not_processed
        self.provider = provider

    def call(
        self,
        method: str,
        target: str,
        body: Body = EMPTY_BODY,
        *,
        hashed: Iterable[bytes] | None = None,
        is_submission: bool = False,
    ) -> tuple[RawAnswer, ParsedAnswer]:
        """Sign, note, send, note, and give a 2xx answer that names no failure; raise one of the four errors otherwise.

        ``hashed`` replaces the bytes that are signed, should a contract ever want other bytes than those sent.
        """
        nonce = self._journal.next_nonce()
        if not 0 < nonce <= MAX_NONCE:
            raise ProviderProtocolError("The nonce is not a 64-bit number; nothing was sent.", code="bad_nonce")
        signature = sign(
            secret=self._credentials.secret,
            nonce=str(nonce),
            target=target,
            body=body.content if hashed is None else hashed,
        )
        headers = {
            "API-Key": self._credentials.key_id,
            "API-Nonce": str(nonce),
            "API-Sign": signature,
            "Accept": "application/json",
            **self._headers,
        }
        if body.size:
            headers["Content-Type"] = body.content_type
        self._journal.sending(
            SentRequest(
                method=method,
                target=target,
                key_id=self._credentials.key_id,
                nonce=str(nonce),
                body_sha256=body.sha256,
                body_size=body.size,
                content_type=body.content_type,
                redacted=body.shown,
                original=body.original,
                exact=body.exact,
            )
        )
        answer = self._transport.send(
            OutgoingRequest(
                method=method,
                target=target,
                headers=headers,
                body=body.content if body.size else None,
                body_size=body.size,
                is_submission=is_submission,
            ),
            on_sent=self._journal.request_left,
        )
        self._journal.answered(
            ReceivedAnswer(
                http_status=answer.status,
                duration_ms=answer.duration_ms,
                content_type=clean_text(answer.content_type),
                trace_id=answer.trace_id,
                body=answer.body,
                redacted=_shown_answer(answer),
            )
        )
        return answer, self._interpret(answer, [*body.sent_values, *_target_values(target)])

    def unreadable(self, answer: RawAnswer, what: str, code: str) -> Exception:
        return unreadable(answer, provider=self.provider, what=what, code=code)

    def _interpret(self, answer: RawAnswer, sent_values: list[str]) -> ParsedAnswer:
        parsed = ParsedAnswer(payload=None) if answer.flaw else parse_answer(answer.body, tags=self._tags)
        failure = failure_of(
            answer,
            parsed,
            provider=self.provider,
            sent_values=sent_values,
            not_processed=self._not_processed,
        )
        if failure is not None:
            raise failure
        if answer.flaw == "cut":
            raise self.unreadable(answer, "its answer broke off", "answer_cut")
        if answer.flaw == "too_large":
            raise self.unreadable(answer, "its answer was far too large to be one of the contract", "answer_too_large")
        if parsed.payload is None:
            raise self.unreadable(answer, "its answer was no JSON object", "unreadable_answer")
        return parsed


def identifier_of(value: Any) -> str:
    """Give an id exactly as received, or an empty text when it is none: 1 to 255 printable characters."""
    usable = isinstance(value, str) and value.strip() and len(value) <= ID_LIMIT and value.isprintable()
    return value if usable else ""


def header_name(name: str) -> str:
    """Check the configurable version header's name; an empty one means that no version is sent."""
    if name and not re.fullmatch(r"[A-Za-z0-9-]{1,64}", name):
        raise ProviderProtocolError(
            "The name of the version header is not usable. Nothing was sent; an administrator should correct it.",
            code="bad_account",
        )
    return name


def _shown_answer(answer: RawAnswer) -> JsonObject:
    value = None if answer.flaw else parse_json(answer.body)
    if value is None:
        return {"unreadable": {"bytes": len(answer.body), "flaw": answer.flaw or "no JSON"}}
    return redacted(value)


def _target_values(target: str) -> list[str]:
    return [unquote(part) for part in target.split("/") if len(part) > 13]
