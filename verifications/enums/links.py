"""Verification links at Capa, and webhooks."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LinkKind(TextChoices):
    KYC = "KYC", _("KYC (person)")
    KYB = "KYB", _("KYB (business)")


class LinkStatus(TextChoices):
    """Where a verification link stands (capa-partner 7)."""

    REQUESTED = "REQUESTED", _("Being created")
    ISSUED = "ISSUED", _("Issued")
    RETURNED = "RETURNED", _("Customer returned")
    IN_PROGRESS = "IN_PROGRESS", _("In progress")
    IN_REVIEW = "IN_REVIEW", _("In review at the provider")
    VERIFIED = "VERIFIED", _("Verified")
    REJECTED = "REJECTED", _("Rejected")
    EXPIRED = "EXPIRED", _("Expired")
    REPLACED = "REPLACED", _("Replaced by a new link")
    REFUSED = "REFUSED", _("Refused by the provider")
    CANCELLED = "CANCELLED", _("Cancelled")


LINK_TRANSITIONS: dict[LinkStatus, frozenset[LinkStatus]] = {
    LinkStatus.REQUESTED: frozenset({LinkStatus.ISSUED, LinkStatus.REFUSED, LinkStatus.CANCELLED}),
    LinkStatus.ISSUED: frozenset(
        {
            LinkStatus.RETURNED,
            LinkStatus.IN_PROGRESS,
            LinkStatus.IN_REVIEW,
            LinkStatus.VERIFIED,
            LinkStatus.REJECTED,
            LinkStatus.EXPIRED,
            LinkStatus.REPLACED,
            LinkStatus.CANCELLED,
        }
    ),
    LinkStatus.RETURNED: frozenset(
        {
            LinkStatus.IN_PROGRESS,
            LinkStatus.IN_REVIEW,
            LinkStatus.VERIFIED,
            LinkStatus.REJECTED,
            LinkStatus.EXPIRED,
            LinkStatus.REPLACED,
            LinkStatus.CANCELLED,
        }
    ),
    LinkStatus.IN_PROGRESS: frozenset(
        {LinkStatus.IN_REVIEW, LinkStatus.VERIFIED, LinkStatus.REJECTED, LinkStatus.EXPIRED, LinkStatus.REPLACED}
    ),
    LinkStatus.IN_REVIEW: frozenset({LinkStatus.IN_PROGRESS, LinkStatus.VERIFIED, LinkStatus.REJECTED}),
    LinkStatus.EXPIRED: frozenset(
        {
            LinkStatus.IN_PROGRESS,  # the customer came after our clock had given up
            LinkStatus.IN_REVIEW,
            LinkStatus.VERIFIED,
            LinkStatus.REJECTED,
            LinkStatus.REPLACED,
            LinkStatus.CANCELLED,
        }
    ),
    LinkStatus.VERIFIED: frozenset(),
    LinkStatus.REJECTED: frozenset({LinkStatus.REPLACED}),
    LinkStatus.REPLACED: frozenset(),
    LinkStatus.REFUSED: frozenset(),
    LinkStatus.CANCELLED: frozenset(),
}
USABLE_LINK_STATUSES = (LinkStatus.ISSUED, LinkStatus.RETURNED, LinkStatus.IN_PROGRESS)
LIVE_LINK_STATUSES = (LinkStatus.REQUESTED, *USABLE_LINK_STATUSES, LinkStatus.IN_REVIEW)


class WebhookOutcome(TextChoices):
    """What became of a webhook that was received."""

    STORED = "STORED", _("Waiting to be processed")
    READ_QUEUED = "READ_QUEUED", _("Caused a reading")
    NOTHING_TO_READ = "NOTHING_TO_READ", _("Nothing to read")
    UNKNOWN_USER = "UNKNOWN_USER", _("No such user here")
    OTHER_TYPE = "OTHER_TYPE", _("Not about a verification")
    UNREADABLE = "UNREADABLE", _("Not understood")
