"""What is in an export: records as CSV, JSON lines or Excel, or a whole log with its seals."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from verifications.enums import ExportFormat, ExportKind, LogKind
from verifications.exporting.files import HashedFile
from verifications.exporting.kinds import WORDS
from verifications.exporting.writers import CsvWriter, ExcelWriter, JsonLinesWriter, Writer
from verifications.models import Export
from verifications.selectors.export_columns import Column, chosen_columns, records_for
from verifications.selectors.exports.reading import extent_of, in_range, key_ranges, lines_of, snapshot, values_of
from verifications.selectors.presence import people_at_work
from verifications.services.evidence_packs import Made
from verifications.services.export_sensitive import opened_rows
from verifications.services.log_exports import write_log

Progress = Callable[[int], None]
LOOK_AFTER = 2.0
"""Seconds between two looks at whether people are at work."""


def make_records(export: Export, path: Path, progress: Progress) -> Made:
    """Write the records to ``path``; ``progress`` gets the rows so far.

    Without personal data all of it is read from one snapshot; with it, some records at a time, each batch with its
    access events. Days are those of the installation's zone, and its words those of its language.
    """
    with translation.override(settings.LANGUAGE_CODE), timezone.override(timezone.get_default_timezone()):
        columns = chosen_columns(export.kind, export.columns, with_sensitive=export.with_sensitive)
        if export.format == ExportFormat.XLSX:
            return Made(_write_workbook(export, columns, path, progress), {})
        with HashedFile(path) as file:
            rows = _write_lines(export, columns, file, progress)
        return Made(rows, {"sha256": file.sha256})


def make_log(export: Export, path: Path, progress: Progress) -> Made:
    """The whole log as a ZIP that anybody can verify."""
    log = LogKind.AUDIT if export.kind == ExportKind.AUDIT else LogKind.ACCESS
    contents = write_log(log=log, path=path, progress=progress)
    return Made(contents["entries"], {})


class Pace:
    """Half speed while people are at work, full speed otherwise: a pause as long as the work before it."""

    def __init__(self) -> None:
        self._looked = float("-inf")
        self._is_busy = False

    def rest(self, worked: float) -> None:
        if time.monotonic() - self._looked >= LOOK_AFTER:
            self._is_busy = people_at_work(now=timezone.now())
            self._looked = time.monotonic()
        if self._is_busy:
            time.sleep(worked)


def _write_lines(export: Export, columns: list[Column], file: HashedFile, progress: Progress) -> int:
    shape = [(column.name, column.kind) for column in columns]
    as_json = export.format == ExportFormat.JSONL
    writer: Writer = JsonLinesWriter(file.write, shape) if as_json else CsvWriter(file.write, shape)
    writer.begin()
    if export.with_sensitive:
        return _write_all(writer, _opened(export, columns), progress)
    records, rows, pace = _records(export), 0, Pace()
    with snapshot() as reading:
        extent = extent_of(records, reading)
        _expect(export, extent.count)
        ranges, found = key_ranges(extent), None
        while (keys := _next(ranges, found)) is not None:
            began = time.monotonic()
            found = lines_of(in_range(records, *keys), columns, reading, file.write, as_json=as_json)
            rows += found
            progress(rows)
            pace.rest(time.monotonic() - began)
    return rows


def _write_workbook(export: Export, columns: list[Column], path: Path, progress: Progress) -> int:
    described = [(_("Column"), _("Holds"), _("Meaning"))]
    described += [(column.name, _(WORDS[column.kind]), str(column.description)) for column in columns]
    shape = [(column.name, column.kind) for column in columns]
    writer = ExcelWriter(path, shape, title=export.kind.title(), described=described)
    try:
        writer.begin()
        rows = _opened(export, columns) if export.with_sensitive else _values(export, columns)
        return _write_all(writer, rows, progress)
    except BaseException:
        writer.abandon()
        raise


def _write_all(writer: Writer, batches: Iterator[Any], progress: Progress) -> int:
    rows, pace = 0, Pace()
    began = time.monotonic()
    for batch in batches:
        writer.rows(batch)
        rows += len(batch)
        progress(rows)
        pace.rest(time.monotonic() - began)
        began = time.monotonic()
    writer.finish()
    return rows


def _values(export: Export, columns: list[Column]) -> Iterator[Any]:
    records = _records(export)
    with snapshot() as reading:
        extent = extent_of(records, reading)
        _expect(export, extent.count)
        ranges, found = key_ranges(extent), None
        while (keys := _next(ranges, found)) is not None:
            found = 0
            for batch in values_of(in_range(records, *keys), columns, reading):
                found += len(batch)
                yield batch


def _opened(export: Export, columns: list[Column]) -> Iterator[Any]:
    records = _records(export)
    _expect(export, records.count())
    return opened_rows(export, records, columns)


def _records(export: Export) -> Any:
    return records_for(export.kind, export.filters, user_id=export.requested_by_id, now=export.requested_at)


def _expect(export: Export, rows: int) -> None:
    Export.objects.filter(pk=export.pk, claim_token=export.claim_token).update(rows_expected=rows)


def _next(ranges: Any, found: int | None) -> tuple[int, int] | None:
    try:
        keys: tuple[int, int] = ranges.send(found)
    except StopIteration:
        return None
    return keys
