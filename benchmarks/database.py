"""A PostgreSQL database of the run's own: created, migrated, filled by SQL, dropped at the end."""

from __future__ import annotations

import argparse
import atexit
import os
import signal
import sqlite3
import sys
import tempfile
from urllib.parse import urlsplit, urlunsplit

import psycopg

DEFAULT_SERVER = "postgres://postgres@127.0.0.1:5432/postgres"


def add_server_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--server",
        default=os.environ.get("BENCH_POSTGRES", DEFAULT_SERVER),
        help="an address that may create databases (default: BENCH_POSTGRES, else %(default)s)",
    )


def start_django_on_own_database(server: str) -> str:
    """Create a database, point Django at it, migrate; it is dropped when the process ends. Returns the version."""
    name = f"portal_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        row = connection.execute("SHOW server_version").fetchone()
    atexit.register(_drop, server, name)
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(143))  # so that a stopped run drops its database too
    folder = tempfile.TemporaryDirectory(prefix="portal-bench-")
    atexit.register(folder.cleanup)
    os.environ |= {
        "DATABASE_URL": urlunsplit(urlsplit(server)._replace(path=f"/{name}")),
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "ENVIRONMENT": "embedded",
        "VAR_DIR": folder.name,
    }
    import django  # noqa: PLC0415 - the environment comes first
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    return str(row[0]) if row else "unknown"


def start_django_on_own_sqlite() -> str:
    """The same on a SQLite file in a folder of the run's own."""
    folder = tempfile.TemporaryDirectory(prefix="portal-bench-")
    atexit.register(folder.cleanup)
    os.environ |= {
        "DATABASE_URL": f"sqlite:///{folder.name}/portal.sqlite3",
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "ENVIRONMENT": "embedded",
        "VAR_DIR": folder.name,
    }
    import django  # noqa: PLC0415 - the environment comes first
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    return sqlite3.sqlite_version


def _drop(server: str, name: str) -> None:
    from django.db import connections  # noqa: PLC0415

    connections.close_all()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
