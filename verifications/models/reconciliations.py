"""What people decide about submissions whose outcome nobody knows."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from verifications.enums import ReconciliationChoice, ReconciliationStatus


class Reconciliation(models.Model):
    """One choice about one submission of unknown outcome; whatever could send twice takes a second person."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    verification = models.ForeignKey("Verification", on_delete=models.PROTECT, related_name="reconciliations")
    call = models.ForeignKey("ProviderCall", on_delete=models.PROTECT, related_name="reconciliations")
    choice = models.CharField(max_length=12, choices=ReconciliationChoice)
    status = models.CharField(max_length=11, choices=ReconciliationStatus, default=ReconciliationStatus.PROPOSED)
    reference = models.CharField(max_length=255, blank=True)
    """The provider's verification id, where the choice is to match."""
    reason = models.CharField(max_length=500)
    proposed_by = models.CharField(max_length=100)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="reconciliation_one_open_per_verification",
                fields=["verification"],
                condition=Q(status=ReconciliationStatus.PROPOSED),
            ),
            models.CheckConstraint(
                name="reconciliation_decided_has_its_time",
                condition=Q(status=ReconciliationStatus.PROPOSED, decided_at__isnull=True)
                | (~Q(status=ReconciliationStatus.PROPOSED) & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="reconciliation_takes_two_people",
                condition=~Q(status=ReconciliationStatus.CARRIED_OUT)
                | Q(choice=ReconciliationChoice.MATCH)
                | ~Q(decided_by=models.F("proposed_by")),
            ),
        ]
        permissions = [("decide_reconciliation", "Can approve or decline what another proposed")]

    def __str__(self) -> str:
        return f"{self.get_choice_display()} {self.public_id}"

    @property
    def customer(self) -> object:
        return self.verification.customer
