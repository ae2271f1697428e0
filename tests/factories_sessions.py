"""Verification sessions for tests: accounts with a token at hand, sessions at each step of their way."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from typing import Any

from django.core.files.base import ContentFile

from tests.documents.samples import jpeg
from tests.factories import ACTOR, NOON, make_account, make_customer
from tests.fakes_sessions import FakeSessionProvider
from verifications import masks
from verifications.enums import DocumentSlot, RenditionKind, SessionShape
from verifications.models import (
    Customer,
    Document,
    DocumentRendition,
    ProviderAccount,
    ProviderCall,
    ProviderToken,
    Verification,
    VerificationSession,
)
from verifications.services.documents import documents_storage, remove_document
from verifications.services.provider_calls import deliver_lane
from verifications.services.sealed_values import seal
from verifications.services.sessions import SessionData, create_session, submit_session

TOKEN = "token-of-the-account"
CONSENT = SessionData(consent_granted=True, consent_document_id="consent-7")


def make_session_account(*, token: str = TOKEN, **changes: Any) -> ProviderAccount:
    """An account whose access token is there and good for years; an empty ``token`` leaves it without one."""
    account = make_account("TRANSMIT_VERIFY", **({"backend_capture_enabled": True} | changes))
    if token:
        row = ProviderToken(account=account, expires_at=dt.datetime(2033, 1, 1, tzinfo=dt.UTC))
        seal(row, "value", token, mask=masks.mask_whole())
        row.save()
    return account


def make_session(
    *,
    account: ProviderAccount | None = None,
    customer: Customer | None = None,
    data: SessionData | None = None,
    at: dt.datetime = NOON,
) -> VerificationSession:
    """A hosted session that waits to be created at the provider."""
    return create_session(
        customer_id=(customer or make_customer()).pk,
        account_id=(account or make_session_account()).pk,
        shape=SessionShape.HOSTED,
        data=data or SessionData(),
        actor=ACTOR,
        at=at,
    )


def make_waiting_session(provider: FakeSessionProvider | None = None, **arguments: Any) -> VerificationSession:
    """A hosted session that the provider made and that waits for the customer."""
    session = make_session(**arguments)
    deliver_session(session, provider or FakeSessionProvider())
    return session


def make_draft_session(
    *slots: str, account: ProviderAccount | None = None, customer: Customer | None = None
) -> VerificationSession:
    """A draft for the portal's own images, with pictures in ``slots``."""
    session = create_session(
        customer_id=(customer or make_customer()).pk,
        account_id=(account or make_session_account()).pk,
        shape=SessionShape.BACKEND,
        data=CONSENT,
        actor=ACTOR,
        at=NOON,
    )
    for slot in slots or (DocumentSlot.FRONT, DocumentSlot.SELFIE):
        put_picture(session.verification, slot)
    return session


def make_sent_session(*slots: str, **arguments: Any) -> VerificationSession:
    """A draft that was submitted: the creation of its session is due."""
    session = make_draft_session(*slots, **arguments)
    return submit_session(verification_id=session.verification_id, actor=ACTOR, at=NOON)


def put_picture(verification: Verification, slot: str, *, size: tuple[int, int] = (800, 600)) -> Document:
    """What an upload leaves behind, without the work of decoding: an original and the JPEG for the session."""
    for old in verification.documents.filter(slot=slot, origin="UPLOADED", removed_at__isnull=True):
        remove_document(document_id=old.pk, actor=ACTOR, at=NOON)
    content = jpeg(size) + slot.encode()
    document = Document.objects.create(
        customer=verification.customer,
        verification=verification,
        slot=slot,
        display_name=f"{slot}.jpg",
        storage_name=documents_storage().save(f"{slot}.jpg", ContentFile(content)),
        content_type="image/jpeg",
        extension="jpg",
        family="image",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        width=size[0],
        height=size[1],
        uploaded_by=ACTOR,
        uploaded_at=NOON,
    )
    sent = jpeg(size)
    DocumentRendition.objects.create(
        document=document,
        kind=RenditionKind.CAPTURE,
        storage_name=documents_storage().save(f"{slot}-capture.jpg", ContentFile(sent)),
        content_type="image/jpeg",
        size=len(sent),
        sha256=hashlib.sha256(sent).hexdigest(),
        width=size[0],
        height=size[1],
    )
    return document


def deliver_session(session: VerificationSession, provider: FakeSessionProvider) -> int:
    """Send what is due now; the session and its verification are as the database has them afterwards."""
    sent = deliver_lane(key_id=session.account.key_id, client_factory=provider.client)
    refresh(session)
    return sent


def refresh(session: VerificationSession) -> None:
    session.refresh_from_db()
    session.verification = Verification.objects.select_related("case", "account", "customer").get(
        pk=session.verification_id
    )


def make_due(session: VerificationSession, operation: str, at: dt.datetime = NOON) -> None:
    """Let what waits for later be due now."""
    ProviderCall.objects.filter(session=session, operation=operation, status="WAITING").update(not_before=at)


def calls_of(session: VerificationSession, operation: str) -> list[ProviderCall]:
    return list(session.calls.filter(operation=operation).order_by("id"))


def read_result(session: VerificationSession, provider: FakeSessionProvider, *answers: Any) -> None:
    """Have the result read now, with these answers to come one a reading."""
    provider.will("get_result", *answers)
    for _answer in answers:
        make_due(session, "GET_RESULT")
        deliver_session(session, provider)


def picture_bytes(size: tuple[int, int], **options: Any) -> bytes:
    """A JPEG that a camera could have made."""
    from PIL import Image

    target = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(target, "JPEG", **options)
    return target.getvalue()
