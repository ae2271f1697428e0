"""Verification sessions at Transmit Security."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SessionShape(TextChoices):
    HOSTED = "HOSTED", _("Provider's own pages")
    BACKEND = "BACKEND", _("Images sent by the portal")


class SessionStatus(TextChoices):
    """Where a verification session stands, in the portal's words (transmit-verify 6)."""

    DRAFT = "DRAFT", _("Draft")
    REQUESTED = "REQUESTED", _("Being created")
    WAITING_FOR_CUSTOMER = "WAITING_FOR_CUSTOMER", _("Waiting for the customer")
    CAPTURING = "CAPTURING", _("Waiting for pictures")
    IN_PROGRESS = "IN_PROGRESS", _("Being checked")
    ACTION_REQUIRED = "ACTION_REQUIRED", _("Another picture is needed")
    COMPLETED = "COMPLETED", _("Completed")
    FAILED = "FAILED", _("Failed at the provider")
    LOST = "LOST", _("Not found at the provider")
    EXPIRED = "EXPIRED", _("Expired")
    REFUSED = "REFUSED", _("Refused by the provider")
    CANCELLED = "CANCELLED", _("Cancelled")
    DELETED = "DELETED", _("Deleted at the provider")


_SESSION_ENDS = frozenset(
    {
        SessionStatus.COMPLETED,
        SessionStatus.FAILED,
        SessionStatus.LOST,
        SessionStatus.EXPIRED,
        SessionStatus.CANCELLED,
        SessionStatus.DELETED,
    }
)
_SESSION_UNDER_WAY = frozenset(
    {
        SessionStatus.WAITING_FOR_CUSTOMER,
        SessionStatus.CAPTURING,
        SessionStatus.IN_PROGRESS,
        SessionStatus.ACTION_REQUIRED,
    }
)
SESSION_TRANSITIONS: dict[SessionStatus, frozenset[SessionStatus]] = {
    SessionStatus.DRAFT: frozenset({SessionStatus.REQUESTED, SessionStatus.CANCELLED}),
    SessionStatus.REQUESTED: frozenset(
        {
            SessionStatus.WAITING_FOR_CUSTOMER,
            SessionStatus.CAPTURING,
            SessionStatus.REFUSED,
            SessionStatus.CANCELLED,
        }
    ),
    **{status: (_SESSION_UNDER_WAY - {status}) | _SESSION_ENDS for status in sorted(_SESSION_UNDER_WAY)},
    # An answer may come after our clock, or a person, had given the session up.
    SessionStatus.EXPIRED: _SESSION_ENDS - {SessionStatus.EXPIRED} | {SessionStatus.IN_PROGRESS},
    SessionStatus.CANCELLED: frozenset({SessionStatus.DELETED}),
    SessionStatus.COMPLETED: frozenset({SessionStatus.DELETED}),
    SessionStatus.FAILED: frozenset({SessionStatus.DELETED}),
    SessionStatus.LOST: frozenset({SessionStatus.DELETED}),
    SessionStatus.REFUSED: frozenset(),
    SessionStatus.DELETED: frozenset(),
}
OPEN_SESSION_STATUSES = tuple(sorted(_SESSION_UNDER_WAY))
"""Open at the provider: what happens there is followed."""
LIVE_SESSION_STATUSES = (SessionStatus.DRAFT, SessionStatus.REQUESTED, *OPEN_SESSION_STATUSES)
