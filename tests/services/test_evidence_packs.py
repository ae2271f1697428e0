"""The evidence pack: the same case gives the same bytes, each variant tells what it may, and anybody can check it."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.db import connection, transaction

from tests.factories import ACTOR, NOON, make_user, specimen
from tests.packs.rich_case import CANARIES, OFFICER_NAME, export_row, note, pack_bytes, rich_case
from tests.services.decision_support import answered_case, officer
from tests.services.seal_support import triggers_lifted
from verifications.enums import AccessAction, AuditAction, LogKind, PackVariant, RenditionKind
from verifications.errors import DomainError, NotAllowed
from verifications.integrity import verify_records
from verifications.models import AccessEvent, AuditEvent, Case, DataKey, Document, Export
from verifications.packs.archive import Archive
from verifications.policy.roles import ADMINISTRATOR, AUDITOR, SENIOR_OFFICER
from verifications.selectors.pack_records import pack_records
from verifications.services import evidence_packs
from verifications.services.audit import record_access, record_event
from verifications.services.customers import change_customer, customer_data
from verifications.services.documents import FileMissing, documents_storage, open_rendition
from verifications.services.evidence_packs import make_pack, request_pack
from verifications.services.seals import seal_all

pytestmark = pytest.mark.django_db
VARIANTS = [variant.value for variant in PackVariant]
DAY = dt.timedelta(days=1)


@pytest.fixture
def without_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that are about something else than the PDF, which takes most of the time."""
    monkeypatch.setattr(evidence_packs, "summary_pdf", lambda data, _pictures: f"%PDF {data['as_of']}".encode())


@pytest.fixture
def case(clock: Any) -> Case:
    case = rich_case()
    clock.shift(DAY)
    return case


