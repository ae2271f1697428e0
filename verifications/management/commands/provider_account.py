"""Create or change a provider account: any server that speaks the contract can stand behind it."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from verifications import context
from verifications.enums import AccountEnvironment, ProviderKind, VerificationType
from verifications.errors import DomainError
from verifications.forms.provider_accounts import ProviderAccountForm
from verifications.models import ProviderAccount
from verifications.providers.registry import definition
from verifications.services.provider_accounts import (
    AccountData,
    change_account,
    create_account,
    set_account_enabled,
)

ACTOR = "system:command"


class Command(BaseCommand):
    help = (
        "Create a provider account, or change the one of that name. The secret is read from PROVIDER_SECRET, or from "
        "standard input with --secret-stdin, so that it does not appear in the process list."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="The account's name in the portal.")
        parser.add_argument("--kind", choices=ProviderKind.values, help="Needed for a new account.")
        parser.add_argument("--environment", choices=AccountEnvironment.values)
        parser.add_argument("--base-url", help="https://host; http only for a loopback host of a sandbox account.")
        parser.add_argument("--key-id", help="The public half of the API key.")
        parser.add_argument("--secret-stdin", action="store_true", help="Read the secret from standard input.")
        parser.add_argument(
            "--type",
            action="append",
            dest="types",
            choices=VerificationType.values,
            help="A kind of verification to switch on; repeat for more. Replaces the list there is.",
        )
        parser.add_argument(
            "--document-host",
            action="append",
            dest="hosts",
            help="A host the provider may fetch documents from; repeat for more. Replaces the list there is.",
        )
        parser.add_argument("--headless-users", choices=["yes", "no"])
        parser.add_argument("--version-header")
        parser.add_argument("--api-version")
        parser.add_argument("--max-file-mib", type=int)
        parser.add_argument("--enabled", choices=["yes", "no"], help="The account's switch.")

    def handle(self, *, name: str, **options: Any) -> None:
        secret = sys.stdin.readline().strip() if options["secret_stdin"] else os.environ.get("PROVIDER_SECRET", "")
        account = ProviderAccount.objects.filter(name=name).first()
        form = ProviderAccountForm(_entered(name, account, secret, options), account=account)
        if not form.is_valid():
            raise CommandError(_problems(form))
        try:
            with context.acting(actor=ACTOR):
                account = _save(account, form.account_data())
                if options["enabled"]:
                    set_account_enabled(
                        account_id=account.pk, enabled=options["enabled"] == "yes", actor=ACTOR, at=timezone.now()
                    )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{account.name}: {account.get_kind_display()} at {account.base_url}, id {account.public_id}")


def _save(account: ProviderAccount | None, data: AccountData) -> ProviderAccount:
    now = timezone.now()
    if account is None:
        return create_account(data=data, actor=ACTOR, at=now)
    return change_account(account_id=account.pk, data=data, actor=ACTOR, at=now)


def _entered(name: str, account: ProviderAccount | None, secret: str, options: dict[str, Any]) -> dict[str, Any]:
    """What the page's form would be sent: the account as it is, or the form's defaults, with the options laid over."""
    kind = options["kind"] or (account.kind if account else None)
    if kind is None:
        raise CommandError("A new account needs --kind.")
    if account is None and not (options["key_id"] and secret):
        raise CommandError("A new account needs --key-id, and its secret in PROVIDER_SECRET or by --secret-stdin.")
    form = ProviderAccountForm(account=account)
    entered = {field: form.get_initial_for_field(form.fields[field], field) for field in form.fields}
    if account is None:
        entered |= {"environment": AccountEnvironment.SANDBOX, "base_url": definition(kind).default_base_url}
    given = {
        "kind": kind,
        "environment": options["environment"],
        "base_url": options["base_url"],
        "key_id": options["key_id"],
        "enabled_types": options["types"],
        "allowed_document_hosts": "\n".join(options["hosts"]) if options["hosts"] else None,
        "headless_users_allowed": None if options["headless_users"] is None else options["headless_users"] == "yes",
        "version_header": options["version_header"],
        "version": options["api_version"],
        "max_file_mib": options["max_file_mib"],
    }
    return (
        entered
        | {"name": name, "secret": secret}
        | {field: value for field, value in given.items() if value is not None}
    )


def _problems(form: ProviderAccountForm) -> str:
    """Each problem with its field's label; none of them repeats the secret."""
    lines = [
        f"{form.fields[name].label if name in form.fields else 'Account'}: {problem}"
        for name, problems in form.errors.items()
        for problem in problems
    ]
    return "\n".join(lines)
