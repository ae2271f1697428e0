"""The tries before and after a call: each row of the ledger points at the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from verifications.models import ProviderCall

MOST_TRIES_SHOWN = 15
_TABLE = ProviderCall._meta.db_table
_COLUMNS = ", ".join(
    f"one.{name}"
    for name in (
        "id",
        "public_id",
        "status",
        "number",
        "created_at",
        "finished_at",
        "http_status",
        "error_code",
        "message",
        "requested_by",
        "duration_ms",
        "operation",
    )
)
_BEFORE = f"""
WITH RECURSIVE tries (last_id, id, step) AS (
    SELECT id, previous_id, 1 FROM {_TABLE} WHERE id IN (%s) AND previous_id IS NOT NULL
    UNION ALL
    SELECT tries.last_id, one.previous_id, tries.step + 1
    FROM tries JOIN {_TABLE} one ON one.id = tries.id
    WHERE one.previous_id IS NOT NULL AND tries.step < {MOST_TRIES_SHOWN}
)
SELECT {_COLUMNS}, tries.last_id FROM tries JOIN {_TABLE} one ON one.id = tries.id ORDER BY tries.last_id, tries.step
"""  # noqa: S608 - made of names in this file
_AFTER = f"""
WITH RECURSIVE tries (id, step) AS (
    SELECT id, 1 FROM {_TABLE} WHERE previous_id = %s
    UNION ALL
    SELECT one.id, tries.step + 1
    FROM tries JOIN {_TABLE} one ON one.previous_id = tries.id
    WHERE tries.step < {MOST_TRIES_SHOWN}
)
SELECT {_COLUMNS} FROM tries JOIN {_TABLE} one ON one.id = tries.id ORDER BY tries.step
"""  # noqa: S608 - made of names in this file


def tries_before(calls: Sequence[ProviderCall]) -> dict[int, list[ProviderCall]]:
    """For each call the tries before it, newest first, at most ``MOST_TRIES_SHOWN`` of them; one query for all."""
    found: dict[int, list[ProviderCall]] = {call.pk: [] for call in calls}
    one: Any  # with the column of the query beside the model's own
    ids = [call.pk for call in calls if call.previous_id is not None]
    if ids:
        for one in ProviderCall.objects.raw(_BEFORE % ", ".join(["%s"] * len(ids)), ids):
            found[one.last_id].append(one)
    return found


def tries_after(call: ProviderCall) -> list[ProviderCall]:
    """The tries after a call, oldest first, at most ``MOST_TRIES_SHOWN`` of them."""
    return list(ProviderCall.objects.raw(_AFTER, [call.pk]))
