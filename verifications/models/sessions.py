"""Verification sessions at Transmit Security, their images, and what was extracted from a customer's documents."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse

from verifications.enums import (
    LIVE_SESSION_STATUSES,
    DocumentSlot,
    SessionShape,
    SessionStatus,
    ValueComparison,
)
from verifications.models.fields import SealedField

KEPT_BY_PROVIDER = dt.timedelta(days=90)
"""How long the provider keeps a session's images and result when nothing else was agreed (transmit-verify 7)."""


class VerificationSession(models.Model):
    """One session of one verification; a new one takes over when the customer has to start again.

    ``status`` is the portal's reading of ``provider_status``, which stays as received. ``state_hash`` belongs to the
    try that created the session: the state itself is never stored. ``start_token`` goes when it is used,
    ``handover_token`` (the customer's address at the portal) when the session is no longer open; hashes find the row.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    verification = models.ForeignKey("Verification", on_delete=models.PROTECT, related_name="sessions")
    account = models.ForeignKey("ProviderAccount", on_delete=models.PROTECT, related_name="sessions")
    customer = models.ForeignKey("Customer", on_delete=models.PROTECT, related_name="sessions")
    shape = models.CharField(max_length=8, choices=SessionShape)
    status = models.CharField(max_length=20, choices=SessionStatus, default=SessionStatus.DRAFT)
    provider_status = models.CharField(max_length=100, blank=True)
    provider_reference = models.CharField(max_length=255, blank=True, db_index=True)
    organization_name = models.CharField(max_length=120, blank=True)
    organization_id = models.CharField(max_length=120, blank=True)
    consent_document_id = models.CharField(max_length=120, blank=True)
    """Backend shape: the consent text the customer agreed to before the images were taken."""
    mock_behavior = models.JSONField(null=True, blank=True)

    state_hash = models.CharField(max_length=64, blank=True, db_index=True)
    start_token = SealedField(null=True, blank=True)
    handover_token = SealedField(null=True, blank=True)
    handover_hash = models.CharField(max_length=64, blank=True, db_index=True)
    missing_images = models.JSONField(default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    polling_since = models.DateTimeField(null=True, blank=True)
    """Start of the quick readings: the return of the customer, or the last image."""
    polls = models.PositiveIntegerField(default=0)
    """Readings since then."""
    read_at = models.DateTimeField(null=True, blank=True)
    attention = models.CharField(max_length=500, blank=True)

    recommendation = models.CharField(max_length=100, blank=True)
    checks = models.JSONField(default=list, blank=True)
    """[{name, recommendation, reasons: [...]}] as received, in the provider's codes."""
    risk = models.JSONField(default=dict, blank=True)
    """What of the risk details is not personal: recommendation, risk_score, reasons, device and network flags."""
    unknown_members = models.JSONField(default=list, blank=True)
    is_deprecated_shape = models.BooleanField(default=False)
    result = SealedField(null=True, blank=True)
    """The provider's answer as JSON, whole."""
    consent_granted = models.BooleanField(null=True, blank=True)
    consent_date = models.CharField(max_length=60, blank=True)
    consent_read_at = models.DateTimeField(null=True, blank=True)
    images_listed_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=100)
    updated_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)
    delete_requested_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="session_one_live_per_verification",
                fields=["verification"],
                condition=Q(status__in=LIVE_SESSION_STATUSES),
            ),
            models.UniqueConstraint(
                name="session_reference_once_per_account",
                fields=["account", "provider_reference"],
                condition=~Q(provider_reference=""),
            ),
            models.UniqueConstraint(
                name="session_handover_once", fields=["handover_hash"], condition=~Q(handover_hash="")
            ),
            models.UniqueConstraint(name="session_state_once", fields=["state_hash"], condition=~Q(state_hash="")),
            models.CheckConstraint(
                name="session_completed_has_its_time",
                condition=~Q(status=SessionStatus.COMPLETED) | Q(completed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="session_deleted_has_its_time",
                condition=Q(status=SessionStatus.DELETED, deleted_at__isnull=False)
                | (~Q(status=SessionStatus.DELETED) & Q(deleted_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="session_newest"),
            models.Index(fields=["status", "-id"], name="session_by_status"),
            models.Index(fields=["status", "expires_at"], name="session_expiry"),
        ]
        permissions = [("delete_at_provider", "Can have a session deleted at the provider")]

    def __str__(self) -> str:
        return f"Session {self.public_id}"

    def get_absolute_url(self) -> str:
        return reverse("verifications:verification_detail", args=[self.verification.public_id])

    @property
    def sealing_customer_id(self) -> int:
        return self.customer_id

    @property
    def is_live(self) -> bool:
        return self.status in LIVE_SESSION_STATUSES

    @property
    def kept_until(self) -> dt.datetime:
        """Until when the provider keeps the session's images."""
        return self.created_at + KEPT_BY_PROVIDER


class SessionImage(models.Model):
    """One image of a session as the provider lists it, and the copy kept here (``document``)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session = models.ForeignKey(VerificationSession, on_delete=models.PROTECT, related_name="images")
    provider_reference = models.CharField(max_length=255)
    type = models.CharField(max_length=40, blank=True)
    rejected = models.BooleanField(default=False)
    is_original = models.BooleanField(default=True)
    original_reference = models.CharField(max_length=255, blank=True)
    document = models.OneToOneField(
        "Document", on_delete=models.PROTECT, null=True, blank=True, related_name="session_image"
    )
    problem = models.CharField(max_length=500, blank=True)
    listed_at = models.DateTimeField()
    copied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="session_image_once", fields=["session", "provider_reference"]),
        ]
        indexes = [models.Index(fields=["provider_reference"], name="session_image_by_reference")]

    def __str__(self) -> str:
        return f"Image {self.public_id}"


class ImageSubmission(models.Model):
    """One image sent to a session by the portal, and what the provider said of it (transmit-verify 4, E5)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session = models.ForeignKey(VerificationSession, on_delete=models.PROTECT, related_name="image_submissions")
    document = models.ForeignKey("Document", on_delete=models.PROTECT, related_name="image_submissions")
    slot = models.CharField(max_length=40, choices=DocumentSlot)
    sha256 = models.CharField(max_length=64, blank=True)
    """Of the JPEG that was sent."""
    feedback = models.CharField(max_length=100, blank=True)
    custom_feedback = models.CharField(max_length=300, blank=True)
    accepted = models.BooleanField(null=True, blank=True)
    created_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="image_submission_one_open_per_session",
                fields=["session"],
                condition=Q(judged_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Sent image {self.public_id}"


class ExtractedValue(models.Model):
    """One value a provider read from the customer's documents, compared with the record when it came.

    ``name`` is the provider's dotted path (``person.date_of_birth``, ``idInfo.idNumber``); the value is sealed.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    verification = models.ForeignKey("Verification", on_delete=models.PROTECT, related_name="extracted_values")
    customer = models.ForeignKey("Customer", on_delete=models.PROTECT, related_name="extracted_values")
    name = models.CharField(max_length=120)
    value = SealedField(null=True)
    value_hash = models.CharField(max_length=64, blank=True)
    """Of a document number only: the keyed hash that search goes by."""
    comparison = models.CharField(max_length=14, choices=ValueComparison)
    position = models.PositiveSmallIntegerField()
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="extracted_value_once", fields=["verification", "name"])]
        indexes = [models.Index(fields=["value_hash"], name="extracted_value_by_hash", condition=~Q(value_hash=""))]

    def __str__(self) -> str:
        return self.name

    @property
    def sealing_customer_id(self) -> int:
        return self.customer_id
