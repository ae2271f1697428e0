"""The stand-in's memory: one SQLite file, so that users survive a restart."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    api TEXT NOT NULL, user_id TEXT NOT NULL, reference TEXT NOT NULL, headless INTEGER NOT NULL,
    profile TEXT NOT NULL, created_at REAL NOT NULL, state TEXT NOT NULL, reasons TEXT NOT NULL,
    actions TEXT NOT NULL, patched TEXT NOT NULL, counts_from INTEGER NOT NULL,
    PRIMARY KEY (api, user_id), UNIQUE (api, reference)
);
CREATE TABLE IF NOT EXISTS submissions (
    number INTEGER PRIMARY KEY, api TEXT NOT NULL, verification_id TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL,
    type TEXT NOT NULL, external_verification_id TEXT, outcome TEXT NOT NULL, meets TEXT NOT NULL,
    received_at REAL NOT NULL, review_until REAL NOT NULL, files TEXT NOT NULL, body_sha256 TEXT NOT NULL,
    key_id TEXT NOT NULL, fault TEXT, notes TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS submissions_by_user ON submissions (api, user_id, number);
CREATE TABLE IF NOT EXISTS nonces (key_id TEXT PRIMARY KEY, last TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS nonces_in_window (key_id TEXT NOT NULL, nonce TEXT NOT NULL, PRIMARY KEY (key_id, nonce));
CREATE TABLE IF NOT EXISTS faults (
    number INTEGER PRIMARY KEY, api TEXT NOT NULL, operation TEXT NOT NULL, fault TEXT NOT NULL,
    remaining INTEGER NOT NULL, latency_ms INTEGER NOT NULL, retry_after INTEGER
);
CREATE TABLE IF NOT EXISTS fault_uses (subject TEXT PRIMARY KEY, used INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS latencies (api TEXT PRIMARY KEY, latency_ms INTEGER NOT NULL, jitter_ms INTEGER NOT NULL);
"""


@dataclass
class User:
    """A user at one API.

    ``actions`` are the required actions it began with, ``patched`` maps changed members of the profile to times, and
    submissions up to the number ``counts_from`` no longer play a part in the status.
    """

    api: str
    user_id: str
    reference: str
    headless: bool
    profile: dict[str, Any] = field(repr=False)
    created_at: float
    state: str = "ok"
    reasons: list[str] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)
    patched: dict[str, float] = field(default_factory=dict)
    counts_from: int = 0


@dataclass(frozen=True)
class Submission:
    """An accepted verification: facts and hashes of what came, no name, no number, no bytes."""

    api: str
    verification_id: str
    user_id: str
    type: str
    external_verification_id: str | None
    outcome: str
    meets: list[str]
    received_at: float
    review_until: float
    files: list[dict[str, Any]]
    body_sha256: str
    key_id: str
    fault: str | None = None
    notes: list[str] = field(default_factory=list)


class ReferenceTaken(Exception):
    """Another user of this API has the reference."""


