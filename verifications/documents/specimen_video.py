"""Small real MP4 videos: MPEG-4 containers whose frames are JPEGs, and a writer for videos of an exact size."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

TIMESCALE = 1000
_MATRIX = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_JPEG_OBJECT_TYPE = 0x6C  # JPEG frames in an MPEG-4 container
_FILLER = b"\x00" * (1024 * 1024)
_SMALLEST_JPEG = b"\xff\xd8\xff\xd9"


def mp4_of_frames(frames: Sequence[bytes], *, width: int, height: int, frame_ms: int = 125) -> bytes:
    """Return an MP4 that shows the given JPEGs one after the other."""
    start = _box(b"ftyp", b"isom" + struct.pack(">I", 0x200) + b"isomiso2mp41")
    media = _box(b"mdat", b"".join(frames))
    table = _movie([len(frame) for frame in frames], len(start) + 8, width=width, height=height, frame_ms=frame_ms)
    return start + media + table


def video_of_size(path: Path, size: int) -> None:
    """Write a structurally valid MP4 of exactly ``size`` bytes (at least 4 KiB), in pieces of 1 MiB."""
    start = _box(b"ftyp", b"isom" + struct.pack(">I", 0x200) + b"isomiso2mp41")
    table = _movie([len(_SMALLEST_JPEG)], len(start) + 16, width=640, height=480, frame_ms=TIMESCALE)
    media = size - len(start) - len(table)
    if media < 4096 - len(start) - len(table) or media < 32:
        raise ValueError("A video needs at least 4096 bytes.")
    with path.open("wb") as stream:
        stream.write(start + struct.pack(">I4sQ", 1, b"mdat", media) + _SMALLEST_JPEG)
        left = media - 16 - len(_SMALLEST_JPEG)
        while left:
            piece = min(left, len(_FILLER))
            stream.write(_FILLER[:piece])
            left -= piece
        stream.write(table)


def _movie(sizes: Sequence[int], offset: int, *, width: int, height: int, frame_ms: int) -> bytes:
    """The table of contents (``moov``) of one picture track whose samples stand one behind the other at ``offset``."""
    duration = len(sizes) * frame_ms
    header = struct.pack(">IIIIiH10x", 0, 0, TIMESCALE, duration, 0x10000, 0x100) + _MATRIX + bytes(24)
    track = struct.pack(">IIII4xI8xHHH2x", 0, 0, 1, 0, duration, 0, 0, 0) + _MATRIX
    track += struct.pack(">II", width << 16, height << 16)
    samples = (
        _full(b"stsd", struct.pack(">I", 1) + _sample_entry(width, height))
        + _full(b"stts", struct.pack(">III", 1, len(sizes), frame_ms))
        + _full(b"stsc", struct.pack(">IIII", 1, 1, len(sizes), 1))
        + _full(b"stsz", struct.pack(f">II{len(sizes)}I", 0, len(sizes), *sizes))
        + _full(b"stco", struct.pack(">II", 1, offset))
    )
    data_here = _box(b"dinf", _full(b"dref", struct.pack(">I", 1) + _full(b"url ", b"", flags=1)))
    information = _box(b"minf", _full(b"vmhd", bytes(8), flags=1) + data_here + _box(b"stbl", samples))
    media = (
        _full(b"mdhd", struct.pack(">IIIIHH", 0, 0, TIMESCALE, duration, 0x55C4, 0))
        + _full(b"hdlr", struct.pack(">4x4s12x", b"vide") + b"VideoHandler\x00")
        + information
    )
    movie = _full(b"mvhd", header + struct.pack(">I", 2))
    return _box(b"moov", movie + _box(b"trak", _full(b"tkhd", track, flags=3) + _box(b"mdia", media)))


def _sample_entry(width: int, height: int) -> bytes:
    decoder = _descriptor(4, struct.pack(">BBBBBII", _JPEG_OBJECT_TYPE, 0x11, 0, 0, 0, 0, 0))
    stream = _descriptor(3, struct.pack(">HB", 1, 0) + decoder + _descriptor(6, b"\x02"))
    entry = struct.pack(">6xH16xHHIIIH", 1, width, height, 0x480000, 0x480000, 0, 1) + bytes(32)
    return _box(b"mp4v", entry + struct.pack(">Hh", 24, -1) + _full(b"esds", stream))


def _descriptor(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content


def _full(name: bytes, content: bytes, *, flags: int = 0) -> bytes:
    return _box(name, struct.pack(">I", flags) + content)


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content
