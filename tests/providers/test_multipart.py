"""Multipart bodies: exact bytes, hostile names, files that changed, and memory that stays flat."""

from __future__ import annotations

import email
import email.policy
import hashlib
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.providers.loopback import JSON_OK, LoopbackServer, Part
from tests.providers.samples import EMBED_USER, NAMES, ZOE, RecordingJournal, embed_client, file_part
from verifications.providers.errors import ProviderRefused, ProviderUnavailable
from verifications.providers.multipart import MEMORY_LIMIT, READ_SIZE, MultipartBody
from verifications.providers.types import DocumentSubmission, FilePart

MIB = 1024 * 1024


def encoded(part: FilePart) -> bytes:
    with MultipartBody(fields=(), files=(part,), boundary="b") as body:
        return b"".join(body)


class Zeroes(io.RawIOBase):
    """A stream of a given length that exists nowhere."""

    def __init__(self, size: int) -> None:
        self._left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        taken = self._left if size < 0 else min(size, self._left)
        self._left -= taken
        return b"\0" * taken


@pytest.mark.parametrize(
    "size", [0, 1, READ_SIZE - 1, READ_SIZE, READ_SIZE + 1, MEMORY_LIMIT - 500, MEMORY_LIMIT, 3 * MIB]
)
def test_length_hash_and_bytes_agree_at_every_size(size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    with MultipartBody(fields=(("type", "selfie"),), files=(file_part(content),), boundary="b") as body:
        first, second = b"".join(body), b"".join(body)

        assert first == second
        assert len(body) == body.length == len(first)
        assert body.sha256 == hashlib.sha256(first).hexdigest()
        assert all(len(piece) <= READ_SIZE for piece in body)
    assert first.endswith(b"\r\n\r\n" + content + b"\r\n--b--\r\n")


@pytest.mark.parametrize("name", [*NAMES, "two words", "semi;colon", "a=b", "%41"])
def test_a_file_name_in_any_script_arrives_as_it_is(name: str) -> None:
    assert f'filename="{name}.png"\r\n'.encode() in encoded(file_part(filename=f"{name}.png"))


@pytest.mark.parametrize(
    ("filename", "sent"),
    [
        ('a".png', 'filename="a%22.png"'),
        ("a\\", 'filename="a%5C"'),
        ("a\r\nX-Evil: 1\r\n\r\n.png", 'filename="a%0D%0AX-Evil: 1%0D%0A%0D%0A.png"'),
        ("a\x00b.png", 'filename="a%00b.png"'),
        ("a\ud800.png", 'filename="a?.png"'),
    ],
)
def test_a_file_name_cannot_leave_its_quotes(filename: str, sent: str) -> None:
    body = encoded(file_part(filename=filename))
    head = body.split(b"\r\n\r\n")[0].decode()

    assert sent in head
    assert head.count("\r\n") == 2


def test_a_parser_reads_back_what_was_written() -> None:
    with MultipartBody(
        fields=(("type", "identity_document"), ("metadata", '{"n":"Zoë 王"}')),
        files=(file_part(b"\r\n--b\r\n\x00\xff"), file_part(b"BACK", slot="back")),
        boundary="portal-0123456789abcdef",
    ) as body:
        raw = f"Content-Type: {body.content_type}\r\n\r\n".encode() + b"".join(body)

    parts = list(email.message_from_bytes(raw, policy=email.policy.HTTP).iter_parts())

    assert [p.get_param("name", header="content-disposition") for p in parts] == ["type", "metadata", "front", "back"]
    assert parts[1].get_payload(decode=True).decode() == '{"n":"Zoë 王"}'
    assert parts[2].get_payload(decode=True) == b"\r\n--b\r\n\x00\xff"


def test_a_content_type_cannot_carry_a_header() -> None:
    with pytest.raises(ProviderRefused, match="content type"):
        encoded(file_part(content_type="image/png\r\nX-Evil: 1"))


def missing() -> IO[bytes]:
    raise FileNotFoundError("documents/secret-name.png")


def broken() -> IO[bytes]:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:  # noqa: ARG002
            raise RuntimeError("the backend's own error")

    return Broken()


@pytest.mark.parametrize(
    ("part", "error", "code"),
    [
        (file_part(open=missing), ProviderRefused, "file_changed"),
        (file_part(size=10), ProviderRefused, "file_changed"),
        (file_part(size=12), ProviderRefused, "file_changed"),
        (file_part(b"", size=1), ProviderRefused, "file_changed"),
        (file_part(open=broken), ProviderUnavailable, "document_store"),
    ],
)
def test_a_file_that_is_not_what_it_was_sends_nothing(part: FilePart, error: type[Exception], code: str) -> None:
    journal = RecordingJournal()
    with pytest.raises(error) as caught:
        embed_client("http://127.0.0.1:1", journal).submit_documents(DocumentSubmission(EMBED_USER, ZOE, (part,)))

    assert getattr(caught.value, "code", "") == code
    assert "secret-name" not in str(caught.value)
    assert journal.steps == []


def test_the_stream_of_a_file_is_closed() -> None:
    opened: list[io.BytesIO] = []

    def open_one() -> IO[bytes]:
        opened.append(io.BytesIO(b"FRONT-BYTES"))
        return opened[0]

    encoded(file_part(open=open_one))

    assert opened[0].closed


def test_a_hundred_mebibytes_cost_no_memory_and_leave_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    size = 100 * MIB
    video = file_part(slot="front", filename="front.mp4", size=size, open=lambda: Zeroes(size))
    digest = hashlib.sha256()
    received = 0

    def swallow(part: Part) -> None:
        nonlocal received
        _line, headers, rest = part.read_head()
        wanted = int(headers["content-length"])
        buffer = bytearray(65536)
        digest.update(rest)
        received = len(rest)
        while received < wanted:
            count = part.sock.recv_into(buffer)
            digest.update(memoryview(buffer)[:count])
            received += count
        part.answer(200, JSON_OK)

    journal = RecordingJournal()
    with LoopbackServer(swallow) as server:
        client = embed_client(server.base_url, journal)
        tracemalloc.start()
        try:
            client.submit_documents(DocumentSubmission(EMBED_USER, ZOE, (video,)))
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert received == journal.sent[0].body_size > size
    assert digest.hexdigest() == journal.sent[0].body_sha256
    assert peak < 2 * MIB
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path: Path) -> Iterator[None]:
    yield
    assert list(tmp_path.iterdir()) == []
