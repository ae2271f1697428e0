"""What people write down about a case. A changed note is a new row; the one before stays."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from verifications.models.fields import SealedField


class CaseNote(models.Model):
    """Written once. ``replaces`` is the version before; the one that nothing replaces is shown."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey("Case", on_delete=models.PROTECT, related_name="notes")
    text = SealedField()
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    first = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="versions")
    """The first version, ``None`` on it: what attachments and mentions hang on."""
    number = models.PositiveSmallIntegerField(default=1)
    """Of the version."""
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="case_notes")
    written_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "-id"], name="case_note_newest")]

    def __str__(self) -> str:
        return f"Note {self.public_id}"

    @property
    def customer(self) -> object:
        return self.case.customer

    @property
    def sealing_customer_id(self) -> int:
        return self.case.customer_id


class NoteMention(models.Model):
    """Somebody was named in a note and has, or has not yet, seen it."""

    note = models.ForeignKey(CaseNote, on_delete=models.PROTECT, related_name="mentions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mentions")
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="note_mention_once", fields=["note", "person"])]
        indexes = [
            models.Index(fields=["person", "-id"], name="note_mention_unseen", condition=models.Q(seen_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.note_id} {self.person_id}"
