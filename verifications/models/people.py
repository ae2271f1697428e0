"""What a person chose for themselves: language, zone, table, absence; and their views of the queue."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class PersonSettings(models.Model):
    """Made with the first choice; whoever has none gets the defaults."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="portal_settings")
    language = models.CharField(max_length=7, blank=True)
    """Empty: the browser's."""
    time_zone = models.CharField(max_length=50, blank=True)
    """Empty: the installation's."""
    shortcuts = models.BooleanField(default=True)
    is_dense = models.BooleanField(default=False)
    queue_columns = models.JSONField(default=list, blank=True)
    """Names of the columns shown, in order; empty: all of the standard ones."""
    capacity = models.PositiveSmallIntegerField(default=20)
    """Open cases at once that a suggestion respects."""
    absent_from = models.DateField(null=True, blank=True)
    absent_until = models.DateField(null=True, blank=True)
    """Both days included."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="person_absence_is_a_span",
                condition=Q(absent_from__isnull=True, absent_until__isnull=True)
                | Q(absent_until__gte=models.F("absent_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"Settings of {self.person_id}"


class SavedView(models.Model):
    """A named set of filters, order and columns of the queue, for oneself or for all."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.JSONField(default=dict)
    """Names and values as in the address of the queue."""
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="saved_view_name_once", fields=["owner", "name"])]
        indexes = [models.Index(fields=["is_shared", "name"], name="saved_view_shared")]
        permissions = [("share_savedview", "Can share a view of the queue with everybody")]

    def __str__(self) -> str:
        return self.name
