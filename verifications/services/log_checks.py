"""Verifying a log where it is: every row, seal, signature and anchor, with the engine that checks exported files."""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.dateparse import parse_datetime

from verifications import signing
from verifications.enums import AuditAction, LogKind
from verifications.integrity.verify_records import Finding, LogVerifier, Verdict, canonical
from verifications.models import AuditEvent, LogAnchor, LogCheck, LogHead, LogSeal
from verifications.selectors.log_hashes import hashed_rows
from verifications.selectors.log_rows import Entry, entries_by_id
from verifications.selectors.log_walk import LogWalk, StoredSeal, stored_seals
from verifications.selectors.seals import head_of, ids_and_leaves
from verifications.services.anchors import anchor_lines
from verifications.services.audit import record_event

logger = logging.getLogger(__name__)

ACTOR = "system:schedule"
EVERY = dt.timedelta(days=1)
CLAIM_SECONDS = 3600
YOUNG = dt.timedelta(minutes=1)
"""An entry may be without a seal for so long."""
MOST_FINDINGS = 200
NOTE = "note"
ASK_WHO_WRITES = "Compare with a backup or an earlier export, and ask who could write to the database."


def check_log(*, log: LogKind, actor: str, at: dt.datetime, anchors: Iterable[tuple[str, bytes]] = ()) -> LogCheck:
    """Read the whole log, compare it with its seals and anchors, and write down what was found, with its event.

    ``anchors`` are further anchor lines, each with the place it comes from, beside those in ``ANCHOR_DIR``. Memory
    stays flat. A finding is an object: ``kind``, ``what``, ``todo`` and, where there are such, ``first`` and ``last``
    (sequence numbers), ``seal``, ``row`` (its id in the table) and ``event`` (its event id); a ``note`` is none.
    """
    began = time.monotonic()
    reading = _Reading(log, at)
    verdict = reading.verdict([*anchor_lines(), *anchors])
    found = [_told(log, finding) for finding in [*verdict.findings, *reading.findings]]
    notes = [{"kind": NOTE, "what": text} for text in [*verdict.notes, *reading.notes]]
    with transaction.atomic():
        check = LogCheck.objects.create(
            log=log,
            started_at=at,
            finished_at=at + dt.timedelta(seconds=time.monotonic() - began),
            entries=verdict.entries,
            seals=verdict.seals,
            unsealed=verdict.unsealed,
            erased=verdict.erased,
            is_sound=not found,
            findings=[*found[:MOST_FINDINGS], *notes],
            actor=actor,
        )
        record_event(
            action=AuditAction.LOG_CHECKED,
            actor=actor,
            subject=check,
            at=at,
            details={
                "log": log.value,
                "sound": check.is_sound,
                "entries": check.entries,
                "seals": check.seals,
                "findings": len(found) + verdict.more,
            },
        )
    if found:
        logger.error("The log %s does not verify: %s findings, check %s.", log.value, len(found), check.pk)
    return check


def signed_restore(logs: dict[str, int], *, at: dt.datetime) -> dict[str, Any]:
    """What the event of a restore says of the logs: the seal each is at, signed.

    It takes anchors back, so whoever can only write to the database must not be able to make one.
    """
    key_id, signature = signing.sign(_restore_statement(logs, at))
    return {"logs": logs, "key_id": key_id, "signature": signature}


def anchors_ahead() -> int:
    """How many anchors in ``ANCHOR_DIR`` name seals that are not here, and that no recorded restore accounts for."""
    heads = {log.value: head.number if (head := head_of(log)) is not None else 0 for log in LogKind}
    restores = {log.value: _restores(log) for log in LogKind}
    ahead = 0
    for _place, line in anchor_lines():
        anchor = _anchor_of(line) or {}
        log, number = anchor.get("log"), anchor.get("number")
        if log in heads and isinstance(number, int) and number > heads[log]:
            ahead += not any(_is_taken_back(anchor, at_seal, at) for at_seal, at in restores[log])
    return ahead


