"""``python -m tests.chaos --submissions 2000 --workers 4``; exit status 1 when a row breaks the promise."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.brokers import open_broker
from tests.chaos.databases import open_database
from tests.chaos.options import parse_options
from tests.chaos.processes import Fleet

LEASE_SECONDS = 4.0
SWEEP_SECONDS = 1.0


def main(arguments: list[str]) -> int:
    options = parse_options(arguments)
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(143))  # so that a stopped run clears up too
    with contextlib.ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-chaos-", ignore_cleanup_errors=True))
        )
        database = stack.enter_context(open_database(options.database_url, folder))
        broker = stack.enter_context(open_broker(options.broker, options.broker_url, folder))
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONUNBUFFERED": "1",
            "ENVIRONMENT": "embedded",
            "DJANGO_SETTINGS_MODULE": "compliance_portal.settings",
            "VAR_DIR": str(folder),
            "DATABASE_URL": database.url,
            "CELERY_BROKER_URL": broker.url,
            "SWEEP_SECONDS": str(SWEEP_SECONDS),
            "PROVIDER_CALL_LEASE_SECONDS": str(LEASE_SECONDS),
            "LOG_LEVEL": "ERROR",
        }
        fleet = Fleet(folder, environment, workers=options.workers)
        environment |= {"PORT": str(fleet.web_port), "PUBLIC_URL": f"http://127.0.0.1:{fleet.web_port}"}
        for name in ("REDIS_URL", "SECRET_KEY", "VAULT_MASTER_KEYS", "AUDIT_SIGNING_KEYS"):
            os.environ.pop(name, None)
        os.environ |= environment
        import django

        django.setup()
        from tests.chaos import report
        from tests.chaos.run import run

        stack.callback(_close_connections)
        stack.callback(fleet.stop)
        done = run(options, fleet=fleet, broker=broker, database=database, lease=LEASE_SECONDS, folder=folder)
        text = report.table(done)
    print(f"\n{text}\n")
    for kind, found in done.verdict.violations.items():
        for line in found:
            print(f"{kind}: {line}")
    if options.write is not None:
        report.write(options.write, text)
    return 0 if done.verdict.holds else 1


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
