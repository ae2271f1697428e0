"""Connections that know whether a byte has left and that end on time, whatever the other side does.

urllib3's timeouts are per read: a server that sends one byte a second never meets them. Here every read and write of
the socket gets the smaller of the stall limit and what is left of the whole exchange.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Exchange:
    """One request on one connection: when it must be over, and whether its first byte was handed to the network.

    ``on_sent`` is called once, when the last byte was handed over and before the answer is awaited.
    """

    def __init__(
        self, *, stall_seconds: float, total_seconds: float, on_sent: Callable[[], None] | None = None
    ) -> None:
        self.started = False
        self._on_sent = on_sent
        self._stall = stall_seconds
        self._deadline = time.monotonic() + total_seconds

    def sent(self) -> None:
        """Tell that the request is out; later calls are of no effect."""
        on_sent, self._on_sent = self._on_sent, None
        if on_sent is not None:
            on_sent()

    def limit(self, sock: socket.socket) -> None:
        """Give the socket the time that is left; raise ``TimeoutError`` when there is none."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the whole exchange is over")
        sock.settimeout(min(self._stall, left))


class _LimitedReader(io.RawIOBase):
    """The receiving side of a socket, each read within the limits of the exchange."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._exchange.limit(self._sock)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _LimitedSocket:
    """What ``http.client.HTTPResponse`` needs of a socket: a file to read from."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        self._sock = sock
        self._exchange = exchange

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_LimitedReader(self._sock, self._exchange))


class _QuietResponse(http.client.HTTPResponse):
    """Reads sloppy headers without a complaint: urllib3 would log one with the address, and so with a user's id."""

    def begin(self) -> None:
        super().begin()
        self.msg.defects = []
        self.msg.set_payload("")


class _LimitedMixin:
    """Adds the exchange to urllib3's connections, which take it through the pool's keyword arguments."""

    sock: Any

    def __init__(self, *args: Any, exchange: Exchange, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._exchange = exchange
        self.response_class: Any = self._limited_response

    def _limited_response(self, sock: Any, *args: Any, **kwargs: Any) -> http.client.HTTPResponse:
        self._exchange.sent()  # http.client makes the response when the request is out, and not before
        limited: Any = _LimitedSocket(sock, self._exchange)
        return _QuietResponse(limited, *args, **kwargs)

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]  # errors here: nothing has left
        self._exchange.limit(self.sock)
        self._exchange.started = True
        try:
            super().send(data)  # type: ignore[misc]
        except OSError as error:
            # The provider may have answered before it read everything (413, 401) and closed. urllib3 goes on to read
            # the answer after a broken pipe only, so every failure to send becomes one.
            raise BrokenPipeError("the body could not be sent to its end") from error


class LimitedHTTPConnection(_LimitedMixin, HTTPConnection):
    pass


class LimitedHTTPSConnection(_LimitedMixin, HTTPSConnection):
    pass


class _LimitedHTTPPool(HTTPConnectionPool):
    ConnectionCls = LimitedHTTPConnection


class _LimitedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = LimitedHTTPSConnection


def one_connection(
    *, scheme: str, host: str, port: int | None, exchange: Exchange, ssl_context: ssl.SSLContext, block_size: int
) -> HTTPConnectionPool:
    """Give a pool that makes one connection, verifies its certificate and sends without delay (TCP_NODELAY)."""
    limits: dict[str, Any] = {"maxsize": 1, "exchange": exchange, "blocksize": block_size}
    if scheme == "https":
        return _LimitedHTTPSPool(host, port, cert_reqs="CERT_REQUIRED", ssl_context=ssl_context, **limits)
    return _LimitedHTTPPool(host, port, **limits)
