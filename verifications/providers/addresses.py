"""Presigned addresses of files: what the contracts allow, and how they go into a request without being kept.

Contract: payward-services 4.3; kraken-embed 5 leaves most open and follows the same rules.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence
from urllib.parse import unquote, urlsplit

from verifications.providers.errors import ProviderRefused
from verifications.providers.types import AccountOptions, FileAddress, JsonObject, Problem

URL_LIMIT = 4096


def check_address(*, slot: str, scheme: str, host: str, options: AccountOptions, rule: str) -> Problem | None:
    """Check scheme and host against the allow-list; plain http only on this machine, and only in a sandbox."""
    bare = bare_host(host)
    if scheme.lower() != "https" and not (scheme.lower() == "http" and options.is_sandbox and is_loopback(bare)):
        return Problem(slot, "The document's address must start with https://.", rule)
    if bare not in {bare_host(allowed) for allowed in options.allowed_document_hosts}:
        return Problem(
            slot,
            "The host that serves the documents is not on this account's list of allowed hosts. An administrator adds "
            "it after the provider's account manager has.",
            rule,
        )
    return None


def address_members(
    addresses: Sequence[FileAddress], *, slots: Collection[str], options: AccountOptions, rule: str
) -> tuple[JsonObject, JsonObject]:
    """Give the ``…_url`` members of a request, and the same with ``{{slot}}`` marks for the journal.

    Raises ``ProviderRefused`` for an address the contract does not allow; its text names the slot, never the address.
    """
    real: JsonObject = {}
    marks: JsonObject = {}
    for address in addresses:
        problem = _problem_of(address, slots=slots, seen=real, options=options, rule=rule)
        if problem is not None:
            raise ProviderRefused(
                f"{problem.message} (“{address.slot}”). Nothing was sent.", code="bad_document_address"
            )
        real[f"{address.slot}_url"] = address.url
        marks[f"{address.slot}_url"] = f"{{{{{address.slot}}}}}"
    return real, marks


def bare_host(host: str) -> str:
    """Give a host in lower case without port or brackets."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _problem_of(
    address: FileAddress, *, slots: Collection[str], seen: JsonObject, options: AccountOptions, rule: str
) -> Problem | None:
    if address.slot not in slots or f"{address.slot}_url" in seen:
        return Problem(address.slot, "This file has no place in the chosen kind of verification", rule)
    url = address.url
    if not 1 <= len(url) <= URL_LIMIT:
        return Problem(address.slot, f"The document's address must have 1 to {URL_LIMIT} characters", rule)
    if not url.isascii() or not url.isprintable() or " " in url:
        return Problem(address.slot, "The document's address holds characters that are not allowed", rule)
    try:
        parts = urlsplit(url)
        host, user = parts.hostname or "", parts.username
    except ValueError:
        host, user, parts = "", None, urlsplit("")
    name = unquote(parts.path.rsplit("/", 1)[-1])
    if not host or user is not None or "." not in name.strip("."):
        message = "The document's address must have a host, no sign-in, and end in a file name with ending"
        return Problem(address.slot, message, rule)
    return check_address(
        slot=address.slot, scheme=parts.scheme, host=f"[{host}]" if ":" in host else host, options=options, rule=rule
    )
