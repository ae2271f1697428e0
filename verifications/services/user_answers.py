"""What a reading of the user's status says of the verifications that wait for an answer, and when to read again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.db.models import Q

from verifications.enums import AuditAction, VerificationStatus, VerificationType
from verifications.models import ProviderCall, ProviderUser, Verification
from verifications.providers.outcome import OutcomeAnswer, OutcomeReading, read_outcome
from verifications.providers.types import RequiredAction, UserState
from verifications.services.audit import record_event
from verifications.services.cases import follow_verification
from verifications.services.reconciliation_records import overtake
from verifications.services.verification_data import SCREENED_LISTS, verification_data

POLLING = (
    (dt.timedelta(seconds=15), dt.timedelta(seconds=1)),
    (dt.timedelta(minutes=2), dt.timedelta(seconds=5)),
    (dt.timedelta(minutes=15), dt.timedelta(seconds=30)),
    (dt.timedelta(hours=2), dt.timedelta(minutes=5)),
    (dt.timedelta(days=1), dt.timedelta(minutes=30)),
    (dt.timedelta(days=14), dt.timedelta(hours=3)),
)
"""Up to this age of the submission, read again after that long. Past the last row a person asks for a reading."""

UNREAD = "The user's status could not be read, so there is no answer yet. Read it again from the customer's page."
READING_FIELDS = (
    "answer",
    "answer_reasons",
    "answer_explanation",
    "status",
    "attention",
    "completed_at",
    "updated_at",
)
OUTCOME_OPEN = (VerificationStatus.ACCEPTED, VerificationStatus.OUTCOME_UNKNOWN)


def answer_verifications(
    user: ProviderUser, *, state: UserState, call: ProviderCall, actor: str, at: dt.datetime
) -> dt.timedelta | None:
    """Answer every open verification of the user; returns how long to wait before the next reading, if one is needed.

    Call it in the transaction that records the reading.
    """
    waits = [
        wait
        for verification in _open_verifications(user)
        if (wait := _answer(verification, state=state, call=call, actor=actor, at=at)) is not None
    ]
    return min(waits, default=None)


def tell_unread(user: ProviderUser, *, at: dt.datetime) -> None:
    """No reading, no answer: the verifications that wait for one say so, for nothing asks again by itself."""
    for verification in _open_verifications(user):
        if not verification.attention:
            verification.attention = f"{UNREAD} {user.problem}"[:500]
            verification.updated_at = at
            verification.save(update_fields=["attention", "updated_at"])


def _answer(
    verification: Verification, *, state: UserState, call: ProviderCall, actor: str, at: dt.datetime
) -> dt.timedelta | None:
    """Write what the reading says of one verification; returns how long to wait before reading again, if at all."""
    reading = read_outcome(
        user=state,
        verification_type=verification.type,
        lists=_screened_lists(verification),
        baseline=_baseline(verification),
    )
    if verification.status == VerificationStatus.OUTCOME_UNKNOWN and _shows_receipt(verification, reading, state):
        _accept_unknown(verification, call=call, actor=actor, at=at)
    _write_reading(verification, reading, call=call, actor=actor, at=at)
    if verification.status == VerificationStatus.COMPLETED:
        return None
    age = at - (verification.accepted_at or verification.submitted_at or at)
    for until, wait in POLLING:
        if age <= until:
            return wait
    if not verification.attention:
        verification.attention = (
            "The provider gave no final answer in two weeks. Read the status again, or ask the provider."
        )
        verification.save(update_fields=["attention"])
        _verification_event(AuditAction.VERIFICATION_STOPPED, verification, call, actor, at)
    return None


def _shows_receipt(verification: Verification, reading: OutcomeReading, state: UserState) -> bool:
    """Whether the reading proves that a submission of unknown outcome arrived (kraken-embed 8.1, payward-services 8.1).

    The requirement was listed before it was sent, is gone or under review now, and no other submission explains that:
    for one that is gone another of the same type could, for a review that leaves it listed any other of the user's.
    """
    before = _baseline(verification)
    if before is None or reading.answer not in (OutcomeAnswer.REQUIREMENT_MET, OutcomeAnswer.IN_REVIEW):
        return False
    wanted = read_outcome(
        user=before, verification_type=verification.type, lists=_screened_lists(verification), baseline=None
    )
    if wanted.answer != OutcomeAnswer.STILL_WANTED:
        return False
    settled = tuple(action for action in state.required_actions if action.kind != "wait")
    listed = read_outcome(
        user=replace(state, required_actions=settled),
        verification_type=verification.type,
        lists=_screened_lists(verification),
        baseline=None,
    )
    since = verification.submitted_at or verification.created_at
    others = (
        Verification.objects.filter(provider_user=verification.provider_user)
        .filter(Q(accepted_at__gte=since) | Q(status__in=[VerificationStatus.SENDING, *OUTCOME_OPEN]))
        .exclude(pk=verification.pk)
    )
    if listed.answer == OutcomeAnswer.REQUIREMENT_MET:
        others = others.filter(type=verification.type)
    return not others.exists()


def _accept_unknown(verification: Verification, *, call: ProviderCall, actor: str, at: dt.datetime) -> None:
    """Received, as the user's status shows; the provider's verification id was in the lost answer."""
    verification.status = VerificationStatus.ACCEPTED
    verification.accepted_at = at
    verification.attention = "The answer with the verification id was lost; the user's status shows that it arrived."
    verification.save(update_fields=["status", "accepted_at", "attention"])
    overtake(verification=verification, actor=actor, at=at)
    record_event(
        action=AuditAction.VERIFICATION_ACCEPTED,
        actor=actor,
        subject=verification,
        at=at,
        details={"call": str(call.public_id), "evidence": "status_read", "reference": ""},
    )


def _write_reading(
    verification: Verification, reading: OutcomeReading, *, call: ProviderCall, actor: str, at: dt.datetime
) -> None:
    before = {name: getattr(verification, name) for name in READING_FIELDS}
    changed = (verification.answer, verification.answer_reasons) != (reading.answer, list(reading.reasons))
    completes = reading.is_final and verification.status == VerificationStatus.ACCEPTED
    verification.answer = reading.answer
    verification.answer_reasons = list(reading.reasons)
    verification.answer_explanation = reading.explanation[:500]
    if verification.attention.startswith(UNREAD):
        verification.attention = ""
    if completes:
        verification.status = VerificationStatus.COMPLETED
        verification.completed_at = at
        verification.attention = ""
    if changed or completes:
        verification.updated_at = at
    if new := [name for name in READING_FIELDS if getattr(verification, name) != before[name]]:
        verification.save(update_fields=new)
    if completes:
        _verification_event(AuditAction.VERIFICATION_COMPLETED, verification, call, actor, at)
    elif changed:
        _verification_event(AuditAction.VERIFICATION_ANSWERED, verification, call, actor, at)
    follow_verification(verification=verification, actor=actor, at=at)


def _verification_event(
    action: AuditAction, verification: Verification, call: ProviderCall, actor: str, at: dt.datetime
) -> None:
    record_event(
        action=action,
        actor=actor,
        subject=verification,
        at=at,
        details={"call": str(call.public_id), "answer": verification.answer, "reasons": verification.answer_reasons},
    )


def _open_verifications(user: ProviderUser) -> list[Verification]:
    return list(
        Verification.objects.select_for_update(of=("self",))
        .select_related("customer", "account")
        .filter(provider_user=user, status__in=OUTCOME_OPEN)
        .order_by("id")
    )


def _screened_lists(verification: Verification) -> tuple[str, ...]:
    if verification.type != VerificationType.WATCHLISTS:
        return ()
    data = verification_data(verification)
    return tuple(name for name in SCREENED_LISTS if getattr(data, name).status)


def _baseline(verification: Verification) -> UserState | None:
    if verification.baseline_actions is None:
        return None
    actions = tuple(
        RequiredAction(
            kind=action["kind"],
            subject=action["subject"],
            reasons=tuple(action["reasons"]),
            deadline=action["deadline"],
        )
        for action in verification.baseline_actions
    )
    return UserState(user_id="", state="ok", required_actions=actions)
