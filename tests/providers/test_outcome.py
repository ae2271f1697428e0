"""Reading a submission's outcome from the user's status. Contract: kraken-embed 7.4."""

from __future__ import annotations

import pytest

from verifications.providers.outcome import OutcomeAnswer, read_outcome
from verifications.providers.types import RequiredAction, UserState

ASKED = RequiredAction("verification", "identity", ("initial_onboarding",))
ASKED_AGAIN = RequiredAction("verification", "identity", ("initial_onboarding", "document_blurred"))
ASKED_SOONER = RequiredAction("verification", "identity", ("initial_onboarding",), "2025-04-01T00:00:00Z")
WAIT = RequiredAction("wait", "manual_review")
SELFIE = RequiredAction("verification", "selfie")
PEP = RequiredAction("verification", "pep_check", ("initial_onboarding",))
SANCTIONS = RequiredAction("verification", "sanctions_check", ("initial_onboarding",))
DETAILS = RequiredAction("provide_details", "identity")


def user(*actions: RequiredAction, state: str = "ok", reasons: tuple[str, ...] = ()) -> UserState:
    return UserState("AA95N84GTESTXXXX", state, actions, reasons)


@pytest.mark.parametrize(
    ("now", "before", "answer", "is_final"),
    [
        (user(), user(ASKED), OutcomeAnswer.REQUIREMENT_MET, True),
        (user(), None, OutcomeAnswer.REQUIREMENT_MET, True),
        (user(SELFIE, DETAILS), user(ASKED, SELFIE), OutcomeAnswer.REQUIREMENT_MET, True),
        (user(WAIT), user(ASKED), OutcomeAnswer.IN_REVIEW, False),
        (user(ASKED, WAIT), user(ASKED), OutcomeAnswer.IN_REVIEW, False),
        (user(ASKED), user(ASKED), OutcomeAnswer.STILL_WANTED, False),
        (user(ASKED), None, OutcomeAnswer.STILL_WANTED, False),
        (user(ASKED_AGAIN), user(ASKED), OutcomeAnswer.STILL_WANTED, True),
        (user(ASKED_SOONER), user(ASKED), OutcomeAnswer.STILL_WANTED, True),
        (user(ASKED), user(), OutcomeAnswer.STILL_WANTED, True),
        (user(ASKED, state="disabled"), user(ASKED), OutcomeAnswer.USER_DISABLED, True),
        (user(state="closed"), user(ASKED), OutcomeAnswer.USER_CLOSED, True),
        (user(state="frozen"), user(ASKED), OutcomeAnswer.UNREADABLE, False),
        (user(state=""), user(ASKED), OutcomeAnswer.UNREADABLE, False),
    ],
)
def test_an_identity_document_is_read_against_its_baseline(
    now: UserState, before: UserState | None, answer: OutcomeAnswer, is_final: bool
) -> None:
    reading = read_outcome(user=now, verification_type="identity_document", baseline=before)

    assert (reading.answer, reading.is_final) == (answer, is_final)
    assert reading.explanation.endswith(".")


def test_reasons_and_deadline_are_the_providers_own() -> None:
    changed = RequiredAction("verification", "identity", ("новая",), "2025-04-01")

    reading = read_outcome(user=user(changed), verification_type="identity_document", baseline=user(ASKED))

    assert (reading.reasons, reading.deadline) == (("новая",), "2025-04-01")


def test_the_order_of_reasons_says_nothing() -> None:
    swapped = RequiredAction("verification", "identity", ("document_blurred", "initial_onboarding"))

    reading = read_outcome(user=user(swapped), verification_type="identity_document", baseline=user(ASKED_AGAIN))

    assert not reading.is_final


def test_a_disabled_users_reasons_are_shown() -> None:
    now = user(state="disabled", reasons=("fraud_review",))

    assert read_outcome(user=now, verification_type="selfie", baseline=None).reasons == ("fraud_review",)


@pytest.mark.parametrize(
    ("lists", "answer"),
    [
        ((), OutcomeAnswer.STILL_WANTED),
        (("sanctions", "pep"), OutcomeAnswer.STILL_WANTED),
        (("pep",), OutcomeAnswer.STILL_WANTED),
        (("sanctions",), OutcomeAnswer.REQUIREMENT_MET),
        (("negative_news",), OutcomeAnswer.REQUIREMENT_MET),
    ],
)
def test_only_the_submitted_lists_count(lists: tuple[str, ...], answer: OutcomeAnswer) -> None:
    reading = read_outcome(user=user(PEP), verification_type="watchlists", lists=lists, baseline=user(PEP, SANCTIONS))

    assert reading.answer is answer


def test_a_requirement_that_never_stood_there_is_named_as_such() -> None:
    reading = read_outcome(user=user(), verification_type="selfie", baseline=user(ASKED))

    assert reading.answer is OutcomeAnswer.REQUIREMENT_MET
    assert "nor did it before" in reading.explanation