class Store:
    """One connection behind a lock. Every method is one transaction, safe from any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the lock and one immediate transaction; a caller may nest nothing in it."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    # Nonces ------------------------------------------------------------------------------------------------------

    def accept_nonce(self, key_id: str, nonce: int, *, window: int) -> bool:
        """Take ``nonce`` if it is above the key's last one, or late by less than ``window`` and not used before."""
        wanted = f"{nonce:020d}"
        with self.transaction() as db:
            row = db.execute("SELECT last FROM nonces WHERE key_id = ?", (key_id,)).fetchone()
            last = int(row["last"]) if row else -1
            if nonce <= last - window:
                return False
            if window:
                taken = db.execute(
                    "INSERT OR IGNORE INTO nonces_in_window (key_id, nonce) VALUES (?, ?)", (key_id, wanted)
                )
                if taken.rowcount == 0:
                    return False
                floor = f"{max(max(nonce, last) - window, 0):020d}"
                db.execute("DELETE FROM nonces_in_window WHERE key_id = ? AND nonce < ?", (key_id, floor))
            if nonce > last:
                db.execute("INSERT OR REPLACE INTO nonces (key_id, last) VALUES (?, ?)", (key_id, wanted))
            return True

    # Users -------------------------------------------------------------------------------------------------------

    def add_user(self, user: User) -> None:
        """Keep a new user, or raise ReferenceTaken."""
        values = (
            user.api,
            user.user_id,
            user.reference,
            int(user.headless),
            json.dumps(user.profile),
            user.created_at,
            user.state,
            json.dumps(user.reasons),
            json.dumps(user.actions),
            json.dumps(user.patched),
            user.counts_from,
        )
        try:
            with self.transaction() as db:
                db.execute("INSERT INTO users VALUES (?,?,?,?,?,?,?,?,?,?,?)", values)
        except sqlite3.IntegrityError as error:
            raise ReferenceTaken from error

    def user(self, api: str, user_id: str) -> User | None:
        return self._one_user("user_id", api, user_id)

    def user_by_reference(self, api: str, reference: str) -> User | None:
        return self._one_user("reference", api, reference)

    def _one_user(self, column: str, api: str, value: str) -> User | None:
        with self._lock:
            query = f"SELECT * FROM users WHERE api = ? AND {column} = ?"  # noqa: S608 - column is ours
            row = self._db.execute(query, (api, value)).fetchone()
        if row is None:
            return None
        values = dict(row) | {name: json.loads(row[name]) for name in ("profile", "reasons", "actions", "patched")}
        return User(**values | {"headless": bool(row["headless"])})

    def update_profile(self, user: User, changes: dict[str, Any], *, at: float, reference: str | None = None) -> None:
        """Merge ``changes`` into the profile, noting when each member came; raise ReferenceTaken for a taken one."""
        with self.transaction() as db:
            where = (user.api, user.user_id)
            row = db.execute("SELECT profile, patched FROM users WHERE api = ? AND user_id = ?", where).fetchone()
            profile = json.loads(row["profile"]) | changes
            patched = json.loads(row["patched"]) | dict.fromkeys(changes, at)
            try:
                db.execute(
                    "UPDATE users SET profile = ?, patched = ?, reference = ? WHERE api = ? AND user_id = ?",
                    (json.dumps(profile), json.dumps(patched), reference or user.reference, *where),
                )
            except sqlite3.IntegrityError as error:
                raise ReferenceTaken from error

    def preset_user(self, user: User, *, state: str, reasons: Sequence[str], actions: Sequence[dict[str, Any]]) -> None:
        """Give a user this status from now on: what was submitted before no longer plays a part."""
        with self.transaction() as db:
            db.execute(
                """UPDATE users SET state = ?, reasons = ?, actions = ?, patched = '{}',
                   counts_from = (SELECT coalesce(max(number), 0) FROM submissions) WHERE api = ? AND user_id = ?""",
                (state, json.dumps(list(reasons)), json.dumps(list(actions)), user.api, user.user_id),
            )

    # Submissions -------------------------------------------------------------------------------------------------

    def add_submission(self, submission: Submission) -> None:
        values = dict(vars(submission))
        for name in ("meets", "files", "notes"):
            values[name] = json.dumps(values[name])
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        with self.transaction() as db:
            db.execute(f"INSERT INTO submissions ({names}) VALUES ({marks})", values)  # noqa: S608 - names are ours

    def submissions(self, user: User) -> list[Submission]:
        """The submissions that count for one user, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT * FROM submissions WHERE api = ? AND user_id = ? AND number > ? ORDER BY number",
                (user.api, user.user_id, user.counts_from),
            ).fetchall()
        return [_submission(row) for row in rows]

    def record(self, *, api: str | None = None, after: int = 0) -> list[dict[str, Any]]:
        """Every accepted submission as a plain row with its ``number``, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT * FROM submissions WHERE number > ? AND (? IS NULL OR api = ?) ORDER BY number",
                (after, api, api),
            ).fetchall()
        return [{"number": row["number"], **vars(_submission(row))} for row in rows]

    # Faults and latency ------------------------------------------------------------------------------------------

    def add_fault(
        self, *, api: str, operation: str, fault: str, times: int, latency_ms: int, retry_after: int | None
    ) -> None:
        with self.transaction() as db:
            db.execute(
                "INSERT INTO faults (api, operation, fault, remaining, latency_ms, retry_after) VALUES (?,?,?,?,?,?)",
                (api, operation, fault, times, latency_ms, retry_after),
            )

    def take_fault(self, api: str, operation: str) -> dict[str, Any] | None:
        """Use up one turn of the oldest fault armed for this operation. ``submit`` covers ``submit_url`` too."""
        with self.transaction() as db:
            row = db.execute(
                """SELECT * FROM faults WHERE api IN (?, '*') AND remaining > 0
                   AND (operation IN (?, '*') OR (operation = 'submit' AND ? = 'submit_url'))
                   ORDER BY number LIMIT 1""",
                (api, operation, operation),
            ).fetchone()
            if row is None:
                return None
            db.execute("UPDATE faults SET remaining = remaining - 1 WHERE number = ?", (row["number"],))
            return dict(row)

    def armed_faults(self) -> list[dict[str, Any]]:
        with self._lock:
            rows = self._db.execute("SELECT * FROM faults WHERE remaining > 0 ORDER BY number").fetchall()
        return [dict(row) for row in rows]

    def clear_faults(self) -> None:
        """Disarm every fault, forget which marks were used up, and answer without added latency."""
        with self.transaction() as db:
            for table in ("faults", "fault_uses", "latencies"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - the tables are ours

    def use_mark(self, subject: str, *, times: int) -> bool:
        """Whether a mark still has a turn for this subject; counts the turn."""
        with self.transaction() as db:
            row = db.execute("SELECT used FROM fault_uses WHERE subject = ?", (subject,)).fetchone()
            used = row["used"] if row else 0
            if used >= times:
                return False
            db.execute("INSERT OR REPLACE INTO fault_uses (subject, used) VALUES (?, ?)", (subject, used + 1))
            return True

    def set_latency(self, api: str, *, latency_ms: int, jitter_ms: int) -> None:
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO latencies VALUES (?, ?, ?)", (api, latency_ms, jitter_ms))

    def latency(self, api: str) -> tuple[int, int]:
        """Milliseconds added to every answer of the API: a fixed part and a random part on top."""
        with self._lock:
            row = self._db.execute(
                "SELECT * FROM latencies WHERE api IN (?, '*') ORDER BY api = '*' LIMIT 1", (api,)
            ).fetchone()
        return (row["latency_ms"], row["jitter_ms"]) if row else (0, 0)


def _submission(row: sqlite3.Row) -> Submission:
    values = {name: row[name] for name in row.keys() if name != "number"}  # noqa: SIM118 - a Row iterates its values
    for name in ("meets", "files", "notes"):
        values[name] = json.loads(values[name])
    return Submission(**values)


def now_seconds() -> float:
    """Seconds since 1970: the one clock of the stand-in."""
    return time.time()
