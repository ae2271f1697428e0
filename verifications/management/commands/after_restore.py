"""Makes a database that was restored from a backup safe to deliver from."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from verifications import context
from verifications.models import ProviderCall
from verifications.services.restores import after_restore

ACTOR = "system:command"


class Command(BaseCommand):
    help = "After a restore, before any worker starts: what may have been sent since the backup counts as unknown."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="really do it; without it nothing is changed")

    def handle(self, *, yes: bool, **_options: Any) -> None:
        if not yes:
            waiting = ProviderCall.objects.filter(status__in=["WAITING", "SENDING"]).count()
            raise CommandError(
                f"{waiting} calls wait or were being sent when the backup was taken. Submissions among them will "
                "count as unknown and never be sent again by themselves. Stop all workers, then say --yes. Nothing was "
                "changed."
            )
        with context.acting(actor=ACTOR, request_id=context.new_request_id()):
            report = after_restore(actor=ACTOR, at=timezone.now())
        self.stdout.write(
            f"{report.unknown} calls of unknown outcome, {report.repeated} claims given up and waiting again, "
            f"{report.stopped} stopped deliveries marked, {report.lanes} keys with higher nonces, "
            f"{report.lost} anchors of seals that the backup does not have."
        )
