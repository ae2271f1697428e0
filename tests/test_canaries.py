"""Canaries (target P1): what is typed in and sealed comes out of the edit forms and the reveal, and nowhere else."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.canary_cells import (
    MADE,
    cells_of,
    every_sealed_column,
    fill_empty_columns,
    is_explained,
    looks_written,
)
from tests.factories import NOON, make_account, make_provider_user, specimen
from tests.fakes import FakeProvider
from tests.services.reading_support import passport, unconfirmed
from tests.views.audit_records import asked_question
from tests.views.decision_records import waiting_decision
from tests.views.link_records import live
from tests.views.logs import captured_log
from tests.views.note_records import asked, note_on
from tests.views.session_records import waiting
from tests.views.support import World, ask, body_of, client_as, path_of, routes
from verifications import vault
from verifications.models import (
    AccessEvent,
    Case,
    Customer,
    KycLink,
    ProviderCall,
    ProviderToken,
    ReceivedWebhook,
    Verification,
    VerificationSession,
)
from verifications.providers.errors import ProviderRefused
from verifications.services.extracted_values import store_values
from verifications.services.provider_calls import deliver_lane
from verifications.services.sealed_values import WRITE_ONLY, seal, sealed_columns
from verifications.views.values import RECORDS

pytestmark = pytest.mark.django_db

SECRET = base64.b64encode(b"canary-secret-" * 5).decode()
CUSTOMER = {
    "kind": "INDIVIDUAL",
    "reference": "crm-1",
    "first_name": "Zoë",
    "last_name": "Exämple",
    "date_of_birth": "1971-03-09",
    "nationalities": "AD",
    "email": "canary.mail@example.org",
    "phone": "+37660071123",
    "line1": "Canary Street 1871",
    "line2": "Canary Floor",
    "postal_code": "CNRY7",
    "city": "Canarytown",
    "province": "Canaryshire",
    "country": "AD",
    "city_of_birth": "Birthcanary",
    "country_of_birth": "AD",
    "occupation": "education",
    "tax_ids": "AD CANARYTAX77",
    "language": "en",
    "tos_version_accepted": "1",
}
VERIFICATION = {
    "document_type": "passport",
    "document_number": "CANARYDOC5566",
    "issuing_country": "AD",
    "first_name": "Zoë",
    "last_name": "Exämple",
    "date_of_birth": "1971-03-09",
    "verifier": "example-idv",
    "verified_at": "2026-11-01T10:00",
    "verifier_response": '{"vendor": "CANARYANSWER"}',
}
CANARIES = (
    "1971-03-09",
    "canary.mail",
    "37660071123",
    "60071123",
    "Canary Street",
    "Canary Floor",
    "CNRY7",
    "Canarytown",
    "Canaryshire",
    "Birthcanary",
    "CANARYTAX77",
    "CANARYDOC5566",
    "CANARYANSWER",
    SECRET,
    "canary-secret",
    "CANARYSTART",
    "CANARYHANDOVER",
    "CANARYLINK",
    "CANARYREAD88",
    "CANARYHOOK",
    "canary-hook-secret",
    "CANARYTOKEN",
    "CANARYRATIONALE",
    "CANARYNOTE",
    "CANARYWHY",
    "CNRYMRZ42",
)


def found_in(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text] + MADE.findall(text)


@pytest.fixture
def portal_log() -> Iterator[io.StringIO]:
    with captured_log() as written:
        yield written


@pytest.fixture
def sent_tasks(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every message for the broker, instead of the broker."""
    messages: list[Any] = []
    monkeypatch.setattr(current_app, "send_task", lambda *args, **more: messages.append((args, more)))
    return messages