def check_due_logs(*, now: dt.datetime) -> int:
    """Verify each log once a day; how many were."""
    return sum(_check_if_due(log, now) for log in LogKind)


def _check_if_due(log: LogKind, now: dt.datetime) -> bool:
    if LogCheck.objects.filter(log=log, started_at__gt=now - EVERY, started_at__lte=now + YOUNG).exists():
        return False  # one of a day to come was not made by this clock, and puts nothing off
    if not LogSeal.objects.filter(log=log).exists():
        return False
    claim = f"log-check-{log.value}"
    if not cache.add(claim, 1, timeout=CLAIM_SECONDS):
        return False
    try:
        check_log(log=log, actor=ACTOR, at=now)
    finally:
        cache.delete(claim)
    return True


class _Reading:
    """One pass over a log: the engine is fed, and what only the tables tell is found beside it."""

    def __init__(self, log: LogKind, at: dt.datetime) -> None:
        self._log = log
        self._at = at
        self._walk = LogWalk(log)
        self._seals = 0
        self._engine = LogVerifier(log.value, signing.public_keys(), check=signing.is_signature)
        self.findings: list[Finding] = []
        self.notes: list[str] = []

    def verdict(self, anchors: Iterable[tuple[str, bytes]]) -> Verdict:
        reached = LogHead.objects.filter(log=self._log).values_list("reached_id", flat=True).first() or 0
        with hashed_rows(self._log) as hashed:
            for seal, rows in self._walk.sealed(hashed.are_as_sealed if hashed else None):
                self._feed(seal, rows)
        self._engine.no_more_seals()
        if reached > self._walk.highest_id:
            what = f"Seals at the end are gone: row {reached} was sealed, and no seal names it."
            self._find("seals_cut", what, self._seals + 1)
        unnamed = [row for row in self._rest() if not self._may_be_unsealed(row)]
        for row in self._still_unsealed(unnamed):
            what = f"Row {row.id} of the table, event {row.event_id}, is in no seal though later ones are: inserted."
            self._find("row_inserted", what)
        self._compare_own_anchors()
        return self._engine.finish(self._readable(anchors))

    def _feed(self, seal: StoredSeal, rows: list[Entry] | None) -> None:
        """A seal and its rows; none where the database itself found them to be what the seal covers."""
        self._seals += 1
        self._engine.seal(seal.header, seal.digest, seal.signature, seal.leaves)
        if rows is None and not self._engine.whole_seal(len(seal.ids)):
            rows = self._walk.rows_of(seal)
        if rows is not None:
            self._say_unreadable(rows)
            self._engine.entries([row.record for row in rows], [row.texts for row in rows])
        if not seal.is_indexed:
            number = seal.header["number"]
            self._find("seal_index", f"Seal {number} says of other rows than it names.", number)

    def _say_unreadable(self, rows: list[Entry]) -> None:
        """A row that no record can be made of proves nothing, sealed or not."""
        for row in rows:
            if row.problem:
                self._find("row_unreadable", f"Row {row.id} of the table can't be read as an event: {row.problem}.")

    def _find(self, kind: str, what: str, seal: int | None = None, *, todo: str = ASK_WHO_WRITES) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(kind, what, todo, seal=seal))

    def _rest(self) -> Iterator[Entry]:
        """Rows below the sealed range's end that no seal names; those above it are the tail, and fed as such."""
        for row in self._walk.rest():
            self._say_unreadable([row])
            if row.id <= self._walk.highest_id:
                yield row
            else:
                self._engine.unsealed(row.record, row.texts)

    def _may_be_unsealed(self, row: Entry) -> bool:
        """Younger than a minute, or of a transaction that was long in coming and whose turn is next."""
        written_at = _time_of(row.at)
        if written_at is not None and abs(self._at - written_at) <= YOUNG:
            return True
        head = LogHead.objects.filter(log=self._log).first()
        return any(first <= row.id <= last for first, last, *_rest in (head.holes if head else []))

    def _still_unsealed(self, rows: list[Entry]) -> list[Entry]:
        """Without those that were sealed while the log was read."""
        if not rows:
            return []
        since = {row_id for seal in stored_seals(self._log, after=self._walk.last_number) for row_id in seal.ids}
        return [row for row in rows if row.id not in since]

    def _compare_own_anchors(self) -> None:
        """The table of anchors proves nothing, but it must agree."""
        same = LogSeal.objects.filter(log=OuterRef("log"), number=OuterRef("number"), digest=OuterRef("digest")).filter(
            first=OuterRef("total") + 1 - F("count")
        )
        for anchor in LogAnchor.objects.filter(~Exists(same), log=self._log).order_by("pk")[:MOST_FINDINGS]:
            what = f"Seal {anchor.number} is not the one that was anchored on {anchor.at:%Y-%m-%d %H:%M} UTC."
            self._find("anchor_row", what, anchor.number)

    def _readable(self, lines: Iterable[tuple[str, bytes]]) -> Iterator[dict[str, Any]]:
        """Anchors of this log. Those that name what a recorded restore took back are told, not found."""
        restores = _restores(self._log)
        taken_back = 0
        for place, line in lines:
            anchor = _anchor_of(line)
            if anchor is None:
                self._find("anchor_unreadable", f"{place} is no anchor.", todo="Ask who could write to that place.")
            elif anchor.get("log") != self._log.value:
                continue
            elif any(_is_taken_back(anchor, number, at) for number, at in restores):
                taken_back += 1
            else:
                yield anchor
        if taken_back:
            self.notes.append(
                f"{taken_back} anchors name seals that were taken back when the database was restored from a backup; "
                "the audit log says when (database.restored)."
            )


