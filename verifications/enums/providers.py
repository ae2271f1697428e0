"""Providers, accounts there, and a customer's user at one."""

from __future__ import annotations

from django.db.models import TextChoices


class ProviderKind(TextChoices):
    KRAKEN_EMBED = "KRAKEN_EMBED", "Kraken Embed"
    PAYWARD_SERVICES = "PAYWARD_SERVICES", "Payward Services"
    TRANSMIT_VERIFY = "TRANSMIT_VERIFY", "Transmit Security"
    CAPA_PARTNER = "CAPA_PARTNER", "Capa"


class AccountEnvironment(TextChoices):
    SANDBOX = "SANDBOX", "Sandbox"
    LIVE = "LIVE", "Live"


class ProviderUserOrigin(TextChoices):
    LINKED = "LINKED", "Linked by id"
    CREATED = "CREATED", "Created with profile"
    HEADLESS = "HEADLESS", "Created without profile"


class ProviderUserStatus(TextChoices):
    WAITING = "WAITING", "Waiting for the provider"
    LINKED = "LINKED", "Linked"
    REFUSED = "REFUSED", "Refused by the provider"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN", "Outcome unknown"
