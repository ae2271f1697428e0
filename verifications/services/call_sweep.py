"""The sweep: finds what nobody works on. It loses nothing and sends nothing itself."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction

from verifications.enums import CallOperation, CallStatus
from verifications.models import ProviderCall
from verifications.services.call_effects import apply_outcome
from verifications.services.call_records import mark_waiting, write_outcome
from verifications.services.circuits import note_outcome
from verifications.services.doorbell import ring
from verifications.services.outcomes import Outcome

logger = logging.getLogger(__name__)

ACTOR = "system:schedule"
MOST_SETTLED = 500


def sweep(*, now: dt.datetime) -> dict[str, int]:
    """Settle abandoned claims and ring for due rows; safe to run anywhere at any time.

    One row that can't be settled is logged and left for the next sweep: it keeps no other row waiting.
    """
    settled = 0
    for pk in list(ProviderCall.objects.abandoned(now).order_by("id").values_list("pk", flat=True)[:MOST_SETTLED]):
        try:
            settled += settle_abandoned(call_id=pk, now=now)
        except Exception:
            logger.exception("Call %s was abandoned and could not be settled.", pk)
    due = ProviderCall.objects.due(now).values_list("account__key_id", "account__upload_key_id").distinct()
    keys = sorted({key_id for pair in due for key_id in pair if key_id})
    for key_id in keys:
        ring(key_id=key_id)
    return {"abandoned": settled, "lanes": len(keys)}


@transaction.atomic
def settle_abandoned(*, call_id: int, now: dt.datetime) -> bool:
    """A worker died holding this row. Before ``sending_at`` nothing left: the row waits again. After it: unknown.

    The fetch of a token belongs to the call that wanted it, which asks for another: it never waits by itself.
    ``False`` when there was nothing to settle: its worker came back, or another sweep was first.
    """
    call = (
        ProviderCall.objects.select_for_update(of=("self",))
        .select_related("account", "customer", "verification", "provider_user", "session", "link", "previous")
        .get(pk=call_id)
    )
    if call.status != CallStatus.SENDING or call.lease_expires_at is None or call.lease_expires_at >= now:
        return False
    if call.sending_at is None and call.operation != CallOperation.FETCH_TOKEN:
        ProviderCall.objects.filter(pk=call_id).update(
            status=CallStatus.WAITING, claim_token=None, lease_expires_at=None, started_at=None
        )
        mark_waiting(call=call, cause="worker_lost_before_sending", actor=ACTOR, at=now)
        return True
    outcome = Outcome.lost(call)
    write_outcome(call, outcome, None, now)
    note_outcome(call=call, outcome=outcome, actor=ACTOR, at=now)
    apply_outcome(call=call, outcome=outcome, actor=ACTOR, at=now)
    return True
