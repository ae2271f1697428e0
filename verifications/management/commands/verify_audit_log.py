"""Verifies the logs where they are: rows, seals, signatures, anchors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from verifications import context
from verifications.enums import LogKind
from verifications.models import LogCheck
from verifications.selectors.seals import head_of
from verifications.services.anchors import anchor_files
from verifications.services.log_checks import NOTE, check_log

ACTOR = "system:command"
NOT_PROVED = (
    "Not proved: that what was written is true, or that everything that happened was written; what was appended since "
    "the newest anchor; anything, if the signing key and every anchor are in the same hands as the database."
)


class Command(BaseCommand):
    help = "Verify the logs in place; exits with 1 when something is wrong. The result is kept and shown in the portal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--log", choices=[log.value.lower() for log in LogKind], help="one log only")
        parser.add_argument(
            "--anchors", action="append", default=[], metavar="FILE", help="anchors kept elsewhere; may be repeated"
        )

    def handle(self, *, log: str | None, anchors: list[str], **_options: Any) -> None:
        lines = [line for name in anchors for line in _lines(Path(name))]
        wanted = [LogKind(log.upper())] if log else list(LogKind)
        with context.acting(actor=ACTOR, request_id=context.new_request_id()):
            checks = [check_log(log=one, actor=ACTOR, at=timezone.now(), anchors=lines) for one in wanted]
        for check in checks:
            self._tell(check)
        if not anchors and not anchor_files():
            self.stdout.write("No anchors were there to compare with: entries cut off the end would not be seen.")
        self.stdout.write(NOT_PROVED)
        if not all(check.is_sound for check in checks):
            raise CommandError("The logs do not verify.", returncode=1)

    def _tell(self, check: LogCheck) -> None:
        log = LogKind(check.log)
        head = head_of(log)
        self.stdout.write(
            f"{log.label}: {'sound' if check.is_sound else 'NOT SOUND'}. {check.entries} entries, {check.unsealed} of "
            f"them not sealed yet, {check.erased} with erased texts; {check.seals} seals"
            f"{f', the last {head.digest}' if head else ''}. "
            f"{(check.finished_at - check.started_at).total_seconds():.1f} s."
        )
        for finding in check.findings:
            where = ", ".join(f"{name} {finding[name]}" for name in ("row", "event") if name in finding)
            self.stdout.write(f"  {finding['what']}{f' ({where})' if where else ''}")
            if finding["kind"] != NOTE:
                self.stdout.write(f"    {finding['todo']}")


def _lines(path: Path) -> list[tuple[str, bytes]]:
    try:
        with path.open("rb") as stream:
            return [(f"{path.name}:{number}", line) for number, line in enumerate(stream, 1) if line.strip()]
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}.", returncode=2) from error
