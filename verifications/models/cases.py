"""A customer's file put before a person, and who has it open."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from verifications.enums import (
    CaseCause,
    CaseKind,
    CasePriority,
    CaseRisk,
    CaseState,
    CustomerKind,
    DecisionOutcome,
    ProviderAnswer,
    ProviderKind,
    VerificationMethod,
)

IS_OPEN = Q(closed_at__isnull=True)


def case_number(key: int) -> str:
    """What the case with this key is called."""
    return f"CASE-{key:05d}"


class Case(models.Model):
    """Opens by itself with a customer's first submission; at most one is open per customer.

    ``latest_verification`` and what is copied from it, from the customer and from the decisions is kept here so that a
    row of the queue costs no further query, and a filter none that walks the table.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey("Customer", on_delete=models.PROTECT, related_name="cases")
    customer_kind = models.CharField(max_length=12, choices=CustomerKind, default=CustomerKind.INDIVIDUAL)
    kind = models.CharField(max_length=12, choices=CaseKind, default=CaseKind.ONBOARDING)
    cause = models.CharField(max_length=16, choices=CaseCause, default=CaseCause.SUBMISSION)
    state = models.CharField(max_length=20, choices=CaseState)
    risk = models.CharField(max_length=8, choices=CaseRisk, default=CaseRisk.STANDARD)
    risk_reasons = models.JSONField(default=list, blank=True)
    """Ids of the rules of the policy that made the risk what it is."""
    priority = models.PositiveSmallIntegerField(choices=CasePriority, default=CasePriority.NORMAL)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="owned_cases"
    )
    """Who answers for the case. Who works on it right now is ``claimed_by``."""
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="claimed_cases"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    claim_ends_at = models.DateTimeField(null=True, blank=True)
    latest_verification = models.ForeignKey(
        "Verification", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    provider = models.CharField(max_length=24, choices=ProviderKind, blank=True)
    method = models.CharField(max_length=16, choices=VerificationMethod, blank=True)
    answer = models.CharField(max_length=20, choices=ProviderAnswer, blank=True)
    country = models.CharField(max_length=2, blank=True)
    staged_decision = models.ForeignKey("Decision", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    """Waits for its second person."""
    decision = models.ForeignKey("Decision", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    """The last one that stands."""
    outcome = models.CharField(max_length=12, choices=DecisionOutcome, blank=True)
    """What ``decision`` says, for filters."""
    is_escalated = models.BooleanField(default=False)
    asked_customer_at = models.DateTimeField(null=True, blank=True)
    """Set while something is asked of the customer that has not come."""
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True)
    """Since when the due time stands still; ``paused_left``: the working time left then, negative if late."""
    paused_left = models.DurationField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    """Grows with every change a person makes; a form that was filled in over an older one is refused."""
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="case_one_open_per_customer", fields=["customer"], condition=IS_OPEN),
            models.CheckConstraint(
                name="case_closed_has_its_time",
                condition=Q(state=CaseState.CLOSED, closed_at__isnull=False)
                | (~Q(state=CaseState.CLOSED) & Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="case_staged_waits_for_second_person",
                condition=Q(state=CaseState.SECOND_APPROVAL, staged_decision__isnull=False)
                | (~Q(state=CaseState.SECOND_APPROVAL) & Q(staged_decision__isnull=True)),
            ),
            models.CheckConstraint(
                name="case_paused_has_its_rest",
                condition=Q(paused_at__isnull=True, paused_left__isnull=True)
                | Q(paused_at__isnull=False, paused_left__isnull=False),
            ),
            models.CheckConstraint(
                name="case_claim_is_whole",
                condition=Q(claimed_by__isnull=True, claimed_at__isnull=True, claim_ends_at__isnull=True)
                | Q(claimed_by__isnull=False, claimed_at__isnull=False, claim_ends_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="case_queue", condition=IS_OPEN),
            models.Index(fields=["state", "due_at", "id"], name="case_queue_by_state", condition=IS_OPEN),
            models.Index(fields=["provider", "due_at", "id"], name="case_queue_by_provider", condition=IS_OPEN),
            models.Index(fields=["country", "due_at", "id"], name="case_queue_by_country", condition=IS_OPEN),
            models.Index(fields=["owner", "due_at", "id"], name="case_queue_by_owner", condition=IS_OPEN),
            models.Index(fields=["risk", "due_at", "id"], name="case_queue_by_risk", condition=IS_OPEN),
            models.Index(fields=["method", "due_at", "id"], name="case_queue_by_method", condition=IS_OPEN),
            models.Index(fields=["priority", "opened_at", "id"], name="case_queue_by_priority", condition=IS_OPEN),
            models.Index(fields=["-opened_at", "-id"], name="case_queue_newest", condition=IS_OPEN),
            models.Index(fields=["-closed_at", "-id"], name="case_closed", condition=~IS_OPEN),
            models.Index(fields=["customer", "-id"], name="case_by_customer"),
            models.Index(fields=["-opened_at", "-id"], name="case_opened"),
            models.Index(fields=["-breached_at", "-id"], name="case_breached", condition=Q(breached_at__isnull=False)),
        ]
        permissions = [
            ("decide_case", "Can decide a case, and approve what another decided"),
            ("decide_escalated", "Can decide an escalated case, and approve where a senior person is asked for"),
            ("assign_case", "Can assign cases to others"),
            ("ask_customer", "Can ask a customer again"),
            ("view_overview", "Can see the overview"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("verifications:case_detail", args=[self.public_id])

    @property
    def number(self) -> str:
        return case_number(self.pk) if self.pk else "CASE-new"

    def claim_holds(self, now: dt.datetime) -> bool:
        """Somebody works on it: their claim has not lapsed."""
        return self.claim_ends_at is not None and self.claim_ends_at > now


class CasePresence(models.Model):
    """Who has the case open in a browser, kept up by the page itself. Who looked at what is in the access log."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="presences")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="case_presence_once", fields=["case", "person"])]

    def __str__(self) -> str:
        return f"{self.case_id} {self.person_id}"
