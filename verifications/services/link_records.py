"""What every change of a link has in common: its columns, its event, and its two rows on the ledger."""

from __future__ import annotations

import datetime as dt
import hashlib
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from verifications.enums import (
    LIVE_LINK_STATUSES,
    USABLE_LINK_STATUSES,
    AuditAction,
    CallOperation,
    CallStatus,
    LinkKind,
    LinkStatus,
    VerificationMethod,
    VerificationStatus,
)
from verifications.errors import DomainError, NotAllowed
from verifications.models import KycLink, ProviderCall, Verification
from verifications.services.audit import record_event
from verifications.services.call_queue import enqueue_call
from verifications.services.doorbell import ring

CREATION_OF_KIND = {LinkKind.KYC: CallOperation.CREATE_KYC_LINK, LinkKind.KYB: CallOperation.CREATE_KYB_LINK}
READING_OF_KIND = {LinkKind.KYC: CallOperation.GET_KYC_DETAILS, LinkKind.KYB: CallOperation.GET_KYB_DETAILS}
READABLE_LINK_STATUSES = (*USABLE_LINK_STATUSES, LinkStatus.IN_REVIEW, LinkStatus.EXPIRED)
"""Something may still come of these. An expired link may be open in the customer's browser."""
FOLLOWED_STATUSES = (
    VerificationStatus.WAITING_FOR_CUSTOMER,
    VerificationStatus.ACCEPTED,
    VerificationStatus.EXPIRED,
)
"""Verifications that a reading may still answer."""
MOVED_FIELDS = ("status", "url", "ended_at", "updated_at")


def digest(value: str) -> str:
    """What stays of an address or a token: its SHA-256, in hex. Both are too random to be guessed from it."""
    return hashlib.sha256(value.encode()).hexdigest()


def return_address(token: str) -> str:
    """Where Capa sends the customer back to: one path, one use, on the portal's own host (capa-partner 7)."""
    return f"{settings.PUBLIC_URL}{reverse('verifications:link_return', args=[token])}"


def own_host() -> str:
    return urlsplit(settings.PUBLIC_URL).netloc


def move_link(link: KycLink, after: LinkStatus, *, at: dt.datetime) -> None:
    """Set the columns of a move (``MOVED_FIELDS``); the address goes as soon as nobody may use it. The caller saves."""
    link.status = after
    if after not in USABLE_LINK_STATUSES:
        link.url = None
    link.ended_at = None if after in LIVE_LINK_STATUSES else at
    link.updated_at = at


def record_move(link: KycLink, *, before: str, actor: str, at: dt.datetime, **details: str) -> None:
    record_event(
        action=AuditAction.LINK_MOVED,
        actor=actor,
        subject=link,
        at=at,
        details={"before": before, "after": link.status, **details},
    )


def locked_verification(verification_id: int) -> Verification:
    """The link's verification, locked before its link; raises ``DomainError`` when there is none of that kind."""
    verification = (
        Verification.objects.select_for_update(of=("self",))
        .select_related("account", "customer", "provider_user", "case")
        .filter(pk=verification_id)
        .first()
    )
    if verification is None:
        raise DomainError(_("This verification does not exist."))
    if verification.method != VerificationMethod.LINK:
        raise NotAllowed(_("This verification is not made by link. Nothing was changed."))
    return verification


def locked_link(link_id: int) -> KycLink:
    link = (
        KycLink.objects.select_for_update(of=("self",))
        .select_related("account", "customer", "verification")
        .filter(pk=link_id)
        .first()
    )
    if link is None:
        raise DomainError(_("This link does not exist."))
    return link


def withdraw_calls(*, verification_id: int, at: dt.datetime) -> None:
    """Cancel what waits to be sent for the verification's links: first the rows, as a worker that claims does."""
    waiting = ProviderCall.objects.filter(link__verification_id=verification_id, status=CallStatus.WAITING)
    keys = list(waiting.select_for_update(of=("self",)).values_list("pk", flat=True))
    ProviderCall.objects.filter(pk__in=keys).update(status=CallStatus.CANCELLED, finished_at=at)


def enqueue_creation(*, link: KycLink, verification: Verification, actor: str, at: dt.datetime) -> ProviderCall:
    """Ask Capa for the address (C2 or C3). The customer's user must be linked."""
    return enqueue_call(
        account=verification.account,
        operation=CREATION_OF_KIND[LinkKind(link.kind)],
        actor=actor,
        at=at,
        verification=verification,
        link=link,
    )


@transaction.atomic
def enqueue_details_read(
    *, link: KycLink, actor: str, at: dt.datetime, not_before: dt.datetime | None = None
) -> ProviderCall:
    """Have the details read (C4 or C5); a read that waits already is moved forward instead of doubled."""
    due = not_before or at
    KycLink.objects.select_for_update(of=("self",)).get(pk=link.pk)  # two askers, one row
    operation = READING_OF_KIND[LinkKind(link.kind)]
    waiting = ProviderCall.objects.filter(
        link=link, operation=operation, status__in=[CallStatus.WAITING, CallStatus.SENDING]
    ).first()
    if waiting is None:
        return enqueue_call(account=link.account, operation=operation, actor=actor, at=at, not_before=due, link=link)
    if waiting.not_before > due:
        ProviderCall.objects.filter(pk=waiting.pk, status=CallStatus.WAITING).update(not_before=due)
        ring(key_id=link.account.key_id, after_seconds=max(0.0, (due - at).total_seconds()))
    return waiting
