"""Make the evidence pack of a case from the command line, as its page does: for a person, with every event."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from verifications import context
from verifications.enums import UNMADE_EXPORTS, ExportStatus, PackVariant, RevealPurpose
from verifications.errors import DomainError
from verifications.models import Case, Export
from verifications.services.evidence_packs import request_pack
from verifications.services.export_downloads import open_download
from verifications.services.export_making import claim_export, make_claimed

NUMBER = re.compile(r"(?:CASE-)?0*(\d{1,12})")
LOOK_EVERY = 0.5


class Command(BaseCommand):
    help = "Make the evidence pack of a case and write it to a new file, readable by its owner only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("case", help="Its number, like CASE-00012.")
        parser.add_argument("--variant", required=True, choices=PackVariant.values)
        parser.add_argument("--purpose", required=True, choices=RevealPurpose.values)
        parser.add_argument("--person", required=True, help="User name of whoever asks for it; their rights count.")
        parser.add_argument("--output", required=True, type=Path)

    def handle(self, *, case: str, person: str, output: Path, **options: Any) -> None:
        found = self._case(case)
        user = get_user_model().objects.filter(username=person, is_active=True).first()
        if user is None:
            raise CommandError("Nobody active has that user name.")
        if output.exists():
            raise CommandError(f"{output} exists already. Nothing was made.")
        try:
            with context.acting(actor=f"user:{user.pk}", request_id=context.new_request_id()):
                export = request_pack(
                    case_id=found.pk,
                    variant=options["variant"],
                    purpose=options["purpose"],
                    person=user,
                    at=timezone.now(),
                )
                export = self._made(export)
                self._copy(export, user, output)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{output} {export.size} bytes, SHA-256 {export.sha256}")

    def _case(self, number: str) -> Case:
        match = NUMBER.fullmatch(number.strip().upper())
        found = Case.objects.filter(pk=int(match[1])).first() if match else None
        if found is None:
            raise CommandError("There is no case of that number.")
        return found

    def _made(self, export: Export) -> Export:
        """Made here, or by the worker that was faster; raises ``CommandError`` with what went wrong."""
        if claimed := claim_export(export_id=export.pk, now=timezone.now()):
            make_claimed(export=claimed)
        export.refresh_from_db()
        while export.status in UNMADE_EXPORTS:
            time.sleep(LOOK_EVERY)
            export.refresh_from_db()
        if export.status != ExportStatus.READY:
            raise CommandError(export.problem or str(export.get_status_display()))
        return export

    def _copy(self, export: Export, user: Any, output: Path) -> None:
        stream, _export = open_download(export_id=export.pk, person=user, at=timezone.now())
        output.touch(mode=0o600, exist_ok=False)
        with stream, output.open("wb") as target:
            shutil.copyfileobj(stream, target)
