"""A look at what the portal writes to its log."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


@contextmanager
def captured_log() -> Iterator[io.StringIO]:
    """What the portal's own handlers write, through their own filters, down to DEBUG."""
    written = io.StringIO()
    handlers = {
        handler
        for name in ("", *settings.LOGGING["loggers"])
        for handler in logging.getLogger(name).handlers
        if type(handler) is logging.StreamHandler
    }
    assert handlers
    levels = {name: logging.getLogger(name).level for name in ("", "django", "verifications")}
    before = [(handler, handler.setStream(written)) for handler in handlers]
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield written
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        for handler, stream in before:
            handler.setStream(stream)
