"""A tiny client of Transmit Security for the tests, and pictures of any size."""

from __future__ import annotations

import base64
import functools
import io
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import urllib3
from PIL import Image

from verifications.sandbox.testing import RunningSandbox

RESOURCE = "https://verify.identity.security"
FORM = "application/x-www-form-urlencoded"
SIDES = ("document_front", "document_back", "selfie")


@functools.cache
def jpeg(width: int = 800, height: int = 600, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "#8899aa").save(buffer, kind)
    return buffer.getvalue()


@dataclass
class TransmitClient:
    """``call`` sends the token that ``token`` fetched once; pass ``token=""`` to send none."""

    sandbox: RunningSandbox
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False))
    held: str = field(default="", repr=False)

    def post_token(self, **fields: str | None) -> urllib3.BaseHTTPResponse:
        """Ask for a token; a field given as None is left out."""
        form = {"grant_type": "client_credentials", "resource": RESOURCE, **self.sandbox.keys["transmit_verify"]}
        sent = {name: value for name, value in {**form, **fields}.items() if value is not None}
        return self.pool.request(
            "POST",
            f"{self.sandbox.base_url}/oidc/token",
            body=urlencode(sent),
            headers={"Content-Type": FORM},
        )

    def token(self, **fields: str | None) -> str:
        self.held = self.post_token(**fields).json()["access_token"]
        return self.held

    def call(
        self, method: str, path: str = "", document: Any = None, *, token: str | None = None, **more: Any
    ) -> urllib3.BaseHTTPResponse:
        used = (self.held or self.token()) if token is None else token
        headers = {"Authorization": f"Bearer {used}"} if used else {}
        url = f"{self.sandbox.base_url}/verify/api/v1/verification{path}"
        return self.pool.request(method, url, json=document, headers=headers | more.pop("headers", {}), **more)

    def create(self, **body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.call("POST", "", body).json()
        return answer

    def start(self, **body: Any) -> str:
        """The id of a session in the backend shape."""
        session_id: str = self.create(start={"consent": {"granted": True, "document_id": "terms-7"}}, **body)[
            "session_id"
        ]
        return session_id

    def add(self, sid: str, side: str, picture: bytes = b"", **image: Any) -> urllib3.BaseHTTPResponse:
        encoded = base64.b64encode(picture or jpeg()).decode()
        body = {"image": {"format": "jpg", "image_type": side, "content": encoded, **image}}
        return self.call("POST", f"/{quote(sid, safe='')}/images", body)

    def add_all(self, sid: str) -> None:
        for side in SIDES:
            self.add(sid, side)

    def result(self, sid: str, query: str = "?detailed=true") -> urllib3.BaseHTTPResponse:
        return self.call("GET", f"/{quote(sid, safe='')}/result{query}")

    def wait_for(self, sid: str, status: str) -> dict[str, Any]:
        """The result once it has this status."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            document: dict[str, Any] = self.result(sid).json()
            if document["status"] == status:
                return document
            time.sleep(0.02)
        raise AssertionError(f"never {status}")
