"""``manage.py export_records``: the same services, rights and events as the page."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.exporting.nasty import FORMULAS
from tests.factories import make_customer, make_user
from verifications import signing
from verifications.enums import AccessAction
from verifications.integrity import verify_records
from verifications.models import AccessEvent, AuditEvent, Export
from verifications.policy.roles import AUDITOR, OFFICER

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_work_folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


def export(folder: Path, *more: str, person: str = "amara") -> str:
    out = io.StringIO()
    call_command("export_records", "--person", person, "--output", str(folder), *more, stdout=out)
    return out.getvalue()


def test_it_writes_the_file_with_its_proof(tmp_path: Path) -> None:
    make_customer(reference=FORMULAS[0])
    person = make_user(AUDITOR, username="amara")

    said = export(
        tmp_path / "out", "--kind", "CUSTOMERS", "--format", "CSV", "--filter", "from=2001-01-01", "--columns", "kind"
    )

    folder = {path.name: path for path in (tmp_path / "out").iterdir()}
    file = folder.pop(next(name for name in folder if name.endswith(".csv")))
    assert set(folder) == {"manifest.json", "manifest.sig", "keys.json"}
    manifest = json.loads(folder["manifest.json"].read_bytes())
    assert manifest["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (manifest["columns"], manifest["filters"]) == (["kind"], {"from": "2001-01-01"})
    assert signing.is_signed(folder["manifest.json"].read_bytes(), **json.loads(folder["manifest.sig"].read_bytes()))
    assert "1 rows" in said
    assert file.stat().st_mode & 0o077 == 0
    events = AuditEvent.objects.filter(subject_type="Export").order_by("id")
    assert list(events.values_list("action", flat=True)) == ["export.requested", "export.started", "export.finished"]
    assert events[0].actor == f"user:{person.pk}"
    assert AccessEvent.objects.filter(action=AccessAction.EXPORT_DOWNLOADED).count() == 2


def test_the_verifier_takes_what_it_wrote(tmp_path: Path) -> None:
    make_user(AUDITOR, username="amara")
    export(tmp_path / "out", "--kind", "AUDIT", "--format", "JSONL")

    sound = verify_records.verify(str(tmp_path / "out"), given=signing.public_keys())
    file = next((tmp_path / "out").glob("*.jsonl"))
    file.write_bytes(file.read_bytes() + b"\n")
    altered = verify_records.verify(str(tmp_path / "out"), given=signing.public_keys())

    assert (sound.kind, sound.findings) == ("export", [])
    assert altered.findings


def test_personal_data_takes_a_right_and_a_purpose(tmp_path: Path) -> None:
    make_customer()
    make_user(AUDITOR, username="amara")

    with pytest.raises(CommandError):
        export(tmp_path / "a", "--kind", "CUSTOMERS", "--format", "JSONL", "--sensitive")
    export(tmp_path / "b", "--kind", "CUSTOMERS", "--format", "JSONL", "--sensitive", "--purpose", "AUDIT")

    assert json.loads(next((tmp_path / "b").glob("*.jsonl")).read_bytes())["last_name"] == "Exämple"
    assert AccessEvent.objects.filter(action=AccessAction.RECORD_EXPORTED).count() == 1


@pytest.mark.parametrize(
    "wish",
    [
        ("--kind", "CASES", "--format", "CSV", "--filter", "view"),
        ("--kind", "CASES", "--format", "CSV", "--filter", "view=nothing"),
        ("--kind", "CASES", "--format", "CSV", "--columns", "nothing"),
        ("--kind", "CASES", "--format", "LOG"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_made(tmp_path: Path, wish: tuple[str, ...]) -> None:
    make_user(AUDITOR, username="amara")

    with pytest.raises(CommandError):
        export(tmp_path / "out", *wish)

    assert not (tmp_path / "out").exists()
    assert not Export.objects.exists()


def test_it_takes_somebody_with_the_right_and_an_empty_folder(tmp_path: Path) -> None:
    make_user(OFFICER, username="ines")
    make_user(AUDITOR, username="amara")
    wish = ("--kind", "CASES", "--format", "CSV")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()

    for folder, person in (("out", "nobody"), ("out", "ines"), ("full", "amara")):
        with pytest.raises(CommandError):
            export(tmp_path / folder, *wish, person=person)

    assert not Export.objects.exists()


def test_several_values_of_a_filter_are_kept_together(tmp_path: Path) -> None:
    make_user(AUDITOR, username="amara")

    export(tmp_path / "out", "--kind", "CASES", "--format", "CSV", "--filter", "state=SENDING", "state=NEEDS_DECISION")

    assert Export.objects.get().filters == {"state": ["NEEDS_DECISION", "SENDING"]}
