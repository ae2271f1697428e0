"""A running stand-in for tests: on a free loopback port, in a thread or in a process of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from .app import create_app
from .config import SandboxConfig
from .server import build_server, stop_server


@dataclass(frozen=True)
class RunningSandbox:
    """Where it listens and the content of its ``keys.json``. ``process_id`` is None when it runs in a thread."""

    base_url: str
    keys: dict[str, Any]
    process_id: int | None = None

    def control(self, method: str, path: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call ``/_sandbox/<path>`` and return the JSON of the answer; RuntimeError when it was refused."""
        with urllib3.PoolManager(retries=False) as pool:
            response = pool.request(method, f"{self.base_url}/_sandbox/{path}", json=document)
        if response.status >= 400:
            raise RuntimeError(response.data.decode())
        answer: dict[str, Any] = response.json()
        return answer

    def arm(self, fault: str, *, api: str = "*", operation: str = "*", times: int = 1, **more: Any) -> None:
        """Make the next ``times`` calls of an operation fail; ``more`` is ``latency_ms`` or ``retry_after``."""
        self.control("POST", "faults", {"api": api, "operation": operation, "fault": fault, "times": times, **more})

    def record(self) -> list[dict[str, Any]]:
        """Every submission that was accepted, oldest first."""
        rows: list[dict[str, Any]] = self.control("GET", "record")["submissions"]
        return rows

    def sessions(self) -> list[dict[str, Any]]:
        """Every session at Transmit Security, oldest first, with the facts of its images."""
        rows: list[dict[str, Any]] = self.control("GET", "sessions")["sessions"]
        return rows


@contextlib.contextmanager
def running_sandbox(
    state_dir: Path, *, allow_hosts: Sequence[str] = (), in_process: bool = False, **settings: Any
) -> Iterator[RunningSandbox]:
    """Run a stand-in for the time of the block. ``settings`` are further fields of SandboxConfig.

    ``in_process`` starts ``python -m verifications.sandbox`` instead of a thread; of the settings it takes the numbers
    that the command line takes.
    """
    if in_process:
        with _process(state_dir, allow_hosts, settings) as (base_url, process_id):
            yield RunningSandbox(base_url, _keys(state_dir), process_id)
        return
    app = create_app(SandboxConfig(state_dir=state_dir, allow_hosts=tuple(allow_hosts), **settings))
    server = build_server(app, bind="127.0.0.1", port=0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield RunningSandbox(f"http://127.0.0.1:{server.server_port}", _keys(state_dir))
    finally:
        app.sandbox.stopping.set()
        stop_server(server, app, thread)


@contextlib.contextmanager
def _process(state_dir: Path, allow_hosts: Sequence[str], settings: dict[str, Any]) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "verifications.sandbox", "--port", "0", "--state", str(state_dir)]
    for host in allow_hosts:
        command += ["--allow-host", host]
    for name, value in settings.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        if "http://" not in line:
            raise RuntimeError("the stand-in did not start")
        yield line.rsplit(" ", 1)[1].strip().rstrip("/"), process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _keys(state_dir: Path) -> dict[str, Any]:
    keys: dict[str, Any] = json.loads((state_dir / "keys.json").read_text(encoding="utf-8"))
    return keys
