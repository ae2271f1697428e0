"""Webhooks that came in, and the provider's own record of the ones it sent."""

from __future__ import annotations

import uuid

from django.db import models

from verifications.enums import WebhookOutcome
from verifications.models.fields import SealedField


class ReceivedWebhook(models.Model):
    """A signed webhook as it came: stored first, processed afterwards, never a proof of anything."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey("ProviderAccount", on_delete=models.PROTECT, related_name="received_webhooks")
    received_at = models.DateTimeField()
    body = SealedField(null=True)
    body_sha256 = models.CharField(max_length=64)
    signed_over = models.CharField(max_length=12)
    """``raw``, or ``reserialised`` where only the compact form of the body fitted the signature."""
    type = models.CharField(max_length=60, blank=True)
    event = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=16, choices=WebhookOutcome, default=WebhookOutcome.STORED)
    verification = models.ForeignKey(
        "Verification", on_delete=models.PROTECT, null=True, blank=True, related_name="received_webhooks"
    )
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["outcome", "id"], name="webhook_waiting"),
            models.Index(fields=["account", "-id"], name="webhook_by_account"),
        ]

    def __str__(self) -> str:
        return f"Webhook {self.public_id}"

    @property
    def sealing_customer_id(self) -> None:
        return None


class ProviderNotification(models.Model):
    """One webhook delivery as the provider lists it (capa-partner 5, C7 to C9). Its times are texts as received."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey("ProviderAccount", on_delete=models.PROTECT, related_name="notifications")
    provider_reference = models.CharField(max_length=255)
    status = models.CharField(max_length=60)
    event_type = models.CharField(max_length=60, blank=True)
    retry_attempts = models.PositiveIntegerField(default=0)
    manual_retry_count = models.PositiveIntegerField(default=0)
    provider_created_at = models.CharField(max_length=60, blank=True)
    provider_updated_at = models.CharField(max_length=60, blank=True)
    payload = SealedField(null=True, blank=True)
    latest_error = models.CharField(max_length=300, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="notification_once_per_account", fields=["account", "provider_reference"])
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="notification_by_account"),
            models.Index(fields=["provider_reference"], name="notification_by_reference"),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.public_id}"

    @property
    def sealing_customer_id(self) -> None:
        return None
