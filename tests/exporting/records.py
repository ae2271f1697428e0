"""Records of every kind that is exported, with texts that break files in them."""

from __future__ import annotations

import datetime as dt

from tests.exporting.nasty import texts
from tests.factories import ACTOR, NOON
from tests.factories_sessions import make_session
from tests.services import decision_support
from tests.services.link_support import requested
from verifications.enums import AuditAction
from verifications.integrity.entries import commit
from verifications.models import AccessEvent, AuditEvent, Case, Customer, Decision, Verification
from verifications.services.extracted_values import store_values

MOMENTS = [NOON + dt.timedelta(microseconds=micros) for micros in (0, 500_000, 123_400, 10)]
FORMULA = '=1+1,"x"\n'


def make_records() -> Decision:
    """One decided case, one session and one link with their customers, and an entry of both logs for every text."""
    case = decision_support.answered_case()
    decision = decision_support.decide(case, decision_support.senior())
    make_session()
    requested()
    Case.objects.update(risk_reasons=['a "b"', "é, ü"])
    Customer.objects.filter(pk=case.customer_id).update(reference=FORMULA)
    store_values(verification=Verification.objects.get(case=case), values={"person.full_name": "Zoë; Exämple"}, at=NOON)
    for model in (AuditEvent, AccessEvent):
        make_events(model)
    return decision


def make_events(model: type[AuditEvent | AccessEvent]) -> None:
    rows = [
        model(
            at=MOMENTS[number % 4],
            actor=ACTOR,
            actor_name=text[:200],
            action=AuditAction.LIST_EXPORTED,
            details={"text": text, "number": number, "none": None},
            subject_type="Case" if number % 2 else "",
        )
        for number, text in enumerate(texts())
    ]
    for row in rows:
        commit(model.LOG, row)
    model.objects.bulk_create(rows)
