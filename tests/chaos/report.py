"""The figures of a run, printed and written into the page between its marks."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.options import Options
from tests.chaos.verdict import Verdict

BEGIN, END = "<!-- written by python -m tests.chaos -->", "<!-- end -->"


@dataclass(frozen=True)
class Run:
    """Everything there is to say about one run. ``flagged``: unknown before people looked at any."""

    options: Options
    verdict: Verdict
    happened: Counter[str]
    choices: Counter[str]
    flagged: int
    told_of_errors: int
    seconds: float
    settled_after: float
    slowest_find: float
    lease: float
    server: str


def table(run: Run) -> str:
    """The run as a table in Markdown."""
    verdict, options = run.verdict, run.options
    rows: list[tuple[str, object]] = [
        *((f"**{name}**", f"**{len(found)}**") for name, found in verdict.violations.items()),
        ("submissions made", verdict.submitted),
        ("accepted in the stand-in's record", verdict.received),
        ("of these a second time, by a recorded choice of two people", verdict.twice_by_choice),
        ("unknown before people looked, all listed", run.flagged),
        *((f"at the end: {name.lower()}", count) for name, count in sorted(verdict.outcomes.items())),
        *((f"people: {name.lower()}", count) for name, count in sorted(run.choices.items())),
        *sorted(run.happened.items()),
        ("errors shown to the people who submitted, who tried again", run.told_of_errors),
        *(
            (f"nonces refused, {lane} mode", f"{verdict.nonces_refused[lane]} of {sent}")
            for lane, sent in sorted(verdict.calls_sent.items())
        ),
        (f"longest time from the first byte to `worker_lost` (lease {run.lease:g} s)", f"{run.slowest_find:.1f} s"),
        ("under fire", f"{run.seconds:.0f} s, {verdict.submitted / run.seconds:.1f} submissions a second"),
        ("until everything had ended after that", f"{run.settled_after:.0f} s"),
    ]
    now = dt.datetime.now(dt.UTC)
    head = (
        f"{now:%Y-%m-%d %H:%M} UTC, {os.cpu_count()} processors, {run.server}, broker {options.broker}, "
        f"{options.workers} worker processes, seed {options.seed}: `python -m tests.chaos --submissions "
        f"{options.submissions} --workers {options.workers} --broker {options.broker} --seed {options.seed}`"
    )
    lines = [head, "", "| what | figure |", "| --- | --- |", *(f"| {name} | {figure} |" for name, figure in rows)]
    calls = sorted(verdict.calls.items())
    lines += ["", "Calls that carried a submission, by outcome and code:", "", "| outcome | calls |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {name} | {count} |" for name, count in calls)])


def write(page: Path, text: str) -> None:
    """Replace what stands between the marks; ``ValueError`` for a page that has none."""
    before, mark, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"{page} has no place for the table")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
