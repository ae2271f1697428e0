"""Celery entry points: one service call each, safe to run twice. Arguments are ids, never personal data."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from verifications import context
from verifications.services import call_sweep, provider_calls


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
