"""Celery entry points: one service call each, safe to run twice. Arguments are ids, never personal data."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from verifications import context
from verifications.services import call_sweep, provider_calls, upkeep, webhooks


@shared_task(name="verifications.deliver_lane", ignore_result=True)
def deliver_lane(*, key_id: str) -> None:
    """Send what is due under one API key."""
    with context.acting(actor="system:delivery", request_id=context.new_request_id()):
        provider_calls.deliver_lane(key_id=key_id)


@shared_task(name="verifications.sweep_provider_calls", ignore_result=True)
def sweep_provider_calls() -> None:
    """Settle abandoned calls and ring for what is due."""
    with context.acting(actor="system:schedule", request_id=context.new_request_id()):
        call_sweep.sweep(now=timezone.now())


@shared_task(name="verifications.keep_up", ignore_result=True)
def keep_up() -> None:
    """End what time has ended, process what came in, delete what was kept long enough."""
    with context.acting(actor="system:schedule", request_id=context.new_request_id()):
        upkeep.keep_up(now=timezone.now())


@shared_task(name="verifications.process_webhooks", ignore_result=True)
def process_webhooks() -> None:
    """Let the webhooks that came in cause their readings."""
    with context.acting(actor="system:delivery", request_id=context.new_request_id()):
        webhooks.process_webhooks(now=timezone.now())
