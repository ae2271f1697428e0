"""How every benchmark says on what it ran, how it times and how it prints a ratio."""

from __future__ import annotations

import datetime as dt
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one piece of work: the fastest run and the median.

    Ratios are taken between the fastest runs: on a machine with other work they differ least from run to run.
    """

    fastest: float
    median: float

    def __str__(self) -> str:
        return f"{self.fastest:9.2f} ms  median {self.median:9.2f}"


def headline(title: str, *more: str) -> None:
    """Date, command and machine: what a figure is worth nothing without."""
    now = dt.datetime.now(dt.UTC)
    print(f"{title}, {now:%Y-%m-%d %H:%M} UTC")
    script = Path(sys.argv[0])
    python = f"Python {platform.python_version()}"
    print(f"  command: python -m {script.parent.name}.{script.stem} {' '.join(sys.argv[1:])}".rstrip())
    print(f"  machine: {os.cpu_count()} x {_processor()}, {_memory()} GiB, {platform.system()}, {python}")
    for line in more:
        print(f"  {line}")
    print(flush=True)


def timed(work: Callable[[], object], *, rounds: int = 40, seconds: float = 3.0, warm_up: int = 3) -> Timing:
    """Run ``work`` up to ``rounds`` times or ``seconds`` long, three times at least, after a warm-up."""
    for _ in range(warm_up):
        work()
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while len(taken) < rounds and (len(taken) < 3 or time.perf_counter() < end):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return Timing(min(taken), statistics.median(taken))


def line(name: str, timing: Timing, baseline: float | None = None, against: str = "") -> None:
    """One result; ``baseline``, the fastest run of something else in milliseconds, gives its ratio."""
    ratio = f"   {timing.fastest / baseline:6.2f} x {against}" if baseline else ""
    print(f"  {name:<44} {timing}{ratio}", flush=True)


def mib(size: float) -> str:
    return f"{size / 1024 / 1024:.1f} MiB"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "processor"
    return next((text.partition(":")[2].strip() for text in lines if text.startswith("model name")), platform.machine())


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3)
