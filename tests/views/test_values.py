"""Revealing: by POST, with a purpose, one event each."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_customer, make_draft
from tests.views.support import World, client_as, make_world
from verifications.models import AccessEvent
from verifications.views.values import readable

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> Client:
    return client_as("officer")


@pytest.fixture
def world() -> World:
    return make_world()


def reveal_path(record: Any, field: str) -> str:
    return reverse("verifications:value_reveal", args=[type(record).__name__.lower(), record.public_id, field])


def test_a_value_is_revealed_for_a_purpose_with_one_event(officer: Client) -> None:
    customer = make_customer(email="zoe@example.org")

    response = officer.post(reveal_path(customer, "email"), {"purpose": "REVIEW"})

    assert "zoe@example.org" in response.content.decode()
    event = AccessEvent.objects.get()
    assert (event.action, event.field, event.purpose) == ("value.revealed", "email", "REVIEW")
    assert event.customer_id == customer.public_id
    assert "zoe@" not in str(event.details)


@pytest.mark.parametrize("purpose", ["", "BECAUSE", "review", "\x00", "x" * 10_000])
def test_without_a_listed_purpose_nothing_is_revealed(purpose: str, officer: Client) -> None:
    customer = make_customer(email="zoe@example.org")

    response = officer.post(reveal_path(customer, "email"), {"purpose": purpose})

    assert response.status_code == 422
    assert "zoe@example.org" not in response.content.decode()
    assert not AccessEvent.objects.exists()


@pytest.mark.parametrize(
    "field", ["email_hash", "search_name", "pk", "__dict__", "__class__", "provider_users", "delete", "no_such"]
)
def test_what_is_not_sealed_is_no_value_to_reveal(field: str, officer: Client) -> None:
    customer = make_customer()

    response = officer.post(reveal_path(customer, field), {"purpose": "REVIEW"})

    assert response.status_code == 404
    assert customer.email_hash not in response.content.decode()


@pytest.mark.parametrize("record", ["provideraccount", "providercall", "document", "user", "no-such"])
def test_secrets_and_bodies_have_no_reveal(record: str, officer: Client, world: World) -> None:
    for public_id in (world.account.public_id, world.call.public_id, world.document.public_id):
        for field in ("secret", "request_original", "answer_original"):
            path = reverse("verifications:value_reveal", args=[record, public_id, field])
            assert officer.post(path, {"purpose": "REVIEW"}).status_code == 404


def test_a_value_whose_key_was_destroyed_says_so(officer: Client) -> None:
    customer = make_customer()
    customer.data_key.delete()

    response = officer.post(reveal_path(customer, "email"), {"purpose": "REVIEW"})

    assert response.status_code == 422
    assert "destroyed" in response.content.decode()
    assert not AccessEvent.objects.exists()


def test_an_address_reads_as_lines_and_a_number_as_itself() -> None:
    assert readable("address", '{"line1": "Carrer Major 1", "line2": "", "country": "AD"}') == "Carrer Major 1\nAD"
    assert readable("tax_ids", '[{"id": "1", "issuing_country": "AD"}]') == "AD 1"
    assert readable("document_number", "[]") == "[]"
    assert readable("document_number", '{"a": "b"}') == '{"a": "b"}'
    assert readable("verifier_response", "[" * 5000 + "]" * 5000).startswith("[[[")
    assert readable("verifier_response", '{"score": 7}') == '{\n  "score": 7\n}'


def test_a_revealed_value_is_escaped(officer: Client) -> None:
    draft = make_draft(with_front=False)
    client_as("administrator").post(
        reverse("verifications:verification_edit", args=[draft.public_id]),
        {"document_number": "<script>alert(1)</script>"},
    )

    page = officer.post(reveal_path(draft, "document_number"), {"purpose": "REVIEW"}).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
