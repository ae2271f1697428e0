"""One function an operation at Transmit Security (transmit-verify 4): what to ask the client for, given the row."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from verifications.enums import CallOperation, DocumentSlot, RenditionKind, SessionShape, SessionStatus
from verifications.errors import DomainError
from verifications.models import ImageSubmission, ProviderCall, SessionImage, VerificationSession
from verifications.providers.session_types import (
    Consent,
    ConsentRead,
    ImageFacts,
    ImageFeedback,
    ImageToAdd,
    MockBehavior,
    SessionClient,
    SessionCreated,
    SessionRequest,
    SessionResult,
)
from verifications.services.documents import DocumentRefused, ProviderCopy, open_checked, read_copy

CHECK_SESSION_ID = "portal-connection-check"
"""No session has this id: a refusal that names the session proves that the token was taken."""
STATE_BYTES = 32
TYPE_OF_SLOT = {
    DocumentSlot.FRONT: "document_front",
    DocumentSlot.BACK: "document_back",
    DocumentSlot.SELFIE: "selfie",
}
SLOT_OF_TYPE = {name: slot for slot, name in TYPE_OF_SLOT.items()}


@dataclass(frozen=True)
class CopyRefused:
    """The provider's image came and could not be opened; ``message`` says why."""

    message: str


def hash_of(token: str) -> str:
    """The hash under which a random token of 128 bits or more is kept."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def check_connection(_call: ProviderCall, client: SessionClient, _now: dt.datetime) -> SessionResult:
    return client.get_result(CHECK_SESSION_ID)


def _create_session(call: ProviderCall, client: SessionClient, _now: dt.datetime) -> SessionCreated:
    """Each try has a state of its own, kept as a hash before anything leaves (transmit-verify 5)."""
    session = session_of(call)
    verification = session.verification
    common: dict[str, Any] = {
        "external_user_id": str(verification.case.public_id) if verification.case else str(session.public_id),
        "organization_name": session.organization_name,
        "organization_id": session.organization_id,
        "mock_behavior": MockBehavior(**session.mock_behavior) if session.mock_behavior else None,
    }
    if session.shape == SessionShape.BACKEND:
        return client.create_session(SessionRequest(**common, consent=Consent(True, session.consent_document_id)))
    state = secrets.token_urlsafe(STATE_BYTES)
    VerificationSession.objects.filter(pk=session.pk, status=SessionStatus.REQUESTED).update(state_hash=hash_of(state))
    callback = settings.PUBLIC_URL + reverse("verifications:session_return")
    return client.create_session(SessionRequest(**common, callback_url=callback, state=state))


def _get_result(call: ProviderCall, client: SessionClient, _now: dt.datetime) -> SessionResult:
    return client.get_result(session_of(call).provider_reference)


def _delete_session(call: ProviderCall, client: SessionClient, _now: dt.datetime) -> None:
    client.delete_session(session_of(call).provider_reference)


def _list_images(call: ProviderCall, client: SessionClient, _now: dt.datetime) -> tuple[ImageFacts, ...]:
    return client.list_images(session_of(call).provider_reference)


def _add_image(call: ProviderCall, client: SessionClient, _now: dt.datetime) -> ImageFeedback:
    """Send the JPEG that was made of the document at upload; its hash is kept before anything leaves."""
    submission = ImageSubmission.objects.select_related("document").get(public_id=call.argument)
    image, sha256 = image_to_add(submission)
    ImageSubmission.objects.filter(pk=submission.pk).update(sha256=sha256)
    return client.add_image(session_of(call).provider_reference, image)


def image_to_add(submission: ImageSubmission) -> tuple[ImageToAdd, str]:
    """The picture as the provider takes it, and its SHA-256; ``DomainError`` when the document has none."""
    rendition = submission.document.renditions.filter(kind=RenditionKind.CAPTURE).first()
    if rendition is None:
        raise DomainError("There is no picture to send: the document has none of the size a session takes.")
    image = ImageToAdd(
        image_type=TYPE_OF_SLOT[DocumentSlot(submission.slot)],
        image_id=str(submission.public_id),
        size=rendition.size,
        width=rendition.width,
        height=rendition.height,
        open=lambda: open_checked(rendition.storage_name, rendition.sha256),  # type: ignore[arg-type,return-value]
    )
    return image, rendition.sha256


def _get_image(call: ProviderCall, client: SessionClient, now: dt.datetime) -> ProviderCopy | CopyRefused:
    """Fetch an image and put it into storage; decoding happens here, with no transaction open."""
    session = session_of(call)
    image = SessionImage.objects.get(public_id=call.argument)
    fetched = client.get_image(session.provider_reference, image.provider_reference)
    try:
        return read_copy(
            content=fetched.content,
            verification=session.verification,
            slot=SLOT_OF_TYPE.get(image.type, DocumentSlot.DOCUMENT),
            actor=f"provider:{call.account.public_id}",
            at=now,
        )
    except DocumentRefused as error:
        return CopyRefused(str(error))


def _get_consent(call: ProviderCall, client: SessionClient, _now: dt.datetime) -> ConsentRead:
    return client.get_consent(session_of(call).provider_reference)


OPERATIONS: Mapping[CallOperation, Callable[[ProviderCall, Any, dt.datetime], object]] = {
    CallOperation.CREATE_SESSION: _create_session,
    CallOperation.GET_RESULT: _get_result,
    CallOperation.DELETE_SESSION: _delete_session,
    CallOperation.LIST_IMAGES: _list_images,
    CallOperation.ADD_IMAGE: _add_image,
    CallOperation.GET_IMAGE: _get_image,
    CallOperation.GET_CONSENT: _get_consent,
}


def session_of(call: ProviderCall) -> VerificationSession:
    """The call's session with its verification, case and customer; ``DomainError`` when it speaks of none."""
    if call.session_id is None:
        raise DomainError("This call speaks of no session.")
    return VerificationSession.objects.select_related("verification__case", "verification__account", "customer").get(
        pk=call.session_id
    )
