"""``manage.py evidence_pack``: the pack as the page makes it, in a file of its own."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_user
from tests.services.decision_support import answered_case, officer
from verifications.enums import AccessAction
from verifications.models import AccessEvent, Export
from verifications.policy.roles import AUDITOR

pytestmark = pytest.mark.django_db


def run(case: str, output: Path, **more: Any) -> str:
    said = io.StringIO()
    chosen = {"variant": "REGULATOR", "purpose": "AUDIT", "person": "amara"} | more
    options = [part for name, value in chosen.items() for part in (f"--{name}", value)]
    call_command("evidence_pack", case, "--output", str(output), *options, stdout=said)
    return said.getvalue()


def test_the_pack_is_written_with_its_events_for_its_owner_only(tmp_path: Path) -> None:
    case, output = answered_case(), tmp_path / "pack.zip"
    person = make_user(AUDITOR, username="amara")

    said = run(case.number, output)

    export = Export.objects.get()
    assert export.sha256 in said
    assert (export.status, export.requested_by_id, export.variant) == ("READY", person.pk, "REGULATOR")
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    with zipfile.ZipFile(output) as pack:
        assert pack.testzip() is None
        assert "summary.pdf" in pack.namelist()
    looks = AccessEvent.objects.filter(action=AccessAction.EXPORT_DOWNLOADED)
    assert [look.actor for look in looks] == [f"user:{person.pk}"]


def test_what_can_not_be_is_said_and_makes_nothing(tmp_path: Path) -> None:
    case = answered_case()
    make_user(AUDITOR, username="amara")
    ines = officer()
    there = tmp_path / "there.zip"
    there.write_bytes(b"mine")

    for arguments, why in (
        ({"case": "CASE-99999", "output": tmp_path / "a.zip"}, "no case"),
        ({"case": "a%s", "output": tmp_path / "a.zip"}, "no case"),
        ({"case": case.number, "output": there}, "exists already"),
        ({"case": case.number, "output": tmp_path / "a.zip", "person": "nobody"}, "user name"),
        ({"case": case.number, "output": tmp_path / "a.zip", "person": ines.username}, "may not"),
    ):
        with pytest.raises(CommandError, match=why):
            run(**arguments)

    assert there.read_bytes() == b"mine"
    assert not (tmp_path / "a.zip").exists()
    assert not Export.objects.exists()
