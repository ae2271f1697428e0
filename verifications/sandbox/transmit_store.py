"""What the stand-in of Transmit Security remembers: tokens, sessions and images, in tables of its own."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .store import Store

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS transmit_tokens (
        digest TEXT PRIMARY KEY, client_id TEXT NOT NULL, audience TEXT NOT NULL, expires_at REAL NOT NULL,
        revoked INTEGER NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS transmit_sessions (
        number INTEGER PRIMARY KEY, session_id TEXT NOT NULL UNIQUE, start_digest TEXT UNIQUE, document TEXT NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS transmit_images (
        number INTEGER PRIMARY KEY, image_id TEXT NOT NULL UNIQUE, session_id TEXT NOT NULL, type TEXT NOT NULL,
        attempt INTEGER NOT NULL, feedback TEXT NOT NULL, original_id TEXT, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
        width INTEGER NOT NULL, height INTEGER NOT NULL, received_at REAL NOT NULL, content BLOB NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS transmit_images_by_session ON transmit_images (session_id, number)",
)
IMAGE_COLUMNS = "image_id, session_id, type, attempt, feedback, original_id, sha256, size, width, height, received_at"


@dataclass
class Session:
    """One verification session. Times are seconds; what a person or the portal sent is kept out of ``repr``.

    ``consent_granted`` is None until someone answered. ``attempt`` counts the rounds of images. ``ready_at`` is when
    the checks end. ``outcome`` is what a person chose on the hosted page. The last four are what a tester set:
    ``set_result`` goes over the result, ``left_out`` is taken out of it.
    """

    session_id: str
    client_id: str
    created_at: float
    expires_at: float
    status: str
    backend: bool
    callback_url: str | None = field(default=None, repr=False)
    state: str | None = field(default=None, repr=False)
    customer: dict[str, Any] = field(default_factory=dict, repr=False)
    mock: dict[str, Any] = field(default_factory=dict, repr=False)
    start_digest: str | None = field(default=None, repr=False)
    browser_digest: str | None = field(default=None, repr=False)
    consent_granted: bool | None = None
    consent_at: float | None = None
    consent_document_id: str | None = None
    passport: bool = False
    attempt: int = 1
    ready_at: float | None = None
    outcome: str = ""
    recaptured: bool = False
    returned: bool = False
    deleted: bool = False
    accept_images: bool = True
    shape: str = ""
    set_result: dict[str, Any] = field(default_factory=dict, repr=False)
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class SessionImage:
    """One image of a session without its bytes. A refined copy names its ``original_id``."""

    image_id: str
    session_id: str
    type: str
    attempt: int
    feedback: str
    original_id: str | None
    sha256: str
    size: int
    width: int
    height: int
    received_at: float

    @property
    def rejected(self) -> bool:
        return self.feedback != "ok"

    @property
    def original(self) -> bool:
        return self.original_id is None


class TransmitStore:
    """Every method is one transaction. Hold ``lock`` from reading a session until it is saved."""

    def __init__(self, store: Store) -> None:
        self.lock = threading.RLock()
        self._store = store
        with store.transaction() as db:
            for statement in SCHEMA:
                db.execute(statement)

    # Tokens ------------------------------------------------------------------------------------------------------

    def add_token(self, token: str, *, client_id: str, audience: str, expires_at: float) -> None:
        with self._store.transaction() as db:
            db.execute(
                "INSERT INTO transmit_tokens VALUES (?, ?, ?, ?, 0)", (digest(token), client_id, audience, expires_at)
            )

    def token(self, token: str) -> dict[str, Any] | None:
        """``client_id``, ``audience``, ``expires_at``, ``revoked`` of a token that was issued here."""
        with self._store.transaction() as db:
            row = db.execute("SELECT * FROM transmit_tokens WHERE digest = ?", (digest(token),)).fetchone()
        return dict(row) if row else None

    def revoke_tokens(self) -> int:
        """Make every token issued so far useless; returns how many still worked."""
        with self._store.transaction() as db:
            return db.execute("UPDATE transmit_tokens SET revoked = 1 WHERE revoked = 0").rowcount

    # Sessions ----------------------------------------------------------------------------------------------------

    def add_session(self, session: Session) -> None:
        with self._store.transaction() as db:
            db.execute(
                "INSERT INTO transmit_sessions (session_id, start_digest, document) VALUES (?, ?, ?)",
                (session.session_id, session.start_digest, json.dumps(asdict(session))),
            )

    def session(self, session_id: str) -> Session | None:
        return self._one("session_id = ?", (session_id,))

    def session_by_start_token(self, token: str) -> Session | None:
        return self._one("start_digest = ?", (digest(token),))

    def latest_session(self) -> Session | None:
        return self._one("number = (SELECT max(number) FROM transmit_sessions)", ())

    def _one(self, where: str, values: Sequence[str]) -> Session | None:
        with self._store.transaction() as db:
            query = f"SELECT document FROM transmit_sessions WHERE {where}"  # noqa: S608 - where is ours
            row = db.execute(query, values).fetchone()
        return _session(row) if row else None

    def sessions(self) -> list[Session]:
        """Every session, deleted ones too, oldest first."""
        with self._store.transaction() as db:
            rows = db.execute("SELECT document FROM transmit_sessions ORDER BY number").fetchall()
        return [_session(row) for row in rows]

    def save(self, session: Session) -> None:
        with self._store.transaction() as db:
            db.execute(
                "UPDATE transmit_sessions SET document = ? WHERE session_id = ?",
                (json.dumps(asdict(session)), session.session_id),
            )

    def erase(self, session: Session) -> None:
        """Forget images and everything personal; what stays says only that there was such a session."""
        gone = replace(session, deleted=True, state=None, callback_url=None, customer={}, mock={}, set_result={})
        with self._store.transaction() as db:
            db.execute("DELETE FROM transmit_images WHERE session_id = ?", (session.session_id,))
            db.execute(
                "UPDATE transmit_sessions SET document = ? WHERE session_id = ?",
                (json.dumps(asdict(gone)), session.session_id),
            )

    # Images ------------------------------------------------------------------------------------------------------

    def add_image(self, image: SessionImage, content: bytes) -> None:
        marks = ", ".join("?" for _ in range(12))
        with self._store.transaction() as db:
            query = f"INSERT INTO transmit_images ({IMAGE_COLUMNS}, content) VALUES ({marks})"  # noqa: S608 - ours
            db.execute(query, (*vars(image).values(), content))

    def images(self, session_id: str) -> list[SessionImage]:
        """The images of a session, oldest first."""
        with self._store.transaction() as db:
            query = f"SELECT {IMAGE_COLUMNS} FROM transmit_images WHERE session_id = ? ORDER BY number"  # noqa: S608
            rows = db.execute(query, (session_id,)).fetchall()
        return [SessionImage(**dict(row)) for row in rows]

    def content(self, session_id: str, image_id: str) -> bytes | None:
        with self._store.transaction() as db:
            row = db.execute(
                "SELECT content FROM transmit_images WHERE session_id = ? AND image_id = ?", (session_id, image_id)
            ).fetchone()
        return bytes(row["content"]) if row else None


def digest(secret: str) -> str:
    """What is kept of a token in its place."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _session(row: sqlite3.Row) -> Session:
    return Session(**json.loads(row["document"]))
