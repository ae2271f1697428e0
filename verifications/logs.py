"""Log records leave with a request id and without signed addresses, secrets or tracebacks' values."""

from __future__ import annotations

import logging
import re

from verifications import context

SIGNED_ADDRESS = re.compile(r"(/(?:files|start|return)/)[^\s/\"']+")
QUERY = re.compile(r"(https?://[^\s\"'?]+|/[^\s\"'?]*)\?[^\s\"']+")
LONG_BASE64 = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}")


def clean(text: str) -> str:
    """Take signed addresses, query strings and long base64 (signatures, keys) out of a text."""
    text = SIGNED_ADDRESS.sub(r"\1…", text)
    text = QUERY.sub(r"\1?…", text)
    return LONG_BASE64.sub("…", text)


class CleanRecords(logging.Filter):
    """Adds ``request_id`` and cleans the formatted message; exceptions are shown by type and place, not by value."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = context.current().request_id or "-"
        record.msg = clean(_message(record))
        record.args = ()
        if record.exc_info and record.exc_info[1] is not None:
            record.msg += f" | {_where(record.exc_info[1])}"
            record.exc_info = None
            record.exc_text = None
        return True


def _message(record: logging.LogRecord) -> str:
    """The formatted text; where the arguments don't fit, the constant text alone rather than an error in the caller."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return str(record.msg)


def _where(error: BaseException) -> str:
    """``ValueError at module.py:12 in function`` for the error and each cause: its text may hold personal data."""
    parts = []
    seen: BaseException | None = error
    while seen is not None:
        frames = []
        trace = seen.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        parts.append(f"{type(seen).__name__} at {' > '.join(frames[-6:]) or 'unknown place'}")
        seen = seen.__cause__
    return " caused by ".join(parts)
