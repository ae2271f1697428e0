"""Providers, accounts there, and a customer's user at one."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProviderKind(TextChoices):
    KRAKEN_EMBED = "KRAKEN_EMBED", "Kraken Embed"
    PAYWARD_SERVICES = "PAYWARD_SERVICES", "Payward Services"
    TRANSMIT_VERIFY = "TRANSMIT_VERIFY", "Transmit Security"
    CAPA_PARTNER = "CAPA_PARTNER", "Capa"


class AccountEnvironment(TextChoices):
    SANDBOX = "SANDBOX", _("Sandbox")
    LIVE = "LIVE", _("Live")


class ProviderUserOrigin(TextChoices):
    LINKED = "LINKED", _("Linked by id")
    CREATED = "CREATED", _("Created with profile")
    HEADLESS = "HEADLESS", _("Created without profile")


class ProviderUserStatus(TextChoices):
    WAITING = "WAITING", _("Waiting for the provider")
    LINKED = "LINKED", _("Linked")
    REFUSED = "REFUSED", _("Refused by the provider")
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN", _("Outcome unknown")
