"""Downloads that can be resumed: which bytes of a file a request asks for (RFC 9110, 13 and 14).

One range is served. What is no range, asks for several or for another unit is answered with the whole file, as the
standard allows; a range that begins behind the end is told so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=[ \t]*(\d{0,19})-(\d{0,19})[ \t]*", re.ASCII | re.IGNORECASE)
_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')


class NotSatisfiable(Exception):
    """The range lies behind the end of the file: 416."""


class Changed(Exception):
    """The caller wants to go on with another file than this one: 412."""


@dataclass(frozen=True)
class Piece:
    """Bytes of a file from ``first`` to ``last``, both included; of an empty file ``last`` is -1."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    @property
    def is_whole(self) -> bool:
        return self.length == self.size

    @property
    def content_range(self) -> str:
        return f"bytes {self.first}-{self.last}/{self.size}"


def wanted_piece(headers: Mapping[str, str], *, size: int, etag: str) -> tuple[Piece, bool]:
    """The bytes to send, and whether they answer a range (206) or stand for the whole file (200).

    ``etag``: strong, in its quotes. Raises ``NotSatisfiable`` and ``Changed``.
    """
    if not _still_the_same(headers.get("If-Match", ""), etag):
        raise Changed
    whole = Piece(0, size - 1, size)
    asked = headers.get("Range", "")
    if not asked or headers.get("If-Range", etag).strip() != etag:
        return whole, False
    found = _ONE_RANGE.fullmatch(asked.strip())
    if found is None or not any(found.groups()):
        return whole, False
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        piece = Piece(size - length, size - 1, size)
    elif last and int(last) < int(first):
        return whole, False
    else:
        piece = Piece(int(first), min(int(last or size), size - 1), size)
    if piece.length <= 0 or piece.first >= size:
        raise NotSatisfiable
    return piece, True


def _still_the_same(if_match: str, etag: str) -> bool:
    """``If-Match`` compares strongly: a weak tag never matches."""
    if not if_match.strip() or if_match.strip() == "*":
        return True
    return any(not weak and tag == etag for weak, tag in _TAG.findall(if_match))
