"""Invented sessions, answers and clients for the tests of Transmit Security."""

from __future__ import annotations

import io
import json
from typing import Any

from tests.providers.samples import RecordingJournal
from verifications.providers.http import OutgoingRequest, RawAnswer, Timeouts, Transport
from verifications.providers.session_types import ImageToAdd, SessionRequest
from verifications.providers.transmit_errors import SESSION_WORDING
from verifications.providers.transmit_verify import TransmitVerifyClient
from verifications.providers.types import AccountOptions, Credentials

TOKEN = "eyJhbGciOi.eyJhdWQiOi.c2lnbmF0dXJl"
CLIENT_ID = "portal-test.transmit"
SESSION = "Zk3QpA71xLmT"
STATE = "sQnWvTzKxLpYcRdHgJfBmAeUoIiOyXwV"
START_TOKEN = "hYkLmNoPqRsTuVwXyZaB"
CASE = "6f1b5a52-7c1e-4a8e-9d55-0f6c0a3b9b11"
CALLBACK = "https://portal.example/callbacks/transmit/"
JPEG = b"\xff\xd8\xff\xe0" + b"invented picture " * 40
HOSTED = SessionRequest(external_user_id=CASE, callback_url=CALLBACK, state=STATE)
CREATED: dict[str, Any] = {
    "start_token": START_TOKEN,
    "session_id": SESSION,
    "expiration": "2031-04-02T10:15:00.000Z",
    "missing_images": ["document_front", "document_back", "selfie"],
}
COMPLETE: dict[str, Any] = {
    "session_id": SESSION,
    "status": "complete",
    "recommendation": "CHALLENGE",
    "person": {
        "full_name": "Nguyễn Thị Ánh",
        "given_name": "Ánh",
        "surname": "Nguyễn Thị",
        "gender": "female",
        "national_id": "X0000001",
        "date_of_birth": "1990-05-17T00:00:00.000Z",
        "age": 34,
    },
    "document": {"type": "passport", "country": "PT", "number": "P000001", "region": ""},
    "additional_info": {
        "address": {"country": "PRT", "city": "Porto"},
        "national_status": {"citizen": True, "resident": False},
        "employment": {"profession": "baker"},
    },
    "checks": {
        "document_validation": {"recommendation": "ALLOW"},
        "biometric_matching": {"recommendation": "CHALLENGE", "reasons": ["biometric_mismatch", "age mismatch"]},
        "risk_recommendation": {"recommendation": "N/A"},
    },
    "verification_images": [{"id": "img-01", "type": "document_front"}, {"id": "img-02", "type": "selfie"}],
    "risk_details": {
        "general": {"recommendation": "trust", "risk_score": 12.5},
        "network": {"ip_address": "192.0.2.7"},
    },
}


class Canned(Transport):
    """Gives one prepared answer and keeps the request, without a network."""

    def __init__(
        self,
        status: int = 200,
        body: object = b"",
        content_type: str = "application/json",
        flaw: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__("https://canned.example", provider="canned", wording=SESSION_WORDING)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._answer = RawAnswer(status, content_type, "", retry_after, content, flaw, 3)
        self.request: OutgoingRequest | None = None
        self.sent_body = b""

    def send(self, request: OutgoingRequest) -> RawAnswer:
        self.request = request
        self.sent_body = b"".join(request.body or ())
        return self._answer

    @property
    def line(self) -> str:
        assert self.request is not None
        return f"{self.request.method} {self.request.target}"

    @property
    def headers(self) -> dict[str, str]:
        assert self.request is not None
        return dict(self.request.headers)


def transmit_client(
    transport: Transport | None = None,
    journal: RecordingJournal | None = None,
    *,
    base_url: str = "https://canned.example",
    timeouts: Timeouts | None = None,
    is_sandbox: bool = True,
    token: str = TOKEN,
) -> TransmitVerifyClient:
    return TransmitVerifyClient(
        base_url=base_url,
        credentials=Credentials(CLIENT_ID, token),
        options=AccountOptions(is_sandbox=is_sandbox),
        journal=journal or RecordingJournal(),
        timeouts=timeouts,
        transport=transport,
    )


def image(content: bytes = JPEG, **changes: Any) -> ImageToAdd:
    values: dict[str, Any] = {
        "image_type": "document_front",
        "image_id": "b1f0a7c2-55aa-4d1c-8a57-3c0d6a2f1e10",
        "size": len(content),
        "width": 1920,
        "height": 1080,
        "open": lambda: io.BytesIO(content),
    }
    return ImageToAdd(**(values | changes))


def told(journal: RecordingJournal) -> str:
    """Everything a journal was told, as one text."""
    return repr([(vars(request), request.original) for request in journal.sent]) + repr(
        [(vars(answer), answer.body) for answer in journal.received]
    )
