"""The two logs as tables. What can be verified is the log itself, in the format of its own."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from verifications.enums import AccessAction, AuditAction
from verifications.exporting.kinds import Kind
from verifications.models import AccessEvent, AuditEvent
from verifications.selectors.exports.columns import Column, code, record_id, text, time
from verifications.selectors.exports.filters import DATES, PUBLIC_ID, Filter, Filters, Records, one
from verifications.selectors.records import matching_access_events, matching_audit_events

_FIRST = (
    Column("id", _("Number"), _("Key of the entry; not its place in the sealed log."), Kind.INT),
    record_id("event_id", _("Entry id"), _("Its id everywhere."), "event_id"),
    time("at", _("When"), _("When it happened.")),
    text("actor", _("Actor"), _("A person's number as user:5, or a part of the portal.")),
    text("actor_name", _("Who"), _("The actor's name then.")),
    code("action", _("What"), _("The action's code.")),
    text("subject_type", _("Record"), _("What kind of record it is about.")),
    text("subject_id", _("Record id"), _("The portal's id of that record.")),
    record_id("customer_id", _("Customer id"), _("The portal's id of the customer."), "customer_id"),
)
_LAST = (
    Column("details", _("Details"), _("Ids, hashes and states."), Kind.JSON),
    text("request_id", _("Request"), _("Id of the request it was part of.")),
    text("source", _("Address"), _("Network address of the caller.")),
    text("commitment", _("Commitment"), _("SHA-256 of the texts of the entry, as sealed.")),
)
AUDIT_COLUMNS = (*_FIRST, text("reason", _("Reason"), _("As given.")), *_LAST)
ACCESS_COLUMNS = (
    *_FIRST,
    code("purpose", _("Purpose"), _("What the look was for.")),
    text("field", _("Field"), _("Which value was seen.")),
    *_LAST,
)
_ABOUT = (Filter("actor", _("Actor")), Filter("customer", _("Customer id"), pattern=PUBLIC_ID), *DATES)


def _names(filters: Filters) -> dict[str, str]:
    return {name: one(filters, name) for name in ("action", "actor", "customer")}


def _audit_events(filters: Filters, _user_id: int, _now: dt.datetime) -> QuerySet[AuditEvent]:
    return matching_audit_events(**_names(filters))


def _access_events(filters: Filters, _user_id: int, _now: dt.datetime) -> QuerySet[AccessEvent]:
    return matching_access_events(**_names(filters))


AUDIT = Records(
    "view_auditevent",
    AUDIT_COLUMNS,
    (Filter("action", _("Action"), lambda: AuditAction.choices), *_ABOUT),
    _audit_events,
    at="at",
)
ACCESS = Records(
    "view_accessevent",
    ACCESS_COLUMNS,
    (Filter("action", _("Action"), lambda: AccessAction.choices), *_ABOUT),
    _access_events,
    at="at",
)
