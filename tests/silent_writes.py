"""Watches what requests, commands and tasks write in any test: a table of the portal without an event fails the test.

A test runs inside a transaction that never ends, so a transaction of the code under test is its outermost savepoint,
and a statement outside of one stands for itself. Tests that commit are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest
from celery.app.task import Task
from django.core.management.base import BaseCommand
from django.db import connection
from django.test.client import ClientHandler

from verifications.integrity.traces import Trace

LEFT_TO_THE_GUARD = {("account_emailaddress", "INSERT")}
"""allauth copies somebody's address from ``auth_user`` when it first needs it: the guard's own event is the trace."""
_paused: list[bool] = []


class SilentWrite(AssertionError):
    """Something changed a table of the portal, and neither log says so."""


class Watch(Trace):
    """``found``: for each transaction without an event the tables and verbs it wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[list[tuple[str, str]]] = []

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, info: Mapping[str, Any]) -> Any:
        cursor = info["cursor"].cursor
        result = self.follow(str(sql), run=lambda: execute(sql, params, many, info), rows=lambda: int(cursor.rowcount))
        if len(self.parts) == 1:
            if self.parts[0].is_silent and not _paused and not LEFT_TO_THE_GUARD.issuperset(self.parts[0].writes):
                self.found.append(sorted(self.parts[0].writes))
            self.clear()
        return result


@contextmanager
def watched(what: str) -> Iterator[None]:
    """Raises ``SilentWrite`` at the end of the block if something in it was written without an event."""
    if not connection.in_atomic_block:
        yield
        return
    watch = Watch()
    with connection.execute_wrapper(watch):
        yield
    if watch.found:
        raise SilentWrite(f"{what} wrote without an event of either log: {watch.found}")


@contextmanager
def by_the_test() -> Iterator[None]:
    """For what a test itself writes in the middle of a request, as if it were somebody else."""
    _paused.append(True)
    try:
        yield
    finally:
        _paused.pop()


@contextmanager
def watching_what_is_asked() -> Iterator[None]:
    """For the whole run: requests of test clients, the portal's own commands, and tasks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClientHandler, "__call__", _watching(ClientHandler.__call__, _request))
        patch.setattr(BaseCommand, "execute", _watching(BaseCommand.execute, _command))
        patch.setattr(Task, "__call__", _watching(Task.__call__, _task))
        yield


def _watching(asked: Callable[..., Any], words: Callable[..., str]) -> Callable[..., Any]:
    @wraps(asked)
    def watch(self: Any, *args: Any, **more: Any) -> Any:
        what = words(self, *args)
        if not what:
            return asked(self, *args, **more)
        with watched(what):
            return asked(self, *args, **more)

    return watch


def _request(_handler: ClientHandler, environ: dict[str, Any]) -> str:
    return f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"


def _command(command: BaseCommand, *_args: Any) -> str:
    module = type(command).__module__
    return module.rpartition(".")[2] if module.startswith("verifications.") else ""


def _task(task: Task, *_args: Any) -> str:
    return str(task.name)
