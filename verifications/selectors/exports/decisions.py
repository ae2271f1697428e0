"""Decisions as they are exported."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from verifications.enums import DecisionOutcome
from verifications.exporting.kinds import Kind
from verifications.models import Decision
from verifications.selectors.decision_list import SECONDS, STATES, DecisionFilter, matching_decisions
from verifications.selectors.exports.columns import (
    Column,
    about_customer,
    code,
    customer_name,
    person_name,
    record_id,
    sealed,
    text,
    time,
)
from verifications.selectors.exports.filters import DATES, NUMBER, Filter, Filters, Records, one, period_in

COLUMNS = (
    record_id("decision_id", _("Decision id"), _("The portal's id of the decision.")),
    Column("case", _("Case"), _("Number of the case."), Kind.CASE, "case_id"),
    record_id("case_id", _("Case id"), _("The portal's id of the case."), "case__public_id"),
    *about_customer("case__customer"),
    code("outcome", _("Outcome"), _("What was decided.")),
    text("reason", _("Reason"), _("Code of the reason."), "reason__code"),
    text("reason_label", _("Reason, in words"), _("As it read then.")),
    Column("policy", _("Policy"), _("Number of the version it was made under."), Kind.INT, "policy__number"),
    code("risk", _("Risk"), _("By that policy.")),
    Column("rules", _("Rules"), _("Ids of the rules that asked for another person or raised the risk."), Kind.JSON),
    Column("needs_second", _("Second person"), _("A second person was asked for."), Kind.BOOL),
    Column("needs_senior", _("Senior person"), _("The second had to be a senior one."), Kind.BOOL),
    text("evidence_sha256", _("Evidence"), _("Hash of what was on screen."), "evidence_hash"),
    Column("approval_ends_date", _("Holds until"), _("Last day of an approval."), Kind.DATE),
    record_id("supersedes_id", _("Corrects"), _("Id of the decision it corrects."), "supersedes__public_id"),
    text("made_by", _("Made by"), _("Who decided."), person_name("made_by")),
    Column("made_by_number", _("Maker's number"), _("5 is user:5 of the audit log."), Kind.INT, "made_by_id"),
    time("made_at", pgettext_lazy("of a decision", "Made"), _("When it was decided.")),
    time("expires_at", _("Expires"), _("Until when a second person may approve.")),
    code("review", _("Second look"), _("What became of it, where it waited."), "review__choice"),
    text(
        "reviewed_by",
        _("Second look by"),
        _("Who looked; nobody where time ended it."),
        person_name("review__reviewed_by"),
    ),
    Column(
        "reviewed_by_number",
        _("Second's number"),
        _("5 is user:5 of the audit log."),
        Kind.INT,
        "review__reviewed_by_id",
    ),
    time("reviewed_at", _("Second look at"), _("When that was."), "review__reviewed_at"),
    customer_name("case__customer"),
    sealed("rationale", _("Rationale"), _("As the person wrote it.")),
    sealed("review_note", _("Note of the second"), _("As the second person wrote it."), source="review__note"),
)
FILTERS = (
    Filter("outcome", _("Outcome"), lambda: DecisionOutcome.choices),
    Filter("person", _("Made by"), pattern=NUMBER),
    Filter("reason", _("Reason")),
    Filter("policy", _("Policy"), pattern=NUMBER),
    Filter("second", _("Second person"), lambda: list(SECONDS.items())),
    Filter("state", _("State"), lambda: list(STATES.items())),
    *DATES,
)


def _matching(filters: Filters, _user_id: int, _now: dt.datetime) -> QuerySet[Decision]:
    chosen = DecisionFilter.read({name: one(filters, name) for name in filters})
    return matching_decisions(chosen, period_in(filters))


RECORDS = Records("view_decision", COLUMNS, FILTERS, _matching, at="made_at", customer="case__customer_id")
