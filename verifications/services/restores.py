"""After a restore from a backup: what may have been sent since the backup was taken is known to nobody here.

A row that waits, or was being sent, when the backup was taken may have reached the provider afterwards. Sending it
again could send it twice, so it counts as unknown like a call whose answer was lost: evidence settles it, or people do.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from verifications.enums import AuditAction, CallOperation, CallStatus, LogKind, VerificationStatus
from verifications.models import ApiKeyLane, ProviderCall, Verification
from verifications.providers.errors import OutcomeUnknown
from verifications.providers.registry import definition
from verifications.selectors.seals import head_of
from verifications.services.audit import record_event
from verifications.services.call_effects import apply_outcome
from verifications.services.call_records import mark_waiting, write_outcome
from verifications.services.doorbell import ring_account
from verifications.services.log_checks import anchors_ahead, signed_restore
from verifications.services.outcomes import outcome_of_error
from verifications.services.verifications import OPERATION_OF_METHOD

CODE = "restored"
MESSAGE = (
    "The portal was restored from a backup. This may have been sent after the backup was taken, so it is not sent "
    "again by itself. Read the status at the provider, then choose what happened."
)
STOPPED = "The portal was restored from a backup. It may have been sent since: ask the provider before you send it."
LEAD = dt.timedelta(hours=1)
"""How far a key's nonces climb above the clock: the last one given out before may have been above it too."""


@dataclass(frozen=True)
class RestoreReport:
    """How many rows were touched; all zero when there was nothing left to do."""

    unknown: int = 0
    repeated: int = 0
    stopped: int = 0
    lanes: int = 0
    lost: int = 0
    """Anchors outside that name seals this database does not have: what was logged after the backup."""

    @property
    def changed(self) -> bool:
        return bool(self.unknown or self.repeated or self.stopped or self.lanes or self.lost)


@transaction.atomic
def after_restore(*, actor: str, at: dt.datetime) -> RestoreReport:
    """Make a restored database safe to deliver from; run it before any worker starts. A second run changes nothing.

    Calls that must not be repeated blindly become unknown, with the reading that may settle them; calls that may be
    repeated wait again; what had stopped says that it may have been sent since; every key's nonces start above whatever
    was given out before; the event names the seal each log is at, so that anchors of later ones are known to speak of
    what the restore took back. One transaction: whoever is interrupted starts it again.
    """
    unknown = repeated = 0
    open_calls = (
        ProviderCall.objects.select_for_update(of=("self",))
        .select_related("account", "customer", "verification", "provider_user", "session", "link", "previous")
        .filter(status__in=[CallStatus.WAITING, CallStatus.SENDING])
        .exclude(operation=CallOperation.FETCH_TOKEN)  # never goes again by itself; the sweep ends it
        .order_by("id")
    )
    for call in list(open_calls):
        if _repeatable(call):
            repeated += _wait_again(call, actor, at)
        else:
            _make_unknown(call, actor, at)
            unknown += 1
    report = RestoreReport(
        unknown=unknown, repeated=repeated, stopped=_tell_stopped(actor, at), lanes=_climb(at), lost=anchors_ahead()
    )
    if report.changed:
        record_event(
            action=AuditAction.DATABASE_RESTORED,
            actor=actor,
            subject=None,
            at=at,
            details={
                "unknown": report.unknown,
                "repeated": report.repeated,
                "stopped": report.stopped,
                "lanes": report.lanes,
                "anchors": report.lost,
                **signed_restore({log.value: head.number if (head := head_of(log)) else 0 for log in LogKind}, at=at),
            },
        )
    return report


def _repeatable(call: ProviderCall) -> bool:
    return call.operation in definition(call.account.kind).repeatable_operations


def _wait_again(call: ProviderCall, actor: str, at: dt.datetime) -> bool:
    """A claim of before belongs to no worker of now."""
    if call.status != CallStatus.SENDING:
        return False
    ProviderCall.objects.filter(pk=call.pk).update(
        status=CallStatus.WAITING, claim_token=None, lease_expires_at=None, started_at=None, sending_at=None
    )
    mark_waiting(call=call, cause=CODE, actor=actor, at=at)
    ring_account(call.account)
    return True


def _make_unknown(call: ProviderCall, actor: str, at: dt.datetime) -> None:
    outcome = outcome_of_error(OutcomeUnknown(MESSAGE, code=CODE), call=call, bytes_left=True)
    write_outcome(call, outcome, None, at)
    call.claim_token = None  # a worker that outlived the restore has no answer to what was restored
    call.save(update_fields=["claim_token"])
    apply_outcome(call=call, outcome=outcome, actor=actor, at=at)


def _tell_stopped(actor: str, at: dt.datetime) -> int:
    """What waits for a person to start it again was perhaps started since."""
    stopped = (
        Verification.objects.filter(
            status=VerificationStatus.QUEUED, method__in=OPERATION_OF_METHOD, calls__is_dead=True
        )
        .exclude(attention=STOPPED)
        .select_related("customer")
        .distinct()
    )
    told = list(stopped)
    for verification in told:
        verification.attention = STOPPED
        verification.updated_at = at
        verification.save(update_fields=["attention", "updated_at"])
        record_event(
            action=AuditAction.VERIFICATION_STOPPED,
            actor=actor,
            subject=verification,
            at=at,
            details={"cause": CODE},
        )
    return len(told)


def _climb(at: dt.datetime) -> int:
    """Free every lane and lift its nonces above the clock, once: a second run finds them there."""
    clock = int(at.timestamp() * 1_000_000_000)
    above = clock + int(LEAD.total_seconds()) * 1_000_000_000
    lanes = ApiKeyLane.objects.select_for_update().exclude(last_nonce__gt=clock, holder__isnull=True)
    touched = 0
    for lane in lanes:
        lane.last_nonce = max(lane.last_nonce + 1, above)
        lane.holder = lane.holder_expires_at = None
        lane.save(update_fields=["last_nonce", "holder", "holder_expires_at"])
        touched += 1
    return touched
