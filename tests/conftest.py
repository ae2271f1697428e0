"""What every test stands on: no network but loopback, a clean context, append-only tables that tests may empty."""

from __future__ import annotations

import ipaddress
import itertools
import os
import shutil
import socket
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from tests.silent_writes import watching_what_is_asked
from tests.thrift import work_done_once

hypothesis.settings.register_profile("portal", deadline=None)  # a slow machine is no fault of an example
hypothesis.settings.load_profile("portal")

CHROMIUM = shutil.which("chromium") or ""


class NetworkOutOfReach(RuntimeError):
    """A test tried to leave this machine."""


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """Connections go to loopback or a local socket; anything else fails loudly, name look-ups included."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(address: Any) -> None:
        if isinstance(address, (str, bytes)):
            return
        host = str(address[0])
        if host != "localhost" and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
            raise NetworkOutOfReach(host)

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "", "localhost"):
            try:
                ipaddress.ip_address(name)
            except ValueError as error:
                raise socket.gaierror(socket.EAI_NONAME, "names are out of reach in tests") from error
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


@pytest.fixture(autouse=True, scope="session")
def thrifty() -> Iterator[None]:
    """Nothing is decoded, listed or swept up a second time without need."""
    with work_done_once():
        yield


@pytest.fixture(autouse=True, scope="session")
def nothing_written_in_silence() -> Iterator[None]:
    """Whatever a test asks of a page, a command or a task leaves an event beside what it writes, or the test fails."""
    with watching_what_is_asked():
        yield


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of folders that nobody has made yet: most tests store nothing."""
    root = tmp_path_factory.mktemp("stored")
    return (root / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def clean_slate(request: pytest.FixtureRequest, folders: Iterator[Path], settings: Any) -> None:
    """Documents of a test go to its own folder; nothing is remembered from the test before."""
    own = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else next(folders)
    settings.STORAGES = {
        **settings.STORAGES,
        "documents": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": own / "documents"},
        },
    }
    cache.clear()


def _commits(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    names = {"transactional_db", "live_server"}
    return bool(names.intersection(request.fixturenames) or (marker and marker.kwargs.get("transaction")))


_lifted: list[bool] = []


@pytest.fixture(autouse=True)
def append_only_logs(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that commits has its tables emptied afterwards, which the logs' triggers refuse: lift them for that.

    Such tests run last; one of the others that comes later all the same finds the triggers set again.
    """
    if not _commits(request):
        if _lifted and (request.node.get_closest_marker("django_db") or "db" in request.fixturenames):
            request.getfixturevalue("db")
            _set_triggers(on=True)
        yield
        return
    request.getfixturevalue("transactional_db")
    _set_triggers(on=True)
    yield
    _set_triggers(on=False)
    _lifted.append(True)


def _set_triggers(*, on: bool) -> None:
    logs = import_module("verifications.migrations.0002_append_only_logs")
    desk = import_module("verifications.migrations.0008_append_only_decisions")
    records = import_module("verifications.migrations.0010_append_only_records")
    tables = (*logs.TABLES, *desk.TABLES, *records.TABLES)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} {'ENABLE' if on else 'DISABLE'} TRIGGER USER")
            return
        for table in tables:
            for name in logs.SQLITE_NAMES:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}")
            if on:
                own = [text.format(table=table) for text in logs.SQLITE_TABLE]
                home = records if table in records.TABLES else desk
                for statement in own if table in logs.TABLES else home.sqlite_statements(table):
                    cursor.execute(statement)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this machine can't run, and say why."""
    on_postgres = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    must_run = os.environ.get("NOTHING_SKIPPED") == "1"
    reasons = {
        "browser": "" if CHROMIUM else "Debian's chromium is not installed (apt-get install chromium)",
        "postgres": "" if on_postgres else "needs PostgreSQL: set DATABASE_URL=postgres://...",
        "s3": ""
        if os.environ.get("S3_ENDPOINT_URL")
        else "needs an S3-compatible server: set S3_ENDPOINT_URL=http://...",
        "redis": "" if os.environ.get("REDIS_URL") else "needs Redis: set REDIS_URL=redis://...",
    }
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))  # one running portal serves them all
        for marker, reason in reasons.items():
            if item.get_closest_marker(marker) and reason:
                if must_run and marker in ("browser", "s3"):
                    raise pytest.UsageError(f"NOTHING_SKIPPED=1, but {reason}")
                item.add_marker(pytest.mark.skip(reason=reason))
