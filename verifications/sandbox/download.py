"""Fetching the files of the URL methods, as the provider would: allow-listed hosts, few redirects, bounded size.

Contracts: payward-services 4.3, kraken-embed 5. One looseness of the stand-in: plain http is accepted for a loopback
host that is on the list, so that a portal on the same machine can serve files without a certificate.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Collection, Iterator
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from .config import SandboxConfig
from .errors import FileProblem
from .files import FileFact, check_filename, examine

URL_MAX = 4096
MAX_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
CHUNK_BYTES = 256 * 1024
TOTAL_SECONDS = 300
DEFAULT_PORTS = {"https": 443, "http": 80}


def fetch(*, member: str, url: str, accepted: Collection[str], config: SandboxConfig) -> FileFact:
    """Download ``url`` and return its facts, or raise FileProblem naming ``member`` and never the address."""
    parts = check_url(member, url, config.allow_hosts)
    filename = unquote(parts.path.rpartition("/")[2], errors="replace")
    check_filename(member, filename)
    timeout = urllib3.Timeout(connect=config.download_seconds, read=config.download_seconds)
    with urllib3.PoolManager(timeout=timeout, retries=False) as pool:
        response = _open(pool, member=member, url=url, allow_hosts=config.allow_hosts)
        try:
            announced = response.headers.get("Content-Length", "")
            if announced.isascii() and announced.isdigit() and int(announced) > config.file_limit:
                raise FileProblem(member, "the file is too large", too_large=True)
            return examine(
                member=member,
                filename=filename,
                chunks=_chunks(response, member),
                limit=config.file_limit,
                accepted=accepted,
            )
        except (HTTPError, OSError) as error:
            raise FileProblem(member, "the download broke off") from error
        finally:
            response.close()


def check_url(member: str, url: str, allow_hosts: Collection[str]) -> SplitResult:
    """Return the parts of an acceptable address, or raise FileProblem."""
    if not 1 <= len(url) <= URL_MAX:
        raise FileProblem(member, "the address must have 1-4096 characters")
    if not url.isascii() or any(ord(character) <= 32 or ord(character) == 127 for character in url):
        raise FileProblem(member, "the address is not percent-encoded")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FileProblem(member, "the address cannot be read") from error
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise FileProblem(member, "the address must be https")
    if parts.username is not None or parts.password is not None:
        raise FileProblem(member, "the address must not carry credentials")
    default = DEFAULT_PORTS[parts.scheme]
    if not any(_same_host(entry, parts.hostname, port or default, default) for entry in allow_hosts):
        raise FileProblem(member, "the host is not on the allowlist")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise FileProblem(member, "the address must be https")
    return parts


def is_loopback(host: str) -> bool:
    """Whether the name or address means this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _same_host(entry: str, host: str, port: int, default: int) -> bool:
    listed = urlsplit(f"//{entry}")
    return listed.hostname == host.lower() and (listed.port or default) == port


def _open(
    pool: urllib3.PoolManager, *, member: str, url: str, allow_hosts: Collection[str]
) -> urllib3.BaseHTTPResponse:
    for _hop in range(MAX_REDIRECTS + 1):
        try:
            response = pool.request("GET", url, redirect=False, preload_content=False)
        except (HTTPError, OSError) as error:
            raise FileProblem(member, "the host did not answer") from error
        if response.status == 200:
            return response
        location = response.headers.get("Location", "")
        response.close()
        if response.status not in REDIRECTS or not location:
            raise FileProblem(member, f"the host answered {response.status}")
        url = urljoin(url, location)
        check_url(member, url, allow_hosts)
    raise FileProblem(member, "more than three redirects")


def _chunks(response: urllib3.BaseHTTPResponse, member: str) -> Iterator[bytes]:
    end = time.monotonic() + TOTAL_SECONDS
    for chunk in response.stream(CHUNK_BYTES, decode_content=False):
        if time.monotonic() > end:
            raise FileProblem(member, "the download took too long")
        yield chunk
