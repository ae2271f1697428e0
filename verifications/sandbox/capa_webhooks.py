"""Sending Capa's webhooks: signed, tried again, one thread for all. Contract: capa-partner 6."""

from __future__ import annotations

import hmac
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import urllib3
from urllib3.exceptions import HTTPError

from .api import Sandbox
from .capa_keys import CapaKey
from .capa_outbox import Notification, Outbox
from .download import check_url
from .errors import FileProblem
from .store import now_seconds

logger = logging.getLogger("sandbox")
SIGNATURE_HEADER = "capa-signature"
TIMEOUT_SECONDS = 5.0
ANSWER_BYTES = 4096
LONGEST_SLEEP_SECONDS = 30.0


@dataclass(frozen=True)
class Delivery:
    """What became of one try: the status, None without one, and what to say of a failure."""

    status: int | None
    problem: str | None


def sign(secret: str, payload: str) -> str:
    """Lower-case hex HMAC-SHA256 over the bytes."""
    return hmac.digest(secret.encode(), payload.encode(), "sha256").hex()


def post(sandbox: Sandbox, url: str, payload: str, *, signature: str | None) -> Delivery:
    """Send one webhook. Only hosts on the list are called, https or this machine, and no redirect is followed."""
    headers = {"Content-Type": "application/json"} | ({SIGNATURE_HEADER: signature} if signature is not None else {})
    try:
        check_url("url", url, sandbox.config.allow_hosts)
        with urllib3.PoolManager(timeout=TIMEOUT_SECONDS, retries=False) as pool:
            response = pool.request(
                "POST", url, body=payload.encode(), headers=headers, redirect=False, preload_content=False
            )
            try:
                answer = _beginning(response)
            finally:
                response.close()
    except FileProblem as problem:
        return Delivery(None, problem.reason)
    except (HTTPError, OSError) as error:
        return Delivery(None, f"no answer: {type(error).__name__}")
    return Delivery(response.status, None if 200 <= response.status < 300 else answer or f"status {response.status}")


def _beginning(response: urllib3.BaseHTTPResponse) -> str:
    """The first part of an answer, as far as it comes in time."""
    end, content = time.monotonic() + TIMEOUT_SECONDS, b""
    while len(content) < ANSWER_BYTES and time.monotonic() < end:
        chunk = response.read1(ANSWER_BYTES - len(content))
        if not chunk:
            break
        content += chunk
    return content.decode("utf-8", "replace")


class Sender:
    """A thread that works through the outbox. ``close`` ends it; what is left is sent after the next start."""

    def __init__(self, sandbox: Sandbox, outbox: Outbox, keys: Mapping[str, CapaKey]) -> None:
        self._sandbox = sandbox
        self._outbox = outbox
        self._secrets = {key.partner: key.webhook_secret for key in keys.values()}
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capa-webhooks", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do sooner than thought."""
        self._wake.set()

    def close(self) -> None:
        self._closed.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._wake.clear()
            try:
                seconds = self._work()
            except Exception as error:  # the thread must outlive a broken row; its message may hold what was sent
                logger.error("%s in the sender of webhooks", type(error).__name__)
                seconds = LONGEST_SLEEP_SECONDS
            self._wake.wait(seconds)

    def _work(self) -> float:
        """Send what is due and return the seconds until there is more to do."""
        self._outbox.settle(now=now_seconds())
        for notification in self._outbox.due(now=now_seconds()):
            if self._closed.is_set():
                return 0.0
            self._deliver(notification)
        next_at = self._outbox.next_time()
        return LONGEST_SLEEP_SECONDS if next_at is None else min(max(next_at - now_seconds(), 0), LONGEST_SLEEP_SECONDS)

    def _deliver(self, notification: Notification) -> None:
        url = self._outbox.url(notification.partner)
        signature = sign(self._secrets[notification.partner], notification.payload)
        if url is None:
            delivery = Delivery(None, "no address is set")
        else:
            delivery = post(self._sandbox, url, notification.payload, signature=signature)
        logger.info("WEBHOOK capa_partner.%s %s", notification.event, delivery.status or "unanswered")
        self._outbox.record_try(
            notification,
            problem=delivery.problem,
            now=now_seconds(),
            waits=self._sandbox.config.webhook_retry_seconds,
        )
