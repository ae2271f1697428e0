"""What Capa's requests may hold. Contract: capa-partner 5."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from .checks import nullable, one_of, record, text
from .download import check_url, is_loopback
from .errors import FileProblem

COUNTRIES = tuple(
    """
    MX DO US AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO CH GB MC SM AD VA
    """.split()  # noqa: SIM905 - reads better than 39 literals
)
KYC_NOT_CONFIGURED = ("SM", "AD", "VA")
KYB_NOT_CONFIGURED = (*KYC_NOT_CONFIGURED, "MC", "LI")
USER_TYPES = ("INDIVIDUAL", "BUSINESS")
NOTIFICATION_STATUSES = ("PENDING", "SENT", "FAILED", "NOT_SENT")
URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://[!-~]+", re.ASCII)
# A browser would run or open these rather than hand them to an app.
NO_APP_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "ftp", "ws", "wss"})


def redirect_uri(value: Any, path: str, problems: list[str]) -> None:
    """https or a custom app scheme; http for this machine only, which is a looseness of the stand-in."""
    match = URI.fullmatch(value) if isinstance(value, str) and len(value) <= 4096 else None
    if match is None or not _leads_back(value, match[1].lower()):
        problems.append(f"{path}: must be an https address or a custom app scheme")


def _leads_back(uri: str, scheme: str) -> bool:
    try:
        host = urlsplit(uri).hostname
    except ValueError:
        return False
    if scheme == "https":
        return bool(host)
    if scheme == "http":
        return is_loopback(host or "")
    return scheme not in NO_APP_SCHEMES


def webhook_problem(url: str, allow_hosts: Collection[str]) -> str | None:
    """Why an address cannot be set for webhooks: https may lead anywhere, http only to this machine if listed."""
    try:
        check_url("url", url, allow_hosts)
    except FileProblem as problem:
        match = URI.fullmatch(url) if len(url) <= 4096 else None
        if match is None or match[1].lower() != "https" or not _leads_back(url, "https"):
            return f"url: {problem.reason}"
    return None


CREATE_USER = record(
    {"type": one_of(USER_TYPES), "email": text(1, 1024)}, {"externalUserId": text(1, 1024), "alias": text(0, 1024)}
)
CREATE_LINK = record({"country": one_of(COUNTRIES)}, {"partnerRedirectUri": redirect_uri})
SET_WEBHOOK = record({"url": nullable(text(1, 4096))})
