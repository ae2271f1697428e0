"""The call ledger: queue and record of every try at a provider in one table."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import models
from django.db.models import Q

from verifications.enums import SUBMIT_OPERATIONS, UPLOAD_OPERATIONS, CallOperation, CallStatus
from verifications.models.fields import SealedField


class ProviderCallQuerySet(models.QuerySet["ProviderCall"]):
    def due(self, now: dt.datetime) -> ProviderCallQuerySet:
        """Rows that wait and whose time has come, at accounts that may send now.

        A connection test goes out even where an account is stopped, off, or behind an open circuit.
        """
        may_send = (
            Q(account__is_enabled=True, account__paused_at__isnull=True)
            & (Q(account__circuit_until__isnull=True) | Q(account__circuit_until__lte=now))
            & (Q(account__next_call_at__isnull=True) | Q(account__next_call_at__lte=now))
        )
        return self.filter(status=CallStatus.WAITING, not_before__lte=now).filter(
            may_send | Q(operation=CallOperation.CHECK_CONNECTION)
        )

    def under_key(self, key_id: str) -> ProviderCallQuerySet:
        """Calls that are signed with this key: an account may have a key of its own for calls that carry files."""
        uploads = Q(operation__in=UPLOAD_OPERATIONS) & ~Q(account__upload_key_id="")
        return self.filter(Q(account__key_id=key_id) & ~uploads | Q(account__upload_key_id=key_id) & uploads)

    def abandoned(self, now: dt.datetime) -> ProviderCallQuerySet:
        """Rows whose worker did not come back before its lease ran out."""
        return self.filter(status=CallStatus.SENDING, lease_expires_at__lt=now)


class ProviderCall(models.Model):
    """One try at one operation; a retry is a new row that points at the one before.

    ``sending_at`` is set in its own transaction right before the first byte leaves: a call without it sent nothing.
    ``claim_token`` fences: whoever lost the lease can no longer write to the row.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey("ProviderAccount", on_delete=models.PROTECT, related_name="calls")
    operation = models.CharField(max_length=24, choices=CallOperation)
    status = models.CharField(max_length=10, choices=CallStatus, default=CallStatus.WAITING)
    number = models.PositiveSmallIntegerField(default=1)
    previous = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="next")
    verification = models.ForeignKey(
        "Verification", on_delete=models.PROTECT, null=True, blank=True, related_name="calls"
    )
    provider_user = models.ForeignKey(
        "ProviderUser", on_delete=models.PROTECT, null=True, blank=True, related_name="calls"
    )
    session = models.ForeignKey(
        "VerificationSession", on_delete=models.PROTECT, null=True, blank=True, related_name="calls"
    )
    link = models.ForeignKey("KycLink", on_delete=models.PROTECT, null=True, blank=True, related_name="calls")
    argument = models.CharField(max_length=300, blank=True)
    """Which part of the subject it is about: a document's or an image's public id, a delivery's id, an address."""
    customer = models.ForeignKey("Customer", on_delete=models.PROTECT, null=True, blank=True, related_name="calls")
    requested_by = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)
    """When the first of these tries was asked for: a retry keeps it, a person who tries anew sets it."""
    not_before = models.DateTimeField()
    is_dead = models.BooleanField(default=False)
    """Not processed, and not tried again by itself: a person retries it or sets it aside."""
    claim_token = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    sending_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    key_id = models.CharField(max_length=200, blank=True)
    nonce = models.CharField(max_length=20, blank=True)
    http_method = models.CharField(max_length=8, blank=True)
    target = models.CharField(max_length=300, blank=True)
    content_type = models.CharField(max_length=120, blank=True)
    body_sha256 = models.CharField(max_length=64, blank=True)
    body_size = models.PositiveBigIntegerField(null=True, blank=True)
    request_redacted = models.JSONField(null=True, blank=True)
    request_original = SealedField(null=True, blank=True)
    request_exact = SealedField(null=True, blank=True)
    """The body as it left, where ``request_original`` has marks for presigned addresses: never shown, only hashed."""
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    trace_id = models.CharField(max_length=100, blank=True)
    answer_redacted = models.JSONField(null=True, blank=True)
    answer_original = SealedField(null=True, blank=True)
    error_code = models.CharField(max_length=100, blank=True)
    message = models.CharField(max_length=600, blank=True)

    objects = ProviderCallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="provider_call_sending_has_a_claim",
                condition=Q(status=CallStatus.SENDING, claim_token__isnull=False, lease_expires_at__isnull=False)
                | ~Q(status=CallStatus.SENDING),
            ),
            models.CheckConstraint(
                name="provider_call_finished_has_its_time",
                condition=Q(status__in=[CallStatus.WAITING, CallStatus.SENDING], finished_at__isnull=True)
                | (~Q(status__in=[CallStatus.WAITING, CallStatus.SENDING]) & Q(finished_at__isnull=False)),
            ),
            models.UniqueConstraint(
                name="provider_call_one_submission_per_verification",
                fields=["verification"],
                condition=Q(
                    operation__in=SUBMIT_OPERATIONS,
                    status__in=[CallStatus.WAITING, CallStatus.SENDING, CallStatus.SUCCEEDED],
                ),
            ),
            models.UniqueConstraint(
                name="provider_call_one_open_read_per_user",
                fields=["provider_user"],
                condition=Q(operation=CallOperation.GET_USER, status__in=[CallStatus.WAITING, CallStatus.SENDING]),
            ),
            models.UniqueConstraint(
                name="provider_call_one_open_read_per_session",
                fields=["session"],
                condition=Q(operation=CallOperation.GET_RESULT, status__in=[CallStatus.WAITING, CallStatus.SENDING]),
            ),
            models.UniqueConstraint(
                name="provider_call_one_open_read_per_link",
                fields=["link"],
                condition=Q(
                    operation__in=[CallOperation.GET_KYC_DETAILS, CallOperation.GET_KYB_DETAILS],
                    status__in=[CallStatus.WAITING, CallStatus.SENDING],
                ),
            ),
            models.UniqueConstraint(
                name="provider_call_nonce_once_per_key",
                fields=["key_id", "nonce"],
                condition=~Q(nonce=""),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "not_before"], name="provider_call_due"),
            models.Index(fields=["account", "status", "not_before", "id"], name="provider_call_lane"),
            models.Index(fields=["-id"], name="provider_call_newest"),
            models.Index(fields=["-id"], name="provider_call_dead", condition=Q(is_dead=True)),
            models.Index(fields=["-id"], name="provider_call_unknown", condition=Q(status=CallStatus.UNKNOWN)),
            models.Index(fields=["account", "finished_at"], name="provider_call_finished"),
            models.Index(fields=["trace_id"], name="provider_call_by_trace", condition=~Q(trace_id="")),
        ]

        permissions = [("retry_providercall", "Can retry a call that stopped, or set it aside")]

    def __str__(self) -> str:
        return f"{self.get_operation_display()} {self.public_id}"

    @property
    def sealing_customer_id(self) -> int | None:
        return self.customer_id