@pytest.fixture
def world(django_capture_on_commit_callbacks: Any, sent_tasks: list[Any]) -> World:
    """Everything typed in through the pages: one verification accepted, one refused by the provider, one draft."""
    admin = client_as("administrator")
    account = make_account(secret=SECRET)
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(reverse("verifications:customer_create"), CUSTOMER)
        customer = Customer.objects.get()
        provider_user = make_provider_user(customer, account)
        sent, draft = (_draft(admin, customer, provider_user) for _number in range(2))
        response = admin.post(
            reverse("verifications:verification_edit", args=[sent.public_id]), VERIFICATION | {"submit": "1"}
        )
        assert response.status_code == 302, response.content.decode()
        admin.post(reverse("verifications:verification_edit", args=[draft.public_id]), VERIFICATION)
        deliver_lane(key_id=account.key_id, client_factory=FakeProvider().client)
        refused = _draft(admin, customer, provider_user)
        path = reverse("verifications:verification_edit", args=[refused.public_id])
        admin.post(path, VERIFICATION | {"submit": "1"})
        error = ProviderRefused("The number is wrong", code="EDocument:Invalid", http_status=400)
        deliver_lane(key_id=account.key_id, client_factory=FakeProvider(fails_with=[error]).client)
    sent = Verification.objects.select_related("case").get(pk=sent.pk)
    assert sent.case is not None
    call = ProviderCall.objects.filter(verification=sent).get()
    session, link = waiting(), live()
    _seal_canaries(sent, session, link)
    world = World(
        account=account,
        customer=customer,
        provider_user=provider_user,
        sent=sent,
        draft=Verification.objects.get(pk=draft.pk),
        document=sent.documents.get(),
        draft_document=draft.documents.get(),
        case=sent.case,
        call=call,
    )
    world.session, world.link = session, link
    world.reading = unconfirmed(sent, passport(number="CNRYMRZ42"))
    world.decision = waiting_decision(rationale="CANARYRATIONALE speaks for the customer.")
    world.note = note_on(world.decision.case, text="CANARYNOTE: the bank called back.")
    world.request = asked(private_reason="CANARYWHY: the stamp looks glued on.")
    world.question = asked_question(world.case, text="CANARYOFTHEAUDITOR: why was it taken twice?")
    world.colleague = admin.user  # type: ignore[attr-defined]
    world.whole()
    fill_empty_columns(world, found_in)
    return world


def _seal_canaries(sent: Verification, session: VerificationSession, link: KycLink) -> None:
    """What customers and providers hold the keys to, and what was read from a document."""
    seal(session, "start_token", "CANARYSTART", mask="••••")
    seal(session, "handover_token", "CANARYHANDOVER", mask="••••")
    session.save()
    seal(link, "url", "https://verify.example.net/CANARYLINK", mask="••••")
    link.save()
    seal(link.account, "webhook_secret", "canary-hook-secret", mask="••••")
    link.account.save()
    store_values(verification=sent, values={"person.national_id": "CANARYREAD88"}, at=NOON)
    webhook = ReceivedWebhook(account=link.account, received_at=NOON, body_sha256="0" * 64, signed_over="raw")
    seal(webhook, "body", '{"type":"CANARYHOOK"}', mask="••••")
    webhook.save()
    token = ProviderToken.objects.create(account=session.account)
    seal(token, "value", "CANARYTOKEN", mask="••••")
    token.save()


def _draft(admin: Client, customer: Customer, provider_user: Any) -> Verification:
    admin.post(
        reverse("verifications:verification_create", args=[customer.public_id]),
        {"choice": f"{provider_user.public_id}:DOCUMENTS", "type": "identity_document"},
    )
    draft = Verification.objects.latest("pk")
    file = SimpleUploadedFile("passport.jpg", specimen())
    admin.post(reverse("verifications:document_upload", args=[draft.public_id]), {"slot": "front", "file": file})
    return draft


def test_every_sealed_column_holds_a_canary(world: World) -> None:
    held = {(model.__name__, name) for model, name in every_sealed_column()}

    assert {name for _model, name in held} == {
        column for cells in cells_of(found_in).values() for _one, column in cells
    }


