"""A database of the run's own, and a way to cut the connections to it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

CUT = """
SELECT count(pg_terminate_backend(pid)) FROM (
  SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
  ORDER BY random() LIMIT %s) AS cut
"""


class Database:
    """``url`` is for the portal. Cutting does nothing on SQLite, which has no connections."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = psycopg.connect(url, autocommit=True) if url.startswith("postgres") else None

    def cut(self, most: int) -> int:
        """End up to so many connections of the portal; returns how many it were."""
        if self._connection is None:
            return 0
        row = self._connection.execute(CUT, [most]).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


@contextlib.contextmanager
def open_database(server: str, folder: Path) -> Iterator[Database]:
    """A new database for the block, dropped afterwards."""
    if not server.startswith("postgres"):
        yield Database(f"sqlite:///{folder / 'portal.sqlite3'}")
        return
    name = f"portal_chaos_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    database = Database(urlunsplit(urlsplit(server)._replace(path=f"/{name}")))
    try:
        yield database
    finally:
        database.close()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