def files_of(pack: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def text_of(files: dict[str, bytes]) -> str:
    """Everything a reader could find in it."""
    pages = pypdf.PdfReader(io.BytesIO(files["summary.pdf"])).pages
    words = " ".join(" ".join(page.extract_text().split()) for page in pages)
    own = {"verify_records.py", "summary.pdf"}
    return words + "".join(content.decode("utf-8", "replace") for name, content in files.items() if name not in own)


def case_json(files: dict[str, bytes]) -> dict[str, Any]:
    return json.loads(files["case.json"])


def verified(folder: Path, pack: bytes) -> subprocess.CompletedProcess[str]:
    """By the verifier that every pack brings, in a folder with nothing else in it and no portal beside it."""
    (folder / "pack.zip").write_bytes(pack)
    script = folder / "verify.py"
    script.write_bytes(Path(verify_records.__file__).read_bytes())
    return subprocess.run(
        [sys.executable, "-I", script.name, "pack.zip"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_same_case_gives_the_same_bytes_whoever_looks_exports_or_is_renamed_in_between(
    case: Case, clock: Any
) -> None:
    first = pack_bytes(case)

    clock.shift(DAY)
    document = Document.objects.filter(verification__case=case).first()
    assert document is not None
    open_rendition(document=document, kind=RenditionKind.PREVIEW, page=1, actor="user:1", at=NOON + 2 * DAY).close()
    with transaction.atomic():
        record_access(action=AccessAction.CASE_READ, actor="user:1", subject=case, at=NOON + 2 * DAY)
        record_event(action=AuditAction.EXPORT_FINISHED, actor=ACTOR, subject=export_row(case), at=NOON + 2 * DAY)
    request_pack(case_id=case.pk, variant="COURT", purpose="AUDIT", person=make_user(AUDITOR), at=NOON + 2 * DAY)
    answered_case()
    person = case.decisions.order_by("pk")[0].made_by
    person.last_name = "Renamed"
    person.save()
    seal_all(now=NOON + 2 * DAY)
    clock.shift(DAY)
    second = pack_bytes(case, person=make_user(AUDITOR))

    assert hashlib.sha256(second).hexdigest() == hashlib.sha256(first).hexdigest()
    assert OFFICER_NAME in text_of(files_of(first))


@pytest.mark.usefixtures("without_paper")
def test_a_change_of_the_case_or_its_customer_changes_the_pack(clock: Any) -> None:
    case = answered_case()
    clock.shift(DAY)
    packs = [pack_bytes(case)]

    note(case, officer(), "Called the customer.")
    packs.append(pack_bytes(case))
    data = customer_data(case.customer)
    change_customer(
        customer_id=case.customer_id,
        data=data.__class__(**{**vars(data), "phone": "+376300999"}),
        actor=ACTOR,
        at=NOON + DAY,
    )
    packs.append(pack_bytes(case))

    assert len(set(packs)) == 3
    assert len({case_json(files_of(pack))["as_of"] for pack in packs}) == 2


def test_every_variant_tells_what_it_may_and_nothing_else(case: Case, tmp_path: Path) -> None:
    packs = {variant: files_of(pack_bytes(case, variant)) for variant in VARIANTS}

    texts = {variant: text_of(files) for variant, files in packs.items()}
    told = {canary: {variant for variant, text in texts.items() if canary in text} for canary in CANARIES}
    on_paper = " ".join(
        " ".join(page.extract_text().split())
        for page in pypdf.PdfReader(io.BytesIO(packs["REGULATOR"]["summary.pdf"])).pages
    )

    assert told == CANARIES
    assert {canary for canary, variants in CANARIES.items() if "REGULATOR" in variants and canary not in on_paper} == {
        "CANARYHIT"
    }
    assert packs["COURT"]["audit/slice.jsonl"] == packs["REGULATOR"]["audit/slice.jsonl"]
    assert len(packs["SUBJECT"]["audit/slice.jsonl"].splitlines()) < len(
        packs["COURT"]["audit/slice.jsonl"].splitlines()
    )
    assert b"@example.org" in packs["SUBJECT"]["case.json"]


@pytest.mark.usefixtures("without_paper")
def test_what_is_withheld_stands_on_the_list_with_its_reason(case: Case) -> None:
    withheld = {variant: case_json(files_of(pack_bytes(case, variant)))["withheld"] for variant in VARIANTS}

    reasons = {variant: sorted({item["reason"] for item in items}) for variant, items in withheld.items()}
    assert reasons == {
        "REGULATOR": ["credential"],
        "SUBJECT": ["internal", "screening", "staff", "third_party"],
        "COURT": ["credential", "rules"],
    }
    assert all(item["what"] and item["why"] and item["count"] for items in withheld.values() for item in items)
    court = [item["record"] for item in withheld["COURT"] if item["reason"] == "rules"]
    hidden = case.notes.order_by("pk").last()
    assert hidden is not None
    assert set(court) == {str(hidden.public_id), *(str(one.public_id) for one in hidden.attachments.all())}


def test_a_person_does_not_learn_from_their_pack_how_they_were_judged(case: Case) -> None:
    check = case.verifications.get()
    check.type = "watchlists"
    check.save(update_fields=["type"])
    Case.objects.filter(pk=case.pk).update(state="ESCALATED", closed_at=None)

    files = files_of(pack_bytes(case, "SUBJECT"))

    data = case_json(files)
    assert (data["case"]["state"], data["case"]["outcome"]) == (None, None)
    assert [one["answer"] for one in data["verifications"]] == [None]
    assert {one["needs_senior"] for one in data["decisions"]} == {None}
    told = [json.loads(line)["record"]["details"] for line in files["audit/slice.jsonl"].splitlines()]
    assert told
    assert not [details for details in told if {"risk", "rules"} & set(details)]
    assert sum("record log" in item["what"] for item in data["withheld"]) == 1


@pytest.mark.usefixtures("without_paper")
def test_a_reason_that_speaks_of_a_report_goes_to_no_court(case: Case) -> None:
    connection.check_constraints()  # PostgreSQL moves no trigger while some wait for the commit
    with triggers_lifted(), connection.cursor() as cursor:
        cursor.execute("UPDATE verifications_decision SET reason_label = 'We filed a SAR'")
        connection.check_constraints()

    court, regulator = (files_of(pack_bytes(case, variant)) for variant in ("COURT", "REGULATOR"))

    assert b"SAR" not in court["case.json"]
    assert b"We filed a SAR" in regulator["case.json"]
    assert "rules" in {item["reason"] for item in case_json(court)["withheld"]}


@pytest.mark.usefixtures("without_paper")
def test_originals_are_byte_for_byte_and_every_file_is_accounted_for(case: Case) -> None:
    files = files_of(pack_bytes(case))

    data, manifest = case_json(files), json.loads(files["manifest.json"])
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    listed = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert [files[one["file"]] for one in data["documents"]] == [specimen()] * 3
    assert {one["sha256"] for one in data["documents"]} == {hashlib.sha256(specimen()).hexdigest()}
    assert manifest["files"] == {name: digests[name] for name in digests if not name.startswith("manifest.")}
    assert listed == {name: digest for name, digest in manifest["files"].items() if name != "SHA256SUMS"}
    assert [one["sha256"] for one in data["provider_responses"]] == [digests["provider/001-submit-documents.json"]]
    assert manifest["kind"] == "pack"
    assert (manifest["variant"], manifest["case"]) == ("REGULATOR", case.number)


@pytest.mark.usefixtures("without_paper")
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_pack_is_verified_by_its_own_verifier_with_nothing_else(case: Case, tmp_path: Path, variant: str) -> None:
    result = verified(tmp_path, pack_bytes(case, variant))

    assert result.returncode == 0, result.stdout + result.stderr
    assert "Nothing altered" in result.stdout


@pytest.mark.usefixtures("without_paper")
def test_an_altered_original_is_found(case: Case, tmp_path: Path) -> None:
    files = files_of(pack_bytes(case))
    stream = io.BytesIO()
    with Archive(stream) as archive:
        for name, content in files.items():
            archive.add(name, content[:-1] + b"\x00" if name == "documents/001-front.jpg" else content)

    result = verified(tmp_path, stream.getvalue())

    assert result.returncode == 1
    assert "ALTERED" in result.stdout
    assert "001-front.jpg" in result.stdout


@pytest.mark.usefixtures("without_paper")
def test_the_slice_holds_the_events_of_the_case_and_customer_up_to_its_last_change(case: Case) -> None:
    last = AuditEvent.objects.filter(customer_id=case.customer.public_id).order_by("pk").last()
    assert last is not None
    other = answered_case()
    with transaction.atomic():
        for action in (AuditAction.EXPORT_REQUESTED, AuditAction.MENTION_SEEN, AuditAction.QUESTION_ASKED):
            record_event(action=action, actor=ACTOR, subject=case, at=NOON)

    events = pack_records(Case.objects.select_related("customer").get(pk=case.pk)).events

    assert events[-1].pk == last.pk
    assert {event.customer_id for event in events} == {case.customer.public_id} != {other.customer.public_id}
    assert {event.action.partition(".")[0] for event in events}.isdisjoint({"export", "audit_question", "list", "log"})


@pytest.mark.usefixtures("without_paper")
def test_every_record_that_is_opened_leaves_its_look_with_the_purpose(case: Case, tmp_path: Path) -> None:
    person = make_user(AUDITOR)
    export = export_row(case, "COURT", person)

    made = make_pack(export, tmp_path / "pack.zip", lambda _files: None)

    looks = AccessEvent.objects.filter(action=AccessAction.RECORD_EXPORTED)
    assert {(look.actor, look.purpose, look.customer_id) for look in looks} == {
        (f"user:{person.pk}", "AUDIT", case.customer.public_id)
    }
    assert set(looks.values_list("subject_type", flat=True)) == {
        *("Customer", "Case", "Verification", "Document", "CaseNote", "Decision", "DifferenceResolution"),
        *("CustomerRequest", "MachineReading", "ProviderCall"),
    }
    assert {json.dumps(look.details, sort_keys=True) for look in looks} == {
        json.dumps({"export": str(export.public_id), "variant": "COURT"}, sort_keys=True)
    }
    export.refresh_from_db()
    assert made.rows == len(files_of((tmp_path / "pack.zip").read_bytes())) == export.rows_expected
    assert "CANARY" not in json.dumps(made.manifest)


def test_nothing_is_written_when_the_look_can_not_be(case: Case, tmp_path: Path, monkeypatch: Any) -> None:
    def refuse(**_row: Any) -> Any:
        raise RuntimeError("full")

    export = export_row(case)
    monkeypatch.setattr(AccessEvent.objects, "create", refuse)

    with pytest.raises(RuntimeError, match="full"), transaction.atomic():
        make_pack(export, tmp_path / "pack.zip", lambda _files: None)
    assert not (tmp_path / "pack.zip").exists()


def test_an_original_that_changed_in_storage_makes_no_pack(case: Case, tmp_path: Path) -> None:
    document = Document.objects.filter(verification__case=case).first()
    assert document is not None
    with documents_storage().open(document.storage_name, "wb") as stream:
        stream.write(b"another file")

    with pytest.raises(FileMissing):
        make_pack(export_row(case), tmp_path / "pack.zip", lambda _files: None)


@pytest.mark.usefixtures("without_paper")
def test_a_case_whose_key_was_destroyed_still_gives_a_pack_that_says_so(case: Case) -> None:
    DataKey.objects.filter(customer=case.customer).delete()

    data = case_json(files_of(pack_bytes(case)))

    assert {item["reason"] for item in data["withheld"]} == {"unreadable"}
    assert data["decisions"][0]["rationale"] == ""
    assert data["documents"][0]["file"]


def test_events_that_nobody_can_seal_now_make_no_pack(case: Case, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(evidence_packs, "seal_log", lambda **_more: 0)
    monkeypatch.setattr(evidence_packs, "SEAL_WAIT", 0)

    with pytest.raises(evidence_packs.NotSealedYet):
        make_pack(export_row(case), tmp_path / "pack.zip", lambda _files: None)


@pytest.mark.usefixtures("without_paper")
def test_the_pack_brings_the_verifier_and_the_keys_that_signed(case: Case) -> None:
    files = files_of(pack_bytes(case))

    assert files["verify_records.py"] == Path(verify_records.__file__).read_bytes()
    assert set(json.loads(files["keys.json"])) == {json.loads(files["manifest.sig"])["key_id"]}
    heads = json.loads(files["manifest.json"])["heads"]
    assert set(heads) == {LogKind.AUDIT.value}
    assert heads["AUDIT"]["total"] >= len(files["audit/slice.jsonl"].splitlines())


@pytest.mark.parametrize("role", [AUDITOR, SENIOR_OFFICER])
def test_auditors_and_senior_officers_ask_for_packs(clock: Any, role: str) -> None:
    case, person = answered_case(), make_user(role)

    export = request_pack(case_id=case.pk, variant="SUBJECT", purpose="CUSTOMER_REQUEST", person=person, at=NOON)

    assert (export.kind, export.variant, export.case_id, export.purpose) == (
        "PACK",
        "SUBJECT",
        case.pk,
        "CUSTOMER_REQUEST",
    )
    event = AuditEvent.objects.get(action=AuditAction.EXPORT_REQUESTED)
    assert (event.actor, event.customer_id) == (f"user:{person.pk}", case.customer.public_id)


def test_others_do_not_and_neither_variant_nor_purpose_may_be_left_out(clock: Any) -> None:
    case, auditor = answered_case(), make_user(AUDITOR)
    asked: dict[str, Any] = {"case_id": case.pk, "variant": "COURT", "purpose": "AUDIT", "at": NOON}

    for person in (officer(), make_user(ADMINISTRATOR)):
        with pytest.raises(NotAllowed):
            request_pack(**asked, person=person)
    for changes in ({"variant": ""}, {"variant": "PRESS"}, {"purpose": ""}, {"purpose": "CURIOSITY"}):
        with pytest.raises(DomainError):
            request_pack(**(asked | changes), person=auditor)

    assert not Export.objects.exists()


@pytest.mark.usefixtures("without_paper")
def test_a_customer_with_two_cases_has_an_older_pack_that_does_not_grow(case: Case) -> None:
    before = pack_bytes(case)
    with transaction.atomic():
        newer = Case.objects.create(
            customer=case.customer,
            state="NEEDS_DECISION",
            opened_at=NOON + DAY,
            due_at=NOON + DAY,
            updated_at=NOON + DAY,
        )
        record_event(action=AuditAction.CASE_OPENED, actor=ACTOR, subject=newer, at=NOON + DAY)

    assert pack_bytes(case) == before


@pytest.mark.usefixtures("without_paper")
def test_a_case_that_changes_while_it_is_read_is_read_again(case: Case, monkeypatch: Any) -> None:
    read = evidence_packs.pack_contents
    changes = iter([AuditAction.CASE_WARNED])

    def changed_meanwhile(*args: Any, **more: Any) -> Any:
        for action in changes:
            with transaction.atomic():
                record_event(action=action, actor=ACTOR, subject=case, at=NOON + DAY)
        return read(*args, **more)

    monkeypatch.setattr(evidence_packs, "pack_contents", changed_meanwhile)
    files = files_of(pack_bytes(case))

    assert case_json(files)["timeline"][-1]["action"] == "case.warned"
    assert b"case.warned" in files["audit/slice.jsonl"].splitlines()[-1]


@pytest.mark.usefixtures("without_paper")
def test_a_case_that_never_stands_still_makes_no_pack(case: Case, tmp_path: Path, monkeypatch: Any) -> None:
    read = evidence_packs.pack_contents

    def changed_meanwhile(*args: Any, **more: Any) -> Any:
        with transaction.atomic():
            record_event(action=AuditAction.CASE_WARNED, actor=ACTOR, subject=case, at=NOON + DAY)
        return read(*args, **more)

    monkeypatch.setattr(evidence_packs, "pack_contents", changed_meanwhile)

    with pytest.raises(evidence_packs.StillChanging):
        make_pack(export_row(case), tmp_path / "pack.zip", lambda _files: None)
