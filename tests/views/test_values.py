"""Revealing and searching: by POST, with a purpose, one event each."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_customer, make_draft, make_provider_user
from tests.views.support import World, client_as, make_world
from verifications.models import AccessEvent, Customer
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


def searches(world: World) -> dict[str, str]:
    """What a person may paste -> the one page it opens."""
    customer, sent = world.customer.get_absolute_url(), world.sent.get_absolute_url()
    return {
        world.customer.reference.upper(): customer,
        str(world.customer.public_id): customer,
        world.provider_user.provider_reference: customer,
        "+376 300 199": customer,
        "ZOE@Search.example.org": customer,
        "  helene   ÄNGSTROM ": customer,
        str(world.sent.public_id): sent,
        world.sent.provider_reference: sent,
        "x 765-4321": world.draft.get_absolute_url(),
        world.case.number.lower(): world.case.get_absolute_url(),
        str(world.case.public_id): world.case.get_absolute_url(),
    }


def test_one_hit_opens_whatever_it_was_found_by(officer: Client) -> None:
    from tests.factories import ACTOR, IDENTITY, NOON, make_account
    from tests.fakes import FakeProvider
    from verifications.services.provider_calls import deliver_lane
    from verifications.services.verifications import change_metadata, submit_verification

    world = make_world()
    customer = make_customer(
        first_name="Hélène", last_name="Ångström", phone="+376300199", email="zoe@search.example.org"
    )
    account = make_account()
    user = make_provider_user(customer, account)
    sent = make_draft(user)
    submit_verification(verification_id=sent.pk, actor=ACTOR, at=NOON)
    deliver_lane(key_id=account.key_id, client_factory=FakeProvider().client)
    sent.refresh_from_db()
    type(sent).objects.filter(pk=sent.pk).update(provider_reference="ver_searched")
    sent.refresh_from_db()
    draft = make_draft(user, with_front=False)
    from dataclasses import replace

    change_metadata(verification_id=draft.pk, data=replace(IDENTITY, document_number="X7654321"), actor=ACTOR, at=NOON)
    world.customer, world.provider_user, world.sent, world.draft = customer, user, sent, draft
    assert sent.case is not None
    world.case = sent.case

    opened = {query: officer.post("/search/", {"q": query}).headers.get("Location", "") for query in searches(world)}

    assert opened == searches(world)
    assert AccessEvent.objects.filter(action="search.run").count() == len(opened)


@pytest.mark.parametrize(
    "query",
    ["", "   ", "\x00", "a\x00b", "%", "_", "'", '"', "\\", "CASE-", "CASE-" + "9" * 17, "x" * 100_000],
)
def test_any_text_can_be_searched_for(query: str, officer: Client) -> None:
    make_customer()

    response = officer.post("/search/", {"q": query})

    assert response.status_code == 200
    assert response.context["hits"] == 0


def test_a_search_leaves_no_trace_of_itself_but_a_hash(officer: Client) -> None:
    make_customer(), make_customer()

    response = officer.post("/search/", {"q": "Exämple"})

    assert response.context["hits"] == 2
    assert "Exämple" not in str(AccessEvent.objects.values_list())
    assert officer.get("/search/", {"q": "Exämple"}).status_code == 405


def test_two_hits_are_listed_escaped(officer: Client) -> None:
    make_customer(last_name="<b>Bold</b>")
    make_customer(last_name="<b>Bold</b>")

    page = officer.post("/search/", {"q": "<b>bold"}).content.decode()

    assert page.count("&lt;b&gt;Bold&lt;/b&gt;") >= 2
    assert "<b>Bold</b>" not in page


def test_a_customer_is_found_by_a_name_in_any_script(officer: Client) -> None:
    names = [
        "Ἀθηνᾶ",
        "Владимир",
        "محمد",
        "אברהם",
        "王小明",
        "さくら",
        "김철수",
        "สมชาย",
        "ნინო",
        "Nguyễn",
        "Ñandú",
        "👩‍🚀",
    ]
    for name in names:
        make_customer(first_name="", last_name=name)

    found = {name: officer.post("/search/", {"q": name}).status_code for name in names if len(name) > 1}

    assert set(found.values()) == {302}
    assert Customer.objects.count() == len(names)
