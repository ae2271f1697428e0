"""Customers: names of every script kept as written, one reference each, changes told by field and not by value."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from tests.factories import ACTOR, NOON, make_customer
from tests.services.support import actions
from verifications.errors import ConflictingRecord, NotAllowed
from verifications.models import AuditEvent, Customer, DataKey
from verifications.selectors.search import find_customers
from verifications.services.customers import (
    AddressData,
    CustomerData,
    change_customer,
    create_customer,
    customer_data,
)

pytestmark = pytest.mark.django_db
NAMES = [
    ("Łukasz", "Żółć"),
    ("Hélène", "D’Aubigné"),
    ("Олександра", "Щербакова"),
    ("Ἀριστοτέλης", "Παππάς"),
    ("محمد", "الأمير"),
    ("נועה", "בן־דוד"),
    ("अनुष्का", "त्रिपाठी"),
    ("สมชาย", "ใจดี"),
    ("美咲", "渡邊"),
    ("지우", "김"),
    ("Wanjirũ", "wa Kamau"),
    ("Nguyễn", "Thị Ánh"),
    ("", "Sukarno"),
    ("𠮷", "野家"),
    ("José", "García"),
]


@pytest.mark.parametrize(("first", "last"), NAMES)
def test_create_customer_keeps_a_name_as_written_and_finds_it(first: str, last: str) -> None:
    customer = make_customer(first_name=first, last_name=last)

    customer.refresh_from_db()
    assert (customer.first_name, customer.last_name) == (first, last)
    assert find_customers(last) == [customer]
    assert find_customers(last.upper()) == [customer]


def test_create_customer_finds_a_name_written_in_another_unicode_form() -> None:
    customer = make_customer(first_name="Zoë", last_name="Nguyễn")

    assert find_customers("Zoe\u0308 Nguye\u0302\u0303n") == [customer]
    assert find_customers("zoe nguyen") == [customer]


def test_create_customer_takes_the_longest_names_of_a_script_that_folds_longer() -> None:
    customer = make_customer(first_name="빛" * 120, middle_name="빛" * 120, last_name="빛" * 120)

    customer.refresh_from_db()
    assert len(customer.search_name) == 500


def test_create_customer_seals_under_a_key_of_its_own() -> None:
    first, second = make_customer(), make_customer()

    assert DataKey.objects.get(customer=first).wrapped != DataKey.objects.get(customer=second).wrapped
    assert first.email is not None
    assert first.email.token != ""


def test_create_customer_gives_back_what_was_entered() -> None:
    data = CustomerData(
        reference="cust-full",
        first_name="Zoë",
        last_name="Exämple",
        nationalities=("AD", "FR"),
        date_of_birth=dt.date(1990, 4, 15),
        city_of_birth="La Seu d’Urgell",
        email="zoe@example.org",
        phone="+376300100",
        address=AddressData("Carrer Major 1", "2n", "Andorra la Vella", "", "AD500", "AD"),
        tax_ids=(("F-123456-X", "AD"),),
        language="ca",
        tos_version_accepted=3,
    )

    customer = create_customer(data=data, actor=ACTOR, at=NOON)

    assert customer_data(Customer.objects.get(pk=customer.pk)) == data


def test_create_customer_refuses_a_reference_that_is_taken() -> None:
    taken = make_customer()

    with pytest.raises(ConflictingRecord, match=taken.reference):
        make_customer(reference=taken.reference)

    assert Customer.objects.count() == 1
    assert DataKey.objects.filter(customer__isnull=False).count() == 1
    assert actions().count("customer.created") == 1


@pytest.mark.parametrize(
    "changes",
    [{"last_name": ""}, {"reference": ""}, {"kind": "BUSINESS", "business_name": ""}],
    ids=["nameless", "without-reference", "nameless-business"],
)
def test_create_customer_tells_what_is_missing(changes: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed, match="needs a reference and a name"):
        make_customer(**changes)

    assert not Customer.objects.exists()


def test_change_customer_names_the_fields_and_never_their_values() -> None:
    customer = make_customer()
    data = replace(customer_data(customer), last_name="Müller", phone="+48500100200", email="neu@example.org")

    change_customer(customer_id=customer.pk, data=data, actor=ACTOR, at=NOON)

    event = AuditEvent.objects.get(action="customer.changed")
    assert event.details == {"fields": ["email", "last_name", "phone"]}
    written = str(AuditEvent.objects.values())
    for value in ("Müller", "+48500100200", "neu@example.org"):
        assert value not in written


def test_change_customer_is_found_under_the_new_values_only() -> None:
    customer = make_customer(email="old@example.org")

    change_customer(
        customer_id=customer.pk, data=replace(customer_data(customer), email="new@example.org"), actor=ACTOR, at=NOON
    )

    assert find_customers("new@example.org") == [customer]
    assert find_customers("old@example.org") == []


def test_change_customer_leaves_no_event_when_nothing_changed() -> None:
    customer = make_customer()
    before = actions()

    change_customer(customer_id=customer.pk, data=customer_data(customer), actor=ACTOR, at=NOON)

    assert actions() == before


def test_change_customer_refuses_a_reference_that_is_taken() -> None:
    first, second = make_customer(), make_customer()

    with pytest.raises(ConflictingRecord):
        change_customer(
            customer_id=second.pk,
            data=replace(customer_data(second), reference=first.reference),
            actor=ACTOR,
            at=NOON,
        )

    assert Customer.objects.get(pk=second.pk).reference == second.reference


def test_customer_data_never_shows_itself() -> None:
    data = customer_data(make_customer(email="hidden@example.org"))

    assert "hidden" not in repr(data)
    assert "Carrer" not in repr(data.address)
