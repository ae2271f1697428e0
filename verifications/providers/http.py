"""The transport of one provider account: one request, one connection, one answer, or an error saying how far it came.

It uses the adapter of ``requests`` without its ``Session``: a session follows or peeks into redirects (reading their
bodies whole), keeps cookies and asks the environment for proxies and passwords. No request is ever repeated here, and
no connection is used twice: a pooled connection that the provider closed meanwhile would turn a submission that never
left into one whose outcome is unknown.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import functools
import http.client
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import certifi
import requests
import urllib3
from requests.adapters import HTTPAdapter

from verifications.providers.errors import OutcomeUnknown, ProviderProtocolError, ProviderUnavailable
from verifications.providers.http_connection import Exchange, one_connection
from verifications.providers.http_failures import connect_failure, is_timeout

ANSWER_LIMIT = 1024 * 1024
"""Bytes of an answer that are read and kept. The answers of the contracts have a few hundred."""
RETRY_AFTER_LIMIT = 3600.0
"""Seconds; a provider that asks for more is asked again after an hour."""
BLOCK_SIZE = 256 * 1024
_READ_SIZE = 64 * 1024
_TRACE_HEADERS = ("x-trace-id", "x-request-id", "x-correlation-id")


@dataclass(frozen=True)
class Timeouts:
    """Seconds. ``connect`` covers one address and the TLS handshake, the stall limits one read or write,
    the totals a whole call from the first byte sent to the last byte read."""

    connect: float = 3.05
    small_stall: float = 15.0
    small_total: float = 30.0
    submission_stall: float = 180.0
    """The provider may download and check files inside the request (payward-services 4.3)."""
    submission_total: float = 900.0


@dataclass(frozen=True)
class OutgoingRequest:
    """A request with its final bytes. ``target`` is what was signed and goes on the request line unchanged."""

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: Iterable[bytes] | None = field(repr=False, default=None)
    body_size: int = 0
    is_submission: bool = False
    answer_limit: int = ANSWER_LIMIT


@dataclass(frozen=True)
class Wording:
    """How a provider's messages end: what is kept here, and what follows when an answer was lost."""

    kept: str = "the submission is kept"
    after_loss: str = (
        "so it may or may not have been taken in. "
        "Nothing is sent again until the provider has been asked or a person has decided."
    )


@dataclass(frozen=True)
class RawAnswer:
    """A status line and as much of the body as came. ``flaw`` is empty, ``cut`` (lost on the way) or ``too_large``."""

    status: int
    content_type: str
    trace_id: str
    retry_after: float | None
    body: bytes = field(repr=False)
    flaw: str
    duration_ms: int


class _OneShotAdapter(HTTPAdapter):
    """Sends each request over a connection of its own, with our own certificate checks and limits."""

    def __init__(self, exchange: Exchange, ssl_context: ssl.SSLContext) -> None:
        super().__init__(max_retries=0)
        self._exchange = exchange
        self._ssl_context = ssl_context

    def init_poolmanager(self, *_args: object, **_kwargs: object) -> None:
        """No pool of connections is kept."""

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: object,  # noqa: ARG002
        proxies: object = None,  # noqa: ARG002
        cert: object = None,  # noqa: ARG002
    ) -> urllib3.HTTPConnectionPool:
        parts = urlsplit(request.url or "")
        self._pool = one_connection(
            scheme=str(parts.scheme),
            host=str(parts.hostname),
            port=parts.port,
            exchange=self._exchange,
            ssl_context=self._ssl_context,
            block_size=BLOCK_SIZE,
        )
        return self._pool

    def cert_verify(self, conn: object, url: object, verify: object, cert: object) -> None:
        """The SSL context of the pool verifies; requests would load its certificate file for every call."""

    def close(self) -> None:
        if pool := getattr(self, "_pool", None):
            pool.close()


