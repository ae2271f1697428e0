"""What a list of links will do, row by row, before anything is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from verifications.enums import CLOSED_STATUSES, CustomerKind, ProviderUserStatus, VerificationMethod
from verifications.models import Customer, ProviderAccount, ProviderUser, Verification
from verifications.selectors.countries import country_name
from verifications.selectors.kyc_links import countries_of


@dataclass(frozen=True)
class PreviewRow:
    number: int
    reference: str
    customer: Customer | None
    kind: str
    country: str
    problem: str
    """In plain words; empty where the link can be asked for."""


@dataclass(frozen=True)
class WantedRow:
    """One line of a list as it was read."""

    number: int
    reference: str
    country: str
    problem: str


def preview(account: ProviderAccount, rows: Sequence[WantedRow], *, country: str) -> list[PreviewRow]:
    """One row for each line, in its order; two queries whatever the length. The services check again."""
    open_ones = Verification.objects.filter(
        customer=OuterRef("pk"), account=account, method=VerificationMethod.LINK
    ).exclude(status__in=CLOSED_STATUSES)
    users = ProviderUser.objects.filter(customer=OuterRef("pk"), account=account).exclude(
        status=ProviderUserStatus.REFUSED
    )
    customers = {
        customer.reference: customer
        for customer in Customer.objects.filter(reference__in=[row.reference for row in rows]).annotate(
            has_open_link=Exists(open_ones), has_user=Exists(users)
        )
    }
    enabled = countries_of(account)
    return [_preview_row(row, customers.get(row.reference), row.country.upper() or country, enabled) for row in rows]


def _preview_row(row: WantedRow, customer: Customer | None, country: str, enabled: tuple[str, ...]) -> PreviewRow:
    kind = ""
    if customer is not None:
        kind = "KYB" if customer.kind == CustomerKind.BUSINESS else "KYC"
    return PreviewRow(
        number=row.number,
        reference=row.reference,
        customer=customer,
        kind=kind,
        country=country_name(country),
        problem=row.problem or _problem(customer, country, enabled),
    )


def _problem(customer: Customer | None, country: str, enabled: tuple[str, ...]) -> str:
    if customer is None:
        return _("No customer has this reference.")
    if getattr(customer, "has_open_link", False):
        return _("A check by link is under way for this customer.")
    if not country:
        return _("No country: name one in the row, or choose one for all.")
    if country not in enabled:
        return _("This country is not enabled for the account.")
    if customer.email is None and not getattr(customer, "has_user", False):
        return _("The customer's e-mail address is missing.")
    return ""
