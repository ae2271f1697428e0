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
from verifications.forms.account_fields import AccountForm
from verifications.forms.provider_accounts import ACCOUNT_FORMS
from verifications.models import ProviderAccount
from verifications.providers.link_types import COUNTRIES
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
        "Create a provider account, or change the one of that name. The secret (Transmit Security: client secret, "
        "Capa: API key) is read from PROVIDER_SECRET, or from standard input with --secret-stdin; Capa's webhook "
        "secret from PROVIDER_WEBHOOK_SECRET, the secret of a second key for files from PROVIDER_UPLOAD_SECRET. So "
        "none of them appears in the process list."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="The account's name in the portal.")
        parser.add_argument("--kind", choices=ProviderKind.values, help="Needed for a new account.")
        parser.add_argument("--environment", choices=AccountEnvironment.values)
        parser.add_argument("--base-url", help="https://host; http only for a loopback host of a sandbox account.")
        parser.add_argument("--key-id", help="The public half of the API key, or the client id; Capa has none.")
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
        parser.add_argument("--backend-capture", choices=["yes", "no"], help="Transmit Security: the portal may send.")
        parser.add_argument("--delete-after-days", type=int, help="Transmit Security: 0 leaves it to the provider.")
        parser.add_argument(
            "--country",
            action="append",
            dest="countries",
            choices=COUNTRIES,
            metavar="CODE",
            help="Capa: a country that is enabled; repeat for more. Replaces the list there is.",
        )
        parser.add_argument(
            "--app-scheme",
            action="append",
            dest="schemes",
            help="Capa: an app scheme a link may return to; repeat for more. Replaces the list there is.",
        )
        parser.add_argument("--link-hours", type=int, help="Capa: how long a link is usable.")
        parser.add_argument("--upload-key-id", help="A second key for calls that carry files; empty for one key.")
        parser.add_argument(
            "--pipelined", choices=["yes", "no"], help="Let the next call leave before the answer is in."
        )
        parser.add_argument("--calls-per-minute", type=int, help="0 sets no limit.")
        parser.add_argument("--enabled", choices=["yes", "no"], help="The account's switch.")

    def handle(self, *, name: str, **options: Any) -> None:
        secret = sys.stdin.readline().strip() if options["secret_stdin"] else os.environ.get("PROVIDER_SECRET", "")
        account = ProviderAccount.objects.filter(name=name).first()
        kind = options["kind"] or (account.kind if account else None)
        if kind is None:
            raise CommandError("A new account needs --kind.")
        form_class = ACCOUNT_FORMS[kind]
        entered = _entered(form_class, kind, account, options)
        if account is None and not (secret and (options["key_id"] or "key_id" not in form_class.base_fields)):
            raise CommandError("A new account needs --key-id, and its secret in PROVIDER_SECRET or by --secret-stdin.")
        secrets = {
            "secret": secret,
            "webhook_secret": os.environ.get("PROVIDER_WEBHOOK_SECRET", ""),
            "upload_secret": os.environ.get("PROVIDER_UPLOAD_SECRET", ""),
        }
        form = form_class(entered | {"name": name} | secrets, account=account)
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


def _entered(
    form_class: type[AccountForm], kind: str, account: ProviderAccount | None, options: dict[str, Any]
) -> dict[str, Any]:
    """What the page's form would be sent: the account as it is, or the form's defaults, with the options laid over."""
    form = form_class(account=account)
    entered = {field: form.get_initial_for_field(form.fields[field], field) for field in form.fields}
    if account is None:
        entered |= {"environment": AccountEnvironment.SANDBOX, "base_url": definition(kind).default_base_url}
    else:
        entered["base_url"] = account.base_url
    given = {
        "kind": kind,
        "environment": options["environment"],
        "base_url": options["base_url"],
        "key_id": options["key_id"],
        "enabled_types": options["types"],
        "allowed_document_hosts": "\n".join(options["hosts"]) if options["hosts"] else None,
        "headless_users_allowed": _as_bool(options["headless_users"]),
        "version_header": options["version_header"],
        "version": options["api_version"],
        "max_file_mib": options["max_file_mib"],
        "backend_capture_enabled": _as_bool(options["backend_capture"]),
        "delete_after_days": options["delete_after_days"],
        "enabled_countries": options["countries"],
        "app_schemes": "\n".join(options["schemes"]) if options["schemes"] else None,
        "link_hours": options["link_hours"],
        "upload_key_id": options["upload_key_id"],
        "pipelined": str(_as_bool(options["pipelined"])) if options["pipelined"] else None,
        "calls_per_minute": options["calls_per_minute"],
    }
    return entered | {"host": ""} | {field: value for field, value in given.items() if value is not None}


def _as_bool(choice: str | None) -> bool | None:
    return None if choice is None else choice == "yes"


def _problems(form: AccountForm) -> str:
    """Each problem with its field's label; none of them repeats the secret."""
    lines = [
        f"{form.fields[name].label if name in form.fields else 'Account'}: {problem}"
        for name, problems in form.errors.items()
        for problem in problems
    ]
    return "\n".join(lines)
