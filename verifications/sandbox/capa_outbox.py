"""Webhook notifications and where they go, as rows: what C6 to C9 read and the sender works through."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .capa_errors import refusal
from .store import Store

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS capa_events (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, session_id TEXT NOT NULL, partner TEXT NOT NULL,
        event TEXT NOT NULL, payload TEXT NOT NULL, happens_at REAL NOT NULL, status TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0, manual_retries INTEGER NOT NULL DEFAULT 0, next_at REAL, last_error TEXT,
        created_at REAL NOT NULL, updated_at REAL NOT NULL, last_manual_at REAL, version INTEGER NOT NULL DEFAULT 1)""",
    "CREATE INDEX IF NOT EXISTS capa_events_by_status ON capa_events (status, next_at)",
    """CREATE TABLE IF NOT EXISTS capa_webhooks (
        partner TEXT PRIMARY KEY, id TEXT NOT NULL, url TEXT, created_at REAL NOT NULL, updated_at REAL NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS capa_manual_retries (partner TEXT NOT NULL, at REAL NOT NULL)",
)
MANUAL_RETRIES = 3
MANUAL_RETRIES_A_MINUTE = 10


@dataclass(frozen=True)
class Notification:
    """One webhook to one partner. ``attempts`` counts tries since the event or the last manual retry."""

    number: int
    id: str
    session_id: str
    partner: str
    event: str
    payload: str = field(repr=False)
    happens_at: float
    status: str
    attempts: int
    manual_retries: int
    next_at: float | None
    last_error: str | None = field(repr=False)
    created_at: float
    updated_at: float
    last_manual_at: float | None
    version: int


@dataclass(frozen=True)
class WebhookSetting:
    partner: str
    id: str
    url: str | None = field(repr=False)
    created_at: float
    updated_at: float


class Outbox:
    """Every method is one transaction of the shared store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.transaction() as db:
            for statement in SCHEMA:
                db.execute(statement)

    def set_url(self, partner: str, url: str | None, *, at: float) -> WebhookSetting:
        with self._store.transaction() as db:
            db.execute(
                """INSERT INTO capa_webhooks VALUES (?,?,?,?,?)
                   ON CONFLICT (partner) DO UPDATE SET url = excluded.url, updated_at = excluded.updated_at""",
                (partner, str(uuid.uuid4()), url, at, at),
            )
            row = db.execute("SELECT * FROM capa_webhooks WHERE partner = ?", (partner,)).fetchone()
        return WebhookSetting(**dict(row))

    def url(self, partner: str) -> str | None:
        with self._store.transaction() as db:
            return _url(db, partner)

    def settle(self, *, now: float) -> None:
        """Turn the events whose time has come into notifications: PENDING, or NOT_SENT where no address is set."""
        with self._store.transaction() as db:
            rows = db.execute(
                "SELECT number, partner FROM capa_events WHERE status = 'SCHEDULED' AND happens_at <= ?", (now,)
            ).fetchall()
            for row in rows:
                status = "PENDING" if _url(db, row["partner"]) else "NOT_SENT"
                db.execute(
                    "UPDATE capa_events SET status = ?, next_at = ? WHERE number = ?", (status, now, row["number"])
                )

    def due(self, *, now: float) -> list[Notification]:
        with self._store.transaction() as db:
            rows = db.execute(
                "SELECT * FROM capa_events WHERE status = 'PENDING' AND next_at <= ? ORDER BY next_at, number", (now,)
            ).fetchall()
        return [Notification(**dict(row)) for row in rows]

    def next_time(self) -> float | None:
        """When there is something to do again."""
        with self._store.transaction() as db:
            row = db.execute(
                """SELECT min(CASE status WHEN 'SCHEDULED' THEN happens_at ELSE next_at END) AS at
                   FROM capa_events WHERE status IN ('SCHEDULED', 'PENDING')"""
            ).fetchone()
        at: float | None = row["at"]
        return at

    def record_try(
        self, notification: Notification, *, problem: str | None, now: float, waits: Sequence[float]
    ) -> None:
        """Note a try: SENT without a ``problem``, else the next one after ``waits``, or FAILED after the last."""
        tries = notification.attempts + 1
        status, next_at = "SENT", None
        if problem is not None:
            more = tries <= len(waits)
            status, next_at = ("PENDING", now + waits[tries - 1]) if more else ("FAILED", None)
        with self._store.transaction() as db:
            db.execute(
                """UPDATE capa_events SET status = ?, next_at = ?, attempts = ?, last_error = coalesce(?, last_error),
                   updated_at = ?, version = version + 1 WHERE number = ?""",
                (status, next_at, tries, problem, now, notification.number),
            )

    def notifications(
        self, partner: str, *, status: str | None, skip: int, limit: int
    ) -> tuple[int, list[Notification]]:
        """How many there are in all, and one page of them, newest first."""
        where = "partner = ? AND status <> 'SCHEDULED' AND (? IS NULL OR status = ?)"
        values = (partner, status, status)
        with self._store.transaction() as db:
            total = db.execute(f"SELECT count(*) FROM capa_events WHERE {where}", values).fetchone()[0]  # noqa: S608
            rows = db.execute(
                f"SELECT * FROM capa_events WHERE {where} ORDER BY happens_at DESC, number DESC LIMIT ? OFFSET ?",  # noqa: S608
                (*values, limit, skip),
            ).fetchall()
        return total, [Notification(**dict(row)) for row in rows]

    def notification(self, partner: str, id_: str) -> Notification:
        """The one of this id, or the refusal ``notification_not_found``."""
        with self._store.transaction() as db:
            return _notification(db, partner, id_)

    def retry(self, partner: str, id_: str, *, now: float) -> Notification:
        """Queue a FAILED one again, or raise the refusal of the rule that is broken."""
        with self._store.transaction() as db:
            found = _notification(db, partner, id_)
            if found.status != "FAILED":
                raise refusal("retry_not_failed")
            if found.manual_retries >= MANUAL_RETRIES:
                raise refusal("retries_used_up")
            db.execute("DELETE FROM capa_manual_retries WHERE at <= ?", (now - 60,))
            recent = db.execute("SELECT count(*) FROM capa_manual_retries WHERE partner = ?", (partner,)).fetchone()[0]
            if recent >= MANUAL_RETRIES_A_MINUTE:
                raise refusal("retries_too_fast")
            db.execute("INSERT INTO capa_manual_retries VALUES (?, ?)", (partner, now))
            db.execute(
                """UPDATE capa_events SET status = 'PENDING', attempts = 0, next_at = ?, updated_at = ?,
                   last_manual_at = ?, manual_retries = manual_retries + 1, version = version + 1 WHERE number = ?""",
                (now, now, now, found.number),
            )
            return _notification(db, partner, id_)


def as_item(notification: Notification, *, time_text: Any) -> dict[str, Any]:
    """The members that C7 lists."""
    return {
        "id": notification.id,
        "status": notification.status,
        "eventType": notification.event,
        "retryAttempts": max(notification.attempts - 1, 0),
        "manualRetryCount": notification.manual_retries,
        "createdAt": time_text(notification.created_at),
        "updatedAt": time_text(notification.updated_at),
    }


def _url(db: sqlite3.Connection, partner: str) -> str | None:
    row = db.execute("SELECT url FROM capa_webhooks WHERE partner = ?", (partner,)).fetchone()
    return row["url"] if row else None


def _notification(db: sqlite3.Connection, partner: str, id_: str) -> Notification:
    row = db.execute(
        "SELECT * FROM capa_events WHERE partner = ? AND id = ? AND status <> 'SCHEDULED'", (partner, id_)
    ).fetchone()
    if row is None:
        raise refusal("notification_not_found")
    return Notification(**dict(row))
