"""Writes what of the documentation is drawn from the code: ``docs/states.md``, and tables in other pages.

``python -m docs.generate``; ``tests/test_docs.py`` fails when a page is not what this gives.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django
from django.apps import apps

if not apps.ready:
    django.setup()

from docs.export_tables import column_tables
from docs.outcome_tables import link_table, session_table, submission_table
from verifications.enums import (
    CALL_TRANSITIONS,
    LINK_TRANSITIONS,
    OPEN_SESSION_STATUSES,
    SESSION_TRANSITIONS,
    VERIFICATION_TRANSITIONS,
)

DOCS = Path(__file__).resolve().parent
END = "<!-- end -->"
TABLES: Mapping[str, Callable[[], str]] = {
    "submissions": submission_table,
    "sessions": session_table,
    "links": link_table,
}
COLUMNS = "columns"
GROUP = "OPEN"


def begin(name: str) -> str:
    """The mark before a drawn table."""
    return f"<!-- drawn by python -m docs.generate: {name} -->"


def states_page() -> str:
    """The life cycles as diagrams, from the tables of transitions that the services obey."""
    return "\n".join(
        (
            "# States",
            "",
            "Drawn from `verifications/enums/` by `python -m docs.generate`; a test fails when they differ. What",
            "each state means for a person, and what moves it, is in [outcomes.md](outcomes.md).",
            "",
            "## Verification",
            "",
            *_diagram(VERIFICATION_TRANSITIONS),
            "",
            "`WAITING_FOR_CUSTOMER` and `EXPIRED` belong to verification sessions and links.",
            "",
            "## Verification session",
            "",
            "At Transmit Security. What leads out of the box leads out of each state in it.",
            "",
            *_diagram(SESSION_TRANSITIONS, group=OPEN_SESSION_STATUSES),
            "",
            "## Verification link",
            "",
            "At Capa.",
            "",
            *_diagram(LINK_TRANSITIONS),
            "",
            "## Provider call",
            "",
            *_diagram(CALL_TRANSITIONS),
            "",
            "A retry is a new call that names the one before it; no call leaves an end state.",
            "",
        )
    )


def with_tables(page: str) -> str:
    """The page with every table between its marks brought up to date."""
    for name, table in TABLES.items():
        before, _, rest = page.partition(begin(name))
        _, _, after = rest.partition(END)
        page = f"{before}{begin(name)}\n\n{table()}\n\n{END}{after}"
    return page


def with_columns(page: str) -> str:
    """The page of exports with its columns brought up to date."""
    before, _, rest = page.partition(begin(COLUMNS))
    _, _, after = rest.partition(END)
    return f"{before}{begin(COLUMNS)}\n\n{column_tables()}\n\n{END}{after}"


def _diagram(transitions: Mapping[Any, Collection[Any]], *, group: Collection[Any] = ()) -> list[str]:
    """A Mermaid diagram; the states of ``group`` stand in a box, and what all of them may become leaves the box."""
    order = list(transitions)
    shared = set.intersection(*(set(transitions[state]) for state in group)) if group else set()
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {order[0].value}"]
    if group:
        inner = [arrow for state in group for arrow in _arrows(state, set(transitions[state]) & set(group), order)]
        lines += [f"    state {GROUP} {{", *(f"    {arrow}" for arrow in inner), "    }"]
        lines += [f"    {GROUP} --> {after.value}" for after in order if after in shared]
    for state, after in transitions.items():
        left = set(after) - shared - set(group) if state in group else set(after)
        lines += _arrows(state, left, order)
        if not after:
            lines.append(f"    {state.value} --> [*]")
    return [*lines, "```"]


def _arrows(state: Any, after: Collection[Any], order: list[Any]) -> list[str]:
    return [f"    {state.value} --> {one.value}" for one in order if one in after]


def main() -> None:
    outcomes = DOCS / "outcomes.md"
    (DOCS / "states.md").write_text(states_page(), encoding="utf-8")
    exports = DOCS / "exports.md"
    exports.write_text(with_columns(exports.read_text(encoding="utf-8")), encoding="utf-8")
    outcomes.write_text(with_tables(outcomes.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
