"""The file an export is written to: it counts and hashes what goes in."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import TracebackType

READ_SIZE = 1024 * 1024


class HashedFile:
    """A new file that knows its own size and SHA-256; nobody else can read it."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600, exist_ok=False)
        self._stream = path.open("wb", buffering=0)
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        self._stream.write(data)
        self._digest.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def __enter__(self) -> HashedFile:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stream.close()


def sha256_of(path: Path) -> str:
    """Of a file that was written by something else."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(READ_SIZE):
            digest.update(chunk)
    return digest.hexdigest()
