"""Sample sign-ins, provider accounts and cases for a portal that stands on the stand-in."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from verifications import context
from verifications.enums import AuditAction
from verifications.policy.roles import ADMINISTRATOR
from verifications.samples.flow import ACTOR, make_samples, prepare_accounts
from verifications.samples.people import PEOPLE
from verifications.samples.review import make_reviews
from verifications.services.audit import record_event


class Command(BaseCommand):
    help = "Make sample people, accounts and cases by running the flows against the stand-in. Keeps what is there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sandbox-port", type=int, default=settings.PORT + 1)

    def handle(self, *, sandbox_port: int, **_options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("Samples are for an embedded portal, not for production.")
        with context.acting(actor=ACTOR, request_id=context.new_request_id()):
            passwords = _make_people(settings.VAR_DIR / "sample-sign-ins.json")
            sandbox_url = f"http://127.0.0.1:{sandbox_port}"
            accounts = prepare_accounts(sandbox_url=sandbox_url, keys_file=settings.VAR_DIR / "sandbox" / "keys.json")
            make_samples(accounts, sandbox_url=sandbox_url, say=self.stdout.write)
            make_reviews(say=self.stdout.write)
        self.stdout.write(f"\nThe portal is at {settings.PUBLIC_URL}\n")
        self.stdout.write(
            f"The stand-in of the providers, and how to provoke its errors: http://127.0.0.1:{sandbox_port}/\n\n"
        )
        for username, first, last, role in PEOPLE:
            self.stdout.write(
                f"  {role:<25} {first + ' ' + last:<14} sign in as {username:<6} with {passwords[username]}"
            )
        self.stdout.write("")


def _make_people(path: Path) -> dict[str, str]:
    """One person a role, with passwords made here; the file keeps them, readable by the owner only."""
    user_model = get_user_model()
    passwords: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    for username, first, last, role in PEOPLE:
        if user_model.objects.filter(username=username).exists():
            continue
        passwords[username] = f"{username}-{secrets.token_hex(5)}"
        with transaction.atomic():
            user = user_model.objects.create_user(
                username,
                email=f"{username}@example.org",
                password=passwords[username],
                first_name=first,
                last_name=last,
            )
            user.is_staff = role == ADMINISTRATOR
            user.save(update_fields=["is_staff"])
            user.groups.add(Group.objects.get(name=role))
            record_event(
                action=AuditAction.USER_CREATED, actor=ACTOR, subject=user, at=timezone.now(), details={"role": role}
            )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(passwords, stream)
    return passwords
