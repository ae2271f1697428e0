"""A note, a request and a text; the clock is the real one, as in the pages."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from tests.factories import make_user
from tests.services.request_support import template
from tests.views.decision_records import answered
from verifications.models import Case, CaseNote, CustomerRequest, MessageTemplate
from verifications.policy.roles import OFFICER
from verifications.selectors.evidence import evidence_of
from verifications.services.case_notes import add_note
from verifications.services.customer_requests import AskData, ask_customer
from verifications.services.message_templates import write_template


def note_on(case: Case, person: Any = None, text: str = "Called the customer, who sends a new picture.") -> CaseNote:
    return add_note(case_id=case.pk, text=text, person=person or make_user(OFFICER), at=timezone.now())


def asked(person: Any = None, **more: Any) -> CustomerRequest:
    """By message: nothing of it goes to a provider."""
    case = answered()
    return ask_customer(
        case_id=case.pk,
        data=AskData("SELFIE", "BLURRED", "MESSAGE", template("ask-by-message").pk, **more),
        evidence_hash=evidence_of(case).hash,
        person=person or make_user(OFFICER),
        at=timezone.now(),
    )


def unapproved_text(writer: str = "user:0") -> MessageTemplate:
    return write_template(
        code="selfie-again",
        language="en",
        title="Selfie again",
        subject="A new picture, please",
        body="Dear {name}, we need {item}. {reason} {address}",
        actor=writer,
        at=timezone.now(),
    )
