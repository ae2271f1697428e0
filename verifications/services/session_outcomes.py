"""What the end of a session's call does to the session and its verification (transmit-verify 6 and 7).

A provider's problem never becomes a verdict: only ``complete`` with a recommendation the contract knows answers, and
what is not understood is kept, shown and put before a person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from verifications.enums import (
    OPEN_SESSION_STATUSES,
    AuditAction,
    CallOperation,
    SessionShape,
    SessionStatus,
    VerificationStatus,
)
from verifications.models import ImageSubmission, ProviderCall, SessionImage, Verification, VerificationSession
from verifications.providers.session_types import ConsentRead, ImageFeedback, SessionCreated, SessionResult
from verifications.services.audit import record_event
from verifications.services.documents import ProviderCopy, discard_copy, keep_copy
from verifications.services.session_calls import CopyRefused
from verifications.services.session_images import (
    ask_what_arrived,
    image_judged,
    images_listed,
    queue_next,
    settle_lost_image,
)
from verifications.services.session_readings import result_read, session_lost
from verifications.services.session_records import (
    enqueue_once,
    move_session,
    move_verification,
    poll_on,
    save_session,
)
from verifications.services.session_returns import new_handover
from verifications.services.submission_outcomes import submission_not_processed, submission_stopped

GONE = 404


class _Repeatable:
    @staticmethod
    def unknown(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:  # noqa: ARG004
        raise TypeError(f"{call.operation} may be repeated, so its outcome is never unknown")


class _Creation(_Repeatable):
    @staticmethod
    def succeeded(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
        """The provider has the session: the customer gets an address, or the first image goes."""
        if not isinstance(result, SessionCreated):
            raise TypeError("creating a session succeeds with SessionCreated")
        session, verification = _locked(call)
        session.provider_reference = result.session_id
        session.expires_at = result.expiration
        session.missing_images = list(result.missing_images)
        save_session(session, at, "provider_reference", "expires_at", "missing_images")
        record_event(
            action=AuditAction.SESSION_CREATED,
            actor=actor,
            subject=session,
            at=at,
            details={"call": str(call.public_id), "reference": result.session_id},
        )
        if session.shape == SessionShape.BACKEND:
            move_session(session, SessionStatus.CAPTURING, actor=actor, at=at)
            queue_next(session, verification, actor=actor, at=at)
            poll_on(session, actor=actor, at=at)
            return
        move_session(session, SessionStatus.WAITING_FOR_CUSTOMER, actor=actor, at=at)
        attention = new_handover(session, result.start_token, at=at)
        move_verification(
            verification,
            VerificationStatus.WAITING_FOR_CUSTOMER,
            action=AuditAction.SESSION_MOVED,
            actor=actor,
            at=at,
            attention=attention,
            after=SessionStatus.WAITING_FOR_CUSTOMER,
        )
        poll_on(session, actor=actor, at=at)

    @staticmethod
    def refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
        session, verification = _locked(call)
        move_session(session, SessionStatus.REFUSED, actor=actor, at=at, code=call.error_code)
        move_verification(
            verification,
            VerificationStatus.REFUSED,
            action=AuditAction.VERIFICATION_REFUSED,
            actor=actor,
            at=at,
            attention=message,
            code=call.error_code,
        )

    @staticmethod
    def not_processed(
        *, call: ProviderCall, message: str, due: dt.datetime | None, actor: str, at: dt.datetime
    ) -> None:
        _waits_again(call, message, due, actor, at)


class _Image:
    @staticmethod
    def succeeded(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
        if not isinstance(result, ImageFeedback):
            raise TypeError("adding an image succeeds with ImageFeedback")
        session, verification = _locked(call)
        submission = _submission(call)
        if submission is not None and submission.judged_at is None:
            image_judged(session, verification, submission, result, actor=actor, at=at)

    @staticmethod
    def refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
        """400: this picture can't be taken. 404: the session is gone."""
        session, verification = _locked(call)
        submission = _submission(call)
        if call.http_status == GONE:
            session_lost(session, verification, actor=actor, at=at)
        if submission is not None and submission.judged_at is None:
            refusal = ImageFeedback("refused", complete=False, missing_images=tuple(session.missing_images))
            image_judged(session, verification, submission, refusal, actor=actor, at=at)
        if verification.status == VerificationStatus.WAITING_FOR_CUSTOMER:
            verification.attention = message[:500]
            verification.save(update_fields=["attention"])

    @staticmethod
    def not_processed(
        *, call: ProviderCall, message: str, due: dt.datetime | None, actor: str, at: dt.datetime
    ) -> None:
        _waits_again(call, message, due, actor, at)

    @staticmethod
    def unknown(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:  # noqa: ARG004
        session, verification = _locked(call)
        move_verification(
            verification,
            VerificationStatus.OUTCOME_UNKNOWN,
            action=AuditAction.VERIFICATION_UNKNOWN,
            actor=actor,
            at=at,
            attention="The answer to an image was lost. The portal asks the provider which images it has.",
            call=str(call.public_id),
            code=call.error_code,
        )
        ask_what_arrived(call, session, actor=actor, at=at)


class _Read(_Repeatable):
    """Readings: they change nothing at the provider, so what fails is told and tried again."""

    @staticmethod
    def succeeded(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
        session, verification = _locked(call)
        if session.attention and _settles(call, session):
            session.attention = ""
            save_session(session, at, "attention")
        match result:
            case SessionResult():
                was_complete = session.status == SessionStatus.COMPLETED
                result_read(session, verification, result, actor=actor, at=at)
                if session.status in OPEN_SESSION_STATUSES:
                    poll_on(session, actor=actor, at=at)
                elif session.status == SessionStatus.COMPLETED and (
                    not was_complete or session.images_listed_at is None  # it may have been listed on the way
                ):
                    _collect(session, actor=actor, at=at)
            case ConsentRead():
                _consent_read(session, result, actor=actor, at=at)
            case tuple():
                images_listed(session, result, actor=actor, at=at)
                submission = _submission(call)
                if submission is not None:
                    by_itself = call.requested_by.startswith("system:")
                    settle_lost_image(
                        session, verification, submission, result, by_itself=by_itself, actor=actor, at=at
                    )
            case ProviderCopy() | CopyRefused():
                _copied(call, session, result, actor=actor, at=at)
            case _:
                raise TypeError(f"{call.operation} does not end with {type(result).__name__}")

    @staticmethod
    def refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
        session, verification = _locked(call)
        if call.operation == CallOperation.GET_IMAGE:
            SessionImage.objects.filter(session=session, public_id=call.argument).update(problem=message[:500])
        elif call.operation == CallOperation.GET_RESULT and call.http_status == GONE:
            session_lost(session, verification, actor=actor, at=at)
            return
        _tell(call, session, message, actor=actor, at=at)

    @staticmethod
    def not_processed(
        *, call: ProviderCall, message: str, due: dt.datetime | None, actor: str, at: dt.datetime
    ) -> None:
        if due is not None:
            return
        session, _verification = _locked(call)
        if call.operation == CallOperation.GET_IMAGE:
            SessionImage.objects.filter(session=session, public_id=call.argument).update(problem=message[:500])
        _tell(call, session, f"Stopped after try {call.number}. {message}", actor=actor, at=at)


class _Deletion(_Repeatable):
    @staticmethod
    def succeeded(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
        """Gone at the provider. The copies, the result and the log here stay."""
        del result  # the contract gives none
        session, _verification = _locked(call)
        if session.status == SessionStatus.DELETED:
            return
        if not move_session(session, SessionStatus.DELETED, actor=actor, at=at, call=str(call.public_id)):
            raise TypeError(f"a session that is {session.status} was deleted")
        record_event(
            action=AuditAction.SESSION_DELETED,
            actor=actor,
            subject=session,
            at=at,
            details={"call": str(call.public_id), "reference": session.provider_reference},
        )

    @staticmethod
    def refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
        session, _verification = _locked(call)
        session.delete_requested_at = None
        save_session(session, at, "delete_requested_at")
        _tell(call, session, f"The session was not deleted. {message}", actor=actor, at=at)

    @staticmethod
    def not_processed(
        *, call: ProviderCall, message: str, due: dt.datetime | None, actor: str, at: dt.datetime
    ) -> None:
        if due is None:
            session, _verification = _locked(call)
            session.delete_requested_at = None
            save_session(session, at, "delete_requested_at")
            _tell(call, session, f"The session was not deleted, try {call.number}. {message}", actor=actor, at=at)


EFFECTS: Mapping[CallOperation, Any] = {
    CallOperation.CREATE_SESSION: _Creation,
    CallOperation.ADD_IMAGE: _Image,
    CallOperation.GET_RESULT: _Read,
    CallOperation.LIST_IMAGES: _Read,
    CallOperation.GET_IMAGE: _Read,
    CallOperation.GET_CONSENT: _Read,
    CallOperation.DELETE_SESSION: _Deletion,
}


def _collect(session: VerificationSession, *, actor: str, at: dt.datetime) -> None:
    """The result is in: list the images to copy them, and read the consent, as evidence (transmit-verify 7)."""
    for operation in (CallOperation.LIST_IMAGES, CallOperation.GET_CONSENT):
        enqueue_once(session, operation, actor=actor, at=at)


def _consent_read(session: VerificationSession, consent: ConsentRead, *, actor: str, at: dt.datetime) -> None:
    session.consent_granted, session.consent_date, session.consent_read_at = consent.granted, consent.date[:60], at
    save_session(session, at, "consent_granted", "consent_date", "consent_read_at")
    record_event(
        action=AuditAction.SESSION_CONSENT_READ,
        actor=actor,
        subject=session,
        at=at,
        details={"granted": consent.granted},
    )


def _copied(
    call: ProviderCall, session: VerificationSession, result: ProviderCopy | CopyRefused, *, actor: str, at: dt.datetime
) -> None:
    image = SessionImage.objects.select_for_update().get(session=session, public_id=call.argument)
    if isinstance(result, CopyRefused):
        image.problem = f"The image came and could not be opened. {result.message}"[:500]
        image.save(update_fields=["problem"])
        return
    if image.document_id is not None:
        transaction.on_commit(lambda: discard_copy(result))
        return
    try:
        image.document = keep_copy(result)
    except BaseException:
        discard_copy(result)
        raise
    image.copied_at, image.problem = at, ""
    image.save(update_fields=["document", "copied_at", "problem"])
    record_event(
        action=AuditAction.SESSION_IMAGE_COPIED,
        actor=actor,
        subject=session,
        at=at,
        details={"image": image.provider_reference, "sha256": image.document.sha256, "size": image.document.size},
    )


def _waits_again(call: ProviderCall, message: str, due: dt.datetime | None, actor: str, at: dt.datetime) -> None:
    if due is None:
        submission_stopped(call=call, message=message, actor=actor, at=at)
    else:
        submission_not_processed(call=call, message=message, due=due, actor=actor, at=at)


def _settles(call: ProviderCall, session: VerificationSession) -> bool:
    """Whether this reading outdates what the session's attention says: an alarm of one is not taken back by another.

    As long as the session goes on, each reading of its result says anew what is odd about it.
    """
    if call.operation == CallOperation.GET_RESULT and session.status in (*OPEN_SESSION_STATUSES, SessionStatus.EXPIRED):
        return True
    same = session.calls.filter(operation=call.operation, argument=call.argument, pk__lt=call.pk)
    before = same.order_by("-pk").first()
    return before is not None and bool(before.message) and before.message[:400] in session.attention


def _tell(call: ProviderCall, session: VerificationSession, message: str, *, actor: str, at: dt.datetime) -> None:
    session.attention = message[:500]
    save_session(session, at, "attention")
    record_event(
        action=AuditAction.SESSION_STOPPED,
        actor=actor,
        subject=session,
        at=at,
        details={"call": str(call.public_id), "operation": call.operation, "code": call.error_code},
    )


def _submission(call: ProviderCall) -> ImageSubmission | None:
    if not call.argument:
        return None
    return ImageSubmission.objects.select_for_update().filter(session=call.session, public_id=call.argument).first()


def _locked(call: ProviderCall) -> tuple[VerificationSession, Verification]:
    """The call's session and verification, locked in this order everywhere: verification, then session."""
    verification = (
        Verification.objects.select_for_update(of=("self",))
        .select_related("customer", "account", "case")
        .get(calls=call)
    )
    session = (
        VerificationSession.objects.select_for_update(of=("self",))
        .select_related("customer", "account")
        .get(calls=call)
    )
    session.verification = verification
    call.verification, call.session = verification, session
    return session, verification
