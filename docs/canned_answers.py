"""The calls and the answers of the tables of outcomes: what a client is asked for, and what comes back."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from verifications.enums import CallOperation, ProviderKind
from verifications.providers.errors import OutcomeUnknown, ProviderError, ProviderUnavailable
from verifications.providers.http import RawAnswer
from verifications.providers.link_types import LinkRequest, LinkUserRequest
from verifications.providers.session_types import ImageToAdd, SessionRequest
from verifications.providers.types import (
    FullName,
    SubmissionMetadata,
    UrlSubmission,
)

What = RawAnswer | ProviderError
JPEG = b"\xff\xd8\xff\xd9"
METADATA = SubmissionMetadata(
    type="identity_document",
    verifier="example-idv",
    verified_at=dt.datetime(2026, 1, 15, 9, 30, tzinfo=dt.UTC),
    full_name=FullName("Zoë", "Example"),
    date_of_birth=dt.date(1990, 4, 15),
    document_type="passport",
    document_number="X1234567",
    issuing_country="AD",
)


@dataclass(frozen=True)
class Column:
    """One call: how the client is asked for it, and what it is answered where the answer is the contract's own."""

    label: str
    kind: str
    operation: CallOperation
    ask: Callable[[Any], object]
    accepted: str


def _image(client: Any) -> object:
    image = ImageToAdd("selfie", "i1", size=len(JPEG), width=800, height=600, open=lambda: io.BytesIO(JPEG))
    return client.add_image("session-1", image)


_USER = "AA00EXAMPLE0000"
_SUBMISSION = UrlSubmission(_USER, METADATA, ())
KRAKEN, PAYWARD = ProviderKind.KRAKEN_EMBED, ProviderKind.PAYWARD_SERVICES
TRANSMIT, CAPA = ProviderKind.TRANSMIT_VERIFY, ProviderKind.CAPA_PARTNER
SUBMISSIONS = (
    Column(
        "Kraken Embed, submission",
        KRAKEN,
        CallOperation.SUBMIT_DOCUMENT_URLS,
        lambda client: client.submit_document_urls(_SUBMISSION),
        '{"result":{"verification_id":"ver_1"}}',
    ),
    Column(
        "Payward Services, submission",
        PAYWARD,
        CallOperation.SUBMIT_DOCUMENT_URLS,
        lambda client: client.submit_document_urls(_SUBMISSION),
        '{"data":{"verification_id":"ver_1"}}',
    ),
)
USER_READS = tuple(
    Column(
        "reading or changing a user",
        kind,
        CallOperation.GET_USER,
        lambda client: client.get_user(_USER),
        '{"result":{"status":{"state":"ok"}},"data":{"status":{"state":"ok"}}}',
    )
    for kind in (KRAKEN, PAYWARD)
)
SESSION_COLUMNS = (
    Column(
        "create a session",
        TRANSMIT,
        CallOperation.CREATE_SESSION,
        lambda client: client.create_session(
            SessionRequest("case-1", callback_url="https://p.invalid", state="s" * 43)
        ),
        '{"session_id":"session-1","missing_images":[],"start_token":"t1"}',
    ),
    Column(
        "send an image",
        TRANSMIT,
        CallOperation.ADD_IMAGE,
        _image,
        '{"feedback":"ok","complete":false,"missing_images":[]}',
    ),
    Column(
        "read the result",
        TRANSMIT,
        CallOperation.GET_RESULT,
        lambda client: client.get_result("session-1"),
        '{"session_id":"session-1","status":"processing"}',
    ),
)
LINK_COLUMNS = (
    Column(
        "create the user",
        CAPA,
        CallOperation.CREATE_USER,
        lambda client: client.create_user(LinkUserRequest("INDIVIDUAL", "zoe@example.org", "customer-1")),
        '{"success":true,"data":{"userId":"user-1"}}',
    ),
    Column(
        "create a link",
        CAPA,
        CallOperation.CREATE_KYC_LINK,
        lambda client: client.create_kyc_link(LinkRequest("user-1", "MX")),
        '{"success":true,"data":{"kycLink":"https://verify.invalid/s/1"}}',
    ),
    Column(
        "read the details",
        CAPA,
        CallOperation.GET_KYC_DETAILS,
        lambda client: client.get_kyc_details("user-1"),
        '{"status":"ok","data":{"aipriseSummary":{"verificationResult":"VERIFIED"}}}',
    ),
)

REPEATED_401 = "401 again, with a token just fetched"
Row = tuple[str, Callable[[Column], What]]


