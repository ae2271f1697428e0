"""Why no connection came about or no answer came back, in plain words; the error itself would carry the address."""

from __future__ import annotations

import ssl

import urllib3


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what it wraps: requests and urllib3 nest three deep, by ``reason``, ``args`` or ``__cause__``."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 20:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [getattr(one, "reason", None), one.__cause__, one.__context__, *one.args]
    return found


def is_timeout(error: Exception) -> bool:
    """Say whether an error is a time that ran out, however deep it is wrapped."""
    # urllib3 files every failed connection under its timeouts, refused ones too.
    return any(
        isinstance(e, TimeoutError | urllib3.exceptions.TimeoutError)
        and not isinstance(e, urllib3.exceptions.NewConnectionError)
        for e in _causes(error)
    )


def connect_failure(error: Exception) -> str:
    """Give what to write of a connection that did not come about."""
    causes = _causes(error)
    if any(isinstance(e, urllib3.exceptions.NameResolutionError) for e in causes):
        return "its host name is not known here"
    if any(isinstance(e, ssl.SSLCertVerificationError) for e in causes):
        return "its certificate is not trusted; an administrator should look at the base address"
    if any(isinstance(e, ssl.SSLError) for e in causes):
        return "no secure connection came about; an administrator should look at the base address"
    if is_timeout(error):
        return "no connection in time"
    return "the connection was refused"
