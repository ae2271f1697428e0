"""Whom the portal knows."""

from __future__ import annotations

from django.db.models import TextChoices


class CustomerKind(TextChoices):
    INDIVIDUAL = "INDIVIDUAL", "Person"
    BUSINESS = "BUSINESS", "Business"
