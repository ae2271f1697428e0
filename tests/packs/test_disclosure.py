"""What each variant tells, and that nothing is withheld without standing on the list."""

from __future__ import annotations

from typing import Any

import pytest

from verifications.enums import AuditAction
from verifications.packs.disclosure import INTERNAL, RULES, SCREENING, Disclosure

REPORT = "We file a SAR about this."


@pytest.mark.parametrize(
    ("variant", "text", "told", "reason"),
    [
        ("REGULATOR", REPORT, True, None),
        ("COURT", REPORT, False, RULES),
        ("COURT", "Called the bank.", True, None),
        ("SUBJECT", "Called the bank.", False, INTERNAL),
        ("SUBJECT", REPORT, False, INTERNAL),
        ("SUBJECT", "", True, None),
    ],
)
def test_a_text_of_staff_is_told_or_on_the_list(variant: str, text: str, told: bool, reason: str | None) -> None:
    disclosure = Disclosure(variant)

    found = disclosure.internal_text(text, "Note of Monday", record="n1")

    assert found == (text if told else None)
    assert [(item["what"], item["reason"], item["record"]) for item in disclosure.data()] == (
        [] if told else [("Note of Monday", reason, "n1")]
    )
    assert all(item["why"] for item in disclosure.data())


def test_the_list_names_the_rule_and_never_the_word() -> None:
    disclosure = Disclosure("COURT")

    disclosure.text(REPORT, "Note of Monday")

    assert "SAR" not in str(disclosure.data())


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("person.surname", True),
        ("document.number", True),
        ("businessInfo.taxId", True),
        ("beneficialOwners.0.fullName", False),
        ("businessInfo.owners.1.name", False),
        ("amlInfo.hits", False),
        ("idInfo.amlStatus", False),
        ("statusReasons", False),
    ],
)
def test_a_person_is_told_the_values_about_themselves_only(path: str, told: bool) -> None:
    assert Disclosure("SUBJECT").tells_path(path) is told
    assert Disclosure("COURT").tells_path(path) is True


def test_answers_of_screenings_are_no_part_of_what_a_person_gets() -> None:
    disclosure = Disclosure("SUBJECT")

    assert disclosure.tells_slot("front", "Front")
    assert not disclosure.tells_slot("pep_verifier_response", "PEP", record="d1")
    assert [(item["reason"], item["record"]) for item in disclosure.data()] == [(SCREENING, "d1")]
    assert Disclosure("COURT").tells_slot("pep_verifier_response", "PEP")


def test_a_person_is_told_what_was_done_with_their_data_and_not_how_they_were_judged() -> None:
    told = {action for action in AuditAction if Disclosure("SUBJECT").tells_event(action, {})}

    assert {AuditAction.CUSTOMER_CHANGED, AuditAction.DOCUMENT_UPLOADED, AuditAction.REQUEST_SENT} <= told
    assert not {action for action in told if action.startswith(("note.", "decision.", "difference.", "reconciliation"))}
    assert AuditAction.CASE_RISK_CHANGED not in told
    assert not Disclosure("SUBJECT").tells_event(AuditAction.DOCUMENT_UPLOADED, {"slot": "attachment"})
    assert all(Disclosure("REGULATOR").tells_event(action, {}) for action in AuditAction)


@pytest.mark.parametrize("details", [{"risk": "HIGH", "number": "CASE-00001"}, {"rules": ["pep"]}])
def test_an_event_that_says_what_was_made_of_the_person_is_not_told_to_them(details: dict[str, Any]) -> None:
    assert not Disclosure("SUBJECT").tells_event(AuditAction.CASE_OPENED, details)
    assert Disclosure("COURT").tells_event(AuditAction.CASE_OPENED, details)


@pytest.mark.parametrize("code", ["sar_filed", "mlro.told", "SAR"])
def test_an_event_whose_details_speak_of_a_report_goes_to_no_court(code: str) -> None:
    for details in ({"reason": code}, {"after": {"label": [code]}}):
        assert not Disclosure("COURT").tells_event(AuditAction.DECISION_MADE, details)
        assert Disclosure("REGULATOR").tells_event(AuditAction.DECISION_MADE, details)
    assert Disclosure("COURT").tells_event(AuditAction.DECISION_MADE, {"reason": "documents_clear"})
