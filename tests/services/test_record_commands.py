"""The commands and the task around seals and checks."""

from __future__ import annotations

import io
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from tests.factories import NOON
from tests.services.seal_support import append, sealed, triggers_lifted
from verifications import tasks
from verifications.enums import LogKind
from verifications.management.commands import seal_logs
from verifications.management.commands.start import _processes
from verifications.models import LogAnchor, LogCheck, LogSeal
from verifications.services import record_keeping
from verifications.services.anchors import write_due_anchors

pytestmark = pytest.mark.django_db


def run(name: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def test_seal_logs_seals_both_once() -> None:
    append(LogKind.AUDIT, 3)
    append(LogKind.ACCESS, 1)

    assert run("seal_logs").splitlines() == ["Audit log: 3 entries sealed.", "Access log: 1 entries sealed."]


def test_seal_logs_follows_until_a_signal_and_survives_a_database_that_is_away(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.SEAL_SECONDS = 0.0
    tries: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def seal_all(**_arguments: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise DatabaseError("away")
        if len(tries) == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(seal_logs, "seal_all", seal_all)
    monkeypatch.setattr(seal_logs, "close_old_connections", lambda: None)
    try:
        run("seal_logs", "--follow")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

    assert len(tries) == 3


def test_the_embedded_portal_runs_a_sealer() -> None:
    assert ["seal_logs", "--follow"] in [command[-2:] for name, command in _processes(1, 2) if name == "sealer"]


def test_verify_audit_log_says_what_it_found_and_what_it_does_not_prove(settings: Any, tmp_path: Path) -> None:
    settings.ANCHOR_DIR = str(tmp_path)
    sealed(LogKind.AUDIT, 12)
    write_due_anchors(now=NOON)

    printed = run("verify_audit_log")

    assert "Audit log: sound. 12 entries" in printed
    assert "Access log: sound." in printed
    assert "Not proved: that what was written is true" in printed
    assert "No anchors were there" not in printed
    assert LogCheck.objects.filter(actor="system:command").count() == 2


def test_verify_audit_log_fails_and_names_what_is_wrong() -> None:
    sealed(LogKind.AUDIT, 12)
    out = io.StringIO()
    with triggers_lifted(), connection.cursor() as cursor:
        cursor.execute("UPDATE verifications_auditevent SET actor = 'user:1'")

    with pytest.raises(CommandError, match="do not verify") as raised:
        call_command("verify_audit_log", "--log", "audit", stdout=out)

    assert raised.value.returncode == 1
    assert "Audit log: NOT SOUND." in out.getvalue()
    assert "Events 1 to 12 were altered" in out.getvalue()
    assert "No anchors were there" in out.getvalue()
    assert LogCheck.objects.count() == 1


def test_verify_audit_log_compares_with_anchors_from_elsewhere(settings: Any, tmp_path: Path) -> None:
    settings.ANCHOR_DIR = str(tmp_path)
    sealed(LogKind.AUDIT, 20, batch=10)
    write_due_anchors(now=NOON)
    settings.ANCHOR_DIR = ""
    (anchors,) = tmp_path.iterdir()
    with triggers_lifted(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM verifications_logseal WHERE number = 2")
        cursor.execute("DELETE FROM verifications_loganchor")
        cursor.execute("UPDATE verifications_loghead SET reached_id = (SELECT highest_id FROM verifications_logseal)")

    run("verify_audit_log", "--log", "audit")
    with pytest.raises(CommandError, match="do not verify"):
        run("verify_audit_log", "--log", "audit", "--anchors", str(anchors))


def test_verify_audit_log_says_when_anchors_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can't be read: No such file") as raised:
        run("verify_audit_log", "--anchors", str(tmp_path / "none"))

    assert raised.value.returncode == 2


def test_keep_records_seals_anchors_and_checks(settings: Any, tmp_path: Path) -> None:
    settings.ANCHOR_DIR = str(tmp_path)
    append(LogKind.AUDIT, 3)

    record_keeping.keep_records(now=timezone.now())

    assert LogSeal.objects.filter(log="AUDIT").count() == 1
    assert LogAnchor.objects.get().problem == ""
    assert LogCheck.objects.get().is_sound


def test_what_fails_keeps_nothing_else_from_running(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    def fail(**_arguments: Any) -> None:
        raise RuntimeError

    monkeypatch.setitem(record_keeping.PARTS, "seals", fail)
    sealed(LogKind.AUDIT, 3)

    record_keeping.keep_records(now=timezone.now())

    assert LogCheck.objects.count() == 1


def test_the_task_verifies_for_who_asked() -> None:
    sealed(LogKind.AUDIT, 3)

    tasks.check_log(log="AUDIT", actor="user:5")

    assert LogCheck.objects.get().actor == "user:5"
