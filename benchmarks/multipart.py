"""A signed multipart submission of two files, against the same bytes signed and written to a bare socket.

``python -m benchmarks.multipart --megabytes 2``
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import hashlib
import hmac
import io
import multiprocessing
import os
import re
import resource
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import requests

from benchmarks.report import headline, line, mib, timed
from verifications.providers.kraken_embed import KrakenEmbedClient
from verifications.providers.types import (
    AccountOptions,
    Credentials,
    DocumentSubmission,
    FilePart,
    FullName,
    ReceivedAnswer,
    SentRequest,
    SubmissionMetadata,
)

SECRET = base64.b64encode(b"benchmark only, issued by nobody, and good for nothing else at all").decode()
TARGET = "/b2b/verifications/AA95N84GBENCH001"
ANSWER = b'{"result":{"verification_id":"ver_bench"}}'
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
BLOCK = 256 * 1024


class Journal:
    """Counts up and forgets."""

    def __init__(self) -> None:
        self._last = time.time_ns()

    def next_nonce(self) -> int:
        self._last += 1
        return self._last

    def sending(self, request: SentRequest) -> None:
        """Nothing is written down."""

    def request_left(self) -> None: ...

    def answered(self, answer: ReceivedAnswer) -> None:
        """Nothing is written down."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=2, help="size of each of the two files")
    parser.add_argument("--rounds", type=int, default=60)
    chosen = parser.parse_args()
    headline("Signed multipart submission", f"2 files of {chosen.megabytes} MB; a server that reads and answers")
    files = {slot: os.urandom(chosen.megabytes * 1_000_000) for slot in ("front", "back")}
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    port = int(ours.recv())
    try:
        limit = timed(_raw(port, files), rounds=chosen.rounds, seconds=20)
        line("bare socket, signed", limit)
        before = _peak()
        portal = timed(_portal(port, files), rounds=chosen.rounds, seconds=20)
        grown = _peak() - before
        line("portal's client", portal, limit.fastest, "bare socket")
        line(
            "requests files=, signed",
            timed(_requests(port, files), rounds=chosen.rounds, seconds=20),
            limit.fastest,
            "bare socket",
        )
        print(f"  the process' highest memory grew by {mib(grown)} while the portal's client sent")
    finally:
        server.terminate()


def _raw(port: int, files: dict[str, bytes]) -> Callable[[], None]:
    """Build the pieces, hash them, write the same pieces, read the answer: as little as can be done."""
    key = base64.b64decode(SECRET)

    def send() -> None:
        boundary = os.urandom(16).hex()
        nonce = str(time.time_ns())
        pieces: list[bytes] = []
        for slot, content in files.items():
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{slot}"; filename="{slot}.png"\r\n'
            pieces += [head.encode() + b"Content-Type: image/png\r\n\r\n", content, b"\r\n"]
        pieces.append(f"--{boundary}--\r\n".encode())
        digest = hashlib.sha256(nonce.encode())
        for piece in pieces:
            digest.update(piece)
        signature = base64.b64encode(hmac.digest(key, TARGET.encode() + digest.digest(), "sha512")).decode()
        head = (
            f"POST {TARGET} HTTP/1.1\r\nHost: 127.0.0.1\r\nAPI-Nonce: {nonce}\r\nAPI-Sign: {signature}\r\n"
            f"Content-Length: {sum(len(piece) for piece in pieces)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(head.encode())
            for piece in pieces:
                for start in range(0, len(piece), BLOCK):
                    connection.sendall(memoryview(piece)[start : start + BLOCK])
            while not connection.recv(4096).endswith(ANSWER):
                pass

    return send


def _requests(port: int, files: dict[str, bytes]) -> Callable[[], None]:
    """What one would write first: let requests encode the form, hash its body, send it."""
    key = base64.b64decode(SECRET)

    def send() -> None:
        nonce = str(time.time_ns())
        parts = {slot: (f"{slot}.png", content, "image/png") for slot, content in files.items()}
        prepared = requests.Request("POST", f"http://127.0.0.1:{port}{TARGET}", files=parts).prepare()
        body = prepared.body if isinstance(prepared.body, bytes) else b""
        digest = hashlib.sha256(nonce.encode() + body).digest()
        signature = hmac.digest(key, TARGET.encode() + digest, "sha512")
        prepared.headers.update({"API-Nonce": nonce, "API-Sign": base64.b64encode(signature).decode()})
        with requests.Session() as session:
            session.send(prepared, timeout=30).json()

    return send


def _portal(port: int, files: dict[str, bytes]) -> Callable[[], None]:
    client = KrakenEmbedClient(
        base_url=f"http://127.0.0.1:{port}",
        credentials=Credentials("bench", SECRET),
        options=AccountOptions(),
        journal=Journal(),
    )
    parts = tuple(
        FilePart(
            slot=slot,
            filename=f"{slot}.png",
            content_type="image/png",
            size=len(content),
            open=lambda content=content: io.BytesIO(content),
        )
        for slot, content in files.items()
    )
    metadata = SubmissionMetadata(
        type="identity_document",
        verifier="example-idv",
        verified_at=dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC),
        full_name=FullName("Zoë", "Example"),
        date_of_birth=dt.date(1990, 4, 15),
        document_type="id_card",
        document_number="X1234567",
        issuing_country="AD",
    )
    submission = DocumentSubmission(user_id="AA95N84GBENCH001", metadata=metadata, files=parts)
    return lambda: _check(client.submit_documents(submission).verification_id)


def _check(verification_id: str) -> None:
    if verification_id != "ver_bench":
        raise RuntimeError(verification_id)


def _serve(pipe: Connection) -> None:
    """Read each request to its end, answer, close. Nothing is checked: only the client is measured."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as server:
        pipe.send(server.getsockname()[1])
        buffer = bytearray(1024 * 1024)
        while True:
            connection, _address = server.accept()
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(65536)
                found = LENGTH.search(head)
                left = (int(found[1]) if found else 0) - (len(head) - head.index(b"\r\n\r\n") - 4)
                while left > 0:
                    left -= connection.recv_into(buffer, min(left, len(buffer)))
                answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % len(ANSWER)
                connection.sendall(answer + b"Connection: close\r\n\r\n" + ANSWER)


def _peak() -> int:
    """Bytes; the kernel's own mark where there is one."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    main()
