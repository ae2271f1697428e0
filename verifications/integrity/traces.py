"""Which tables may be written without an event of one of the logs, and the bookkeeping that tells whether one was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from verifications.integrity.statements import columns_set, writes_of

LOG_TABLES = frozenset({"verifications_auditevent", "verifications_accessevent"})
OWN_PREFIX = "verifications_"
PEOPLE = frozenset(
    {
        "auth_user",
        "auth_user_groups",
        "auth_user_user_permissions",
        "auth_group",
        "auth_group_permissions",
        "account_emailaddress",
        "mfa_authenticator",
    }
)
"""Tables of Django and allauth that say who somebody is and what they may."""

WITHOUT_EVENT: dict[str, str] = {
    "verifications_loghead": "where sealing stands; the seals are the record",
    "verifications_logseal": "a signed record of its own, chained to the one before",
    "verifications_loganchor": "a record of its own of what was written outside",
    "verifications_apikeylane": "nonces and leases of the workers",
    "verifications_casepresence": "who has a page open at this moment",
    "verifications_customersearchtext": "what is searched, made from the customer",
    "verifications_customersearchtext_trigrams": "SQLite's index of the same",
    "verifications_providertoken": "access tokens of the portal, fetched anew whenever one ends",
}
"""Tables of the portal that may be written without an event, each with its reason."""

ROWS_WITHOUT_EVENT: dict[str, str] = {
    "verifications_providercall": "a row of the ledger is a trace by itself, and what asked for the call has its event",
}
"""Tables that may get new rows without an event; changing and deleting them is another matter."""

COLUMNS_WITHOUT_EVENT: dict[str, tuple[frozenset[str], str]] = {
    "auth_user": (frozenset({"last_login"}), "the sign-in is an event of its own"),
    "mfa_authenticator": (frozenset({"last_used_at"}), "the sign-in is an event of its own"),
    "verifications_case": (frozenset({"claim_ends_at"}), "somebody goes on working; that they began is an event"),
    "verifications_provideruser": (frozenset({"read_at", "problem"}), "when it was last read; the reading is a call"),
    "verifications_verification": (
        frozenset({"attention", "updated_at"}),
        "what a person is asked to do, told from the outcome of a call",
    ),
    "verifications_verificationsession": (
        frozenset({"provider_status", "read_at", "polls", "unknown_members", "state_hash", "attention", "updated_at"}),
        "what the last reading said, and the hash of what the next call sends; both are calls of the ledger",
    ),
    "verifications_kyclink": (
        frozenset(
            {
                "read_at", "polls", "disagreed_at", "provider_status", "session_reference", "result", "sections",
                "watchlist_hits", "return_hash", "attention", "updated_at",
            }
        ),
        "what the last reading said, and the hash of what the next call sends; both are calls of the ledger",
    ),
    "verifications_imagesubmission": (frozenset({"sha256"}), "kept before the picture leaves; the call is the trace"),
    "verifications_providercall": (
        frozenset(
            {
                "status", "not_before", "claim_token", "lease_expires_at", "started_at", "sending_at", "finished_at",
                "key_id", "nonce", "http_method", "target", "content_type", "body_sha256", "body_size",
                "request_redacted", "request_original", "request_exact", "http_status", "duration_ms", "trace_id",
                "answer_redacted", "answer_original", "error_code", "message", "is_dead",
            }
        ),
        "what the worker enters into its own row; what follows from it for a record is an event",
    ),
    "verifications_export": (
        frozenset({"rows_done", "rows_expected", "lease_expires_at"}),
        "how far the making of a file is; that it begins and how it ends are events",
    ),
}  # fmt: skip
"""Columns that may be set without an event while all others of their table may not."""

EVIDENCE: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "verifications_providercall": (
        frozenset(
            {
                "body_sha256", "request_redacted", "request_original", "request_exact", "answer_redacted",
                "answer_original",
            }
        ),
        frozenset({"sending_at", "status"}),
    ),
}  # fmt: skip
"""Of the columns above those that prove something, and the ones the worker sets with them: alone they want an event."""


def wants_event(verb: str, table: str, sql: str) -> bool:
    """Whether this write has to stand beside an event in its transaction."""
    if not (table.startswith(OWN_PREFIX) or table in PEOPLE) or table in WITHOUT_EVENT or table in LOG_TABLES:
        return False
    if verb == "INSERT" and table in ROWS_WITHOUT_EVENT:
        return False
    if verb != "UPDATE" or table not in COLUMNS_WITHOUT_EVENT:
        return True
    columns = columns_set(sql)
    evidence, set_with = EVIDENCE.get(table, (frozenset(), frozenset()))
    if columns & evidence and not columns & set_with:
        return True
    return not columns or not columns <= COLUMNS_WITHOUT_EVENT[table][0]


@dataclass
class Part:
    """What happened since a transaction or a savepoint began: (table, verb) of the writes, and whether an event was
    written."""

    name: str = ""
    writes: dict[tuple[str, str], None] = field(default_factory=dict)
    is_logged: bool = False

    @property
    def is_silent(self) -> bool:
        return bool(self.writes) and not self.is_logged


class Trace:
    """Follows the statements of one connection. What a savepoint takes back is forgotten with it."""

    def __init__(self) -> None:
        self.parts = [Part()]

    def clear(self) -> None:
        self.parts = [Part()]

    @property
    def whole(self) -> Part:
        """Everything since the transaction began, with what its open savepoints hold."""
        while len(self.parts) > 1:
            self._merge()
        return self.parts[0]

    def would_want(self, sql: str) -> bool:
        """Whether the statement, by itself, has to stand beside an event."""
        return any(wants_event(write.verb, write.table, sql) for write in writes_of(sql))

    def follow(self, sql: str, *, run: Callable[[], object], rows: Callable[[], int]) -> object:
        """Run a statement and keep what it wrote. ``rows`` says afterwards how many it changed; negative is unknown."""
        writes = writes_of(sql)
        result = run()
        part = self.parts[-1]
        for write in writes:
            if write.table in LOG_TABLES:
                part.is_logged = part.is_logged or write.verb == "INSERT"
            elif wants_event(write.verb, write.table, sql) and (write.verb == "INSERT" or rows() != 0):
                part.writes[(write.table, write.verb)] = None
        if not writes:
            self._savepoint(sql)
        return result

    def _savepoint(self, sql: str) -> None:
        words = sql.split()
        match [word.upper() for word in words[:2]]:
            case ["SAVEPOINT", *_]:
                self.parts.append(Part(words[-1]))
            case ["RELEASE", *_]:
                while len(self.parts) > 1 and self._merge() != words[-1]:
                    pass
            case ["ROLLBACK", "TO"]:
                self._take_back(words[-1])
            case ["ROLLBACK", *_]:
                self.clear()

    def _take_back(self, name: str) -> None:
        while len(self.parts) > 1 and self.parts[-1].name != name:
            self.parts.pop()
        self.parts[-1] = Part(self.parts[-1].name)

    def _merge(self) -> str:
        inner = self.parts.pop()
        outer = self.parts[-1]
        outer.writes.update(inner.writes)
        outer.is_logged = outer.is_logged or inner.is_logged
        return inner.name
