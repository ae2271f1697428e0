"""Images of a session: sent one by one as the provider asks, judged there, listed, copied here (transmit-verify 4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from verifications.enums import (
    AuditAction,
    CallOperation,
    CallStatus,
    DocumentSlot,
    SessionStatus,
    VerificationStatus,
)
from verifications.errors import DomainError, InvalidTransition
from verifications.models import ImageSubmission, ProviderCall, SessionImage, Verification, VerificationSession
from verifications.providers.feedback import feedback_of
from verifications.providers.session_types import ImageFacts, ImageFeedback
from verifications.services.audit import record_event
from verifications.services.call_queue import enqueue_call
from verifications.services.cases import follow_verification
from verifications.services.documents import uploaded_documents
from verifications.services.outcomes import LONGEST_WAIT, MOST_TRIES
from verifications.services.session_calls import SLOT_OF_TYPE, TYPE_OF_SLOT
from verifications.services.session_records import move_session, move_verification, poll_quickly, save_session

TAKES_PICTURES = frozenset(
    {
        VerificationStatus.QUEUED,
        VerificationStatus.SENDING,
        VerificationStatus.WAITING_FOR_CUSTOMER,
        VerificationStatus.OUTCOME_UNKNOWN,
    }
)
STOPPED = (
    "An image was sent again and again without an answer, and the provider does not list it. Nothing is sent by itself "
    "any more: have the images listed to try again, or make a new session."
)
ACCEPTED_FEEDBACK = "ok"
SEEN_IN_LIST = "seen_in_list"
"""Our own word for an image whose answer was lost and that the provider lists."""


@transaction.atomic
def send_next_image(*, session_id: int, actor: str, at: dt.datetime) -> VerificationSession:
    """Send the next image the provider asks for, after a person replaced a refused one or added a missing one.

    Raises ``InvalidTransition`` when nothing is asked for, or the picture that is there was refused already.
    """
    verification = (
        Verification.objects.select_for_update(of=("self",)).select_related("customer").get(sessions=session_id)
    )
    session = (
        VerificationSession.objects.select_for_update(of=("self",))
        .select_related("account", "customer")
        .get(pk=session_id)
    )
    session.verification = verification
    waits = verification.status == VerificationStatus.WAITING_FOR_CUSTOMER
    if session.status != SessionStatus.ACTION_REQUIRED or not waits or not session.missing_images:
        raise InvalidTransition(_("The provider asks for no picture at the moment. Nothing was sent."))
    if not queue_next(session, verification, actor=actor, at=at):
        raise InvalidTransition(_("%(attention)s Nothing was sent.") % {"attention": verification.attention})
    return session


def queue_next(session: VerificationSession, verification: Verification, *, actor: str, at: dt.datetime) -> bool:
    """Queue the first image that is still missing; ``False`` when a person must add or replace one first.

    Call it with both rows locked. The verification then waits to be sent, or for the customer's picture. A picture that
    was judged never goes again, whatever was said of it: a provider that keeps asking wants another one.
    """
    judged = set(session.image_submissions.filter(judged_at__isnull=False).values_list("document_id", flat=True))
    documents = {document.slot: document for document in uploaded_documents(verification)}
    for image_type in session.missing_images:
        slot = SLOT_OF_TYPE.get(image_type)
        document = documents.get(slot) if slot else None
        if document is None or document.pk in judged:
            with override(settings.LANGUAGE_CODE):  # kept in the record, so in the language of the records
                name = slot.label.lower() if slot else image_type
            doing = "a new picture of" if document is not None else "a picture of"
            _wait_for_picture(
                session,
                verification,
                f"The provider asks for {doing}: {name}. Upload it in its place, then send it.",
                actor=actor,
                at=at,
            )
            return False
        submission = ImageSubmission.objects.create(
            session=session, document=document, slot=document.slot, created_at=at
        )
        if session.status == SessionStatus.ACTION_REQUIRED:
            move_session(session, SessionStatus.CAPTURING, actor=actor, at=at)
        _back_to_queue(verification, actor=actor, at=at)
        _enqueue_image(session, submission, actor=actor, at=at)
        record_event(
            action=AuditAction.SESSION_IMAGE_SENT,
            actor=actor,
            subject=session,
            at=at,
            details={"slot": document.slot, "document": str(document.public_id), "sha256": document.sha256},
        )
        return True
    _all_sent(session, verification, actor=actor, at=at)  # nothing is missing, so the provider is at work
    return True


def image_judged(
    session: VerificationSession,
    verification: Verification,
    submission: ImageSubmission,
    result: ImageFeedback,
    *,
    actor: str,
    at: dt.datetime,
) -> None:
    """What the provider said of one image: the next one, another picture of the same, or all are in."""
    submission.feedback = result.feedback[:100]
    submission.custom_feedback = result.custom_feedback[:300]
    submission.accepted = result.all_in or result.feedback in (ACCEPTED_FEEDBACK, SEEN_IN_LIST)
    submission.judged_at = at
    submission.save(update_fields=["feedback", "custom_feedback", "accepted", "judged_at"])
    session.calls.filter(
        operation=CallOperation.ADD_IMAGE, argument=str(submission.public_id), status=CallStatus.WAITING
    ).update(status=CallStatus.CANCELLED, finished_at=at)  # the lost answer came after all
    session.missing_images = list(result.missing_images)
    save_session(session, at, "missing_images")
    record_event(
        action=AuditAction.SESSION_IMAGE_JUDGED,
        actor=actor,
        subject=session,
        at=at,
        details={"slot": submission.slot, "feedback": submission.feedback, "all_in": result.all_in or result.complete},
    )
    if verification.status not in TAKES_PICTURES:
        return  # a reading has told more meanwhile
    if result.complete or result.all_in:
        _all_sent(session, verification, actor=actor, at=at)
    elif submission.accepted:
        queue_next(session, verification, actor=actor, at=at)
    else:
        said = feedback_of(submission.feedback)
        quoted = f" The provider's own words: “{submission.custom_feedback}”" if submission.custom_feedback else ""
        _wait_for_picture(
            session,
            verification,
            f"{submission.get_slot_display()}: {said.says} {said.do}{quoted}",
            actor=actor,
            at=at,
        )


def ask_what_arrived(call: ProviderCall, session: VerificationSession, *, actor: str, at: dt.datetime) -> None:
    """The answer to an image was lost: list the session's images before anything is sent again (transmit-verify 7).

    The more often it was lost, the later.
    """
    enqueue_call(
        account=session.account,
        operation=CallOperation.LIST_IMAGES,
        actor=actor,
        at=at,
        not_before=at + dt.timedelta(seconds=min(LONGEST_WAIT, 2.0 ** (call.number - 1))),
        verification=session.verification,
        session=session,
        argument=call.argument,
    )


def settle_lost_image(
    session: VerificationSession,
    verification: Verification,
    submission: ImageSubmission,
    images: Iterable[ImageFacts],
    *,
    by_itself: bool,
    actor: str,
    at: dt.datetime,
) -> None:
    """With the list at hand: an unrejected image of the type is the one that was sent; without one it goes again.

    ``by_itself``: no person asked, so that after ``MOST_TRIES`` it waits for one.
    """
    if submission.judged_at is not None:
        return
    wanted = TYPE_OF_SLOT[DocumentSlot(submission.slot)]
    lost = (
        session.calls.filter(operation=CallOperation.ADD_IMAGE, argument=str(submission.public_id))
        .order_by("-id")
        .first()
    )
    if lost is None or lost.status != CallStatus.UNKNOWN:
        return  # its answer came after all
    arrived = any(image.type == wanted and image.original and not image.rejected for image in images)
    if not arrived and by_itself and lost.number >= MOST_TRIES:
        verification.attention = STOPPED
        verification.updated_at = at
        verification.save(update_fields=["attention", "updated_at"])
        return
    moved = move_verification(
        verification,
        VerificationStatus.QUEUED,
        action=AuditAction.VERIFICATION_RETRIED,
        actor=actor,
        at=at,
        call=str(lost.public_id),
        evidence="images_listed",
    )
    if arrived:
        missing = tuple(name for name in session.missing_images if name != wanted)
        found = ImageFeedback(feedback=SEEN_IN_LIST, complete=not missing, missing_images=missing)
        image_judged(session, verification, submission, found, actor=actor, at=at)
    elif moved:
        number = lost.number + 1 if by_itself else 1
        _enqueue_image(session, submission, actor=actor, at=at, previous=lost, number=number)


def images_listed(session: VerificationSession, images: Iterable[ImageFacts], *, actor: str, at: dt.datetime) -> None:
    """Write the list down and have every image copied that is not here yet."""
    known = {image.provider_reference: image for image in session.images.all()}
    for facts in images:
        image = known.get(facts.image_id)
        if image is None:
            image = SessionImage(session=session, provider_reference=facts.image_id)
        image.type, image.rejected = facts.type[:40], facts.rejected
        image.is_original, image.original_reference = facts.original, facts.original_id
        image.listed_at = at
        image.save()
        known[facts.image_id] = image
    session.images_listed_at = at
    save_session(session, at, "images_listed_at")
    record_event(
        action=AuditAction.SESSION_IMAGES_LISTED, actor=actor, subject=session, at=at, details={"images": len(known)}
    )
    open_fetches = set(
        session.calls.filter(
            operation=CallOperation.GET_IMAGE, status__in=[CallStatus.WAITING, CallStatus.SENDING]
        ).values_list("argument", flat=True)
    )
    for image in known.values():
        if image.document_id is None and str(image.public_id) not in open_fetches:
            enqueue_call(
                account=session.account,
                operation=CallOperation.GET_IMAGE,
                actor=actor,
                at=at,
                verification=session.verification,
                session=session,
                argument=str(image.public_id),
            )


def _enqueue_image(
    session: VerificationSession,
    submission: ImageSubmission,
    *,
    actor: str,
    at: dt.datetime,
    previous: ProviderCall | None = None,
    number: int = 1,
) -> None:
    enqueue_call(
        account=session.account,
        operation=CallOperation.ADD_IMAGE,
        actor=actor,
        at=at,
        verification=session.verification,
        session=session,
        argument=str(submission.public_id),
        previous=previous,
        number=number,
    )


def _back_to_queue(verification: Verification, *, actor: str, at: dt.datetime) -> None:
    """Between two images the verification waits for the next call; that is no news for the log."""
    verification.status = VerificationStatus.QUEUED
    verification.attention = ""
    verification.updated_at = at
    verification.save(update_fields=["status", "attention", "updated_at"])
    follow_verification(verification=verification, actor=actor, at=at)


def _all_sent(session: VerificationSession, verification: Verification, *, actor: str, at: dt.datetime) -> None:
    """The provider has what it wants: from now on its result is read."""
    move_session(session, SessionStatus.IN_PROGRESS, actor=actor, at=at)
    move_verification(
        verification,
        VerificationStatus.ACCEPTED,
        action=AuditAction.VERIFICATION_ACCEPTED,
        actor=actor,
        at=at,
        reference=session.provider_reference,
    )
    poll_quickly(session, actor=actor, at=at)


def _wait_for_picture(
    session: VerificationSession, verification: Verification, message: str, *, actor: str, at: dt.datetime
) -> None:
    move_session(session, SessionStatus.ACTION_REQUIRED, actor=actor, at=at)
    if verification.status == VerificationStatus.WAITING_FOR_CUSTOMER:
        verification.attention = message[:500]
        verification.updated_at = at
        verification.save(update_fields=["attention", "updated_at"])
        return
    if verification.status == VerificationStatus.OUTCOME_UNKNOWN:  # the answer that was lost came late
        _back_to_queue(verification, actor=actor, at=at)
    moved = move_verification(
        verification,
        VerificationStatus.WAITING_FOR_CUSTOMER,
        action=AuditAction.VERIFICATION_NOT_SENT,
        actor=actor,
        at=at,
        attention=message,
        cause="picture_wanted",
    )
    if not moved:
        raise DomainError(_("A picture is wanted for a verification that takes none any more."))
