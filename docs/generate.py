"""Writes what of the documentation is drawn from the code: ``docs/states.md`` and the table in ``docs/outcomes.md``.

``python -m docs.generate``; ``tests/test_docs.py`` fails when a page is not what this gives.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django
from django.apps import apps

if not apps.ready:
    django.setup()

from verifications.enums import CALL_TRANSITIONS, VERIFICATION_TRANSITIONS, CallOperation, CallStatus
from verifications.providers.errors import OutcomeUnknown, ProviderError, ProviderUnavailable
from verifications.providers.http import OutgoingRequest, RawAnswer
from verifications.providers.kraken_embed import KrakenEmbedClient
from verifications.providers.payward_services import PaywardServicesClient
from verifications.providers.types import (
    AccountOptions,
    Credentials,
    FullName,
    ReceivedAnswer,
    SentRequest,
    SubmissionMetadata,
    UrlSubmission,
)
from verifications.services.call_effects import Outcome, outcome_of_error

DOCS = Path(__file__).resolve().parent
BEGIN, END = "<!-- drawn by python -m docs.generate: begin -->", "<!-- end -->"
KINDS = {"KRAKEN_EMBED": KrakenEmbedClient, "PAYWARD_SERVICES": PaywardServicesClient}
_ACCEPTED = {
    "KRAKEN_EMBED": b'{"result":{"verification_id":"ver_1"}}',
    "PAYWARD_SERVICES": b'{"data":{"verification_id":"ver_1"}}',
}
_TEXT = '{"error":["%s"]}'

ANSWERS: tuple[tuple[str, Callable[[str], RawAnswer | ProviderError]], ...] = (
    ("2xx with a verification id", lambda kind: _answer(200, _ACCEPTED[kind])),
    ("2xx that names an error", lambda _kind: _answer(200, (_TEXT % "EGeneral:Invalid arguments").encode())),
    ("2xx that names an internal failure", lambda _kind: _answer(200, (_TEXT % "EService:Unavailable").encode())),
    ("2xx without a verification id", lambda _kind: _answer(200, b'{"result":{},"data":{}}')),
    ("2xx that is no JSON", lambda _kind: _answer(200, b"<!doctype html><title>Gateway</title>")),
    ("2xx that breaks off", lambda _kind: _answer(200, b'{"result":', flaw="cut")),
    ("2xx larger than 1 MiB", lambda _kind: _answer(200, b"x", flaw="too_large")),
    ("3xx", lambda _kind: _answer(301)),
    ("400", lambda _kind: _answer(400)),
    ("any status naming a nonce", lambda _kind: _answer(401, (_TEXT % "EAPI:Invalid nonce").encode())),
    ("401 otherwise", lambda _kind: _answer(401)),
    ("any status naming a lockout", lambda _kind: _answer(401, (_TEXT % "EGeneral:Temporary lockout").encode())),
    ("403", lambda _kind: _answer(403)),
    ("404", lambda _kind: _answer(404)),
    ("408", lambda _kind: _answer(408)),
    ("409", lambda _kind: _answer(409)),
    ("413", lambda _kind: _answer(413)),
    ("415", lambda _kind: _answer(415)),
    ("422", lambda _kind: _answer(422)),
    ("429", lambda _kind: _answer(429)),
    ("429 with Retry-After: 120", lambda _kind: _answer(429, retry_after=120.0)),
    ("500", lambda _kind: _answer(500)),
    ("502, 504", lambda _kind: _answer(502)),
    ("503", lambda _kind: _answer(503)),
    (
        "no connection (refused, name, certificate, connect timeout)",
        lambda _kind: ProviderUnavailable("", code="not_reached"),
    ),
    ("no answer in time after the first byte left", lambda _kind: OutcomeUnknown("", code="timeout")),
    ("connection closed after the first byte left", lambda _kind: OutcomeUnknown("", code="connection_lost")),
)


class CannedTransport:
    """Answers every request with the one thing it was given."""

    def __init__(self, what: RawAnswer | ProviderError) -> None:
        self._what = what

    def send(self, _request: OutgoingRequest) -> RawAnswer:
        if isinstance(self._what, ProviderError):
            raise self._what
        return self._what


class NoJournal:
    def next_nonce(self) -> int:
        return 1

    def sending(self, request: SentRequest) -> None:
        """Nothing is kept."""

    def answered(self, answer: ReceivedAnswer) -> None:
        """Nothing is kept."""


def outcome_table() -> str:
    """Every kind of answer and what becomes of the call, asked of the clients and of ``outcome_of_error``."""
    columns = (
        "answer",
        "Kraken Embed, submission",
        "Payward Services, submission",
        "reading or changing a user",
        "code",
    )
    rows = [f"| {' | '.join(columns)} |", "| --- | --- | --- | --- | --- |"]
    for label, make in ANSWERS:
        submissions = [_outcome(kind, make(kind), CallOperation.SUBMIT_DOCUMENT_URLS) for kind in KINDS]
        reads = {_words(_outcome(kind, _as_read(make(kind)), CallOperation.GET_USER)) for kind in KINDS}
        read = "; ".join(sorted(reads))
        codes = " / ".join(dict.fromkeys(f"`{one.code}`" for one in submissions if one.code)) or "none"
        rows.append(f"| {label} | {_words(submissions[0])} | {_words(submissions[1])} | {read} | {codes} |")
    return "\n".join(rows)


def states_page() -> str:
    """Both life cycles as diagrams, from the tables of transitions that the services obey."""
    return "\n".join(
        (
            "# States",
            "",
            "Drawn from `verifications/enums.py` by `python -m docs.generate`; a test fails when they differ. What",
            "each state means for a person, and what moves it, is in [outcomes.md](outcomes.md).",
            "",
            "## Verification",
            "",
            *_diagram(VERIFICATION_TRANSITIONS),
            "",
            "`WAITING_FOR_CUSTOMER` and `EXPIRED` belong to hosted sessions and links, which neither provider of today",
            "has.",
            "",
            "## Provider call",
            "",
            *_diagram(CALL_TRANSITIONS),
            "",
            "A retry is a new call that names the one before it; no call leaves an end state.",
            "",
        )
    )


def with_table(page: str) -> str:
    """The page with the table between its marks brought up to date."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{outcome_table()}\n\n{END}{after}"


