"""Starting, bounding and ending the decoding process: one child per file, never inside the portal's own process."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verifications.documents.jobs import Facts, Job, Usage
from verifications.documents.refusals import refuse
from verifications.documents.types import DecoderUnavailable, Limits, UploadRefused

logger = logging.getLogger(__name__)

MAX_AT_ONCE = 2
_ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.append(sys.argv[1]); from verifications.documents.decoder import main; main()"
_ENVIRONMENT = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "MALLOC_ARENA_MAX": "1"}
_ANSWER_MAX_BYTES = 256 * 1024
_OUT_OF_TIME = {signal.SIGXCPU, signal.SIGKILL}
_places = threading.BoundedSemaphore(MAX_AT_ONCE)


@dataclass(frozen=True)
class Outcome:
    """How a decoding process ended: with facts, or a refusal; ``usage`` is None where it was stopped or crashed."""

    facts: Facts | None
    refusal: UploadRefused | None
    usage: Usage | None


def decode(job: Job) -> Facts:
    """Have one file looked at; raises ``UploadRefused``, or ``DecoderUnavailable`` if the installation is at fault."""
    outcome = run_decoder(job)
    if outcome.refusal is not None:
        raise outcome.refusal
    if outcome.facts is None:
        raise DecoderUnavailable("The decoding process answered without facts.")
    return outcome.facts


def run_decoder(job: Job) -> Outcome:
    """Run the decoding process for one job; at most ``MAX_AT_ONCE`` run at a time, others wait for their turn.

    The process gets a clean environment, no network address, key or setting of the portal, and a process group of its
    own that is killed when the wall-clock limit is over. A process stopped by a limit counts as a refusal.
    """
    with _places, tempfile.TemporaryFile() as questions, tempfile.TemporaryFile() as answers:
        questions.write(job.to_json().encode())
        questions.seek(0)
        alive, held = os.pipe()  # the child holds one end, whose closing tells of its end at once, without polling
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", _START, str(_ROOT)],
            stdin=questions,
            stdout=answers,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
            pass_fds=(held,),
        )
        os.close(held)
        try:
            if not _ended(alive, job.limits.wall_seconds):
                logger.warning("Decoding process stopped after %s s", job.limits.wall_seconds)
                return _stopped("too_demanding", job.limits)
        finally:
            os.close(alive)
            _kill_group(process)
        answers.seek(0)
        return _read_answer(answers.read(_ANSWER_MAX_BYTES + 1), process.returncode, job.limits)


def _ended(alive: int, seconds: float) -> bool:
    """Wait until the other end of the pipe is closed; False if that took longer than allowed."""
    waiting = select.poll()
    waiting.register(alive, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End whatever is left of the process and its children, then reap it; a process that had ended keeps its status."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _read_answer(raw: bytes, returncode: int, limits: Limits) -> Outcome:
    if returncode < 0:
        logger.warning("Decoding process ended by signal %s", -returncode)
        return _stopped("too_demanding" if -returncode in _OUT_OF_TIME else "unopenable", limits)
    try:
        data: dict[str, Any] = json.loads(raw)
        usage = Usage(**data["usage"])
        if "facts" in data:
            return Outcome(Facts.from_dict(data["facts"]), None, usage)
        if "refused" in data:
            return Outcome(None, UploadRefused(data["refused"], data["message"]), usage)
    except (ValueError, KeyError, TypeError) as error:
        raise DecoderUnavailable(f"The decoding process failed (exit status {returncode}).") from error
    raise DecoderUnavailable(f"The decoding process could not do its work: {data.get('broken')}")


def _stopped(code: str, limits: Limits) -> Outcome:
    refusal = refuse(code, memory=str(limits.data_bytes // 2**20), seconds=str(limits.cpu_seconds))
    return Outcome(None, refusal, None)
