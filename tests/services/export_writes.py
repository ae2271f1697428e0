"""What the services of exports do, for the table in ``test_every_write_is_audited``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.factories import NOON, make_customer
from tests.services.export_support import asked, auditor, claimed, failed, made
from verifications.services import export_downloads, export_making, exports

Act = Callable[[], Any]

READS = {
    "export_downloads.content_type", "export_downloads.file_name", "export_downloads.proof_of",
    "export_making.manifest_of", "exports.asked_for", "exports.due_exports", "exports.folder_of", "exports.formats_of",
    "exports.kept_until", "exports.may_export", "exports.may_see", "exports.permissions_for", "exports.may_have",
    "sealed_values.open_cells",
}  # fmt: skip
LOGS = {"audit.record_many_accesses", "export_making.sweep_work_folders"}
"""The second takes away files that no row knows of."""
LEDGER = {"doorbell.ring_exports"}
WITH_ITS_CALLER = {
    "export_records.make_log", "export_records.make_records", "export_sensitive.opened_rows", "exports.end",
    "exports.forget_files",
}  # fmt: skip
"""Makers write looks and how far they are; whoever makes the export writes that it began and how it ended."""


def _cancelled() -> Act:
    person = auditor()
    export = asked(person)
    return partial(exports.cancel_export, export_id=export.pk, actor=f"user:{person.pk}", at=NOON)


def _retried() -> Act:
    person = auditor()
    export = failed(person)
    return partial(exports.retry_export, export_id=export.pk, actor=f"user:{person.pk}", at=NOON)


def _late() -> dt.datetime:
    export = made()
    assert export.expires_at is not None
    return export.expires_at


def _expired(remove: Callable[..., Any]) -> Act:
    return partial(remove, now=_late())


def _queued(work: Callable[..., Any]) -> Act:
    make_customer()
    asked()
    return partial(work, now=NOON)


WRITES: dict[str, Callable[[], Act]] = {
    "export_making.claim_export": lambda: partial(export_making.claim_export, export_id=asked().pk, now=NOON),
    "export_making.claim_next": lambda: _queued(export_making.claim_next),
    "export_making.make_claimed": lambda: partial(export_making.make_claimed, export=claimed()),
    "export_making.make_due_exports": lambda: _queued(export_making.make_due_exports),
    "exports.cancel_export": _cancelled,
    "exports.keep_exports": lambda: _expired(exports.keep_exports),
    "exports.remove_expired": lambda: _expired(exports.remove_expired),
    "exports.request_export": lambda: asked,
    "exports.retry_export": _retried,
}
SWALLOW_FAULTS = ("export_making.make_claimed",)
"""It ends what it can't make as failed, which would leave its event as well."""


def _fetched(open_: Callable[..., Any]) -> Act:
    person = auditor()
    export = made(person)

    def act() -> None:
        opened, _export = open_(export_id=export.pk, person=person, at=NOON)
        if hasattr(opened, "close"):
            opened.close()

    return act


LOOKS: dict[str, Callable[[], Act]] = {
    "export_downloads.open_download": lambda: _fetched(export_downloads.open_download),
    "export_downloads.open_manifest": lambda: _fetched(export_downloads.open_manifest),
}
