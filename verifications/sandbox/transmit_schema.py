"""What Transmit Security accepts in bodies. Contract: transmit-verify 4 (E1, E5)."""

from __future__ import annotations

import math
import re
from typing import Any
from urllib.parse import urlsplit

from .checks import Check, anything, array, nullable, one_of, record, text
from .transmit_feedback import IMAGE_TYPES

RECOMMENDATIONS = ("ALLOW", "CHALLENGE", "DENY")
ONE_WORD = re.compile(r"\S+")
PERIOD = re.compile(r"[1-9][0-9]{0,5}[smhd]", re.ASCII)
DURATION = re.compile(r"(?=.)(?:([0-9]{1,3})h)?(?:([0-9]{1,5})m(?!s))?(?:([0-9]{1,6})s)?(?:([0-9]{1,7})ms)?", re.ASCII)
CONTENT_MAX = 64 * 1024 * 1024


def boolean(value: Any, path: str, problems: list[str]) -> None:
    if not isinstance(value, bool):
        problems.append(f"{path}: must be a boolean")


def number(value: Any, path: str, problems: list[str]) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value in (math.inf, -math.inf):
        problems.append(f"{path}: must be a number")


def web_address(value: Any, path: str, problems: list[str]) -> None:
    """An absolute http or https address."""
    try:
        parts = urlsplit(value) if isinstance(value, str) and len(value) <= 4096 else None
        good = parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        good = False
    if not good or any(ord(character) <= 32 for character in value):
        problems.append(f"{path}: must be an absolute address")


def seconds_of(duration: str) -> float | None:
    """``1m30s`` as 90.0; None for another form."""
    match = DURATION.fullmatch(duration)
    if match is None:
        return None
    hours, minutes, seconds, milliseconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000


def duration(value: Any, path: str, problems: list[str]) -> None:
    if not isinstance(value, str) or seconds_of(value) is None:
        problems.append(f"{path}: must be a duration such as 1m30s")


def _texts(*names: str, **others: Check) -> Check:
    return record({}, {**dict.fromkeys(names, text(0)), **others})


_person = _texts("given_name", "surname", "gender", "full_name", "date_of_birth", age=number, address=anything)
_document = _texts(
    "type",
    "country",
    "region",
    "issue_date",
    "document_serial_number",
    "id_value",
    "given_name",
    "surname",
    "full_name",
    "date_of_birth",
    "valid_until",
)
_mock = record(
    {},
    {
        "recommendation": one_of(RECOMMENDATIONS),
        "mock_recommendation": one_of(RECOMMENDATIONS),
        "processing_time": duration,
        "force_retry": boolean,
        "info": record({}, {"person_details": _person, "document_details": _document}),
    },
)
CREATE_SESSION = record(
    {},
    {
        "callback_url": web_address,
        "state": text(),
        "start": record({}, {"consent": record({"granted": boolean, "document_id": text()})}),
        "customer_information": record(
            {},
            {"organization_name": text(0), "organization_id": text(0), "external_user_id": text(pattern=ONE_WORD)},
        ),
        "mock_behavior": nullable(_mock),
        "time_to_live": text(pattern=PERIOD),
        "auto_start": boolean,
    },
)

_camera = _texts("label")


ADD_IMAGE = record(
    {
        "image": record(
            {"format": one_of(("jpg",)), "image_type": one_of(IMAGE_TYPES), "content": text(1, CONTENT_MAX)},
            {
                "capture_margins": record(dict.fromkeys(("top", "bottom", "left", "right"), number)),
                "image_id": text(),
            },
        )
    },
    {
        "device_info": _texts(
            "model",
            "type",
            "manufacturer",
            "os",
            "os_version",
            "browser",
            "browser_version",
            used_camera=_camera,
            cameras=array(_camera),
        )
    },
)
