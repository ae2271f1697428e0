"""The person or business to be identified."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse

from verifications.enums import CustomerKind
from verifications.models.fields import SealedField


class Customer(models.Model):
    """``reference`` is the organisation's own id. Names are searchable text, everything closer is sealed."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=12, choices=CustomerKind, default=CustomerKind.INDIVIDUAL)
    first_name = models.CharField(max_length=120, blank=True)
    middle_name = models.CharField(max_length=120, blank=True)
    last_name = models.CharField(max_length=120, blank=True)
    business_name = models.CharField(max_length=200, blank=True)
    search_name = models.CharField(max_length=500, blank=True, editable=False)
    """Names folded for search: lower case, without accents."""
    country = models.CharField(max_length=2, blank=True)
    nationalities = models.JSONField(default=list, blank=True)
    occupation = models.CharField(max_length=40, blank=True)
    employer_name = models.CharField(max_length=200, blank=True)
    city_of_birth = SealedField(null=True, blank=True)
    country_of_birth = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=2, blank=True)
    tos_version_accepted = models.PositiveIntegerField(null=True, blank=True)
    date_of_birth = SealedField(null=True, blank=True)
    email = SealedField(null=True, blank=True)
    email_hash = models.CharField(max_length=64, blank=True, db_index=True)
    phone = SealedField(null=True, blank=True)
    phone_hash = models.CharField(max_length=64, blank=True, db_index=True)
    address = SealedField(null=True, blank=True)
    """JSON object: line1, line2, city, province, postal_code, country."""
    tax_ids = SealedField(null=True, blank=True)
    """JSON array of {id, issuing_country}."""
    relationship_ended_date = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="customer_has_a_name",
                condition=Q(kind=CustomerKind.INDIVIDUAL) & ~Q(last_name="")
                | Q(kind=CustomerKind.BUSINESS) & ~Q(business_name=""),
            ),
            models.CheckConstraint(name="customer_has_a_reference", condition=~Q(reference="")),
        ]
        indexes = [
            models.Index(fields=["-id"], name="customer_newest"),
            models.Index(fields=["search_name", "id"], name="customer_by_name"),
        ]
        permissions = [("reveal_sealed_value", "Can see sealed values in full, with a purpose")]

    def __str__(self) -> str:
        return self.display_name

    def get_absolute_url(self) -> str:
        return reverse("verifications:customer_detail", args=[self.public_id])

    @property
    def display_name(self) -> str:
        """The name as people read it; a one-name person shows that one name."""
        if self.kind == CustomerKind.BUSINESS:
            return self.business_name
        return " ".join(part for part in (self.first_name, self.middle_name, self.last_name) if part)

    @property
    def sealing_customer_id(self) -> int | None:
        return self.pk
