"""Files made for auditors: what was asked for, how far it is, what it holds and who may vouch for it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from verifications.enums import ExportFormat, ExportKind, ExportStatus, PackVariant, RevealPurpose


class Export(models.Model):
    """One file asked for by one person. The row is the queue: a worker claims it, as it claims a provider call.

    ``filters`` are names and values of the list's own filters, never a search text. ``manifest`` is what was signed:
    kind, filters, columns, rows, SHA-256, heads of both logs.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=13, choices=ExportKind)
    format = models.CharField(max_length=5, choices=ExportFormat)
    variant = models.CharField(max_length=9, choices=PackVariant, blank=True)
    case = models.ForeignKey("Case", on_delete=models.PROTECT, null=True, blank=True, related_name="packs")
    filters = models.JSONField(default=dict, blank=True)
    columns = models.JSONField(default=list, blank=True)
    with_sensitive = models.BooleanField(default=False)
    purpose = models.CharField(max_length=20, choices=RevealPurpose, blank=True)
    status = models.CharField(max_length=9, choices=ExportStatus, default=ExportStatus.QUEUED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exports")
    requested_at = models.DateTimeField()
    rows_expected = models.PositiveBigIntegerField(null=True, blank=True)
    rows_done = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    """When its file is removed; the row stays."""
    claim_token = models.CharField(max_length=32, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    storage_name = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    manifest = models.JSONField(default=dict, blank=True)
    key_id = models.CharField(max_length=40, blank=True)
    signature = models.CharField(max_length=128, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        permissions = [("export_sensitive", "Can export personal data in clear")]
        constraints = [
            models.CheckConstraint(
                name="export_ready_is_whole",
                condition=~Q(status=ExportStatus.READY)
                | (~Q(sha256="") & ~Q(storage_name="") & ~Q(signature="") & Q(finished_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="export_pack_names_its_case",
                condition=Q(kind=ExportKind.PACK, case__isnull=False) & ~Q(variant="")
                | ~Q(kind=ExportKind.PACK) & Q(case__isnull=True, variant=""),
            ),
            models.CheckConstraint(
                name="export_of_personal_data_has_a_purpose", condition=Q(with_sensitive=False) | ~Q(purpose="")
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="export_newest"),
            models.Index(fields=["status", "id"], name="export_by_status"),
            models.Index(fields=["requested_by", "-id"], name="export_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.public_id}"

    @property
    def customer(self) -> object:
        return self.case.customer if self.case is not None else None
