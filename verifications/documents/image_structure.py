"""Where a JPEG, PNG or WebP ends, and whether its parts are what they should be; read as a stream, nothing is decoded.

Every check returns the offset behind the last byte of the picture, so that the caller can look at what follows. All
raise ``UploadRefused``: truncated, damaged, animated, or markup hidden in the metadata.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from verifications.documents.active_content import CHUNK, find_markup
from verifications.documents.refusals import refuse

_MAX_PARTS = 200_000
_METADATA_LOOK = 1024 * 1024
_JPEG_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # not stuffed zeros, restarts or fill bytes
_JPEG_STANDALONE = {0x01, 0xD8}
_JPEG_METADATA = {*range(0xE0, 0xF0), 0xFE}
_PNG_TEXT = {b"tEXt", b"iTXt", b"zTXt", b"eXIf"}
_WEBP_ANIMATION = 0x02


_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ONE_PASS = ((0, 0, 1, 1),)  # first column, first row, step right, step down
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(frozen=True)
class PngHeader:
    """Pixels, bits a channel, channels a pixel, and whether the rows come in seven passes."""

    width: int
    height: int
    bits: int
    channels: int
    is_interlaced: bool


@dataclass(frozen=True)
class WebpFrame:
    """The end of a WebP file and the size of its canvas in pixels."""

    end: int
    width: int
    height: int


def jpeg_end(stream: BinaryIO, size: int) -> int:
    """Walk the segments of the first picture in the file up to its end marker."""
    position = 2
    for _ in range(_MAX_PARTS):
        position = _next_marker(stream, position)
        stream.seek(position)
        marker = stream.read(2)[1]
        position += 2
        if marker == 0xD9:
            return position
        if marker in _JPEG_STANDALONE:
            continue
        length = int.from_bytes(_exactly(stream, 2), "big")
        if length < 2:
            raise refuse("damaged")
        if marker in _JPEG_METADATA:
            _check_metadata(_exactly(stream, length - 2), "a JPEG picture")
        position += length
        if position > size:
            raise refuse("truncated")
    raise refuse("damaged")


def png_end(stream: BinaryIO, size: int) -> int:
    """Walk the chunks up to IEND; needed chunks have their checksum, and the pixel data is as long as the header says.

    Inflates the pixel data once, without keeping it: check the size of the picture first.
    """
    rows: _PngRows | None = None
    position = 8
    for number in range(_MAX_PARTS):
        stream.seek(position)
        length, name = struct.unpack(">I4s", _exactly(stream, 8))
        position += 12 + length
        if (name == b"IHDR") != (number == 0) or not name.isalpha():
            raise refuse("damaged")
        if position > size:
            raise refuse("truncated")
        if name == b"acTL":
            raise refuse("animated")
        if name == b"IHDR":
            rows = _PngRows(png_header(stream))
            stream.seek(position - 4 - length)
        if name in _PNG_TEXT:
            _check_metadata(stream.read(min(length, _METADATA_LOOK)), "a PNG picture")
        elif name[:1].isupper():
            _check_png_chunk(stream, name, length, rows)
        if name == b"IEND" and rows is not None:
            rows.check_complete()
            return position
    raise refuse("damaged")


def png_header(stream: BinaryIO) -> PngHeader:
    """Read the header; leaves the stream somewhere else."""
    stream.seek(16)
    width, height, bits, colour_type, _, _, interlace = struct.unpack(">IIBBBBB", _exactly(stream, 13))
    if not width or not height or colour_type not in _PNG_CHANNELS:
        raise refuse("damaged")
    return PngHeader(width, height, bits, _PNG_CHANNELS[colour_type], bool(interlace))


def webp_frame(stream: BinaryIO, size: int) -> WebpFrame:
    """Walk the RIFF chunks; the size of the canvas comes from the first of them."""
    stream.seek(4)
    end = 8 + int.from_bytes(_exactly(stream, 4), "little")
    if end > size:
        raise refuse("truncated")
    position, width, height = 12, 0, 0
    for _ in range(_MAX_PARTS):
        if position + 8 > end:
            break
        stream.seek(position)
        name, length = struct.unpack("<4sI", _exactly(stream, 8))
        if position + 8 + length > end:
            raise refuse("damaged")
        head = stream.read(min(length, 16))
        if name in {b"ANIM", b"ANMF"} or (name == b"VP8X" and head[:1] and head[0] & _WEBP_ANIMATION):
            raise refuse("animated")
        if name in {b"VP8X", b"VP8L", b"VP8 "} and not width:
            width, height = _webp_size(name, head)
        if name in {b"EXIF", b"XMP "}:
            stream.seek(position + 8)
            _check_metadata(stream.read(min(length, _METADATA_LOOK)), "a WebP picture")
        position += 8 + length + length % 2
    if not width or not height:
        raise refuse("damaged")
    return WebpFrame(end=end, width=width, height=height)


def _webp_size(name: bytes, head: bytes) -> tuple[int, int]:
    if len(head) < 10:
        raise refuse("damaged")
    if name == b"VP8X":
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if name == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF


def _next_marker(stream: BinaryIO, position: int) -> int:
    """The offset of the next JPEG marker at or behind ``position``."""
    stream.seek(position)
    before = b""
    while chunk := stream.read(CHUNK):
        window = before + chunk
        if match := _JPEG_MARKER.search(window):
            return position - len(before) + match.start()
        position += len(chunk)
        before = window[-1:]
    raise refuse("truncated")


class _PngRows:
    """Counts the bytes the pixel data inflates to: a file may end properly and still lack rows."""

    def __init__(self, header: PngHeader) -> None:
        self._wanted = sum(_pass_bytes(header, *steps) for steps in (_ADAM7 if header.is_interlaced else _ONE_PASS))
        self._found = 0
        self._unpacker = zlib.decompressobj()

    def feed(self, data: bytes) -> None:
        try:
            while data and self._found < self._wanted:
                self._found += len(self._unpacker.decompress(data, CHUNK))
                data = self._unpacker.unconsumed_tail
        except zlib.error as error:
            raise refuse("damaged") from error

    def check_complete(self) -> None:
        if self._found < self._wanted:
            raise refuse("truncated")


def _pass_bytes(header: PngHeader, x_start: int, y_start: int, x_step: int, y_step: int) -> int:
    columns = -(-(header.width - x_start) // x_step)
    rows = -(-(header.height - y_start) // y_step)
    if columns <= 0 or rows <= 0:
        return 0
    return rows * (1 + -(-columns * header.bits * header.channels // 8))


def _check_png_chunk(stream: BinaryIO, name: bytes, length: int, rows: _PngRows | None) -> None:
    checksum = zlib.crc32(name)
    while length:
        chunk = _exactly(stream, min(length, CHUNK))
        checksum = zlib.crc32(chunk, checksum)
        if name == b"IDAT" and rows is not None:
            rows.feed(chunk)
        length -= len(chunk)
    if int.from_bytes(_exactly(stream, 4), "big") != checksum:
        raise refuse("damaged")


def _check_metadata(data: bytes, found: str) -> None:
    if hidden := find_markup(data):
        raise refuse("polyglot", found=found, hidden=hidden)


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise refuse("truncated")
    return data
