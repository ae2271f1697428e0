"""The two logs: what was changed, and what was looked at. Rows are written once; the database refuses the rest."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.db import models

from verifications.enums import AccessAction, AuditAction, LogKind, RevealPurpose
from verifications.integrity.entries import commit


class AppendOnlyError(Exception):
    """Someone tried to change or delete a row of a log. Nothing was changed."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **_kwargs: Any) -> NoReturn:
        raise AppendOnlyError("Log rows are written once.")

    def delete(self) -> NoReturn:
        raise AppendOnlyError("Log rows are never deleted here.")

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise AppendOnlyError("Log rows are written once.")


class WrittenOnce(models.Model):
    """A row that is never changed or deleted; a trigger of its table says the same."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise AppendOnlyError("Log rows are written once.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise AppendOnlyError("Log rows are never deleted here.")


class LogRow(WrittenOnce):
    """What both logs say of an entry. No foreign keys: a row must outlive what it speaks of.

    ``subject_type`` is the model's name, ``subject_id`` its public id or key; ``customer_id`` the customer's public id.
    ``details`` holds ids, hashes and states only, never personal data. What a seal covers of the texts that people
    typed or are named by is their ``commitment``, salted: once salt and texts are erased, the seal still holds.
    """

    LOG: LogKind

    event_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=100)
    actor_name = models.CharField(max_length=200)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    customer_id = models.UUIDField(null=True, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=45, blank=True)
    details = models.JSONField(default=dict, blank=True)
    salt = models.CharField(max_length=32, default="", editable=False)
    commitment = models.CharField(max_length=64, default="", editable=False)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.commitment:
            commit(self.LOG, self)
        super().save(*args, **kwargs)


def audit_actions() -> list[tuple[str, str]]:
    """The actions there are; a callable, so that a new word needs no migration of a table that is never altered."""
    return [(str(value), str(label)) for value, label in AuditAction.choices]


def access_actions() -> list[tuple[str, str]]:
    """The same for the access log."""
    return [(str(value), str(label)) for value, label in AccessAction.choices]


class AuditEvent(LogRow):
    """Who did what to which record, when, from where and why."""

    LOG = LogKind.AUDIT

    action = models.CharField(max_length=60, choices=audit_actions)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer_id", "-id"], name="audit_by_customer"),
            models.Index(fields=["subject_type", "subject_id", "-id"], name="audit_by_subject"),
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.event_id}"


class AccessEvent(LogRow):
    """Who saw which personal data of whom, and for what purpose."""

    LOG = LogKind.ACCESS

    action = models.CharField(max_length=60, choices=access_actions)
    purpose = models.CharField(max_length=20, choices=RevealPurpose, blank=True)
    field = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer_id", "-id"], name="access_by_customer"),
            models.Index(fields=["actor", "-id"], name="access_by_actor"),
            models.Index(
                fields=["subject_id", "-id"],
                name="access_export_downloaded",
                condition=models.Q(action=AccessAction.EXPORT_DOWNLOADED.value),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.event_id}"
