"""What the services of verification sessions do, for the table in ``test_every_write_is_audited``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from tests.factories import ACTOR, NOON, make_customer
from tests.factories_sessions import (
    deliver_session,
    make_draft_session,
    make_sent_session,
    make_session_account,
    make_waiting_session,
    put_picture,
    read_result,
)
from tests.fakes_sessions import EXPIRES, FRONT, SELFIE, FakeSessionProvider, feedback, result
from verifications.enums import AuditAction as Action
from verifications.enums import SessionShape, SessionStatus, VerificationStatus
from verifications.models import VerificationSession
from verifications.providers.errors import OutcomeUnknown
from verifications.providers.session_types import ImageFacts
from verifications.services import (
    session_images,
    session_readings,
    session_records,
    session_returns,
    sessions,
    upkeep,
)

Act = Callable[[], Any]

READS = {
    "call_requests.file_part", "call_requests.provider_user_reference", "documents.uploaded_documents",
    "outcomes.error_code", "outcomes.may_go_again", "session_calls.check_connection", "session_calls.hash_of",
    "session_calls.image_to_add", "session_calls.session_of", "session_records.open_call", "session_returns.hand_over",
    "sessions.may_mock",
}  # fmt: skip
LEDGER = {
    "session_images.ask_what_arrived", "session_records.enqueue_once", "session_records.enqueue_result_read",
    "session_records.poll_on", "session_records.poll_quickly",
}  # fmt: skip
BOOKKEEPING = {"access_tokens.call_credentials", "access_tokens.forget_rejected"}
"""A token is no record of the portal; its fetch stands on the ledger."""
WITH_ITS_CALLER = {
    "documents.discard_copy", "documents.keep_copy", "documents.read_copy", "document_files.stored_files",
    "extracted_values.store_values", "session_records.save_session", "session_returns.new_handover",
}  # fmt: skip
SWALLOW_FAULTS = ("upkeep.",)
"""What fails is logged and left for the next run."""

REASON = "The customer asked for it in writing."
LATE = EXPIRES + dt.timedelta(days=40)


def _of(function: Callable[..., Any], **arguments: Any) -> Act:
    return lambda: function(**arguments, actor=ACTOR, at=NOON)


def _on(function: Callable[..., Any], session: VerificationSession, *more: Any, **named: Any) -> Act:
    return lambda: function(session, *more, **named, actor=ACTOR, at=NOON)


def _both(function: Callable[..., Any], session: VerificationSession, *more: Any, **named: Any) -> Act:
    return _on(function, session, session.verification, *more, **named)


def _completed() -> VerificationSession:
    provider = FakeSessionProvider()
    session = make_waiting_session(provider, account=make_session_account(delete_after_days=1))
    read_result(session, provider, result())
    deliver_session(session, provider)
    return session


def _unanswered() -> VerificationSession:
    """Its first image was sent and the answer was lost."""
    session = make_sent_session()
    deliver_session(session, FakeSessionProvider().will("add_image", OutcomeUnknown("No answer.")))
    return session


def _wanting() -> VerificationSession:
    """The provider refused a picture, and another one is there."""
    session = make_sent_session()
    deliver_session(session, FakeSessionProvider().will("add_image", feedback("blur", FRONT, SELFIE)))
    put_picture(session.verification, "front")
    return session


def _created() -> Act:
    account, customer = make_session_account(), make_customer()
    return _of(
        sessions.create_session,
        customer_id=customer.pk,
        account_id=account.pk,
        shape=SessionShape.HOSTED,
        data=sessions.SessionData(),
    )


def _token(session: VerificationSession) -> str:
    address = sessions.handover_address(session_id=session.pk, actor=ACTOR, at=NOON)
    return address.rstrip("/").rpartition("/")[2]


def _opened() -> Act:
    token = _token(make_waiting_session())
    return lambda: session_returns.open_hosted_page(token=token, at=NOON)


def _returned() -> Act:
    provider = FakeSessionProvider()
    session = make_waiting_session(provider)
    state = provider.asked("create_session")[0].state
    return lambda: session_returns.customer_returned(state=state, session_reference=session.provider_reference, at=NOON)


def _late() -> Any:
    make_waiting_session()
    return lambda: upkeep.expire_sessions(now=LATE)


def _kept() -> Act:
    _completed()
    return lambda: upkeep.delete_kept_long_enough(now=LATE)


def _due() -> Act:
    make_waiting_session()
    return lambda: upkeep.keep_up(now=LATE)


def _settled() -> Act:
    session = _unanswered()
    submission = session.image_submissions.get()
    listed = (ImageFacts("img-1", FRONT),)
    return _both(session_images.settle_lost_image, session, submission, listed, by_itself=True)


def _judged() -> Act:
    session = _unanswered()
    return _both(session_images.image_judged, session, session.image_submissions.get(), feedback("blur", FRONT))


def _next() -> Act:
    session = _wanting()
    return _both(session_images.queue_next, session)


WRITES: dict[str, Callable[[], Act]] = {
    "session_images.image_judged": _judged,
    "session_images.images_listed": lambda: _on(
        session_images.images_listed, make_waiting_session(), (ImageFacts("img-1", FRONT),)
    ),
    "session_images.queue_next": _next,
    "session_images.send_next_image": lambda: _of(session_images.send_next_image, session_id=_wanting().pk),
    "session_images.settle_lost_image": _settled,
    "session_readings.expire_session": lambda: _both(session_readings.expire_session, make_waiting_session()),
    "session_readings.result_read": lambda: _both(
        session_readings.result_read, make_waiting_session(), result("processing")
    ),
    "session_readings.session_lost": lambda: _both(session_readings.session_lost, make_waiting_session()),
    "session_records.move_session": lambda: _on(
        session_records.move_session, make_waiting_session(), SessionStatus.IN_PROGRESS
    ),
    "session_records.move_verification": lambda: _on(
        session_records.move_verification,
        make_waiting_session().verification,  # type: ignore[arg-type]
        VerificationStatus.ACCEPTED,
        action=Action.VERIFICATION_ACCEPTED,
    ),
    "session_returns.customer_returned": _returned,
    "session_returns.open_hosted_page": _opened,
    "sessions.cancel_session": lambda: _of(
        sessions.cancel_session, verification_id=make_waiting_session().verification_id
    ),
    "sessions.create_session": _created,
    "sessions.delete_by_retention": lambda: _of(sessions.delete_by_retention, session=_completed()),
    "sessions.renew_session": lambda: _of(
        sessions.renew_session, verification_id=make_waiting_session().verification_id
    ),
    "sessions.request_consent_read": lambda: _of(sessions.request_consent_read, session_id=make_waiting_session().pk),
    "sessions.request_deletion": lambda: _of(sessions.request_deletion, session_id=_completed().pk, reason=REASON),
    "sessions.request_images": lambda: _of(sessions.request_images, session_id=make_waiting_session().pk),
    "sessions.request_result_read": lambda: _of(sessions.request_result_read, session_id=make_waiting_session().pk),
    "sessions.submit_session": lambda: _of(
        sessions.submit_session, verification_id=make_draft_session().verification_id
    ),
    "upkeep.delete_kept_long_enough": _kept,
    "upkeep.expire_sessions": _late,
    "upkeep.keep_up": _due,
}
LOOKS: dict[str, Callable[[], Act]] = {
    "sessions.handover_address": lambda: _of(sessions.handover_address, session_id=make_waiting_session().pk),
}
