"""Invented people, keys and a journal that remembers, for the provider tests."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from typing import Any

from verifications.providers.http import OutgoingRequest, RawAnswer, Timeouts, Transport
from verifications.providers.kraken_embed import KrakenEmbedClient
from verifications.providers.payward_services import PaywardServicesClient
from verifications.providers.types import (
    AccountOptions,
    Address,
    Credentials,
    FileAddress,
    FileFacts,
    FilePart,
    FullName,
    ReceivedAnswer,
    Screening,
    SentRequest,
    SubmissionMetadata,
    UserProfile,
)

EMBED_SECRET = "dGhyb3dhd2F5LWVtYmVkLXZlY3Rvci1zZWNyZXQtbmV2ZXItaXNzdWVkLWJ5LWFueW9uZS0wMTIzNDU2Nzg5IQ=="
PAYWARD_SECRET = "dGhyb3dhd2F5LXBheXdhcmQtdmVjdG9yLXNlY3JldC1ub3QtaXNzdWVkLWJ5LWFueW9uZS0wMTIzNDU2Nzg5IQ=="
CHECKED_AT = dt.datetime(2025, 3, 13, 12, 34, 56, tzinfo=dt.UTC)
NOW = dt.datetime(2025, 3, 14, 9, 0, tzinfo=dt.UTC)
EMBED_USER = "AA95N84GTESTXXXX"
PAYWARD_USER = "AA45N8G4MLDYWAR7"
FRONT_URL = "https://docs.example.com/kyc/front.png?sig=abc"
ALL_TYPES = frozenset({"identity_document", "residence_document", "selfie", "tax_id_document", "watchlists"})
OPTIONS = AccountOptions(
    enabled_types=ALL_TYPES, allowed_document_hosts=frozenset({"docs.example.com"}), headless_users_allowed=True
)
SHORT = Timeouts(connect=1.0, small_stall=0.4, small_total=1.0, submission_stall=0.4, submission_total=1.2)

ZOE = SubmissionMetadata(
    type="identity_document",
    verifier="example-idv",
    verified_at=CHECKED_AT,
    full_name=FullName("Zoë", "Example"),
    date_of_birth=dt.date(1990, 4, 15),
    document_type="passport",
    document_number="X1234567",
    issuing_country="AD",
)
ADDRESS = Address("Calle de Ejemplo 5", "Málaga", "29001", "ES")
RESIDENCE = SubmissionMetadata(
    type="residence_document",
    verifier="example-idv",
    verified_at=CHECKED_AT,
    address=ADDRESS,
    document_type="utility_bill",
)
SELFIE = SubmissionMetadata(
    type="selfie", verifier="example-idv", verified_at=CHECKED_AT, selfie_type="selfie_capture_video"
)
TAX_ID = SubmissionMetadata(
    type="tax_id_document",
    verifier="example-idv",
    verified_at=CHECKED_AT,
    tax_id_type="cpf",
    document_type="tax_return",
    country="BR",
)
CLEARED = Screening(status="Cleared", verifier="example-lists", verified_at=CHECKED_AT)
WATCHLISTS = SubmissionMetadata(type="watchlists", sanctions=CLEARED, pep=CLEARED)
PROFILE = UserProfile(
    external_id="customer-17",
    email="zoe@example.org",
    full_name=FullName("Zoë", "Example"),
    residence=ADDRESS,
    phone="+34600123456",
    nationalities=("ES", "XK"),
    date_of_birth=dt.date(1990, 4, 15),
    occupation="science",
    tos_version_accepted=3,
)
NAMES = (
    "Zoë", "Łukasz", "Đặng Thị Thu", "محمد", "נועה", "王小明", "김서연", "やまだ花子", "Ольга", "Ελένη", "अनन्या",
    "ธนพร", "ნინო", "Բագրատ", "O'Brien-Ó Súilleabháin", "𠮷田", "👩‍🔬",
)  # fmt: skip


class RecordingJournal:
    """Counts nonces up and keeps what it was told, in order."""

    def __init__(self, nonce: int = 1_700_000_000_000_000_000) -> None:
        self.nonce = nonce
        self.sent: list[SentRequest] = []
        self.received: list[ReceivedAnswer] = []
        self.steps: list[str] = []

    def next_nonce(self) -> int:
        self.steps.append("nonce")
        self.nonce += 1
        return self.nonce

    def sending(self, request: SentRequest) -> None:
        self.steps.append("sending")
        self.sent.append(request)

    def request_left(self) -> None:
        self.steps.append("left")

    def answered(self, answer: ReceivedAnswer) -> None:
        self.steps.append("answered")
        self.received.append(answer)


class CannedTransport(Transport):
    """Gives one prepared answer and keeps the request it was given, without a network."""

    def __init__(self, status: int, body: object = b"", *, retry_after: float | None = None, flaw: str = "") -> None:
        super().__init__("https://canned.example", provider="canned")
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._answer = RawAnswer(status, "application/json", "", retry_after, content, flaw, 3)
        self.request: OutgoingRequest | None = None
        self.sent_body = b""

    def send(self, request: OutgoingRequest, *, on_sent: Callable[[], None] | None = None) -> RawAnswer:
        self.request = request
        self.sent_body = b"".join(request.body or ())
        if on_sent is not None:
            on_sent()
        return self._answer


def file_part(content: bytes = b"FRONT-BYTES", *, slot: str = "front", **changes: Any) -> FilePart:
    values: dict[str, Any] = {
        "slot": slot,
        "filename": f"{slot}.png",
        "content_type": "image/png",
        "size": len(content),
        "open": lambda: io.BytesIO(content),
    }
    return FilePart(**(values | changes))


def file_address(slot: str = "front", url: str = FRONT_URL) -> FileAddress:
    return FileAddress(slot=slot, url=url)


def file_facts(slot: str = "front", **changes: Any) -> FileFacts:
    values: dict[str, Any] = {
        "slot": slot,
        "filename": f"{slot}.png",
        "content_type": "image/png",
        "size": 2_000_000,
        "url_host": "docs.example.com",
        "url_scheme": "https",
    }
    return FileFacts(**(values | changes))


def embed_client(
    base_url: str,
    journal: RecordingJournal | None = None,
    *,
    timeouts: Timeouts | None = None,
    options: AccountOptions = OPTIONS,
    secret: str = EMBED_SECRET,
    transport: Transport | None = None,
    make_boundary: Callable[[], str] | None = None,
) -> KrakenEmbedClient:
    return KrakenEmbedClient(
        base_url=base_url,
        credentials=Credentials("embed-test-key", secret),
        options=options,
        journal=journal or RecordingJournal(),
        timeouts=timeouts,
        transport=transport,
        make_boundary=make_boundary,
    )


def payward_client(
    base_url: str,
    journal: RecordingJournal | None = None,
    *,
    timeouts: Timeouts | None = None,
    options: AccountOptions = OPTIONS,
    secret: str = PAYWARD_SECRET,
    transport: Transport | None = None,
) -> PaywardServicesClient:
    return PaywardServicesClient(
        base_url=base_url,
        credentials=Credentials("payward-test-key", secret),
        options=options,
        journal=journal or RecordingJournal(),
        timeouts=timeouts,
        transport=transport,
    )
