"""Sealing: every entry of a log gets its place in the sequence and the leaf of a signed tree, a batch at a time.

Appending knows nothing of it. The sequence is given here, because ids can't be one: they have gaps, and on PostgreSQL a
lower id may become visible after a higher one. An id that is passed over is a *hole*; it is looked at again until no
transaction is left that could write it (ADR 19).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection, transaction

from verifications import signing
from verifications.enums import LogKind
from verifications.integrity.verify_records import NO_SEAL, digest_of, header_of, leaf_of, merkle_root
from verifications.models import LogHead, LogSeal
from verifications.selectors.log_rows import MODELS, Entry, rows_where
from verifications.selectors.seals import header_fields

MOST_AT_ONCE = 500
"""So that no seal takes longer than 50 ms: it holds up writers on SQLite, and other sealers nowhere."""
HOLE_SECONDS = 10
"""A transaction may have its id from the sequence before it has one of its own; no hole is given up sooner."""
_NO_END = 2**63 - 1


@dataclass
class _Hole:
    """Ids from ``first`` to ``last`` that were not there; transactions below ``xmax`` may still write them."""

    first: int
    last: int
    xmax: int
    at: float

    def without(self, ids: Iterable[int]) -> list[_Hole]:
        """What is left of it once these ids, ascending, were found."""
        left, first = [], self.first
        for row_id in ids:
            if self.first <= row_id <= self.last:
                if first < row_id:
                    left.append(_Hole(first, row_id - 1, self.xmax, self.at))
                first = row_id + 1
        if first <= self.last:
            left.append(_Hole(first, self.last, self.xmax, self.at))
        return left


@dataclass
class _Batch:
    """What one seal takes, and what the head says afterwards."""

    entries: list[Entry]
    reached_id: int
    holes: list[_Hole] = field(default_factory=list)


def seal_all(*, now: dt.datetime) -> dict[LogKind, int]:
    """Seal both logs; how many entries of each."""
    return {log: seal_log(log=log, now=now) for log in LogKind}


def seal_log(*, log: LogKind, now: dt.datetime) -> int:
    """Seal what was appended, until nothing is left; how many entries. Nothing when another sealer is at it."""
    sealed = 0
    while _has_work(log):
        count, is_whole = _seal_batch(log, now)
        sealed += count
        if is_whole:
            break
    return sealed


def _has_work(log: LogKind) -> bool:
    """Asked without a lock: an idle log costs one small query."""
    head = LogHead.objects.filter(log=log).first()
    if head is None:
        return MODELS[log].objects.exists()
    return bool(head.holes) or MODELS[log].objects.filter(pk__gt=head.reached_id).exists()


@transaction.atomic
def _seal_batch(log: LogKind, now: dt.datetime) -> tuple[int, bool]:
    """One seal over what is next. Gives its size, and whether there is nothing more for now."""
    head = _held_head(log)
    if head is None:
        return 0, True
    before = (head.reached_id, head.holes)
    head.reached_id = max(head.reached_id, _highest_named(log))  # a head that was lost or set back seals nothing twice
    batch = _next_batch(log, head, now.timestamp())
    if batch.entries:
        _write_seal(log, batch.entries, now)
    head.reached_id, head.holes = (
        batch.reached_id,
        [[hole.first, hole.last, hole.xmax, hole.at] for hole in batch.holes],
    )
    if (head.reached_id, head.holes) != before:
        head.save(update_fields=["reached_id", "holes"])
    return len(batch.entries), len(batch.entries) < MOST_AT_ONCE


def _held_head(log: LogKind) -> LogHead | None:
    """The row that one sealer at a time holds; nothing when another does. SQLite has one writer at a time anyway."""
    LogHead.objects.get_or_create(log=log)
    heads = LogHead.objects.filter(log=log)
    if connection.features.has_select_for_update_skip_locked:
        heads = heads.select_for_update(skip_locked=True)
    return heads.first()


def _next_batch(log: LogKind, head: LogHead, at: float) -> _Batch:
    """The horizon is read before the rows: what was written by a transaction below it is among them. Where new holes
    end is read after the rows: whoever has an id below theirs may have begun until then.
    """
    if connection.vendor != "postgresql":
        entries = rows_where(log, "id > %s ORDER BY id LIMIT %s", [head.reached_id, MOST_AT_ONCE])
        return _Batch(entries, entries[-1].id if entries else head.reached_id)
    given = _last_given(log) if head.holes else 0
    horizon = _transaction_number("pg_snapshot_xmin")
    holes = [_Hole(*hole) for hole in head.holes]
    in_holes = " OR id BETWEEN %s AND %s" * len(holes)
    ranges = [number for hole in holes for number in (hole.first, hole.last)]
    wanted = f"(id > %s{in_holes}) ORDER BY id LIMIT %s"
    entries = rows_where(log, wanted, [head.reached_id, *ranges, MOST_AT_ONCE])
    end = _transaction_number("pg_snapshot_xmax")
    ids = [entry.id for entry in entries]
    looked_up_to = ids[-1] if len(ids) == MOST_AT_ONCE else _NO_END
    looked_up_to = min(looked_up_to, given)
    left = [_in_this_cluster(hole, end) for hole in holes if not _is_settled(hole, horizon, looked_up_to, at)]
    left = [rest for hole in left for rest in hole.without(ids)]
    return _Batch(entries, max([head.reached_id, *ids[-1:]]), left + _passed_over(head.reached_id, ids, end, at))


def _passed_over(reached_id: int, ids: list[int], end: int, at: float) -> list[_Hole]:
    """The gaps between what was reached and the last id found."""
    holes = []
    for row_id in ids:
        if row_id > reached_id + 1:
            holes.append(_Hole(reached_id + 1, row_id - 1, end, at))
        reached_id = max(reached_id, row_id)
    return holes


def _is_settled(hole: _Hole, horizon: int, looked_up_to: int, at: float) -> bool:
    """Nobody can write into it any more, and it was looked at after that became so."""
    return hole.last <= looked_up_to and horizon >= hole.xmax and at - hole.at >= HOLE_SECONDS


def _in_this_cluster(hole: _Hole, end: int) -> _Hole:
    """A restored database counts transactions anew: a hole that ends above the present one ends here."""
    hole.xmax = min(hole.xmax, end)
    return hole


def _highest_named(log: LogKind) -> int:
    """The highest id that a seal names, 0 where there is none."""
    return LogSeal.objects.filter(log=log).order_by("-highest_id").values_list("highest_id", flat=True).first() or 0


def _last_given(log: LogKind) -> int:
    """The last id that PostgreSQL gave out: those above it come yet, also where one far above them was put in."""
    with connection.cursor() as cursor:
        table = MODELS[log]._meta.db_table
        cursor.execute("SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')::regclass)", [table])
        return int(cursor.fetchone()[0] or 0)


def _transaction_number(function: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(pg_current_snapshot())::text")
        return int(cursor.fetchone()[0])


def _write_seal(log: LogKind, entries: list[Entry], now: dt.datetime) -> LogSeal:
    leaves = [leaf_of(entry.record) for entry in entries]
    last = LogSeal.objects.filter(log=log).defer("entries").order_by("-number").first()
    seal = LogSeal(
        log=log,
        number=last.number + 1 if last else 1,
        first=last.last + 1 if last else 1,
        count=len(entries),
        sealed_at=now,
        root=merkle_root(leaves).hex(),
        previous=last.digest if last else NO_SEAL,
        key_id=signing.signing_key_id(),
        entries=b"".join(entry.id.to_bytes(8, "big") + leaf for entry, leaf in zip(entries, leaves, strict=True)),
        lowest_id=entries[0].id,
        highest_id=entries[-1].id,
    )
    header = header_of(header_fields(seal))
    seal.digest = digest_of(header)
    _key_id, seal.signature = signing.sign(header)
    seal.save(force_insert=True)
    return seal
