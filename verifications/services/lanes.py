"""Lanes: one API key, one sender at a time, nonces that only rise.

The provider compares nonces in order of arrival, so whoever sends under a key holds its lane until the answer is in.
A lane is held by a conditional update and a lease, not by a database lock: no transaction is open during a call.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from verifications.models import ApiKeyLane

REFUSAL_BUDGET = 0.01
"""Refused nonces among those given out, where calls are pipelined: refusals count against the key."""
LEAST_REFUSALS = 3
COUNTED_FOR = dt.timedelta(hours=1)
REST = dt.timedelta(minutes=10)


class LaneLost(Exception):
    """The lease ran out and another worker has the lane; nothing may be sent under the old token."""


def lease_end(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=settings.PROVIDER_CALL_LEASE_SECONDS)


def take_lane(*, key_id: str, now: dt.datetime) -> uuid.UUID | None:
    """Take the key's lane; the token proves it. ``None`` when another worker has it."""
    ApiKeyLane.objects.get_or_create(key_id=key_id)
    token = uuid.uuid4()
    taken = (
        ApiKeyLane.objects.filter(key_id=key_id)
        .filter(Q(holder__isnull=True) | Q(holder_expires_at__lt=now))
        .update(holder=token, holder_expires_at=lease_end(now))
    )
    return token if taken else None


def keep_lane(*, key_id: str, token: uuid.UUID, now: dt.datetime) -> bool:
    """Move the end of the lease; ``False`` when the lane is no longer ours."""
    return bool(ApiKeyLane.objects.filter(key_id=key_id, holder=token).update(holder_expires_at=lease_end(now)))


def release_lane(*, key_id: str, token: uuid.UUID) -> None:
    ApiKeyLane.objects.filter(key_id=key_id, holder=token).update(holder=None, holder_expires_at=None)


@transaction.atomic
def next_nonce(*, key_id: str, token: uuid.UUID) -> int:
    """``max(last + 1, now in nanoseconds)``: above every earlier nonce even when the clock jumps back.

    Raises ``LaneLost`` when the token no longer holds the lane.
    """
    lane = ApiKeyLane.objects.select_for_update().get(key_id=key_id)
    if lane.holder != token:
        raise LaneLost(f"lane {lane.pk} has another holder")
    lane.last_nonce = max(lane.last_nonce + 1, time.time_ns())
    lane.sent_count += 1
    lane.save(update_fields=["last_nonce", "sent_count"])
    return lane.last_nonce


def may_pipeline(*, key_id: str, now: dt.datetime) -> bool:
    """Whether the next call may leave before the answer to this one is in: not while the refusal budget is spent."""
    return ApiKeyLane.objects.filter(
        Q(key_id=key_id) & (Q(pipelined_after__isnull=True) | Q(pipelined_after__lte=now))
    ).exists()


@transaction.atomic
def note_nonce_refused(*, key_id: str, now: dt.datetime) -> None:
    """Count a nonce that came too late; past the budget the key's calls wait for each other's answers for a while."""
    lane = ApiKeyLane.objects.select_for_update().filter(key_id=key_id).first()
    if lane is None:
        return
    if lane.counted_since is None or now - lane.counted_since > COUNTED_FOR:
        lane.counted_since, lane.sent_count, lane.refused_count = now, 0, 0
    lane.refused_count += 1
    if lane.refused_count > max(LEAST_REFUSALS, REFUSAL_BUDGET * lane.sent_count):
        lane.pipelined_after = now + REST
        lane.counted_since, lane.sent_count, lane.refused_count = now, 0, 0
    lane.save(update_fields=["counted_since", "sent_count", "refused_count", "pipelined_after"])
