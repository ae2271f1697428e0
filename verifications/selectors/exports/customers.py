"""Customers as they are exported."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from verifications.exporting.kinds import Kind
from verifications.models import Customer
from verifications.selectors.exports.columns import Column, code, personal, record_id, sealed, text, time
from verifications.selectors.exports.filters import DATES, Filters, Records

COLUMNS = (
    record_id("customer_id", _("Customer id"), _("The portal's id of the customer.")),
    text("customer_reference", _("Customer"), _("The organisation's own id of the customer."), "reference"),
    code("kind", _("Kind"), _("Person or business.")),
    text("country", _("Country"), _("Country of residence, or of constitution (ISO 3166).")),
    text("language", _("Language"), _("Language the customer is written to in.")),
    Column("terms_version", _("Terms"), _("Version of the terms accepted."), Kind.INT, "tos_version_accepted"),
    Column("relationship_ended_date", _("Ended"), _("Last day of the business relationship."), Kind.DATE),
    time("created_at", _("Created"), _("When the record was made.")),
    time("updated_at", _("Updated"), _("When it was changed last.")),
    personal("first_name", _("First name"), _("As entered.")),
    personal("middle_name", _("Middle name"), _("As entered.")),
    personal("last_name", _("Last name"), _("As entered.")),
    personal("business_name", _("Business name"), _("As entered.")),
    sealed("date_of_birth", _("Date of birth"), _("As entered.")),
    sealed("city_of_birth", _("City of birth"), _("As entered.")),
    personal("country_of_birth", _("Country of birth"), _("ISO 3166.")),
    personal("nationalities", _("Nationalities"), _("A list of ISO 3166 codes."), Kind.JSON),
    personal("occupation", _("Occupation"), _("As entered.")),
    personal("employer_name", _("Employer"), _("As entered.")),
    sealed("email", _("E-mail"), _("As entered.")),
    sealed("phone", _("Phone"), _("As entered.")),
    sealed("address", _("Address"), _("Lines, city, province, postal code and country."), Kind.JSON),
    sealed("tax_ids", _("Tax ids"), _("A list of ids with the country that issued them."), Kind.JSON),
)


def _matching(_filters: Filters, _user_id: int, _now: dt.datetime) -> QuerySet[Customer]:
    return Customer.objects.all()


RECORDS = Records("view_customer", COLUMNS, DATES, _matching, at="created_at", customer="pk")
