"""What sealing, anchors and checks do, for the table in ``test_every_write_is_audited``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.factories import ACTOR, NOON
from tests.services.seal_support import append
from verifications.enums import LogKind
from verifications.services import log_checks
from verifications.services.seals import seal_log

Act = Callable[[], Any]

READS = {
    "anchors.anchor_files", "anchors.anchor_line", "anchors.anchor_lines", "log_exports.verifier_source",
    "log_checks.anchors_ahead", "log_checks.signed_restore", "log_exports.write_log",
}  # fmt: skip
BOOKKEEPING = {"seals.seal_all", "seals.seal_log", "anchors.write_due_anchors", "record_keeping.keep_records"}
"""Seals and anchors are about the events: an event for each would never end. One that fails is an event."""


def _sealed_log() -> None:
    append(LogKind.AUDIT, 2)
    seal_log(log=LogKind.AUDIT, now=NOON)


def _check() -> Act:
    _sealed_log()
    return lambda: log_checks.check_log(log=LogKind.AUDIT, actor=ACTOR, at=NOON)


def _due() -> Act:
    _sealed_log()
    return lambda: log_checks.check_due_logs(now=NOON)


WRITES: dict[str, Callable[[], Act]] = {"log_checks.check_log": _check, "log_checks.check_due_logs": _due}
