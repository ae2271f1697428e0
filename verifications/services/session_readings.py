"""What a reading of a session's result says, and what it changes (transmit-verify 4, E2, and 6)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from verifications import masks
from verifications.enums import (
    AuditAction,
    ProviderAnswer,
    SessionShape,
    SessionStatus,
    VerificationStatus,
)
from verifications.models import Verification, VerificationSession
from verifications.providers.session_types import SessionResult
from verifications.services.extracted_values import store_values
from verifications.services.sealed_values import seal
from verifications.services.session_records import EXPIRY_MARGIN, move_session, move_verification, save_session

LONGEST_CHECK = dt.timedelta(hours=1)
"""Past the session's end; the provider speaks of seconds."""
WAITING = frozenset({"pending", "capturing"})
FINAL = frozenset(
    {
        SessionStatus.COMPLETED,
        SessionStatus.FAILED,
        SessionStatus.LOST,
        SessionStatus.CANCELLED,
        SessionStatus.DELETED,
    }
)
EXPLANATIONS = {
    ProviderAnswer.ALLOW: "Every check passed at the provider.",
    ProviderAnswer.CHALLENGE: "At least one check did not pass; the extracted data is not verified. Look yourself.",
    ProviderAnswer.DENY: "The provider sees a high likelihood of fraud; the extracted data is not verified.",
}
_RISK_FLAGS = {
    "device": ("incognito", "tampered", "emulated", "spoofed", "esim", "device_type", "os"),
    "network": ("vpn", "tor", "proxy", "anonymizer", "network_country", "ip_type"),
}


def result_read(
    session: VerificationSession, verification: Verification, result: SessionResult, *, actor: str, at: dt.datetime
) -> None:
    """Bring session and verification in line with what was read. A final word is never taken back.

    Of a session that was given up, or that a newer one has replaced, only the provider's word is noted: the
    verification is the newer one's.
    """
    session.provider_status = result.status
    session.read_at = at
    session.polls += 1
    session.unknown_members = list(result.unknown_members)
    save_session(session, at, "provider_status", "read_at", "polls", "unknown_members")
    if session.status in FINAL or _is_replaced(session):
        return
    if result.status in WAITING:
        _still_open(session, verification, actor=actor, at=at)
    elif result.status == "processing":
        _in_progress(session, verification, actor=actor, at=at)
    elif result.status == "recapture":
        _recapture(session, verification, actor=actor, at=at)
    elif result.status == "complete":
        _complete(session, verification, result, actor=actor, at=at)
    elif result.status == "error":
        _no_result(
            session,
            verification,
            SessionStatus.FAILED,
            "The session failed at the provider, which gives no reason. Nothing was decided; make a new session.",
            actor=actor,
            at=at,
        )
    else:
        _alarm(session, f"The provider answered with a status the portal does not know: “{result.status}”.", at)
        _still_open(session, verification, actor=actor, at=at)


def session_lost(session: VerificationSession, verification: Verification, *, actor: str, at: dt.datetime) -> None:
    """404 on a session that was created: deleted there, or the retention is over."""
    if _is_replaced(session):
        move_session(session, SessionStatus.LOST, actor=actor, at=at)
        return
    _no_result(
        session,
        verification,
        SessionStatus.LOST,
        "The provider no longer knows this session: it was deleted there, or its retention is over. "
        "Nothing was decided; make a new session.",
        actor=actor,
        at=at,
    )


def expire_session(session: VerificationSession, verification: Verification, *, actor: str, at: dt.datetime) -> None:
    """Our clock is past the session's end and there is no result."""
    if not move_session(session, SessionStatus.EXPIRED, actor=actor, at=at):
        return
    move_verification(
        verification,
        VerificationStatus.EXPIRED,
        action=AuditAction.SESSION_MOVED,
        actor=actor,
        at=at,
        attention="The session ended before the customer was done. Make a new session to try again.",
        after=SessionStatus.EXPIRED,
    )


def _is_replaced(session: VerificationSession) -> bool:
    return session.verification.sessions.filter(pk__gt=session.pk).exists()


def _still_open(session: VerificationSession, verification: Verification, *, actor: str, at: dt.datetime) -> None:
    if session.expires_at is not None and at >= session.expires_at + EXPIRY_MARGIN:
        expire_session(session, verification, actor=actor, at=at)


def _in_progress(session: VerificationSession, verification: Verification, *, actor: str, at: dt.datetime) -> None:
    """The customer is done: from now on readings are quick. A check that never ends ends with its session."""
    if session.expires_at is not None and at >= session.expires_at + LONGEST_CHECK:
        expire_session(session, verification, actor=actor, at=at)
        return
    if session.polling_since is None or session.status == SessionStatus.ACTION_REQUIRED:
        session.polling_since, session.polls = at, 0
        save_session(session, at, "polling_since", "polls")
    move_session(session, SessionStatus.IN_PROGRESS, actor=actor, at=at)
    move_verification(
        verification,
        VerificationStatus.ACCEPTED,
        action=AuditAction.VERIFICATION_ACCEPTED,
        actor=actor,
        at=at,
        reference=session.provider_reference,
    )


