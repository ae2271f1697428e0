"""One multipart/form-data body, built once, hashed and sent from the same bytes.

Bodies up to ``MEMORY_LIMIT`` stay in memory; larger ones go to an unnamed temporary file, which no directory lists and
which is gone when it is closed. Sizes are known beforehand, so nothing is moved from memory to disk half-way, and
memory stays flat at any file size. Contract: kraken-embed 3.4, 4.1 and vector E4.
"""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import IO, Self

from verifications.providers.errors import ProviderRefused, ProviderUnavailable
from verifications.providers.types import FilePart

MEMORY_LIMIT = 1024 * 1024
"""Bytes kept in memory. Half of the 2 MiB that a submission may cost, so that the read buffers fit beside it."""
READ_SIZE = 256 * 1024

_CONTENT_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,64}")


class MultipartBody:
    """The encoded body: iterate as often as needed, each time from the first byte, in pieces of ``READ_SIZE``.

    Use it as a context manager, or call ``close()``: the temporary file goes with it.
    """

    def __init__(self, *, fields: Sequence[tuple[str, str]], files: Sequence[FilePart], boundary: str) -> None:
        """Encode text fields, then files, in the order given.

        Raises ``ProviderRefused`` with code ``file_changed`` when a file is missing or no longer has the size it had
        when it was chosen, ``ProviderUnavailable`` when the store cannot be read just now. Nothing has been sent then.
        """
        self.content_type = f"multipart/form-data; boundary={boundary}"
        heads = [_file_head(boundary, part) for part in files]
        texts = b"".join(_text_part(boundary, name, value) for name, value in fields)
        tail = f"--{boundary}--\r\n".encode("ascii")
        self.length = len(texts) + sum(len(h) + p.size + 2 for h, p in zip(heads, files, strict=True)) + len(tail)
        self._digest = hashlib.sha256()
        self._spool: IO[bytes] = io.BytesIO() if self.length <= MEMORY_LIMIT else tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._write(texts)
            for head, part in zip(heads, files, strict=True):
                self._write(head)
                self._copy(part)
                self._write(b"\r\n")
            self._write(tail)
        except BaseException:
            self.close()
            raise
        self.sha256 = self._digest.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        self._spool.seek(0)
        while piece := self._spool.read(READ_SIZE):
            yield piece

    def __len__(self) -> int:
        return self.length

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._spool.close()

    def _write(self, piece: bytes) -> None:
        self._digest.update(piece)
        self._spool.write(piece)

    def _copy(self, part: FilePart) -> None:
        left = part.size
        try:
            with part.open() as stream:
                while piece := stream.read(READ_SIZE):
                    left -= len(piece)
                    if left < 0:
                        break
                    self._write(piece)
        except FileNotFoundError as error:
            raise _file_changed(part, "is no longer in the document store") from error
        except Exception as error:  # every storage backend has its own errors; none of them may look like an answer
            raise ProviderUnavailable(
                f"The file for “{part.slot}” could not be read just now, so nothing was sent. "
                "It is tried again; if this lasts, an administrator should look at the document store.",
                code="document_store",
            ) from error
        if left:
            raise _file_changed(part, "no longer has the size it had when it was added")


def _file_changed(part: FilePart, what: str) -> ProviderRefused:
    return ProviderRefused(
        f"The file for “{part.slot}” {what}, so nothing was sent. Check the document, or add it again, then submit.",
        code="file_changed",
    )


def _text_part(boundary: str, name: str, value: str) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n'
    return (head + value + "\r\n").encode("utf-8")


def _file_head(boundary: str, part: FilePart) -> bytes:
    if not _CONTENT_TYPE.fullmatch(part.content_type):
        raise ProviderRefused(
            f"The file for “{part.slot}” has no usable content type, so nothing was sent. Add the file again.",
            code="bad_content_type",
        )
    return (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(part.slot)}"; '
        f'filename="{_quoted(part.filename)}"\r\nContent-Type: {part.content_type}\r\n\r\n'
    ).encode()


def _quoted(text: str) -> str:
    """Make a name safe inside quotes: UTF-8 stays as it is, quotes, backslashes and control characters are escaped.

    Percent escapes are what browsers send, so servers know them; no name can end the header line or the quoted text.
    """
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(f"%{ord(c):02X}" if c in '"\\' or ord(c) < 0x20 or ord(c) == 0x7F else c for c in clean)
