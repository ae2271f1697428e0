"""What a submission's outcome may do to its verification: forwards along the table, never back from an end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from tests.factories import ACTOR, NOON
from tests.services.support import SECOND, actions, submissions, submitted
from verifications.enums import CLOSED_STATUSES, VerificationStatus
from verifications.models import Verification
from verifications.providers.types import SubmissionAccepted, UserState
from verifications.services.submission_outcomes import (
    submission_accepted,
    submission_not_processed,
    submission_refused,
    submission_stopped,
    submission_unknown,
)

pytestmark = pytest.mark.django_db
WORDS: list[tuple[Callable[..., None], dict[str, Any]]] = [
    (submission_accepted, {"result": SubmissionAccepted("ver_late")}),
    (submission_refused, {"message": "No."}),
    (submission_unknown, {"message": "No answer."}),
    (submission_not_processed, {"message": "Busy.", "due": NOON + SECOND}),
    (submission_stopped, {"message": "Busy."}),
]


@pytest.mark.parametrize("status", CLOSED_STATUSES)
@pytest.mark.parametrize(("word", "arguments"), WORDS, ids=[word.__name__ for word, _arguments in WORDS])
def test_a_late_word_never_takes_back_a_final_one(
    clock: Any, status: VerificationStatus, word: Callable[..., None], arguments: dict[str, Any]
) -> None:
    verification = submitted()
    completed = status == VerificationStatus.COMPLETED
    Verification.objects.filter(pk=verification.pk).update(
        status=status,
        provider_reference="ver_first" if completed else "",
        answer="REQUIREMENT_MET" if completed else "",
        accepted_at=NOON if completed else None,
        completed_at=NOON if completed else None,
    )
    before, events = Verification.objects.values("status", "provider_reference", "attention").get(), actions()

    with transaction.atomic():
        word(call=submissions(verification)[0], actor=ACTOR, at=NOON, **arguments)

    assert Verification.objects.values("status", "provider_reference", "attention").get() == before
    assert actions() == events


def test_submission_accepted_takes_nothing_but_an_acceptance(clock: Any) -> None:
    verification = submitted()

    with pytest.raises(TypeError), transaction.atomic():
        submission_accepted(call=submissions(verification)[0], result=UserState("AA", "ok"), actor=ACTOR, at=NOON)
