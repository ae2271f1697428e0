"""What an upload is, and whether it is taken: type by content, limits, and a proof that it opens.

This process reads the bytes only as a stream (for the hash and the first bytes); everything that follows the inner
structure of a file runs in the bounded process of ``decoding``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from verifications.documents.active_content import find_in_head, has_zip_directory
from verifications.documents.decoding import decode
from verifications.documents.jobs import Facts, Job
from verifications.documents.naming import claimed_extension
from verifications.documents.refusals import refuse
from verifications.documents.signatures import (
    ACCEPTED,
    DANGEROUS_EXTENSIONS,
    HEAD_BYTES,
    ONLY_WHEN_NAMED,
    PDF,
    FileType,
    Unwelcome,
    identify,
)
from verifications.documents.types import DEFAULT_LIMITS, MIB, Inspection, Limits

CHUNK = 256 * 1024
_WORDS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/heic": "HEIC",
    "image/webp": "WebP",
    "application/pdf": "PDF",
    "video/mp4": "MP4",
    "video/quicktime": "MOV",
    "video/webm": "WebM",
    "application/json": "JSON",
    "text/plain": "plain text",
}


@dataclass(frozen=True)
class Recognised:
    """A file whose type is accepted: its type, size in bytes and SHA-256 (hex). Not yet opened."""

    type: FileType
    size: int
    sha256: str
    notes: tuple[str, ...]


def inspect_upload(
    path: Path,
    *,
    claimed_name: str,
    accept: frozenset[str] | None,
    max_bytes: int,
    limits: Limits = DEFAULT_LIMITS,
) -> Inspection:
    """Return the facts of an accepted file or raise ``UploadRefused``; nothing is written.

    ``accept`` are content types; None means every picture, PDF and video. JSON and plain text must be named.
    ``claimed_name`` is the name the sender gave: it decides nothing, but a wrong extension is told.
    """
    recognised = recognise(path, claimed_name=claimed_name, accept=accept, max_bytes=max_bytes)
    job = Job(path.absolute(), recognised.type.content_type, None, frozenset(), limits)
    return to_inspection(recognised, decode(job))


def recognise(path: Path, *, claimed_name: str, accept: frozenset[str] | None, max_bytes: int) -> Recognised:
    """Check size, name and type, and hash the file; raises ``UploadRefused``."""
    size = path.stat().st_size
    if size == 0:
        raise refuse("empty")
    if size > max_bytes:
        raise refuse("too_large", size=_size_words(size, max_bytes), limit=_size_words(max_bytes, size))
    extension = claimed_extension(claimed_name)
    found, sha256 = _read(path, size, extension, accept)
    if extension in DANGEROUS_EXTENSIONS:
        raise refuse("dangerous_name", extension=extension)
    return Recognised(found, size, sha256, _name_notes(found, extension))


def to_inspection(recognised: Recognised, facts: Facts) -> Inspection:
    found = recognised.type
    return Inspection(
        content_type=found.content_type,
        extension=found.extension,
        size=recognised.size,
        sha256=recognised.sha256,
        width=facts.width,
        height=facts.height,
        pages=facts.pages,
        family=found.family,
        orientation=facts.orientation,
        notes=(*recognised.notes, *facts.notes),
    )


def accepted_words(accept: frozenset[str] | None) -> str:
    """The accepted types for a person: "JPEG, PNG or PDF"."""
    words = [word for content_type, word in _WORDS.items() if _is_accepted(content_type, accept)]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _read(path: Path, size: int, extension: str, accept: frozenset[str] | None) -> tuple[FileType, str]:
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        found = identify(head)
        claim = _claim(found, extension)
        if isinstance(found, Unwelcome):
            raise refuse(found.code, found=found.label, claim=claim)
        if found.content_type == "text/plain" and not _is_accepted("text/plain", accept):
            raise refuse("text", claim=claim)
        if not _is_accepted(found.content_type, accept):
            raise refuse("not_accepted", found=found.label, claim=claim, accepted=accepted_words(accept))
        if found.family != "data" and (hidden := find_in_head(head, is_pdf=found == PDF)):
            raise refuse("polyglot", found=found.label, hidden=hidden)
        if has_zip_directory(stream, size):
            raise refuse("polyglot", found=found.label, hidden="a ZIP archive")
        stream.seek(0)
        digest = hashlib.sha256()
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return found, digest.hexdigest()


def _is_accepted(content_type: str, accept: frozenset[str] | None) -> bool:
    return content_type not in ONLY_WHEN_NAMED if accept is None else content_type in accept


def _claim(found: FileType | Unwelcome, extension: str) -> str:
    """What the name says, where it says something else; only an extension the portal knows is repeated."""
    known = next((kind for kind in ACCEPTED if extension in kind.extensions), None)
    if known is None or known == found or (isinstance(found, FileType) and extension in found.extensions):
        return ""
    return f", although its name ends in .{extension}"


def _name_notes(found: FileType, extension: str) -> tuple[str, ...]:
    if not extension or extension in found.extensions:
        return ()
    return (f"The name ends in .{extension}, but this is {found.label}. It is handled as .{found.extension}.",)


def _size_words(size: int, other: int) -> str:
    """Mebibytes, or exact bytes where both sizes would read alike."""
    short = f"{size / MIB:,.1f} MiB"
    return short if short != f"{other / MIB:,.1f} MiB" else f"{size:,} bytes"
