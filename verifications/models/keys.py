"""Data keys: what seals the values of one customer, of the installation, and the hashes that search goes by."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from verifications.enums import KeyPurpose


class DataKey(models.Model):
    """A data key wrapped by a master key. Deleting a customer's row makes that customer's sealed values unreadable."""

    purpose = models.CharField(max_length=12, choices=KeyPurpose)
    customer = models.OneToOneField(
        "Customer", on_delete=models.PROTECT, null=True, blank=True, related_name="data_key"
    )
    wrapped = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="data_key_customer_matches_purpose",
                condition=Q(purpose=KeyPurpose.CUSTOMER, customer__isnull=False)
                | (~Q(purpose=KeyPurpose.CUSTOMER) & Q(customer__isnull=True)),
            ),
            models.UniqueConstraint(
                name="data_key_one_per_purpose",
                fields=["purpose"],
                condition=~Q(purpose=KeyPurpose.CUSTOMER),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} key {self.pk}"
