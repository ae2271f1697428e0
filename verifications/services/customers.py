"""Customers: created and changed here, with their key, their sealed values and their audit event."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, field

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from verifications import masks
from verifications.enums import AuditAction, CustomerKind
from verifications.errors import ConflictingRecord, DomainError, NotAllowed
from verifications.models import Case, Customer, CustomerSearchText
from verifications.names import fold_name
from verifications.search_text import search_text
from verifications.selectors.keys import search_hash
from verifications.services.audit import record_event
from verifications.services.sealed_values import make_customer_key, open_value, seal


@dataclass(frozen=True, repr=False)
class AddressData:
    """A postal address as entered; ``country`` is an ISO 3166-1 alpha-2 code."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    province: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, repr=False)
class CustomerData:
    """Everything that is entered about a customer, in clear: it lives for one request only."""

    reference: str
    kind: str = CustomerKind.INDIVIDUAL
    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""
    business_name: str = ""
    nationalities: tuple[str, ...] = ()
    occupation: str = ""
    employer_name: str = ""
    city_of_birth: str = ""
    country_of_birth: str = ""
    language: str = ""
    tos_version_accepted: int | None = None
    date_of_birth: dt.date | None = None
    email: str = ""
    phone: str = ""
    address: AddressData = field(default_factory=AddressData)
    tax_ids: tuple[tuple[str, str], ...] = ()
    """Pairs of number and issuing country."""


PLAIN_FIELDS = (
    "reference",
    "kind",
    "first_name",
    "middle_name",
    "last_name",
    "business_name",
    "occupation",
    "employer_name",
    "country_of_birth",
    "language",
    "tos_version_accepted",
)
SEARCH_NAME_LENGTH = 500
"""Folding may lengthen a name: a Hangul syllable becomes up to three letters."""


@transaction.atomic
def create_customer(*, data: CustomerData, actor: str, at: dt.datetime) -> Customer:
    """Create a customer with its data key; raises ``ConflictingRecord`` when the reference is taken."""
    customer = Customer(created_at=at, updated_at=at, **{name: getattr(data, name) for name in PLAIN_FIELDS})
    customer.nationalities = list(data.nationalities)
    customer.country = data.address.country
    customer.search_name = fold_name(customer.display_name)[:SEARCH_NAME_LENGTH]
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError as error:
        raise _refusal(data) from error
    make_customer_key(customer=customer, at=at)
    _seal_all(customer, data)
    customer.save()
    write_search_text(customer=customer)
    record_event(action=AuditAction.CUSTOMER_CREATED, actor=actor, subject=customer, at=at)
    return customer


@transaction.atomic
def change_customer(*, customer_id: int, data: CustomerData, actor: str, at: dt.datetime) -> Customer:
    """Change a customer; the event names the fields that changed, not their values."""
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    before = customer_data(customer)
    changed = sorted(name for name, value in asdict(data).items() if value != asdict(before)[name])
    if not changed:
        return customer
    for name in PLAIN_FIELDS:
        setattr(customer, name, getattr(data, name))
    customer.nationalities = list(data.nationalities)
    customer.country = data.address.country
    customer.search_name = fold_name(customer.display_name)[:SEARCH_NAME_LENGTH]
    customer.updated_at = at
    _seal_all(customer, data)
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError as error:
        raise _refusal(data) from error
    write_search_text(customer=customer)
    Case.objects.filter(customer=customer, closed_at__isnull=True).update(country=customer.country)
    record_event(action=AuditAction.CUSTOMER_CHANGED, actor=actor, subject=customer, at=at, details={"fields": changed})
    _compare_anew(customer, actor=actor, at=at)
    return customer


def _compare_anew(customer: Customer, *, actor: str, at: dt.datetime) -> None:
    from verifications.services.comparisons import compare_with_record  # noqa: PLC0415  it reads customers itself

    compare_with_record(customer=customer, actor=actor, at=at)


def write_search_text(*, customer: Customer) -> None:
    """Bring what the customer is found by in line with the names and the reference; written only when it differs.

    Call it in the transaction that changes the customer.
    """
    names = (customer.first_name, customer.middle_name, customer.last_name, customer.business_name)
    text = search_text(names=names, reference=customer.reference)
    written = CustomerSearchText.objects.filter(customer=customer).values_list("text", flat=True).first()
    if written is None:
        CustomerSearchText.objects.create(customer=customer, text=text)
    elif written != text:
        CustomerSearchText.objects.filter(customer=customer).update(text=text)


def customer_data(customer: Customer) -> CustomerData:
    """The customer in clear, for the edit form, for provider calls and for comparing before and after.

    A form that shows it to a person records the reveal itself (see ``views.customers``).
    """
    born = open_value(customer, "date_of_birth")
    address = json.loads(open_value(customer, "address") or "{}")
    return CustomerData(
        **{name: getattr(customer, name) for name in PLAIN_FIELDS},
        nationalities=tuple(customer.nationalities),
        city_of_birth=open_value(customer, "city_of_birth"),
        date_of_birth=dt.date.fromisoformat(born) if born else None,
        email=open_value(customer, "email"),
        phone=open_value(customer, "phone"),
        address=AddressData(**address) if address else AddressData(country=customer.country),
        tax_ids=tuple(
            (entry["id"], entry["issuing_country"]) for entry in json.loads(open_value(customer, "tax_ids") or "[]")
        ),
    )


def _seal_all(customer: Customer, data: CustomerData) -> None:
    born = data.date_of_birth.isoformat() if data.date_of_birth else ""
    seal(customer, "date_of_birth", born, mask=masks.mask_date(born))
    seal(customer, "city_of_birth", data.city_of_birth, mask=masks.mask_whole())
    seal(customer, "email", data.email, mask=masks.mask_email(data.email))
    seal(customer, "phone", data.phone, mask=masks.mask_phone(data.phone))
    has_address = bool(data.address.line1 or data.address.city or data.address.postal_code)
    seal(
        customer,
        "address",
        json.dumps(asdict(data.address), ensure_ascii=False) if has_address else "",
        mask=masks.mask_address(data.address.country),
    )
    tax_ids = [{"id": number, "issuing_country": country} for number, country in data.tax_ids]
    seal(customer, "tax_ids", json.dumps(tax_ids) if tax_ids else "", mask=masks.mask_whole())
    customer.email_hash = search_hash(data.email, purpose="email")
    customer.phone_hash = search_hash(data.phone, purpose="phone")


def _refusal(data: CustomerData) -> DomainError:
    """What the database refused, in words: only the reference is unique, the other rules speak of what is missing."""
    if data.reference and Customer.objects.filter(reference=data.reference).exists():
        return ConflictingRecord(
            _("The reference %(reference)s already belongs to another customer. Nothing was saved; use another one.")
            % {"reference": data.reference}
        )
    return NotAllowed(_("A customer needs a reference and a name: the last name of a person, the name of a business."))
