"""The portal's processes and the stand-in, each started and ended by its id."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
QUIET = "--loglevel CRITICAL --without-mingle --without-gossip --without-heartbeat"
POOLS = ("--pool threads --concurrency 6", "--pool prefork --concurrency 3")
BEAT = "celery -A compliance_portal beat --loglevel CRITICAL --pidfile="
WEB = (
    "gunicorn compliance_portal.wsgi:application --bind 127.0.0.1:{port} --worker-class gthread --threads 6 "
    "--no-control-socket --log-level critical"
)
STAND_IN = (
    "verifications.sandbox --port {port} --state {state} --allow-host 127.0.0.1:{web} --review-seconds 0.2 "
    "--slow-seconds 1"
)


class Fleet:
    """Every process of the run by name. ``kill`` is SIGKILL; what was killed is started again at once."""

    def __init__(self, folder: Path, environment: dict[str, str], *, workers: int) -> None:
        self.folder, self._environment = folder, environment
        self.web_port, self.stand_in_port = free_port(), free_port()
        commands = {
            "stand-in": STAND_IN.format(port=self.stand_in_port, state=folder / "stand-in", web=self.web_port),
            "web": WEB.format(port=self.web_port),
            "beat": BEAT,
        }
        for number in range(workers):
            commands[f"worker-{number}"] = (
                f"celery -A compliance_portal worker -n {number}@chaos {POOLS[number % len(POOLS)]} {QUIET}"
            )
        self._commands = commands
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def stand_in_url(self) -> str:
        return f"http://127.0.0.1:{self.stand_in_port}"

    @property
    def worker_names(self) -> list[str]:
        return [name for name in self._commands if name.startswith("worker")]

    def start_all(self) -> None:
        for name in self._commands:
            self.start(name)
        for port, path in ((self.stand_in_port, "/"), (self.web_port, "/healthz")):
            _wait_for(f"http://127.0.0.1:{port}{path}")

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", *self._commands[name].split()],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str) -> None:
        """End a whole process group's head as a crash would, and start it anew."""
        process = self._running[name]
        orphans = children(process.pid)
        process.kill()
        process.wait(20)
        for pid in orphans:  # a machine that dies takes the pool along
            kill_quietly(pid)
        self.start(name)

    def kill_child(self, name: str, choose: Any) -> bool:
        """End one process of a pool; ``False`` when this worker has none."""
        pids = children(self._running[name].pid)
        return bool(pids) and kill_quietly(choose(pids))

    def restart_stand_in(self, *, crash: bool) -> None:
        process = self._running["stand-in"]
        process.send_signal(signal.SIGKILL if crash else signal.SIGTERM)
        process.wait(30)
        self.start("stand-in")
        _wait_for(self.stand_in_url + "/")

    def control(self, method: str, path: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
        """Speak to the stand-in's control address, patiently: it may be starting this moment."""
        request = urllib.request.Request(  # noqa: S310 - loopback, fixed scheme
            f"{self.stand_in_url}/_sandbox/{path}",
            data=None if document is None else json.dumps(document).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        end = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                    result: dict[str, Any] = json.load(answer)
                    return result
            except urllib.error.HTTPError as error:
                if error.code == 409:  # the answer to the first of two tries was lost
                    return {}
                raise
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def keys(self) -> dict[str, Any]:
        keys: dict[str, Any] = json.loads((self.folder / "stand-in" / "keys.json").read_text())
        return keys

    def stop(self) -> None:
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        for process in self._running.values():
            orphans = children(process.pid)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            if process.poll() is None:
                process.kill()
                process.wait(10)
            for pid in orphans:
                kill_quietly(pid)


def children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(one) for one in text.split()]


def kill_quietly(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


_given: set[int] = set()


def free_port() -> int:
    """A free loopback port below the ephemeral range."""
    for port in range(23_000 + os.getpid() % 700, 25_000):
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise RuntimeError("no free port between 23000 and 25000")


def _wait_for(address: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
