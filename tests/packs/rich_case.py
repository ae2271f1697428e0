"""A case with something of everything a pack tells. Needs the clock at noon."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.factories import ACTOR, NOON, make_customer, make_draft, make_provider_user, make_user, specimen
from tests.fakes import FakeProvider
from tests.services.decision_support import again, answer, decide, officer
from tests.services.reading_support import passport, reading
from tests.services.request_support import ask
from tests.services.support import deliver
from verifications.enums import ExportFormat, ExportKind, ProviderAnswer
from verifications.models import Case, Export, Verification
from verifications.policy.roles import AUDITOR
from verifications.selectors.case_facts import verifications_of
from verifications.selectors.differences import differences_of
from verifications.services.case_notes import NewAttachment, add_note
from verifications.services.decision_reviews import approve_decision
from verifications.services.differences import resolve_difference
from verifications.services.evidence_packs import make_pack
from verifications.services.extracted_values import store_values
from verifications.services.request_sending import withdraw_request
from verifications.services.sealed_values import seal
from verifications.services.verifications import submit_verification

NAMES = "Zoë Ōkřęć Ελένη Пётр محمد יוסף 山田太郎 김민수 अनिता"
RATIONALE = "CANARYRATIONALE: passport and answer speak of the same person."
SECOND_NOTE = "CANARYSECOND: agreed after a second look."
NOTE = "CANARYNOTE: the bank called back about the address."
REPORT = "CANARYREPORT: we file a SAR about this transfer."
EXPLANATION = "CANARYWHY: married in May, the certificate is on file."
PRIVATE = "CANARYPRIVATE: the stamp looks glued on."
OFFICER_NAME = "Canarina Officerson"
SCREENING = '{"sanctions": {"status": "CANARYSCREEN"}}'
ANSWER = {
    "id": "ver_1",
    "aml": "CANARYHIT on a list",
    "token": "CANARYTOKEN",
    "image_url": "https://x.example/CANARYURL",
}
EXTRACTED = {"person.given_name": "Zoe", "document.number": "X1234567", "beneficialOwners.0.fullName": "CANARYOTHER"}
CANARIES: dict[str, set[str]] = {
    "CANARYRATIONALE": {"REGULATOR", "COURT"},
    "CANARYSECOND": {"REGULATOR", "COURT"},
    "CANARYNOTE": {"REGULATOR", "COURT"},
    "CANARYREPORT": {"REGULATOR"},
    "CANARYWHY": {"REGULATOR", "COURT"},
    "CANARYPRIVATE": {"REGULATOR", "COURT"},
    OFFICER_NAME: {"REGULATOR", "COURT"},
    "CANARYSCREEN": {"REGULATOR", "COURT"},
    "CANARYHIT": {"REGULATOR", "COURT"},
    "CANARYOTHER": {"REGULATOR", "COURT"},
    "CANARYSELF": {"REGULATOR", "COURT", "SUBJECT"},
    "CANARYTOKEN": set(),
    "CANARYURL": set(),
}
"""What stands in the case, and the variants that may tell it."""


def rich_case() -> Case:
    """Entered, sent, answered, read, compared, asked, noted, decided and approved by a second person: closed."""
    customer = make_customer(first_name="Zoë", last_name="Exämple", employer_name=f"CANARYSELF {NAMES}")
    draft = make_draft(make_provider_user(customer))
    submit_verification(verification_id=draft.pk, actor=ACTOR, at=NOON)
    deliver(draft.account, FakeProvider())
    verification = Verification.objects.select_related("customer", "account").get(pk=draft.pk)
    call = verification.calls.order_by("pk").first()
    assert call is not None
    seal(call, "answer_original", json.dumps(ANSWER), mask="sealed")
    call.save(update_fields=["answer_original"])
    store_values(verification=verification, values=EXTRACTED, at=NOON)
    reading(verification, passport(surname="Muster"))
    seal(verification, "screenings", SCREENING, mask="sealed")
    verification.save(update_fields=["screenings"])
    case = answer(verification, ProviderAnswer.DENY)
    person = staff()
    request = ask(case, person, private_reason=PRIVATE)
    withdraw_request(request_id=request.pk, actor=f"user:{person.pk}", at=NOON)
    _resolve(case, person)
    note(case, person, NOTE)
    note(case, person, REPORT)
    decision = decide(case, person, rationale=RATIONALE)
    approve_decision(decision_id=decision.pk, note=SECOND_NOTE, person=officer(), at=NOON)
    return again(case)


def staff() -> Any:
    person = officer()
    person.first_name, person.last_name = OFFICER_NAME.split()
    person.save()
    return person


def note(case: Case, person: Any, text: str) -> None:
    """A note with a picture attached to it."""
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(specimen())
        file.flush()
        add_note(
            case_id=case.pk,
            text=text,
            confirmed=True,
            attachments=[NewAttachment(Path(file.name), "letter.jpg")],
            person=person,
            at=NOON,
        )


def export_row(case: Case, variant: str = "REGULATOR", person: Any = None) -> Export:
    return Export.objects.create(
        kind=ExportKind.PACK,
        format=ExportFormat.ZIP,
        case=case,
        variant=variant,
        with_sensitive=True,
        purpose="AUDIT",
        requested_by=person or make_user(AUDITOR),
        requested_at=NOON,
    )


def pack_bytes(case: Case, variant: str = "REGULATOR", person: Any = None) -> bytes:
    """One pack, made anew."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pack.zip"
        make_pack(export_row(case, variant, person), path, lambda _files: None)
        return path.read_bytes()


def _resolve(case: Case, person: Any) -> None:
    difference = differences_of(again(case), list(verifications_of(case)))["last_name"]
    resolve_difference(
        case_id=case.pk,
        field="last_name",
        values_hash=difference.values_hash,
        reason="NAME_CHANGE",
        explanation=EXPLANATION,
        person=person,
        actor=f"user:{person.pk}",
        at=NOON,
    )
