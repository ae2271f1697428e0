"""Cases."""

from __future__ import annotations

from django.db.models import TextChoices


class CaseState(TextChoices):
    """What a case waits for. Decisions about the customer are rows of their own."""

    SENDING = "SENDING", "Sending"
    WITH_PROVIDER = "WITH_PROVIDER", "With the provider"
    NEEDS_DECISION = "NEEDS_DECISION", "Needs decision"
    PROVIDER_REFUSED = "PROVIDER_REFUSED", "Provider refused"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN", "Outcome unknown"
    WAITING_FOR_CUSTOMER = "WAITING_FOR_CUSTOMER", "Waiting for customer"
    CLOSED = "CLOSED", "Closed"


class CaseRisk(TextChoices):
    STANDARD = "STANDARD", "Standard"
    HIGH = "HIGH", "High"
