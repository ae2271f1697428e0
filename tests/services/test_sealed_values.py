"""Sealed values: nothing that shows a record can show them; revealing one leaves its trace or gives nothing."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.sites import site
from django.core import serializers
from django.core.management import call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.template import Context, Template
from django.test import RequestFactory

from tests.factories import ACTOR, NOON, SECRET, make_account, make_customer, make_draft, make_user
from verifications.errors import NotAllowed, SealedValueUnavailable
from verifications.models import AccessEvent, Customer, DataKey, Sealed, Verification
from verifications.selectors.search import KINDS, search
from verifications.services import sealed_values
from verifications.services.sealed_values import open_value, reveal, seal, sealed_columns

pytestmark = pytest.mark.django_db
PHONE = "+376300100"


@pytest.fixture
def customer() -> Customer:
    return Customer.objects.get(pk=make_customer(email="zoe.hidden@example.org").pk)


SHOWN = [
    str,
    repr,
    "{}".format,
    "{!r:>20}".format,
    "%s".__mod__,
    lambda value: f"{value}",
    lambda value: f"{value:<30}",
    lambda value: Template("{{ value }} {{ value|safe }} {{ value|upper }}").render(Context({"value": value})),
    lambda value: str([value]),
    lambda value: str({"value": value}),
    lambda value: str(vars(value)),
]


@pytest.mark.parametrize("show", SHOWN, ids=range(len(SHOWN)))
def test_a_sealed_value_shows_its_mask_and_never_itself(customer: Customer, show: Any) -> None:
    shown = show(customer.phone)

    assert PHONE not in shown
    assert "3001" not in shown
    assert "zoe.hidden" not in show(customer.email)


@pytest.mark.parametrize(
    "carry",
    [
        json.dumps,
        lambda value: json.dumps(value, cls=DjangoJSONEncoder),
        pickle.dumps,
        copy.deepcopy,
    ],
    ids=["json", "django-json", "pickle", "deepcopy"],
)
def test_a_sealed_value_does_not_travel(customer: Customer, carry: Any) -> None:
    with pytest.raises(TypeError):
        carry(customer.phone)


def test_a_record_with_sealed_values_does_not_travel_either(customer: Customer) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(customer)


def test_a_log_line_shows_the_mask(customer: Customer, caplog: Any) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger("tests").info("%s %r %s", customer.phone, customer.email, customer)

    assert PHONE not in caplog.text
    assert "zoe.hidden" not in caplog.text


def test_dumpdata_and_serialisers_write_the_ciphertext(customer: Customer) -> None:
    out = io.StringIO()

    call_command("dumpdata", "verifications", stdout=out)
    written = out.getvalue() + serializers.serialize("json", [customer]) + serializers.serialize("xml", [customer])

    for clear in (PHONE, "zoe.hidden", "Carrer Major", "1990-04-15", SECRET):
        assert clear not in written


def test_queries_give_sealed_objects(customer: Customer) -> None:
    assert isinstance(Customer.objects.values_list("phone", flat=True).get(), Sealed)
    assert isinstance(Customer.objects.values("email").get()["email"], Sealed)
    assert isinstance(Customer.objects.defer("phone").get().phone, Sealed)


@pytest.mark.parametrize("value", ["+48123456789", b"x", 7])
def test_assigning_plain_text_is_refused_at_once(customer: Customer, value: Any) -> None:
    with pytest.raises(TypeError, match="sealed"):
        customer.phone = value
    with pytest.raises(TypeError, match="sealed"):
        Customer(phone=value)
    with pytest.raises(TypeError, match="sealed"), transaction.atomic():
        Customer.objects.update(phone=value)

    assert open_value(customer, "phone") == PHONE


def test_an_empty_value_is_nothing(customer: Customer) -> None:
    seal(customer, "phone", "", mask="")
    customer.save()

    fresh = Customer.objects.get(pk=customer.pk)
    assert fresh.phone is None
    assert open_value(fresh, "phone") == ""


def test_a_ciphertext_opens_in_its_own_column_row_and_table_only(customer: Customer) -> None:
    other, draft = make_customer(), make_draft(with_front=False)
    Customer.objects.filter(pk=other.pk).update(phone=customer.phone)
    Customer.objects.filter(pk=customer.pk).update(address=customer.phone)
    Verification.objects.filter(pk=draft.pk).update(document_number=customer.phone)

    for row, column in ((other, "phone"), (customer, "address"), (draft, "document_number")):
        row.refresh_from_db()
        with pytest.raises(SealedValueUnavailable):
            open_value(row, column)


def test_a_destroyed_key_makes_the_values_unavailable_and_nobody_elses(customer: Customer) -> None:
    other = make_customer()

    DataKey.objects.get(customer=customer).delete()

    with pytest.raises(SealedValueUnavailable, match="destroyed"):
        open_value(customer, "phone")
    with pytest.raises(SealedValueUnavailable):
        seal(customer, "phone", "+48123456789", mask="x")
    assert open_value(other, "phone") == PHONE
    assert str(customer.phone) == "•••• 00"


def test_reveal_gives_the_value_and_writes_who_saw_it(customer: Customer) -> None:
    person = make_user()

    value = reveal(record=customer, field="phone", purpose="REVIEW", actor=f"user:{person.pk}", at=NOON)

    event = AccessEvent.objects.get()
    assert value == PHONE
    assert (event.action, event.purpose, event.field, event.actor, event.at) == (
        "value.revealed",
        "REVIEW",
        "phone",
        f"user:{person.pk}",
        NOON,
    )
    assert (event.subject_type, event.subject_id) == ("Customer", str(customer.public_id))
    assert event.customer_id == customer.public_id
    assert PHONE not in str(event.details)


def test_reveal_gives_nothing_when_its_event_can_not_be_written(customer: Customer, monkeypatch: Any) -> None:
    def refuse(**_arguments: Any) -> None:
        raise RuntimeError("the log is full")

    monkeypatch.setattr(sealed_values, "record_access", refuse)

    with pytest.raises(RuntimeError):
        reveal(record=customer, field="phone", purpose="REVIEW", actor=ACTOR, at=NOON)

    assert not AccessEvent.objects.exists()


@pytest.mark.parametrize(
    ("field", "purpose"), [("first_name", "REVIEW"), ("nothing", "REVIEW"), ("phone", ""), ("phone", "CURIOSITY")]
)
def test_reveal_refuses_other_columns_and_purposes(customer: Customer, field: str, purpose: str) -> None:
    with pytest.raises(NotAllowed):
        reveal(record=customer, field=field, purpose=purpose, actor=ACTOR, at=NOON)

    assert not AccessEvent.objects.exists()


def test_reveal_never_gives_a_provider_accounts_secret() -> None:
    with pytest.raises(NotAllowed):
        reveal(record=make_account(), field="secret", purpose="INCIDENT", actor=ACTOR, at=NOON)


def test_search_finds_by_the_whole_value_and_by_nothing_less(customer: Customer) -> None:
    draft = make_draft(with_front=False)

    def found(query: str) -> list[Any]:
        return [hit.url for hit in search(query, kinds=KINDS).hits]

    assert customer.get_absolute_url() in found("Zoe.Hidden@example.org")
    assert draft.get_absolute_url() in found("x 1234567")
    assert customer.get_absolute_url() in found("+376 300 100")
    assert found("zoe.hidden") == []
    assert found("X123456") == []


def test_the_admin_shows_no_sealed_value(customer: Customer) -> None:
    account = make_account()
    request = RequestFactory().get("/admin/")
    request.user = make_user(username="root", is_superuser=True, is_staff=True)

    for model, model_admin in site._registry.items():
        if not sealed_columns(model):
            continue
        for row in model._default_manager.all():
            page = model_admin.changeform_view(request, str(row.pk)).render().content.decode()
            for clear in (PHONE, "zoe.hidden", "Carrer Major", SECRET, account.secret.token if account.secret else "-"):
                assert clear not in page


def test_every_sealed_column_is_known_to_the_table_of_what_is_sealed() -> None:
    sealed = {
        f"{model.__name__}.{column}"
        for model in apps.get_app_config("verifications").get_models()
        for column in sealed_columns(model)
    }

    assert sealed == {
        *(f"Customer.{name}" for name in ("city_of_birth", "date_of_birth", "email", "phone", "address", "tax_ids")),
        *(
            f"Verification.{name}"
            for name in ("verifier_response", "date_of_birth", "document_number", "address", "screenings")
        ),
        *(f"ProviderAccount.{name}" for name in ("secret", "webhook_secret", "upload_secret")),
        *(f"ProviderCall.{name}" for name in ("request_original", "request_exact", "answer_original")),
        "ProviderToken.value",
        *(f"VerificationSession.{name}" for name in ("start_token", "handover_token", "result")),
        "ExtractedValue.value",
        *(f"KycLink.{name}" for name in ("url", "result")),
        "ReceivedWebhook.body",
        "ProviderNotification.payload",
        "Decision.rationale",
        "DecisionReview.note",
        "DifferenceResolution.explanation",
        "CaseNote.text",
        *(f"CustomerRequest.{name}" for name in ("private_reason", "subject", "text")),
        "MachineReading.text",
        "MachineValue.value",
        "AuditQuestion.text",
        "AuditAnswer.text",
    }
