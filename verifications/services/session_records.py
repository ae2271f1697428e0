"""What every part of a session's life writes the same way: its status, its verification's, the next reading."""

from __future__ import annotations

import datetime as dt

from verifications.enums import (
    OPEN_SESSION_STATUSES,
    SESSION_TRANSITIONS,
    VERIFICATION_TRANSITIONS,
    AuditAction,
    CallOperation,
    CallStatus,
    ProviderAnswer,
    SessionStatus,
    VerificationStatus,
)
from verifications.models import ProviderCall, Verification, VerificationSession
from verifications.policy.polling import session_wait
from verifications.services.audit import record_event
from verifications.services.call_queue import enqueue_call
from verifications.services.cases import follow_verification
from verifications.services.doorbell import ring

EXPIRY_MARGIN = dt.timedelta(minutes=5)
"""Between the provider's clock and ours."""


def save_session(session: VerificationSession, at: dt.datetime, *fields: str) -> None:
    session.updated_at = at
    session.save(update_fields=[*fields, "updated_at"])


def move_session(
    session: VerificationSession, status: SessionStatus, *, actor: str, at: dt.datetime, **details: str
) -> bool:
    """Let the session go to ``status`` with its event; ``False`` when it may not go there from where it is.

    Tokens of a session that is no longer open are dropped: their hashes stay.
    """
    if status not in SESSION_TRANSITIONS[SessionStatus(session.status)]:
        return False
    before, session.status = session.status, status
    if status == SessionStatus.COMPLETED:
        session.completed_at = at
    if status == SessionStatus.DELETED:
        session.deleted_at = at
    if status not in OPEN_SESSION_STATUSES:
        session.start_token = session.handover_token = None
    save_session(session, at, "status", "completed_at", "deleted_at", "start_token", "handover_token")
    record_event(
        action=AuditAction.SESSION_MOVED,
        actor=actor,
        subject=session,
        at=at,
        details={"before": before, "after": status, **details},
    )
    return True


def move_verification(
    verification: Verification,
    status: VerificationStatus,
    *,
    action: AuditAction,
    actor: str,
    at: dt.datetime,
    attention: str = "",
    answer: str = "",
    reasons: tuple[str, ...] = (),
    explanation: str = "",
    **details: str,
) -> bool:
    """Let the verification go to ``status`` with its event and its case; ``False`` when it may not go there.

    Completing passes through acceptance when that was not seen on the way: the customer was done before anybody looked.
    """
    if status == VerificationStatus.COMPLETED and verification.status != VerificationStatus.ACCEPTED:
        accepted = move_verification(
            verification,
            VerificationStatus.ACCEPTED,
            action=AuditAction.VERIFICATION_ACCEPTED,
            actor=actor,
            at=at,
            **details,  # type: ignore[arg-type]
        )
        if not accepted:
            return False
    if status not in VERIFICATION_TRANSITIONS[VerificationStatus(verification.status)]:
        return False
    verification.status = status
    verification.attention = attention[:500]
    verification.updated_at = at
    if status == VerificationStatus.ACCEPTED:
        verification.accepted_at = at
    elif status == VerificationStatus.COMPLETED:
        verification.completed_at = at
        verification.answer = answer or ProviderAnswer.UNREADABLE
        verification.answer_reasons = list(reasons)
        verification.answer_explanation = explanation[:500]
    else:
        verification.accepted_at = None
    verification.save(
        update_fields=[
            "status",
            "attention",
            "answer",
            "answer_reasons",
            "answer_explanation",
            "accepted_at",
            "completed_at",
            "updated_at",
        ]
    )
    said = {"answer": verification.answer} if status == VerificationStatus.COMPLETED else {}
    record_event(action=action, actor=actor, subject=verification, at=at, details={**details, **said})
    follow_verification(verification=verification, actor=actor, at=at)
    return True


def enqueue_result_read(
    session: VerificationSession, *, actor: str, at: dt.datetime, not_before: dt.datetime | None = None
) -> ProviderCall:
    """Have the result read; a reading that waits already is moved forward instead of doubled: one poller a session.

    Call it with the session's row locked.
    """
    due = not_before or at
    waiting = open_call(session, CallOperation.GET_RESULT)
    if waiting is None:
        return enqueue_call(
            account=session.account,
            operation=CallOperation.GET_RESULT,
            actor=actor,
            at=at,
            not_before=due,
            verification=session.verification,
            session=session,
        )
    if waiting.not_before > due:
        ProviderCall.objects.filter(pk=waiting.pk, status=CallStatus.WAITING).update(not_before=due)
        ring(key_id=session.account.key_id, after_seconds=max(0.0, (due - at).total_seconds()))
    return waiting


def open_call(session: VerificationSession, operation: CallOperation) -> ProviderCall | None:
    """The session's call of this kind that waits or is under way."""
    return session.calls.filter(operation=operation, status__in=[CallStatus.WAITING, CallStatus.SENDING]).first()


def enqueue_once(
    session: VerificationSession, operation: CallOperation, *, actor: str, at: dt.datetime, argument: str = ""
) -> ProviderCall:
    """One waiting call of a kind is enough: the row that is there is returned instead of a second."""
    return open_call(session, operation) or enqueue_call(
        account=session.account,
        operation=operation,
        actor=actor,
        at=at,
        verification=session.verification,
        session=session,
        argument=argument,
    )


def poll_on(session: VerificationSession, *, actor: str, at: dt.datetime) -> None:
    """Plan the next reading by the schedule of the contract, the last one just after the session's end."""
    if session.status not in OPEN_SESSION_STATUSES:
        return
    due = at + session_wait(since=session.polling_since, polls=session.polls, now=at)
    if session.expires_at is not None:
        end = session.expires_at + EXPIRY_MARGIN
        due = min(due, end) if end > at else due
    enqueue_result_read(session, actor=actor, at=at, not_before=due)


def poll_quickly(session: VerificationSession, *, actor: str, at: dt.datetime) -> None:
    """The customer came back, or the last image is in: begin the quick readings."""
    session.polling_since, session.polls = at, 0
    save_session(session, at, "polling_since", "polls")
    poll_on(session, actor=actor, at=at)
