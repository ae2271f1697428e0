"""The offline verifier on an export of many events, as an auditor runs it: a process of its own.

``python -m benchmarks.verify_log`` makes the export in a temporary folder, hashes the same bytes in memory as the
baseline of the same run, then times the verifier with its peak memory. ``--zip`` does it on a ZIP too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Timing, headline, line, mib, timed
from tests.integrity.building import (
    MADE_AT,
    PORTAL,
    anchor_line,
    event,
    head_of,
    line_of,
    seal_line,
    write_manifest,
)
from verifications.integrity import verify_records
from verifications.integrity.verify_records import NO_SEAL, canonical

SEAL = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--zip", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "log"
        anchors = _make(folder, chosen.events)
        size = (folder / "audit.jsonl").stat().st_size
        headline(
            "Verifying a log offline",
            f"{chosen.events:,} events in seals of {SEAL:,}, {mib(size)}, {size / chosen.events:.0f} bytes a line",
        )
        targets = {"verifier, folder": folder}
        if chosen.zip:
            targets["verifier, ZIP"] = _zipped(folder)
        runs = {words: _verified(target, anchors, chosen.rounds) for words, target in targets.items()}
        baseline = _in_memory(folder / "audit.jsonl", chosen.rounds)
        line("SHA-256 of each line, in memory", baseline)
        for words, run in runs.items():
            line(words, run.timing, baseline.fastest, "in memory")
            rate = chosen.events / run.timing.fastest * 1000
            processor = f"{run.processor:.1f} s of processor"
            print(f"  {'':<44} {rate:,.0f} events a second, {processor}, highest memory {mib(run.peak)}")


def _make(folder: Path, count: int) -> Path:
    """The export of a sound log, written a seal at a time; returns a file of anchors, one for every hundred seals."""
    folder.mkdir()
    previous, anchors, seals = NO_SEAL, [], iter(_seals(count))
    seal = b""
    with (folder / "audit.jsonl").open("wb") as entries, (folder / "audit.seals.jsonl").open("wb") as sealed:
        for number, events in enumerate(seals, start=1):
            records = [record for record, _ in events]
            seal = seal_line(records, number=number, first=(number - 1) * SEAL + 1, previous=previous)
            previous = json.loads(seal)["digest"]
            entries.writelines(line_of(*one) + b"\n" for one in events)
            sealed.write(seal + b"\n")
            if not number % 100:
                anchors.append(anchor_line(seal))
    (folder / "keys.json").write_bytes(canonical({PORTAL.key_id: PORTAL.public}))
    said = {"kind": "log", "log": "AUDIT", "entries": count, "sealed": count, "head": head_of(seal), "made_at": MADE_AT}
    files = {path.name: _sha256(path) for path in folder.iterdir()}
    write_manifest(folder, {**said, "files": files})
    path = folder.parent / "anchors.jsonl"
    path.write_bytes(b"".join(anchor + b"\n" for anchor in anchors))
    return path


def _seals(count: int) -> Iterator[list[tuple[bytes, bytes]]]:
    for first in range(1, count + 1, SEAL):
        yield [event(number) for number in range(first, min(first + SEAL, count + 1))]


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _in_memory(path: Path, rounds: int) -> Timing:
    """The least that any verifier of these lines has to do: one hash of each, nothing compared."""
    lines = path.read_bytes().splitlines()
    sha256 = hashlib.sha256

    def work() -> None:
        for one in lines:
            sha256(one).digest()

    return timed(work, rounds=rounds, seconds=60, warm_up=0)


def _zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    return path


@dataclass(frozen=True)
class Run:
    """``processor`` is the least of a run in seconds, ``peak`` the highest memory in bytes."""

    timing: Timing
    processor: float
    peak: int


def _verified(target: Path, anchors: Path, rounds: int) -> Run:
    """Whole runs, start of Python included. Comes before anything here holds much memory: a process that is started
    counts what its parent held.
    """
    script = str(Path(verify_records.__file__))
    key = f"{PORTAL.key_id}:{PORTAL.public}"
    command = [sys.executable, "-I", "-S", script, str(target), "--anchors", str(anchors), "--key", key]
    taken, processor = [], []
    for _ in range(max(1, rounds)):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        taken.append((time.perf_counter() - began) * 1000)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return Run(Timing(min(taken), statistics.median(taken)), min(processor), after.ru_maxrss * 1024)


if __name__ == "__main__":
    main()
