"""A server on 127.0.0.1 that plays one scripted part per connection, over real sockets and, if asked, real TLS."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import itertools
import os
import socket
import ssl
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_PORTS = itertools.count(21_000 + os.getpid() % 2_000)
JSON_OK = b'{"result":{"verification_id":"ver_1"}}'


@dataclass
class ReceivedRequest:
    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def method(self) -> str:
        return self.line.split(" ")[0]

    @property
    def target(self) -> str:
        return self.line.split(" ")[1]


@dataclass
class Part:
    """One connection as the script sees it."""

    sock: socket.socket
    stopped: threading.Event
    requests: list[ReceivedRequest] = field(default_factory=list)

    def read_head(self) -> tuple[str, dict[str, str], bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.sock.recv(65536)
            if not piece:
                raise ConnectionError("the client went away")
            data += piece
        head, _, rest = data.partition(b"\r\n\r\n")
        line, *pairs = head.decode("latin-1").split("\r\n")
        return line, {k.lower(): v for k, v in (p.split(": ", 1) for p in pairs)}, rest

    def read_request(self) -> ReceivedRequest:
        line, headers, body = self.read_head()
        wanted = int(headers.get("content-length", "0"))
        while len(body) < wanted:
            piece = self.sock.recv(65536)
            if not piece:
                raise ConnectionError("the client went away")
            body += piece
        request = ReceivedRequest(line, headers, body)
        self.requests.append(request)
        return request

    def answer(self, status: int, body: bytes = b"", *, declared: int | None = None, **headers: str) -> None:
        head = [f"HTTP/1.1 {status} Text", f"Content-Length: {len(body) if declared is None else declared}"]
        head += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.sock.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    def reset(self) -> None:
        """Close with a TCP reset instead of an orderly end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Script = Callable[[Part], None]


class LoopbackServer:
    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self.script = script
        self.requests: list[ReceivedRequest] = []
        self.connections = 0
        self._tls = tls
        self._stopped = threading.Event()
        self._listener = _listener()
        self._listener.settimeout(0.05)
        self._threads: list[threading.Thread] = []
        self.port = self._listener.getsockname()[1]
        self.base_url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> LoopbackServer:
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()
        return self

    def __exit__(self, *_args: object) -> None:
        self._stopped.set()
        self._listener.close()
        self._acceptor.join(5)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                sock, _peer = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._play, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, sock: socket.socket) -> None:
        sock.settimeout(20)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.callback(sock.close)
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
                stack.callback(sock.close)
            self.script(Part(sock, self._stopped, self.requests))


def always(status: int, body: bytes = b"", **headers: str) -> Script:
    """Read the whole request, answer, close."""

    def play(part: Part) -> None:
        part.read_request()
        part.answer(status, body, **headers)

    return play


def closed_port() -> int:
    """A port on which nothing listens."""
    with _listener() as listener:
        return listener.getsockname()[1]


def _listener() -> socket.socket:
    for port in _PORTS:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(16)
        except OSError:
            listener.close()
            continue
        return listener
    raise AssertionError("no port left")


@contextlib.contextmanager
def tls_contexts(*, host: str = "127.0.0.1") -> Iterator[tuple[ssl.SSLContext, ssl.SSLContext]]:
    """A server context with a fresh certificate for ``host``, and a client context that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback test")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"
        path.write_bytes(
            pem
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(path)
    client = ssl.create_default_context(cadata=pem.decode())
    yield server, client
