"""The tables of allowed changes: complete, closed where they should be, and walked by nothing that left the end."""

from __future__ import annotations

import pytest

from verifications import enums
from verifications.enums import (
    CALL_TRANSITIONS,
    CLOSED_STATUSES,
    LINK_TRANSITIONS,
    LIVE_LINK_STATUSES,
    LIVE_SESSION_STATUSES,
    MOVING_STATUSES,
    OPEN_SESSION_STATUSES,
    SESSION_TRANSITIONS,
    VERIFICATION_TRANSITIONS,
    AccessAction,
    AuditAction,
    CallStatus,
    LinkStatus,
    ProviderAnswer,
    SessionStatus,
    VerificationStatus,
)
from verifications.providers.outcome import OutcomeAnswer
from verifications.providers.registry import PROVIDERS
from verifications.services.cases import STATE_BY_STATUS

TABLES = [
    (VERIFICATION_TRANSITIONS, VerificationStatus, "DRAFT"),
    (CALL_TRANSITIONS, CallStatus, "WAITING"),
    (SESSION_TRANSITIONS, SessionStatus, "DRAFT"),
    (LINK_TRANSITIONS, LinkStatus, "REQUESTED"),
]
IDS = ["verification", "call", "session", "link"]
OF_SESSIONS_AND_LINKS = {"ALLOW", "CHALLENGE", "DENY", "VERIFIED", "VERIFIED_FINDINGS", "REJECTED", "NO_RESULT"}
"""Answers that are no reading of a user's status."""


@pytest.mark.parametrize(("table", "statuses", "_start"), TABLES, ids=IDS)
def test_every_status_stands_in_its_table(table: dict, statuses: type, _start: str) -> None:
    assert set(table) == set(statuses)
    assert all(after <= set(statuses) for after in table.values())
    assert all(status not in after for status, after in table.items())


@pytest.mark.parametrize(("table", "statuses", "start"), TABLES, ids=IDS)
def test_every_status_is_reached_from_the_start(table: dict, statuses: type, start: str) -> None:
    found, waiting = {statuses(start)}, [statuses(start)]
    while waiting:
        new = table[waiting.pop()] - found
        found |= new
        waiting += new

    assert found == set(statuses)


def test_a_final_status_stays() -> None:
    assert set(CLOSED_STATUSES) == {"COMPLETED", "REFUSED", "CANCELLED"}
    assert {status for status, after in CALL_TRANSITIONS.items() if not after} == {
        "SUCCEEDED",
        "REFUSED",
        "NOT_SENT",
        "CANCELLED",
    }


def test_a_sessions_final_word_leads_to_its_deletion_only() -> None:
    for status in ("COMPLETED", "FAILED", "LOST", "CANCELLED"):
        assert SESSION_TRANSITIONS[SessionStatus(status)] == {"DELETED"}
    assert set(OPEN_SESSION_STATUSES) < set(LIVE_SESSION_STATUSES)
    assert not set(LIVE_SESSION_STATUSES) & {"EXPIRED", "REFUSED", "DELETED", "COMPLETED"}


def test_a_link_that_gave_an_answer_is_not_live() -> None:
    assert not set(LIVE_LINK_STATUSES) & {"VERIFIED", "REJECTED", "EXPIRED", "REPLACED", "REFUSED", "CANCELLED"}


def test_an_unknown_outcome_goes_back_to_sending_by_way_of_the_queue_only() -> None:
    assert VerificationStatus.SENDING not in VERIFICATION_TRANSITIONS[VerificationStatus.OUTCOME_UNKNOWN]
    assert not CALL_TRANSITIONS[CallStatus.UNKNOWN] & {CallStatus.WAITING, CallStatus.SENDING}


def test_no_provider_problem_leads_to_a_failed_customer() -> None:
    words = {value.lower() for name in ("VerificationStatus", "CaseState") for value in getattr(enums, name).values}

    assert not {word for word in words if "fail" in word or "reject" in word}


def test_every_status_of_a_verification_but_the_draft_tells_its_cases_state() -> None:
    assert set(STATE_BY_STATUS) == set(VerificationStatus) - {VerificationStatus.DRAFT}
    assert set(MOVING_STATUSES) <= set(VerificationStatus)


def test_the_providers_answers_are_the_ones_that_are_stored() -> None:
    assert {answer.value for answer in OutcomeAnswer} == set(ProviderAnswer.values) - OF_SESSIONS_AND_LINKS


def test_the_registrys_words_are_the_ones_that_are_stored() -> None:
    assert set(PROVIDERS) == set(enums.ProviderKind.values)
    for provider in PROVIDERS.values():
        assert set(provider.methods) <= set(enums.VerificationMethod.values)
        assert set(provider.verification_types) <= set(enums.VerificationType.values)
        assert provider.repeatable_operations <= set(enums.CallOperation.values)
        slots = {slot for kinds in provider.file_slots.values() for slot, _required in kinds}
        assert slots <= set(enums.DocumentSlot.values)


def test_no_submission_may_be_repeated_by_itself() -> None:
    for provider in PROVIDERS.values():
        assert not provider.repeatable_operations & set(enums.SUBMIT_OPERATIONS)


def test_actions_are_dotted_and_fit_their_column() -> None:
    for action in (*AuditAction, *AccessAction):
        assert action.value.count(".") == 1
        assert len(action.value) <= 60
