"""The API keys of the stand-in: generated once, kept in ``keys.json`` beside its state."""

from __future__ import annotations

import base64
import json
import os
import secrets
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SIGNED_APIS = ("kraken_embed", "payward_services")
FURTHER_KEYS = ("second", "third", "no_permission", "locked_out")
CLIENT_APIS = ("transmit_verify",)
FURTHER_CLIENTS = ("token_refused", "disabled")


@dataclass(frozen=True)
class ApiKey:
    """One key pair, or an OAuth client with its secret. ``role`` is ``main`` or one of the further ones above."""

    api: str
    role: str
    key_id: str
    secret: str = field(repr=False)


def load_keys(path: Path) -> dict[str, ApiKey]:
    """Return the keys by key id, reading ``path`` and adding what is missing there (mode 0600, replaced atomically)."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    before = json.dumps(document, sort_keys=True)
    for api in SIGNED_APIS:
        document.setdefault(api, _new_pair())
        further = document.setdefault("further", {}).setdefault(api, {})
        for role in FURTHER_KEYS:
            further.setdefault(role, _new_pair())
    for api in CLIENT_APIS:
        document.setdefault(api, _new_client())
        further = document.setdefault("further", {}).setdefault(api, {})
        for role in FURTHER_CLIENTS:
            further.setdefault(role, _new_client())
    if json.dumps(document, sort_keys=True) != before:
        write_private(path, json.dumps(document, indent=2) + "\n")
    keys = [ApiKey(api, "main", **document[api]) for api in SIGNED_APIS]
    for api in SIGNED_APIS:
        keys += [ApiKey(api, role, **pair) for role, pair in document["further"][api].items()]
    for api in CLIENT_APIS:
        clients = {"main": document[api], **document["further"][api]}
        keys += [ApiKey(api, role, pair["client_id"], pair["client_secret"]) for role, pair in clients.items()]
    return {key.key_id: key for key in keys}


def _new_pair() -> dict[str, str]:
    return {
        "key_id": base64.b64encode(secrets.token_bytes(42)).decode(),
        "secret": base64.b64encode(secrets.token_bytes(64)).decode(),
    }


def _new_client() -> dict[str, str]:
    return {"client_id": f"{secrets.token_hex(8)}.transmit", "client_secret": secrets.token_urlsafe(32)}


def write_private(path: Path, text: str) -> None:
    """Replace the file at once, readable by its owner alone."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".keys-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary = Path(name)
    temporary.chmod(0o600)
    temporary.replace(path)
