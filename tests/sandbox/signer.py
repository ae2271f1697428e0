"""A tiny client of the tests' own: signs by the contract pages and sends the very bytes it signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

BOUNDARY = "test-boundary-7d1f"
_nonces = itertools.count(time.time_ns())


def sign(secret: str, target: str, nonce: str, body: bytes) -> str:
    inner = hashlib.sha256(nonce.encode() + body).digest()
    outer = hmac.digest(base64.b64decode(secret), target.encode() + inner, "sha512")
    return base64.b64encode(outer).decode()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def errors(self) -> list[str]:
        return self.json()["error"]


@dataclass
class Client:
    """``key`` is a pair from keys.json. ``call`` signs with the next nonce unless told otherwise."""

    base_url: str
    key: dict[str, str]

    def call(
        self,
        method: str,
        target: str,
        document: Any = None,
        *,
        body: bytes | None = None,
        content_type: str | None = None,
        nonce: int | str | None = None,
        headers: dict[str, str | None] | None = None,
        timeout: float = 10,
    ) -> Answer:
        if document is not None:
            body, content_type = json.dumps(document, ensure_ascii=False).encode(), "application/json"
        raw = body or b""
        number = str(next(_nonces) if nonce is None else nonce)
        sent: dict[str, str | None] = {
            "API-Key": self.key["key_id"],
            "API-Nonce": number,
            "API-Sign": sign(self.key["secret"], target, number, raw),
            "Content-Type": content_type,
            **(headers or {}),
        }
        connection = http.client.HTTPConnection(urlsplit(self.base_url).netloc, timeout=timeout)
        try:
            given = {name: value for name, value in sent.items() if value is not None}
            connection.request(method, target, body=body, headers=given)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def send_parts(self, target: str, parts: list[tuple[str, str | None, bytes]], **more: Any) -> Answer:
        """Multipart of ``(name, filename or None, content)``."""
        return self.call(
            "POST",
            target,
            body=multipart(parts),
            content_type=f"multipart/form-data; boundary={BOUNDARY}",
            **more,
        )


def multipart(parts: list[tuple[str, str | None, bytes]]) -> bytes:
    lines = []
    for name, filename, content in parts:
        disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
        lines.append(f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n".encode())
        if filename is not None:
            lines.append(b"Content-Type: application/octet-stream\r\n")
        lines.append(b"\r\n" + content + b"\r\n")
    return b"".join(lines) + f"--{BOUNDARY}--\r\n".encode()
