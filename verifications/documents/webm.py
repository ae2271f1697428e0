"""The elements of a WebM file: a light structural check, nothing is decoded."""

from __future__ import annotations

from typing import BinaryIO

from verifications.documents.refusals import refuse

_MAX_ELEMENTS = 500_000
_SEGMENT, _CLUSTER, _TRACKS = 0x18538067, 0x1F43B675, 0x1654AE6B
_VOID, _CRC = 0xEC, 0xBF
_TRACK_ENTRY, _TRACK_TYPE, _VIDEO, _WIDTH, _HEIGHT = 0xAE, 0x83, 0xE0, 0xB0, 0xBA
_PICTURE = 1
_TRACKS_MAX_BYTES = 1024 * 1024


def check_webm(stream: BinaryIO, size: int) -> tuple[int, int | None, int | None]:
    """Check for a segment with a picture track and media, all complete; returns (end in bytes, width, height).

    Segments and clusters of unknown length (recorded in a browser) are walked element by element.
    """
    names = set()
    picture: tuple[int | None, int | None] | None = None
    position = end = 0
    for _ in range(_MAX_ELEMENTS):
        if position >= size:
            break
        header = _element(stream, position)
        if header is None:
            break
        name, length, content = header
        names.add(name)
        if name == _SEGMENT or (name == _CLUSTER and length is None):
            if length is not None and content + length > size:
                raise refuse("video_truncated")
            position = end = content
            continue
        if length is None:
            raise refuse("video_damaged")
        if content + length > size:
            raise refuse("video_truncated")
        if name == _TRACKS:
            picture = _picture_track(stream, content, min(length, _TRACKS_MAX_BYTES))
        position = end = content + length
    if _SEGMENT not in names or _TRACKS not in names:
        raise refuse("video_damaged")
    if _CLUSTER not in names:
        raise refuse("video_truncated")
    if picture is None:
        raise refuse("video_no_picture")
    return end, picture[0], picture[1]


def _picture_track(stream: BinaryIO, start: int, length: int) -> tuple[int | None, int | None] | None:
    for name, entry_start, entry_end in _children(stream, start, start + length):
        if name != _TRACK_ENTRY:
            continue
        values = _numbers(stream, entry_start, entry_end, {_TRACK_TYPE})
        if values.get(_TRACK_TYPE) != _PICTURE:
            continue
        for inner, video_start, video_end in _children(stream, entry_start, entry_end):
            if inner == _VIDEO:
                sizes = _numbers(stream, video_start, video_end, {_WIDTH, _HEIGHT})
                return sizes.get(_WIDTH), sizes.get(_HEIGHT)
        return None, None
    return None


def _children(stream: BinaryIO, start: int, end: int) -> list[tuple[int, int, int]]:
    found = []
    while start < end:
        header = _element(stream, start)
        if header is None or header[1] is None or header[2] + header[1] > end:
            raise refuse("video_damaged")
        name, length, content = header[0], header[1], header[2]
        found.append((name, content, content + length))
        start = content + length
    return found


def _numbers(stream: BinaryIO, start: int, end: int, wanted: set[int]) -> dict[int, int]:
    values = {}
    for name, content, content_end in _children(stream, start, end):
        if name in wanted and content_end - content <= 8:
            stream.seek(content)
            values[name] = int.from_bytes(stream.read(content_end - content), "big")
    return values


def _element(stream: BinaryIO, position: int) -> tuple[int, int | None, int] | None:
    """(id, length or None if unknown, start of the content) of the element there, or None if the bytes are none."""
    stream.seek(position)
    data = stream.read(12)
    if not data or not data[0]:
        return None
    id_length = 9 - data[0].bit_length()
    if id_length > 4 or len(data) <= id_length or not data[id_length]:
        return None
    size_length = 9 - data[id_length].bit_length()
    if len(data) < id_length + size_length:
        return None
    mask = (1 << 7 * size_length) - 1
    length = int.from_bytes(data[id_length : id_length + size_length], "big") & mask
    name = int.from_bytes(data[:id_length], "big")
    return name, None if length == mask else length, position + id_length + size_length
