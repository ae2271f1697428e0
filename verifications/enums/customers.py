"""Whom the portal knows."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CustomerKind(TextChoices):
    INDIVIDUAL = "INDIVIDUAL", _("Person")
    BUSINESS = "BUSINESS", _("Business")
