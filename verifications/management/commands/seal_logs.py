"""Seals both logs: once, or every second until it is stopped."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from verifications import context
from verifications.services.seals import seal_all

logger = logging.getLogger(__name__)

ACTOR = "system:schedule"


class Command(BaseCommand):
    help = "Seal what was appended to both logs; with --follow every SEAL_SECONDS until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--follow", action="store_true", help="go on until stopped")

    def handle(self, *, follow: bool, **_options: Any) -> None:
        with context.acting(actor=ACTOR, request_id=context.new_request_id()):
            if follow:
                _follow()
                return
            for log, count in seal_all(now=timezone.now()).items():
                self.stdout.write(f"{log.label}: {count} entries sealed.")


def _follow() -> None:
    """A signal ends it between two seals. A database that is away is asked again."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_signal: stop.set())
    while not stop.is_set():
        try:
            seal_all(now=timezone.now())
        except Exception:  # whatever it is, the next second may do better, and the page says that nobody seals
            logger.exception("The logs could not be sealed; trying again.")
        close_old_connections()
        stop.wait(settings.SEAL_SECONDS)
