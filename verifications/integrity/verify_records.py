#!/usr/bin/env python3
"""Checks a log, an evidence pack or an export of the compliance portal.

One file, Python 3.9 or newer, nothing else: no network, no database. ``python3 verify_records.py --help`` says how it
is used; ``docs/verifying.md`` of the portal explains what it finds. The layout, which the portal's own sealing follows
through the functions below:

- canonical JSON: keys sorted, no spaces, everything outside ASCII as ``\\uXXXX``;
- a line of a log: ``{"record":{...},"texts":{...}}``, both canonical. ``record`` holds ``commitment``, the SHA-256
  (hex) of the canonical ``texts``; ``texts`` holds the words people typed or are named by, and a random salt. Erased
  texts are ``{}``;
- leaf: SHA-256 of a zero byte and the canonical record; node: SHA-256 of a byte 1, the left and the right hash; a tree
  of n leaves has 2^k leaves on its left, the largest such number below n (RFC 6962, 2.1);
- header of a seal: the canonical object of ``HEADER``; ``digest`` is its SHA-256 (hex), ``signature`` is Ed25519 over
  the same bytes; ``previous`` is the digest of the seal before, 64 zeros for the first;
- anchor: the canonical object of ``ANCHOR``, and its signature beside them.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import stat
import struct
import sys
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

HEADER = ("count", "first", "key_id", "log", "number", "previous", "root", "sealed_at")
ANCHOR = ("at", "digest", "key_id", "log", "number", "total")
NO_SEAL = "0" * 64
LEAF = 32
"""Bytes of a leaf hash."""


# Layout


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def commitment_of(texts: bytes) -> str:
    """Of the canonical texts of an event, hex."""
    return hashlib.sha256(texts).hexdigest()


def leaf_of(record: bytes) -> bytes:
    """Of the canonical record of an event, 32 bytes."""
    return hashlib.sha256(b"\0" + record).digest()


def node_of(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def _level_above(level: list[bytes]) -> list[bytes]:
    """Joining neighbours level by level, an odd last one carried up as it is, gives the tree of RFC 6962."""
    sha256 = hashlib.sha256
    above = [sha256(b"\1" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
    if len(level) % 2:
        above.append(level[-1])
    return above


def merkle_root(leaves: list[bytes]) -> bytes:
    """Of at least one leaf, 32 bytes."""
    level = leaves
    while len(level) > 1:
        level = _level_above(level)
    return level[0]


def merkle_path(leaves: list[bytes], index: int) -> list[bytes]:
    """The hashes that lead from a leaf to the root, lowest first."""
    path = []
    level = leaves
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        level = _level_above(level)
        index >>= 1
    return path


def root_by_path(leaf: bytes, index: int, count: int, path: list[bytes]) -> bytes:
    """The root that a leaf and its path give. Raises ``ValueError`` for a path that no tree of ``count`` leaves has."""
    if not 0 <= index < count:
        raise ValueError("no such leaf")
    steps = iter(path)
    root = leaf
    while count > 1:
        if index ^ 1 < count:
            step = next(steps, b"")
            if len(step) != LEAF:
                raise ValueError("path too short")
            root = node_of(step, root) if index & 1 else node_of(root, step)
        index >>= 1
        count = (count + 1) >> 1
    if next(steps, None) is not None:
        raise ValueError("path too long")
    return root


def header_of(seal: dict[str, Any]) -> bytes:
    """The bytes that are hashed and signed of a seal."""
    return canonical({name: seal[name] for name in HEADER})


def digest_of(header: bytes) -> str:
    return hashlib.sha256(header).hexdigest()


def anchor_of(anchor: dict[str, Any]) -> bytes:
    """The bytes that are signed of an anchor."""
    return canonical({name: anchor[name] for name in ANCHOR})


def fingerprint_of(public_key_hex: str) -> str:
    """Of a key, to be compared by eye: the first 32 digits of the SHA-256 of its bytes, in groups of four."""
    try:
        digits = hashlib.sha256(bytes.fromhex(public_key_hex)).hexdigest()[:32]
    except ValueError:
        return "no key"
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


# Ed25519 (RFC 8032, 5.1), checking only. Nothing here is secret, so nothing has to take constant time.

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_D2 = 2 * _D % _P
_ROOT_OF_MINUS_1 = pow(2, (_P - 1) // 4, _P)
_NEUTRAL = (0, 1, 1, 0)
_Point = Any  # of four integers: x/z, y/z, z and x*y/z, all modulo _P


def _add(one: _Point, other: _Point) -> _Point:
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a = (y1 - x1) * (y2 - x2) % _P
    b = (y1 + x1) * (y2 + x2) % _P
    c = t1 * t2 % _P * _D2 % _P
    d = 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _double(point: _Point) -> _Point:
    x, y, z, _ = point
    a = x * x % _P
    b = y * y % _P
    c = 2 * z * z % _P
    h = a + b
    e = h - (x + y) * (x + y) % _P
    g = a - b
    f = c + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _negative(point: _Point) -> _Point:
    x, y, z, t = point
    return -x % _P, y, z, -t % _P


def _is_neutral(point: _Point) -> bool:
    return point[0] % _P == 0 and (point[1] - point[2]) % _P == 0


def _point_of(data: bytes) -> _Point | None:
    """The point that 32 bytes stand for; nothing for bytes that stand for none or are not its only writing."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if len(data) != 32 or y >= _P:
        return None
    u = (y * y - 1) % _P
    v = (_D * y * y + 1) % _P
    v3 = v * v % _P * v % _P
    x = u * v3 * pow(u * v3 * v3 * v, (_P - 5) // 8, _P) % _P
    if v * x * x % _P != u:
        x = x * _ROOT_OF_MINUS_1 % _P
        if v * x * x % _P != u:
            return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _bytes_of(point: _Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, _P - 2, _P)
    return (y * inverse % _P | (x * inverse % _P & 1) << 255).to_bytes(32, "little")


def _sum_of(products: list[tuple[int, _Point]]) -> _Point:
    """The sum of points, each so many times: digit by digit, all points of a digit in one bucket (Pippenger)."""
    bits = max(factor.bit_length() for factor, _ in products)
    width = min(range(1, 12), key=lambda width: (len(products) + (2 << width)) / width)
    total = _NEUTRAL
    for low in range((bits // width) * width, -1, -width):
        for _ in range(width):
            total = _double(total)
        buckets: list[_Point | None] = [None] * (1 << width)
        for factor, point in products:
            digit = factor >> low & ((1 << width) - 1)
            if digit:
                held = buckets[digit]
                buckets[digit] = point if held is None else _add(held, point)
        running: _Point | None = None
        for held in reversed(buckets[1:]):
            if held is not None:
                running = held if running is None else _add(running, held)
            if running is not None:
                total = _add(total, running)
    return total


_BASE = _point_of((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little")) or _NEUTRAL


_BATCH = 512
"""Signatures that are checked at once."""
_MOST_NAMED = 5


class _Signed(NamedTuple):
    """A signature taken apart: s·B must be R + h·A."""

    point: _Point
    s: int
    h: int
    key: _Point
    written: bytes


_KEYS: dict[str, _Point | None] = {}


def _key_of(public_key_hex: str) -> _Point | None:
    """The point of a key. Nothing for a key of small order: under one anybody can sign anything."""
    if public_key_hex not in _KEYS:
        data = _hex(public_key_hex, 32)
        point = _point_of(data) if data else None
        if point is not None and _is_neutral(_double(_double(_double(point)))):
            point = None
        if len(_KEYS) > 1000:
            _KEYS.clear()
        _KEYS[public_key_hex] = point
    return _KEYS[public_key_hex]


def _signed(data: bytes, signature_hex: str, public_key_hex: str) -> _Signed | None:
    """Nothing when that can't be a signature: wrong length, s not below the order, no canonical point."""
    signature = _hex(signature_hex, 64)
    key = _key_of(public_key_hex)
    if signature is None or key is None:
        return None
    s = int.from_bytes(signature[32:], "little")
    point = _point_of(signature[:32])
    if s >= _L or point is None:
        return None
    hashed = hashlib.sha512(signature[:32] + bytes.fromhex(public_key_hex) + data).digest()
    return _Signed(point, s, int.from_bytes(hashed, "little") % _L, key, signature)


def _hex(text: object, size: int) -> bytes | None:
    """So many bytes written as lower-case hex, nothing for anything else."""
    if not isinstance(text, str) or len(text) != 2 * size:
        return None
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return None
    return data if data.hex() == text else None


def is_signature(data: bytes, signature_hex: str, public_key_hex: str) -> bool:
    """Whether that is the Ed25519 signature (RFC 8032) of the data. False for anything that is no signature or key."""
    signed = _signed(data, signature_hex, public_key_hex)
    if signed is None:
        return False
    return _bytes_of(_sum_of([(signed.s, _BASE), (signed.h, _negative(signed.key))])) == signed.written[:32]


def _are_signatures(batch: list[_Signed]) -> bool:
    """All at once: a sum of all equations, each so many times as a hash of the batch says. A tenth of the time."""
    seed = hashlib.sha512(b"".join(signed.written + signed.h.to_bytes(32, "little") for signed in batch)).digest()
    products = []
    keys: dict[_Point, int] = {}
    of_base = 0
    for at, signed in enumerate(batch):
        weight = int.from_bytes(hashlib.sha256(seed + at.to_bytes(8, "little")).digest()[:16], "little")
        products.append((weight, signed.point))
        keys[signed.key] = (keys.get(signed.key, 0) + weight * signed.h) % _L
        of_base = (of_base + weight * signed.s) % _L
    products += [(factor, key) for key, factor in keys.items()]
    products.append((of_base, _negative(_BASE)))
    return _is_neutral(_double(_double(_double(_sum_of(products)))))


def first_bad_signature(batch: list[tuple[bytes, str, str]]) -> int | None:
    """Index of the first of (data, signature, public key) that does not hold, nothing when all do."""
    parts = [_signed(*item) for item in batch]
    good = next((at for at, part in enumerate(parts) if part is None), len(parts))
    signed = [part for part in parts[:good] if part is not None]
    if not signed or _are_signatures(signed):
        return good if good < len(parts) else None
    low, high = 0, len(signed)
    while high - low > 1:
        middle = (low + high) // 2
        if _are_signatures(signed[low:middle]):
            low = middle
        else:
            high = middle
    return low


def bad_signatures(
    items: list[tuple[bytes, str, str]], check: Callable[[bytes, str, str], bool] | None = None
) -> list[int]:
    """Indexes of those that do not hold. Where a batch has many, the rest of it counts as bad unlooked at."""
    if check:
        return [at for at, item in enumerate(items) if not check(*item)]
    bad: list[int] = []
    for begin in range(0, len(items), _BATCH):
        batch = items[begin : begin + _BATCH]
        at, found = 0, 0
        while at < len(batch) and (step := first_bad_signature(batch[at:])) is not None:
            at += step + 1
            found += 1
            bad.append(begin + at - 1)
            if found == _MOST_NAMED:
                bad += range(begin + at, begin + len(batch))
                break
    return bad


# What is found

_KINDS = {
    "event_altered": (
        "Event {where} was altered: what stands there is not what seal {seal} covers",
        "Events {where} were altered: what stands there is not what seal {seal} covers",
        "Compare with a backup or an earlier export, and ask who could write to the database.",
    ),
    "event_texts": (
        "Texts of event {where} were altered: they do not fit the commitment in its record",
        "Texts of events {where} were altered: they do not fit the commitments in their records",
        "The records themselves hold. Compare names, reasons and addresses with a backup or an earlier export.",
    ),
    "event_missing": (
        "Event {where} is missing: seal {seal} covers it",
        "Events {where} are missing: seal {seal} covers the first of them",
        "Look for them in a backup or an earlier export, and ask who could delete from the database.",
    ),
    "tail_cut": (
        "The end is cut off: event {where} is missing, which a seal covers",
        "The end is cut off: events {where} are missing, which seals cover",
        "Look for them in a backup or an earlier export, and ask who could delete from the database.",
    ),
    "event_inserted": (
        "{count} stands before event {where} that no seal covers",
        "{count} stand before event {where} that no seal covers",
        "It was put there after sealing. Ask who could write to the database.",
    ),
    "event_moved": (
        "Events {where} stand in another order than they were sealed in",
        "Events {where} stand in another order than they were sealed in",
        "Nothing else of them changed. Ask who sorted or renumbered the rows.",
    ),
}
_ABSENT = frozenset({"event_altered", "event_missing", "tail_cut"})
_MOST_FINDINGS = 200
_ASK_FOR_ANOTHER = "Ask for another copy. If it says the same, take it up with who runs the portal."
_ASK_WHO_WRITES = "Compare with a backup or an earlier export, and ask who could write to the database."


class Finding(NamedTuple):
    """One thing that is wrong: a fixed word, a sentence, what to do next.

    ``first`` and ``last`` are sequence numbers of events, ``seal`` is the number of a seal.
    """

    kind: str
    what: str
    todo: str
    first: int | None = None
    last: int | None = None
    seal: int | None = None


class Verdict(NamedTuple):
    """What ``LogVerifier.finish`` says.

    ``findings`` come in the order of the log, a few hundred at most; ``more`` says how many others there are.
    ``anchored`` is the newest anchor that fits, ``notes`` are sentences about what is no finding.
    """

    findings: list[Finding]
    more: int
    entries: int
    sealed: int
    unsealed: int
    erased: int
    seals: int
    anchored: dict[str, Any] | None
    notes: list[str]

    @property
    def is_sound(self) -> bool:
        return not self.findings


class _Found:
    """Findings about events while they come in: neighbours of a kind become one."""

    def __init__(self) -> None:
        self.held: list[list[Any]] = []
        self.more = 0
        self.places: dict[bytes, int] = {}
        """Leaves that were found where no seal covers them, and the place."""
        self.wanted: dict[bytes, int] = {}
        """Leaves that were not found where a seal covers them, and the place."""
        self._of_places: dict[int, bytes] = {}
        self._of_wanted: dict[int, bytes] = {}

    def add(self, kind: str, first: int, *, seal: int, last: int | None = None, note: str = "", count: int = 1) -> None:
        """``first`` is where it is in the sequence; of something inserted, the event that so many stand before."""
        newest = self.held[-1] if self.held else None
        last = first if last is None else last
        if newest and newest[0] == kind and not note and not newest[5]:
            if kind == "event_inserted" and newest[1] == first:
                newest[4] += count
                return
            if kind not in ("event_inserted", "event_moved") and newest[2] + 1 == first:
                newest[2] = last
                return
        if len(self.held) < _MOST_FINDINGS:
            self.held.append([kind, first, last, seal, count, note])
        else:
            self.more += 1

    def keep(self, leaf: bytes, place: int, into: dict[bytes, int]) -> None:
        if len(into) < 20_000:
            into[leaf] = place

    def _joined(self) -> Iterator[list[Any]]:
        """Where events are missing and strange ones stand instead, the first so many are altered ones; what is left
        over of one or the other is inserted or missing.
        """
        at = 0
        while at < len(self.held):
            run = [self.held[at]]
            first, last = run[0][1], run[0][2] if run[0][0] in _ABSENT else run[0][1] - 1
            while at + len(run) < len(self.held) and self.held[at + len(run)][1] == last + 1:
                item = self.held[at + len(run)]
                if item[0] not in (*_ABSENT, "event_inserted"):
                    break
                last = item[2] if item[0] in _ABSENT else last
                run.append(item)
            at += len(run)
            strange = sum(item[4] if item[0] == "event_inserted" else 0 for item in run)
            absent = [item for item in run if item[0] in ("event_missing", "tail_cut")]
            if not strange or not absent:
                yield from run
                continue
            strange += sum(item[2] - item[1] + 1 for item in run if item[0] == "event_altered")
            altered = min(strange, last - first + 1)
            yield ["event_altered", first, first + altered - 1, run[0][3], 1, ""]
            if altered < strange:
                yield ["event_inserted", last + 1, last + 1, run[-1][3], strange - altered, ""]
            elif first + altered <= last:
                yield [absent[-1][0], first + altered, last, absent[-1][3], 1, ""]

    def _whereabouts(self, kind: str, first: int, last: int, count: int) -> str:
        """Of one event: which other stands in its place, or where it was found instead."""
        stands, belongs = self._of_places.get(first, b""), self._of_wanted.get(first, b"")
        if kind == "event_inserted":
            return f"it is event {self.wanted[stands]}" if count == 1 and stands in self.wanted else ""
        if kind not in ("event_altered", "event_missing") or first != last:
            return ""
        if kind == "event_altered" and stands in self.wanted:
            return f"event {self.wanted[stands]} stands there"
        return f"it stands at the place of event {self.places[belongs]}" if belongs in self.places else ""

    def findings(self) -> list[Finding]:
        self._of_places = {place: leaf for leaf, place in self.places.items()}
        self._of_wanted = {place: leaf for leaf, place in self.wanted.items()}
        found = []
        for kind, first, last, seal, count, told in self._joined():
            note = told or self._whereabouts(kind, first, last, count)
            one, several, todo = _KINDS[kind]
            where = str(first) if last == first else f"{first} to {last}"
            several_of_them = count > 1 if kind == "event_inserted" else last != first
            words = (several if several_of_them else one).format(
                where=where, seal=seal, count="One event" if count == 1 else f"{count} events"
            )
            found.append(Finding(kind, f"{words}{f' ({note})' if note else ''}.", todo, first, last, seal))
        return found


# One log, seal by seal and event by event

_COMMITMENT = b'"commitment":"'
_CUSTOMER = b'","customer_id":"'
_ERASED_TEXTS = b"{}"
_ERASURE = b'{"action":"log.texts_erased",'
_FITS, _TEXTS_DIFFER, _ERASED = range(3)
_FORCED_AT = 4096
"""So many events wait to be placed; if none of them is known, they are looked for further ahead."""
_FURTHEST = 2_000_000
"""Places of the sequence that are looked at ahead; 32 bytes each."""
_WIDEST = 200_000
"""Places of the sequence that are compared at once when nothing more is to come."""
_MOST_HELD = 32
"""So many seals wait for one that should stand before them."""
_MOST_MISSING = 1_000_000
_MOST_LEAVES = 100_000
_SAFE_NUMBER = 2**62


class _Item(NamedTuple):
    """An event that was fed: its leaf, whether its texts fit, whose they are if they are erased, whose it erased."""

    leaf: bytes
    state: int = _FITS
    customer: str = ""
    erases: str | None = None


def _item_of(record: bytes, texts: bytes) -> _Item:
    """Keys are sorted, and only action, actor and time come before the commitment: quotes inside them are escaped, so
    the first place that reads like the commitment is it.
    """
    at = record.find(_COMMITMENT) + len(_COMMITMENT)
    leaf = leaf_of(record)
    erases = _erased_by(record) if record.startswith(_ERASURE) else None
    if record[at : at + 64] == commitment_of(texts).encode():
        return _Item(leaf, erases=erases)
    if texts == _ERASED_TEXTS:
        return _Item(leaf, _ERASED, _customer_of(record, at + 64), erases)
    return _Item(leaf, _TEXTS_DIFFER, erases=erases)


class _Seal(NamedTuple):
    """A seal as it was fed. ``is_whole``: its header is one, and its digest is the header's."""

    number: int
    first: int
    count: int  # type: ignore[assignment]
    root: str
    previous: str
    key_id: str
    header: bytes
    digest: str
    signature: str
    leaves: bytes
    problem: str

    @property
    def is_whole(self) -> bool:
        return not self.problem


class _Block:
    """The stretch of the sequence that a seal covers, and what the leaves there must be.

    ``leaves`` is None where no seal tells. ``root`` is there as long as the leaves are in doubt against it.
    """

    __slots__ = ("at", "count", "first", "leaves", "number", "root")

    def __init__(self, first: int, count: int, leaves: bytes | None, number: int, root: str = "") -> None:
        self.first = first
        self.count = count
        self.leaves = leaves
        self.number = number
        self.root = root
        self.at = 0


class LogVerifier:
    """Checks one log that is fed to it seal by seal and event by event, and never raises.

    Feed a seal, then its events in sequence, then the next seal, and so on; then what is not sealed yet::

        verifier = LogVerifier("AUDIT", public_keys(), check=fast_check)
        for ...:
            verifier.seal(header, digest, signature, leaves)
            verifier.entries(records, texts)
        verifier.unsealed(record, texts)
        verdict = verifier.finish(anchors)

    An event that is missing is simply not fed: by the leaf hashes that seals keep, it finds what is altered, missing,
    inserted or in another place. Memory is that of some thousand leaves, and some dozen bytes for each seal.
    ``check(data, signature_hex, public_key_hex)`` may be something faster than this file's own; without it signatures
    are checked many at a time. ``trusted`` are the ids of keys the newest seal has to be signed with, any if empty.
    """

    def __init__(
        self,
        log: str,
        keys: dict[str, str],
        *,
        check: Callable[[bytes, str, str], bool] | None = None,
        trusted: Iterable[str] = (),
    ) -> None:
        self.log = log
        self.keys = keys
        self.trusted = frozenset(trusted)
        self.key_ids: set[str] = set()
        self._check = check
        self._found = _Found()
        self._seal_findings: list[Finding] = []
        self._more = 0
        self._notes: list[str] = []
        # seals
        self._number = 0
        self._next = 1
        self._before: _Seal | None = None
        self._digests = bytearray()
        self._totals: list[int] = []
        self._bad_seals: set[int] = set()
        self._gaps: set[int] = set()
        self._held: list[tuple[_Seal, int, int]] = []
        self._broken = 0
        self._to_check: list[tuple[int, int, bytes, str, str]] = []
        # events
        self._blocks: deque[_Block] = deque()
        self._left = 0
        self._pending: list[_Item] = []
        self._looked_for: frozenset[bytes] = frozenset()
        self._are_seals_over = False
        self._are_entries_over = False
        self._entries = 0
        self._unsealed = 0
        self._uncovered_places = 0
        self._erased = 0
        self._uncovered: dict[str, list[int]] = {}

    # What is fed

    def seal(self, header: dict[str, Any], digest: str, signature: str, leaves: bytes) -> None:
        """The next seal; ``leaves`` are its leaf hashes, 32 bytes each."""
        seal = self._read(header, digest, signature, leaves)
        if seal.is_whole and self._number < seal.number <= self._number + self._broken:
            self._say_junk(seal)
        expected = self._number + 1 + self._broken
        if seal.number == expected:
            self._close_gap(expected, up_to=seal.first if seal.is_whole else 0)
            self._admit(seal)
            self._release()
        elif not seal.is_whole:
            self._admit_altered(seal)
        elif seal.number < expected:
            self._stray(seal)
        else:
            self._held.append((seal, expected, self._next))
            self._release(force=len(self._held) > _MOST_HELD)

    def broken_seal(self) -> None:
        """Where the next seal should stand is something that can't be read."""
        self._broken += 1

    def entry(self, record: bytes, texts: bytes) -> None:
        """The next event: canonical record and canonical texts, ``b"{}"`` when they are erased."""
        self._entries += 1
        item = _item_of(record, texts)
        if not self._pending and self._blocks:
            block = self._blocks[0]
            at = block.at * LEAF
            if block.leaves is not None and not block.root and block.leaves[at : at + LEAF] == item.leaf:
                self._place(block.first + block.at, item)
                self._advance(1)
                return
        self._pending.append(item)
        if len(self._pending) == self._left or not len(self._pending) % 1024:
            self._settle()

    def entries(self, records: list[bytes], texts: list[bytes]) -> None:
        """The same as ``entry`` of each; fastest when they are exactly those of the seal that is next."""
        block = self._blocks[0] if self._blocks and not self._pending else None
        if block and not block.at and not block.root and block.count == len(records) == len(texts):
            sha256 = hashlib.sha256
            if b"".join([sha256(b"\0" + record).digest() for record in records]) == block.leaves:
                self._entries += block.count
                self._whole_block(block, records, texts)
                return
        for at, record in enumerate(records):
            self.entry(record, texts[at])

    def whole_seal(self, count: int) -> bool:
        """Instead of the events of the seal that was fed last: somebody compared them with its leaves, their texts with
        what they commit to, and none is erased or says so. False, and nothing taken, where they have to be fed.
        """
        block = self._blocks[0] if self._blocks and not self._pending else None
        if block is None or block.at or block.root or block.leaves is None or block.count != count:
            return False
        self._entries += count
        self._advance(count)
        return True

    def unsealed(self, record: bytes, texts: bytes) -> None:
        """An event that no seal holds yet: counted, and its texts compared with its commitment."""
        self._entries += 1
        self._place_unsealed(_item_of(record, texts))

    def no_more_seals(self) -> None:
        """All seals were fed. What is still to come belongs to them or is not sealed yet."""
        self._release(force=True)
        self._close_gap(self._number + 1 + self._broken)
        self._are_seals_over = True
        self._looked_for = frozenset()
        self._settle()

    def no_more_entries(self) -> None:
        """All events were fed. Seals that are still to come need not wait for theirs."""
        self._are_entries_over = True

    @property
    def wanted(self) -> int:
        """How many events the seals so far still take; below one it is time for the next seal."""
        return 0 if self._looked_for else self._left - len(self._pending)

    @property
    def is_searching(self) -> bool:
        """Whether events wait for others to tell where they belong."""
        return bool(self._pending) and self._left > 0

    def head(self, number: int) -> tuple[str, int]:
        """Digest of that seal, and the number of events up to it."""
        if not 0 < number <= self._number:
            return "", 0
        return self._digests[(number - 1) * LEAF : number * LEAF].hex(), self._totals[number - 1]

    def finish(self, anchors: Iterable[dict[str, Any]] = ()) -> Verdict:
        """The verdict, once everything was fed. ``anchors`` are objects as they were kept outside."""
        self.no_more_seals()
        self._settle(is_final=True)
        self._check_signatures()
        self._check_newest_key()
        anchored = self._compare(anchors)
        for customer, (first, count) in self._uncovered.items():
            whose = f"of customer {shown(customer)}" if customer else "of no customer"
            what = (
                f"Texts of {_events(count)} {whose}, the first of them event {first}, are gone without a record of it."
            )
            todo = (
                "Erasing leaves a later record log.texts_erased that names the customer. Ask for it, or for the texts."
            )
            self._seal_finding(Finding("erased_uncovered", what, todo, first, first))
        if self._uncovered_places:
            self._notes.append(
                f"{_events(self._uncovered_places)} could not be checked, because their seal is missing."
            )
        findings = [*self._found.findings(), *self._seal_findings]
        findings.sort(key=lambda finding: _SAFE_NUMBER if finding.first is None else finding.first)
        return Verdict(
            findings,
            self._found.more + self._more,
            self._entries,
            self._next - 1,
            self._unsealed,
            self._erased,
            self._number,
            anchored,
            self._notes,
        )

    # Seals

    def _read(self, header: dict[str, Any], digest: str, signature: str, leaves: bytes) -> _Seal:
        if not is_header(header):
            return _Seal(0, 0, len(leaves) // LEAF, "", "", "", b"", "", "", leaves, "its header can't be read")
        data = header_of(header)
        problem = ""
        if digest_of(data) != digest:
            problem = "its header is not what its digest was made of"
        elif header["number"] > self._number + _MOST_MISSING:
            problem = f"it says that it is seal {header['number']}"
        elif header["log"] != self.log:
            problem = f"it is a seal of the log {shown(header['log'])}"
        return _Seal(
            header["number"],
            header["first"],
            header["count"],
            header["root"],
            header["previous"],
            header["key_id"],
            data,
            digest_of(data),
            str(signature),
            leaves,
            problem,
        )

    def _admit_altered(self, seal: _Seal) -> None:
        """A seal that was tampered with and stands at no place of its own: the place it stands at must be its."""
        self._release(force=True)
        self._close_gap(self._number + 1 + self._broken)
        self._admit(seal._replace(number=self._number + 1))

    def _say_junk(self, seal: _Seal) -> None:
        """What could not be read before this seal stands at the place of none: something was put there."""
        junk = self._number + self._broken - seal.number + 1
        self._broken -= junk
        what = f"{junk} lines that can't be read stand before seal {seal.number}."
        self._seal_finding(Finding("seal_inserted", what, _ASK_WHO_WRITES, seal.first, seal.first, seal.number))

    def _stray(self, seal: _Seal) -> None:
        """A genuine seal whose number was passed already."""
        if seal.number in self._gaps:
            what = f"Seal {seal.number} stands in another place: it is found after seal {self._number}."
            self._seal_finding(Finding("seal_moved", what, _ASK_WHO_WRITES, seal.first, seal.first, seal.number))
            return
        what = f"Seal {seal.number} stands there a second time, after seal {self._number}."
        self._seal_finding(Finding("seal_inserted", what, _ASK_WHO_WRITES, seal.first, seal.first, seal.number))

    def _release(self, *, force: bool = False) -> None:
        """Admit seals that came too early: once those before them have come, or at last without them."""
        while self._held:
            self._held.sort(key=lambda held: held[0].number)
            lowest, place, event = self._held[0]
            expected = self._number + 1 + self._broken
            if lowest.number > expected and not force:
                return
            del self._held[0]
            if lowest.number < expected:
                self._stray(lowest)
                continue
            if not force:
                what = f"Seal {lowest.number} stands in another place: it is found before seal {place}."
                self._seal_finding(Finding("seal_moved", what, _ASK_WHO_WRITES, event, event, place))
            self._close_gap(lowest.number, up_to=lowest.first)
            self._admit(lowest)

    def _close_gap(self, number: int, up_to: int = 0) -> None:
        """Everything before seal ``number`` that has not come is missing, or could not be read."""
        missing = number - self._number - 1
        if missing <= 0:
            return
        covered = f" Events {self._next} to {up_to - 1} can't be checked." if up_to > self._next else ""
        first = self._number + 1
        unreadable = min(self._broken, missing)
        if unreadable:
            what = f"{_seals(first, first + unreadable - 1)} altered: what stands there can't be read.{covered}"
            self._seal_finding(Finding("seal_altered", what, _ASK_WHO_WRITES, self._next, self._next, first))
        if missing > unreadable:
            what = f"{_seals(first + unreadable, number - 1)} missing.{covered}"
            self._seal_finding(
                Finding("seal_missing", what, _ASK_WHO_WRITES, self._next, self._next, first + unreadable)
            )
        self._broken = 0
        self._gaps.update(range(first, number))
        self._digests += bytes(LEAF) * missing
        self._totals += [0] * missing
        self._number = number - 1
        self._before = None
        if up_to > self._next:
            self._blocks.append(_Block(self._next, up_to - self._next, None, number - 1))
            self._left += up_to - self._next
            self._next = up_to

    def _admit(self, seal: _Seal) -> None:
        """The seal that is next, whatever is wrong with it."""
        number = self._number + 1
        problem = seal.problem or self._misfit(seal)
        count = seal.count if seal.is_whole else len(seal.leaves) // LEAF
        first = self._next
        is_after_doubt = self._before is None or self._number in self._bad_seals
        if seal.is_whole and self._number and is_after_doubt and seal.first > first:
            first = seal.first
            self._blocks.append(_Block(self._next, first - self._next, None, number))
            self._left += first - self._next
        leaves = seal.leaves
        kept = [leaves[at : at + LEAF] for at in range(0, len(leaves), LEAF)]
        doubt = ""
        if not kept or len(leaves) != count * LEAF or merkle_root(kept).hex() != seal.root:
            doubt = seal.root if _hex(seal.root, LEAF) and count < _FORCED_AT else ""
            leaves = leaves[: count * LEAF].ljust(min(count, _MOST_LEAVES) * LEAF, b"\0")
            problem = problem or "the leaf hashes it keeps are not those its root was made of"
        if seal.key_id not in self.keys and not problem:
            if seal.key_id not in self.key_ids:
                what = f"From seal {number} on, seals are signed with the key {shown(seal.key_id)}, which is not there."
                todo = "Ask for that public key and give it with --key ID:HEX."
                self._seal_finding(Finding("key_unknown", what, todo, first, first, number))
        elif not problem:
            self._to_check.append((number, first, seal.header, seal.signature, self.keys.get(seal.key_id, "")))
        self.key_ids.add(seal.key_id)
        if problem:
            self._bad_seal(number, first, problem)
        if count:
            self._blocks.append(_Block(first, count, leaves, number, doubt))
        self._left += count
        self._next = first + count
        self._number = number
        self._before = seal
        self._digests += bytes.fromhex(seal.digest) if seal.digest else bytes(LEAF)
        self._totals.append(self._next - 1)
        if len(self._to_check) >= _BATCH:
            self._check_signatures()
        if leaves[:LEAF] in self._looked_for or (self._looked_for and self._left > _FURTHEST):
            self._looked_for = frozenset()
            self._settle()
        if self._are_entries_over and self._left > _FURTHEST:
            self._settle(is_final=True)

    def _misfit(self, seal: _Seal) -> str:
        """What keeps a seal from following the one before it, in words; the signatures tell which of both is wrong."""
        before = self._before
        if before is None and self._number:
            return ""
        follows = before.digest if before else NO_SEAL
        is_next = seal.first == self._next
        if seal.previous == follows and is_next:
            return ""
        if before and (before.number in self._bad_seals or self._number in self._bad_seals):
            return ""
        self._check_signatures()
        if self._number in self._bad_seals or not self._holds(seal):
            return ""
        if seal.previous != follows:
            return "it does not follow the seal before it"
        return f"it begins with event {seal.first}, but {self._next} is next"

    def _holds(self, seal: _Seal) -> bool:
        return (self._check or is_signature)(seal.header, seal.signature, self.keys.get(seal.key_id, ""))

    def _check_signatures(self) -> None:
        """Of the seals that wait for it. Of a batch the first one is named that does not hold."""
        waiting, self._to_check = self._to_check, []
        if self._check:
            bad = [item for item in waiting if not self._check(*item[2:])]
        else:
            at = first_bad_signature([item[2:] for item in waiting])
            bad = [] if at is None else [waiting[at]]
        for number, first, _, _, _ in bad:
            if number not in self._bad_seals:
                self._bad_seal(number, first, "its signature is not one of its header")

    def _bad_seal(self, number: int, first: int, problem: str) -> None:
        self._bad_seals.add(number)
        what = f"Seal {number}, which begins with event {first}, was altered: {problem}."
        self._seal_finding(Finding("seal_altered", what, _ASK_WHO_WRITES, first, first, number))

    def _seal_finding(self, finding: Finding) -> None:
        if len(self._seal_findings) < _MOST_FINDINGS:
            self._seal_findings.append(finding)
        else:
            self._more += 1

    def _check_newest_key(self) -> None:
        """Every header holds the digest of the one before: the newest signature covers all, its key must be known."""
        newest = self._before
        if not self.trusted or newest is None or newest.key_id in self.trusted:
            return
        what = (
            f"The newest seal, {self._number}, is signed with the key {shown(newest.key_id)}, which you did not give."
        )
        todo = "Compare that key's fingerprint with one you have from elsewhere, then give it with --key too."
        self._seal_finding(Finding("key_not_given", what, todo, None, None, self._number))

    # Anchors

    def _compare(self, anchors: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
        """The newest anchor that fits. A rewrite is named by the seals between the last that fits and the first not."""
        mine = [anchor for anchor in anchors if self._is_mine(anchor)]
        unsigned = self._unsigned(mine)
        mine.sort(key=lambda anchor: anchor["number"])
        fits: dict[str, Any] | None = None
        rewritten: dict[str, Any] | None = None
        cut: dict[str, Any] | None = None
        for anchor in mine:
            number = anchor["number"]
            if number > self._number:
                cut = anchor
                continue
            if number in self._gaps or number in self._bad_seals:
                continue
            if self.head(number) == (anchor["digest"], anchor["total"]):
                if rewritten is None and id(anchor) not in unsigned:
                    fits = anchor
            elif rewritten is None:
                rewritten = anchor
        if rewritten:
            self._say_rewritten(fits, rewritten)
        if cut:
            self._say_cut(cut)
        return fits

    def _say_rewritten(self, fits: dict[str, Any] | None, anchor: dict[str, Any]) -> None:
        first, event = (fits["number"] + 1, fits["total"] + 1) if fits else (1, 1)
        seals = f"Seal {first}" if first == anchor["number"] else f"Seals {first} to {anchor['number']}"
        what = (
            f"{seals}, events {event} to {anchor['total']}, were written anew: seal {anchor['number']} is not the one "
            f"that was anchored on {shown(anchor['at'])}."
        )
        todo = (
            "Whoever did this has the signing key. Compare with an export or a backup from before, and change the key."
        )
        self._seal_finding(Finding("log_rewritten", what, todo, event, anchor["total"], first))

    def _say_cut(self, anchor: dict[str, Any]) -> None:
        first = self._next
        events = f", and of the events {first} to {anchor['total']}" if anchor["total"] >= first else ""
        what = (
            f"The end is cut off: of seals {self._number + 1} to {anchor['number']}{events} nothing is left. Seal "
            f"{anchor['number']} was anchored on {shown(anchor['at'])}."
        )
        self._seal_finding(Finding("log_cut", what, _KINDS["tail_cut"][2], first, anchor["total"], self._number + 1))

    def _is_mine(self, anchor: object) -> bool:
        """Whether it is an anchor of this log. One that can't be read is a finding."""
        if isinstance(anchor, dict) and is_anchor(anchor):
            return bool(anchor["log"] == self.log)
        what = "An anchor can't be read."
        self._seal_finding(Finding("anchor_altered", what, "Take the anchor from where it is kept once more."))
        return False

    def _unsigned(self, anchors: list[dict[str, Any]]) -> set[int]:
        """Those not signed with a key that is known, by ``id()``: a finding. Still, what they say is compared."""
        items = [(anchor_of(anchor), anchor["signature"], self.keys.get(anchor["key_id"], "")) for anchor in anchors]
        bad = [anchors[at] for at in bad_signatures(items, self._check)]
        if bad:
            how_many = "An anchor" if len(bad) == 1 else f"{len(bad)} anchors"
            first = f"{'of' if len(bad) == 1 else 'the first of'} seal {bad[0]['number']} of {shown(bad[0]['at'])}"
            what = f"{how_many}, {first}, can't be relied on: not signed with a key that is known."
            todo = (
                "Compare the fingerprint of the key with one you have from elsewhere: the anchor or the key is another."
            )
            self._seal_finding(Finding("anchor_altered", what, todo, None, None, bad[0]["number"]))
        return {id(anchor) for anchor in bad}

    # Events

    def _whole_block(self, block: _Block, records: list[bytes], texts: list[bytes]) -> None:
        """All leaves are what they must be; the texts are still to be compared."""
        sha256 = hashlib.sha256
        length = len(_COMMITMENT)
        for at, record in enumerate(records):
            begin = record.find(_COMMITMENT) + length
            fits = record[begin : begin + 64] == sha256(texts[at]).hexdigest().encode()
            if not fits or record.startswith(_ERASURE):
                self._place(block.first + at, _item_of(record, texts[at]))
        self._advance(block.count)

    def _advance(self, count: int) -> None:
        """So many places of the sequence are dealt with."""
        self._left -= count
        while count:
            block = self._blocks[0]
            step = min(count, block.count - block.at)
            block.at += step
            count -= step
            if block.at == block.count:
                self._blocks.popleft()

    def _place(self, sequence: int, item: _Item) -> None:
        """An event whose record is what the seal covers."""
        if item.state == _TEXTS_DIFFER:
            self._found.add("event_texts", sequence, seal=0)
        elif item.state == _ERASED:
            self._erased += 1
            self._uncovered.setdefault(item.customer, [sequence, 0])[1] += 1
        if item.erases:
            self._uncovered.pop(item.erases, None)

    def _place_unsealed(self, item: _Item) -> None:
        self._unsealed += 1
        self._place(self._next - 1 + self._unsealed, item)

    def _ahead(self, most: int) -> list[tuple[int, int, bytes | None]]:
        """The next places of the sequence: number of the event, its seal, its leaf or None where no seal tells."""
        ahead: list[tuple[int, int, bytes | None]] = []
        for block in self._blocks:
            for at in range(block.at, min(block.count, block.at + most - len(ahead))):
                leaf = block.leaves[at * LEAF : (at + 1) * LEAF] if block.leaves is not None else None
                ahead.append((block.first + at, block.number, leaf))
            if len(ahead) >= most:
                break
        return ahead

    def _settle(self, *, is_final: bool = False) -> None:
        """Find out where the events that wait belong, as far as that can be told already."""
        if not self._pending and not is_final:
            return
        is_forced = is_final or len(self._pending) >= _FORCED_AT
        if not self._trust_leaves(is_forced):
            return
        ahead = self._ahead(_WIDEST if is_final else 2 * len(self._pending) + _FORCED_AT)
        where = {leaf: at for at, (_, _, leaf) in enumerate(ahead) if leaf is not None}
        places = [where.pop(item.leaf, -1) for item in self._pending]
        done, taken, top = self._settle_stretches(ahead, places)
        is_stuck = is_forced and not taken
        if is_stuck and not is_final and top < 0:
            self._look_ahead()
            return
        if is_stuck or is_final:
            rest = self._pending[taken:]
            end = min(len(ahead), max(done + len(rest), top + 1))
            surplus = max(0, len(rest) - (end - done)) if is_final and top < done else 0
            compared = len(rest) - surplus
            self._compare_stretch(ahead[done:end], rest[:compared], places[taken : taken + compared], done)
            for item in rest[compared:]:
                self._place_unsealed(item)
            done, taken = end, len(self._pending)
        self._advance(done)
        del self._pending[:taken]
        if is_final and self._left:
            self._say_tail_cut()

    def _settle_stretches(self, ahead: list[tuple[int, int, bytes | None]], places: list[int]) -> tuple[int, int, int]:
        """Compare every stretch that nothing later belongs into. Gives how many places and how many events that were,
        and the furthest place at which one of the events that wait belongs.
        """
        lowest = [len(ahead)] * (len(places) + 1)
        for at in range(len(places) - 1, -1, -1):
            lowest[at] = min(lowest[at + 1], places[at]) if places[at] >= 0 else lowest[at + 1]
        done, taken, top = 0, 0, -1
        for at, place in enumerate(places):
            top = max(top, place)
            if place >= 0 and top < lowest[at + 1]:
                stretch = slice(taken, at + 1)
                self._compare_stretch(ahead[done : top + 1], self._pending[stretch], places[stretch], done)
                done, taken = top + 1, at + 1
        return done, taken, top

    def _look_ahead(self) -> None:
        """None of many events that wait is known nearby. Many may be missing before them: then the first of a later
        seal is among them. Otherwise they were put there.
        """
        waiting = frozenset(item.leaf for item in self._pending)
        if self._jump(waiting):
            self._settle()
        elif self._are_seals_over or self._left > _FURTHEST or len(self._pending) >= 2 * _FORCED_AT:
            block = self._blocks[0] if self._blocks else None
            place, seal = (block.first + block.at, block.number) if block else (self._next, self._number)
            self._found.add("event_inserted", place, seal=seal, count=len(self._pending))
            self._pending.clear()
        else:
            self._looked_for = waiting

    def _jump(self, waiting: frozenset[bytes]) -> bool:
        """Whether one of these leaves begins a later seal: what lies before the seal in front of it is missing."""
        begun = [at for at, block in enumerate(self._blocks) if at > 1 and (block.leaves or b"")[:LEAF] in waiting]
        if not begun:
            return False
        block = self._blocks[0]
        first = block.first + block.at
        target = self._blocks[begun[0] - 1]
        self._found.add("event_missing", first, last=target.first - 1, seal=block.number)
        self._advance(target.first - first)
        return True

    def _say_tail_cut(self) -> None:
        block = self._blocks[0]
        first, seal = block.first + block.at, block.number
        held = self._found.held
        if held and held[-1][0] == "event_missing" and held[-1][2] + 1 == first:
            first, seal = held[-1][1], held[-1][3]
            held.pop()
        self._found.add("tail_cut", first, last=self._next - 1, seal=seal)
        self._advance(self._left)

    def _trust_leaves(self, is_forced: bool) -> bool:
        """Where a seal's kept leaves do not give its root: if the events themselves do, they are what it covers.

        False as long as too few events are there to tell.
        """
        block = self._blocks[0] if self._blocks else None
        if block is None or not block.root:
            return True
        if len(self._pending) < block.count and not is_forced:
            return False
        leaves = [item.leaf for item in self._pending[: block.count]]
        if block.at == 0 and len(leaves) == block.count and merkle_root(leaves).hex() == block.root:
            block.leaves = b"".join(leaves)
        block.root = ""
        return True

    def _compare_stretch(
        self,
        ahead: list[tuple[int, int, bytes | None]],
        items: list[_Item],
        places: list[int],
        offset: int,
    ) -> None:
        """A stretch of the sequence and the events that stand there, of which nothing belongs elsewhere nearby."""
        if len(ahead) == len(items) == 1 and places[0] == offset:
            self._place(ahead[0][0], items[0])
            return
        found = [place - offset for place in places if place >= 0]
        there = set(found)
        absent = [at for at in range(len(ahead)) if at not in there]
        strange = [at for at, place in enumerate(places) if place < 0]
        for at, place in enumerate(places):
            if place >= 0:
                self._place(ahead[place - offset][0], items[at])
        if len(found) > 1:
            first, last = min(found), max(found)
            note = f"event {ahead[found[0]][0]} comes first"
            if found != sorted(found):
                self._found.add("event_moved", ahead[first][0], last=ahead[last][0], seal=ahead[first][1], note=note)
        for at, index in enumerate(absent):
            sequence, seal, leaf = ahead[index]
            if leaf is None:
                if at < len(strange):
                    self._uncovered_places += 1
                else:
                    self._found.add("event_missing", sequence, seal=seal)
                continue
            self._found.keep(leaf, sequence, self._found.wanted)
            if at < len(strange):
                self._found.keep(items[strange[at]].leaf, sequence, self._found.places)
            self._found.add("event_altered" if at < len(strange) else "event_missing", sequence, seal=seal)
        follows = [len(ahead)] * (len(places) + 1)
        for at in range(len(places) - 1, -1, -1):
            follows[at] = places[at] - offset if places[at] >= 0 else follows[at + 1]
        for at in strange[len(absent) :]:
            before = follows[at]
            sequence, seal = ahead[before][:2] if before < len(ahead) else self._behind(ahead)
            self._found.keep(items[at].leaf, sequence, self._found.places)
            self._found.add("event_inserted", sequence, seal=seal)

    def _behind(self, ahead: list[tuple[int, int, bytes | None]]) -> tuple[int, int]:
        return (ahead[-1][0] + 1, ahead[-1][1]) if ahead else (self._next, self._number)


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


def _seals(first: int, last: int) -> str:
    return f"Seal {first} is" if first == last else f"Seals {first} to {last} are"


def _customer_of(record: bytes, at: int) -> str:
    """The customer's id, which stands right after the commitment."""
    if record[at : at + len(_CUSTOMER)] != _CUSTOMER:
        return ""
    begin = at + len(_CUSTOMER)
    return record[begin : record.find(b'"', begin)][:64].decode("ascii", "replace")


def _erased_by(record: bytes) -> str:
    """The customer whose texts were erased, as the record of it says."""
    try:
        details = parsed(record)["details"]
        return str(details["customer"])
    except (Malformed, KeyError, TypeError):
        return ""


def is_header(header: object) -> bool:
    """Whether an object has the shape of a seal's header."""
    return (
        isinstance(header, dict)
        and sorted(map(str, header)) == sorted(HEADER)
        and all(type(header[name]) is int and 0 < header[name] < _SAFE_NUMBER for name in ("number", "first", "count"))
        and all(isinstance(header[name], str) for name in ("key_id", "log", "previous", "root", "sealed_at"))
        and all(len(header[name]) <= 64 for name in ("key_id", "log", "previous", "root", "sealed_at"))
    )


def is_anchor(anchor: dict[str, Any]) -> bool:
    """Whether an object has the shape of an anchor."""
    return (
        sorted(anchor) == sorted((*ANCHOR, "signature"))
        and all(type(anchor[name]) is int and 0 < anchor[name] < _SAFE_NUMBER for name in ("number", "total"))
        and all(isinstance(anchor[name], str) for name in ("at", "digest", "key_id", "log", "signature"))
    )


class Malformed(ValueError):
    """Bytes that are not the JSON they should be."""


def parsed(data: bytes) -> Any:
    """JSON from anywhere, in bounded time. Raises ``Malformed``."""
    try:
        return json.loads(data, parse_int=_integer, parse_float=_decimal, parse_constant=_refused)
    except (ValueError, RecursionError, MemoryError) as error:
        raise Malformed("not the JSON that was expected") from error


def _integer(digits: str) -> int:
    if len(digits) > 30:
        raise ValueError("number too large")
    return int(digits)


def _decimal(digits: str) -> float:
    if len(digits) > 30:
        raise ValueError("number too long")
    return float(digits)


def _refused(text: str) -> None:
    raise ValueError(f"no number for a record: {text[:10]}")


def shown(text: object) -> str:
    """A text from the files as it is safe to print: one line, no control characters, not too long."""
    words = str(text)
    words = "".join(letter if letter.isprintable() else "?" for letter in words[:200])
    return words if len(str(text)) <= 200 else f"{words}..."


# Files: a folder or a ZIP, read in bounded pieces and never unpacked

_PIECE = 1 << 20
_MOST_JSON = 16 << 20
_LONGEST_LINE = 16 << 20
_MOST_FILES = 20_000
_MOST_INDEX = 8 << 20
_BOMB_RATIO = 300
_BOMB_SIZE = 64 << 20
_IGNORED = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_MOST_BYTES = 1 << 30
_READING = (OSError, zipfile.BadZipFile, zlib.error, struct.error, EOFError, MemoryError, LookupError, RuntimeError,
            ValueError)  # fmt: skip


class Unreadable(Exception):
    """What was given can't be checked at all. Its two arguments: what is wrong, what to do."""


class _Folder:
    """Ordinary files under a folder, or only some of them; links and devices are refused."""

    def __init__(self, path: Path, only: frozenset[str] = frozenset()) -> None:
        self._names: dict[str, Path] = {}
        if only:
            self._names = {name: path / name for name in only if (path / name).is_file()}
            return
        for folder, folders, names in os.walk(path):
            for full in [Path(folder, name) for name in [*names, *folders]]:
                mode = full.lstat().st_mode
                if stat.S_ISDIR(mode):
                    continue
                if not stat.S_ISREG(mode):
                    raise Unreadable(f"{shown(full)} is a link or no ordinary file.", "Take it away and try again.")
                if full.name not in _IGNORED:
                    self._names[full.relative_to(path).as_posix()] = full
            if len(self._names) > _MOST_FILES:
                raise Unreadable(
                    f"More than {_MOST_FILES} files are in {shown(path)}.", "Name the folder of the export."
                )

    def names(self) -> list[str]:
        return sorted(self._names)

    def path_of(self, name: str) -> Path:
        return self._names[name]

    def open(self, name: str) -> BinaryIO:
        return self._names[name].open("rb")


class _BoundedFile(io.FileIO):
    """A ZIP whose index can't be larger than memory allows."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > _MOST_INDEX:
            raise zipfile.BadZipFile("index too large")
        return super().read(_MOST_INDEX if size is None or size < 0 else size) or b""


class _Zip:
    """The files of a ZIP. Refuses names that lead elsewhere or stand twice, encryption, and what swells too much."""

    def __init__(self, path: Path, stack: contextlib.ExitStack) -> None:
        self._zip = zipfile.ZipFile(stack.enter_context(_BoundedFile(str(path))))
        self._infos: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            name = info.filename
            if info.is_dir():
                continue
            problem = ""
            if name in self._infos:
                problem = "stands there twice"
            elif name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/") or "\0" in name:
                problem = "has a name that leads elsewhere"
            elif info.flag_bits & 1:
                problem = "is encrypted"
            elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                problem = "is compressed in a way that is not used here"
            elif info.file_size > max(_BOMB_SIZE, info.compress_size * _BOMB_RATIO):
                problem = "swells too much when it is unpacked"
            if problem:
                raise Unreadable(f"{shown(name)} in the ZIP {problem}.", _ASK_FOR_ANOTHER)
            self._infos[name] = info
        unpacked = sum(info.file_size for info in self._infos.values())
        if len(self._infos) > _MOST_FILES or unpacked > max(_MOST_BYTES, path.stat().st_size * _BOMB_RATIO):
            raise Unreadable("The ZIP holds more files, or swells more, than such a file can.", _ASK_FOR_ANOTHER)

    def names(self) -> list[str]:
        return sorted(name for name in self._infos if name.rpartition("/")[2] not in _IGNORED)

    def open(self, name: str) -> BinaryIO:
        return self._zip.open(self._infos[name])  # type: ignore[return-value]


class _Beside:
    """A folder whose manifest and signature are in a ZIP of their own, as they are downloaded with an export."""

    def __init__(self, files: _Folder, proof: _Zip) -> None:
        self._files = files
        self._proof = proof

    def names(self) -> list[str]:
        return sorted({*self._files.names(), *self._proof.names()} - {_PROOF})

    def open(self, name: str) -> BinaryIO:
        return (self._proof if name in self._proof.names() else self._files).open(name)


_PROOF = "proof.zip"
_Source = Any  # _Folder, _Zip or _Beside


class _Lines:
    """The lines of a file, some at a time, hashed as they are read. A line that is far too long comes cut off."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lines: list[bytes] = []
        self._at = 0
        self._rest = b""
        self._is_skipping = False
        self._is_done = False
        self.digest = hashlib.sha256()

    def take(self, most: int) -> list[bytes]:
        """Up to so many lines; an empty list at the end."""
        while self._at == len(self._lines) and not self._is_done:
            self._read()
        taken = self._lines[self._at : self._at + most]
        self._at += len(taken)
        while len(taken) < most and not self._is_done:
            self._read()
            more = self._lines[: most - len(taken)]
            self._at = len(more)
            taken += more
        return taken

    def _read(self) -> None:
        """The next piece; all lines so far were taken."""
        piece = self._stream.read(_PIECE)
        self.digest.update(piece)
        self._at = 0
        if not piece:
            self._is_done = True
            self._lines = [self._rest] if self._rest and not self._is_skipping else []
            self._rest = b""
            return
        self._lines = (self._rest + piece).split(b"\n")
        self._rest = self._lines.pop()
        if self._is_skipping and self._lines:
            self._lines.pop(0)
            self._is_skipping = False
        if self._is_skipping:
            self._rest = b""
        elif len(self._rest) > _LONGEST_LINE:
            self._lines.append(self._rest)
            self._rest, self._is_skipping = b"", True

    def finish(self) -> str:
        """SHA-256 of the whole file, hex."""
        while self.take(1000):
            pass
        return self.digest.hexdigest()


def _sha256_of(source: _Source, name: str) -> str:
    digest = hashlib.sha256()
    with source.open(name) as stream:
        while True:
            piece = stream.read(_PIECE)
            if not piece:
                return digest.hexdigest()
            digest.update(piece)


def _small(source: _Source, name: str) -> bytes:
    with source.open(name) as stream:
        data: bytes = stream.read(_MOST_JSON + 1)
    if len(data) > _MOST_JSON:
        raise Unreadable(f"{shown(name)} is far larger than such a file can be.", _ASK_FOR_ANOTHER)
    return data


def _split(line: bytes) -> tuple[bytes, bytes]:
    """Record and texts of a line. Quotes inside a text are escaped, and texts hold no object, so the last place that
    reads like the beginning of the texts is it. Of a line that is none, the whole is a record that fits no seal.
    """
    at = line.rfind(b',"texts":')
    if at < 0 or not line.startswith(b'{"record":') or not line.endswith(b"}"):
        return b"not a line: " + line, b""
    return line[10:at], line[at + 9 : -1]


# What is checked: a log, an evidence pack, an export


class Outcome:
    """Everything that is said about one target."""

    def __init__(self, target: str, kind: str) -> None:
        self.target = target
        self.kind = kind
        self.findings: list[Finding] = []
        self.more = 0
        self.facts: dict[str, Any] = {}
        self.keys: list[dict[str, Any]] = []
        self.altered = ""
        self.missing = ""
        self.notes: list[str] = []
        self.unproven: list[str] = []

    @property
    def is_sound(self) -> bool:
        return not self.findings

    def find(self, kind: str, what: str, todo: str, *, seal: int | None = None, first: int | None = None) -> None:
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(Finding(kind, what, todo, first, first, seal))
        else:
            self.more += 1

    def as_data(self) -> dict[str, Any]:
        return {
            "target": shown(self.target),
            "kind": self.kind,
            "sound": self.is_sound,
            "altered": self.altered,
            "missing": self.missing,
            "facts": self.facts,
            "keys": self.keys,
            "findings": [finding._asdict() for finding in self.findings],
            "more_findings": self.more,
            "notes": self.notes,
            "not_proved": self.unproven,
        }


class _Signer:
    """The public keys of a target, and those that were given from elsewhere, which win."""

    def __init__(self, outcome: Outcome, given: dict[str, str]) -> None:
        self._outcome = outcome
        self.given = given
        self.keys: dict[str, str] = {}
        self.used: set[str] = set()

    def read(self, source: _Source) -> None:
        """``keys.json``, where there is one."""
        if "keys.json" in source.names():
            keys = _object(_small(source, "keys.json"), "keys.json")
            self.keys = {shown(key_id): str(key) for key_id, key in list(keys.items())[:1000]}
        for key_id, key in self.given.items():
            if self.keys.get(key_id, key) != key:
                what = f"keys.json has another key of the id {shown(key_id)} than the one that was given."
                todo = "Somebody else may have signed this. Ask for a copy from the source, and who had the key."
                self._outcome.find("key_differs", what, todo)
        self.keys.update(self.given)

    def check_manifest(self, source: _Source, data: bytes) -> None:
        if "manifest.sig" not in source.names():
            self._outcome.find("manifest_altered", "manifest.sig is missing: nobody signed this.", _ASK_FOR_ANOTHER)
            return
        try:
            signature = _object(_small(source, "manifest.sig"), "manifest.sig")
        except Unreadable as error:
            self._outcome.find("manifest_altered", error.args[0], error.args[1])
            return
        key_id, written = shown(signature.get("key_id", "")), str(signature.get("signature", ""))
        self.used.add(key_id)
        if key_id not in self.keys:
            what = f"The signature of manifest.json can't be checked: the key {key_id} is not there."
            self._outcome.find("key_unknown", what, "Ask for that public key and give it with --key ID:HEX.")
        elif not is_signature(data, written, self.keys[key_id]):
            what = f"manifest.json was altered: it is not what was signed with the key {key_id}."
            self._outcome.find("manifest_altered", what, _ASK_FOR_ANOTHER)
        elif self.given and key_id not in self.given:
            what = f"manifest.json is signed with the key {key_id}, which you did not give."
            todo = "Compare that key's fingerprint with one you have from elsewhere, then give it with --key too."
            self._outcome.find("key_not_given", what, todo)

    def describe(self) -> list[dict[str, Any]]:
        return [
            {
                "id": shown(key_id),
                "key": shown(key),
                "fingerprint": fingerprint_of(key),
                "given": key_id in self.given,
                "used": key_id in self.used,
            }
            for key_id, key in sorted(self.keys.items())
        ]


def _object(data: bytes, name: str) -> dict[str, Any]:
    try:
        value = parsed(data)
    except Malformed:
        value = None
    if not isinstance(value, dict):
        raise Unreadable(f"{shown(name)} is not the JSON object it should be.", _ASK_FOR_ANOTHER)
    return value


def _check_files(outcome: Outcome, source: _Source, manifest: dict[str, Any], hashed: dict[str, str]) -> None:
    """That the files are those of the manifest, with their content. ``hashed`` are hashes that are known already."""
    listed = manifest.get("files")
    if not isinstance(listed, dict):
        outcome.find("manifest_altered", "manifest.json lists no files.", _ASK_FOR_ANOTHER)
        return
    there = [name for name in source.names() if name not in ("manifest.json", "manifest.sig")]
    for name in sorted(set(listed).difference(there)):
        outcome.find("file_missing", f"The file {shown(name)} is missing.", _ASK_FOR_ANOTHER)
    for name in there:
        if name not in listed:
            what = f"The file {shown(name)} does not belong to it: the manifest does not list it."
            outcome.find("file_extra", what, "Do not rely on it. Take it away if you put it there yourself.")
        elif (hashed.get(name) or _sha256_of(source, name)) != listed[name]:
            what = f"The file {shown(name)} was altered: its SHA-256 is not the one in the manifest."
            outcome.find("file_altered", what, _ASK_FOR_ANOTHER)


def verify_log(
    outcome: Outcome, source: _Source, manifest: dict[str, Any], signer: _Signer, anchors: list[dict[str, Any]]
) -> None:
    """A log: entries, seals and their signatures, anchors, then the files as they are."""
    log = str(manifest.get("log", ""))
    names = (f"{log.lower()}.jsonl", f"{log.lower()}.seals.jsonl")
    if log not in ("AUDIT", "ACCESS") or not set(names) <= set(source.names()):
        raise Unreadable(f"The entries or the seals of the log {shown(log)} are not there.", _ASK_FOR_ANOTHER)
    verifier = LogVerifier(log, signer.keys, trusted=signer.given)
    with source.open(names[0]) as entries, source.open(names[1]) as seals:
        hashed = dict(zip(names, feed_files(verifier, entries, seals)))  # noqa: B905
    verdict = verifier.finish(anchors)
    signer.used |= verifier.key_ids
    outcome.findings += verdict.findings
    outcome.more += verdict.more
    outcome.notes += verdict.notes
    outcome.facts.update(
        log=log, entries=verdict.entries, sealed=verdict.sealed, not_sealed_yet=verdict.unsealed,
        texts_erased=verdict.erased, seals=verdict.seals, made_at=shown(manifest.get("made_at", "")),
    )  # fmt: skip
    _check_head(outcome, manifest, verifier, verdict)
    _check_files(outcome, source, manifest, hashed)
    _say_of_log(outcome, verdict, anchors)


def feed_files(verifier: LogVerifier, entry_stream: BinaryIO, seal_stream: BinaryIO) -> tuple[str, str]:
    """Give the verifier all there is in the lines of both files; returns the SHA-256 of each."""
    entries, seals = _Lines(entry_stream), _Lines(seal_stream)
    while True:
        while verifier.wanted <= 0:
            line = seals.take(1)
            if not line:
                break
            _feed_seal(verifier, line[0])
        if verifier.wanted <= 0:
            verifier.no_more_seals()
        most = verifier.wanted if verifier.wanted > 0 else 256 if verifier.is_searching else 0
        lines = entries.take(min(most, 1000))
        if not lines:
            break
        parts = [_split(line) for line in lines]
        verifier.entries([record for record, _ in parts], [texts for _, texts in parts])
    if verifier.wanted > 0:
        verifier.no_more_entries()
    for line in iter(lambda: seals.take(1), []):
        _feed_seal(verifier, line[0])
    verifier.no_more_seals()
    for line in iter(lambda: entries.take(1), []):
        verifier.unsealed(*_split(line[0]))
    return entries.finish(), seals.finish()


def _feed_seal(verifier: LogVerifier, line: bytes) -> None:
    seal = _seal_line(line)
    leaves = _any_hex(seal.get("leaves")) if seal else None
    if seal is None or sorted(seal) != ["digest", "header", "leaves", "signature"]:
        verifier.broken_seal()
    else:
        verifier.seal(seal["header"], seal["digest"], seal["signature"], leaves or b"")


def _seal_line(line: bytes) -> dict[str, Any] | None:
    """A line of seals, nothing when it is not written as one is."""
    try:
        seal = parsed(line)
        if isinstance(seal, dict) and canonical(seal) == line:
            return seal
    except (ValueError, RecursionError):
        pass
    return None


def _any_hex(text: object) -> bytes | None:
    return _hex(text, len(text) // 2) if isinstance(text, str) else None


def _check_head(outcome: Outcome, manifest: dict[str, Any], verifier: LogVerifier, verdict: Verdict) -> None:
    """The manifest was signed when the export was made, so what it says of the log has to be there."""
    head = manifest.get("head")
    if any(finding.kind in ("log_cut", "log_rewritten") for finding in outcome.findings):
        return
    if isinstance(head, dict) and head:
        number = head.get("number")
        if type(number) is not int or not isinstance(head.get("digest"), str):
            outcome.find(
                "manifest_altered", "What manifest.json says of the newest seal can't be read.", _ASK_FOR_ANOTHER
            )
        elif number > verdict.seals:
            what = (
                f"The end is cut off: the newest seal was {number} when this was made, and {verdict.seals} is the last."
            )
            outcome.find("log_cut", what, _ASK_FOR_ANOTHER, seal=verdict.seals + 1, first=verdict.sealed + 1)
        elif (head["digest"], head.get("total")) != verifier.head(number):
            what = f"Seal {number}, or one before it, was written anew: another was the newest when this was made."
            outcome.find("log_rewritten", what, _ASK_FOR_ANOTHER, seal=number, first=1)
    for name, count in (("entries", verdict.entries), ("sealed", verdict.sealed)):
        said = manifest.get(name)
        if said != count and not any(finding.kind.startswith(("event", "tail", "log")) for finding in outcome.findings):
            what = f"The manifest says {name}: {shown(said)}, and {count} are there."
            outcome.find("entries_miscounted", what, _ASK_FOR_ANOTHER, first=min(count + 1, _SAFE_NUMBER))


def _say_of_log(outcome: Outcome, verdict: Verdict, anchors: list[dict[str, Any]]) -> None:
    lost = ("event_missing", "tail_cut", "log_cut", "seal_missing", "file_missing", "entries_miscounted")
    missing = [finding for finding in outcome.findings if finding.kind in lost]
    altered = [finding for finding in outcome.findings if finding.kind not in lost]
    outcome.altered = (
        f"Nothing altered in {_events(verdict.sealed)} under {verdict.seals} seals, all signatures checked."
    )
    if altered:
        outcome.altered = f"ALTERED. {altered[0].what}"
    anchor = verdict.anchored
    if missing:
        outcome.missing = f"MISSING. {missing[0].what}"
    elif anchor:
        number, at, total = anchor["number"], shown(anchor["at"]), anchor["total"]
        outcome.missing = f"Nothing missing up to anchor {number} of {at}, which is event {total}."
    elif anchors:
        outcome.missing = "Nothing missing inside, but no anchor that was given speaks for it."
    else:
        outcome.missing = "Nothing missing inside. No anchor was given, so whether the end was cut off is not known."
    if verdict.unsealed:
        outcome.notes.append(
            f"{_events(verdict.unsealed)} at the end are not sealed yet: nothing speaks for them so far."
        )
    if verdict.erased:
        outcome.notes.append(f"The texts of {_events(verdict.erased)} were erased; their records are complete.")
    since = f"after event {anchor['total']}, the last with an anchor" if anchor else "in it, as no anchor speaks for it"
    outcome.unproven += [
        "that what was written down was true and complete when it was written;",
        f"what stands {since}: whoever has the signing key could have cut or rewritten that;",
        "that clocks were right: times are what the portal's clock said.",
    ]


# Evidence packs


def verify_pack(
    outcome: Outcome, source: _Source, manifest: dict[str, Any], signer: _Signer, anchors: list[dict[str, Any]]
) -> None:
    """An evidence pack: its files, then every event of its slice up to a signed seal."""
    _check_files(outcome, source, manifest, {})
    _check_sums(outcome, source)
    names = ("audit/slice.jsonl", "audit/proofs.jsonl", "audit/seals.jsonl")
    if not set(names) <= set(source.names()):
        outcome.find("file_missing", "The slice of the log, its proofs or its seals are not there.", _ASK_FOR_ANOTHER)
        return
    seals = _seals_of_pack(outcome, source, signer)
    counts = _check_slice(outcome, source, seals)
    outcome.facts.update(
        case=shown(manifest.get("case", "")), variant=shown(manifest.get("variant", "")), seals=len(seals), **counts
    )
    if manifest.get("events", counts["events"]) != counts["events"]:
        what = f"The manifest says {shown(manifest.get('events'))} events, and {counts['events']} are there."
        outcome.find("entries_miscounted", what, _ASK_FOR_ANOTHER)
    digests = {("AUDIT", number): seal["digest"] for number, seal in seals.items()}
    for (log, number), digest in _heads_of(manifest).items():
        if digests.setdefault((log, number), digest) != digest:
            what = f"Seal {number} is not the one that the manifest names."
            outcome.find("seal_altered", what, _ASK_FOR_ANOTHER, seal=number)
    _compare_digests(outcome, digests, anchors, signer)
    problems = [finding.what for finding in outcome.findings]
    outcome.altered = (
        f"ALTERED. {problems[0]}"
        if problems
        else f"Nothing altered: {_events(counts['events'])}, {len(seals)} seals and every file are what was signed."
    )
    outcome.missing = (
        "No file of it is missing. Which other events the log holds, a pack does not tell."
        if not any(finding.kind == "file_missing" for finding in outcome.findings)
        else "MISSING. A file of it is missing."
    )
    if counts["without_texts"]:
        outcome.notes.append(
            f"The texts of {_events(counts['without_texts'])} are left out or erased; the records hold."
        )
    outcome.unproven += [
        "that what was written down was true and complete when it was written;",
        "that the pack holds every event or document of the case that there is;",
        "that its seals are still those of the log: compare their digests with the log or with anchors;",
        "that clocks were right: times are what the portal's clock said.",
    ]


def _check_sums(outcome: Outcome, source: _Source) -> None:
    """``SHA256SUMS`` is there for other tools; it must not say anything else than the manifest."""
    if "SHA256SUMS" not in source.names():
        return
    for line in _small(source, "SHA256SUMS").decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        if name not in source.names() or _sha256_of(source, name) != digest:
            outcome.find("file_altered", f"SHA256SUMS does not fit the file {shown(name)}.", _ASK_FOR_ANOTHER)


def _seals_of_pack(outcome: Outcome, source: _Source, signer: _Signer) -> dict[int, dict[str, Any]]:
    """By number, the header of each seal that holds, with its digest. Their keys need not be given: ``keys.json`` and
    the seals are files of the manifest, whose key has to be.
    """
    seals: dict[int, dict[str, Any]] = {}
    batch: list[tuple[int, tuple[bytes, str, str]]] = []
    with source.open("audit/seals.jsonl") as stream:
        lines = _Lines(stream)
        for position, line in enumerate(iter(lambda: lines.take(1), []), start=1):
            seal = _seal_line(line[0])
            if not seal or sorted(seal) != ["digest", "header", "signature"] or not is_header(seal["header"]):
                what = f"Line {position} of audit/seals.jsonl was altered: it can't be read as a seal."
                outcome.find("seal_altered", what, _ASK_FOR_ANOTHER)
                continue
            header = seal["header"]
            number, data = header["number"], header_of(header)
            signer.used.add(shown(header["key_id"]))
            if digest_of(data) != seal["digest"] or number in seals:
                what = f"Seal {number} was altered: its digest is not one of its header, or it stands there twice."
                outcome.find("seal_altered", what, _ASK_FOR_ANOTHER, seal=number)
                continue
            seals[number] = {**header, "digest": seal["digest"]}
            key = signer.keys.get(header["key_id"], "")
            batch.append((number, (data, str(seal["signature"]), key)))
    while batch:
        at = first_bad_signature([signed for _, signed in batch[:_BATCH]])
        if at is None:
            del batch[:_BATCH]
            continue
        number = batch[at][0]
        what = f"Seal {number} was altered: its signature is not one of its header."
        outcome.find("seal_altered", what, _ASK_FOR_ANOTHER, seal=number)
        del seals[number], batch[: at + 1]
    return seals


def _check_slice(outcome: Outcome, source: _Source, seals: dict[int, dict[str, Any]]) -> dict[str, int]:
    """Each line of the slice with the line of the proofs beside it."""
    counts = {"events": 0, "without_texts": 0}
    before = 0
    with source.open("audit/slice.jsonl") as slice_stream, source.open("audit/proofs.jsonl") as proofs_stream:
        events, proofs = _Lines(slice_stream), _Lines(proofs_stream)
        while True:
            event, proof = events.take(1), proofs.take(1)
            if not event and not proof:
                return counts
            if not event or not proof:
                what = f"After line {counts['events']}, events and proofs no longer go together: some are missing."
                outcome.find("event_missing" if proof else "proof_missing", what, _ASK_FOR_ANOTHER)
                return counts
            counts["events"] += 1
            record, texts = _split(event[0])
            said, problem = _problem_of(record, proof[0], seals)
            sequence = said.get("sequence") if said else None
            where = f"Event {sequence}" if type(sequence) is int else f"The event on line {counts['events']}"
            item = _item_of(record, texts)
            if problem:
                outcome.find("event_altered", f"{where} is not proved: {problem}.", _ASK_FOR_ANOTHER, first=sequence)
            elif item.state == _TEXTS_DIFFER:
                what = f"The texts of event {sequence} were altered: they do not fit the commitment in its record."
                outcome.find("event_texts", what, _ASK_FOR_ANOTHER, first=sequence)
            elif sequence is not None and sequence <= before:
                what = f"{where} stands after event {before}."
                outcome.find("event_moved", what, _ASK_FOR_ANOTHER, first=sequence)
            counts["without_texts"] += item.state == _ERASED
            before = sequence if not problem and sequence is not None else before


def _problem_of(record: bytes, line: bytes, seals: dict[int, dict[str, Any]]) -> tuple[dict[str, Any] | None, str]:
    """The proof of an event, and what keeps it from being one."""
    proof = _seal_line(line)
    names = ("sequence", "number", "index", "count")
    if (
        proof is None
        or sorted(proof) != ["count", "id", "index", "number", "path", "sequence"]
        or any(type(proof[name]) is not int or not 0 <= proof[name] < _SAFE_NUMBER for name in names)
        or not isinstance(proof["path"], list)
        or len(proof["path"]) > 64
    ):
        return None, "its proof can't be read"
    seal = seals.get(proof["number"])
    if seal is None:
        return proof, f"the seal {proof['number']} that its proof names is not there or does not hold"
    if proof["count"] != seal["count"] or proof["sequence"] != seal["first"] + proof["index"]:
        return proof, f"its proof does not fit seal {proof['number']}"
    try:
        root = root_by_path(
            leaf_of(record), proof["index"], proof["count"], [_hex(step, LEAF) or b"" for step in proof["path"]]
        )
    except ValueError:
        return proof, "its proof has the wrong length"
    if root.hex() != seal["root"]:
        return proof, f"it is not what seal {proof['number']} covers there"
    if b'"id":%d,' % proof["id"] not in record if type(proof["id"]) is int else True:
        return proof, "its proof names another id"
    return proof, ""


def _compare_digests(
    outcome: Outcome, digests: dict[tuple[str, int], str], anchors: list[dict[str, Any]], signer: _Signer
) -> None:
    """The seals that are known, by log and number, with those that were anchored."""
    fitting = 0
    for anchor in anchors:
        if not is_anchor(anchor):
            outcome.find("anchor_altered", "An anchor can't be read.", "Take it from where it is kept once more.")
            continue
        log, number = anchor["log"], anchor["number"]
        if (log, number) not in digests:
            continue
        if not is_signature(anchor_of(anchor), anchor["signature"], signer.keys.get(anchor["key_id"], "")):
            what = f"The anchor of seal {number} of the {log.lower()} log is not signed with a key that is known."
            outcome.find("anchor_altered", what, "Compare the key's fingerprint with one you have from elsewhere.")
        elif digests[log, number] != anchor["digest"]:
            what = f"Seal {number} of the {log.lower()} log is not the one that was anchored on {shown(anchor['at'])}."
            outcome.find("log_rewritten", what, _ASK_FOR_ANOTHER, seal=number)
        else:
            fitting += 1
    if fitting:
        outcome.notes.append(f"{fitting} of the anchors speak for seals that this rests on, and fit.")


def _heads_of(manifest: dict[str, Any]) -> dict[tuple[str, int], str]:
    """Digests of the newest seals that a manifest names, by log and number."""
    heads = manifest.get("heads")
    digests = {}
    for log, head in heads.items() if isinstance(heads, dict) else ():
        if isinstance(head, dict) and type(head.get("number")) is int:
            digests[log, head["number"]] = str(head.get("digest"))
    return digests


# Exports


def verify_export(  # noqa: PLR0917
    outcome: Outcome,
    source: _Source,
    manifest: dict[str, Any],
    signer: _Signer,
    anchors: list[dict[str, Any]],
    name: str,
) -> None:
    """One file against the manifest that was signed with it."""
    outcome.facts.update(
        records=shown(manifest.get("records", "")), format=shown(manifest.get("format", "")),
        rows=shown(manifest.get("rows", "")), made_at=shown(manifest.get("made_at", "")), file=shown(name),
    )  # fmt: skip
    if _sha256_of(source, name) != manifest.get("sha256"):
        what = f"The file {shown(name)} was altered: its SHA-256 is not the one in the manifest."
        outcome.find("file_altered", what, _ASK_FOR_ANOTHER)
    _compare_digests(outcome, _heads_of(manifest), anchors, signer)
    outcome.altered = (
        f"ALTERED. {outcome.findings[0].what}"
        if outcome.findings
        else f"Nothing altered: {shown(name)} is what was signed."
    )
    outcome.missing = (
        f"Nothing missing: the file is whole, with {shown(manifest.get('rows', '?'))} rows when it was made."
    )
    if outcome.findings:
        outcome.missing = "Whether something is missing can't be told from a file that is another."
    outcome.unproven += [
        "that the records were true and complete when they were exported;",
        "that the filter named in the manifest is the one you asked for: read it there;",
        "what changed in the portal since: export the log and check it with anchors.",
    ]


# Command line

_BESIDE = frozenset({"manifest.json", "manifest.sig", "keys.json", "verify_records.py", "README.txt"})


def verify(target: str, *, anchor_files: Iterable[str] = (), given: dict[str, str] | None = None) -> Outcome:
    """Check a folder, a ZIP, or the file of an export with its manifest beside it. Raises ``Unreadable``."""
    try:
        with contextlib.ExitStack() as stack:
            source, name = _source_of(target, stack)
            return _verified(target, source, name, anchor_files, given or {})
    except _READING as error:
        reason = shown(error) or type(error).__name__
        raise Unreadable(f"It can't be read: {reason}.", "The copy may be damaged. Ask for another one.") from error


def _verified(target: str, source: _Source, name: str, anchor_files: Iterable[str], given: dict[str, str]) -> Outcome:
    if "manifest.json" not in source.names():
        raise Unreadable("There is no manifest.json.", "Name the folder or the ZIP as it came out of the portal.")
    data = _small(source, "manifest.json")
    manifest = _object(data, "manifest.json")
    outcome = Outcome(target, str(manifest.get("kind")))
    signer = _Signer(outcome, given)
    signer.read(source)
    signer.check_manifest(source, data)
    anchors = [anchor for path in anchor_files for anchor in read_anchors(path)]
    if outcome.kind == "log":
        verify_log(outcome, source, manifest, signer, anchors)
    elif outcome.kind == "pack":
        verify_pack(outcome, source, manifest, signer, anchors)
    elif outcome.kind == "export":
        verify_export(outcome, source, manifest, signer, anchors, name or _only_file(source))
    else:
        raise Unreadable("manifest.json says nothing of a log, a pack or an export.", _ASK_FOR_ANOTHER)
    outcome.keys = signer.describe()
    if not signer.given:
        words = "that the keys are the portal's: compare their fingerprints with those you have from elsewhere;"
        outcome.unproven.insert(0, words)
    return outcome


def _source_of(target: str, stack: contextlib.ExitStack) -> tuple[_Source, str]:
    """Where to read, and which file is meant when that is one beside its manifest."""
    path = Path(target)
    if path.is_dir():
        return _with_proof(_Folder(path), stack), ""
    if not path.is_file():
        raise Unreadable(f"{shown(target)} is not there.", "Name a folder, a ZIP, or a file beside its manifest.")
    if zipfile.is_zipfile(path):
        source = _Zip(path, stack)
        if "manifest.json" in source.names():
            return source, ""
    only = frozenset({path.name, "manifest.json", "manifest.sig", "keys.json", _PROOF})
    return _with_proof(_Folder(path.parent, only), stack), path.name


def _with_proof(folder: _Folder, stack: contextlib.ExitStack) -> _Source:
    if "manifest.json" in folder.names() or _PROOF not in folder.names():
        return folder
    return _Beside(folder, _Zip(folder.path_of(_PROOF), stack))


def _only_file(source: _Source) -> str:
    names = [name for name in source.names() if name not in _BESIDE]
    if len(names) != 1:
        raise Unreadable(f"{len(names)} files are beside the manifest, one was expected.", "Name the file itself.")
    return str(names[0])


def read_anchors(path: str) -> Iterator[dict[str, Any]]:
    """The anchors of a file, or of every file of a folder, one a line; what is none comes as an empty object."""
    place = Path(path)
    for file in sorted(one for one in place.iterdir() if one.is_file()) if place.is_dir() else [place]:
        with file.open("rb") as stream:
            lines = _Lines(stream)
            for line in iter(lambda: lines.take(1), []):  # noqa: B023
                if not line[0].strip():
                    continue
                try:
                    anchor = parsed(line[0])
                except Malformed:
                    anchor = {}
                yield anchor if isinstance(anchor, dict) else {}


def report_of(outcome: Outcome) -> Iterator[str]:
    """What is printed, line by line."""
    yield f"{outcome.kind.capitalize()} {shown(outcome.target)}"
    for name, fact in outcome.facts.items():
        yield f"  {name.replace('_', ' ')}: {fact}"
    yield ""
    yield "Keys"
    for key in outcome.keys:
        origin = "given with --key" if key["given"] else "from keys.json, to be compared"
        yield f"  {key['id']}  {key['fingerprint']}  ({origin}{'' if key['used'] else ', not used'})"
    yield ""
    yield "SOUND" if outcome.is_sound else f"NOT SOUND: {len(outcome.findings) + outcome.more} findings"
    yield f"  {outcome.altered}"
    yield f"  {outcome.missing}"
    for number, finding in enumerate(outcome.findings, start=1):
        if number == 1:
            yield ""
            yield "Findings"
        yield f"  {number}. {finding.what}"
        yield f"     {finding.todo}"
    if outcome.more:
        yield f"  and {outcome.more} more"
    for note in outcome.notes:
        yield f"  Note: {note}"
    yield ""
    yield "This does not prove"
    for words in outcome.unproven:
        yield f"  - {words}"


def _key(text: str) -> tuple[str, str]:
    key_id, _, key = text.rpartition(":")
    if not key_id or _key_of(key.lower()) is None:
        raise argparse.ArgumentTypeError("a key is given as ID:HEX, 64 digits of the public key")
    return key_id, key.lower()


def main(arguments: list[str] | None = None) -> int:
    """0 sound, 1 findings, 2 not readable."""
    parser = argparse.ArgumentParser(
        prog="verify_records.py", description="Checks a log, an evidence pack or an export of the compliance portal."
    )
    parser.add_argument("target", help="a folder, a ZIP, or the file of an export with manifest.json beside it")
    parser.add_argument(
        "--anchors",
        action="append",
        default=[],
        metavar="FILE",
        help="file or folder of anchors that were kept elsewhere",
    )
    parser.add_argument("--key", action="append", default=[], type=_key, metavar="ID:HEX", help="a public key to trust")
    parser.add_argument("--json", action="store_true", help="print the same as JSON")
    chosen = parser.parse_args(arguments)
    try:
        outcome = verify(chosen.target, anchor_files=chosen.anchors, given=dict(chosen.key))
    except Unreadable as error:
        what, todo = error.args
        print(
            json.dumps({"sound": False, "problem": what, "next": todo})
            if chosen.json
            else f"NOT READABLE. {what}\n{todo}"
        )
        return 2
    if chosen.json:
        print(json.dumps(outcome.as_data(), indent=1))
    else:
        for line in report_of(outcome):
            print(line.encode(sys.stdout.encoding or "ascii", "replace").decode(sys.stdout.encoding or "ascii"))
    return 0 if outcome.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
