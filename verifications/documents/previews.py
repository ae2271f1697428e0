"""Uploads with their pictures: one look that gives the facts and the JPEGs shown or sent instead of the original."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from verifications.documents.decoding import decode
from verifications.documents.inspection import CHUNK, recognise, to_inspection
from verifications.documents.jobs import ALL_KINDS, UPLOAD_KINDS, Facts, Job, Picture
from verifications.documents.types import (
    DEFAULT_LIMITS,
    DecoderUnavailable,
    Inspection,
    Limits,
    Rendition,
    RenditionName,
    UploadRefused,
)

_JPEG = "image/jpeg"


def process_upload(
    path: Path,
    *,
    claimed_name: str,
    accept: frozenset[str] | None,
    max_bytes: int,
    out_dir: Path,
    kinds: frozenset[RenditionName] = UPLOAD_KINDS,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[Inspection, list[Rendition]]:
    """Inspect an upload and write its pictures into ``out_dir``, an existing folder of the caller; one child process.

    ``CAPTURE`` among the kinds wants a picture as a verification session takes it, and refuses one too small for that.

    Raises ``UploadRefused``; then ``out_dir`` holds none of its pictures. Videos and data have no pictures. See
    ``inspect_upload`` for the arguments.
    """
    recognised = recognise(path, claimed_name=claimed_name, accept=accept, max_bytes=max_bytes)
    facts = _draw(path, recognised.type.content_type, out_dir, kinds, limits)
    return to_inspection(recognised, facts), _renditions(facts, out_dir)


def render(
    path: Path,
    *,
    content_type: str,
    out_dir: Path,
    kinds: Iterable[RenditionName] = UPLOAD_KINDS,
    limits: Limits = DEFAULT_LIMITS,
) -> list[Rendition]:
    """Make pictures of an original again, of the type its inspection gave; raises ``UploadRefused`` as at upload."""
    return _renditions(_draw(path, content_type, out_dir, frozenset(kinds), limits), out_dir)


def _draw(path: Path, content_type: str, out_dir: Path, kinds: frozenset[RenditionName], limits: Limits) -> Facts:
    try:
        return decode(Job(path.absolute(), content_type, out_dir.absolute(), kinds, limits))
    except UploadRefused:
        for kind in kinds:
            for leftover in out_dir.glob(f"{kind.lower()}-[0-9][0-9][0-9].jpg"):
                leftover.unlink()
        raise


def _renditions(facts: Facts, out_dir: Path) -> list[Rendition]:
    return [_rendition(picture, out_dir) for picture in facts.pictures]


def _rendition(picture: Picture, out_dir: Path) -> Rendition:
    """Hash one picture; its name is built here again, since a decoder that was taken over might answer any path."""
    path = out_dir / f"{picture.kind.lower()}-{int(picture.page):03d}.jpg"
    if path.name != picture.name or picture.kind not in ALL_KINDS or path.is_symlink():
        raise DecoderUnavailable("The decoding process answered with a picture nobody asked for.")
    digest, size, head = hashlib.sha256(), 0, b""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            head = head or chunk[:3]
            digest.update(chunk)
            size += len(chunk)
    if head != b"\xff\xd8\xff":
        raise DecoderUnavailable("The decoding process wrote a picture that is no JPEG.")
    return Rendition(picture.kind, picture.page, path, _JPEG, size, digest.hexdigest(), picture.width, picture.height)
