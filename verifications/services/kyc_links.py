"""Verification links: requested, renewed, given up, expired. What hands one to the customer is ``link_handover``.

Contract: capa-partner 5 (C1 to C3) and 7.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import (
    CLOSED_STATUSES,
    AuditAction,
    CallOperation,
    CustomerKind,
    LinkKind,
    LinkStatus,
    ProviderKind,
    ProviderUserOrigin,
    ProviderUserStatus,
    VerificationMethod,
    VerificationStatus,
    VerificationType,
)
from verifications.errors import DomainError, InvalidTransition, NotAllowed
from verifications.models import Customer, KycLink, ProviderAccount, ProviderCall, ProviderUser, Verification
from verifications.selectors.marked_words import in_sentence
from verifications.services.audit import record_event
from verifications.services.call_queue import enqueue_call
from verifications.services.cases import follow_verification, open_case_for
from verifications.services.link_checks import LinkData, check_address, check_request
from verifications.services.link_handover import customer_returned, email_text, link_address, send_link
from verifications.services.link_records import (
    MOVED_FIELDS,
    READABLE_LINK_STATUSES,
    enqueue_creation,
    enqueue_details_read,
    locked_link,
    locked_verification,
    move_link,
    record_move,
    withdraw_calls,
)
from verifications.services.link_users import adopt_provider_user, needs_operator
from verifications.services.verifications import check_transition

__all__ = [
    "LinkData",
    "adopt_provider_user",
    "cancel_link",
    "customer_returned",
    "email_text",
    "expire_links",
    "link_address",
    "renew_link",
    "request_details_read",
    "request_link",
    "send_link",
]

logger = logging.getLogger(__name__)

KIND_OF_CUSTOMER = {CustomerKind.INDIVIDUAL: LinkKind.KYC, CustomerKind.BUSINESS: LinkKind.KYB}
TYPE_OF_KIND = {LinkKind.KYC: VerificationType.KYC_LINK, LinkKind.KYB: VerificationType.KYB_LINK}
EXPIRED = "The link has expired before the customer finished. Make a new link, or cancel this verification."
UNUSED = (LinkStatus.ISSUED, LinkStatus.RETURNED)
"""No sign yet that the customer has begun."""
OVER = (LinkStatus.REPLACED, LinkStatus.REFUSED, LinkStatus.CANCELLED)
MOST_EXPIRED = 500
ACTOR = "system:schedule"


@transaction.atomic
def request_link(*, customer_id: int, account_id: int, data: LinkData, actor: str, at: dt.datetime) -> KycLink:
    """Ask for a KYC link for a person, a KYB link for a business; the user at Capa is created first when needed.

    Raises ``PreflightFailed`` (fields ``country``, ``app_return``, ``email``, ``customer``), and ``InvalidTransition``
    when an open verification by link exists: of two clicks one makes it and the other is told so.
    """
    customer = Customer.objects.select_for_update(of=("self",), no_key=True).filter(pk=customer_id).first()
    account = ProviderAccount.objects.filter(pk=account_id).first()
    if customer is None or account is None:
        raise DomainError(_("This customer or this account does not exist. Nothing was made."))
    if account.kind != ProviderKind.CAPA_PARTNER:
        raise NotAllowed(_("This account's provider does not make links. Choose an account at Capa."))
    _check_none_open(customer, account)
    kind = KIND_OF_CUSTOMER[CustomerKind(customer.kind)]
    user = _usable_user(customer, account)
    data = data.tidied()
    check_request(customer=customer, account=account, kind=kind, data=data, needs_user=user is None)
    case = open_case_for(customer=customer, actor=actor, at=at)
    user = user or _create_user(customer, account, actor=actor, at=at)
    verification = Verification(
        customer=customer,
        account=account,
        provider_user=user,
        case=case,
        method=VerificationMethod.LINK,
        type=TYPE_OF_KIND[kind],
        status=VerificationStatus.QUEUED,
        first_name=customer.first_name,
        middle_name=customer.middle_name,
        last_name=customer.last_name,
        created_by=actor,
        created_at=at,
        updated_at=at,
        submitted_at=at,
        submitted_by=actor,
    )
    verification.external_verification_id = str(verification.public_id)
    verification.save()
    link = _new_link(verification, kind, data, actor=actor, at=at)
    record_event(
        action=AuditAction.VERIFICATION_SUBMITTED,
        actor=actor,
        subject=verification,
        at=at,
        details={"account": str(account.public_id), "method": verification.method},
    )
    _ask(link, verification, actor=actor, at=at)
    return link


@transaction.atomic
def renew_link(*, verification_id: int, actor: str, at: dt.datetime) -> KycLink:
    """A new link in place of one that has expired or that the customer has lost; the old one is dead from now on."""
    withdraw_calls(verification_id=verification_id, at=at)
    verification = locked_verification(verification_id)
    if verification.status not in (VerificationStatus.EXPIRED, VerificationStatus.WAITING_FOR_CUSTOMER):
        raise InvalidTransition(
            _("This verification is %(status)s; it needs no new link. Nothing changed.")
            % {"status": in_sentence(verification.get_status_display())}
        )
    old = locked_link(verification.links.order_by("-id").values_list("pk", flat=True)[0])
    data = LinkData(country=old.country, app_return=old.app_return)
    check_address(account=verification.account, kind=LinkKind(old.kind), data=data)
    _end(old, LinkStatus.REPLACED, actor=actor, at=at)
    verification.status = VerificationStatus.QUEUED
    verification.attention = ""
    verification.case = open_case_for(customer=verification.customer, actor=actor, at=at)
    verification.updated_at = at
    verification.save(update_fields=["status", "attention", "case", "updated_at"])
    link = _new_link(verification, LinkKind(old.kind), data, actor=actor, at=at)
    _ask(link, verification, actor=actor, at=at)
    return link


@transaction.atomic
def cancel_link(*, verification_id: int, actor: str, at: dt.datetime) -> Verification:
    """Give up a link that nobody has used; what is being sent right now can't be called back."""
    withdraw_calls(verification_id=verification_id, at=at)
    verification = locked_verification(verification_id)
    check_transition(verification, VerificationStatus.CANCELLED)
    for pk in verification.links.exclude(status__in=OVER).order_by("id").values_list("pk", flat=True):
        _end(locked_link(pk), LinkStatus.CANCELLED, actor=actor, at=at)
    verification.status = VerificationStatus.CANCELLED
    verification.attention = ""
    verification.updated_at = at
    verification.save(update_fields=["status", "attention", "updated_at"])
    record_event(action=AuditAction.VERIFICATION_CANCELLED, actor=actor, subject=verification, at=at)
    follow_verification(verification=verification, actor=actor, at=at)
    return verification


