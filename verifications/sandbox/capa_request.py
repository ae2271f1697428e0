"""Reading what a caller of the Capa stand-in sent; every flaw is the row ``invalid_user_input``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from .api import Call
from .capa_errors import refusal
from .checks import Check, is_plain_unicode, parse_json_object, problems_of


def checked_body(call: Call, check: Check) -> dict[str, Any]:
    """The JSON object of the body if it passes ``check``; the content type must say JSON."""
    call.body.file.seek(0)
    is_json = call.request.mimetype == "application/json"
    document = parse_json_object(call.body.file.read()) if is_json else None
    if document is None or not is_plain_unicode(document):
        raise refusal("invalid_user_input", "body: must be one JSON object")
    if problems := problems_of(check, document):
        raise refusal("invalid_user_input", *problems)
    return document


def query(call: Call, *required: str, optional: Sequence[str] = ()) -> dict[str, str]:
    """The query's parameters: ``required`` ones present and not empty, each once, others refused."""
    given = call.request.args.to_dict(flat=False)
    problems = [f"{name}: is required" for name in required if not "".join(given.get(name, []))]
    if any(name not in (*required, *optional) or len(values) > 1 for name, values in given.items()):
        problems.append("query: holds an unknown parameter, or one twice")
    if problems:
        raise refusal("invalid_user_input", *problems)
    return {name: values[0] for name, values in given.items()}


def number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise refusal("invalid_user_input", "skip or limit: must be a number")
    return int(text)


def plain_time(seconds: float) -> str:
    """As in the examples of C6: no T and no zone."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
