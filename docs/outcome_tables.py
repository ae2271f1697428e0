"""What becomes of every kind of answer, asked of the real clients and of ``outcome_of_error``: the tables of outcomes.

Each table is text in Markdown; ``docs.generate`` puts them into ``docs/outcomes.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from docs.canned_answers import (
    LINK_COLUMNS,
    LINK_ROWS,
    REPEATED_401,
    SESSION_COLUMNS,
    SESSION_ROWS,
    SUBMISSION_ROWS,
    SUBMISSIONS,
    USER_READS,
    Column,
    Row,
    What,
)
from verifications.enums import CallStatus, ProviderKind
from verifications.providers.capa_partner import CapaPartnerClient
from verifications.providers.errors import ProviderError, ProviderUnavailable
from verifications.providers.http import OutgoingRequest, RawAnswer
from verifications.providers.kraken_embed import KrakenEmbedClient
from verifications.providers.payward_services import PaywardServicesClient
from verifications.providers.transmit_errors import TOKEN_REJECTED
from verifications.providers.transmit_verify import TransmitVerifyClient
from verifications.providers.types import AccountOptions, Credentials, ReceivedAnswer, SentRequest
from verifications.services.outcomes import Outcome, outcome_of_error

BASE_URL = "https://provider.invalid"
CREDENTIALS = Credentials("key", "c2VjcmV0")
CLIENTS: Mapping[str, Callable[..., Any]] = {
    ProviderKind.KRAKEN_EMBED: KrakenEmbedClient,
    ProviderKind.PAYWARD_SERVICES: PaywardServicesClient,
    ProviderKind.TRANSMIT_VERIFY: TransmitVerifyClient,
    ProviderKind.CAPA_PARTNER: CapaPartnerClient,
}


class CannedTransport:
    """Answers every request with the one thing it was given."""

    wording = SimpleNamespace(kept="", after_loss="")

    def __init__(self, what: What) -> None:
        self._what = what

    def send(self, _request: OutgoingRequest, *, on_sent: Callable[[], None] | None = None) -> RawAnswer:  # noqa: ARG002
        if isinstance(self._what, ProviderError):
            raise self._what
        return self._what


class NoJournal:
    def next_nonce(self) -> int:
        return 1

    def sending(self, request: SentRequest) -> None:
        """Nothing is kept."""

    def request_left(self) -> None:
        """Nothing is kept."""

    def answered(self, answer: ReceivedAnswer) -> None:
        """Nothing is kept."""


def submission_table() -> str:
    """Kraken Embed and Payward Services: submissions, and what has to do with users."""
    lines = _head(("answer", *(column.label for column in SUBMISSIONS), USER_READS[0].label, "code"))
    for row in SUBMISSION_ROWS:
        submissions = [_outcome(column, row) for column in SUBMISSIONS]
        reads = "; ".join(sorted({_words(_outcome(column, row)) for column in USER_READS}))
        lines.append(_line(row[0], [*map(_words, submissions), reads], submissions))
    return "\n".join(lines)


def session_table() -> str:
    """Transmit Security: creating a session, sending an image, reading."""
    return _table(SESSION_COLUMNS, SESSION_ROWS)


def link_table() -> str:
    """Capa: creating a user, creating a link, reading the details."""
    return _table(LINK_COLUMNS, LINK_ROWS)


def _table(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    lines = _head(("answer", *(column.label for column in columns), "code"))
    for row in rows:
        outcomes = [_outcome(column, row) for column in columns]
        lines.append(_line(row[0], [_words(one) for one in outcomes], outcomes))
    return "\n".join(lines)


def _head(labels: Sequence[str]) -> list[str]:
    return [f"| {' | '.join(labels)} |", f"| {' | '.join('---' for _label in labels)} |"]


def _line(label: str, words: Sequence[str], outcomes: Sequence[Outcome]) -> str:
    codes = " / ".join(dict.fromkeys(f"`{one.code}`" for one in outcomes if one.code)) or "none"
    return f"| {' | '.join((label, *words, codes))} |"


def _outcome(column: Column, row: Row) -> Outcome:
    label, make = row
    what = make(column)
    client = CLIENTS[column.kind](
        base_url=BASE_URL,
        credentials=CREDENTIALS,
        options=AccountOptions(),
        journal=NoJournal(),
        transport=CannedTransport(what),
    )
    call = _call(column, repeats_401=label == REPEATED_401)
    try:
        return Outcome.succeeded(column.ask(client))
    except ProviderError as error:
        return outcome_of_error(error, call=call, bytes_left=not isinstance(what, ProviderUnavailable))


def _call(column: Column, *, repeats_401: bool) -> Any:
    previous = SimpleNamespace(error_code=TOKEN_REJECTED) if repeats_401 else None
    return SimpleNamespace(
        number=1, operation=column.operation, account=SimpleNamespace(kind=column.kind), previous=previous
    )


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
