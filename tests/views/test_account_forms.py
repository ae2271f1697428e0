"""Accounts at Transmit Security and Capa: their forms and the command."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from tests.services.link_support import capa_account
from tests.views.support import client_as
from verifications.models import ProviderAccount
from verifications.services.provider_accounts import account_credentials, account_options
from verifications.services.sealed_values import open_value

pytestmark = pytest.mark.django_db

CAPA: dict[str, Any] = {
    "kind": "CAPA_PARTNER",
    "name": "Capa of Suharto",
    "environment": "SANDBOX",
    "host": "https://staging-api.capa.fi",
    "base_url": "",
    "secret": "pk_key-of-nobody",
    "webhook_secret": "whs ö secret",
    "enabled_countries": ["ES", "MX"],
    "app_schemes": "MyApp\nother.app://",
    "link_hours": "12",
}
TRANSMIT: dict[str, Any] = {
    "kind": "TRANSMIT_VERIFY",
    "name": "Transmit of Ánh",
    "environment": "LIVE",
    "host": "https://api.eu.transmitsecurity.io",
    "base_url": "",
    "key_id": "client-1",
    "secret": "secret with spaces? no base64!",
    "delete_after_days": "30",
    "max_file_mib": "20",
}
NEW = "/providers/new/"


@pytest.fixture
def admin() -> Client:
    return client_as("administrator")


def path(account: ProviderAccount, name: str) -> str:
    return reverse(f"verifications:{name}", args=[account.public_id])


def test_each_kind_has_its_own_fields(admin: Client) -> None:
    fields = {
        kind: set(admin.get(NEW, {"kind": kind}).context["form"].fields)
        for kind in ("KRAKEN_EMBED", "TRANSMIT_VERIFY", "CAPA_PARTNER")
    }

    assert {"version_header", "enabled_types"} <= fields["KRAKEN_EMBED"]
    assert "version_header" not in fields["TRANSMIT_VERIFY"] | fields["CAPA_PARTNER"]
    assert "backend_capture_enabled" in fields["TRANSMIT_VERIFY"]
    assert "key_id" not in fields["CAPA_PARTNER"]
    assert len(list(admin.get(NEW, {"kind": "CAPA_PARTNER"}).context["form"].fields["enabled_countries"].choices)) == 39


@pytest.mark.parametrize("kind", ["TRANSMIT_VERIFY", "CAPA_PARTNER"])
def test_the_new_forms_speak_of_their_own_provider_only(kind: str, admin: Client) -> None:
    page = admin.get(NEW, {"kind": kind}).content.decode()
    form = page[page.index('<form class="form panel"') :]

    for word in ("Kraken", "Payward", "version header"):
        assert word not in form


def test_a_capa_account_is_made_with_its_options_and_no_secret_is_rendered(admin: Client) -> None:
    response = admin.post(NEW, CAPA, follow=True)

    account = ProviderAccount.objects.get()
    options = account_options(account)
    assert account.base_url == "https://staging-api.capa.fi"
    assert account_credentials(account).secret == CAPA["secret"]
    assert open_value(account, "webhook_secret") == CAPA["webhook_secret"]
    assert options.enabled_countries == ("MX", "ES")
    assert (options.app_schemes, options.link_hours) == (("myapp", "other.app"), 12)
    pages = [response, admin.get(path(account, "provider_account_edit"))]
    for page in pages:
        assert CAPA["secret"] not in page.content.decode()
        assert CAPA["webhook_secret"] not in page.content.decode()


def test_a_transmit_account_takes_its_address_from_the_region(admin: Client) -> None:
    admin.post(NEW, TRANSMIT)

    account = ProviderAccount.objects.get()
    options = account_options(account)
    assert account.base_url == "https://api.eu.transmitsecurity.io"
    assert account_credentials(account).secret == TRANSMIT["secret"]
    assert (options.delete_after_days, options.backend_capture_enabled) == (30, False)
    assert options.max_file_bytes == 20 * 1024 * 1024


def test_empty_secrets_keep_what_there_is_and_a_saved_form_changes_nothing(admin: Client) -> None:
    admin.post(NEW, CAPA)
    account = ProviderAccount.objects.get()
    before = (account.key_id, account.options, account.base_url)

    response = admin.post(path(account, "provider_account_edit"), CAPA | {"secret": "", "webhook_secret": ""})

    account.refresh_from_db()
    assert response.status_code == 302
    assert (account.key_id, account.options, account.base_url) == before
    assert account_credentials(account).secret == CAPA["secret"]
    assert open_value(account, "webhook_secret") == CAPA["webhook_secret"]


def test_an_address_of_ones_own_is_kept_and_shown_again(admin: Client) -> None:
    admin.post(NEW, TRANSMIT | {"host": "own", "base_url": "https://identity.example.org/"})

    account = ProviderAccount.objects.get()
    form = admin.get(path(account, "provider_account_edit")).context["form"]
    assert account.base_url == "https://identity.example.org"
    assert (form["host"].value(), form["base_url"].value()) == ("own", "https://identity.example.org")


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"secret": ""}, "secret", "required"),
        ({"secret": "two words"}, "secret", "without spaces"),
        ({"secret": "a\x00b"}, "secret", "Null characters"),
        ({"webhook_secret": "a\u202eb"}, "webhook_secret", "invisible control character"),
        ({"host": "own"}, "base_url", "Enter the base address"),
        ({"host": "own", "base_url": "http://api.capa.fi"}, "base_url", "https"),
        ({"host": "own", "base_url": "https://api.capa.fi/x"}, "base_url", "scheme and host only"),
        ({"base_url": "https://api.capa.fi"}, "base_url", "Another address"),
        ({"host": "https://evil.example"}, "host", "valid choice"),
        ({"environment": "LIVE"}, "environment", "no real checks"),
        ({"host": "https://production-api.capa.fi"}, "environment", "real checks"),
        ({"enabled_countries": ["JP"]}, "enabled_countries", "valid choice"),
        ({"app_schemes": "javascript"}, "app_schemes", "own scheme"),
        ({"app_schemes": "https"}, "app_schemes", "own scheme"),
        ({"app_schemes": "ünïcode"}, "app_schemes", "own scheme"),
        ({"link_hours": "0"}, "link_hours", "greater than or equal to 1"),
        ({"link_hours": "25"}, "link_hours", "less than or equal to 24"),
    ],
)
def test_what_capa_could_not_use_is_refused_at_its_field_and_the_rest_is_kept(
    changes: dict[str, Any], field: str, says: str, admin: Client
) -> None:
    response = admin.post(NEW, CAPA | changes)

    form = response.context["form"]
    assert response.status_code == 422
    assert list(form.errors) == [field]
    assert says in str(form.errors[field])
    assert form["name"].value() == CAPA["name"]
    assert CAPA["webhook_secret"] not in response.content.decode()
    assert not ProviderAccount.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"environment": "SANDBOX"}, "environment"),
        ({"host": "https://api.sbx.transmitsecurity.io"}, "environment"),
        ({"delete_after_days": "91"}, "delete_after_days"),
        ({"delete_after_days": "-1"}, "delete_after_days"),
        ({"key_id": "two words"}, "key_id"),
        ({"max_file_mib": "0"}, "max_file_mib"),
    ],
)
def test_what_transmit_could_not_use_is_refused_at_its_field(
    changes: dict[str, Any], field: str, admin: Client
) -> None:
    response = admin.post(NEW, TRANSMIT | changes)

    assert list(response.context["form"].errors) == [field]


def test_an_account_does_not_change_into_another_kind(admin: Client) -> None:
    account = capa_account()

    response = admin.post(path(account, "provider_account_edit"), CAPA | {"kind": "KRAKEN_EMBED"})

    assert response.status_code == 422
    assert "kind" in response.context["form"].errors
    assert "valid choice" in response.content.decode()


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("provider_account", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_makes_and_changes_accounts_of_the_new_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER_SECRET", "pk_secret-of-nobody")
    monkeypatch.setenv("PROVIDER_WEBHOOK_SECRET", "whs_of-nobody")

    made = run("Capa", "--kind", "CAPA_PARTNER", "--country", "MX", "--app-scheme", "myapp", "--link-hours", "6")
    monkeypatch.delenv("PROVIDER_SECRET")
    monkeypatch.delenv("PROVIDER_WEBHOOK_SECRET")
    run("Capa", "--country", "ES")
    monkeypatch.setenv("PROVIDER_SECRET", "client-secret")
    run("Transmit", "--kind", "TRANSMIT_VERIFY", "--key-id", "client", "--base-url", "https://id.example.org")
    run("Transmit", "--delete-after-days", "7", "--backend-capture", "yes")

    capa, transmit = ProviderAccount.objects.order_by("name")
    assert "nobody" not in made
    assert open_value(capa, "webhook_secret") == "whs_of-nobody"
    assert account_credentials(capa).secret == "pk_secret-of-nobody"
    options = account_options(capa)
    assert (options.enabled_countries, options.app_schemes, options.link_hours) == (("ES",), ("myapp",), 6)
    assert transmit.base_url == "https://id.example.org"
    assert account_options(transmit).delete_after_days == 7
    assert account_options(transmit).backend_capture_enabled


def test_the_command_refuses_what_the_page_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER_SECRET", "two words")

    with pytest.raises(CommandError, match="API key"):
        run("Capa", "--kind", "CAPA_PARTNER")
    with pytest.raises(CommandError, match="--key-id"):
        run("Transmit", "--kind", "TRANSMIT_VERIFY")

    assert not ProviderAccount.objects.exists()
