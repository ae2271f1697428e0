"""What the Capa stand-in remembers of partners' users and links, in tables of its own beside those of ``store``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .store import Store

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS capa_users (
        number INTEGER PRIMARY KEY, user_id TEXT NOT NULL UNIQUE, partner TEXT NOT NULL, type TEXT NOT NULL,
        email TEXT NOT NULL, email_key TEXT NOT NULL, external_id TEXT, alias TEXT, created_at REAL NOT NULL,
        result TEXT, UNIQUE (partner, email_key), UNIQUE (partner, external_id))""",
    """CREATE TABLE IF NOT EXISTS capa_links (
        number INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE, session_id TEXT NOT NULL UNIQUE,
        user_id TEXT NOT NULL, kind TEXT NOT NULL, country TEXT NOT NULL, redirect TEXT, address TEXT NOT NULL,
        created_at REAL NOT NULL, expires_at REAL NOT NULL, started_at REAL, submitted_at REAL, outcome TEXT,
        entered TEXT NOT NULL, steps TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS capa_links_by_user ON capa_links (user_id, number)",
)
EVENT_COLUMNS = "(id, session_id, partner, event, payload, happens_at, status, created_at, updated_at)"


@dataclass(frozen=True)
class CapaUser:
    """A user of one partner. ``result`` is the data a tester put in place of the details, as JSON text."""

    number: int
    user_id: str
    partner: str
    type: str
    email: str = field(repr=False)
    email_key: str = field(repr=False)
    external_id: str | None
    alias: str | None = field(repr=False)
    created_at: float
    result: str | None = field(repr=False)


@dataclass(frozen=True)
class Link:
    """One link with its one session. ``steps`` are ``[time, status]`` in order; ``entered`` is what was typed in."""

    number: int
    token: str = field(repr=False)
    session_id: str
    user_id: str
    kind: str
    country: str
    redirect: str | None = field(repr=False)
    address: str = field(repr=False)
    created_at: float
    expires_at: float
    started_at: float | None
    submitted_at: float | None
    outcome: str | None
    entered: dict[str, Any] = field(repr=False)
    steps: list[tuple[float, str]]

    def status_at(self, now: float) -> str:
        """NOT_STARTED, IN_PROGRESS, or the last result that is due."""
        if self.started_at is None:
            return "NOT_STARTED"
        return next((status for at, status in reversed(self.steps) if at <= now), "IN_PROGRESS")


@dataclass(frozen=True)
class NewEvent:
    """A webhook to come. ``happens_at`` is when it becomes a notification."""

    id: str
    partner: str
    event: str
    payload: str = field(repr=False)
    happens_at: float


class UserTaken(Exception):
    """The partner has a user with this external id or e-mail address."""


class CapaStore:
    """Every method is one transaction of the shared store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.transaction() as db:
            for statement in SCHEMA:
                db.execute(statement)

    # Users -------------------------------------------------------------------------------------------------------

    def add_user(
        self,
        *,
        user_id: str,
        partner: str,
        type_: str,
        email: str,
        external_id: str | None,
        alias: str | None,
        at: float,
    ) -> None:
        """Keep a new user, or raise UserTaken."""
        values = (user_id, partner, type_, email, email.casefold(), external_id, alias, at)
        try:
            with self._store.transaction() as db:
                db.execute(
                    """INSERT INTO capa_users (user_id, partner, type, email, email_key, external_id, alias, created_at)
                       VALUES (?,?,?,?,?,?,?,?)""",
                    values,
                )
        except sqlite3.IntegrityError as error:
            raise UserTaken from error

    def user(self, user_id: str) -> CapaUser | None:
        with self._store.transaction() as db:
            row = db.execute("SELECT * FROM capa_users WHERE user_id = ?", (user_id,)).fetchone()
        return CapaUser(**dict(row)) if row else None

    def user_by_external_id(self, partner: str, external_id: str) -> CapaUser | None:
        with self._store.transaction() as db:
            row = db.execute(
                "SELECT * FROM capa_users WHERE partner = ? AND external_id = ?", (partner, external_id)
            ).fetchone()
        return CapaUser(**dict(row)) if row else None

    def users(self) -> list[CapaUser]:
        with self._store.transaction() as db:
            rows = db.execute("SELECT * FROM capa_users ORDER BY number").fetchall()
        return [CapaUser(**dict(row)) for row in rows]

    def set_result(self, user_id: str, result: str | None) -> bool:
        """Put ``result`` in place of the details, None for the real ones; False for an unknown user."""
        with self._store.transaction() as db:
            return db.execute("UPDATE capa_users SET result = ? WHERE user_id = ?", (result, user_id)).rowcount == 1

    # Links -------------------------------------------------------------------------------------------------------

    def add_link(self, values: Mapping[str, Any]) -> None:
        """Keep a new link: the columns up to ``expires_at``."""
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        query = f"INSERT INTO capa_links ({names}, entered, steps) VALUES ({marks}, '{{}}', '[]')"  # noqa: S608
        with self._store.transaction() as db:
            db.execute(query, dict(values))

    def link(self, token: str) -> Link | None:
        return self._one_link("token = ?", token)

    def link_of_session(self, session_id: str) -> Link | None:
        return self._one_link("session_id = ?", session_id)

    def newest_link(self, user_id: str | None = None) -> Link | None:
        return self._one_link("? IS NULL OR user_id = ?", user_id, user_id)

    def latest_session(self, user_id: str, kind: str) -> Link | None:
        """The newest link of the user that was started."""
        return self._one_link("user_id = ? AND kind = ? AND started_at IS NOT NULL", user_id, kind)

    def _one_link(self, where: str, *values: Any) -> Link | None:
        with self._store.transaction() as db:
            query = f"SELECT * FROM capa_links WHERE {where} ORDER BY number DESC LIMIT 1"  # noqa: S608 - where is ours
            row = db.execute(query, values).fetchone()
        return _link(row) if row else None

    def links(self, user_id: str) -> list[Link]:
        with self._store.transaction() as db:
            rows = db.execute("SELECT * FROM capa_links WHERE user_id = ? ORDER BY number", (user_id,)).fetchall()
        return [_link(row) for row in rows]

    def start(self, link: Link, *, at: float) -> None:
        with self._store.transaction() as db:
            db.execute("UPDATE capa_links SET started_at = ? WHERE token = ? AND started_at IS NULL", (at, link.token))

    def set_expiry(self, link: Link, *, at: float) -> None:
        with self._store.transaction() as db:
            db.execute("UPDATE capa_links SET expires_at = ? WHERE token = ?", (at, link.token))

    def submit(
        self,
        link: Link,
        *,
        at: float,
        outcome: str,
        entered: Mapping[str, Any],
        steps: list[tuple[float, str]],
        events: list[NewEvent],
    ) -> bool:
        """End the session with an outcome and its events, in one go; False when it had been ended before."""
        with self._store.transaction() as db:
            ended = db.execute(
                """UPDATE capa_links SET started_at = coalesce(started_at, ?), submitted_at = ?, outcome = ?,
                   entered = ?, steps = ? WHERE token = ? AND submitted_at IS NULL""",
                (at, at, outcome, json.dumps(entered), json.dumps(steps), link.token),
            )
            if ended.rowcount == 1:
                _add_events(db, link.session_id, events)
            return ended.rowcount == 1

    def conclude(
        self, link: Link, *, at: float, outcome: str, steps: list[tuple[float, str]], events: list[NewEvent]
    ) -> None:
        """Replace the results of a session that was submitted; its events still to come are dropped."""
        with self._store.transaction() as db:
            db.execute(
                "UPDATE capa_links SET outcome = ?, steps = ? WHERE token = ?",
                (outcome, json.dumps(steps), link.token),
            )
            db.execute(
                "DELETE FROM capa_events WHERE session_id = ? AND status = 'SCHEDULED' AND happens_at > ?",
                (link.session_id, at),
            )
            _add_events(db, link.session_id, events)


def _add_events(db: sqlite3.Connection, session_id: str, events: list[NewEvent]) -> None:
    db.executemany(
        f"INSERT INTO capa_events {EVENT_COLUMNS} VALUES (?,?,?,?,?,?,'SCHEDULED',?,?)",  # noqa: S608 - columns are ours
        [
            (event.id, session_id, event.partner, event.event, event.payload, *[event.happens_at] * 3)
            for event in events
        ],
    )


def _link(row: sqlite3.Row) -> Link:
    steps = [(at, status) for at, status in json.loads(row["steps"])]
    return Link(**dict(row) | {"entered": json.loads(row["entered"]), "steps": steps})