class Transport:
    """Sends requests to one base address. Thread-safe: nothing is shared between two calls but settings."""

    def __init__(
        self,
        base_url: str,
        *,
        provider: str,
        timeouts: Timeouts | None = None,
        ssl_context: ssl.SSLContext | None = None,
        wording: Wording | None = None,
    ) -> None:
        self.wording = wording or Wording()
        self._base_url = base_url.rstrip("/")
        self._provider = provider
        self._timeouts = timeouts or Timeouts()
        self._ssl_context = ssl_context

    def send(self, request: OutgoingRequest, *, on_sent: Callable[[], None] | None = None) -> RawAnswer:
        """Send once and give what came back, whatever its status; ``on_sent`` is told when the last byte has left.

        Raises ``ProviderProtocolError`` when the request cannot even be written (address, header), and
        ``ProviderUnavailable`` when no byte left, ``OutcomeUnknown`` when bytes left and no status came back.
        """
        prepared = self._prepare(request)
        times = self._timeouts
        stall, total = (
            (times.submission_stall, times.submission_total)
            if request.is_submission
            else (times.small_stall, times.small_total)
        )
        exchange = Exchange(stall_seconds=stall, total_seconds=total, on_sent=on_sent)
        adapter = _OneShotAdapter(exchange, self._ssl_context or default_ssl_context())
        started_at = time.monotonic()
        try:
            response = adapter.send(prepared, stream=True, timeout=(times.connect, stall), proxies={})
            body, flaw = _read_capped(response, request.answer_limit)
        except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
            raise self._no_answer(error, exchange) from None  # the cause would carry the address and, with it, the user
        except ValueError as error:  # a header or address that http.client will not write
            if exchange.started:
                raise self._no_answer(error, exchange) from None
            raise self._unusable("A header or the address holds characters that HTTP does not allow.") from None
        finally:
            adapter.close()
        return RawAnswer(
            status=response.status_code,
            content_type=response.headers.get("Content-Type", "")[:100],
            trace_id=_trace_id(response.headers),
            retry_after=parse_retry_after(response.headers.get("Retry-After", ""), now=time.time()),
            body=body,
            flaw=flaw,
            duration_ms=round((time.monotonic() - started_at) * 1000),
        )

    def _prepare(self, request: OutgoingRequest) -> requests.PreparedRequest:
        try:
            parts = urlsplit(self._base_url)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable or parts.path or parts.query or parts.fragment or parts.username is not None:
            raise self._unusable("The base address must be https:// and a host, without path, query or sign-in.")
        prepared = requests.PreparedRequest()
        try:
            prepared.prepare(method=request.method, url=self._base_url, headers=dict(request.headers))
        except (requests.RequestException, ValueError):
            raise self._unusable("A header or the address holds characters that HTTP does not allow.") from None
        # The signature covers the target, so it must reach the wire as signed: prepare() would re-quote it.
        prepared.url = self._base_url + request.target
        prepared.headers.setdefault("User-Agent", "compliance-portal")
        prepared.headers["Accept-Encoding"] = "identity"
        if request.body is not None:
            prepared.body = request.body  # type: ignore[assignment]
            prepared.headers["Content-Length"] = str(request.body_size)
        return prepared

    def _unusable(self, what: str) -> ProviderProtocolError:
        return ProviderProtocolError(
            f"{what} Nothing was sent to {self._provider}. An administrator should correct the provider account.",
            code="bad_account",
        )

    def _no_answer(self, error: Exception, exchange: Exchange) -> ProviderUnavailable | OutcomeUnknown:
        if not exchange.started:
            return ProviderUnavailable(
                f"{self._provider} could not be reached ({connect_failure(error)}). Nothing was sent, "
                f"and {self.wording.kept}. It is tried again by itself.",
                code="not_reached",
            )
        timed_out = is_timeout(error)
        what = "did not answer in time" if timed_out else "closed the connection without an answer"
        return OutcomeUnknown(
            f"{self._provider} {what} after the request had left, {self.wording.after_loss}",
            code="timeout" if timed_out else "connection_lost",
        )


@functools.cache
def default_ssl_context() -> ssl.SSLContext:
    """Certificates of certifi, host names checked, TLS 1.2 at least; loaded once, for it takes tens of milliseconds."""
    return ssl.create_default_context(cafile=certifi.where())


def parse_retry_after(text: str, *, now: float) -> float | None:
    """Read seconds or an HTTP date; ``None`` for anything else, 0 for the past, ``RETRY_AFTER_LIMIT`` at most."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), RETRY_AFTER_LIMIT)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return min(max(moment.timestamp() - now, 0.0), RETRY_AFTER_LIMIT)


def _read_capped(response: requests.Response, limit: int) -> tuple[bytes, str]:
    """Read up to ``limit`` bytes; a body that breaks off is kept as far as it came and marked."""
    pieces: list[bytes] = []
    size = 0
    try:
        while size <= limit:
            piece = response.raw.read1(_READ_SIZE, decode_content=True)
            if not piece:
                return b"".join(pieces), ""
            pieces.append(piece)
            size += len(piece)
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError):
        return b"".join(pieces)[:limit], "cut"
    finally:
        response.close()
    return b"".join(pieces)[:limit], "too_large"


def _trace_id(headers: Mapping[str, str]) -> str:
    """Give the first id by which the provider can find this call again, if it is one that may be shown."""
    texts = (headers.get(name, "") for name in _TRACE_HEADERS)
    return next((t for t in texts if t.isascii() and t.replace("-", "").isalnum() and len(t) <= 64), "")
