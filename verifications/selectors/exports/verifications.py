"""Verifications as they are exported."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from verifications.enums import ProviderKind, VerificationStatus
from verifications.exporting.kinds import Kind
from verifications.models import Verification
from verifications.selectors.exports.columns import (
    Column,
    about_customer,
    code,
    customer_name,
    personal,
    record_id,
    sealed,
    text,
    time,
)
from verifications.selectors.exports.filters import DATES, Filter, Filters, Records, one
from verifications.selectors.records import matching_verifications

COLUMNS = (
    record_id("verification_id", _("Verification id"), _("The portal's id of the verification.")),
    *about_customer(),
    Column("case", _("Case"), _("Number of the case it belongs to."), Kind.CASE, "case_id"),
    text("account", _("Account"), _("Name of the provider account."), "account__name"),
    code("provider", _("Provider"), _("Which provider checks."), "account__kind"),
    code("method", _("Method"), _("Documents, session or link.")),
    code("type", _("Check"), _("What is checked.")),
    code("status", _("State"), _("Where it stands; docs/states.md.")),
    text("verifier", _("Verifier"), _("Who checked before, where another did.")),
    text("external_id", _("External id"), _("Its id at that verifier."), "external_verification_id"),
    text("document_type", _("Document"), _("Kind of identity document.")),
    text("issuing_country", _("Issued by"), _("Country that issued the document.")),
    Column("document_ends_date", _("Document ends"), _("Last day of the document."), Kind.DATE),
    Column("expiration_date", _("Expires"), _("Last day of the verification itself."), Kind.DATE),
    text("provider_reference", _("Provider's id"), _("Its id at the provider, as received.")),
    code("provider_answer", _("Provider answer"), _("What the provider recommends."), "answer"),
    Column("answer_reasons", _("Reasons"), _("The provider's codes for it."), Kind.JSON),
    text("created_by", _("Drafted by"), _("Actor: a person's number as user:5.")),
    time("created_at", _("Drafted"), _("When the draft was made.")),
    text("submitted_by", _("Submitted by"), _("Actor: a person's number as user:5.")),
    time("submitted_at", _("Submitted"), _("When it was submitted.")),
    time("accepted_at", _("Accepted"), _("When the provider took it.")),
    time("completed_at", _("Completed"), _("When the answer was there.")),
    time("updated_at", _("Updated"), _("When it was changed last.")),
    customer_name(),
    personal("first_name", _("First name"), _("As submitted.")),
    personal("middle_name", _("Middle name"), _("As submitted.")),
    personal("last_name", _("Last name"), _("As submitted.")),
    personal("nationality", _("Nationality"), _("ISO 3166.")),
    sealed("date_of_birth", _("Date of birth"), _("As submitted.")),
    sealed("document_number", _("Document number"), _("As submitted.")),
    sealed("address", _("Address"), _("As submitted."), Kind.JSON),
    sealed("screenings", _("Screenings"), _("Sanctions, exposed persons, press: as submitted."), Kind.JSON),
    Column(
        "extracted_values",
        _("Extracted values"),
        _("What the provider read from the documents, by its own names."),
        Kind.JSON,
        sensitive=True,
        is_extracted=True,
    ),
)
FILTERS = (
    Filter("status", _("State"), lambda: VerificationStatus.choices),
    Filter("provider", _("Provider"), lambda: ProviderKind.choices),
    *DATES,
)


def _matching(filters: Filters, _user_id: int, _now: dt.datetime) -> QuerySet[Verification]:
    return matching_verifications(status=one(filters, "status"), provider=one(filters, "provider"))


RECORDS = Records("view_verification", COLUMNS, FILTERS, _matching, at="created_at")