def _recapture(session: VerificationSession, verification: Verification, *, actor: str, at: dt.datetime) -> None:
    if session.shape == SessionShape.BACKEND:
        doing = "Make a new session with better pictures."
    elif session.returned_at is not None:
        doing = "The customer has left the provider's pages already: make a new session for them."
    else:
        doing = "The provider's pages ask the customer for them; nothing is to be done here."
    move_session(session, SessionStatus.ACTION_REQUIRED, actor=actor, at=at)
    if verification.status == VerificationStatus.WAITING_FOR_CUSTOMER:
        verification.attention = f"The provider wants the pictures taken again. {doing}"
        verification.save(update_fields=["attention"])
        return
    move_verification(
        verification,
        VerificationStatus.WAITING_FOR_CUSTOMER,
        action=AuditAction.SESSION_MOVED,
        actor=actor,
        at=at,
        attention=f"The provider wants the pictures taken again. {doing}",
        after=SessionStatus.ACTION_REQUIRED,
    )


def _complete(
    session: VerificationSession, verification: Verification, result: SessionResult, *, actor: str, at: dt.datetime
) -> None:
    session.recommendation = result.recommendation
    session.is_deprecated_shape = result.is_deprecated_shape
    session.checks = [
        {"name": check.name, "recommendation": check.recommendation, "reasons": list(check.reasons)}
        for check in result.checks
    ]
    session.risk = _risk_summary(result.risk)
    seal(session, "result", json.dumps(result.document, ensure_ascii=False, default=str), mask=masks.mask_whole())
    save_session(session, at, "recommendation", "is_deprecated_shape", "checks", "risk", "result")
    store_values(verification=verification, values=result.values, at=at)
    answer, explanation = _answer(session, result, at)
    move_session(session, SessionStatus.COMPLETED, actor=actor, at=at, recommendation=result.recommendation)
    move_verification(
        verification,
        VerificationStatus.COMPLETED,
        action=AuditAction.VERIFICATION_COMPLETED,
        actor=actor,
        at=at,
        answer=answer,
        reasons=tuple(reason for check in result.checks for reason in check.reasons)[:20],
        explanation=explanation,
        recommendation=result.recommendation,
    )


def _answer(session: VerificationSession, result: SessionResult, at: dt.datetime) -> tuple[str, str]:
    if result.is_deprecated_shape:
        text = "The result came in a shape the provider has given up. It is kept, and it is not a pass: decide by hand."
        _alarm(session, text, at)
        return ProviderAnswer.UNREADABLE, text
    if result.recommendation in (ProviderAnswer.ALLOW, ProviderAnswer.CHALLENGE, ProviderAnswer.DENY):
        answer = ProviderAnswer(result.recommendation)
        return answer, EXPLANATIONS[answer]
    said = result.recommendation or "none"
    text = f"The recommendation “{said}” is not one the portal knows. It is not a pass: decide by hand."
    _alarm(session, text, at)
    return ProviderAnswer.UNREADABLE, text


def _no_result(
    session: VerificationSession,
    verification: Verification,
    status: SessionStatus,
    message: str,
    *,
    actor: str,
    at: dt.datetime,
) -> None:
    if not move_session(session, status, actor=actor, at=at):
        return
    move_verification(
        verification,
        VerificationStatus.COMPLETED,
        action=AuditAction.VERIFICATION_COMPLETED,
        actor=actor,
        at=at,
        answer=ProviderAnswer.NO_RESULT,
        explanation=message,
        after=status,
    )


def _alarm(session: VerificationSession, message: str, at: dt.datetime) -> None:
    session.attention = message[:500]
    save_session(session, at, "attention")


def _risk_summary(risk: Mapping[str, Any]) -> dict[str, Any]:
    """What of the risk details says nothing about the person: words, flags and the score."""
    general = risk.get("general")
    summary: dict[str, Any] = {}
    if isinstance(general, Mapping):
        summary |= {name: general[name] for name in ("recommendation", "risk_score") if _is_plain(general.get(name))}
    reasons = risk.get("recommendation_reasons")
    if isinstance(reasons, list):
        summary["reasons"] = [reason[:100] for reason in reasons if isinstance(reason, str)][:70]
    for part, names in _RISK_FLAGS.items():
        given = risk.get(part)
        if isinstance(given, Mapping):
            summary[part] = {name: given[name] for name in names if _is_plain(given.get(name))}
    return summary


def _is_plain(value: object) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 60)
