"""The whole portal, started as ``make run`` starts it, in a folder of its own: for browser tests and screenshots."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 150


@dataclass(frozen=True)
class RunningPortal:
    """Where it listens, and the sample people's passwords by sign-in name."""

    url: str
    sandbox_url: str
    passwords: dict[str, str]
    var_dir: Path
    process_id: int


@contextlib.contextmanager
def running_portal(var_dir: Path) -> Iterator[RunningPortal]:
    """Start web, worker, schedule and stand-in, wait for the samples, stop all of it afterwards."""
    port, sandbox_port = _free_ports()
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "SECRET_KEY", "VAULT_MASTER_KEYS", "AUDIT_SIGNING_KEYS", "ENVIRONMENT"}
        and name not in {"PUBLIC_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    } | {"PORT": str(port), "SANDBOX_PORT": str(sandbox_port), "VAR_DIR": str(var_dir), "PYTHONUNBUFFERED": "1"}
    log = var_dir / "portal.log"
    var_dir.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "start"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_ready(process, log)
        yield RunningPortal(
            url=f"http://127.0.0.1:{port}",
            sandbox_url=f"http://127.0.0.1:{sandbox_port}",
            passwords=json.loads((var_dir / "sample-sign-ins.json").read_text()),
            var_dir=var_dir,
            process_id=process.pid,
        )
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)


def _wait_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        text = log.read_text(errors="replace")
        if "Ready after" in text:
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise RuntimeError(f"The portal did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _free_ports() -> tuple[int, int]:
    """Two free loopback ports below the ephemeral range."""
    found: list[int] = []
    for port in range(20_000 + os.getpid() % 5000, 32_000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == 2:
            return found[0], found[1]
    raise RuntimeError("no free port")
