"""One check of one customer at one provider account by one method."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse

from verifications.enums import ProviderAnswer, VerificationMethod, VerificationStatus, VerificationType
from verifications.models.fields import SealedField

ACCEPTED_STATUSES = (VerificationStatus.ACCEPTED, VerificationStatus.COMPLETED)


class Verification(models.Model):
    """What was entered, where it stands and what the provider said. Only the columns its ``type`` needs are filled."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey("Customer", on_delete=models.PROTECT, related_name="verifications")
    account = models.ForeignKey("ProviderAccount", on_delete=models.PROTECT, related_name="verifications")
    provider_user = models.ForeignKey(
        "ProviderUser", on_delete=models.PROTECT, null=True, blank=True, related_name="verifications"
    )
    """``None`` in a verification session: Transmit Security knows no users."""
    case = models.ForeignKey("Case", on_delete=models.PROTECT, null=True, blank=True, related_name="verifications")
    method = models.CharField(max_length=16, choices=VerificationMethod)
    type = models.CharField(max_length=24, choices=VerificationType)
    status = models.CharField(max_length=20, choices=VerificationStatus, default=VerificationStatus.DRAFT)
    attention = models.CharField(max_length=500, blank=True)
    """What keeps it from moving, in plain words with the next step; empty when nothing does."""

    verifier = models.CharField(max_length=120, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    verifier_response = SealedField(null=True, blank=True)
    external_verification_id = models.CharField(max_length=120, blank=True, db_index=True)
    expiration_date = models.DateField(null=True, blank=True)
    document_ends_date = models.DateField(null=True, blank=True)
    """Last day of the identity document: as entered, or as the provider read it in a session or by a link."""
    first_name = models.CharField(max_length=120, blank=True)
    middle_name = models.CharField(max_length=120, blank=True)
    last_name = models.CharField(max_length=120, blank=True)
    date_of_birth = SealedField(null=True, blank=True)
    document_type = models.CharField(max_length=60, blank=True)
    document_number = SealedField(null=True, blank=True)
    document_number_hash = models.CharField(max_length=64, blank=True, db_index=True)
    issuing_country = models.CharField(max_length=2, blank=True)
    nationality = models.CharField(max_length=2, blank=True)
    address = SealedField(null=True, blank=True)
    selfie_type = models.CharField(max_length=40, blank=True)
    tax_id_type = models.CharField(max_length=60, blank=True)
    screenings = SealedField(null=True, blank=True)
    """JSON object by list (``sanctions``, ``pep``, ``negative_news``): status, verifier, verified_at, ..."""

    provider_reference = models.CharField(max_length=255, blank=True, db_index=True)
    """The provider's verification id, exactly as received."""
    answer = models.CharField(max_length=20, choices=ProviderAnswer, blank=True)
    answer_reasons = models.JSONField(default=list, blank=True)
    answer_explanation = models.CharField(max_length=500, blank=True)
    baseline_actions = models.JSONField(null=True, blank=True)
    """The user's required actions as last read before submission: what a later reading is compared with."""
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    created_by = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.CharField(max_length=100, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="verification_provider_reference_once_per_account",
                fields=["account", "provider_reference"],
                condition=~Q(provider_reference=""),
            ),
            models.CheckConstraint(
                name="verification_accepted_has_its_time",
                condition=Q(status__in=ACCEPTED_STATUSES, accepted_at__isnull=False)
                | (~Q(status__in=ACCEPTED_STATUSES) & Q(accepted_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="verification_completed_has_answer_and_time",
                condition=Q(status=VerificationStatus.COMPLETED, completed_at__isnull=False) & ~Q(answer="")
                | ~Q(status=VerificationStatus.COMPLETED) & Q(completed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="verification_has_its_provider_user",
                condition=Q(method=VerificationMethod.SESSION) | Q(provider_user__isnull=False),
            ),
            models.CheckConstraint(
                name="verification_submitted_has_its_case",
                condition=Q(submitted_at__isnull=True) | Q(case__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="verification_newest"),
            models.Index(fields=["status", "-id"], name="verification_by_status"),
            models.Index(
                fields=["-submitted_at", "-id"],
                name="verification_submitted",
                condition=Q(submitted_at__isnull=False),
            ),
            models.Index(
                fields=["document_ends_date", "id"],
                name="verification_by_end",
                condition=Q(status=VerificationStatus.COMPLETED, document_ends_date__isnull=False),
            ),
        ]
        permissions = [("submit_verification", "Can submit a verification to a provider")]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.public_id}"

    def get_absolute_url(self) -> str:
        return reverse("verifications:verification_detail", args=[self.public_id])

    @property
    def sealing_customer_id(self) -> int:
        return self.customer_id

    @property
    def is_draft(self) -> bool:
        return self.status == VerificationStatus.DRAFT
