"""One unsigned JSON call, from finished bytes to the parsed answer, for providers with a token or key in a header.

The order is that of ``calls.SignedCaller``: the journal has the request before the first byte leaves, and it has the
answer before anybody interprets it. What an error means is the provider's own: its client brings ``failure_of``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from verifications.providers.answers import parse_json
from verifications.providers.calls import EMPTY_BODY, Body
from verifications.providers.errors import OutcomeUnknown, ProviderError
from verifications.providers.http import ANSWER_LIMIT, OutgoingRequest, RawAnswer, Transport
from verifications.providers.redaction import MASK, clean_text, redacted
from verifications.providers.types import CallJournal, JsonObject, ReceivedAnswer, SentRequest

FailureOf = Callable[[RawAnswer, Any, Sequence[str]], ProviderError | None]
"""``failure_of(answer, parsed, sent_values)``: the error an answer stands for, ``None`` for one to be read.

``parsed`` is the JSON value of the body, ``None`` when it is none, broke off or was too large. ``sent_values`` is what
the request carried, for ``clean_text``: providers like to quote it back."""

_MAX_DEPTH = 12


class JsonCaller:
    """Makes unsigned calls for one key and reports each to the journal. ``headers`` sign in and are never reported."""

    def __init__(
        self,
        *,
        transport: Transport,
        journal: CallJournal,
        provider: str,
        key_id: str,
        headers: Mapping[str, str],
        failure_of: FailureOf,
    ) -> None:
        self._transport = transport
        self._journal = journal
        self._key_id = key_id
        self._headers = dict(headers)
        self._failure_of = failure_of
        self._secrets = [word for value in headers.values() for word in value.split() if len(word) >= 8]
        self.provider = provider

    def call(
        self,
        *,
        method: str,
        target: str,
        body: Body = EMPTY_BODY,
        is_submission: bool = False,
        answer_limit: int = ANSWER_LIMIT,
        accept: str = "application/json",
        keep_answer: bool = True,
        hidden_members: Collection[str] = (),
        hidden_values: Collection[str] = (),
        shown_target: str = "",
    ) -> tuple[RawAnswer, Any]:
        """Note, send, note, and give an answer that ``failure_of`` lets pass, with its JSON value or ``None``.

        ``keep_answer=False`` keeps nothing of the answer's body (pictures, tokens); ``hidden_members`` are masked
        wherever they stand in the JSON that the journal keeps (one-time links), and ``hidden_values`` like the words of
        the sign-in headers wherever the answer quotes them; ``shown_target`` is what the journal gets when the target
        itself may not be shown.

        Raises what ``failure_of`` gives, what ``Transport.send`` raises, and ``OutcomeUnknown`` for an answer that
        broke off (``answer_cut``) or is larger than ``answer_limit`` (``answer_too_large``).
        """
        headers = {"Accept": accept, **self._headers}
        if body.size:
            headers["Content-Type"] = body.content_type
        self._journal.sending(
            SentRequest(
                method=method,
                target=shown_target or target,
                key_id=self._key_id,
                nonce="",
                body_sha256=body.sha256,
                body_size=body.size,
                content_type=body.content_type,
                redacted=body.shown,
                original=body.original,
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
                answer_limit=answer_limit,
            )
        )
        parsed = None if answer.flaw else parse_json(answer.body)
        secrets = [*self._secrets, *(value for value in hidden_values if value)]
        sent_values = [*body.sent_values, *secrets, *_target_values(target)]
        if keep_answer:
            kept = _kept_body(answer.body, parsed, secrets, hidden_members)
            shown = _shown_answer(answer, parsed, sent_values, hidden_members)
        else:
            kept, shown = b"", {"bytes": len(answer.body), "content_type": clean_text(answer.content_type)}
        self._journal.answered(
            ReceivedAnswer(
                http_status=answer.status,
                duration_ms=answer.duration_ms,
                content_type=clean_text(answer.content_type),
                trace_id=answer.trace_id,
                body=kept,
                redacted=shown,
            )
        )
        failure = self._failure_of(answer, parsed, sent_values)
        if failure is not None:
            raise failure
        if answer.flaw == "cut":
            raise self.unreadable(answer, "its answer broke off", "answer_cut")
        if answer.flaw == "too_large":
            raise self.unreadable(answer, "its answer was far too large to be one of the contract", "answer_too_large")
        return answer, parsed

    def unreadable(self, answer: RawAnswer, what: str, code: str) -> OutcomeUnknown:
        """Give the error for a 2xx that lacks what the contract promises."""
        return OutcomeUnknown(
            f"{self.provider} answered {answer.status}, but {what}, {self._transport.wording.after_loss}",
            code=code,
            http_status=answer.status,
        )


def _kept_body(body: bytes, parsed: Any, secrets: Sequence[str], hidden_members: Collection[str]) -> bytes:
    if hidden_members:
        if not isinstance(parsed, dict):
            return b""  # what cannot be read cannot be masked
        body = json.dumps(_masked(parsed, hidden_members, 0)).encode()
    for secret in secrets:
        body = body.replace(secret.encode("utf-8", "replace"), MASK.encode())
    return body


def _shown_answer(
    answer: RawAnswer, parsed: Any, sent_values: Sequence[str], hidden_members: Collection[str]
) -> JsonObject:
    if parsed is None:
        return {"unreadable": {"bytes": len(answer.body), "flaw": answer.flaw or "no JSON"}}
    return redacted(_masked(parsed, hidden_members, 0), sent_values=sent_values)


def _masked(value: Any, hidden_members: Collection[str], depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return MASK
    if isinstance(value, dict):
        return {
            name: MASK if name in hidden_members else _masked(inner, hidden_members, depth + 1)
            for name, inner in value.items()
        }
    return [_masked(inner, hidden_members, depth + 1) for inner in value] if isinstance(value, list) else value


def _target_values(target: str) -> list[str]:
    """The ids in a path, as SignedCaller masks them: long enough not to be a word of the address."""
    path = target.partition("?")[0]
    return [unquote(part) for part in path.split("/") if len(part) > 13]
