"""What the services of the auditor's room do, for the table in ``test_every_write_is_audited``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.factories import NOON, make_user
from tests.services.decision_support import answered_case, officer
from verifications.policy.roles import ADMINISTRATOR, AUDITOR
from verifications.selectors.audit_samples import SampleFilter
from verifications.services import audit_engagements, audit_questions, audit_samples

Act = Callable[[], Any]
DAY = dt.timedelta(days=1)
ALL = SampleFilter(by="opened", first=(NOON - DAY).isoformat(), until=(NOON + DAY).isoformat())

LOGS = {"control_exports.export_controls", "audit_samples.list_population"}
"""Lists to take along: nothing is written but the event."""


def auditor() -> Any:
    return make_user(AUDITOR)


def give(to: Any, **changes: Any) -> Any:
    arguments: dict[str, Any] = {
        "auditor_id": to.pk,
        "title": "External audit 2026",
        "starts_at": NOON - DAY,
        "ends_at": NOON + 30 * DAY,
        "person": make_user(ADMINISTRATOR),
        "at": NOON,
    }
    return audit_engagements.give_access(**(arguments | changes))


def drawn(**changes: Any) -> Any:
    arguments: dict[str, Any] = {"title": "All", "chosen": ALL, "size": 5, "seed": "dice 4 2 6", "at": NOON + DAY}
    person = changes.pop("person", None) or auditor()
    return audit_samples.draw_sample(person=person, **(arguments | changes))


def asked(**changes: Any) -> Any:
    case_id = changes.pop("case_id", None) or answered_case().pk
    person = changes.pop("person", None) or auditor()
    arguments: dict[str, Any] = {"text": "Why was the selfie taken twice?", "at": NOON, **changes}
    return audit_questions.ask_question(case_id=case_id, person=person, **arguments)


def _given() -> Act:
    return partial(give, auditor(), person=make_user(ADMINISTRATOR))


def _changed() -> Act:
    return partial(
        audit_engagements.change_access,
        engagement_id=give(auditor()).pk,
        ends_at=NOON + DAY,
        reason="They are done.",
        person=make_user(ADMINISTRATOR),
        at=NOON,
    )


def _drawn() -> Act:
    answered_case()
    return partial(drawn, person=auditor())


def _concluded() -> Act:
    answered_case()
    item = drawn().items.get()
    return partial(audit_samples.conclude_item, item_id=item.pk, conclusion="SATISFACTORY", person=auditor(), at=NOON)


def _answered() -> Act:
    return partial(
        audit_questions.answer_question, question_id=asked().pk, text="It was blurred.", person=officer(), at=NOON
    )


WRITES: dict[str, Callable[[], Act]] = {
    "audit_engagements.give_access": _given,
    "audit_engagements.change_access": _changed,
    "audit_samples.draw_sample": _drawn,
    "audit_samples.conclude_item": _concluded,
    "audit_questions.ask_question": lambda: partial(asked, case_id=answered_case().pk, person=auditor()),
    "audit_questions.answer_question": _answered,
    "audit_questions.close_question": lambda: partial(
        audit_questions.close_question, question_id=asked().pk, person=auditor(), at=NOON
    ),
}