def _diagram(transitions: Mapping[Any, frozenset[Any]]) -> list[str]:
    first = next(iter(transitions))
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first.value}"]
    for state, after in transitions.items():
        lines += [f"    {state.value} --> {one.value}" for one in sorted(after, key=list(transitions).index)]
        if not after:
            lines.append(f"    {state.value} --> [*]")
    return [*lines, "```"]


def _outcome(kind: str, what: RawAnswer | ProviderError, operation: CallOperation) -> Outcome:
    client = KINDS[kind](
        base_url="https://provider.invalid",
        credentials=Credentials("key", "c2VjcmV0"),
        options=AccountOptions(),
        journal=NoJournal(),
        transport=CannedTransport(what),  # type: ignore[arg-type]
    )
    call: Any = SimpleNamespace(number=1, operation=operation, account=SimpleNamespace(kind=kind))
    bytes_left = not isinstance(what, ProviderUnavailable)
    try:
        if operation == CallOperation.GET_USER:
            result: Any = client.get_user("AA00EXAMPLE0000")
        else:
            result = client.submit_document_urls(UrlSubmission("AA00EXAMPLE0000", _METADATA, ()))
    except ProviderError as error:
        return outcome_of_error(error, call=call, bytes_left=bytes_left)
    return Outcome.succeeded(result)


def _as_read(what: RawAnswer | ProviderError) -> RawAnswer | ProviderError:
    """The same answer where it accepts a submission, as one that tells of a user."""
    if isinstance(what, RawAnswer) and b"ver_1" in what.body:
        return _answer(200, b'{"result":{"status":{"state":"ok"}},"data":{"status":{"state":"ok"}}}')
    if isinstance(what, RawAnswer) and what.body == b'{"result":{},"data":{}}':
        return _answer(200, b'{"result":null,"data":null}')
    return what


def _words(outcome: Outcome) -> str:
    if outcome.status == CallStatus.NOT_SENT:
        if outcome.stops_account:
            return "not processed; the account stops"
        if outcome.retry_after is None:
            return "not processed; stops"
        if outcome.retry_after == 0:
            return "not processed; again at once"
        least = f"{outcome.retry_after:.0f} s at least" if outcome.retry_after > 60 else "with backoff"
        return f"not processed; again {least}"
    words = {CallStatus.SUCCEEDED: "succeeded", CallStatus.REFUSED: "**refused**", CallStatus.UNKNOWN: "**unknown**"}
    return words[outcome.status] + ("; the account stops" if outcome.stops_account else "")


def _answer(status: int, body: bytes = b"", *, flaw: str = "", retry_after: float | None = None) -> RawAnswer:
    return RawAnswer(
        status=status, content_type="application/json", trace_id="", retry_after=retry_after, body=body, flaw=flaw,
        duration_ms=1,
    )  # fmt: skip


_METADATA = SubmissionMetadata(
    type="identity_document",
    verifier="example-idv",
    verified_at=dt.datetime(2026, 1, 15, 9, 30, tzinfo=dt.UTC),
    full_name=FullName("Zoë", "Example"),
    date_of_birth=dt.date(1990, 4, 15),
    document_type="passport",
    document_number="X1234567",
    issuing_country="AD",
)


def main() -> None:
    outcomes = DOCS / "outcomes.md"
    (DOCS / "states.md").write_text(states_page(), encoding="utf-8")
    outcomes.write_text(with_table(outcomes.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
