"""Every operation of every provider, whatever comes back or goes wrong, ends in one outcome, and its effects run."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from docs.canned_answers import JPEG
from docs.outcome_tables import BASE_URL, CLIENTS, CREDENTIALS, CannedTransport, NoJournal
from tests.factories import ACTOR, NOON, make_account, make_customer, make_provider_user
from tests.factories_sessions import make_sent_session
from tests.services.link_support import capa_account, requested
from tests.services.support import submitted
from verifications.enums import (
    LINK_OPERATIONS,
    NOTIFICATION_OPERATIONS,
    SESSION_OPERATIONS,
    SUBMIT_OPERATIONS,
    USER_OPERATIONS,
    CallOperation,
    CallStatus,
    ProviderKind,
)
from verifications.models import AuditEvent, ProviderCall
from verifications.providers.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)
from verifications.providers.http import RawAnswer
from verifications.providers.link_types import LinkRequest, LinkUserRequest
from verifications.providers.registry import definition
from verifications.providers.session_types import ImageToAdd, SessionRequest
from verifications.providers.types import AccountOptions, FullName, SubmissionMetadata, UrlSubmission
from verifications.services.call_effects import apply_outcome
from verifications.services.call_queue import enqueue_call
from verifications.services.call_records import write_outcome
from verifications.services.circuits import note_outcome
from verifications.services.ledger_journal import ClaimLost
from verifications.services.outcomes import NotSendable, Outcome, outcome_of_error
from verifications.services.provider_calls import claim_next

PAYWARD_OPERATIONS = (*SUBMIT_OPERATIONS, *USER_OPERATIONS, CallOperation.CHECK_CONNECTION)
OPERATIONS: Mapping[str, tuple[CallOperation, ...]] = {
    ProviderKind.KRAKEN_EMBED: PAYWARD_OPERATIONS,
    ProviderKind.PAYWARD_SERVICES: PAYWARD_OPERATIONS,
    ProviderKind.TRANSMIT_VERIFY: (
        *SESSION_OPERATIONS,
        CallOperation.FETCH_TOKEN,
        CallOperation.CHECK_CONNECTION,
    ),
    ProviderKind.CAPA_PARTNER: (
        CallOperation.CREATE_USER,
        *LINK_OPERATIONS,
        *NOTIFICATION_OPERATIONS,
        CallOperation.CHECK_CONNECTION,
    ),
}
EACH = [(kind, operation) for kind, operations in OPERATIONS.items() for operation in operations]
IDS = [f"{kind}-{operation}" for kind, operation in EACH]
STATUSES = (
    *(200, 201, 202, 204, 206, 299, 300, 301, 302, 304, 307, 308, 399),
    *range(400, 432),
    *(440, 444, 449, 450, 451, 460, 463, 494, 498, 499),
    *range(500, 512),
    *(520, 521, 522, 523, 524, 525, 526, 527, 529, 530, 561, 598, 599),
)
BODIES = (b"", b"{}", b"[]", b"null", b"<html>", b'{"error":["EAPI:Invalid nonce"]}', b'{"result":', b"\xff\xfe")
ERRORS: tuple[Exception, ...] = (
    *(ProviderRefused("No.", code="no", http_status=status) for status in (None, 400, 404, 409, 413, 415, 422)),
    ProviderRefused("The file changed.", code="file_changed"),
    *(ProviderUnavailable("Busy.", code="busy", http_status=status) for status in (None, 429, 503)),
    ProviderUnavailable("Busy.", code="busy", http_status=429, retry_after=120.0),
    ProviderUnavailable("Late nonce.", code="nonce", http_status=401, fresh_nonce=True),
    ProviderUnavailable("Stale token.", code="token_rejected", http_status=401),
    *(OutcomeUnknown("Lost.", code="timeout", http_status=status) for status in (None, 200, 408, 500, 502, 504, 599)),
    *(ProviderProtocolError("Odd.", code="odd", http_status=status) for status in (None, 301, 401, 403, 418)),
    *(NotSendable("A file is gone."), RuntimeError("a fault of the portal"), ValueError("odd"), MemoryError()),
    *(OSError("disk"), RecursionError(), ClaimLost("late"), KeyError("member"), UnicodeError("text"), TimeoutError()),
)
SETTLED = {CallStatus.SUCCEEDED, CallStatus.REFUSED, CallStatus.NOT_SENT, CallStatus.UNKNOWN}
CONCLUSIVE = (ProviderRefused, ProviderUnavailable)


def repeatable(kind: str, operation: str) -> bool:
    return operation in definition(kind).repeatable_operations


def test_every_operation_belongs_to_a_provider() -> None:
    assert {operation for operations in OPERATIONS.values() for operation in operations} == set(CallOperation)
    assert set(OPERATIONS) == set(ProviderKind)


@pytest.mark.parametrize(("kind", "operation"), EACH, ids=IDS)
@pytest.mark.parametrize("bytes_left", [False, True])
def test_every_error_becomes_one_outcome(kind: str, operation: CallOperation, bytes_left: bool) -> None:
    account = SimpleNamespace(kind=kind)
    call: Any = SimpleNamespace(number=1, operation=operation, account=account, previous=None)

    for error in ERRORS:
        outcome = outcome_of_error(error, call=call, bytes_left=bytes_left)

        assert outcome.status in SETTLED - {CallStatus.SUCCEEDED}
        assert outcome.code, error
        assert outcome.message, error
        if outcome.status in (CallStatus.UNKNOWN, CallStatus.REFUSED):
            assert outcome.retry_after is None
        if outcome.status == CallStatus.UNKNOWN:
            assert not repeatable(kind, operation)
        lost = bytes_left and not isinstance(error, (*CONCLUSIVE, ProviderProtocolError))
        if (lost or isinstance(error, OutcomeUnknown)) and not repeatable(kind, operation):
            assert outcome.status == CallStatus.UNKNOWN, f"{error!r} would be sent again"
        if not bytes_left and not isinstance(error, ProviderError):
            assert outcome.status == CallStatus.NOT_SENT


METADATA = SubmissionMetadata(
    type="identity_document",
    verifier="example-idv",
    verified_at=dt.datetime(2026, 1, 15, 9, 30, tzinfo=dt.UTC),
    full_name=FullName("さくら", "やまだ"),
    date_of_birth=dt.date(1990, 4, 15),
    document_type="passport",
    document_number="X1234567",
    issuing_country="AD",
)
ASK: Mapping[CallOperation, Callable[[Any], object]] = {
    CallOperation.SUBMIT_DOCUMENT_URLS: lambda client: client.submit_document_urls(
        UrlSubmission("AA00EXAMPLE0000", METADATA, ())
    ),
    CallOperation.CREATE_HEADLESS_USER: lambda client: client.create_headless_user("customer-1"),
    CallOperation.GET_USER: lambda client: client.get_user("AA00EXAMPLE0000"),
    CallOperation.CREATE_SESSION: lambda client: client.create_session(
        SessionRequest("case-1", callback_url="https://p.invalid", state="s" * 43)
    ),
    CallOperation.GET_RESULT: lambda client: client.get_result("session-1"),
    CallOperation.LIST_IMAGES: lambda client: client.list_images("session-1"),
    CallOperation.GET_IMAGE: lambda client: client.get_image("session-1", "image-1"),
    CallOperation.ADD_IMAGE: lambda client: client.add_image(
        "session-1", ImageToAdd("selfie", "i1", size=len(JPEG), width=800, height=600, open=_picture)
    ),
    CallOperation.GET_CONSENT: lambda client: client.get_consent("session-1"),
    CallOperation.DELETE_SESSION: lambda client: client.delete_session("session-1"),
    CallOperation.CREATE_KYC_LINK: lambda client: client.create_kyc_link(LinkRequest("user-1", "MX")),
    CallOperation.CREATE_KYB_LINK: lambda client: client.create_kyb_link(LinkRequest("user-1", "MX")),
    CallOperation.GET_KYC_DETAILS: lambda client: client.get_kyc_details("user-1"),
    CallOperation.GET_KYB_DETAILS: lambda client: client.get_kyb_details("user-1"),
    CallOperation.SET_WEBHOOK: lambda client: client.set_webhook("https://portal.example.org/hook/"),
    CallOperation.LIST_NOTIFICATIONS: lambda client: client.list_notifications(limit=1),
    CallOperation.GET_NOTIFICATION: lambda client: client.get_notification("n-1"),
    CallOperation.RETRY_NOTIFICATION: lambda client: client.retry_notification("n-1"),
}


def _picture() -> Any:
    return io.BytesIO(JPEG)


def asks(kind: str, operation: CallOperation) -> Callable[[Any], object] | None:
    if operation == CallOperation.CREATE_USER and kind == ProviderKind.CAPA_PARTNER:
        return lambda client: client.create_user(LinkUserRequest("INDIVIDUAL", "ana@example.org", "customer-1"))
    return ASK.get(operation)


@pytest.mark.parametrize(
    ("kind", "operation"),
    [pair for pair in EACH if asks(*pair)],
    ids=[i for i, p in zip(IDS, EACH, strict=True) if asks(*p)],
)
def test_every_status_and_body_becomes_a_result_or_one_of_the_four_errors(kind: str, operation: CallOperation) -> None:
    ask = asks(kind, operation)
    assert ask is not None
    account = SimpleNamespace(kind=kind)
    call: Any = SimpleNamespace(number=1, operation=operation, account=account, previous=None)

    for status in STATUSES:
        for body in BODIES:
            answer = RawAnswer(
                status=status, content_type="application/json", trace_id="", retry_after=None, body=body, flaw="",
                duration_ms=1,
            )  # fmt: skip
            client = CLIENTS[kind](
                base_url=BASE_URL,
                credentials=CREDENTIALS,
                options=AccountOptions(),
                journal=NoJournal(),
                transport=CannedTransport(answer),
            )
            try:
                ask(client)
            except ProviderError as error:
                outcome = outcome_of_error(error, call=call, bytes_left=True)
                assert outcome.status in SETTLED
                if status in (500, 502, 504) and b"nonce" not in body and not repeatable(kind, operation):
                    assert outcome.status == CallStatus.UNKNOWN, (status, body)


def subject_of(kind: str, operation: CallOperation) -> ProviderCall:
    """A claimed call of this operation about as little as it can be about."""
    if operation in SUBMIT_OPERATIONS:
        verification = submitted(provider_user=make_provider_user(account=make_account(kind)), method=_method(kind))
        key = verification.account.key_id
        ProviderCall.objects.update(operation=operation)
    elif operation in SESSION_OPERATIONS:
        session = make_sent_session()
        key = session.account.key_id
        ProviderCall.objects.update(operation=operation, argument=str(uuid.uuid4()))
    elif operation in LINK_OPERATIONS:
        link = requested()
        key = link.account.key_id
        ProviderCall.objects.update(operation=operation)
    else:
        account = capa_account() if kind == ProviderKind.CAPA_PARTNER else make_account(kind)
        key = account.key_id
        user = None
        if operation in USER_OPERATIONS:
            new = operation in (CallOperation.CREATE_USER, CallOperation.CREATE_HEADLESS_USER)
            user = make_provider_user(make_customer(), account, **({"status": "WAITING"} if new else {}))
        enqueue_call(
            account=account,
            operation=operation,
            actor=ACTOR,
            at=NOON,
            provider_user=user,
            argument="n-1" if not user else "",
        )
    claimed = claim_next(key_id=key, now=NOON)
    assert claimed is not None
    ProviderCall.objects.filter(pk=claimed[0].pk).update(sending_at=NOON)
    return claimed[0]


def _method(kind: str) -> str:
    return "DOCUMENT_URLS" if kind == ProviderKind.PAYWARD_SERVICES else "DOCUMENTS"


ENDS: Mapping[str, Outcome] = {
    "refused": Outcome(CallStatus.REFUSED, code="no", message="No.", http_status=400),
    "gone": Outcome(CallStatus.REFUSED, code="gone", message="No such thing.", http_status=404),
    "again": Outcome(CallStatus.NOT_SENT, code="busy", message="Busy.", http_status=429, retry_after=2.0),
    "stops the account": Outcome(
        CallStatus.NOT_SENT, code="auth", message="Key refused.", http_status=401, retry_after=2.0, stops_account=True
    ),
    "gives up": Outcome(CallStatus.NOT_SENT, code="not_sendable", message="A file is gone."),
    "lost": Outcome(CallStatus.UNKNOWN, code="timeout", message="No answer."),
}


CASES = [
    (kind, operation, end)
    for kind, operation in EACH
    for end in ENDS
    if end != "lost" or not repeatable(kind, operation)  # what may be repeated is never of unknown outcome
]


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "operation", "end"), CASES, ids=["-".join(case) for case in CASES])
def test_every_end_of_every_operation_has_its_effects(
    clock: Any, kind: str, operation: CallOperation, end: str
) -> None:
    outcome = ENDS[end]
    call = subject_of(kind, operation)
    rows = ProviderCall.objects.filter(operation=operation).count()

    write_outcome(call, outcome, None, NOON)
    note_outcome(call=call, outcome=outcome, actor=ACTOR, at=NOON)
    apply_outcome(call=call, outcome=outcome, actor=ACTOR, at=NOON)

    call.refresh_from_db()
    assert call.status == outcome.status
    again = ProviderCall.objects.filter(operation=operation).count() - rows
    by_hand = (CallOperation.CHECK_CONNECTION, CallOperation.FETCH_TOKEN)
    goes_again = outcome.retry_after is not None and operation not in by_hand
    once_more = (kind, operation, end) == (ProviderKind.CAPA_PARTNER, CallOperation.CREATE_USER, "lost")
    assert again == (1 if goes_again or once_more else 0)  # capa-partner 8: a user is asked for once more
    assert call.is_dead == (end == "gives up" and operation not in by_hand)
    assert AuditEvent.objects.exists()
