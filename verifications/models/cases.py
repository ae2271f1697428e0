"""A customer's file put before a person."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from verifications.enums import CaseRisk, CaseState, ProviderKind


class Case(models.Model):
    """Opens by itself with a customer's first submission; at most one is open per customer.

    ``latest_verification``, ``state``, ``provider`` and ``country`` are kept here so that a row of the queue costs no
    further query, and a filter none that walks the table.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey("Customer", on_delete=models.PROTECT, related_name="cases")
    state = models.CharField(max_length=20, choices=CaseState)
    risk = models.CharField(max_length=8, choices=CaseRisk, default=CaseRisk.STANDARD)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="owned_cases"
    )
    latest_verification = models.ForeignKey(
        "Verification", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    provider = models.CharField(max_length=24, choices=ProviderKind, blank=True)
    country = models.CharField(max_length=2, blank=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="case_one_open_per_customer", fields=["customer"], condition=Q(closed_at__isnull=True)
            ),
            models.CheckConstraint(
                name="case_closed_has_its_time",
                condition=Q(state=CaseState.CLOSED, closed_at__isnull=False)
                | (~Q(state=CaseState.CLOSED) & Q(closed_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="case_queue", condition=Q(closed_at__isnull=True)),
            models.Index(
                fields=["state", "due_at", "id"], name="case_queue_by_state", condition=Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["provider", "due_at", "id"], name="case_queue_by_provider", condition=Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["country", "due_at", "id"], name="case_queue_by_country", condition=Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["owner", "due_at", "id"], name="case_queue_by_owner", condition=Q(closed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("verifications:case_detail", args=[self.public_id])

    @property
    def number(self) -> str:
        return f"CASE-{self.pk:05d}" if self.pk else "CASE-new"