def _told(log: LogKind, finding: Finding) -> dict[str, Any]:
    """A finding as it is kept, with the row it speaks of."""
    told = {name: value for name, value in finding._asdict().items() if value is not None}
    if finding.first is not None:
        told |= _row_at(log, finding.first)
    return told


def _row_at(log: LogKind, sequence: int) -> dict[str, Any]:
    """Id and event id of the row that has this place by its seal, as far as they can be told."""
    seal = LogSeal.objects.filter(log=log, first__lte=sequence).order_by("-first").first()
    if seal is None or sequence > seal.last:
        return {}
    held = ids_and_leaves(seal)[sequence - seal.first : sequence - seal.first + 1]
    if not held:
        return {}
    entry = entries_by_id(log, [held[0][0]]).get(held[0][0])
    return {"row": held[0][0]} | ({"event": entry.event_id} if entry is not None else {})


def _restores(log: LogKind) -> list[tuple[int, str]]:
    """Of each recorded restore, the seal the log was at, and when. One that the portal did not sign is none."""
    events = AuditEvent.objects.filter(action=AuditAction.DATABASE_RESTORED).order_by("pk")
    return [
        (event.details["logs"].get(log.value, 0), event.at.astimezone(dt.UTC).isoformat(timespec="microseconds"))
        for event in events
        if _is_signed_restore(event)
    ]


def _is_signed_restore(event: AuditEvent) -> bool:
    told = event.details if isinstance(event.details, dict) else {}
    logs = told.get("logs")
    if not isinstance(logs, dict) or not all(isinstance(number, int) for number in logs.values()):
        return False
    key_id, signature = str(told.get("key_id", "")), str(told.get("signature", ""))
    return signing.is_signed(_restore_statement(logs, event.at), key_id=key_id, signature=signature)


def _restore_statement(logs: dict[str, int], at: dt.datetime) -> bytes:
    moment = at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return canonical({"at": moment, "kind": "restore", "logs": logs})


def _is_taken_back(anchor: dict[str, Any], number: int, at: str) -> bool:
    return isinstance(anchor.get("number"), int) and anchor["number"] > number and str(anchor.get("at")) < at


def _anchor_of(line: bytes) -> dict[str, Any] | None:
    try:
        anchor = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return anchor if isinstance(anchor, dict) else None


def _time_of(text: str) -> dt.datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:
        return None
