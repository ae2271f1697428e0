"""One stand-in and one file server for all tests of a module, both on free loopback ports."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.sandbox import capa_kit, samples
from tests.sandbox.signer import Client
from verifications.sandbox.testing import RunningSandbox, running_sandbox

TIMES: dict[str, Any] = {"review_seconds": 0.15, "long_review_seconds": 0.6, "slow_seconds": 0.4, "hang_seconds": 0.8}
FILES = {
    "front.png": samples.PNG,
    "back.jpg": samples.JPEG,
    "proof.pdf": samples.PDF,
    "selfie.mp4": samples.MP4,
    "caf%C3%A9%20a.png": samples.PNG,
    "noextension": samples.PNG,
    "empty.png": b"",
    "really-a-page.png": b"<html>no</html>",
    "answer.json": b'{"decision":"clear"}',
}


class FileHandler(BaseHTTPRequestHandler):
    """``/files/<name>`` gives a file, ``/hop<n>/<name>`` redirects n times, ``/away/<name>`` leaves the allow-list."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        folder, name = path.split("/", 2)[1:]
        self.server.seen.append(self.path)  # type: ignore[attr-defined]
        if folder.startswith("hop"):
            left = int(folder[3:]) - 1
            self._redirect(f"/hop{left}/{name}" if left else f"/files/{name}")
        elif folder == "away":
            self._redirect(f"http://127.0.0.2:{self.server.server_port}/files/{name}")  # type: ignore[attr-defined]
        elif folder == "announced":
            self._send(samples.PNG, length=200 * 1024 * 1024)
        elif folder == "unannounced":
            self._send(samples.PNG + b"x" * 3_000_000, length=None)
        elif folder == "cut":
            self._send(samples.PNG, length=5000)
        elif name in FILES:
            self._send(FILES[name], length=len(FILES[name]))
        else:
            self.send_error(404)

    def _redirect(self, location: str) -> None:
        self.send_response(302)
        self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, content: bytes, *, length: int | None) -> None:
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        try:
            self.wfile.write(content)
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="session")
def file_server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), FileHandler)
    server.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, file_server: ThreadingHTTPServer) -> Iterator[RunningSandbox]:
    hosts = (f"127.0.0.1:{file_server.server_port}", "docs.example.com")
    with running_sandbox(tmp_path_factory.mktemp("state"), allow_hosts=hosts, file_limit=2_000_000, **TIMES) as running:
        yield running


@pytest.fixture
def kraken(sandbox: RunningSandbox) -> Client:
    return Client(sandbox.base_url, sandbox.keys["kraken_embed"])


@pytest.fixture
def payward(sandbox: RunningSandbox) -> Client:
    return Client(sandbox.base_url, sandbox.keys["payward_services"])


@pytest.fixture
def kraken_user_id(kraken: Client) -> str:
    return kraken.call("POST", "/b2b/users", samples.kraken_user()).json()["result"]["user"]


@pytest.fixture
def payward_user_id(payward: Client) -> str:
    return payward.call("POST", "/v1/users", samples.payward_user()).json()["data"]["id"]


@pytest.fixture
def file_url(file_server: ThreadingHTTPServer) -> Callable[[str], str]:
    return lambda path: f"http://127.0.0.1:{file_server.server_port}/{path}"


@pytest.fixture(scope="session")
def receiver() -> Iterator[capa_kit.Receiver]:
    with capa_kit.running_receiver() as running:
        yield running


@pytest.fixture(scope="module")
def capa_sandbox(tmp_path_factory: pytest.TempPathFactory, receiver: capa_kit.Receiver) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("capa"), allow_hosts=(receiver.host,), **capa_kit.TIMES) as running:
        yield running


@pytest.fixture
def capa(capa_sandbox: RunningSandbox, receiver: capa_kit.Receiver) -> Iterator[capa_kit.Capa]:
    """The main partner, with no webhook address; settings and armed errors are undone afterwards."""
    partner = capa_kit.Capa.of(capa_sandbox)
    partner.set_webhook(None)
    receiver.forget()
    yield partner
    partner.control("DELETE")
    capa_sandbox.control("DELETE", "faults")
