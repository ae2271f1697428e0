"""The stand-in as a process: start, restart, stop, memory, log lines, and that it stands apart."""

from __future__ import annotations

import ast
import logging
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import verifications.sandbox
from tests.sandbox import samples
from tests.sandbox.samples import identity_parts, parts_of
from tests.sandbox.signer import Client
from verifications.sandbox.testing import RunningSandbox, running_sandbox

ROOT = Path(verifications.sandbox.__file__).resolve().parents[2]
PACKAGE = Path(verifications.sandbox.__file__).parent


def kraken_of(running: RunningSandbox) -> Client:
    return Client(running.base_url, running.keys["kraken_embed"])


def peak_memory_mib(process_id: int) -> float:
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def test_users_keys_and_nonces_survive_a_restart(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as first:
        created = kraken_of(first).call("POST", "/b2b/users", samples.kraken_user(), nonce=1000)
    with running_sandbox(tmp_path) as second:
        target = f"/b2b/users/{created.json()['result']['user']}"
        replayed = kraken_of(second).call("GET", target, nonce=1000)
        read = kraken_of(second).call("GET", target, nonce=1001)

    assert first.keys == second.keys
    assert (replayed.errors, read.status) == (["EAPI:Invalid nonce"], 200)
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_memory_stays_flat_with_a_file_of_20_mib_and_the_spool_is_emptied(tmp_path: Path) -> None:
    video = samples.MP4 + os.urandom(1024) * (20 * 1024)
    with running_sandbox(tmp_path, in_process=True) as running:
        client = kraken_of(running)
        user_id = client.call("POST", "/b2b/users", samples.kraken_user()).json()["result"]["user"]
        target = f"/b2b/verifications/{user_id}"
        assert client.send_parts(target, identity_parts()).status == 200
        assert running.process_id is not None
        before = peak_memory_mib(running.process_id)

        answer = client.send_parts(target, parts_of("selfie", samples.SELFIE, ("selfie", "s.mp4", video)))

        grown = peak_memory_mib(running.process_id) - before
        row = running.record()[-1]

    assert answer.status == 200
    assert row["files"][0]["size"] == len(video)
    assert grown < 8
    assert list((tmp_path / "incoming").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_request_under_way_end(tmp_path: Path, number: int) -> None:
    answers: list[int] = []
    with running_sandbox(tmp_path, in_process=True) as running:
        client = kraken_of(running)
        running.control("POST", "latency", {"api": "kraken_embed", "latency_ms": 2000})
        thread = threading.Thread(
            target=lambda: answers.append(client.call("GET", "/b2b/users/AA99ZZZZZZZZZZZZ").status)
        )
        thread.start()
        time.sleep(0.2)
        assert running.process_id is not None
        os.kill(running.process_id, number)
        thread.join()

    assert answers == [404]


def test_a_port_in_use_is_said_plainly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "verifications.sandbox", "--port", str(port), "--state", str(tmp_path)]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)

    assert run.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use." in run.stderr


def test_log_lines_carry_no_address_no_id_and_no_body(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with running_sandbox(tmp_path) as running:
        client = kraken_of(running)
        user_id = client.call("POST", "/b2b/users", samples.kraken_user()).json()["result"]["user"]
        client.call("GET", f"/b2b/users/{user_id}?hint=secret")

    lines = [record.getMessage() for record in caplog.records if record.name == "sandbox"]
    assert [line.rpartition(" ")[0] for line in lines] == [
        "POST kraken_embed.create_user 201",
        "GET kraken_embed.get_user 200",
    ]
    assert not any(user_id in record.getMessage() or "secret" in record.getMessage() for record in caplog.records)


def test_an_unexpected_error_is_answered_500_and_logged_without_its_message(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_more: Any) -> None:
        raise RuntimeError(samples.kraken_user()["full_name"])

    with running_sandbox(tmp_path) as running:
        monkeypatch.setattr("verifications.sandbox.store.Store.user", broken)
        answer = kraken_of(running).call("GET", "/b2b/users/AA99ZZZZZZZZZZZZ")

    assert (answer.status, answer.errors) == (500, ["EGeneral:Internal error"])
    assert "RuntimeError in get_user" in caplog.text
    assert "Amaia" not in caplog.text


def test_the_stand_in_imports_nothing_of_the_portal() -> None:
    imported = set()
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level <= 1, path.name
                imported |= {(node.module or "").partition(".")[0]} if node.level == 0 else set()

    assert imported - set(sys.stdlib_module_names) == {"PIL", "urllib3", "werkzeug"}


def test_starting_it_loads_neither_django_nor_the_portal() -> None:
    code = (
        "import sys, verifications.sandbox.__main__\n"
        "own = [m for m in sys.modules if m.startswith('verifications.') and '.sandbox' not in m]\n"
        "print(own, 'django' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[] False"
