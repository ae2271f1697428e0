"""Verification links at Capa: the address a customer opens, its life, and what came of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse

from verifications.enums import LIVE_LINK_STATUSES, USABLE_LINK_STATUSES, LinkKind, LinkStatus
from verifications.models.fields import SealedField


class KycLink(models.Model):
    """One link of one verification; a new one replaces it when it has expired.

    ``url`` is there only while the link is usable; ``url_hash`` stays. ``return_hash`` is of the last part of the
    portal's return address, which itself is never stored.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    verification = models.ForeignKey("Verification", on_delete=models.PROTECT, related_name="links")
    account = models.ForeignKey("ProviderAccount", on_delete=models.PROTECT, related_name="links")
    customer = models.ForeignKey("Customer", on_delete=models.PROTECT, related_name="links")
    kind = models.CharField(max_length=3, choices=LinkKind)
    country = models.CharField(max_length=2)
    app_return = models.CharField(max_length=200, blank=True)
    """An allow-listed app address to return to; empty returns to the portal."""
    status = models.CharField(max_length=12, choices=LinkStatus, default=LinkStatus.REQUESTED)
    provider_status = models.CharField(max_length=100, blank=True)
    session_reference = models.CharField(max_length=255, blank=True)
    url = SealedField(null=True, blank=True)
    url_hash = models.CharField(max_length=64, blank=True)
    return_hash = models.CharField(max_length=64, blank=True, db_index=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    polling_since = models.DateTimeField(null=True, blank=True)
    polls = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True)
    disagreed_at = models.DateTimeField(null=True, blank=True)
    """Since when a webhook says otherwise than the details."""
    attention = models.CharField(max_length=500, blank=True)
    sections = models.JSONField(default=list, blank=True)
    """[{name, result, status, reasons, warnings, score}] as received."""
    watchlist_hits = models.PositiveIntegerField(default=0)
    result = SealedField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=100)
    updated_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="link_one_live_per_verification",
                fields=["verification"],
                condition=Q(status__in=LIVE_LINK_STATUSES),
            ),
            models.UniqueConstraint(name="link_return_once", fields=["return_hash"], condition=~Q(return_hash="")),
            models.CheckConstraint(
                name="link_address_only_while_usable",
                condition=Q(url__isnull=True) | Q(status__in=USABLE_LINK_STATUSES),
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="link_newest"),
            models.Index(fields=["status", "-id"], name="link_by_status"),
            models.Index(fields=["status", "expires_at"], name="link_expiry"),
            models.Index(fields=["session_reference"], name="link_by_session", condition=~Q(session_reference="")),
            models.Index(fields=["url_hash"], name="link_by_address", condition=~Q(url_hash="")),
        ]
        permissions = [("send_kyclink", "Can send a link by e-mail")]

    def __str__(self) -> str:
        return f"{self.kind} link {self.public_id}"

    def get_absolute_url(self) -> str:
        return reverse("verifications:verification_detail", args=[self.verification.public_id])

    @property
    def sealing_customer_id(self) -> int:
        return self.customer_id

    @property
    def is_usable(self) -> bool:
        return self.status in USABLE_LINK_STATUSES
