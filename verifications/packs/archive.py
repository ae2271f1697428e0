"""A ZIP whose bytes follow from what goes in: fixed times and attributes, stored as it is, in the order of adding."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from types import TracebackType
from typing import IO

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The first moment a ZIP can name. When files were made says the manifest."""
READABLE = 0o100644 << 16
UNIX = 3
ZIP64_FROM = 1 << 31


class Archive:
    """Files added one after another, each hashed as it passes; ``digests`` is name -> SHA-256.

    Nothing is compressed: pictures would not shrink, and two versions of zlib would give two packs.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED)
        self.digests: dict[str, str] = {}

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def add(self, name: str, content: bytes) -> str:
        """Add a file; returns its SHA-256."""
        return self.add_pieces(name, [content], size=len(content))

    def add_pieces(self, name: str, pieces: Iterable[bytes], *, size: int) -> str:
        """Add a file piece by piece, memory independent of its size; returns its SHA-256.

        ``size`` is what is expected: it decides how the sizes are written, so it must be the true one.
        """
        if name in self.digests:
            raise ValueError(f"{name} is in the pack already")
        entry = zipfile.ZipInfo(name, LONG_AGO)
        entry.create_system = UNIX
        entry.external_attr = READABLE
        entry.compress_type = zipfile.ZIP_STORED
        digest = hashlib.sha256()
        with self._zip.open(entry, "w", force_zip64=size >= ZIP64_FROM) as target:
            for piece in pieces:
                digest.update(piece)
                target.write(piece)
        self.digests[name] = digest.hexdigest()
        return self.digests[name]
