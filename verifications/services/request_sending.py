"""What becomes of a request after it was made: address shown, text sent, answer received, the whole withdrawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import (
    CLOSED_STATUSES,
    AccessAction,
    AuditAction,
    RequestStatus,
    RequestWay,
    VerificationStatus,
)
from verifications.errors import DomainError, InvalidTransition, NotAllowed
from verifications.models import Case, CustomerRequest, KycLink, Verification
from verifications.policy.customer_texts import ADDRESS
from verifications.services.audit import record_event
from verifications.services.cases import locked_case, refresh_case, touch
from verifications.services.kyc_links import cancel_link
from verifications.services.link_handover import link_address, post_mail
from verifications.services.link_records import locked_link
from verifications.services.request_answers import end_request, still_waited_for
from verifications.services.sealed_values import open_value
from verifications.services.sessions import cancel_session, handover_address


@dataclass(frozen=True)
class ReadyMessage:
    """What goes to the customer on another way than by the portal's e-mail; the address stands in the text too."""

    address: str
    subject: str
    text: str


@transaction.atomic
def request_address(*, request_id: int, actor: str, at: dt.datetime) -> ReadyMessage:
    """The customer's address for showing, copying or its QR code, and the text around it, with its access event.

    Raises ``InvalidTransition`` while there is none, or none any more.
    """
    request, link = _locked_after_its_link(request_id)
    address = _address(request, link, actor=actor, at=at, action=AccessAction.ADDRESS_SHOWN)
    text = open_value(request, "text").replace(ADDRESS, address)
    return ReadyMessage(address=address, subject=open_value(request, "subject"), text=text)


@transaction.atomic
def send_request(*, request_id: int, actor: str, at: dt.datetime) -> None:
    """Send the text as it was previewed to the customer's e-mail, with the address in its place.

    Both logs are written before the mail leaves. Raises ``NotAllowed`` when it can't be sent, ``InvalidTransition``
    when the request has ended or its address is not there; nothing is marked as sent then.
    """
    request, link = _locked_after_its_link(request_id)
    recipient = open_value(request.case.customer, "email")
    if not recipient:
        raise NotAllowed(_("This customer has no e-mail address. Nothing was sent; copy the text and the address."))
    subject, text = open_value(request, "subject"), open_value(request, "text")
    if request.way != RequestWay.MESSAGE:
        address = _address(request, link, actor=actor, at=at, action=AccessAction.ADDRESS_SENT)
        text = text.replace(ADDRESS, address)
    request.sent_at = at
    request.save(update_fields=["sent_at"])
    details = {"case": request.case.number, "item": request.item, "reason": request.reason, "way": request.way}
    record_event(action=AuditAction.REQUEST_SENT, actor=actor, subject=request, at=at, details=details)
    post_mail(recipient, subject, text)


@transaction.atomic
def receive_answer(*, request_id: int, actor: str, at: dt.datetime) -> CustomerRequest:
    """The customer answered a message outside the portal: the case is to be decided again.

    Raises ``InvalidTransition`` when the request has ended, or its answer comes by itself through a session or a link.
    """
    case, request = _locked_with_case(request_id)
    if request.way != RequestWay.MESSAGE:
        raise InvalidTransition(_("The answer to a session or a link comes by itself. Nothing was changed."))
    end_request(request=request, status=RequestStatus.ANSWERED, actor=actor, at=at, details={"cause": "by hand"})
    _go_on(case, actor, at)
    return request


@transaction.atomic
def withdraw_request(*, request_id: int, actor: str, at: dt.datetime) -> CustomerRequest:
    """Stop waiting for the customer: the session or link made for it is given up, the case is to be decided again.

    Raises ``InvalidTransition`` when it has ended, or the provider is being asked at this very moment.
    """
    known = CustomerRequest.objects.select_related("new_verification").filter(pk=request_id).first()
    check = known.new_verification if known is not None and known.status == RequestStatus.OPEN else None
    if check is not None and check.status not in CLOSED_STATUSES:
        _give_up(check, actor, at)  # which withdraws what the check was made for
        return _touched(request_id, at)
    case, request = _locked_with_case(request_id)
    end_request(request=request, status=RequestStatus.WITHDRAWN, actor=actor, at=at, details={"cause": "by hand"})
    _go_on(case, actor, at)
    return request


def _touched(request_id: int, at: dt.datetime) -> CustomerRequest:
    request = CustomerRequest.objects.select_related("case__customer").get(pk=request_id)
    touch(locked_case(request.case_id), at)
    return request


def _go_on(case: Case, actor: str, at: dt.datetime) -> None:
    """The case waits for the customer only while something is asked."""
    if not still_waited_for(case):
        case.asked_customer_at = None
        refresh_case(case=case, actor=actor, at=at)
    touch(case, at)


def _give_up(check: Verification, actor: str, at: dt.datetime) -> None:
    if check.status == VerificationStatus.SENDING:
        raise InvalidTransition(_("The provider is being asked at this moment. Wait for it; nothing was withdrawn."))
    cancel = cancel_session if check.method == "SESSION" else cancel_link
    cancel(verification_id=check.pk, actor=actor, at=at)


def _address(
    request: CustomerRequest, link: KycLink | None, *, actor: str, at: dt.datetime, action: AccessAction
) -> str:
    check = request.new_verification
    session = check.sessions.order_by("-pk").first() if check is not None else None
    if session is not None:
        return handover_address(session_id=session.pk, actor=actor, at=at, action=action)
    if link is None:
        raise InvalidTransition(_("There is no address for this request."))
    address = link_address(link_id=link.pk, actor=actor, at=at, action=action)
    if action == AccessAction.ADDRESS_SENT:
        link.sent_at = at
        link.save(update_fields=["sent_at"])
    return address


def _locked_after_its_link(request_id: int) -> tuple[CustomerRequest, KycLink | None]:
    """The link first: whoever brings its answer holds it already when the request is ended."""
    newest = KycLink.objects.filter(verification__answered_request=request_id).order_by("-pk")
    link_id = newest.values_list("pk", flat=True).first()
    link = locked_link(link_id) if link_id is not None else None
    return _locked(request_id), link


def _locked_with_case(request_id: int) -> tuple[Case, CustomerRequest]:
    """The case first, as everywhere."""
    case_id = CustomerRequest.objects.filter(pk=request_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise DomainError(_("This request does not exist."))
    case = locked_case(case_id)
    return case, _locked(request_id)


def _locked(request_id: int) -> CustomerRequest:
    """An open request with its case and customer; raises ``InvalidTransition`` for one that has ended."""
    request = (
        CustomerRequest.objects.select_for_update(of=("self",))
        .select_related("case__customer", "new_verification")
        .filter(pk=request_id)
        .first()
    )
    if request is None:
        raise DomainError(_("This request does not exist."))
    if request.status != RequestStatus.OPEN:
        raise InvalidTransition(_("This request has ended already. Nothing was changed."))
    return request
