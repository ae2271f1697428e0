"""Provider calls as they are exported. No body is in a file: sent and received bytes are in evidence packs."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from verifications.enums import CallOperation, CallStatus
from verifications.exporting.kinds import Kind
from verifications.models import ProviderCall
from verifications.selectors.dead_letters import matching_calls
from verifications.selectors.exports.columns import Column, about_customer, code, customer_name, record_id, text, time
from verifications.selectors.exports.filters import DATES, PUBLIC_ID, Filter, Filters, Records, one

COLUMNS = (
    record_id("call_id", _("Call id"), _("The portal's id of the try.")),
    text("account", _("Account"), _("Name of the provider account."), "account__name"),
    code("provider", _("Provider"), _("Which provider was called."), "account__kind"),
    code("operation", _("Operation"), _("What was asked of the provider.")),
    code("status", _("State"), _("What came of it; docs/states.md.")),
    Column("number", _("Try"), _("1 for the first try, 2 for the next."), Kind.INT),
    record_id("previous_call_id", _("Try before"), _("The portal's id of the try before."), "previous__public_id"),
    Column("is_dead", _("Dead letter"), _("Not processed, and not tried again by itself."), Kind.BOOL),
    *about_customer(),
    record_id("verification_id", _("Verification id"), _("What it is about."), "verification__public_id"),
    record_id("session_id", _("Session id"), _("What it is about."), "session__public_id"),
    record_id("link_id", _("Link id"), _("What it is about."), "link__public_id"),
    text("requested_by", _("Requested by"), _("Actor: a person's number as user:5.")),
    time("created_at", _("Created"), _("When the try was planned.")),
    time("sending_at", _("Sent"), _("Right before the first byte left; empty where nothing left.")),
    time("finished_at", _("Finished"), _("When its outcome was known.")),
    text("http_method", _("Method"), _("HTTP method.")),
    Column("http_status", _("Status code"), _("HTTP status of the answer."), Kind.INT),
    Column("duration_ms", _("Milliseconds"), _("From the first byte to the whole answer."), Kind.INT),
    text("key_id", _("Key"), _("Public id of the API key it was signed with.")),
    text("nonce", _("Nonce"), _("Of the signature.")),
    text("body_sha256", _("SHA-256"), _("Of the body that was sent.")),
    Column("body_size", _("Bytes"), _("Size of the body that was sent."), Kind.INT),
    text("trace_id", _("Trace"), _("The provider's id of its answer.")),
    text("error_code", _("Error"), _("The provider's code, or the portal's own.")),
    customer_name(),
)
FILTERS = (
    Filter("account", _("Account"), pattern=PUBLIC_ID),
    Filter("operation", _("Operation"), lambda: CallOperation.choices),
    Filter("status", _("State"), lambda: CallStatus.choices),
    Filter("dead", _("Dead letters"), lambda: [("1", _("only these"))]),
    *DATES,
)


def _matching(filters: Filters, _user_id: int, _now: dt.datetime) -> QuerySet[ProviderCall]:
    chosen = {name: one(filters, name) for name in ("account", "operation", "status")}
    return matching_calls(**chosen, only_dead=bool(one(filters, "dead")))


RECORDS = Records("view_providercall", COLUMNS, FILTERS, _matching, at="created_at")
