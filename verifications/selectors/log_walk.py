"""A whole log in sequence: each seal with the rows it names, then the rows that no seal names. Memory stays flat.

Nothing that is read is trusted: seals and rows may have been altered by somebody who had the database in their hands.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db import connection

from verifications.enums import LogKind
from verifications.models import ENTRY_BYTES, LogSeal
from verifications.selectors.log_rows import (
    AT_ONCE,
    TIME,
    Entry,
    entries_after,
    entries_by_id,
    fetch,
    time_from_sqlite,
)

_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
_SEALS_AT_ONCE = 100
_ENTRY = struct.Struct(">q32s")
_COLUMNS = ("number", "first", "count", "sealed_at", "root", "previous", "digest", "key_id", "signature", "entries",
            "lowest_id", "highest_id")  # fmt: skip
_TIME = TIME.format(name="sealed_at")


class StoredSeal(NamedTuple):
    """A seal as it stands in the database. ``ids`` are of the rows it names, ``leaves`` 32 bytes each."""

    header: dict[str, Any]
    digest: str
    signature: str
    ids: list[int]
    leaves: bytes
    is_indexed: bool
    """Whether the columns by which an event's seal is found agree with the rows it names."""


class LogWalk:
    """Call ``sealed`` to its end, then ``rest``."""

    def __init__(self, log: LogKind, *, up_to: int = _HIGHEST) -> None:
        """``up_to``: number of the last seal that is looked at."""
        self._log = log
        self._up_to = up_to
        self._rows = _Rows(log)
        self._unnamed: set[int] = set()
        self.highest_id = 0
        """Of the rows that seals named so far."""
        self.last_number: Any = _LOWEST
        """Of the seals so far."""

    def sealed(
        self, are_as_sealed: Callable[[int, list[StoredSeal]], bool] | None = None
    ) -> Iterator[tuple[StoredSeal, list[Entry] | None]]:
        """By number; the rows in the seal's order, those that are not there left out.

        ``are_as_sealed`` is asked with the id up to which all was read and the seals that are next. Where it says so,
        their rows are not read: nothing stands in their place.
        """
        for seals in self._batches():
            is_known = are_as_sealed is not None and are_as_sealed(self._rows.done, seals)
            rows = self._skipped(seals) if is_known else self._rows_of([row_id for one in seals for row_id in one.ids])
            for seal in seals:
                self.last_number = seal.header["number"]
                yield seal, None if is_known else [rows[row_id] for row_id in seal.ids if row_id in rows]

    def rows_of(self, seal: StoredSeal) -> list[Entry]:
        """Those of one seal, read by their ids."""
        rows = entries_by_id(self._log, seal.ids)
        return [rows[row_id] for row_id in seal.ids if row_id in rows]

    def rest(self) -> Iterator[Entry]:
        """The rows that no seal named, by id."""
        yield from entries_by_id(self._log, [_LOWEST]).values()  # reading goes on above an id, and none is below it
        unnamed = sorted(self._unnamed)
        for at in range(0, len(unnamed), AT_ONCE):
            yield from entries_by_id(self._log, unnamed[at : at + AT_ONCE]).values()
        yield from self._rows.up_to(_HIGHEST)

    def _batches(self) -> Iterator[list[StoredSeal]]:
        batch: list[StoredSeal] = []
        for seal in stored_seals(self._log, up_to=self._up_to):
            batch.append(seal)
            if sum(len(one.ids) for one in batch) >= AT_ONCE:
                yield batch
                batch = []
        if batch:
            yield batch

    def _skipped(self, seals: list[StoredSeal]) -> dict[int, Entry]:
        self.highest_id = max([self.highest_id, *(row_id for seal in seals for row_id in seal.ids[-1:])])
        self._rows.skip(self.highest_id)
        return {}

    def _rows_of(self, ids: list[int]) -> dict[int, Entry]:
        """Reads on to the highest of these ids. What nobody names is remembered by its id: a row that was committed
        late is named by a later seal than its neighbours.
        """
        late = [row_id for row_id in ids if row_id in self._unnamed]
        self._unnamed.difference_update(late)
        rows = entries_by_id(self._log, late)
        named = set(ids)
        self.highest_id = max([self.highest_id, *ids])
        for entry in self._rows.up_to(max(ids, default=_LOWEST)):
            if entry.id in named:
                rows[entry.id] = entry
            else:
                self._unnamed.add(entry.id)
        return rows


class _Rows:
    """The rows by id, each given once."""

    def __init__(self, log: LogKind) -> None:
        self._log = log
        self._after = self._done = _LOWEST
        self._read: list[Entry] = []
        self._at = 0

    @property
    def done(self) -> int:
        """The id up to which every row was given or skipped."""
        return self._done

    def skip(self, last: int) -> None:
        """Give none of the rows up to this one."""
        self._done = max(self._done, last)
        while self._at < len(self._read) and self._read[self._at].id <= last:
            self._at += 1
        if self._at == len(self._read):
            self._after = max(self._after, last)

    def up_to(self, last: int) -> Iterator[Entry]:
        self._done = max(self._done, last)
        while True:
            if self._at == len(self._read):
                self._read, self._at = entries_after(self._log, self._after), 0
                if not self._read:
                    return
                self._after = self._read[-1].id
            entry = self._read[self._at]
            if entry.id > last:
                return
            self._at += 1
            yield entry


def stored_seals(log: LogKind, *, after: Any = _LOWEST, up_to: int = _HIGHEST) -> Iterator[StoredSeal]:
    """By number, a few at a time."""
    on_postgresql = connection.vendor == "postgresql"
    time = _TIME if on_postgresql else "sealed_at || ''"
    columns = [time if name == "sealed_at" else f'"{name}"' for name in _COLUMNS]
    statement = (
        f"SELECT {', '.join(columns)} FROM {LogSeal._meta.db_table} "  # noqa: S608
        "WHERE log = %s AND number > %s AND number <= %s ORDER BY number LIMIT %s"
    )
    while rows := fetch(statement, [log.value, after, up_to, _SEALS_AT_ONCE]):
        for row in rows:
            values = dict(zip(_COLUMNS, row, strict=True))
            if not on_postgresql:
                values["sealed_at"] = time_from_sqlite(values["sealed_at"])
            yield _stored(log, values)
        after = rows[-1][0]


def _stored(log: LogKind, values: dict[str, Any]) -> StoredSeal:
    entries = bytes(values["entries"]) if isinstance(values["entries"], bytes | memoryview) else b""
    held = list(_ENTRY.iter_unpack(entries[: len(entries) // ENTRY_BYTES * ENTRY_BYTES]))
    ids = [row_id for row_id, _leaf in held]
    leaves = b"".join([leaf for _row_id, leaf in held])
    header = {name: values[name] for name in ("count", "first", "key_id", "number", "previous", "root", "sealed_at")}
    return StoredSeal(
        header | {"log": log.value},
        values["digest"],
        values["signature"],
        ids,
        leaves,
        (values["lowest_id"], values["highest_id"]) == (min(ids, default=None), max(ids, default=None))
        and len(entries) % ENTRY_BYTES == 0,
    )
