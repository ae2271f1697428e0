"""Signs that a file is also something else: markup and programs hidden in metadata or behind the end of a picture.

Phones put harmless data behind a picture (motion photos, depth maps), so only signatures of active or other formats
count. Short signatures turn up by chance in megabytes of compressed data: markup therefore counts only where text
follows it, and a ZIP only where its directory stands at the end of the file.
"""

from __future__ import annotations

import re
import struct
from typing import BinaryIO

CHUNK = 1024 * 1024
HEAD_BYTES = 4096
PDF_HEADER_WINDOW = 1024  # PDF readers look for the header this far into a file
_TEXT_AFTER = 12
_OVERLAP = 64

_MARKUP = re.compile(rb"<(!doctype\s+html|html|script|svg|iframe|\?php)(?=[\s>/])", re.IGNORECASE)
_PDF = re.compile(rb"%PDF-\d")
_AT_START = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"#!/", "a script"),
)
_ZIP_END = struct.Struct("<4s4H2LH")
_ZIP_COMMENT_MAX = 65_535


def find_markup(data: bytes) -> str | None:
    """Return a name for the markup or script in ``data``, or None."""
    for match in _MARKUP.finditer(data):
        following = data[match.end() : match.end() + _TEXT_AFTER]
        if all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in following):
            word = match[1].lower()
            return {b"svg": "an SVG drawing", b"script": "a script", b"?php": "a PHP program"}.get(word, "a web page")
    return None


def find_in_head(head: bytes, *, is_pdf: bool) -> str | None:
    """Return what else the first bytes of an accepted file pretend to be, or None."""
    if not is_pdf and _PDF.search(head[:PDF_HEADER_WINDOW]):
        return "a PDF"
    return find_markup(head[:HEAD_BYTES])


def find_in_trailer(stream: BinaryIO, start: int, size: int) -> str | None:
    """Return what hides between ``start`` (the end of the picture) and the end of the file, or None if harmless."""
    stream.seek(start)
    before = b""
    position = start
    while position < size:
        chunk = stream.read(CHUNK)
        if not chunk:
            break
        if position == start:
            stripped = chunk.lstrip(b"\x00 \t\r\n")
            for signature, name in _AT_START:
                if stripped.startswith(signature):
                    return name
        window = before + chunk
        if _PDF.search(window):
            return "a PDF"
        if (markup := find_markup(window)) is not None:
            return markup
        before = window[-_OVERLAP:]
        position += len(chunk)
    return None


def has_zip_directory(stream: BinaryIO, size: int) -> bool:
    """Whether the file ends with a plausible ZIP directory, so that unpackers would take it for an archive."""
    stream.seek(max(0, size - _ZIP_COMMENT_MAX - _ZIP_END.size))
    tail = stream.read()
    position = tail.rfind(b"PK\x05\x06")
    while position >= 0:
        if position + _ZIP_END.size <= len(tail):
            _, disk, start_disk, here, total, directory, offset, _ = _ZIP_END.unpack_from(tail, position)
            if (disk, start_disk) == (0, 0) and here == total and directory + offset <= size:
                return True
        position = tail.rfind(b"PK\x05\x06", 0, position)
    return False
