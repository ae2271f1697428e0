"""Cases as they are exported."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from verifications.exporting.kinds import Kind
from verifications.models import Case
from verifications.selectors.exports.columns import (
    Column,
    about_customer,
    code,
    customer_name,
    person_name,
    record_id,
    text,
    time,
)
from verifications.selectors.exports.filters import COUNTRY, DATES, NUMBER, Choices, Filter, Filters, Records, one
from verifications.selectors.queue import matching_cases
from verifications.selectors.queue_filter import VIEWS, QueueFilter, choices_of

OPEN = "open"
"""The queue's own name of this view is empty, which here means every case."""
COLUMNS = (
    Column("case", _("Case"), _("Number of the case."), Kind.CASE, "pk"),
    record_id("case_id", _("Case id"), _("The portal's id of the case.")),
    *about_customer(),
    code("customer_kind", _("Customer kind"), _("Person or business.")),
    text("country", _("Country"), _("The customer's (ISO 3166).")),
    code("kind", _("Kind"), _("Onboarding, renewal or review.")),
    code("cause", _("Cause"), _("What opened it.")),
    code("state", _("State"), _("Where it stands.")),
    code("outcome", _("Outcome"), _("What the decision that stands says.")),
    code("risk", _("Risk"), _("By the policy.")),
    Column("risk_reasons", _("Risk reasons"), _("Ids of the rules that made the risk what it is."), Kind.JSON),
    Column("priority", _("Priority"), _("1 is the most urgent."), Kind.INT),
    code("provider", _("Provider"), _("Of the latest verification.")),
    code("method", _("Method"), _("Of the latest verification.")),
    code("provider_answer", _("Provider answer"), _("Of the latest verification."), "answer"),
    text("owner", _("Owner"), _("Who answers for the case."), person_name("owner")),
    Column("is_escalated", _("Escalated"), _("Waits for a senior person."), Kind.BOOL),
    time("opened_at", _("Opened"), _("When it was opened.")),
    time("due_at", _("Due"), _("Until when it is to be decided.")),
    time("paused_at", _("Paused"), _("Since when the due time stands still.")),
    time("breached_at", _("Late since"), _("When the due time passed.")),
    time("decided_at", _("Decided"), _("When the decision took effect.")),
    time("closed_at", _("Closed"), _("When it was closed.")),
    customer_name(),
)


def _views() -> Choices:
    return [(value or OPEN, label) for value, label in VIEWS.items()]


FILTERS = (
    Filter("view", _("View"), _views),
    Filter("state", _("State"), lambda: choices_of("state"), several=True),
    *(
        Filter(name, label, lambda name=name: choices_of(name))  # type: ignore[misc]
        for name, label in (
            ("risk", _("Risk")),
            ("provider", _("Provider")),
            ("method", _("Method")),
            ("kind", _("Kind")),
            ("answer", _("Provider answer")),
            ("age", _("Age")),
            ("due", _("Due")),
        )
    ),
    Filter("country", _("Country"), pattern=COUNTRY),
    Filter("owner", _("Owner"), pattern=NUMBER, words=("none", "me")),
    *DATES,
)


def _matching(filters: Filters, user_id: int, now: dt.datetime) -> QuerySet[Case]:
    view = one(filters, "view")
    chosen = QueueFilter.read({name: value for name, value in filters.items() if name != "view"})
    views = [view.replace(OPEN, "")] if view else ["", "closed"]
    found = [matching_cases(chosen=chosen.having(view=one), user_id=user_id, now=now) for one in views]
    return found[0] if view else found[0] | found[1]


RECORDS = Records("view_case", COLUMNS, FILTERS, _matching, at="opened_at")
