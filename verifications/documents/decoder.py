"""The decoding process: reads one job as JSON from its input, bounds itself, answers one JSON object.

It is the only place where a customer's file is decoded. Limits are set before any decoder is loaded, and a decoder is
loaded only for its own kind of file. The answer is ``{"facts": ..., "usage": ...}`` or ``{"refused": code, "message":
..., "usage": ...}``, or ``{"broken": reason}`` where the installation is at fault; no answer at all means that the
process was stopped by one of its bounds.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
import time
from pathlib import Path
from typing import Any

from verifications.documents.jobs import Facts, Job
from verifications.documents.refusals import refuse
from verifications.documents.types import DecoderUnavailable, Limits, UploadRefused

_IS_LINUX = sys.platform.startswith("linux")
_JSON_MAX_DEPTH_ERRORS = (ValueError, RecursionError)


def main() -> None:
    """Entry point: ``python -m verifications.documents.decoder < job.json``."""
    job = Job.from_json(sys.stdin.read())
    bound_this_process(job.limits)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy is loaded; each thread would map memory of its own
    json.dump({**_answer(job), "usage": usage()}, sys.stdout)


def bound_this_process(limits: Limits) -> None:
    """Set the bounds of the kernel; where a system does not know one (macOS and memory), the others still hold."""
    _bound(resource.RLIMIT_CORE, 0, 0)
    _bound(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds_hard)
    _bound(resource.RLIMIT_FSIZE, limits.output_bytes, limits.output_bytes)
    _bound(resource.RLIMIT_NOFILE, limits.open_files, limits.open_files)
    _bound(resource.RLIMIT_DATA, limits.data_bytes, limits.data_bytes)
    _bound(resource.RLIMIT_AS, limits.address_space_bytes, limits.address_space_bytes)


def usage() -> dict[str, float]:
    """Processor seconds and the highest resident memory in bytes of this process so far."""
    return {"cpu_seconds": time.process_time(), "peak_bytes": _peak_bytes()}


def _bound(kind: int, soft: int, hard: int) -> None:
    try:
        resource.setrlimit(kind, (soft, hard))
    except (ValueError, OSError):
        if _IS_LINUX:
            raise


def _peak_bytes() -> int:
    """The kernel's own figure; on Linux not ``ru_maxrss``, which a process inherits from the one that started it."""
    if _IS_LINUX:
        found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
        return int(found[1]) * 1024 if found else 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _answer(job: Job) -> dict[str, Any]:
    try:
        return {"facts": _look(job).to_dict()}
    except UploadRefused as refusal:
        return {"refused": refusal.code, "message": refusal.message}
    except MemoryError:
        limits = job.limits
        verdict = refuse("too_demanding", memory=str(limits.data_bytes // 2**20), seconds=str(limits.cpu_seconds))
        return {"refused": verdict.code, "message": verdict.message}
    except (DecoderUnavailable, ImportError) as error:
        return {"broken": str(error)}
    except Exception:  # whatever else a decoder trips over lies in the file
        verdict = refuse("pdf_damaged" if job.content_type == "application/pdf" else "damaged")
        return {"refused": verdict.code, "message": verdict.message}


def _look(job: Job) -> Facts:
    family = job.content_type.partition("/")[0]
    if family == "image":
        from verifications.documents.pictures import look_at_picture  # noqa: PLC0415 - loaded only where needed

        return look_at_picture(job)
    if job.content_type == "application/pdf":
        from verifications.documents.pdf_pages import look_at_paper  # noqa: PLC0415 - loaded only where needed

        return look_at_paper(job)
    if family == "video":
        from verifications.documents.videos import look_at_video  # noqa: PLC0415 - loaded only where needed

        return look_at_video(job)
    if job.content_type == "application/json":
        try:
            json.loads(job.path.read_bytes())
        except _JSON_MAX_DEPTH_ERRORS as error:
            raise refuse("json_damaged") from error
    return Facts()


if __name__ == "__main__":
    main()
