"""The boxes of MP4, QuickTime and HEIC files: a light structural check, nothing is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from verifications.documents.refusals import refuse
from verifications.documents.types import UploadRefused

_MAX_BOXES = 100_000
_MAX_DEPTH = 4
_CONTAINERS = {b"moov", b"trak", b"mdia"}


@dataclass(frozen=True)
class Box:
    """One box: its type, where its content starts and where it ends, in bytes from the start of the file."""

    name: bytes
    start: int
    end: int


@dataclass(frozen=True)
class VideoFrame:
    """Where the known boxes of a video end, and the size of its picture track in pixels (as shown), if it says so."""

    end: int
    width: int | None
    height: int | None


def boxes(stream: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two offsets; stops before bytes that are no box, raises when a box is cut off."""
    position = start
    for _ in range(_MAX_BOXES):
        if position + 8 > end:
            return
        stream.seek(position)
        header = stream.read(16)
        length, name, content = int.from_bytes(header[:4], "big"), header[4:8], position + 8
        if not all(32 <= byte < 127 or byte == 0xA9 for byte in name):
            return
        if length == 1:
            length, content = int.from_bytes(header[8:16], "big"), position + 16
        elif length == 0:
            length = end - position
        if length < content - position:
            return
        if position + length > end:
            raise refuse("video_truncated")
        yield Box(name, content, position + length)
        position += length
    raise refuse("video_damaged")


def check_video(stream: BinaryIO, size: int) -> VideoFrame:
    """Check that an MP4 or QuickTime file has a table of contents, a picture track and media data, all complete."""
    end, has_media, picture = 0, False, None
    has_table = False
    for box in boxes(stream, 0, size):
        end = box.end
        if box.name == b"moov":
            has_table = True
            picture = _picture_track(stream, box)
        elif box.name in {b"mdat", b"moof"}:
            has_media = True
    if not has_table:
        raise refuse("video_truncated" if has_media else "video_damaged")
    if not has_media:
        raise refuse("video_truncated")
    if picture is None:
        raise refuse("video_no_picture")
    return VideoFrame(end, picture[0] or None, picture[1] or None)


def last_box_end(stream: BinaryIO, size: int) -> int:
    """Where the boxes of a HEIC file end; raises ``truncated`` when one is cut off or the picture's data is missing."""
    end, names = 0, set()
    try:
        for box in boxes(stream, 0, size):
            names.add(box.name)
            end = box.end
    except UploadRefused as error:
        if not {b"meta", b"mdat"} <= names:  # else what follows may be foreign data that only look like a box
            raise refuse("truncated") from error
    if b"meta" not in names:
        raise refuse("damaged")
    return end


def _picture_track(stream: BinaryIO, moov: Box) -> tuple[int, int] | None:
    """Width and height of the first track whose handler is ``vide``, or None if there is no such track."""
    names = set()
    found = None
    for box in boxes(stream, moov.start, moov.end):
        names.add(box.name)
        if box.name == b"trak" and found is None:
            found = _track_size(stream, box)
    if b"mvhd" not in names:
        raise refuse("video_damaged")
    return found


def _track_size(stream: BinaryIO, trak: Box) -> tuple[int, int] | None:
    size, is_picture = (0, 0), False
    pending = list(boxes(stream, trak.start, trak.end))
    for depth in range(_MAX_DEPTH):
        inner: list[Box] = []
        for box in pending:
            if box.name == b"tkhd":
                size = _header_size(stream, box)
            elif box.name == b"hdlr" and depth:
                stream.seek(box.start + 8)
                is_picture = is_picture or stream.read(4) == b"vide"
            elif box.name in _CONTAINERS:
                inner.extend(boxes(stream, box.start, box.end))
        pending = inner
    return size if is_picture else None


def _header_size(stream: BinaryIO, tkhd: Box) -> tuple[int, int]:
    """Pixels from the last eight bytes of a track header (two 16.16 numbers), turned where its matrix says so."""
    stream.seek(max(tkhd.start, tkhd.end - 44))
    tail = stream.read(44)
    if len(tail) != 44:
        return 0, 0
    width, height = int.from_bytes(tail[36:38], "big"), int.from_bytes(tail[40:42], "big")
    is_turned = tail[0:4] == b"\x00\x00\x00\x00" and tail[4:8] != b"\x00\x00\x00\x00"
    return (height, width) if is_turned else (width, height)
