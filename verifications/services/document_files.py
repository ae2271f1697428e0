"""The files of documents in storage: put there, taken away again when a change fails, opened and checked."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.core.files import File
from django.core.files.storage import Storage, storages
from django.utils.translation import gettext as _

from verifications.documents.naming import delivery_filename
from verifications.documents.types import Rendition
from verifications.enums import RenditionKind
from verifications.errors import DomainError
from verifications.models import Document, DocumentRendition

CHECK_SIZE = 256 * 1024


class FileMissing(DomainError, FileNotFoundError):
    """The file is not in storage, or is no longer the one that was uploaded."""


def documents_storage() -> Storage:
    return storages["documents"]


@contextmanager
def stored_files(document: Document, path: Path, renditions: list[Rendition]) -> Iterator[list[DocumentRendition]]:
    """Put an original and its pictures into storage for the block; when the block fails they are taken away again."""
    stored: list[str] = []
    try:
        name = delivery_filename(document.slot, document.extension)
        document.storage_name = _store(path, f"{document.public_id}/{name}", stored)
        yield [_store_rendition(document, rendition, stored) for rendition in renditions]
    except BaseException:
        for name in stored:
            documents_storage().delete(name)
        raise


@contextmanager
def spooled(upload: File) -> Iterator[Path]:
    """The upload as a file on disk, whichever handler took it."""
    temporary = getattr(upload, "temporary_file_path", None)
    if temporary is not None:
        yield Path(temporary())
        return
    with tempfile.NamedTemporaryFile(prefix="upload-") as copy:
        for chunk in upload.chunks():
            copy.write(chunk)
        copy.flush()
        yield Path(copy.name)


def open_stored(storage_name: str) -> IO[bytes]:
    """A stored file for reading; raises ``FileMissing``."""
    try:
        stream: IO[bytes] = documents_storage().open(storage_name, "rb")
    except (FileNotFoundError, OSError) as error:
        raise FileMissing(
            _("A file is missing from storage. Restore it from a backup, or cancel and upload the document again.")
        ) from error
    return stream


class HashedReader:
    """A binary stream that fails at its end when the bytes are not the ones that were recorded at upload."""

    def __init__(self, stream: IO[bytes], sha256: str) -> None:
        self._stream = stream
        self._expected = sha256
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self._digest.update(chunk)
        if (size < 0 or (size and not chunk)) and self._digest.hexdigest() != self._expected:
            raise FileMissing(_("A file in storage is no longer the one that was uploaded. Nothing was sent."))
        return chunk

    def check(self) -> None:
        """Read to the end, in pieces; raises ``FileMissing`` when the file changed."""
        while self.read(CHECK_SIZE):
            pass

    def close(self) -> None:
        self._stream.close()

    def __enter__(self) -> HashedReader:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def open_checked(storage_name: str, sha256: str) -> HashedReader:
    """Open a stored file for sending; raises ``FileMissing`` when it is gone or, at its end, when it changed."""
    return HashedReader(open_stored(storage_name), sha256)


def _store(path: Path, name: str, stored: list[str]) -> str:
    with path.open("rb") as stream:
        kept = documents_storage().save(name, File(stream))
    stored.append(kept)
    return kept


def _store_rendition(document: Document, rendition: Rendition, stored: list[str]) -> DocumentRendition:
    kind = RenditionKind(rendition.kind)
    is_sent = kind in (RenditionKind.DELIVERY, RenditionKind.CAPTURE)
    stem = document.slot if is_sent else f"{kind.lower()}-{rendition.page}"
    folder = kind.lower() if is_sent else "shown"
    return DocumentRendition(
        kind=kind,
        page=rendition.page,
        storage_name=_store(rendition.path, f"{document.public_id}/{folder}/{stem}.jpg", stored),
        content_type=rendition.content_type,
        size=rendition.size,
        sha256=rendition.sha256,
        width=rendition.width,
        height=rendition.height,
    )
