"""What was read from a document's machine-readable zone or barcode, here, and how it compares with what was entered."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from verifications.enums import ReadingCheck, ReadingFormat, ReadingSource, ValueComparison
from verifications.models.fields import SealedField


class MachineReading(models.Model):
    """One reading for a verification: typed or pasted by a person, or read from an image.

    At most one counts; a newer one sets the one before aside (``removed_at``).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    verification = models.ForeignKey("Verification", on_delete=models.PROTECT, related_name="machine_readings")
    document = models.ForeignKey(
        "Document", on_delete=models.PROTECT, null=True, blank=True, related_name="machine_readings"
    )
    """The image it was read from; ``None`` for what was typed without one."""
    source = models.CharField(max_length=6, choices=ReadingSource)
    format = models.CharField(max_length=6, choices=ReadingFormat)
    text = SealedField()
    """The lines as read."""
    findings = models.JSONField(default=list)
    """[{code, field, severity, message, values}]: warnings without personal data; they never block."""
    document_number_hash = models.CharField(max_length=64, blank=True, db_index=True)
    is_confirmed = models.BooleanField()
    """The name line has no check digit: what an image reader read counts once a person confirmed it."""
    recorded_by = models.CharField(max_length=100)
    recorded_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=100, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="machine_reading_one_counts", fields=["verification"], condition=Q(removed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_format_display()} {self.public_id}"

    @property
    def customer(self) -> object:
        return self.verification.customer

    @property
    def sealing_customer_id(self) -> int:
        return self.verification.customer_id


class MachineValue(models.Model):
    """One value of a reading, named as the verification's columns are, beside what was entered."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reading = models.ForeignKey(MachineReading, on_delete=models.PROTECT, related_name="values")
    name = models.CharField(max_length=60)
    value = SealedField(null=True)
    check_digit = models.CharField(max_length=6, choices=ReadingCheck)
    comparison = models.CharField(max_length=14, choices=ValueComparison)
    why = models.CharField(max_length=200, blank=True)
    """Why it counts as the same or as different, as codes: result, why, compared with what, and a count.

    No personal data; ``selectors.reading_words`` puts it into words.
    """
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="machine_value_once", fields=["reading", "name"])]

    def __str__(self) -> str:
        return self.name

    @property
    def customer(self) -> object:
        return self.reading.verification.customer

    @property
    def sealing_customer_id(self) -> int:
        return self.reading.verification.customer_id
