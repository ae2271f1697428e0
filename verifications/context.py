"""Who acts and why, for the duration of a request or a task: read by the audit log, set at the edges."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class CallContext:
    """``actor_name`` is the name shown for ``actor`` at this moment; ``source`` is the caller's address."""

    request_id: str = ""
    actor: str = ""
    actor_name: str = ""
    source: str = ""


_current: ContextVar[CallContext] = ContextVar("portal_context", default=CallContext())  # noqa: B039 - frozen


def current() -> CallContext:
    return _current.get()


def new_request_id() -> str:
    return secrets.token_hex(8)


@contextlib.contextmanager
def acting(**changes: str) -> Iterator[CallContext]:
    """Set parts of the context inside the block: ``with acting(actor="system:delivery"): ...``."""
    changed = replace(_current.get(), **changes)
    token = _current.set(changed)
    try:
        yield changed
    finally:
        _current.reset(token)
