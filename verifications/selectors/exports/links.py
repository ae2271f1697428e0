"""KYC links as they are exported. An address is never in a file."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from verifications.enums import LinkKind, LinkStatus
from verifications.exporting.kinds import Kind
from verifications.models import KycLink
from verifications.selectors.exports.columns import Column, about_customer, code, customer_name, record_id, text, time
from verifications.selectors.exports.filters import COUNTRY, DATES, PUBLIC_ID, Filter, Filters, Records, one
from verifications.selectors.kyc_links import matching_links

COLUMNS = (
    record_id("link_id", _("Link id"), _("The portal's id of the link.")),
    record_id(
        "verification_id", _("Verification id"), _("The portal's id of its verification."), "verification__public_id"
    ),
    *about_customer(),
    text("account", _("Account"), _("Name of the provider account."), "account__name"),
    code("kind", _("Kind"), _("KYC or KYB.")),
    text("country", _("Country"), _("Country it was asked for (ISO 3166).")),
    code("status", _("State"), _("Where it stands; docs/states.md.")),
    text("provider_status", _("Provider's state"), _("As received.")),
    text("session_reference", _("Provider's id"), _("Its id at the provider, as received.")),
    Column("watchlist_hits", _("Watch list hits"), _("How many the provider found."), Kind.INT),
    text("created_by", _("Created by"), _("Actor: a person's number as user:5.")),
    time("created_at", _("Created"), _("When the link was asked for.")),
    time("issued_at", _("Issued"), _("When the provider gave it.")),
    time("sent_at", _("Sent"), _("When it was sent to the customer.")),
    time("returned_at", _("Returned"), _("When the customer came back.")),
    time("expires_at", _("Expires"), _("Until when it can be used.")),
    time("ended_at", _("Ended"), _("When it came to its end.")),
    customer_name(),
)
FILTERS = (
    Filter("status", _("State"), lambda: LinkStatus.choices),
    Filter("kind", _("Kind"), lambda: LinkKind.choices),
    Filter("account", _("Account"), pattern=PUBLIC_ID),
    Filter("country", _("Country"), pattern=COUNTRY),
    *DATES,
)


def _matching(filters: Filters, _user_id: int, _now: dt.datetime) -> QuerySet[KycLink]:
    return matching_links(**{name: one(filters, name) for name in ("status", "kind", "account", "country")})


RECORDS = Records("view_kyclink", COLUMNS, FILTERS, _matching, at="created_at")
