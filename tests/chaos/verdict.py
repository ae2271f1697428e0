"""The ledger beside the stand-in's own record, row by row."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from tests.chaos.submitters import APIS
from verifications.enums import (
    SUBMIT_OPERATIONS,
    AuditAction,
    CallOperation,
    CallStatus,
    CaseState,
    ProviderKind,
    ReconciliationChoice,
    ReconciliationStatus,
    VerificationStatus,
)
from verifications.models import AuditEvent, ProviderCall, Reconciliation, Verification

MOVING = (VerificationStatus.QUEUED, VerificationStatus.SENDING)
TAKEN = (VerificationStatus.ACCEPTED, VerificationStatus.COMPLETED)
OPEN = (CallStatus.WAITING, CallStatus.SENDING)
NONCE_CODE = "nonce"


@dataclass
class Verdict:
    """What was found. ``violations`` has a line for each row that breaks the promise; none is the only good number."""

    submitted: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    received: int = 0
    twice_by_choice: int = 0
    nonces_refused: Counter[str] = field(default_factory=Counter)
    calls_sent: Counter[str] = field(default_factory=Counter)
    violations: dict[str, list[str]] = field(
        default_factory=lambda: {"lost": [], "accepted twice": [], "stuck": [], "unknown and not listed": []}
    )

    @property
    def holds(self) -> bool:
        return not any(self.violations.values())


@dataclass
class Row:
    """One verification with everything both sides know of it."""

    verification: Verification
    received: list[str]
    calls: list[ProviderCall]
    choices: int
    has_accepted_event: bool

    def count(self, *statuses: str) -> int:
        return sum(call.status in statuses for call in self.calls)


def unsettled() -> int:
    """Submissions that still move: neither answered, nor refused, nor on a list for people."""
    moving = Q(status__in=MOVING) & ~Q(calls__is_dead=True)
    open_calls = ProviderCall.objects.filter(operation__in=SUBMIT_OPERATIONS, status__in=OPEN).count()
    unread = Verification.objects.filter(status=VerificationStatus.ACCEPTED, answer="", attention="").count()
    return Verification.objects.filter(moving).distinct().count() + open_calls + unread


def compare(record: list[dict[str, Any]], acknowledged: set[uuid.UUID]) -> Verdict:
    """Hold every submission against the record; ``acknowledged`` are those a person was told of."""
    verdict = Verdict(received=len(record))
    rows = _rows(record)
    verdict.submitted = len(rows)
    known = {row.verification.public_id for row in rows}
    verdict.violations["lost"] += [f"{one}: acknowledged, not in the ledger" for one in acknowledged - known]
    users = {(row.verification.account.kind, _reference(row.verification)) for row in rows}
    kinds = {api: kind for kind, api in APIS.items()}
    verdict.violations["lost"] += [
        f"{one['verification_id']}: in the record, not in the ledger"
        for one in record
        if (kinds[one["api"]], one["user_id"]) not in users
    ]
    for row in rows:
        verdict.outcomes[row.verification.get_status_display()] += 1
        verdict.calls.update(f"{call.get_status_display()}: {call.error_code or 'none'}" for call in row.calls)
        for kind, found in _judge(row):
            verdict.violations[kind].append(f"{row.verification.public_id}: {found}")
        verdict.twice_by_choice += len(row.received) > 1 and len(row.received) <= 1 + row.choices
    _count_nonces(verdict)
    return verdict


def _judge(row: Row) -> list[tuple[str, str]]:
    found = []
    status, received = row.verification.status, len(row.received)
    if received > 1 + row.choices:
        found.append(("accepted twice", f"{received} in the record, {row.choices} choices of people"))
    if received > row.count(CallStatus.SUCCEEDED, CallStatus.UNKNOWN) + _matched(row):
        found.append(("accepted twice", "accepted where the ledger says that it was not processed"))
    if status in TAKEN and not received:
        found.append(("lost", "counts as accepted and never arrived"))
    if status in TAKEN and not row.has_accepted_event:
        found.append(("lost", "accepted without its event"))
    if received and status not in (*TAKEN, VerificationStatus.OUTCOME_UNKNOWN) and not row.choices:
        found.append(("lost", f"was accepted, counts as {status}"))
    if row.verification.provider_reference and row.verification.provider_reference not in row.received:
        found.append(("lost", "holds an id that the provider did not give it"))
    if status in MOVING and not any(call.is_dead for call in row.calls):
        found.append(("stuck", f"{status} at the end"))
    if row.count(*OPEN):
        found.append(("stuck", "a submission waits or is being sent at the end"))
    if status == VerificationStatus.ACCEPTED and not (row.verification.attention or _is_read(row.verification)):
        found.append(("stuck", "accepted, and nobody asks for the answer"))
    if status == VerificationStatus.OUTCOME_UNKNOWN and not _is_listed(row):
        found.append(("unknown and not listed", "no call of unknown outcome, no words, or no case in that state"))
    return found


def _rows(record: list[dict[str, Any]]) -> list[Row]:
    received: dict[tuple[str, str], list[str]] = {}
    for one in record:
        received.setdefault((one["api"], one["user_id"]), []).append(one["verification_id"])
    calls: dict[int, list[ProviderCall]] = {}
    submits = ProviderCall.objects.filter(operation__in=SUBMIT_OPERATIONS).defer("request_original", "answer_original")
    for call in submits.order_by("pk"):
        calls.setdefault(call.verification_id or 0, []).append(call)
    choices = Counter(
        Reconciliation.objects.filter(
            status=ReconciliationStatus.CARRIED_OUT,
            choice__in=[ReconciliationChoice.SEND_AGAIN, ReconciliationChoice.NOT_RECEIVED],
        ).values_list("verification_id", flat=True)
    )
    accepted = set(
        AuditEvent.objects.filter(action=AuditAction.VERIFICATION_ACCEPTED).values_list("subject_id", flat=True)
    )
    verifications = Verification.objects.exclude(status=VerificationStatus.DRAFT)
    return [
        Row(
            verification=one,
            received=received.get((APIS[ProviderKind(one.account.kind)], _reference(one)), []),
            calls=calls.get(one.pk, []),
            choices=choices[one.pk],
            has_accepted_event=str(one.public_id) in accepted,
        )
        for one in verifications.select_related("account", "provider_user", "case").order_by("pk")
    ]


def _matched(row: Row) -> int:
    """What two people found not to have arrived, and arrived all the same: the ledger holds their word for it."""
    return sum(call.status == CallStatus.NOT_SENT and "two people" in call.message.lower() for call in row.calls)


def _reference(verification: Verification) -> str:
    return verification.provider_user.provider_reference if verification.provider_user else ""


def _is_read(verification: Verification) -> bool:
    return ProviderCall.objects.filter(
        provider_user_id=verification.provider_user_id, operation=CallOperation.GET_USER, status__in=OPEN
    ).exists()


def _is_listed(row: Row) -> bool:
    case = row.verification.case
    return bool(
        row.verification.attention
        and row.calls
        and row.calls[-1].status == CallStatus.UNKNOWN
        and case is not None
        and case.state == CaseState.OUTCOME_UNKNOWN
    )


def _count_nonces(verdict: Verdict) -> None:
    """Refused nonces by kind of lane, without those that a submission asked for by its mark."""
    sent = ProviderCall.objects.exclude(nonce="").values_list(
        "account__options__pipelined", "error_code", "verification__verifier"
    )
    for pipelined, code, verifier in sent.iterator():
        lane = "pipelined" if pipelined else "lane"
        verdict.calls_sent[lane] += 1
        verdict.nonces_refused[lane] += NONCE_CODE in code and "FAULT-NONCE" not in (verifier or "")