@transaction.atomic
def request_details_read(*, link_id: int, actor: str, at: dt.datetime) -> ProviderCall:
    """Read the details now instead of at the next poll; raises ``InvalidTransition`` when nothing can come of it."""
    link = locked_link(link_id)
    if link.status not in READABLE_LINK_STATUSES:
        raise InvalidTransition(
            _("This link is %(status)s; there is nothing to read for it at the moment.")
            % {"status": in_sentence(link.get_status_display())}
        )
    record_event(action=AuditAction.LINK_READ_REQUESTED, actor=actor, subject=link, at=at)
    return enqueue_details_read(link=link, actor=actor, at=at)


def expire_links(*, now: dt.datetime) -> int:
    """End the links whose time is over; returns how many. Reading goes on, for a customer may still finish."""
    due = KycLink.objects.filter(expires_at__lte=now)
    expired = due.filter(status__in=UNUSED).order_by("expires_at").values_list("pk", "verification_id")
    count = 0
    for pk, verification_id in list(expired[:MOST_EXPIRED]):
        try:
            count += _expire(link_id=pk, verification_id=verification_id, now=now)
        except Exception:
            logger.exception("Link %s could not be ended.", pk)
    due.filter(url__isnull=False).exclude(status__in=UNUSED).update(url=None)
    return count


