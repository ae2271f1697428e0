"""What goes in and comes out of this package: limits, facts about a file, derived pictures, refusals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Family = Literal["image", "pdf", "video", "data"]
RenditionName = Literal["PREVIEW", "THUMBNAIL", "DELIVERY", "CAPTURE"]

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bounds of one look at a file. Memory in bytes, times in seconds, sizes of pictures in pixels.

    ``data_bytes`` bounds what the decoding process may allocate and ``address_space_bytes`` all that it may map; with
    the code of the decoders both together keep its resident memory below 300 MiB.
    """

    max_pixels: int = 50_000_000
    max_webp_pixels: int = 14_000_000  # libwebp keeps four copies of the canvas
    max_pdf_pages: int = 50
    max_pdf_objects: int = 20_000
    preview_pages: int = 10
    preview_side: int = 2200
    thumbnail_side: int = 320
    data_bytes: int = 270 * MIB
    address_space_bytes: int = 420 * MIB
    cpu_seconds: int = 3
    cpu_seconds_hard: int = 5
    wall_seconds: float = 20.0
    output_bytes: int = 64 * MIB
    open_files: int = 32


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Inspection:
    """Facts about an accepted file.

    ``extension`` is the true one, without a dot. ``width`` and ``height`` are pixels as a person sees the picture:
    after ``orientation`` was applied (the EXIF value found, 1 to 8; 1 is upright as stored, as HEIC always reports).
    ``notes`` are sentences for a person: what was found odd and what was done about it.
    """

    content_type: str
    extension: str
    size: int
    sha256: str
    width: int | None
    height: int | None
    pages: int | None
    family: Family
    orientation: int = 1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rendition:
    """A picture made from the original: a JPEG without metadata. ``page`` counts from 1."""

    kind: RenditionName
    page: int
    path: Path
    content_type: str
    size: int
    sha256: str
    width: int
    height: int


class UploadRefused(Exception):
    """The file is not taken. ``code`` is for programs, ``message`` says what was wrong and what to do about it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class DecoderUnavailable(Exception):
    """The decoding process could not do its work for a reason that lies with the installation, not with the file."""
