"""Requests through the whole WSGI application, middleware and templates included, without a socket."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

CSRF = "b" * 32


class Portal:
    """The application as a signed-in person meets it."""

    def __init__(self, user: Any) -> None:
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: PLC0415
        from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415
        from django.core.wsgi import get_wsgi_application  # noqa: PLC0415

        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        cookies = SimpleCookie({"sessionid": str(session.session_key), "csrftoken": CSRF})
        self._cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
        self._application = get_wsgi_application()

    def get(self, address: str) -> bytes:
        """The body of a page; raises ``RuntimeError`` for any status but 200 and 302."""
        return self._send("GET", address, b"")

    def post(self, address: str, **values: str) -> bytes:
        return self._send("POST", address, urlencode(values).encode())

    def getter(self, address: str) -> Callable[[], bytes]:
        return lambda: self.get(address)

    def _send(self, method: str, address: str, body: bytes) -> bytes:
        parts = urlsplit(address)
        seen: list[str] = []

        def start_response(status: str, _headers: Any, _error: Any = None) -> None:
            seen.append(status)

        answer: Iterable[bytes] = self._application(
            {
                "REQUEST_METHOD": method,
                "PATH_INFO": parts.path,
                "QUERY_STRING": parts.query,
                "SERVER_NAME": "127.0.0.1",
                "SERVER_PORT": "8000",
                "SERVER_PROTOCOL": "HTTP/1.1",
                "REMOTE_ADDR": "127.0.0.1",
                "HTTP_HOST": "127.0.0.1",
                "HTTP_COOKIE": self._cookies,
                "HTTP_X_CSRFTOKEN": CSRF,
                "CONTENT_TYPE": "application/x-www-form-urlencoded",
                "CONTENT_LENGTH": str(len(body)),
                "wsgi.input": io.BytesIO(body),
                "wsgi.errors": io.StringIO(),
                "wsgi.url_scheme": "http",
            },
            start_response,
        )
        content = b"".join(answer)
        close = getattr(answer, "close", None)
        if close is not None:
            close()
        if not seen or not seen[0].startswith(("200", "302")):
            raise RuntimeError(f"{method} {address}: {seen[0] if seen else 'no answer'}")
        return content
