"""Everything checked before a user or a link is asked for at Capa; no call is made. Contract: capa-partner 5, 7.

``field`` of a problem is ``country``, ``redirect_uri``, ``kind`` or ``email``, or a file's slot.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from urllib.parse import SplitResult, parse_qsl, urlsplit

from verifications.marking import Filled
from verifications.marking import gettext_noop as _
from verifications.providers.addresses import bare_host, is_loopback
from verifications.providers.link_types import COUNTRIES
from verifications.providers.preflight_users import is_email
from verifications.providers.types import AccountOptions, FileFacts, Problem, SubmissionMetadata

USER_TYPES = {"KYC": "INDIVIDUAL", "KYB": "BUSINESS"}
"""Which customers may be given which kind of link (C2, C3)."""
REDIRECT_LIMIT = 2048
"""Characters; Capa publishes no limit, so this is the portal's own."""

_RULE_COUNTRY = "Capa 5 (C2)"
_RULE_REDIRECT = "Capa 7"
_NEVER = frozenset({
    "javascript", "vbscript", "data", "file", "intent", "blob", "about", "view-source", "filesystem", "content", "ftp",
    "ws", "wss", "mailto", "tel", "sms", "http", "https",
})  # fmt: skip
"""Not an app's own scheme, whatever an allow-list says: run by the browser, or handled by something else."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_CREDENTIALS = frozenset({
    "token", "access_token", "id_token", "refresh_token", "api_key", "apikey", "key", "secret", "password", "signature",
    "sig", "auth", "authorization", "session", "sessionid",
})  # fmt: skip
_PORTS = {"http": 80, "https": 443}


def check_link(
    *,
    kind: str,
    country: str,
    enabled_countries: Collection[str],
    redirect_uri: str,
    own_host: str,
    app_schemes: Collection[str],
) -> list[Problem]:
    """Check one request for a link; an empty list means that it may go.

    ``kind`` is ``KYC`` or ``KYB``, ``own_host`` the portal's host with its port where it has one. An empty
    ``redirect_uri`` is allowed: Capa then may not send the person back.
    """
    found = [] if kind in USER_TYPES else [Problem("kind", _("Choose a KYC or a KYB link."), "Capa 5 (C2, C3)")]
    if country not in COUNTRIES:
        found.append(
            Problem("country", _("Capa offers no verification for this country. Choose another."), _RULE_COUNTRY)
        )
    elif country not in enabled_countries:
        message = _(
            "This country is not enabled for this account. An administrator can add it once Capa has set it up."
        )
        found.append(Problem("country", message, _RULE_COUNTRY))
    message = _redirect_problem(redirect_uri, own_host, app_schemes) if redirect_uri else ""
    return [*found, Problem("redirect_uri", message, _RULE_REDIRECT)] if message else found


def check_link_user(*, kind: str, customer_kind: str, email: str) -> list[Problem]:
    """Check the customer behind a link before the user is created (C1).

    ``kind`` as in ``check_link``, ``customer_kind`` is ``INDIVIDUAL`` or ``BUSINESS``.
    """
    found = []
    if kind not in USER_TYPES or USER_TYPES[kind] != customer_kind:
        message = _("A KYC link is for a person and a KYB link for a business. Choose the one that fits the customer.")
        found.append(Problem("kind", message, "Capa 5 (C2, C3)"))
    if not email.strip():
        message = _("Enter the customer's e-mail address; Capa creates no user without one.")
        found.append(Problem("email", message, "Capa 5 (C1)"))
    elif not is_email(email):
        found.append(Problem("email", _("Enter an e-mail address such as name@example.org."), "Capa 5 (C1)"))
    return found


def preflight_link(
    _method: str,
    _user_id: str,
    _metadata: SubmissionMetadata,
    files: Sequence[FileFacts],
    _options: AccountOptions,
    _now: dt.datetime,
) -> list[Problem]:
    """Refuse files: the customer shows documents at Capa, none goes there from here."""
    message = _("Capa takes no files from the portal. Remove the file; the customer shows it after opening the link.")
    return [Problem(file.slot, message, "Capa 1") for file in files]


def _redirect_problem(redirect_uri: str, own_host: str, app_schemes: Collection[str]) -> str:
    """The address becomes an open redirect if anything but our own goes through, so all doubt is a refusal."""
    if len(redirect_uri) > REDIRECT_LIMIT:
        return Filled(_("Use at most %(most)s characters for the return address."), most=REDIRECT_LIMIT)
    if not redirect_uri.isascii() or not redirect_uri.isprintable() or set(redirect_uri) & set(' \\"<>^`{|}'):
        return _("The return address holds characters that are not allowed in an address.")
    try:
        parts = urlsplit(redirect_uri)
        port = parts.port
    except ValueError:
        return _("The return address cannot be read.")
    if "#" in redirect_uri:
        return _("The return address must have no part after #.")
    if "@" in parts.netloc:
        return _("The return address must hold no sign-in.")
    if any(name.casefold() in _CREDENTIALS for name, _value in parse_qsl(parts.query, keep_blank_values=True)):
        return _("The return address must hold no token, key or password.")
    if parts.scheme in _PORTS:
        return _own_host_problem(parts, port, own_host)
    return _app_problem(redirect_uri, parts.scheme, app_schemes)


def _own_host_problem(parts: SplitResult, port: int | None, own_host: str) -> str:
    own_bare = bare_host(own_host)
    if parts.scheme == "http" and not is_loopback(own_bare):
        return _("The return address must start with https://.")
    try:
        own_port = urlsplit(f"//{own_host}").port
    except ValueError:
        own_port = None
    default = _PORTS[parts.scheme]
    host = (parts.hostname or "").rstrip(".")
    if not host or host != own_bare or (port or default) != (own_port or default):
        return _("The return address must lead to this portal.")
    return ""


def _app_problem(redirect_uri: str, scheme: str, app_schemes: Collection[str]) -> str:
    allowed = {one.casefold().removesuffix("://").removesuffix(":") for one in app_schemes} - _NEVER
    if scheme not in allowed or not _SCHEME.fullmatch(scheme) or not redirect_uri[len(scheme) :].startswith("://"):
        return (
            "The return address must lead to this portal, or to an app whose scheme an administrator has allowed, as "
            "in myapp://return."
        )
    return ""
