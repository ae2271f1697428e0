"""An event of a log as the two objects a line of its export holds: what is sealed, and the texts it commits to."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from verifications.integrity.verify_records import canonical, commitment_of

SALT_BYTES = 16
_SHARED = ("action", "actor", "commitment", "details", "id", "request_id", "subject_id", "subject_type")
_OWN = {"AUDIT": (), "ACCESS": ("field", "purpose")}
_TEXTS = {"AUDIT": ("actor_name", "reason", "salt", "source"), "ACCESS": ("actor_name", "salt", "source")}


def new_salt() -> str:
    return secrets.token_hex(SALT_BYTES)


def record_of(log: str, row: Any) -> dict[str, Any]:
    """What a seal covers of an event: everything but the texts, and their commitment."""
    record = {name: getattr(row, name) for name in (*_SHARED, *_OWN[log])}
    record["at"] = row.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    record["customer_id"] = str(row.customer_id) if row.customer_id else ""
    record["event_id"] = str(row.event_id)
    record["log"] = log
    return record


def texts_of(log: str, row: Any) -> dict[str, str]:
    """The texts an event commits to: names, addresses and reasons that people typed. All empty once erased."""
    return {name: getattr(row, name) for name in _TEXTS[log]}


def commit(log: str, row: Any) -> None:
    """Give a new event its salt and its commitment. Saving one does that; a bulk insert has to call it."""
    row.salt = new_salt()
    row.commitment = commitment_of(canonical(texts_of(log, row)))
