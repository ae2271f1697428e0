"""Reviews of customers who were approved, opened by a person before they open by themselves."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import CaseCause, CaseKind, DecisionOutcome
from verifications.errors import ConflictingRecord, DomainError, InvalidTransition
from verifications.models import Case, Customer
from verifications.services.cases import open_case_for


@transaction.atomic
def open_review(*, customer_id: int, cause: CaseCause, actor: str, at: dt.datetime) -> Case:
    """Open the review of an approved customer now.

    Raises ``ConflictingRecord`` when a case of theirs is open already, ``InvalidTransition`` for a customer who is not
    approved, and ``DomainError`` when there is none.
    """
    customer = Customer.objects.select_for_update(of=("self",), no_key=True).filter(pk=customer_id).first()
    if customer is None:
        raise DomainError(_("This customer does not exist."))
    cases = Case.objects.filter(customer=customer)
    if cases.filter(closed_at__isnull=True).exists():
        raise ConflictingRecord(_("A case of this customer is open already. Nothing was opened."))
    standing = cases.filter(closed_at__isnull=False).order_by("-id").values_list("outcome", flat=True).first()
    if standing != DecisionOutcome.APPROVE:
        raise InvalidTransition(_("This customer is not approved, so there is nothing to review."))
    return open_case_for(customer=customer, actor=actor, at=at, kind=CaseKind.REVIEW, cause=cause)
