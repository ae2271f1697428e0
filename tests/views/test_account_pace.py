"""How an account's calls follow each other: the second key, the nonce mode and the pace, by page and by command."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import SECRET, make_account
from tests.views.support import client_as
from verifications.models import ApiKeyLane, ProviderAccount
from verifications.services.provider_accounts import account_credentials

pytestmark = pytest.mark.django_db

FILES_SECRET = base64.b64encode(b"the secret of a second key pair").decode()
SIGNED: dict[str, Any] = {
    "kind": "KRAKEN_EMBED",
    "name": "Main",
    "environment": "SANDBOX",
    "base_url": "http://127.0.0.1:9",
    "key_id": "key-main",
    "secret": SECRET,
    "enabled_types": ["identity_document"],
    "max_file_mib": "10",
}
TRANSMIT = {
    "kind": "TRANSMIT_VERIFY",
    "name": "Transmit",
    "environment": "SANDBOX",
    "host": "own",
    "base_url": "http://127.0.0.1:9",
    "key_id": "client",
    "secret": "client-secret",
    "delete_after_days": "0",
    "max_file_mib": "20",
}
CAPA = {
    "kind": "CAPA_PARTNER",
    "name": "Capa",
    "environment": "SANDBOX",
    "host": "own",
    "base_url": "http://127.0.0.1:9",
    "secret": "api-key",
    "link_hours": "24",
}


@pytest.fixture
def admin() -> Client:
    return client_as("administrator")


def edit_of(account: ProviderAccount) -> str:
    return reverse("verifications:provider_account_edit", args=[account.public_id])


def test_a_second_key_the_nonce_mode_and_the_pace_are_stored_and_the_secret_is_never_shown(admin: Client) -> None:
    entered = SIGNED | {
        "upload_key_id": "key-files",
        "upload_secret": FILES_SECRET,
        "pipelined": "True",
        "calls_per_minute": "90",
    }

    page = admin.post("/providers/new/", entered, follow=True).content.decode()

    account = ProviderAccount.objects.get()
    assert account_credentials(account, operation="SUBMIT_DOCUMENTS").secret == FILES_SECRET
    assert account_credentials(account, operation="GET_USER").secret == SECRET
    assert (account.options["pipelined"], account.options["calls_per_minute"]) == (True, 90)
    for words in ("key-files", "pipelined", "90 at most"):
        assert words in page
    assert FILES_SECRET not in page + admin.get(edit_of(account)).content.decode()


@pytest.mark.parametrize("entered", [SIGNED, TRANSMIT, CAPA])
def test_every_kind_has_a_pace_and_none_is_no_limit(admin: Client, entered: dict[str, Any]) -> None:
    admin.post("/providers/new/", entered | {"calls_per_minute": ""})
    account = ProviderAccount.objects.get()
    without = account.options["calls_per_minute"]

    admin.post(edit_of(account), entered | {"secret": "", "calls_per_minute": "12"})

    account.refresh_from_db()
    assert (without, account.options["calls_per_minute"]) == (0, 12)
    assert 'value="12"' in admin.get(edit_of(account)).content.decode()


def test_an_account_is_not_pipelined_unless_somebody_says_so(admin: Client) -> None:
    admin.post("/providers/new/", SIGNED)

    account = ProviderAccount.objects.get()
    assert account.options["pipelined"] is False
    assert account.key_for("SUBMIT_DOCUMENTS") == "key-main"


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"upload_key_id": "key-files"}, "upload_secret", "Enter the secret of this key."),
        ({"upload_secret": FILES_SECRET}, "upload_key_id", "Enter the key this secret belongs to"),
        ({"upload_key_id": "key-main", "upload_secret": FILES_SECRET}, "upload_key_id", "This is the key above."),
        ({"upload_key_id": "key-files", "upload_secret": "not base64 at all"}, "upload_secret", ""),
        ({"upload_key_id": "key\tfiles", "upload_secret": FILES_SECRET}, "upload_key_id", ""),
        ({"calls_per_minute": "-1"}, "calls_per_minute", ""),
        ({"calls_per_minute": "1000000"}, "calls_per_minute", ""),
        ({"pipelined": "maybe"}, "pipelined", ""),
    ],
)
def test_a_problem_stands_next_to_its_field(admin: Client, changes: dict[str, str], field: str, problem: str) -> None:
    response = admin.post("/providers/new/", SIGNED | changes)

    assert response.status_code == 422
    assert problem in str(response.context["form"].errors[field])
    assert FILES_SECRET not in response.content.decode()
    assert not ProviderAccount.objects.exists()


def test_an_empty_secret_keeps_the_one_of_the_same_key_and_another_key_needs_its_own(admin: Client) -> None:
    admin.post("/providers/new/", SIGNED | {"upload_key_id": "key-files", "upload_secret": FILES_SECRET})
    account = ProviderAccount.objects.get()
    kept = SIGNED | {"secret": "", "upload_secret": ""}

    same = admin.post(edit_of(account), kept | {"upload_key_id": "key-files", "name": "Renamed"})
    other = admin.post(edit_of(account), kept | {"upload_key_id": "key-other", "name": "Renamed"})

    account.refresh_from_db()
    assert (same.status_code, other.status_code) == (302, 422)
    assert account_credentials(account, operation="SUBMIT_DOCUMENTS").secret == FILES_SECRET


def test_the_account_says_that_too_many_refused_nonces_have_ended_pipelining_for_a_while(admin: Client) -> None:
    account = make_account(pipelined=True)
    lane = ApiKeyLane.objects.create(key_id=account.key_id)
    before = admin.get(account.get_absolute_url()).content.decode()
    lane.pipelined_after = timezone.now() + dt.timedelta(minutes=5)
    lane.save()

    after = admin.get(account.get_absolute_url()).content.decode()

    assert "too many refused nonces" not in before
    assert "too many refused nonces" in after


def test_the_command_sets_them_and_leaves_alone_what_it_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    account = make_account(calls_per_minute=30)
    monkeypatch.setenv("PROVIDER_UPLOAD_SECRET", FILES_SECRET)

    call_command("provider_account", account.name, "--upload-key-id", "key-files", "--pipelined", "yes")

    account.refresh_from_db()
    assert account_credentials(account, operation="SUBMIT_DOCUMENTS").secret == FILES_SECRET
    assert (account.options["pipelined"], account.options["calls_per_minute"]) == (True, 30)

    monkeypatch.delenv("PROVIDER_UPLOAD_SECRET")
    call_command("provider_account", account.name, "--pipelined", "no", "--calls-per-minute", "0")

    account.refresh_from_db()
    assert (account.options["pipelined"], account.options["calls_per_minute"]) == (False, 0)
    assert account.upload_key_id == "key-files"


def test_the_command_refuses_a_second_key_without_its_secret() -> None:
    account = make_account()

    with pytest.raises(CommandError, match="Enter the secret of this key"):
        call_command("provider_account", account.name, "--upload-key-id", "key-files")
