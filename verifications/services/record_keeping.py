"""What time alone brings about for the records: seals, anchors, checks, exports that wait, files past their time."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from verifications.services.anchors import write_due_anchors
from verifications.services.exports import keep_exports
from verifications.services.log_checks import check_due_logs
from verifications.services.seals import seal_all

logger = logging.getLogger(__name__)

PARTS: dict[str, Callable[..., object]] = {
    "seals": seal_all,
    "anchors": write_due_anchors,
    "checks": check_due_logs,
    "exports": keep_exports,
}


def keep_records(*, now: dt.datetime) -> None:
    """Everything that is due, once; safe to run anywhere at any time. What fails is logged and keeps nothing else."""
    for name, part in PARTS.items():
        try:
            part(now=now)
        except Exception:
            logger.exception("Records: %s failed.", name)
