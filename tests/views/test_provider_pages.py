"""Provider accounts through the pages: the secret goes in and never comes out."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import SECRET, make_account
from tests.views.support import World, client_as, make_world
from verifications.models import AuditEvent, ProviderAccount, ProviderCall
from verifications.services.provider_accounts import account_credentials, account_options

pytestmark = pytest.mark.django_db

ENTERED: dict[str, Any] = {
    "kind": "KRAKEN_EMBED",
    "name": "Our account",
    "environment": "SANDBOX",
    "base_url": "http://127.0.0.1:9/",
    "key_id": "key-entered",
    "secret": SECRET,
    "enabled_types": ["identity_document", "selfie"],
    "allowed_document_hosts": "Docs.Example.org\n127.0.0.1:8000\ndocs.example.org",
    "max_file_mib": "10",
}


@pytest.fixture
def admin() -> Client:
    return client_as("administrator")


def path(account: ProviderAccount, action: str) -> str:
    return reverse(f"verifications:provider_account_{action}", args=[account.public_id])


def test_an_account_is_made_with_its_options_and_the_secret_is_never_rendered(admin: Client) -> None:
    response = admin.post("/providers/new/", ENTERED, follow=True)

    account = ProviderAccount.objects.get()
    options = account_options(account)
    assert account_credentials(account).secret == SECRET
    assert account.base_url == "http://127.0.0.1:9"
    assert options.allowed_document_hosts == {"docs.example.org", "127.0.0.1:8000"}
    assert options.max_file_bytes == 10 * 1024 * 1024
    pages = [admin.get(address) for address in ("/providers/", path(account, "edit"), path(account, "detail"))]
    for page in (response, *pages):
        assert SECRET not in page.content.decode()
    assert SECRET not in str(AuditEvent.objects.values_list())


def test_a_refused_form_does_not_give_the_secret_back(admin: Client) -> None:
    response = admin.post("/providers/new/", ENTERED | {"name": ""})

    assert response.status_code == 422
    assert SECRET not in response.content.decode()


def test_an_empty_secret_keeps_the_one_there_is_and_a_new_one_replaces_it(admin: Client) -> None:
    account = make_account()
    edit = path(account, "edit")
    other = base64.b64encode(b"another secret").decode()

    admin.post(edit, ENTERED | {"secret": ""})
    account.refresh_from_db()
    kept = account_credentials(account).secret
    admin.post(edit, ENTERED | {"secret": other})
    account.refresh_from_db()

    assert kept == SECRET
    assert account_credentials(account).secret == other
    assert AuditEvent.objects.latest("id").details == {"fields": ["secret"]}


def test_a_new_account_needs_its_secret_and_a_name_of_its_own(admin: Client) -> None:
    make_account(name="Our account")

    without = admin.post("/providers/new/", ENTERED | {"secret": "", "name": "Other"})
    taken = admin.post("/providers/new/", ENTERED)

    assert "secret" in without.context["form"].errors
    assert taken.status_code == 422
    assert "already an account" in taken.content.decode()


@pytest.mark.parametrize("kind", ["KRAKEN_EMBED", "PAYWARD_SERVICES", "", "ACME"])
def test_the_form_for_a_new_account_starts_with_the_providers_address(kind: str, admin: Client) -> None:
    response = admin.get("/providers/new/", {"kind": kind})

    assert response.status_code == 200
    assert bool(response.context["form"].initial.get("base_url")) == (kind in {"KRAKEN_EMBED", "PAYWARD_SERVICES"})


def test_a_connection_test_asked_for_twice_waits_once(admin: Client) -> None:
    account = make_account()

    admin.post(path(account, "check"))
    admin.post(path(account, "check"))

    assert ProviderCall.objects.get().operation == "CHECK_CONNECTION"
    partial = admin.get(path(account, "detail"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in partial


def test_the_switch_turns_an_account_off_and_on_each_with_its_event(admin: Client) -> None:
    account = make_account()

    off = admin.post(path(account, "switch"), {"enabled": "0"}, follow=True)
    account.refresh_from_db()
    assert not account.is_enabled
    admin.post(path(account, "switch"), {"enabled": "1"})
    account.refresh_from_db()

    assert account.is_enabled
    assert "is off" in off.content.decode()
    events = AuditEvent.objects.filter(action="provider_account.changed").order_by("id")
    assert [event.details["is_enabled"] for event in events] == [False, True]


def test_a_stopped_account_is_resumed_with_an_event(admin: Client) -> None:
    account = make_account()
    ProviderAccount.objects.filter(pk=account.pk).update(paused_at=account.created_at, paused_reason="Wrong key")

    admin.post(path(account, "resume"))

    account.refresh_from_db()
    assert account.paused_at is None
    assert AuditEvent.objects.latest("id").action == "provider_account.resumed"


def test_a_call_page_shows_the_ledger_and_no_sealed_body() -> None:
    world: World = make_world()

    page = client_as("auditor").get(reverse("verifications:provider_call_detail", args=[world.call.public_id]))

    text = page.content.decode()
    assert world.call.body_sha256 in text
    assert world.call.nonce in text


def test_officers_and_auditors_see_no_way_to_change_an_account() -> None:
    account = make_account()

    for role in ("officer", "auditor"):
        page = client_as(role).get(path(account, "detail")).content.decode()
        for action in ("edit", "switch", "check", "resume"):
            assert path(account, action) not in page, role
