"""Sessions in any state, brought there by the services that the worker calls."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from tests.factories import ACTOR, make_account, make_customer, specimen, upload
from verifications.enums import CallOperation, CallStatus, SessionShape, VerificationStatus
from verifications.models import Customer, ProviderAccount, ProviderCall, Verification, VerificationSession
from verifications.providers.session_types import (
    ImageFacts,
    ImageFeedback,
    SessionCheck,
    SessionCreated,
    SessionResult,
)
from verifications.services.session_outcomes import EFFECTS
from verifications.services.sessions import SessionData, create_session, submit_session

WORKER = "system:delivery"
START_TOKEN = "start-token-of-nobody"
CONSENT = SessionData(consent_granted=True, consent_document_id="consent-7")
CHECKS = (
    SessionCheck("document_authentication", "ALLOW"),
    SessionCheck("biometric_matching", "CHALLENGE", ("biometric_mismatch", "new reason")),
    SessionCheck("document_liveness", "N/A"),
    SessionCheck("palm_reading", "SPLENDID"),
)
VALUES = {"person.surname": "Exämple", "person.given_name": "Suharto", "document.number": "X7654321"}
IMAGES = (ImageFacts("img-1", "document_front"), ImageFacts("img-2", "document_front", original=False))


def transmit_account(**changes: Any) -> ProviderAccount:
    return make_account("TRANSMIT_VERIFY", **({"backend_capture_enabled": True} | changes))


def requested(
    customer: Customer | None = None, account: ProviderAccount | None = None, **data: Any
) -> VerificationSession:
    return create_session(
        customer_id=(customer or make_customer()).pk,
        account_id=(account or transmit_account()).pk,
        shape=SessionShape.HOSTED,
        data=SessionData(**data),
        actor=data.pop("actor", ACTOR),
        at=timezone.now(),
    )


def waiting(
    customer: Customer | None = None, account: ProviderAccount | None = None, **data: Any
) -> VerificationSession:
    """A hosted session that waits for its customer."""
    session = requested(customer, account, **data)
    created = SessionCreated(
        session_id=f"sid-{session.pk}",
        expiration=timezone.now() + dt.timedelta(hours=1),
        missing_images=("document_front", "document_back", "selfie"),
        start_token=START_TOKEN,
    )
    return succeed(session, CallOperation.CREATE_SESSION, created)


def completed(
    session: VerificationSession | None = None, *, recommendation: str = "CHALLENGE", **more: Any
) -> VerificationSession:
    session = session or waiting()
    result: dict[str, Any] = {"checks": CHECKS, "values": VALUES, "document": {"status": "complete"}} | more
    answer = SessionResult(
        session_id=session.provider_reference, status="complete", recommendation=recommendation, **result
    )
    return succeed(session, CallOperation.GET_RESULT, answer)


def listed(session: VerificationSession, images: tuple[ImageFacts, ...] = IMAGES) -> VerificationSession:
    return succeed(session, CallOperation.LIST_IMAGES, images)


def draft(customer: Customer | None = None, *, with_pictures: bool = True) -> VerificationSession:
    """A session whose pictures the portal sends."""
    session = create_session(
        customer_id=(customer or make_customer()).pk,
        account_id=transmit_account().pk,
        shape=SessionShape.BACKEND,
        data=CONSENT,
        actor=ACTOR,
        at=timezone.now(),
    )
    if with_pictures:
        for slot in ("front", "selfie"):
            upload(session.verification, slot, specimen())
    return session


def picture_refused(feedback: str = "blur") -> VerificationSession:
    """The provider did not take the first picture of a session."""
    session = draft()
    submit_session(verification_id=session.verification_id, actor=ACTOR, at=timezone.now())
    missing = ("document_front", "selfie")
    created = SessionCreated(f"sid-{session.pk}", timezone.now() + dt.timedelta(hours=1), missing)
    succeed(session, CallOperation.CREATE_SESSION, created)
    return succeed(session, CallOperation.ADD_IMAGE, ImageFeedback(feedback, complete=False, missing_images=missing))


def succeed(session: VerificationSession, operation: CallOperation, result: Any) -> VerificationSession:
    """End the waiting call of this kind as the worker does when the provider has answered."""
    now = timezone.now()
    call = session.calls.filter(operation=operation, status=CallStatus.WAITING).order_by("-id").first()
    assert call is not None, f"no {operation} waits"
    if operation in (CallOperation.CREATE_SESSION, CallOperation.ADD_IMAGE):
        Verification.objects.filter(pk=session.verification_id).update(status=VerificationStatus.SENDING)
    with transaction.atomic():
        ProviderCall.objects.filter(pk=call.pk).update(status=CallStatus.SUCCEEDED, finished_at=now, http_status=200)
        EFFECTS[operation].succeeded(call=call, result=result, actor=WORKER, at=now)
    return fresh(session)


def fresh(session: VerificationSession) -> VerificationSession:
    return VerificationSession.objects.select_related("verification", "account", "customer").get(pk=session.pk)
