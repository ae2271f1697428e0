"""Where the logs stand: heads, proofs of single entries, and what the page about the records' integrity shows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Exists, QuerySet, Subquery
from django.db.models.functions import Coalesce

from verifications.enums import AnchorPlace, LogKind
from verifications.integrity.verify_records import merkle_path
from verifications.models import ENTRY_BYTES, LogAnchor, LogCheck, LogSeal
from verifications.selectors.log_rows import MODELS

TAIL_LATE = dt.timedelta(minutes=1)
"""An entry older than this that no seal has means that nobody seals."""
TAIL_CAP = 1000
CHECK_LATE = dt.timedelta(days=2)
"""A log is checked once a day; after this long, checks do not come to an end."""


@dataclass(frozen=True)
class SealHead:
    """The newest seal of a log; ``total`` entries are sealed up to it."""

    log: LogKind
    number: int
    total: int
    digest: str
    sealed_at: dt.datetime


@dataclass(frozen=True)
class Proof:
    """That an entry is the leaf ``index`` of ``count`` of seal ``number``: with ``path``, its root follows from it."""

    sequence: int
    number: int
    index: int
    count: int
    path: list[str]


@dataclass(frozen=True)
class PlaceState:
    """The last anchor that was written to a place, and what keeps the next from being written."""

    place: AnchorPlace
    last: LogAnchor | None
    problem: LogAnchor | None


@dataclass(frozen=True)
class LogState:
    """What the page says of one log."""

    log: LogKind
    head: SealHead | None
    unsealed: int
    oldest_unsealed_at: dt.datetime | None
    is_tail_late: bool
    is_check_late: bool
    places: list[PlaceState]
    checks: list[LogCheck] = field(default_factory=list)

    @property
    def last_check(self) -> LogCheck | None:
        return self.checks[0] if self.checks else None

    @property
    def failing_places(self) -> list[PlaceState]:
        return [place for place in self.places if place.problem]


def head_of(log: LogKind) -> SealHead | None:
    """The newest seal, nothing when nothing was sealed yet."""
    seal = LogSeal.objects.filter(log=log).defer("entries").order_by("-number").first()
    if seal is None:
        return None
    return SealHead(LogKind(seal.log), seal.number, seal.last, seal.digest, seal.sealed_at)


def head_object(head: SealHead) -> dict[str, object]:
    """A head as it stands in manifests."""
    return {
        "number": head.number,
        "total": head.total,
        "digest": head.digest,
        "sealed_at": head.sealed_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
    }


def manifest_heads() -> dict[str, dict[str, object]]:
    """By log, the heads of both; a log of which nothing was sealed is left out."""
    return {log.value: head_object(head) for log in LogKind if (head := head_of(log)) is not None}


def ids_and_leaves(seal: LogSeal) -> list[tuple[int, bytes]]:
    """What a seal holds, in sequence."""
    entries = bytes(seal.entries)
    return [
        (int.from_bytes(entries[at : at + 8], "big", signed=False), entries[at + 8 : at + ENTRY_BYTES])
        for at in range(0, len(entries), ENTRY_BYTES)
    ]


def header_fields(seal: LogSeal) -> dict[str, object]:
    """The header of a seal as it is hashed and signed."""
    return {
        "count": seal.count,
        "first": seal.first,
        "key_id": seal.key_id,
        "log": str(seal.log),
        "number": seal.number,
        "previous": seal.previous,
        "root": seal.root,
        "sealed_at": seal.sealed_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
    }


def proofs_of(log: LogKind, ids: list[int]) -> dict[int, Proof]:
    """By id, of those of the entries that are sealed. One query for each seal that holds some of them."""
    wanted, proofs = sorted(set(ids), reverse=True), dict[int, Proof]()
    while wanted:
        row_id = wanted.pop()
        if row_id in proofs:
            continue
        for seal in LogSeal.objects.filter(log=log, highest_id__gte=row_id, lowest_id__lte=row_id).order_by(
            "highest_id"
        ):
            here = _proofs_in(seal, {row_id, *wanted})
            proofs |= here
            if row_id in here:
                break
    return proofs


def _proofs_in(seal: LogSeal, wanted: set[int]) -> dict[int, Proof]:
    held = ids_and_leaves(seal)
    leaves = [leaf for _row_id, leaf in held]
    return {
        row_id: Proof(
            seal.first + index, seal.number, index, seal.count, [node.hex() for node in merkle_path(leaves, index)]
        )
        for index, (row_id, _leaf) in enumerate(held)
        if row_id in wanted
    }


def log_state(log: LogKind, *, now: dt.datetime, checks: int = 10) -> LogState:
    """Everything the page says of a log, in a handful of queries that cost the same however long it is."""
    head = head_of(log)
    unsealed, oldest = _tail(log)
    return LogState(
        log=log,
        head=head,
        unsealed=unsealed,
        oldest_unsealed_at=oldest,
        is_tail_late=oldest is not None and now - oldest > TAIL_LATE,
        is_check_late=_unchecked(log, now).exists(),
        places=[_place_state(log, place) for place in places_set()],
        checks=list(LogCheck.objects.filter(log=log).order_by("-id")[:checks]),
    )


def places_set() -> list[AnchorPlace]:
    """Where anchors are written to, by the settings."""
    chosen = {
        AnchorPlace.FILE: settings.ANCHOR_DIR,
        AnchorPlace.BUCKET: settings.ANCHOR_BUCKET,
        AnchorPlace.MAIL: settings.ANCHOR_EMAIL,
    }
    return [place for place, value in chosen.items() if value]


def last_anchor(log: LogKind, place: AnchorPlace) -> LogAnchor | None:
    """The newest that was written there."""
    return LogAnchor.objects.filter(log=log, place=place, problem="").order_by("-id").first()


def alarms(*, now: dt.datetime) -> dict[str, QuerySet[Any]]:
    """What must be looked at: each of these has a row when something is wrong. For the count in the navigation."""
    queries: dict[str, QuerySet[Any]] = {}
    for log in LogKind:
        newest = LogCheck.objects.filter(log=log).order_by("-id").values("pk")[:1]
        queries[f"unsound_{log}"] = LogCheck.objects.filter(pk=Subquery(newest), is_sound=False)
        late = MODELS[log].objects.filter(pk__gt=Coalesce(Subquery(_reached(log)), 0), at__lt=now - TAIL_LATE)
        queries[f"late_{log}"] = late
        queries[f"unchecked_{log}"] = _unchecked(log, now)
        for place in places_set():
            last = LogAnchor.objects.filter(log=log, place=place).order_by("-id").values("pk")[:1]
            queries[f"anchor_{log}_{place}"] = LogAnchor.objects.filter(pk=Subquery(last)).exclude(problem="")
    return queries


def _unchecked(log: LogKind, now: dt.datetime) -> QuerySet[Any]:
    """The first seal of a log that should have been checked and was not."""
    recent = LogCheck.objects.filter(log=log, started_at__gt=now - CHECK_LATE)
    return LogSeal.objects.filter(~Exists(recent), log=log, number=1, sealed_at__lt=now - CHECK_LATE)


def _reached(log: LogKind) -> QuerySet[Any]:
    """The highest id that a seal names. The head says it too, but a head set too high would hide that nobody seals."""
    return LogSeal.objects.filter(log=log).order_by("-highest_id").values("highest_id")[:1]


def _tail(log: LogKind) -> tuple[int, dt.datetime | None]:
    """How many entries no seal has, 1,000 at most, and the time of the first of them."""
    reached = _reached(log).values_list("highest_id", flat=True).first() or 0
    times = list(MODELS[log].objects.filter(pk__gt=reached).order_by("pk").values_list("at", flat=True)[:TAIL_CAP])
    return len(times), min(times, default=None)


def _place_state(log: LogKind, place: AnchorPlace) -> PlaceState:
    newest = LogAnchor.objects.filter(log=log, place=place).order_by("-id").first()
    return PlaceState(place, last_anchor(log, place), newest if newest is not None and newest.problem else None)
