"""Verification links at Capa, and webhooks."""

from __future__ import annotations

from django.db.models import TextChoices


class LinkKind(TextChoices):
    KYC = "KYC", "KYC (person)"
    KYB = "KYB", "KYB (business)"


class LinkStatus(TextChoices):
    """Where a verification link stands (capa-partner 7)."""

    REQUESTED = "REQUESTED", "Being created"
    ISSUED = "ISSUED", "Issued"
    RETURNED = "RETURNED", "Customer returned"
    IN_PROGRESS = "IN_PROGRESS", "In progress"
    IN_REVIEW = "IN_REVIEW", "In review at the provider"
    VERIFIED = "VERIFIED", "Verified"
    REJECTED = "REJECTED", "Rejected"
    EXPIRED = "EXPIRED", "Expired"
    REPLACED = "REPLACED", "Replaced by a new link"
    REFUSED = "REFUSED", "Refused by the provider"
    CANCELLED = "CANCELLED", "Cancelled"


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

    STORED = "STORED", "Waiting to be processed"
    READ_QUEUED = "READ_QUEUED", "Caused a reading"
    NOTHING_TO_READ = "NOTHING_TO_READ", "Nothing to read"
    UNKNOWN_USER = "UNKNOWN_USER", "No such user here"
    OTHER_TYPE = "OTHER_TYPE", "Not about a verification"
    UNREADABLE = "UNREADABLE", "Not understood"
