"""What goes into the Capa client and what comes out (capa-partner 5): plain frozen dataclasses.

Results, section statuses and events of an *answer* are open texts, kept as they came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from verifications.providers.types import UserCreated

COUNTRIES: tuple[str, ...] = (
    "MX", "DO", "US",
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT",
    "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE",
    "IS", "LI", "NO", "CH", "GB", "MC", "SM", "AD", "VA",
)  # fmt: skip
"""The enum of C2 and C3 (capa-partner 5), in the contract's order."""


@dataclass(frozen=True)
class LinkUserRequest:
    """One C1 request. ``type`` is ``INDIVIDUAL`` or ``BUSINESS``."""

    type: str
    email: str = field(repr=False)
    external_user_id: str
    alias: str = ""


@dataclass(frozen=True)
class LinkRequest:
    """One C2 or C3 request."""

    user_id: str
    country: str
    redirect_uri: str = field(default="", repr=False)


@dataclass(frozen=True)
class LinkCreated:
    """The address a person opens: a bearer credential, never logged, hidden from ``repr``."""

    url: str = field(repr=False)


@dataclass(frozen=True)
class DetailsSection:
    """One section of C4: ``faceLivenessInfo``, ``faceMatchInfo``, ``fraudInsights``, ``idInfo`` and so on."""

    name: str
    result: str = ""
    status: str = ""
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    score: float | None = None


@dataclass(frozen=True)
class LinkDetails:
    """What C4 or C5 said. ``result`` is ``verificationResult`` or ``verificationStatus`` exactly as received.

    ``found`` is ``False`` for a 404: nothing yet. ``values`` are extracted texts by dotted path (``idInfo.fullName``,
    ``businessInfo.taxId``, ``beneficialOwners.0.fullName`` ...), personal data, hidden from ``repr``.
    """

    found: bool
    result: str = ""
    session_id: str = ""
    sections: tuple[DetailsSection, ...] = ()
    watchlist_hits: int = 0
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The whole ``data`` object as JSON, for the sealed column."""


@dataclass(frozen=True)
class WebhookSettings:
    url: str
    updated_at: str = ""


@dataclass(frozen=True)
class Notification:
    """One item of C7, or C8 with its ``payload`` and ``latest_error``."""

    id: str
    status: str
    event_type: str = ""
    retry_attempts: int = 0
    manual_retry_count: int = 0
    created_at: str = ""
    updated_at: str = ""
    payload: Mapping[str, Any] | None = field(default=None, repr=False)
    latest_error: str = ""


@dataclass(frozen=True)
class NotificationPage:
    total: int
    items: tuple[Notification, ...] = ()


class LinkClient(Protocol):
    """Capa. Each method makes one call and never repeats it; the four errors of ``providers.errors`` only.

    Error codes are the portal classes of capa-partner 8 (``user_mismatch``, ``wrong_link_type``,
    ``country_not_enabled``, ``user_not_found``, ``invalid_email``, ``bad_request``, ``provider_config``,
    ``user_conflict`` ...). A 401 that says that the user is not the partner's is ``ProviderRefused``
    (``user_mismatch``), never a problem of the key.
    """

    def create_user(self, request: LinkUserRequest) -> UserCreated: ...

    def create_kyc_link(self, request: LinkRequest) -> LinkCreated: ...

    def create_kyb_link(self, request: LinkRequest) -> LinkCreated: ...

    def get_kyc_details(self, user_id: str) -> LinkDetails: ...

    def get_kyb_details(self, user_id: str) -> LinkDetails: ...

    def set_webhook(self, url: str | None) -> WebhookSettings: ...

    def list_notifications(self, *, status: str = "", skip: int = 0, limit: int = 100) -> NotificationPage: ...

    def get_notification(self, notification_id: str) -> Notification: ...

    def retry_notification(self, notification_id: str) -> Notification: ...
