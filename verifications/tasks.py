"""Celery entry points: one service call each, safe to run twice. Arguments are ids, never personal data."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from verifications import context
from verifications.enums import LogKind
from verifications.services import (
    call_sweep,
    export_making,
    log_checks,
    provider_calls,
    record_keeping,
    upkeep,
    webhooks,
)


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


@shared_task(name="verifications.keep_records", ignore_result=True)
def keep_records() -> None:
    """Seal, anchor and verify logs where that is due, ring for exports that wait, remove files past their time."""
    with context.acting(actor="system:schedule", request_id=context.new_request_id()):
        record_keeping.keep_records(now=timezone.now())


@shared_task(name="verifications.check_log", ignore_result=True)
def check_log(*, log: str, actor: str) -> None:
    """Verify a log in place because somebody asked for it."""
    with context.acting(actor=actor, request_id=context.new_request_id()):
        log_checks.check_log(log=LogKind(log), actor=actor, at=timezone.now())


@shared_task(name="verifications.make_exports", ignore_result=True)
def make_exports() -> None:
    """Make the exports that wait."""
    with context.acting(actor="system:exports", request_id=context.new_request_id()):
        export_making.make_due_exports(now=timezone.now())
