"""What people decided about cases, why, on what evidence and under which policy. Rows are written once."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from verifications.enums import CaseRisk, DecisionOutcome, DifferenceReason, ReviewChoice
from verifications.models.fields import SealedField


class PolicyVersion(models.Model):
    """One version of the rules of risk, four-eyes and due times; ``rules`` is what ``policy.rules.Policy`` reads."""

    number = models.PositiveIntegerField(unique=True)
    rules = models.JSONField()
    note = models.CharField(max_length=500)
    """Why it was changed."""
    made_by = models.CharField(max_length=100)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Policy {self.number}"


class DecisionReason(models.Model):
    """Reference data: what may be chosen as the reason of an outcome. Switched off rather than deleted."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=60, unique=True)
    label = models.CharField(max_length=120)
    outcome = models.CharField(max_length=12, choices=DecisionOutcome)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["outcome", "position"], name="decision_reason_by_outcome")]

    def __str__(self) -> str:
        return self.label


class Decision(models.Model):
    """What one person decided. It stands at once, or once a second person approved it (``review``).

    ``evidence`` lists what was on screen, item by item, as keys with hashes: no personal data. A correction is a new
    row that ``supersedes`` this one; this one stays as it was.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey("Case", on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=12, choices=DecisionOutcome)
    reason = models.ForeignKey(DecisionReason, on_delete=models.PROTECT, related_name="+")
    reason_label = models.CharField(max_length=120)
    """As it read then."""
    rationale = SealedField()
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="decisions")
    risk = models.CharField(max_length=8, choices=CaseRisk)
    rules = models.JSONField(default=list)
    """Ids of the rules that asked for a second or a senior person, or raised the risk."""
    facts = models.JSONField(default=dict)
    """What the rules were asked about, for a replay under another policy; no personal data."""
    needs_second = models.BooleanField()
    needs_senior = models.BooleanField(default=False)
    evidence = models.JSONField()
    evidence_hash = models.CharField(max_length=64)
    approval_ends_date = models.DateField(null=True, blank=True)
    """Until when an approval holds."""
    supersedes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")
    """What it corrects. A correction that a second person returned leaves room for another."""
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    """Until when a second person may approve; ``None`` where none is needed."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="decision_staged_expires",
                condition=Q(needs_second=True, expires_at__isnull=False)
                | Q(needs_second=False, expires_at__isnull=True),
            ),
            models.CheckConstraint(
                name="decision_senior_is_a_second", condition=Q(needs_senior=False) | Q(needs_second=True)
            ),
        ]
        indexes = [
            models.Index(fields=["-made_at", "-id"], name="decision_newest"),
            models.Index(fields=["approval_ends_date", "id"], name="decision_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.public_id}"

    @property
    def customer(self) -> object:
        return self.case.customer

    @property
    def sealing_customer_id(self) -> int:
        return self.case.customer_id


class DecisionReview(models.Model):
    """What became of a staged decision: one row, by a second person, by its maker, or by time."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="review")
    choice = models.CharField(max_length=9, choices=ReviewChoice)
    note = SealedField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    """The decision's maker, copied: the database compares the two."""
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="decision_reviews"
    )
    """``None`` when time or new evidence ended it."""
    reviewed_at = models.DateTimeField()
    evidence_hash = models.CharField(max_length=64)
    changed = models.JSONField(default=list)
    """Keys of the evidence that changed meanwhile, where that ended it."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="decision_review_takes_two_people",
                condition=~Q(choice__in=[ReviewChoice.APPROVED, ReviewChoice.RETURNED])
                | (Q(reviewed_by__isnull=False) & ~Q(reviewed_by=F("made_by"))),
            ),
            models.CheckConstraint(
                name="decision_review_withdrawn_by_its_maker",
                condition=~Q(choice=ReviewChoice.WITHDRAWN) | Q(reviewed_by=F("made_by")),
            ),
            models.CheckConstraint(
                name="decision_review_by_nobody_is_times_doing",
                condition=Q(reviewed_by__isnull=False) | Q(choice=ReviewChoice.EXPIRED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_choice_display()} {self.public_id}"

    @property
    def customer(self) -> object:
        return self.decision.case.customer

    @property
    def sealing_customer_id(self) -> int:
        return self.decision.case.customer_id


class DifferenceResolution(models.Model):
    """Why two values that differ may stand, or that they may not. Holds for exactly these values."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey("Case", on_delete=models.PROTECT, related_name="difference_resolutions")
    field = models.CharField(max_length=60)
    values_hash = models.CharField(max_length=64)
    """Keyed hash of all the values compared; when one of them changes, this resolution no longer speaks of them."""
    reason = models.CharField(max_length=16, choices=DifferenceReason)
    explanation = SealedField()
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "field", "-id"], name="difference_by_field")]

    def __str__(self) -> str:
        return f"{self.field} {self.public_id}"

    @property
    def customer(self) -> object:
        return self.case.customer

    @property
    def sealing_customer_id(self) -> int:
        return self.case.customer_id
