"""What customers are found by."""

from __future__ import annotations

from django.db import models


class CustomerSearchText(models.Model):
    """The folded names and reference of one customer (``verifications.search_text``).

    A table of its own, so that its index is written only when a name or the reference changes. PostgreSQL keeps a
    trigram index on ``text``, SQLite a full-text table beside it that triggers keep in step.
    """

    customer = models.OneToOneField("Customer", on_delete=models.CASCADE, primary_key=True, related_name="search_text")
    text = models.TextField()

    def __str__(self) -> str:
        return f"search text of customer {self.customer_id}"
