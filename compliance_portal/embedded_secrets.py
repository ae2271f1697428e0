"""Secrets of a first start: made once under ``var/``, readable by the owner only, never used in production."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def read_or_create(path: Path) -> dict[str, str]:
    """Return ``{"SECRET_KEY", "VAULT_MASTER_KEYS", "AUDIT_SIGNING_KEYS"}``, making the files on first use.

    The key that signs the logs stands in a file of its own beside ``path``: a portal that was started before there was
    one gets it at its next start.
    """
    made = _read_or_link(
        path,
        lambda: {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "VAULT_MASTER_KEYS": "m1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        },
    )
    signing = _read_or_link(
        path.with_name("signing.json"),
        lambda: {"AUDIT_SIGNING_KEYS": "s1:" + base64.b64encode(secrets.token_bytes(32)).decode()},
    )
    return made | signing


def _read_or_link(path: Path, make: Callable[[], dict[str, str]]) -> dict[str, str]:
    """Several processes may start at once: the file is written beside and linked into place, so one of them wins and
    all of them read the same.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            json.dump(make(), stream)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first; its secrets are the ones
        finally:
            draft.unlink()
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded
