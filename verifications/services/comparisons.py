"""What a document's zone says, compared anew after the customer's record changed.

What a provider read keeps how it compared when it came: that is evidence of what was known then.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from verifications.models import Case, Customer, Verification
from verifications.services.case_risk import reassess
from verifications.services.machine_readings import refresh_comparisons


@transaction.atomic
def compare_with_record(*, customer: Customer, actor: str, at: dt.datetime) -> None:
    """Bring the zones of a customer whose record was just changed in line with it, and the risk of their open case.

    The caller writes the event of the change.
    """
    read = Verification.objects.filter(
        customer=customer, machine_readings__isnull=False, machine_readings__removed_at__isnull=True
    )
    for verification in read.select_related("account").order_by("pk"):
        verification.customer = customer
        refresh_comparisons(verification=verification)
    open_cases = Case.objects.select_for_update(of=("self",)).select_related("customer")
    case = open_cases.filter(customer=customer, closed_at__isnull=True).first()
    if case is not None:
        reassess(case=case, actor=actor, at=at)
