"""What the services of notes, requests and texts do, for the table in ``test_every_write_is_audited``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.factories import ACTOR, NOON, make_user
from tests.fakes_links import FakeLinkProvider
from tests.services.decision_support import answered_case, officer, seen
from tests.services.link_support import deliver
from tests.services.request_support import ask, case_by_link, template
from verifications.enums import RequestStatus
from verifications.policy.roles import OFFICER
from verifications.services import case_notes, customer_requests, message_templates, request_answers, request_sending

Act = Callable[[], Any]

READS = {
    "customer_requests.preview_of", "document_files.open_stored", "document_intake.looked_at",
    "document_intake.new_document", "document_intake.upload_looked_at", "request_answers.still_waited_for",
    "sealed_values.open_many",
}  # fmt: skip
BOOKKEEPING = {"link_handover.post_mail"}
"""It leaves the portal; who calls it has written both logs."""
FIRST_START = {"message_templates.ensure_templates"}


def _note(person: Any, **more: Any) -> Any:
    return case_notes.add_note(case_id=answered_case().pk, text="Called the customer.", person=person, at=NOON, **more)


def _changed() -> Act:
    person = officer()
    first = _note(person)
    return partial(case_notes.change_note, note_id=first.pk, text="Called twice.", based_on=1, person=person, at=NOON)


def _seen() -> Act:
    person = make_user(OFFICER)
    _note(officer(), mentions=[person.pk])
    return partial(case_notes.see_mentions, person=person, at=NOON)


def _asked() -> Act:
    case, person = answered_case(), officer()
    return partial(
        customer_requests.ask_customer,
        case_id=case.pk,
        data=customer_requests.AskData("SELFIE", "BLURRED", "MESSAGE", template("ask-by-message").pk),
        person=person,
        at=NOON,
        **seen(case),
    )


def _request(step: Callable[..., Any]) -> Act:
    return partial(step, request_id=ask(answered_case()).pk, actor=ACTOR, at=NOON)


def _ended() -> Act:
    request = ask(answered_case())
    return partial(
        request_answers.end_request,
        request=request,
        status=RequestStatus.WITHDRAWN,
        details={"cause": "test"},
        actor=ACTOR,
        at=NOON,
    )


def _address() -> Act:
    case, account = case_by_link()
    request = ask(case, way="LINK", account_id=account.pk)
    deliver(account, FakeLinkProvider())
    return partial(request_sending.request_address, request_id=request.pk, actor=ACTOR, at=NOON)


def _written(**changes: Any) -> Any:
    entered = {"code": "selfie", "language": "en", "title": "Selfie", "subject": "A picture", "body": "Dear {name}"}
    return message_templates.write_template(**(entered | changes), actor="user:101", at=NOON)


def _text(step: Callable[..., Any]) -> Act:
    return partial(step, template_id=_written().pk, actor="user:102", at=NOON)


WRITES: dict[str, Callable[[], Act]] = {
    "case_notes.add_note": lambda: partial(_note, officer()),
    "case_notes.change_note": _changed,
    "case_notes.see_mentions": _seen,
    "customer_requests.ask_customer": _asked,
    "message_templates.approve_template": lambda: _text(message_templates.approve_template),
    "message_templates.retire_template": lambda: _text(message_templates.retire_template),
    "message_templates.write_template": lambda: _written,
    "request_answers.end_request": _ended,
    "request_answers.end_with_case": lambda: partial(
        request_answers.end_with_case, case=ask(answered_case()).case, actor=ACTOR, at=NOON
    ),
    "request_sending.receive_answer": lambda: _request(request_sending.receive_answer),
    "request_sending.send_request": lambda: _request(request_sending.send_request),
    "request_sending.withdraw_request": lambda: _request(request_sending.withdraw_request),
}
LOOKS: dict[str, Callable[[], Act]] = {"request_sending.request_address": _address}
