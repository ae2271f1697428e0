"""Brings the whole portal up in one terminal: web, worker, schedule, sealer and the stand-in of the providers."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from honcho.manager import Manager

READY_SECONDS = 60
QUIET = {"schedule", "sealer", "stand-in"}


class Command(BaseCommand):
    help = "Start web, worker, schedule, sealer and stand-in together; one Ctrl-C stops all. Not for production."
    requires_system_checks: list[str] = []

    def handle(self, **_options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError(
                "This starts the embedded portal. In production run each process by itself, see the README."
            )
        began = time.monotonic()
        port, sandbox_port = settings.PORT, int(os.environ.get("SANDBOX_PORT", settings.PORT + 1))
        _check_port(port, "PORT")
        _check_port(sandbox_port, "SANDBOX_PORT")
        call_command("migrate", verbosity=0, interactive=False)
        manager = Manager()
        for name, command in _processes(port, sandbox_port):
            manager.add_process(name, shlex.join(command), env=_environment(port, sandbox_port), quiet=name in QUIET)
        after_start = threading.Thread(
            target=self._after_start, args=(port, sandbox_port, began, manager), name="first-start", daemon=True
        )
        after_start.start()
        manager.loop()
        sys.exit(manager.returncode or 0)

    def _after_start(self, port: int, sandbox_port: int, began: float, manager: Manager) -> None:
        """Wait until everything answers, make the samples on a first start, then say where to go."""
        for address in (f"http://127.0.0.1:{port}/healthz", f"http://127.0.0.1:{sandbox_port}/"):
            if not _answers(address, READY_SECONDS):
                self.stderr.write(f"{address} does not answer; see the lines above. Stopping.")
                manager.terminate()
                return
        done = subprocess.run(
            [sys.executable, "manage.py", "first_start", "--sandbox-port", str(sandbox_port)],
            cwd=settings.BASE_DIR,
            env=_environment(port, sandbox_port),
            check=False,
        )
        if done.returncode:
            self.stderr.write("The samples could not be made; the portal runs without them.")
        self.stdout.write(f"Ready after {time.monotonic() - began:.0f} s. Ctrl-C stops everything.\n")


def _processes(port: int, sandbox_port: int) -> list[tuple[str, list[str]]]:
    python = shlex.quote(sys.executable)
    celery = f"{python} -m celery --quiet -A compliance_portal"
    return [
        (
            "web",
            shlex.split(
                f"{python} -m gunicorn compliance_portal.wsgi:application --bind 127.0.0.1:{port} "
                "--worker-class gthread --workers 1 --threads 12 --timeout 300 --no-control-socket --log-level warning"
            ),
        ),
        (
            "worker",
            shlex.split(
                f"{celery} worker --pool threads --concurrency 4 --loglevel WARNING --without-mingle --without-gossip "
                "--without-heartbeat"
            ),
        ),
        ("sealer", shlex.split(f"{python} manage.py seal_logs --follow")),
        ("schedule", shlex.split(f"{celery} beat --loglevel WARNING --pidfile=")),
        (
            "stand-in",
            shlex.split(
                f"{python} -m verifications.sandbox --port {sandbox_port} --allow-host 127.0.0.1:{port} "
                f"--allow-host localhost:{port} --state {shlex.quote(str(settings.VAR_DIR / 'sandbox'))}"
            ),
        ),
    ]


def _environment(port: int, sandbox_port: int) -> dict[str, str]:
    return os.environ | {"PORT": str(port), "SANDBOX_PORT": str(sandbox_port), "PYTHONUNBUFFERED": "1"}


def _check_port(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} is in use by another program. Stop it, or choose another port: "
                f"{variable}={port + 10} make run"
            ) from error


def _answers(address: str, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - loopback, fixed scheme
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False
