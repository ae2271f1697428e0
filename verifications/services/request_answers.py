"""How a request to a customer ends: its check reaches the provider or can't any more, or its case is closed."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet

from verifications.enums import AuditAction, RequestItem, RequestStatus, RequestWay, VerificationStatus
from verifications.models import Case, CustomerRequest, Verification
from verifications.models.verifications import ACCEPTED_STATUSES
from verifications.services.audit import record_event

GIVEN_UP = (VerificationStatus.CANCELLED, VerificationStatus.REFUSED)


@transaction.atomic
def note_answer(*, case: Case, verification: Verification, actor: str, at: dt.datetime) -> bool:
    """End what this check of a locked case answers; when ``True`` the caller saves ``case.asked_customer_at``.

    What was asked by message alone is answered by any check submitted since, information in words by none. A check
    that was given up or refused takes the request it was made for along: the customer can't answer it.
    """
    if case.asked_customer_at is None:
        return False
    asked = Q(new_verification=verification)
    if verification.status in ACCEPTED_STATUSES:
        status = RequestStatus.ANSWERED
        if verification.submitted_at is not None:
            by_message = Q(way=RequestWay.MESSAGE, asked_at__lt=verification.submitted_at)
            asked |= by_message & ~Q(item=RequestItem.INFORMATION)
    elif verification.status in GIVEN_UP:
        status = RequestStatus.WITHDRAWN
    else:
        return False
    requests = list(_open(case).filter(asked).select_related("case__customer").order_by("pk"))
    for request in requests:
        details = {"verification": str(verification.public_id), "status": verification.status}
        end_request(request=request, status=status, actor=actor, at=at, details=details)
    is_newest = case.latest_verification_id == verification.pk
    if not requests and (status == RequestStatus.WITHDRAWN or not is_newest):
        return False
    if not _open(case).exists():
        case.asked_customer_at = None
    return True


def end_with_case(*, case: Case, actor: str, at: dt.datetime) -> None:
    """Nobody waits for an answer to a case that is being closed. The caller has the transaction."""
    for request in _open(case).select_related("case__customer").order_by("pk"):
        end_request(
            request=request, status=RequestStatus.WITHDRAWN, actor=actor, at=at, details={"cause": "case closed"}
        )


def end_request(
    *, request: CustomerRequest, status: RequestStatus, actor: str, at: dt.datetime, details: dict[str, str]
) -> None:
    """An open request of a locked case is answered or withdrawn. The caller has the transaction."""
    request.status, request.ended_at = status, at
    request.save(update_fields=["status", "ended_at"])
    action = AuditAction.REQUEST_ANSWERED if status == RequestStatus.ANSWERED else AuditAction.REQUEST_WITHDRAWN
    told = {"item": request.item, "reason": request.reason}
    record_event(action=action, actor=actor, subject=request, at=at, details=told | details)


def still_waited_for(case: Case) -> bool:
    """Whether something asked of the customer is open."""
    return _open(case).exists()


def _open(case: Case) -> QuerySet[CustomerRequest]:
    return CustomerRequest.objects.filter(case=case, status=RequestStatus.OPEN)
