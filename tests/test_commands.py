"""Commands of the operator: accounts from the command line, and a start that explains itself."""

from __future__ import annotations

import base64
import io
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.management import CommandError, call_command

from tests.factories import SECRET, make_account
from verifications.models import AuditEvent, ProviderAccount
from verifications.services.provider_accounts import account_credentials, account_options

OTHER = base64.b64encode(b"another secret of the account").decode()
NEW = ("Ours", "--kind", "KRAKEN_EMBED", "--base-url", "http://127.0.0.1:9", "--key-id", "key-cli")


@pytest.fixture(autouse=True)
def no_secret_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROVIDER_SECRET", raising=False)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("provider_account", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_an_account_is_created_with_its_secret_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER_SECRET", SECRET)

    printed = run(*NEW, "--type", "identity_document", "--type", "selfie", "--document-host", "docs.example.org")

    account = ProviderAccount.objects.get()
    assert account_credentials(account).secret == SECRET
    assert account_options(account).enabled_types == {"identity_document", "selfie"}
    assert account_options(account).allowed_document_hosts == {"docs.example.org"}
    assert str(account.public_id) in printed
    assert SECRET not in printed
    event = AuditEvent.objects.get(action="provider_account.created")
    assert (event.actor, event.actor_name) == ("system:command", "Command line")
    assert SECRET not in str(event.details)


@pytest.mark.django_db
def test_a_secret_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    make_account(name="Ours")
    monkeypatch.setattr(sys, "stdin", io.StringIO(OTHER + "\n"))

    printed = run("Ours", "--secret-stdin")

    assert account_credentials(ProviderAccount.objects.get()).secret == OTHER
    assert OTHER not in printed
    assert AuditEvent.objects.latest("id").details == {"fields": ["secret"]}


@pytest.mark.django_db
def test_a_change_keeps_whatever_is_not_named() -> None:
    account = make_account(name="Ours", enabled_types=("identity_document",), max_file_bytes=7 * 1024 * 1024)
    before = account_options(account)

    run("Ours", "--key-id", "key-rotated", "--headless-users", "no", "--enabled", "no")

    account = ProviderAccount.objects.get()
    after = account_options(account)
    assert (account.key_id, account.is_enabled) == ("key-rotated", False)
    assert account_credentials(account).secret == SECRET
    assert not after.headless_users_allowed
    assert (after.enabled_types, after.max_file_bytes, after.allowed_document_hosts) == (
        before.enabled_types,
        before.max_file_bytes,
        before.allowed_document_hosts,
    )
    run("Ours", "--enabled", "yes")
    assert ProviderAccount.objects.get().is_enabled


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "secret", "says"),
    [
        (("Ours",), SECRET, "--kind"),
        (NEW, "", "PROVIDER_SECRET"),
        (("Ours", "--kind", "KRAKEN_EMBED"), SECRET, "--key-id"),
        (NEW, "not-base64!", "API secret"),
        ((*NEW[:-1], "two words"), SECRET, "API key"),
        ((*NEW[:-1], "clé"), SECRET, "API key"),
        ((*NEW, "--base-url", "http://nexus.example"), SECRET, "https"),
        ((*NEW, "--base-url", "https://host/path"), SECRET, "scheme and host only"),
        ((*NEW, "--environment", "LIVE"), SECRET, "https"),
        ((*NEW, "--document-host", "https://docs.example"), SECRET, "not a host name"),
        ((*NEW, "--max-file-mib", "0"), SECRET, "Largest file"),
        ((*NEW, "--max-file-mib", "1000"), SECRET, "Largest file"),
        ((*NEW, "--version-header", "X: y"), SECRET, "version header"),
        (("x" * 81, *NEW[1:]), SECRET, "Name"),
        (("Ours", "--kind", "PAYWARD_SERVICES", "--key-id", "k", "--type", "watchlists"), SECRET, "does not know"),
        ((*NEW, "--kind", "ACME"), SECRET, "invalid choice"),
        ((*NEW, "--type", "horoscope"), SECRET, "invalid choice"),
    ],
)
def test_what_no_client_could_use_is_refused_in_words(
    arguments: tuple[str, ...], secret: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROVIDER_SECRET", secret)

    with pytest.raises(CommandError) as refused:
        run(*arguments)

    assert says in str(refused.value)
    if secret:
        assert secret not in str(refused.value)
    assert not ProviderAccount.objects.exists()


@pytest.mark.django_db
def test_samples_are_not_for_production(settings: Any) -> None:
    settings.IS_PRODUCTION = True

    for command in ("first_start", "start"):
        with pytest.raises(CommandError, match="production"):
            call_command(command)

    assert not AuditEvent.objects.exists()


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port below the ephemeral range that another program holds."""
    with socket.socket() as holder:
        for port in range(27310, 27400):
            try:
                holder.bind(("127.0.0.1", port))
            except OSError:
                continue
            break
        holder.listen()
        yield port


@pytest.mark.parametrize("variable", ["PORT", "SANDBOX_PORT"])
def test_a_port_in_use_is_said_and_nothing_is_started(variable: str, taken_port: int, tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path / "var"),
        "PORT": "27405",
        "SANDBOX_PORT": "27406",
        variable: str(taken_port),
    }

    done = subprocess.run(
        [sys.executable, "manage.py", "start"],
        cwd=portal.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert f"Port {taken_port} is in use" in done.stderr
    assert f"{variable}={taken_port + 10}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "var" / "portal.sqlite3").exists()


def test_the_secret_is_not_an_argument_of_any_command() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "provider_account", "--help"],
        cwd=portal.BASE_DIR,
        env={"PATH": os.environ["PATH"], "ENVIRONMENT": "test", "VAR_DIR": os.environ["VAR_DIR"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0
    assert "PROVIDER_SECRET" in done.stdout
    assert "--secret " not in done.stdout
