"""Accounts at providers, the keys' lanes, and a customer's user at an account."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse

from verifications.enums import (
    UPLOAD_OPERATIONS,
    AccountEnvironment,
    ProviderKind,
    ProviderUserOrigin,
    ProviderUserStatus,
)
from verifications.models.fields import SealedField


class ProviderAccount(models.Model):
    """One set of credentials at one provider. ``secret`` is write-only in every page; ``options`` holds no secret.

    ``options`` members: ``enabled_types`` and ``allowed_document_hosts`` (lists), ``headless_users_allowed`` (bool),
    ``version_header``, ``version`` (text), ``max_file_bytes`` (int), ``pipelined`` (bool), ``calls_per_minute`` (int, 0
    without a limit); Transmit Security: ``backend_capture_enabled``
    (bool), ``delete_after_days`` (int, 0 keeps sessions at the provider); Capa: ``enabled_countries``, ``app_schemes``
    (lists), ``link_hours`` (int).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=24, choices=ProviderKind)
    environment = models.CharField(max_length=8, choices=AccountEnvironment, default=AccountEnvironment.SANDBOX)
    base_url = models.CharField(max_length=300)
    key_id = models.CharField(max_length=200)
    secret = SealedField(null=True)
    webhook_secret = SealedField(null=True, blank=True)
    webhook_url = models.CharField(max_length=300, blank=True)
    """The address the provider has confirmed; empty while it sends none."""
    notifications_read_at = models.DateTimeField(null=True, blank=True)
    upload_key_id = models.CharField(max_length=200, blank=True)
    """A second key for calls that carry files, so that a long upload does not hold up the rest; empty for one key."""
    upload_secret = SealedField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    """Calls in a row that the provider did not answer as it should; any proper answer sets it back."""
    circuit_opened_at = models.DateTimeField(null=True, blank=True)
    circuit_until = models.DateTimeField(null=True, blank=True)
    """Nothing is sent before this time; then one call goes as a probe. Empty while the circuit is closed."""
    next_call_at = models.DateTimeField(null=True, blank=True)
    """Where the account has a rate limit: when its next call may go."""
    refused_since = models.DateTimeField(null=True, blank=True)
    """Since when every call of a user was answered 401 (capa-partner 8); empty after any other answer."""
    options = models.JSONField(default=dict, blank=True)
    is_enabled = models.BooleanField(default=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_reason = models.CharField(max_length=500, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    check_passed = models.BooleanField(null=True, blank=True)
    check_message = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="provider_account_pause_has_a_reason",
                condition=Q(paused_at__isnull=True, paused_reason="")
                | (Q(paused_at__isnull=False) & ~Q(paused_reason="")),
            ),
            models.CheckConstraint(
                name="provider_account_circuit_has_both_times",
                condition=Q(circuit_opened_at__isnull=True, circuit_until__isnull=True)
                | Q(circuit_opened_at__isnull=False, circuit_until__isnull=False),
            ),
        ]
        permissions = [("check_provideraccount", "Can test the connection of a provider account")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("verifications:provider_account_detail", args=[self.public_id])

    @property
    def sealing_customer_id(self) -> None:
        return None

    def key_for(self, operation: str) -> str:
        """The id of the key under which a call of this operation goes, and so its lane."""
        return self.upload_key_id if self.upload_key_id and operation in UPLOAD_OPERATIONS else self.key_id

    @property
    def may_send(self) -> bool:
        return self.is_enabled and self.paused_at is None


class ProviderToken(models.Model):
    """An account's bearer token (transmit-verify 3), shared by every process; ``renewer`` holds the one renewal."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.OneToOneField(ProviderAccount, on_delete=models.CASCADE, related_name="token")
    value = SealedField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    renewer = models.UUIDField(null=True, blank=True)
    renewer_expires_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"token of account {self.account_id}"

    @property
    def sealing_customer_id(self) -> None:
        return None


class ApiKeyLane(models.Model):
    """The lane of one API key: who may send under it now, and the last nonce it gave out.

    ``holder`` is the token of the worker that holds the lane until ``holder_expires_at``; nobody else sends meanwhile,
    so that calls arrive at the provider in the order of their nonces.
    """

    key_id = models.CharField(max_length=200, unique=True)
    last_nonce = models.BigIntegerField(default=0)
    holder = models.UUIDField(null=True, blank=True)
    holder_expires_at = models.DateTimeField(null=True, blank=True)
    sent_count = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    counted_since = models.DateTimeField(null=True, blank=True)
    """Nonces given out and refused since then: what the budget of pipelined sending is measured by."""
    pipelined_after = models.DateTimeField(null=True, blank=True)
    """Too many nonces were refused: until then one call waits for the other's answer again."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="api_key_lane_holder_has_an_end",
                condition=Q(holder__isnull=True, holder_expires_at__isnull=True)
                | Q(holder__isnull=False, holder_expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"lane {self.pk}"


class ProviderUser(models.Model):
    """A customer's id at one provider account, and the status last read there.

    ``provider_reference`` is the provider's id exactly as received; ``external_reference`` is ours, sent at creation.
    ``required_actions``: list of {kind, subject, reasons, deadline} as last read.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey("Customer", on_delete=models.PROTECT, related_name="provider_users")
    account = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="provider_users")
    origin = models.CharField(max_length=8, choices=ProviderUserOrigin)
    status = models.CharField(max_length=16, choices=ProviderUserStatus, default=ProviderUserStatus.WAITING)
    provider_reference = models.CharField(max_length=255, blank=True, db_index=True)
    external_reference = models.CharField(max_length=64, blank=True, db_index=True)
    state = models.CharField(max_length=40, blank=True)
    state_reasons = models.JSONField(default=list, blank=True)
    required_actions = models.JSONField(default=list, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="provider_user_one_open_per_customer_and_account",
                fields=["customer", "account"],
                condition=~Q(status=ProviderUserStatus.REFUSED),
            ),
            models.UniqueConstraint(
                name="provider_user_reference_once_per_account",
                fields=["account", "provider_reference"],
                condition=~Q(provider_reference="") & ~Q(status=ProviderUserStatus.REFUSED),
            ),
            models.CheckConstraint(
                name="provider_user_linked_has_reference",
                condition=~Q(status=ProviderUserStatus.LINKED) | ~Q(provider_reference=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} user {self.provider_reference or 'without id'}"

    @property
    def sealing_customer_id(self) -> int:
        return self.customer_id
