"""Taking in a request body: to a spool file while it is hashed, then read as JSON or as multipart."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, cast

from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import MultiPartParser
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Request

from .checks import parse_json_object
from .config import SPOOL_BYTES, SandboxConfig
from .errors import ApiError

CHUNK_BYTES = 256 * 1024
FORM_TEXT_BYTES = 4 * 1024 * 1024


@dataclass
class ReceivedBody:
    """The raw body in a spool file, its own SHA-256 (hex), and SHA-256 of the nonce header followed by the body."""

    file: IO[bytes]
    size: int
    sha256: str
    nonce_digest: bytes

    def close(self) -> None:
        self.file.close()


def receive(request: Request, *, limit: int, config: SandboxConfig) -> ReceivedBody:
    """Read the whole body, or raise ApiError: chunked or without a length 400, over ``limit`` bytes 413.

    An oversized body is read to its end and thrown away, so that the sender gets to see the answer.
    """
    if request.headers.get("Transfer-Encoding") or (
        request.content_length is None and request.method in {"POST", "PATCH", "PUT"}
    ):
        raise ApiError(400, "arguments", ["Content-Length: is required"])
    size = request.content_length or 0
    nonce = request.headers.get("API-Nonce", "").encode("latin-1", "replace")
    plain, signed = hashlib.sha256(), hashlib.sha256(nonce)
    stream = request.stream
    file = cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES, dir=str(config.spool_dir)))  # noqa: SIM115
    try:
        while chunk := stream.read(CHUNK_BYTES):
            if size <= limit:
                plain.update(chunk)
                signed.update(chunk)
                file.write(chunk)
        if size > limit:
            raise ApiError(413, "too_large")
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return ReceivedBody(file, size, plain.hexdigest(), signed.digest())


def read_json(request: Request, body: ReceivedBody) -> dict[str, Any]:
    """The JSON object of the body, or ApiError 415 for another content type, 400 for anything else."""
    if request.mimetype != "application/json":
        raise ApiError(415, "media_type")
    body.file.seek(0)
    document = parse_json_object(body.file.read())
    if document is None:
        raise ApiError(400, "malformed", ["body: must be one JSON object"])
    return document


@contextmanager
def read_multipart(
    request: Request, body: ReceivedBody, config: SandboxConfig
) -> Iterator[tuple[dict[str, str], dict[str, FileStorage]]]:
    """Yield text fields and files by name, each once; ApiError 415 or 400 otherwise. Files are closed at the end."""
    mimetype, options = parse_options_header(request.headers.get("Content-Type"))
    boundary = options.get("boundary", "")
    if mimetype != "multipart/form-data" or not boundary.isascii() or not boundary:
        raise ApiError(415, "media_type")
    spools: list[IO[bytes]] = []

    def new_spool(*_unused: Any, **_also_unused: Any) -> IO[bytes]:
        spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES, dir=str(config.spool_dir))  # noqa: SIM115
        spools.append(cast("IO[bytes]", spool))
        return spools[-1]

    parser = MultiPartParser(stream_factory=new_spool, max_form_memory_size=FORM_TEXT_BYTES, max_form_parts=20)
    body.file.seek(0)
    try:
        try:
            form, files = parser.parse(body.file, boundary.encode("ascii"), body.size)
        except RequestEntityTooLarge as error:
            raise ApiError(413, "too_large") from error
        except ValueError as error:
            raise ApiError(400, "malformed", ["body: is not well-formed multipart"]) from error
        names = [*(name for name, _ in form.items(multi=True)), *(name for name, _ in files.items(multi=True))]
        if len(names) != len(set(names)):
            raise ApiError(400, "arguments", ["body: a field comes twice"])
        yield form.to_dict(), files.to_dict()
    finally:
        for spool in spools:
            spool.close()
