"""Verification sessions as they are exported."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from verifications.enums import SessionStatus
from verifications.exporting.kinds import Kind
from verifications.models import VerificationSession
from verifications.selectors.exports.columns import Column, about_customer, code, customer_name, record_id, text, time
from verifications.selectors.exports.filters import DATES, PUBLIC_ID, Filter, Filters, Records, one, public_id
from verifications.selectors.sessions import matching_sessions

COLUMNS = (
    record_id("session_id", _("Session id"), _("The portal's id of the session.")),
    record_id(
        "verification_id", _("Verification id"), _("The portal's id of its verification."), "verification__public_id"
    ),
    *about_customer(),
    text("account", _("Account"), _("Name of the provider account."), "account__name"),
    code("shape", _("Shape"), _("Hosted by the provider, or images sent by the portal.")),
    code("status", _("State"), _("Where it stands; docs/states.md.")),
    text("provider_status", _("Provider's state"), _("As received.")),
    text("provider_reference", _("Provider's id"), _("Its id at the provider, as received.")),
    text("recommendation", _("Provider answer"), _("What the provider recommends, as received.")),
    Column("checks", _("Checks"), _("The provider's checks with their codes."), Kind.JSON),
    Column("risk", _("Risk"), _("What of the provider's risk details is not personal."), Kind.JSON),
    Column("consent_granted", _("Consent"), _("Whether the customer agreed, as the provider says."), Kind.BOOL),
    text("created_by", _("Created by"), _("Actor: a person's number as user:5.")),
    time("created_at", _("Created"), _("When the session was made.")),
    time("opened_at", pgettext_lazy("by the customer", "Opened"), _("When the customer opened it.")),
    time("returned_at", _("Returned"), _("When the customer came back.")),
    time("expires_at", _("Expires"), _("Until when it can be used.")),
    time("completed_at", _("Completed"), _("When its result was there.")),
    time("images_listed_at", _("Images listed"), _("When its images were asked for last.")),
    time("delete_requested_at", _("Deletion asked for"), _("When the provider was asked to delete it.")),
    time("deleted_at", _("Deleted"), _("When the provider had deleted it.")),
    customer_name(),
)
FILTERS = (
    Filter("status", _("State"), lambda: SessionStatus.choices),
    Filter("account", _("Account"), pattern=PUBLIC_ID),
    Filter("uncopied", _("Images"), lambda: [("1", _("not all copied"))]),
    *DATES,
)


def _matching(filters: Filters, _user_id: int, now: dt.datetime) -> QuerySet[VerificationSession]:
    return matching_sessions(
        status=one(filters, "status"),
        account=public_id(filters, "account"),
        uncopied=bool(one(filters, "uncopied")),
        now=now,
    )


RECORDS = Records("view_verificationsession", COLUMNS, FILTERS, _matching, at="created_at")
