"""Steps of a fault test against a portal's own database, each a process: ``python -m tests.flows.portal_script``.

``prepare <stand-in> <keys.json> <count>`` makes the account, customers, their users and drafts; ``submit`` submits the
drafts; ``state`` prints every verification with its calls as JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_portal.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from tests.factories import ACTOR, IDENTITY, make_customer, make_draft  # noqa: E402
from verifications.models import ProviderUser, Verification  # noqa: E402
from verifications.samples.flow import prepare_accounts, wait_until  # noqa: E402
from verifications.services.provider_users import create_provider_user  # noqa: E402
from verifications.services.verifications import submit_verification  # noqa: E402


def prepare(stand_in: str, keys_file: str, count: str) -> None:
    account = prepare_accounts(sandbox_url=stand_in, keys_file=Path(keys_file))["KRAKEN_EMBED"]  # type: ignore[index]
    users = [
        create_provider_user(
            customer_id=make_customer(reference=f"fault-{number}").pk,
            account_id=account.pk,
            headless=True,
            actor=ACTOR,
            at=timezone.now(),
        )
        for number in range(int(count))
    ]
    pks = [user.pk for user in users]
    assert wait_until(lambda: ProviderUser.objects.filter(pk__in=pks, read_at__isnull=False).count() == len(pks))
    data = replace(IDENTITY, verified_at=timezone.now() - dt.timedelta(hours=1))
    for number, user in enumerate(ProviderUser.objects.select_related("account", "customer").order_by("pk")):
        make_draft(user, method="DOCUMENT_URLS" if number % 3 == 2 else "DOCUMENTS", data=data)


def submit() -> None:
    for pk in Verification.objects.filter(status="DRAFT").order_by("pk").values_list("pk", flat=True):
        submit_verification(verification_id=pk, actor=ACTOR, at=timezone.now())


def state() -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": str(verification.public_id),
            "status": verification.status,
            "reference": verification.provider_reference,
            "attention": verification.attention,
            "calls": [
                [call.status, call.error_code, call.sending_at is not None]
                for call in verification.calls.order_by("id")
            ],
        }
        for verification in Verification.objects.order_by("pk")
    ]
    print(json.dumps(rows))


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    if name == "migrate":
        call_command("migrate", verbosity=0, interactive=False)
    else:
        {"prepare": prepare, "submit": submit, "state": state}[name](*arguments)
