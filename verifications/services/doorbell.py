"""The doorbell: tells the workers to look now. Losing a ring delays a call by one sweep and loses nothing."""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction

from verifications.models import ProviderAccount

logger = logging.getLogger(__name__)


def ring(*, key_id: str, after_seconds: float = 0.0) -> None:
    """After the transaction has committed, ask a worker to deliver what is due under this key.

    A ring for later than one sweep is left to the sweep. The task argument is the lane's key id, never personal data.
    """
    if after_seconds > settings.SWEEP_SECONDS:
        return
    _send("verifications.deliver_lane", countdown=after_seconds or None, kwargs={"key_id": key_id})


def ring_exports() -> None:
    """After the transaction has committed, ask a worker to make the exports that wait."""
    _send("verifications.make_exports")


def ring_account(account: ProviderAccount, *, after_seconds: float = 0.0) -> None:
    """As ``ring``, for every key the account sends under."""
    for key_id in filter(None, (account.key_id, account.upload_key_id)):
        ring(key_id=key_id, after_seconds=after_seconds)


def _send(task: str, **options: Any) -> None:
    def send() -> None:
        try:
            current_app.send_task(task, **options)
        except Exception:
            logger.warning("The broker did not take a message; the next sweep delivers what is due.", exc_info=True)

    transaction.on_commit(send, robust=True)
