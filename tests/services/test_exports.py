"""Exports asked for, refused, cancelled, tried again, fetched and removed: each with its event."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from tests.factories import NOON, make_customer, make_user
from tests.services.decision_support import answered_case
from tests.services.export_support import SENSITIVE, actions, asked, auditor, content, failed, made, senior
from verifications import signing
from verifications.enums import AccessAction, AuditAction, ExportKind, ExportStatus
from verifications.errors import DomainError, InvalidTransition, NotAllowed
from verifications.integrity.verify_records import canonical
from verifications.models import AccessEvent, AuditEvent, Export
from verifications.policy.roles import ADMINISTRATOR, OFFICER
from verifications.selectors.export_columns import UnknownColumn, UnknownFilter
from verifications.services import doorbell, exports
from verifications.services.document_files import documents_storage
from verifications.services.export_downloads import content_type, file_name, open_download, open_manifest
from verifications.services.exports import cancel_export, formats_of, keep_exports, remove_expired, retry_export

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_an_export_is_queued_with_its_event_and_a_ring(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(doorbell.current_app, "send_task", lambda name, **_more: sent.append(name))
    person = auditor()

    with django_capture_on_commit_callbacks(execute=True):
        export = asked(person, kind="CASES", filters={"view": "open", "owner": "me"}, columns=["risk", "case"])

    assert export.status == ExportStatus.QUEUED
    assert export.columns == ["case", "risk"]
    assert export.filters == {"view": "open", "owner": str(person.pk)}
    event = AuditEvent.objects.get(action=AuditAction.EXPORT_REQUESTED)
    assert event.actor == f"user:{person.pk}"
    assert event.details == {
        "kind": "CASES",
        "format": "CSV",
        "filters": {"view": "open", "owner": str(person.pk)},
        "with_sensitive": False,
        "columns": ["case", "risk"],
    }
    assert sent == ["verifications.make_exports"]


@pytest.mark.parametrize("role", [OFFICER, ADMINISTRATOR, None])
def test_exporting_takes_its_own_right(role: str | None) -> None:
    with pytest.raises(NotAllowed):
        asked(make_user(role))

    assert not Export.objects.exists()


def test_exporting_takes_the_right_to_see_the_records() -> None:
    assert asked(senior(), kind="CASES").pk
    with pytest.raises(NotAllowed):
        asked(senior(), kind="AUDIT")


def test_personal_data_takes_its_own_right_and_a_purpose() -> None:
    with pytest.raises(NotAllowed):
        asked(senior(), **SENSITIVE)
    for purpose in ("", "CURIOSITY"):
        with pytest.raises(NotAllowed):
            asked(with_sensitive=True, purpose=purpose)
    with pytest.raises(UnknownColumn):
        asked(columns=["email"])

    export = asked(columns=["email"], **SENSITIVE)

    assert (export.with_sensitive, export.purpose, export.columns) == (True, "AUDIT", ["email"])


def test_an_export_that_could_have_had_personal_data_and_has_none_is_not_marked() -> None:
    assert asked(columns=["kind"], **SENSITIVE).with_sensitive is False


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"kind": "SECRETS"}, DomainError),
        ({"format": "PDF"}, DomainError),
        ({"format": "LOG"}, DomainError),
        ({"format": "ZIP"}, DomainError),
        ({"kind": "PACK", "format": "ZIP", "purpose": "AUDIT"}, DomainError),
        ({"variant": "COURT"}, DomainError),
        ({"kind": "AUDIT", "format": "LOG", "filters": {"actor": "user:1"}}, DomainError),
        ({"filters": {"find": "Zoë"}}, UnknownFilter),
        ({"columns": ["nothing"]}, UnknownColumn),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_and_nothing_queued(wish: dict[str, Any], error: type) -> None:
    with pytest.raises(error):
        asked(**wish)

    assert not Export.objects.exists()


def test_one_log_can_be_made_to_be_verified_and_a_pack_is_a_zip() -> None:
    assert "LOG" in formats_of("AUDIT")
    assert "LOG" not in formats_of("CASES")
    assert formats_of("PACK") == ("ZIP",)


def test_a_pack_is_about_a_case_and_always_has_personal_data() -> None:
    case = answered_case()

    export = asked(kind="PACK", format="ZIP", case=case, variant="COURT", purpose="AUDIT")

    assert export.with_sensitive
    assert AuditEvent.objects.get(action=AuditAction.EXPORT_REQUESTED).details["variant"] == "COURT"


def test_one_person_has_ten_waiting_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_WAITING", 1)
    person = auditor()
    asked(person)

    with pytest.raises(DomainError):
        asked(person)

    assert asked(auditor()).pk


def test_who_asked_cancels_and_nobody_else() -> None:
    person = auditor()
    export = asked(person)

    with pytest.raises(NotAllowed):
        cancel_export(export_id=export.pk, actor=f"user:{auditor().pk}", at=NOON)
    cancel_export(export_id=export.pk, actor=f"user:{person.pk}", at=NOON)

    export.refresh_from_db()
    assert (export.status, export.finished_at) == (ExportStatus.CANCELLED, NOON)
    assert actions(export) == ["export.requested", "export.cancelled"]
    with pytest.raises(InvalidTransition):
        cancel_export(export_id=export.pk, actor=f"user:{person.pk}", at=NOON)


def test_a_failed_export_is_made_again() -> None:
    person = auditor()
    export = failed(person)

    retry_export(export_id=export.pk, actor=f"user:{person.pk}", at=NOON)

    export.refresh_from_db()
    assert (export.status, export.problem, export.tries) == (ExportStatus.QUEUED, "", 0)
    assert AuditEvent.objects.filter(action=AuditAction.EXPORT_REQUESTED).last().details["again"] is True


def test_a_retry_takes_the_rights_again_and_a_failed_export() -> None:
    person = auditor()
    export, other = failed(person), asked(person)

    with pytest.raises(InvalidTransition):
        retry_export(export_id=other.pk, actor=f"user:{person.pk}", at=NOON)
    person.groups.clear()
    with pytest.raises(NotAllowed):
        retry_export(export_id=export.pk, actor=f"user:{person.pk}", at=NOON)


def test_a_download_is_entered_before_the_first_byte() -> None:
    make_customer()
    person = auditor()
    export = made(person)

    stream, same = open_download(export_id=export.pk, person=person, at=NOON)

    event = AccessEvent.objects.get(action=AccessAction.EXPORT_DOWNLOADED)
    assert (event.actor, event.subject_id) == (f"user:{person.pk}", str(export.public_id))
    assert event.details == {"kind": "CUSTOMERS", "format": "CSV", "sha256": export.sha256}
    assert same == export
    assert hashlib.sha256(content(stream)).hexdigest() == export.sha256
    assert file_name(export) == f"customers-{NOON:%Y-%m-%d}-{str(export.public_id)[:8]}.csv"
    assert content_type(export).startswith("text/csv")


def test_the_manifest_says_what_the_file_is_and_is_signed() -> None:
    make_customer()
    person = auditor()
    export = made(person, filters={"from": "2020-01-01"}, columns=["kind"])

    proof, _export = open_manifest(export_id=export.pk, person=person, at=NOON)

    manifest, signature = json.loads(proof.manifest), json.loads(proof.signature)
    file = content(open_download(export_id=export.pk, person=person, at=NOON)[0])
    assert manifest == {
        "kind": "export",
        "export": str(export.public_id),
        "records": "CUSTOMERS",
        "format": "CSV",
        "filters": {"from": "2020-01-01"},
        "columns": ["kind"],
        "rows": 1,
        "sha256": hashlib.sha256(file).hexdigest(),
        "size": len(file),
        "requested_by": f"user:{person.pk}",
        "made_at": NOON.isoformat(timespec="microseconds"),
        "heads": manifest["heads"],
    }
    assert proof.manifest == canonical(manifest)
    assert signing.is_signed(proof.manifest, **signature)
    assert json.loads(proof.keys) == signing.public_keys()
    assert AccessEvent.objects.filter(action=AccessAction.EXPORT_DOWNLOADED, details__part="manifest").count() == 1


def test_colleagues_fetch_what_they_could_export_and_no_personal_data_of_others() -> None:
    mine, other = auditor(), auditor()
    plain, clear = made(mine), made(mine, columns=["email"], **SENSITIVE)

    content(open_download(export_id=plain.pk, person=other, at=NOON)[0])

    for export, person in ((clear, other), (plain, make_user(OFFICER)), (made(mine, kind="AUDIT"), senior())):
        with pytest.raises(NotAllowed):
            open_download(export_id=export.pk, person=person, at=NOON)
        with pytest.raises(NotAllowed):
            open_manifest(export_id=export.pk, person=person, at=NOON)
    content(open_download(export_id=clear.pk, person=mine, at=NOON)[0])


def test_a_right_that_was_taken_away_takes_the_file_away() -> None:
    person = auditor()
    export = made(person)
    person.groups.clear()

    with pytest.raises(NotAllowed):
        open_download(export_id=export.pk, person=type(person).objects.get(pk=person.pk), at=NOON)


def test_what_is_not_ready_has_no_file() -> None:
    person = auditor()

    with pytest.raises(InvalidTransition):
        open_download(export_id=asked(person).pk, person=person, at=NOON)

    assert not AccessEvent.objects.exists()


def test_files_are_removed_in_time_and_rows_stay(settings: Any) -> None:
    settings.EXPORT_DAYS = 30
    export = made()
    name = export.storage_name

    early = remove_expired(now=NOON + dt.timedelta(days=29))
    gone = remove_expired(now=NOON + dt.timedelta(days=30))

    export.refresh_from_db()
    assert (early, gone, remove_expired(now=NOON + dt.timedelta(days=31))) == (0, 1, 0)
    assert export.status == ExportStatus.REMOVED
    assert export.manifest
    assert not documents_storage().exists(name)
    assert actions(export)[-1] == "export.removed"


def test_the_sweep_rings_for_what_waits_and_what_was_left(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(doorbell.current_app, "send_task", lambda name, **_more: sent.append(name))

    with django_capture_on_commit_callbacks(execute=True):
        keep_exports(now=NOON)
    assert sent == []
    export = asked()
    with django_capture_on_commit_callbacks(execute=True):
        keep_exports(now=NOON)

    assert sent == ["verifications.make_exports"]
    assert export.status == ExportStatus.QUEUED


def test_every_kind_names_rights_that_exist() -> None:
    known = set(Permission.objects.filter(content_type__app_label="verifications").values_list("codename", flat=True))

    for kind in ExportKind:
        for with_sensitive in (False, True):
            names = exports.permissions_for(kind, with_sensitive=with_sensitive)
            assert {name.removeprefix("verifications.") for name in names} <= known