@pytest.mark.parametrize("role", ["anonymous", "nobody", "officer", "administrator", "auditor", "superuser"])
def test_no_answer_to_any_role_shows_a_canary_without_an_access_event_of_that_very_request(
    role: str, world: World, portal_log: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_as(role, raise_request_exception=False)
    cells = cells_of(found_in)

    leaks, explained = {}, set()
    for name, path in asked_for(world):
        ours = name.startswith("verifications:")
        for method, headers in (("GET", {}), ("POST", {}), ("GET", {"HX-Request": "true"})):
            if headers and not ours:
                continue
            with looks_written() as looks:
                found = found_in(_answer(client, method, path, headers))
            unexplained = [canary for canary in found if not is_explained(cells.get(canary, set()), looks)]
            if unexplained:
                leaks[f"{method} {name} {headers}"] = unexplained
            elif found:
                explained.add(name)

    assert leaks == {}
    assert explained == SHOWN_WITH_AN_EVENT.get(role, set())
    assert found_in(portal_log.getvalue()) == []
    assert found_in(caplog.text) == []


CASES = {"verifications:case_detail"}
FORMS_AND_ADDRESSES = {
    "verifications:customer_edit",
    "verifications:verification_edit",
    "verifications:session_address",
    "verifications:kyc_link_address",
}
SHOWN_WITH_AN_EVENT = {
    "officer": CASES,
    "administrator": CASES | FORMS_AND_ADDRESSES,
    "auditor": CASES,
    "superuser": CASES | FORMS_AND_ADDRESSES,
}
"""Routes whose answers hold a sealed value, each beside its event; every other answer of every route holds none."""


def asked_for(world: World) -> list[tuple[str, str]]:
    """Every route, and what one world's ids do not lead to: the pages of all its cases and customers."""
    routed = [(name, path_of(name, pattern, world)) for name, pattern in routes()]
    cases = [("verifications:case_detail", case.get_absolute_url()) for case in Case.objects.all()]
    customers = [("verifications:customer_detail", one.get_absolute_url()) for one in Customer.objects.all()]
    return routed + cases + customers


def _answer(client: Client, method: str, path: str, headers: dict[str, str]) -> str:
    response = ask(client, method, path, headers=headers)
    body = response.streamed if response.streaming else response.content
    return body.decode(errors="replace") + str(response.headers) + str(response.cookies) + response.reason_phrase


def test_a_reveal_shows_exactly_what_its_event_says(world: World) -> None:
    client = client_as("officer")
    cells = cells_of(found_in)
    revealed: set[tuple[type, str]] = set()
    refused: set[tuple[type, str]] = set()
    row: Any
    for record, model in RECORDS.items():
        for row in model._default_manager.all():
            for column in sealed_columns(model):
                path = reverse("verifications:value_reveal", args=[record, row.public_id, column])
                with looks_written() as looks:
                    answer = client.post(path, {"purpose": "REVIEW"})
                found = found_in(answer.content.decode())
                assert all(is_explained(cells[canary], looks) for canary in found), path
                assert [(look.field, look.subject_id) for look in looks] in ([], [(column, str(row.public_id))])
                (revealed if looks else refused).add((model, column))

    assert refused == {(model, column) for model, column in WRITE_ONLY if model in RECORDS.values()}
    assert revealed | refused == {(model, column) for model in RECORDS.values() for column in sealed_columns(model)}


def test_the_edit_forms_show_what_they_edit_but_never_the_secret(world: World) -> None:
    client = client_as("administrator")

    customer = client.get(reverse("verifications:customer_edit", args=[world.customer.public_id])).content.decode()
    draft = client.get(reverse("verifications:verification_edit", args=[world.draft.public_id])).content.decode()
    account = client.get(reverse("verifications:provider_account_edit", args=[world.account.public_id]))

    assert "CANARYTAX77" in customer
    assert "CANARYDOC5566" in draft
    assert found_in(account.content.decode()) == []
    shown = set(AccessEvent.objects.filter(action="value.revealed").values_list("subject_type", "field", "purpose"))
    assert {field for kind, field, _purpose in shown if kind == "Customer"} == {
        "address",
        "city_of_birth",
        "date_of_birth",
        "email",
        "phone",
        "tax_ids",
    }
    assert {purpose for _kind, _field, purpose in shown} == {"DATA_ENTRY"}


def test_canaries_stand_neither_in_messages_nor_in_the_tables_nor_in_a_dump(
    world: World, sent_tasks: list[Any]
) -> None:
    dumped = io.StringIO()
    call_command("dumpdata", stdout=dumped)

    assert sent_tasks
    assert found_in(str(sent_tasks)) == []
    assert {tuple(more["kwargs"]) for _args, more in sent_tasks} == {("key_id",)}
    assert found_in(dumped.getvalue()) == []
    assert found_in(_every_cell()) == []


def _every_cell() -> str:
    with connection.cursor() as cursor:
        cells = []
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            cells.append(repr(cursor.fetchall()))
    return "\n".join(cells)


def test_an_exception_that_quotes_canaries_reaches_neither_page_nor_log(
    world: World, portal_log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_more: Any) -> None:
        try:
            raise ValueError(f"bad number CANARYDOC5566 of {world.customer}")
        except ValueError as error:
            raise RuntimeError("canary.mail@example.org") from error

    monkeypatch.setattr("verifications.views.customers.timeline_of", fail)
    client = client_as("officer", raise_request_exception=False)

    response = client.get(world.customer.get_absolute_url())

    assert response.status_code == 500
    assert found_in(response.content.decode()) == []
    assert "RuntimeError" in portal_log.getvalue()
    assert "caused by ValueError" in portal_log.getvalue()
    assert found_in(portal_log.getvalue()) == []


def test_bad_input_with_canaries_is_not_repeated_in_logs_or_events(world: World, portal_log: io.StringIO) -> None:
    client = client_as("administrator", raise_request_exception=False)
    csrf = client_as("administrator", enforce_csrf_checks=True)
    edit = reverse("verifications:customer_edit", args=[world.customer.public_id])

    answers = [
        client.post(edit, CUSTOMER | {"reference": ""}).status_code,
        csrf.post(edit, CUSTOMER).status_code,
        client.post(edit + "?q=CANARYDOC5566", CUSTOMER | {"country": "CNRY7"}).status_code,
        client.get("/customers/?email=canary.mail@example.org").status_code,
        client.post("/search/", {"q": "CANARYDOC5566"}).status_code,
        client.get("/search/?q=CANARYDOC5566").status_code,
    ]

    assert answers == [422, 403, 422, 200, 200, 405]
    assert "CSRF" in portal_log.getvalue()
    assert found_in(portal_log.getvalue()) == []
    assert found_in(_every_cell()) == []


def test_a_search_by_a_sealed_number_finds_it_and_keeps_only_a_hash(world: World) -> None:
    client = client_as("officer")

    response = client.post("/search/", {"q": "canary doc-5566"})

    assert response.status_code == 200
    assert [hit.kind for hit in response.context["found"].hits] == ["verification"] * 3
    event = AccessEvent.objects.get(action="search.run")
    assert event.details["hits"] == 3
    assert found_in(str(event.details)) == []


def test_signed_addresses_stand_in_no_log_whatever_they_answer(
    world: World, portal_log: io.StringIO, settings: Any
) -> None:
    address = world.address
    token = address.split("/")[2]
    settings.DOCUMENT_ADDRESS_SECONDS = -1
    over = world.address

    answers = [
        body_of(Client().get(address)) == specimen(),
        Client().get(over).status_code,
        Client().post(address).status_code,
        Client().get(address + "x").status_code,
        Client().get(address + "/more/").status_code,
        Client().get(f"/elsewhere?next={address}").status_code,
    ]
    logging.getLogger("django.request").error("fetching %s failed", f"http://127.0.0.1{address}")

    assert answers[:4] == [True, 404, 405, 404]
    assert "/files/" in portal_log.getvalue()
    assert token not in portal_log.getvalue()
    assert over.split("/")[2] not in portal_log.getvalue()
    assert token not in _every_cell()


def test_nothing_of_a_sealed_value_prints_itself(world: World) -> None:
    texts = [
        f"{value}{value!r}{value!s:>20}"
        for record in (world.customer, world.draft, world.account, world.call)
        for value in (
            getattr(record, field.name)
            for field in record._meta.get_fields()
            if field.__class__.__name__ == "SealedField"
        )
        if value is not None
    ]

    assert len(texts) >= 10
    assert found_in("".join(texts)) == []


def test_what_is_stored_opens_only_with_its_own_key(world: World) -> None:
    other = vault.new_wrapped_key()
    sealed: Any = world.draft.document_number

    with pytest.raises(Exception, match="can't be opened"):
        vault.unseal(
            token=sealed.token,
            wrapped_key=other,
            context=f"verifications_verification.document_number:{world.draft.public_id}",
        )
