"""Serving the stand-in over HTTP with quiet log lines."""

from __future__ import annotations

import logging
import threading
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from .app import SandboxApp

logger = logging.getLogger("sandbox")
IDLE_SECONDS = 120


class QuietHandler(WSGIRequestHandler):
    """Logs nothing of a request: the app writes its own line, without path, query or address."""

    timeout = IDLE_SECONDS

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep quiet."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: ARG002 - the base class names them
        logger.warning("A connection failed before it became a request")


def build_server(app: SandboxApp, *, bind: str, port: int) -> BaseWSGIServer:
    """A threaded server that already listens; port 0 chooses a free one (``server.server_port``)."""
    return make_server(bind, port, app, threaded=True, request_handler=QuietHandler)


def stop_server(server: BaseWSGIServer, app: SandboxApp, thread: threading.Thread | None = None) -> None:
    """Take no new connections, let requests under way end, close the store."""
    server.shutdown()
    if thread is not None:
        thread.join()
    server.server_close()
    app.close()
