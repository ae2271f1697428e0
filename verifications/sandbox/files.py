"""Facts about a file that was sent or fetched, and the rules every file must keep.

Contracts: payward-services 4.3; kraken-embed 4.4 takes the same rules until it publishes its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from . import sniff
from .errors import FileProblem

DOCUMENT_KINDS = frozenset({"jpeg", "png", "pdf"})
SELFIE_KINDS = frozenset({"jpeg", "png", "mp4", "mov", "webm"})
ALL_KINDS = DOCUMENT_KINDS | SELFIE_KINDS
VENDOR_ANSWER_KINDS = ALL_KINDS | {"json"}
FILENAME_MAX_BYTES = 255


@dataclass(frozen=True)
class FileFact:
    """One accepted file: which member it came as, its SHA-256 (hex), bytes and kind."""

    member: str
    sha256: str
    size: int
    kind: str


def check_filename(member: str, filename: str) -> str:
    """Return the extension in lower case, or raise FileProblem."""
    if not filename or filename in {".", ".."}:
        raise FileProblem(member, "a filename is required")
    if len(filename.encode("utf-8", "replace")) > FILENAME_MAX_BYTES:
        raise FileProblem(member, "the filename is longer than 255 bytes")
    if any(character in "/\\" or ord(character) < 32 or 127 <= ord(character) < 160 for character in filename):
        raise FileProblem(member, "the filename holds a separator or a control character")
    stem, dot, extension = filename.rpartition(".")
    if not dot or not stem or not extension:
        raise FileProblem(member, "the filename has no extension")
    return extension.lower()


def examine(*, member: str, filename: str, chunks: Iterable[bytes], limit: int, accepted: Collection[str]) -> FileFact:
    """Hash a file while it streams by, and raise FileProblem for a bad name, size, content or extension."""
    extension = check_filename(member, filename)
    digest, size, head = hashlib.sha256(), 0, b""
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise FileProblem(member, "the file is too large", too_large=True)
        digest.update(chunk)
        if len(head) < sniff.HEAD_BYTES:
            head += chunk[: sniff.HEAD_BYTES - len(head)]
    if size == 0:
        raise FileProblem(member, "the file is empty")
    kind = sniff.detect(head)
    if kind is None and "json" in accepted and extension == "json" and sniff.is_json(head):
        return FileFact(member, digest.hexdigest(), size, "json")
    if kind is None or kind not in accepted:
        raise FileProblem(member, "the content is of a type that is not accepted here")
    if extension not in sniff.EXTENSIONS[kind]:
        raise FileProblem(member, "the extension does not match the content")
    return FileFact(member, digest.hexdigest(), size, kind)
