"""Build what was sent to a provider again from what is kept, and prove it by the hash on the ledger."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from verifications import context
from verifications.enums import AccessAction
from verifications.models import ProviderCall
from verifications.services.audit import record_access
from verifications.services.call_rebuilds import NotRebuildable, prove_body, rebuilt_body

ACTOR = "system:command"


class Command(BaseCommand):
    help = "Rebuild the body of a provider call and compare its SHA-256 with the one written before it was sent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("call", type=uuid.UUID, help="The call's public id, as in its page's address.")
        parser.add_argument("--out", type=Path, help="Write the body to this new file, readable by its owner only.")

    def handle(self, *, call: uuid.UUID, out: Path | None, **_options: Any) -> None:
        row = ProviderCall.objects.select_related("verification", "customer", "account").filter(public_id=call).first()
        if row is None:
            raise CommandError("There is no call with that id.")
        try:
            proof = prove_body(row)
            if out is not None:
                with context.acting(actor=ACTOR):
                    self._write(row, out)
        except NotRebuildable as error:
            raise CommandError(str(error)) from error
        except FileExistsError as error:
            raise CommandError(f"{out} exists already. Nothing was written.") from error
        self.stdout.write(f"expected {proof.expected_sha256} {proof.expected_size} bytes")
        self.stdout.write(f"rebuilt  {proof.sha256} {proof.size} bytes")
        if not proof.is_proved:
            raise CommandError("These are not the bytes that were sent.")
        self.stdout.write("Proved: these are the bytes that were sent.")

    def _write(self, call: ProviderCall, out: Path) -> None:
        with transaction.atomic():
            record_access(
                action=AccessAction.BODY_REBUILT,
                actor=ACTOR,
                subject=call,
                at=timezone.now(),
                details={"sha256": call.body_sha256},
            )
            out.touch(mode=0o600, exist_ok=False)
            with out.open("wb") as stream:
                for piece in rebuilt_body(call):
                    stream.write(piece)
