"""What a tester told the Capa stand-in: where the contract is silent, and errors to answer next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .capa_errors import LAYOUTS
from .capa_schema import COUNTRIES, KYB_NOT_CONFIGURED, KYC_NOT_CONFIGURED
from .checks import Check, array, one_of, record
from .store import Store

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS capa_errors (
        number INTEGER PRIMARY KEY, operation TEXT NOT NULL, error TEXT NOT NULL, stage TEXT NOT NULL,
        remaining INTEGER NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS capa_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)
DEFAULTS: dict[str, Any] = {
    "envelope": "alternate",
    "layout": "rotate",
    "duplicate_status": "409",
    "kyc_before_start": "404",
    "kyc_not_configured": list(KYC_NOT_CONFIGURED),
    "kyb_not_configured": list(KYB_NOT_CONFIGURED),
}
SETTINGS: Check = record(
    {},
    {
        "envelope": one_of(("alternate", "always", "bare")),
        "layout": one_of(("rotate", *LAYOUTS)),
        "duplicate_status": one_of(("400", "409", "500")),
        "kyc_before_start": one_of(("404", "empty")),
        "kyc_not_configured": array(one_of(COUNTRIES)),
        "kyb_not_configured": array(one_of(COUNTRIES)),
    },
)


class CapaSettings:
    """Every method is one transaction of the shared store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.transaction() as db:
            for statement in SCHEMA:
                db.execute(statement)

    def read(self) -> dict[str, Any]:
        with self._store.transaction() as db:
            rows = db.execute("SELECT name, value FROM capa_settings").fetchall()
        return DEFAULTS | {row["name"]: json.loads(row["value"]) for row in rows}

    def change(self, changes: Mapping[str, Any]) -> None:
        with self._store.transaction() as db:
            for name, value in changes.items():
                db.execute("INSERT OR REPLACE INTO capa_settings VALUES (?, ?)", (name, json.dumps(value)))

    def reset(self) -> None:
        """Back to the defaults, with no error armed."""
        with self._store.transaction() as db:
            db.execute("DELETE FROM capa_settings")
            db.execute("DELETE FROM capa_errors")

    def arm_error(self, *, operation: str, error: Mapping[str, Any], stage: str, times: int) -> None:
        with self._store.transaction() as db:
            db.execute(
                "INSERT INTO capa_errors (operation, error, stage, remaining) VALUES (?,?,?,?)",
                (operation, json.dumps(error), stage, times),
            )

    def take_error(self, operation: str) -> tuple[dict[str, Any], str] | None:
        """Use up one turn of the oldest error armed for the operation: its members and its stage."""
        with self._store.transaction() as db:
            row = db.execute(
                "SELECT * FROM capa_errors WHERE operation IN (?, '*') AND remaining > 0 ORDER BY number LIMIT 1",
                (operation,),
            ).fetchone()
            if row is None:
                return None
            db.execute("UPDATE capa_errors SET remaining = remaining - 1 WHERE number = ?", (row["number"],))
        return json.loads(row["error"]), row["stage"]

    def armed_errors(self) -> list[dict[str, Any]]:
        with self._store.transaction() as db:
            rows = db.execute("SELECT * FROM capa_errors WHERE remaining > 0 ORDER BY number").fetchall()
        return [
            {
                "operation": row["operation"],
                "stage": row["stage"],
                "times": row["remaining"],
                **json.loads(row["error"]),
            }
            for row in rows
        ]

    def clear_errors(self) -> None:
        with self._store.transaction() as db:
            db.execute("DELETE FROM capa_errors")