def _answer(status: int, body: bytes | str = b"", *, flaw: str = "", retry_after: float | None = None) -> RawAnswer:
    content = body.encode() if isinstance(body, str) else body
    return RawAnswer(
        status=status, content_type="application/json", trace_id="", retry_after=retry_after, body=content, flaw=flaw,
        duration_ms=1,
    )  # fmt: skip


def _fixed(what: What) -> Callable[[Column], What]:
    return lambda _column: what


def _said(text: str) -> str:
    return json.dumps({"error": [text]})


def _worded(code: str, message: str) -> str:
    return json.dumps({"success": False, "error": {"code": code, "message": message}})


_UNREADABLE: tuple[Row, ...] = (
    ("2xx that is no JSON", _fixed(_answer(200, b"<!doctype html><title>Gateway</title>"))),
    ("2xx that breaks off", _fixed(_answer(200, b'{"result":', flaw="cut"))),
    ("2xx larger than 1 MiB", _fixed(_answer(200, b"x", flaw="too_large"))),
)
_LATE: tuple[Row, ...] = (
    ("429", _fixed(_answer(429))),
    ("429 with Retry-After: 120", _fixed(_answer(429, retry_after=120.0))),
    ("500", _fixed(_answer(500))),
    ("502, 504", _fixed(_answer(502))),
    ("503", _fixed(_answer(503))),
    (
        "no connection (refused, name, certificate, connect timeout)",
        _fixed(ProviderUnavailable("", code="not_reached")),
    ),
    ("no answer in time after the first byte left", _fixed(OutcomeUnknown("", code="timeout"))),
    ("connection closed after the first byte left", _fixed(OutcomeUnknown("", code="connection_lost"))),
)
SUBMISSION_ROWS: tuple[Row, ...] = (
    ("2xx with a verification id", lambda column: _answer(200, column.accepted)),
    ("2xx that names an error", _fixed(_answer(200, _said("EGeneral:Invalid arguments")))),
    ("2xx that names an internal failure", _fixed(_answer(200, _said("EService:Unavailable")))),
    (
        "2xx without a verification id",
        lambda column: _answer(
            200, '{"result":{},"data":{}}' if column in SUBMISSIONS else '{"result":null,"data":null}'
        ),
    ),
    *_UNREADABLE,
    ("3xx", _fixed(_answer(301))),
    ("400", _fixed(_answer(400))),
    ("any status naming a nonce", _fixed(_answer(401, _said("EAPI:Invalid nonce")))),
    ("401 otherwise", _fixed(_answer(401))),
    ("any status naming a lockout", _fixed(_answer(401, _said("EGeneral:Temporary lockout")))),
    *((str(status), _fixed(_answer(status))) for status in (403, 404, 408, 409, 413, 415, 422)),
    *_LATE,
)
SESSION_ROWS: tuple[Row, ...] = (
    ("2xx with what the contract promises", lambda column: _answer(200, column.accepted)),
    ("2xx without it", _fixed(_answer(200, "{}"))),
    *_UNREADABLE,
    ("3xx", _fixed(_answer(301))),
    ("400", _fixed(_answer(400))),
    ("401", _fixed(_answer(401))),
    (REPEATED_401, _fixed(_answer(401))),
    *((str(status), _fixed(_answer(status))) for status in (403, 404, 408, 409, 413, 422)),
    *_LATE,
)
LINK_ROWS: tuple[Row, ...] = (
    ("2xx with what the contract promises", lambda column: _answer(201, column.accepted)),
    ("2xx without it", _fixed(_answer(200, '{"success":true,"data":{}}'))),
    ("2xx that says `success: false`", _fixed(_answer(200, '{"success":false}'))),
    *_UNREADABLE,
    ("3xx", _fixed(_answer(301))),
    ("400", _fixed(_answer(400, _worded("INVALID_USER_INPUT_ERROR", "Invalid User Input")))),
    ("400 that speaks of something existing", _fixed(_answer(400, _worded("BAD_REQUEST", "User already exists")))),
    (
        "400 about the country",
        _fixed(_answer(400, _worded("KYC_TEMPLATE_NOT_CONFIGURED_ERROR", "KYC template not configured for MX"))),
    ),
    ("401 about the key", _fixed(_answer(401, _worded("UNAUTHORIZED", "Invalid API Key")))),
    (
        "401, the user is another partner's",
        _fixed(_answer(401, _worded("UNAUTHORIZED", "User is not associated with the partner"))),
    ),
    ("401 otherwise", _fixed(_answer(401, _worded("UNAUTHORIZED", "Unauthorized")))),
    ("403 `INVALID_PARTNER_FLOW`", _fixed(_answer(403, _worded("INVALID_PARTNER_FLOW", "Invalid flow")))),
    *((str(status), _fixed(_answer(status))) for status in (403, 404, 408, 409, 422)),
    *_LATE,
)
