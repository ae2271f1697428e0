"""What the services of delivery do, for the table in ``test_every_write_is_audited``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.factories import ACTOR, NOON
from tests.fakes import WANTED, FakeProvider
from tests.services.support import deliver, submissions, submitted
from verifications.models import ProviderCall, Reconciliation, Verification
from verifications.providers.errors import OutcomeUnknown, ProviderUnavailable
from verifications.services import circuits, dead_letters, reconciliation_records, reconciliations, restores
from verifications.services.outcomes import outcome_of_error

Act = Callable[[], Any]
REASON = "The provider has nothing of it."
SECOND = "user:99"

READS = {
    "call_rebuilds.prove_body", "call_rebuilds.rebuilt_body", "lanes.may_pipeline",
}  # fmt: skip
LEDGER = {"doorbell.ring_account"}
BOOKKEEPING = {"circuits.take_turn", "lanes.note_nonce_refused"}
WITH_ITS_CALLER = {"dead_letters.bury_overtaken"}
SWALLOW_FAULTS = ("dead_letters.retry_dead_calls",)
"""Tells for each call what kept it; a fault of the database goes up."""


def lost() -> Verification:
    """A submission whose answer was lost."""
    verification = submitted()
    deliver(verification.account, FakeProvider(fails_with=[OutcomeUnknown("No answer.")], actions=(WANTED,)))
    verification.refresh_from_db()
    return verification


def proposed(choice: str = "SEND_AGAIN", **changes: Any) -> Reconciliation:
    arguments: dict[str, Any] = {"reason": REASON, "actor": ACTOR, "at": NOON}
    return reconciliations.propose_reconciliation(verification_id=lost().pk, choice=choice, **(arguments | changes))


def dead() -> ProviderCall:
    """A submission that was not processed and is not tried again by itself."""
    verification = submitted()
    deliver(verification.account, FakeProvider(fails_with=[ProviderUnavailable("Busy.")]))
    ProviderCall.objects.filter(verification=verification, status="WAITING").delete()
    (call,) = submissions(verification)
    ProviderCall.objects.filter(pk=call.pk).update(is_dead=True)
    return ProviderCall.objects.get(pk=call.pk)


def _of(function: Callable[..., Any], **arguments: Any) -> Act:
    return lambda: function(**({"actor": ACTOR, "at": NOON} | arguments))


def _overtaken() -> Act:
    return _of(reconciliation_records.overtake, verification=proposed().verification)


def _opened() -> Act:
    call = submissions(submitted())[0]
    call.account.failures = circuits.OPENS_AFTER - 1
    call.account.save(update_fields=["failures"])
    outcome = outcome_of_error(OutcomeUnknown("No answer.", code="timeout"), call=call, bytes_left=True)
    return _of(circuits.note_outcome, call=call, outcome=outcome)


def _restored() -> Act:
    submitted()
    return _of(restores.after_restore)


def _many() -> Act:
    return _of(dead_letters.retry_dead_calls, call_ids=[dead().pk])


WRITES: dict[str, Callable[[], Act]] = {
    "circuits.note_outcome": _opened,
    "dead_letters.retry_dead_call": lambda: _of(dead_letters.retry_dead_call, call_id=dead().pk),
    "dead_letters.retry_dead_calls": _many,
    "dead_letters.set_aside": lambda: _of(dead_letters.set_aside, call_id=dead().pk, reason="Not needed any more."),
    "reconciliation_records.overtake": _overtaken,
    "reconciliations.decide_reconciliation": lambda: _of(
        reconciliations.decide_reconciliation,
        reconciliation_id=proposed().pk,
        approve=True,
        note="",
        actor=SECOND,
    ),
    "reconciliations.propose_reconciliation": lambda: _of(
        reconciliations.propose_reconciliation, verification_id=lost().pk, choice="SEND_AGAIN", reason=REASON
    ),
    "reconciliations.withdraw_reconciliation": lambda: _of(
        reconciliations.withdraw_reconciliation, reconciliation_id=proposed().pk
    ),
    "restores.after_restore": _restored,
}
