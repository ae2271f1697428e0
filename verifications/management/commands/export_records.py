"""Export records from the command line, as the page does: for a person, with every event."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from verifications import context
from verifications.enums import ExportFormat, ExportKind, ExportStatus, RevealPurpose
from verifications.errors import DomainError
from verifications.models import Export
from verifications.selectors.export_columns import columns_of, filters_of
from verifications.services.export_downloads import file_name, open_download, open_manifest
from verifications.services.export_making import claim_export, make_claimed
from verifications.services.exports import request_export

PROOFS = ("manifest.json", "manifest.sig", "keys.json")


class Command(BaseCommand):
    help = "Export records to a folder: the file, its signed manifest and the public keys."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = [kind.value for kind in ExportKind if kind != ExportKind.PACK]
        parser.add_argument("--kind", required=True, choices=kinds)
        parser.add_argument("--format", required=True, choices=[one.value for one in ExportFormat if one != "ZIP"])
        parser.add_argument("--filter", nargs="*", default=[], metavar="NAME=VALUE", help="those of the list")
        parser.add_argument("--columns", default="", help="names with commas between them; without, all of them")
        parser.add_argument("--sensitive", action="store_true", help="with personal data in clear")
        parser.add_argument("--purpose", default="", choices=["", *RevealPurpose.values])
        parser.add_argument("--person", required=True, help="user name of whoever asks for it; their rights count")
        parser.add_argument("--output", required=True, type=Path, help="an empty or a new folder")

    def handle(self, *, kind: str, person: str, output: Path, **options: Any) -> None:
        user = get_user_model().objects.filter(username=person, is_active=True).first()
        if user is None:
            raise CommandError("Nobody active has that user name.")
        if output.exists() and any(output.iterdir()):
            raise CommandError(f"{output} is not empty. Nothing was made.")
        wish = {
            "kind": kind,
            "format": options["format"],
            "filters": self._filters(kind, options["filter"]),
            "columns": [name.strip() for name in options["columns"].split(",") if name.strip()],
            "with_sensitive": options["sensitive"],
            "purpose": options["purpose"],
        }
        with context.acting(actor=f"user:{user.pk}", request_id=context.new_request_id()):
            try:
                export = self._make(wish, user)
                path = self._copy(export, user, output)
            except DomainError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{path} {export.rows_done} rows, {export.size} bytes, SHA-256 {export.sha256}")

    def _make(self, wish: dict[str, Any], user: Any) -> Export:
        """Made here, not by a worker: it is claimed in the transaction that asks for it."""
        with transaction.atomic():
            asked = request_export(**wish, person=user, at=timezone.now())
            export = claim_export(export_id=asked.pk, now=timezone.now())
        if export is not None:
            make_claimed(export=export, progress=self._say)
        asked.refresh_from_db()
        if asked.status != ExportStatus.READY:
            raise CommandError(asked.problem or str(asked.get_status_display()))
        return asked

    def _copy(self, export: Export, user: Any, output: Path) -> Path:
        output.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = output / file_name(export)
        stream, _export = open_download(export_id=export.pk, person=user, at=timezone.now())
        path.touch(mode=0o600)
        with stream, path.open("wb") as target:
            shutil.copyfileobj(stream, target)
        proof, _export = open_manifest(export_id=export.pk, person=user, at=timezone.now())
        for name, content in zip(PROOFS, (proof.manifest, proof.signature, proof.keys), strict=True):
            (output / name).write_bytes(content)
        return path

    def _say(self, rows: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{rows:,} rows", ending="")

    def _filters(self, kind: str, pairs: list[str]) -> dict[str, Any]:
        several = {one.name for one in filters_of(kind) if one.several}
        filters: dict[str, Any] = {}
        for pair in pairs:
            name, equals, value = pair.partition("=")
            if not equals:
                raise CommandError(f"A filter is NAME=VALUE, not {pair!r}. {_known(kind)}")
            if name in several:
                filters.setdefault(name, []).append(value)
            else:
                filters[name] = value
        return filters


def _known(kind: str) -> str:
    filters = ", ".join(one.name for one in filters_of(kind))
    return f"Filters: {filters}. Columns: {', '.join(column.name for column in columns_of(kind))}."
