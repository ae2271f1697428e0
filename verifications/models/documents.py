"""Original files and what is derived from them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from verifications.enums import DocumentOrigin, DocumentSlot, RenditionKind


class Document(models.Model):
    """An original, byte for byte as uploaded, or as copied from the provider (``origin``).

    ``storage_name`` is made by the portal, ``display_name`` came with it. A corrected copy of a verification shares the
    file of the one before. A document taken off a draft keeps its row and file; ``removed_at`` says since when it no
    longer counts.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey("Customer", on_delete=models.PROTECT, related_name="documents")
    verification = models.ForeignKey(
        "Verification", on_delete=models.PROTECT, null=True, blank=True, related_name="documents"
    )
    note = models.ForeignKey("CaseNote", on_delete=models.PROTECT, null=True, blank=True, related_name="attachments")
    """A document belongs to a verification, or is attached to the first version of a note."""
    slot = models.CharField(max_length=40, choices=DocumentSlot)
    origin = models.CharField(max_length=8, choices=DocumentOrigin, default=DocumentOrigin.UPLOADED)
    display_name = models.CharField(max_length=255)
    storage_name = models.CharField(max_length=200, db_index=True)
    content_type = models.CharField(max_length=60)
    extension = models.CharField(max_length=8)
    family = models.CharField(max_length=8)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    notes = models.JSONField(default=list, blank=True)
    uploaded_by = models.CharField(max_length=100)
    uploaded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="document_one_per_slot",
                fields=["verification", "slot"],
                condition=Q(removed_at__isnull=True, origin=DocumentOrigin.UPLOADED),
            ),
            models.CheckConstraint(
                name="document_belongs_to_one",
                condition=Q(verification__isnull=False, note__isnull=True)
                | Q(verification__isnull=True, note__isnull=False, slot=DocumentSlot.ATTACHMENT),
            ),
            models.CheckConstraint(name="document_is_not_empty", condition=Q(size__gt=0)),
        ]
        permissions = [("download_original", "Can download an original file")]

    def __str__(self) -> str:
        return f"{self.get_slot_display()} {self.public_id}"


class DocumentRendition(models.Model):
    """A file derived from an original: previews and thumbnails for people, a JPEG for a provider that takes no HEIC."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="renditions")
    kind = models.CharField(max_length=10, choices=RenditionKind)
    page = models.PositiveSmallIntegerField(default=1)
    storage_name = models.CharField(max_length=200, db_index=True)
    content_type = models.CharField(max_length=60)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="rendition_once", fields=["document", "kind", "page"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"
