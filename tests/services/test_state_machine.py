"""A submission under any order of events: workers, sweeps, readings, late answers, people. What is final stays so."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.factories import ACTOR, NOON, make_draft, make_provider_user
from tests.fakes import WAIT, FakeProvider
from verifications.enums import (
    CALL_TRANSITIONS,
    CLOSED_STATUSES,
    SUBMIT_OPERATIONS,
    VERIFICATION_TRANSITIONS,
    CallOperation,
    CallStatus,
    CaseState,
    ReconciliationChoice,
    ReconciliationStatus,
    VerificationStatus,
)
from verifications.errors import DomainError
from verifications.models import AuditEvent, ProviderCall, Reconciliation, Verification
from verifications.providers.errors import (
    OutcomeUnknown,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)
from verifications.providers.types import RequiredAction, SentRequest, SubmissionAccepted, UserState
from verifications.services.call_records import record_outcome
from verifications.services.call_sweep import sweep
from verifications.services.cases import STATE_BY_STATUS
from verifications.services.dead_letters import retry_dead_call, set_aside
from verifications.services.ledger_journal import ClaimLost, LedgerJournal
from verifications.services.outcomes import Outcome, outcome_of_error
from verifications.services.provider_accounts import resume_account
from verifications.services.provider_calls import claim_next, deliver_lane
from verifications.services.provider_users import request_status_read
from verifications.services.reconciliations import (
    decide_reconciliation,
    propose_reconciliation,
    withdraw_reconciliation,
)
from verifications.services.restores import after_restore
from verifications.services.verification_data import ScreeningData, VerificationData
from verifications.services.verifications import cancel_verification, retry_delivery, submit_verification

WANTED = RequiredAction("verification", "sanctions_check", ("initial_onboarding",))
PEOPLE = ("user:1", "user:2", "user:3")
TAKEN = (VerificationStatus.ACCEPTED, VerificationStatus.COMPLETED)
ERRORS: tuple[Exception, ...] = (
    ProviderRefused("No.", code="no", http_status=400),
    ProviderUnavailable("Busy.", code="busy", http_status=429),
    ProviderUnavailable("Late nonce.", code="nonce", http_status=401, fresh_nonce=True),
    OutcomeUnknown("No answer.", code="timeout"),
    ProviderProtocolError("Key refused.", code="auth", http_status=401),
    ProviderProtocolError("Moved.", code="moved", http_status=301),
    ProviderProtocolError("Not allowed.", code="permission", http_status=403),
    RuntimeError("a fault of the portal"),
)
INCONCLUSIVE = (OutcomeUnknown, RuntimeError)
LOST = OutcomeUnknown("No answer.", code="timeout")
errors = st.sampled_from(ERRORS)
people = st.sampled_from(PEOPLE)


_drafts: list[Verification] = []
"""Made once; every example undoes what it did to it."""


class SubmissionMachine(RuleBasedStateMachine):
    """One verification; workers are held as (call, token) pairs between their claim and their answer, however late."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.clock = time_machine.travel(NOON, tick=False)
        self.traveller = self.clock.start()
        self.draft = _drafts[-1]
        self.account = self.draft.account
        self.workers: list[tuple[ProviderCall, uuid.UUID, bool]] = []
        self.arrived = 0
        self.last_nonce = 0
        self.reached: list[str] = ["DRAFT"]
        self.calls_reached: dict[int, str] = {}

    def teardown(self) -> None:
        self.clock.stop()
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @property
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    @property
    def verification(self) -> Verification:
        return Verification.objects.select_related("case", "account", "provider_user").get(pk=self.draft.pk)

    def person(self, act: Any, **arguments: Any) -> None:
        """People may try anything; what is not possible is refused and changes nothing."""
        try:
            with transaction.atomic():
                act(at=self.now, **arguments)
        except DomainError:
            return

    @rule(seconds=st.sampled_from([1, 5, 40, 400, 4000, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.traveller.shift(seconds)

    @initialize()
    def it_is_submitted(self) -> None:
        submit_verification(verification_id=self.draft.pk, actor=PEOPLE[0], at=self.now)

    @rule(actor=people)
    def submit_again(self, actor: str) -> None:
        self.person(submit_verification, verification_id=self.draft.pk, actor=actor)

    @rule(actor=people, meant=st.integers(0, 7))
    def cancel(self, actor: str, meant: int) -> None:
        """Seldom, for it ends the story."""
        if meant == 0:
            self.person(cancel_verification, verification_id=self.draft.pk, actor=actor)

    @rule(actor=people)
    def retry(self, actor: str) -> None:
        self.person(retry_delivery, verification_id=self.draft.pk, actor=actor)

    @rule(leaves=st.booleans(), arrives=st.booleans())
    def a_worker_claims(self, leaves: bool, arrives: bool) -> None:
        """Up to the moment where bytes leave, or not; whether they arrive, nobody here will know."""
        claimed = claim_next(key_id=self.account.key_id, now=self.now)
        if claimed is None:
            return
        call, token = claimed
        if leaves:
            updated = ProviderCall.objects.filter(pk=call.pk, claim_token=token).update(sending_at=self.now)
            assert updated == 1
            self.arrived += arrives and call.operation in SUBMIT_OPERATIONS
        self.workers.append((call, token, leaves and arrives))

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), error=st.none() | errors)
    def a_worker_answers(self, data: st.DataObject, error: Exception | None) -> None:
        """However late, and even when the row has another owner by now."""
        call, token, arrived = self.workers.pop(data.draw(st.integers(0, len(self.workers) - 1)))
        sent = ProviderCall.objects.filter(pk=call.pk, claim_token=token, sending_at__isnull=False).exists()
        if arrived and not (error is None or isinstance(error, INCONCLUSIVE)):
            error = LOST  # who has taken it in does not say that it has not
        if not arrived and error is None:
            error = LOST
        outcome = self._outcome(call, error, bytes_left=sent)
        record_outcome(call_id=call.pk, token=token, outcome=outcome, answer=None, now=self.now)

    def _outcome(self, call: ProviderCall, error: Exception | None, *, bytes_left: bool) -> Outcome:
        if error is not None:
            return outcome_of_error(error, call=call, bytes_left=bytes_left)
        if call.operation == CallOperation.GET_USER:
            return Outcome.succeeded(UserState(user_id="AA", state="ok", required_actions=(WAIT,)))
        return Outcome.succeeded(SubmissionAccepted(f"ver_{call.pk}"))

    @precondition(lambda self: self.workers)
    @rule()
    def a_worker_begins_to_send_late(self) -> None:
        """It was stopped between its claim and its first byte: without the claim nothing leaves."""
        call, token, _arrived = self.workers[-1]
        journal = LedgerJournal(call=call, token=token, lane_token=uuid.uuid4())
        owns = ProviderCall.objects.filter(pk=call.pk, claim_token=token, status=CallStatus.SENDING).exists()
        try:
            journal.sending(_request())
        except ClaimLost:
            assert not owns
        else:
            assert owns

    @rule()
    def the_schedule_sweeps(self) -> None:
        sweep(now=self.now)

    @rule(actions=st.sampled_from([(), (WAIT,), (WANTED,), (WAIT, WANTED)]), error=st.none() | errors)
    def the_user_is_read(self, actions: Any, error: Exception | None) -> None:
        """A whole delivery of whatever is due; a submission among it is answered by ``error``, or accepted."""
        provider = FakeProvider(actions=actions, fails_with=[] if error is None else [error])
        deliver_lane(key_id=self.account.key_id, client_factory=provider.client)
        took_in = provider.calls if error is None or isinstance(error, INCONCLUSIVE) else provider.calls[1:]
        self.arrived += sum(name.startswith("submit") for name, _argument in took_in)
        assert provider.nonces == sorted(set(provider.nonces))
        assert not provider.nonces or provider.nonces[0] > self.last_nonce
        self.last_nonce = max([self.last_nonce, *provider.nonces])

    @rule(actor=people)
    def a_reading_is_asked_for(self, actor: str) -> None:
        self.person(request_status_read, provider_user_id=self.draft.provider_user_id, actor=actor)

    @rule(actor=people, choice=st.sampled_from(ReconciliationChoice.values))
    def somebody_proposes(self, actor: str, choice: str) -> None:
        self.person(
            propose_reconciliation,
            verification_id=self.draft.pk,
            choice=choice,
            reason="Asked the provider's support.",
            reference="ver_told_by_support" if choice == ReconciliationChoice.MATCH else "",
            actor=actor,
        )

    @rule(actor=people, approve=st.booleans())
    def somebody_decides(self, actor: str, approve: bool) -> None:
        for proposed in Reconciliation.objects.order_by("-pk")[:1]:
            self.person(decide_reconciliation, reconciliation_id=proposed.pk, approve=approve, note="", actor=actor)

    @rule(actor=people)
    def somebody_withdraws(self, actor: str) -> None:
        for proposed in Reconciliation.objects.order_by("-pk")[:1]:
            self.person(withdraw_reconciliation, reconciliation_id=proposed.pk, actor=actor)

    @rule(actor=people, again=st.booleans())
    def somebody_looks_at_the_dead(self, actor: str, again: bool) -> None:
        for call in ProviderCall.objects.filter(is_dead=True).order_by("pk")[:1]:
            if again:
                self.person(retry_dead_call, call_id=call.pk, actor=actor)
            else:
                self.person(set_aside, call_id=call.pk, reason="Not needed any more.", actor=actor)

    @rule(actor=people)
    def an_administrator_resumes_the_account(self, actor: str) -> None:
        self.person(resume_account, account_id=self.account.pk, actor=actor)

    @rule()
    def the_database_is_restored(self) -> None:
        after_restore(actor=ACTOR, at=self.now)

    @invariant()
    def every_promise_holds(self) -> None:
        verification, calls = self.verification, list(ProviderCall.objects.order_by("id"))
        submits = [call for call in calls if call.operation in SUBMIT_OPERATIONS]
        self._stays_final(verification.status)
        self._calls_stay_ended(calls)
        self._once_but_for_two_people(submits)
        self._moves_or_says_why(verification, submits)
        if verification.case is not None:
            assert verification.case.state in (STATE_BY_STATUS[verification.status], CaseState.NEEDS_DECISION)

    def _stays_final(self, status: str) -> None:
        before = self.reached[-1]
        if status == before:
            return
        assert before not in CLOSED_STATUSES, f"{before} became {status}"
        assert before not in TAKEN or status in TAKEN, f"{before} became {status}"
        assert _leads(VERIFICATION_TRANSITIONS, before, status), f"{before} became {status}"
        self.reached.append(status)
        if status in TAKEN:
            subject = str(self.draft.public_id)
            assert AuditEvent.objects.filter(action="verification.accepted", subject_id=subject).exists()

    def _calls_stay_ended(self, calls: list[ProviderCall]) -> None:
        for call in calls:
            before = self.calls_reached.setdefault(call.pk, call.status)
            assert before == call.status or _leads(CALL_TRANSITIONS, before, call.status), f"{before} -> {call.status}"
            self.calls_reached[call.pk] = call.status

    def _once_but_for_two_people(self, submits: list[ProviderCall]) -> None:
        carried_out = Reconciliation.objects.filter(status=ReconciliationStatus.CARRIED_OUT)
        choices = [one for one in carried_out if one.choice != ReconciliationChoice.MATCH]
        ends = [call.status for call in submits]
        assert all(one.decided_by != one.proposed_by for one in choices)
        assert ends.count(CallStatus.SUCCEEDED) <= 1
        assert self.arrived <= 1 + len(choices)

    def _moves_or_says_why(self, verification: Verification, submits: list[ProviderCall]) -> None:
        open_ = [call.status for call in submits if call.status in (CallStatus.WAITING, CallStatus.SENDING)]
        assert len(open_) <= 1
        if verification.status == VerificationStatus.SENDING:
            assert open_ == [CallStatus.SENDING]
        if verification.status == VerificationStatus.QUEUED:
            assert open_ or verification.attention
        if verification.status == VerificationStatus.OUTCOME_UNKNOWN:
            assert submits[-1].status == CallStatus.UNKNOWN
            assert verification.attention


def _leads(table: Any, before: str, after: str) -> bool:
    """Whether ``after`` is reached from ``before``, over several steps where one rule makes several."""
    seen, waiting = set(), [before]
    while waiting:
        for one in table[type(next(iter(table)))(waiting.pop())] - seen:
            seen.add(one)
            waiting.append(one)
    return after in seen


def _draft() -> Verification:
    """A screening: the smallest submission there is, without a file."""
    data = VerificationData(
        sanctions=ScreeningData(status="Cleared", verifier="example-idv", verified_at=NOON - dt.timedelta(hours=1))
    )
    wanted = [{"kind": "verification", "subject": "sanctions_check", "reasons": ["initial_onboarding"], "deadline": ""}]
    user = make_provider_user(required_actions=wanted)
    return make_draft(user, type="watchlists", data=data, with_front=False)


def _request() -> SentRequest:
    return SentRequest(
        method="POST", target="/late", key_id="key-late", nonce="", body_sha256="0" * 64,
        body_size=1, content_type="application/json", redacted={}, original=b"x",
    )  # fmt: skip


@pytest.mark.django_db
def test_no_order_of_events_takes_back_a_final_result_or_sends_twice() -> None:
    _drafts.append(_draft())

    run_state_machine_as_test(
        SubmissionMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            phases=[Phase.generate],
        ),
    )