@transaction.atomic
def _expire(*, link_id: int, verification_id: int, now: dt.datetime) -> bool:
    verification = locked_verification(verification_id)
    link = locked_link(link_id)
    if link.status not in UNUSED or link.expires_at is None or link.expires_at > now:
        return False
    _end(link, LinkStatus.EXPIRED, actor=ACTOR, at=now)
    if verification.status == VerificationStatus.WAITING_FOR_CUSTOMER:
        verification.status = VerificationStatus.EXPIRED
        verification.attention = EXPIRED
        verification.updated_at = now
        verification.save(update_fields=["status", "attention", "updated_at"])
        follow_verification(verification=verification, actor=ACTOR, at=now)
    return True


def _end(link: KycLink, after: LinkStatus, *, actor: str, at: dt.datetime) -> None:
    before = link.status
    move_link(link, after, at=at)
    link.save(update_fields=[*MOVED_FIELDS])
    record_move(link, before=before, actor=actor, at=at)


def _check_none_open(customer: Customer, account: ProviderAccount) -> None:
    open_one = (
        Verification.objects.filter(customer=customer, account=account, method=VerificationMethod.LINK)
        .exclude(status__in=CLOSED_STATUSES)
        .first()
    )
    if open_one is not None:
        label = in_sentence(open_one.get_status_display())
        raise InvalidTransition(
            _(
                "This customer has a verification by link at this account already (%(public_id)s, "
                "%(label)s). Nothing was made; open that one."
            )
            % {"public_id": open_one.public_id, "label": label}
        )


def _usable_user(customer: Customer, account: ProviderAccount) -> ProviderUser | None:
    """The customer's user there, locked: whoever confirms it meanwhile sees the link that now waits for it."""
    user = (
        ProviderUser.objects.select_for_update(of=("self",))
        .filter(customer=customer, account=account)
        .exclude(status=ProviderUserStatus.REFUSED)
        .first()
    )
    if user is not None and user.status == ProviderUserStatus.OUTCOME_UNKNOWN:
        raise InvalidTransition(needs_operator(user))
    return user


def _create_user(customer: Customer, account: ProviderAccount, *, actor: str, at: dt.datetime) -> ProviderUser:
    """The id of ours is committed before the call, and never another one is made up (capa-partner 8)."""
    user = ProviderUser.objects.create(
        customer=customer,
        account=account,
        origin=ProviderUserOrigin.CREATED,
        external_reference=str(customer.public_id),
        created_at=at,
    )
    record_event(
        action=AuditAction.PROVIDER_USER_CREATED,
        actor=actor,
        subject=user,
        at=at,
        details={"account": str(account.public_id)},
    )
    enqueue_call(account=account, operation=CallOperation.CREATE_USER, actor=actor, at=at, provider_user=user)
    return user


def _new_link(verification: Verification, kind: LinkKind, data: LinkData, *, actor: str, at: dt.datetime) -> KycLink:
    return KycLink.objects.create(
        verification=verification,
        account=verification.account,
        customer=verification.customer,
        kind=kind,
        country=data.country,
        app_return=data.app_return,
        created_at=at,
        created_by=actor,
        updated_at=at,
    )


def _ask(link: KycLink, verification: Verification, *, actor: str, at: dt.datetime) -> None:
    """Queue the call, or leave it to the moment when the customer's user is known."""
    record_event(
        action=AuditAction.LINK_REQUESTED,
        actor=actor,
        subject=link,
        at=at,
        details={"verification": str(verification.public_id), "kind": link.kind, "country": link.country},
    )
    follow_verification(verification=verification, actor=actor, at=at)
    user = verification.provider_user
    if user is not None and user.status == ProviderUserStatus.LINKED:
        enqueue_creation(link=link, verification=verification, actor=actor, at=at)
