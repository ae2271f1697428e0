"""Provider accounts: a secret that goes in and never comes out, addresses a client may talk to, one switch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.factories import ACTOR, NOON, SECRET, make_account, make_provider_user
from tests.services.support import actions
from verifications.errors import ConflictingRecord, NotAllowed
from verifications.models import AuditEvent, ProviderAccount
from verifications.services.provider_accounts import (
    AccountData,
    account_credentials,
    account_options,
    change_account,
    check_base_url,
    create_account,
    pause_account,
    request_connection_check,
    resume_account,
    set_account_enabled,
)

pytestmark = pytest.mark.django_db


def _data(**changes: Any) -> AccountData:
    entered: dict[str, Any] = {
        "name": "Kraken, test",
        "kind": "KRAKEN_EMBED",
        "environment": "SANDBOX",
        "base_url": "http://127.0.0.1:9",
        "key_id": "key-1",
        "secret": SECRET,
    }
    return AccountData(**(entered | changes))


def test_create_account_keeps_the_secret_out_of_everything_but_a_call() -> None:
    account = create_account(data=_data(), actor=ACTOR, at=NOON)

    fresh = ProviderAccount.objects.get(pk=account.pk)
    assert account_credentials(fresh).secret == SECRET
    assert SECRET not in repr(account_credentials(fresh))
    assert SECRET not in str(ProviderAccount.objects.values())
    assert SECRET not in str(AuditEvent.objects.values())


@pytest.mark.parametrize("changes", [{"secret": ""}, {"base_url": "http://nexus.kraken.com"}], ids=["secret", "http"])
def test_create_account_refuses(changes: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        create_account(data=_data(**changes), actor=ACTOR, at=NOON)

    assert not ProviderAccount.objects.exists()


def test_create_account_refuses_a_name_that_is_taken() -> None:
    create_account(data=_data(), actor=ACTOR, at=NOON)

    with pytest.raises(ConflictingRecord, match="Kraken, test"):
        create_account(data=_data(), actor=ACTOR, at=NOON)


def test_change_account_keeps_the_secret_that_is_left_empty() -> None:
    account = create_account(data=_data(), actor=ACTOR, at=NOON)

    change_account(account_id=account.pk, data=_data(secret="", key_id="key-2"), actor=ACTOR, at=NOON)

    account.refresh_from_db()
    assert (account.key_id, account_credentials(account).secret) == ("key-2", SECRET)
    assert AuditEvent.objects.get(action="provider_account.changed").details == {"fields": ["key_id"]}


def test_change_account_names_a_new_secret_without_saying_it() -> None:
    account = create_account(data=_data(), actor=ACTOR, at=NOON)

    change_account(account_id=account.pk, data=_data(secret="bmV3"), actor=ACTOR, at=NOON)

    assert AuditEvent.objects.get(action="provider_account.changed").details == {"fields": ["secret"]}


def test_change_account_leaves_no_event_when_nothing_changed() -> None:
    account = create_account(data=_data(), actor=ACTOR, at=NOON)
    before = actions()

    change_account(account_id=account.pk, data=_data(secret="", base_url="http://127.0.0.1:9/"), actor=ACTOR, at=NOON)

    assert actions() == before


def test_change_account_keeps_the_provider_once_users_are_linked() -> None:
    account = make_account()
    make_provider_user(account=account)

    with pytest.raises(NotAllowed):
        change_account(account_id=account.pk, data=_data(kind="PAYWARD_SERVICES"), actor=ACTOR, at=NOON)


def test_change_account_leaves_a_stopped_account_stopped() -> None:
    account = create_account(data=_data(), actor=ACTOR, at=NOON)
    pause_account(account=account, reason="Key not accepted.", actor=ACTOR, at=NOON)

    change_account(account_id=account.pk, data=_data(secret="bmV3"), actor=ACTOR, at=NOON)

    account.refresh_from_db()
    assert account.paused_at == NOON


def test_pause_and_resume_and_the_switch_leave_one_event_each() -> None:
    account = make_account()
    before = len(actions())

    for _again in range(2):
        pause_account(account=account, reason="Key not accepted.", actor=ACTOR, at=NOON)
    for _again in range(2):
        resume_account(account_id=account.pk, actor=ACTOR, at=NOON)
    for _again in range(2):
        set_account_enabled(account_id=account.pk, enabled=False, actor=ACTOR, at=NOON)

    assert actions()[before:] == [
        "provider_account.paused",
        "provider_account.resumed",
        "provider_account.changed",
    ]


def test_request_connection_check_returns_the_one_that_waits() -> None:
    account = make_account()

    first, second = (request_connection_check(account_id=account.pk, actor=ACTOR, at=NOON) for _click in range(2))

    assert first.pk == second.pk


def test_account_options_are_what_was_entered() -> None:
    data = _data(enabled_types=("selfie",), allowed_document_hosts=("docs.example.org",), max_file_bytes=7)

    options = account_options(create_account(data=data, actor=ACTOR, at=NOON))

    assert options.enabled_types == {"selfie"}
    assert options.allowed_document_hosts == {"docs.example.org"}
    assert (options.max_file_bytes, options.is_sandbox, options.headless_users_allowed) == (7, True, False)


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "nexus.kraken.com",
        "ftp://nexus.kraken.com",
        "https://user:password@nexus.kraken.com",
        "https://nexus.kraken.com/b2b",
        "https://nexus.kraken.com/?a=1",
        "https://nexus.kraken.com#x",
        "https://nexus.kraken.com:99999",
        "https://[::1",
        "http://169.254.169.254",
        "http://localhost.example.org",
    ],
)
def test_check_base_url_refuses(base_url: str) -> None:
    with pytest.raises(NotAllowed):
        check_base_url(base_url, "SANDBOX")


@pytest.mark.parametrize(
    ("base_url", "environment", "production", "allowed"),
    [
        ("https://nexus.kraken.com", "LIVE", True, True),
        ("http://127.0.0.1:8001", "SANDBOX", False, True),
        ("http://[::1]:8001/", "SANDBOX", False, True),
        ("http://localhost:8001", "SANDBOX", False, True),
        ("http://127.0.0.1:8001", "LIVE", False, False),
        ("http://127.0.0.1:8001", "SANDBOX", True, False),
    ],
)
def test_check_base_url_takes_plain_http_for_a_stand_in_only(
    settings: Any, base_url: str, environment: str, production: bool, allowed: bool
) -> None:
    settings.IS_PRODUCTION = production

    if allowed:
        check_base_url(base_url, environment)
    else:
        with pytest.raises(NotAllowed):
            check_base_url(base_url, environment)


def test_account_data_never_shows_its_secret() -> None:
    assert SECRET not in repr(replace(_data(), name="Other"))
