"""The auditor's room: access for a time, samples anybody can draw again, questions with their answers."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from verifications.enums import QuestionStatus, SampleConclusion
from verifications.models.audit import AppendOnlyError, AppendOnlyQuerySet, WrittenOnce
from verifications.models.fields import SealedField


class AuditEngagement(models.Model):
    """From when until when an auditor may look. An auditor with none is a member of staff and has no end."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    auditor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="engagements")
    title = models.CharField(max_length=200)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="audit_engagement_ends_after_start", condition=Q(ends_at__gt=F("starts_at")))
        ]
        indexes = [models.Index(fields=["auditor", "-ends_at"], name="audit_engagement_by_auditor")]

    def __str__(self) -> str:
        return self.title


class AuditSample(WrittenOnce):
    """Cases drawn by a seed: the same seed, filter and moment draw the same cases, whoever asks.

    The population is every case that matches ``filters`` and was opened before ``drawn_at``; ``population_hash`` is the
    SHA-256 of their numbers, sorted, one a line.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(max_length=200)
    seed = models.CharField(max_length=64)
    method = models.CharField(max_length=20)
    filters = models.JSONField(default=dict, blank=True)
    population = models.PositiveIntegerField()
    population_hash = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        permissions = [("view_controlevidence", "Can view the control evidence")]

    def __str__(self) -> str:
        return self.title


class AuditSampleItem(models.Model):
    """A case of a sample, in the order it was drawn, and what the auditor concluded."""

    sample = models.ForeignKey(AuditSample, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    case = models.ForeignKey("Case", on_delete=models.PROTECT, related_name="+")
    conclusion = models.CharField(max_length=12, choices=SampleConclusion, blank=True)
    concluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    concluded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="audit_sample_item_position", fields=["sample", "position"]),
            models.UniqueConstraint(name="audit_sample_item_case", fields=["sample", "case"]),
        ]

    def __str__(self) -> str:
        return f"{self.sample_id} {self.position}"


class AuditQuestion(models.Model):
    """What an auditor asks about a case. The text may name the customer, so it is sealed under the customer's key."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey("Case", on_delete=models.PROTECT, related_name="audit_questions")
    text = SealedField()
    status = models.CharField(max_length=8, choices=QuestionStatus, default=QuestionStatus.OPEN)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("answer_auditquestion", "Can answer an auditor's question")]
        indexes = [models.Index(fields=["status", "-id"], name="audit_question_by_status")]

    def __str__(self) -> str:
        return str(self.public_id)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Once asked, only its state moves; a trigger of the table says the same."""
        if self.pk is not None and not set(kwargs.get("update_fields") or ["text"]) <= {"status", "closed_at"}:
            raise AppendOnlyError("Of a question only the state changes.")
        super().save(*args, **kwargs)

    @property
    def customer(self) -> object:
        return self.case.customer

    @property
    def sealing_customer_id(self) -> int:
        return self.case.customer_id


class AuditAnswer(WrittenOnce):
    """One answer to a question, kept as it was given."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    question = models.ForeignKey(AuditQuestion, on_delete=models.PROTECT, related_name="answers")
    text = SealedField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    objects = AppendOnlyQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def customer(self) -> object:
        return self.question.case.customer

    @property
    def sealing_customer_id(self) -> int:
        return self.question.case.customer_id
