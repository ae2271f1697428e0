"""One person works on a case at a time, everybody sees who, and nobody holds it by having gone home."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import NOON, make_user
from tests.services.case_support import HOUR, REASON, change
from tests.services.decision_support import again, answered_case, officer, senior, staged
from tests.services.support import actions, submitted
from verifications.errors import InvalidTransition, NotAllowed
from verifications.models import AuditEvent, Case, CasePresence
from verifications.policy.roles import ADMINISTRATOR
from verifications.selectors.presence import PRESENCE_LASTS, who_is_looking
from verifications.services.case_claims import (
    CLAIM_LASTS,
    claim_case,
    forget_presences,
    keep_presence,
    release_claim,
)

pytestmark = pytest.mark.django_db
MINUTE = HOUR / 60


@pytest.fixture
def ines() -> Any:
    return make_user("Compliance officer", first_name="Ines", last_name="Roth")


def test_opening_to_work_claims_the_case_and_says_so_once(ines: Any) -> None:
    case = answered_case()

    claim_case(case_id=case.pk, person=ines, at=NOON)
    claim_case(case_id=case.pk, person=ines, at=NOON + MINUTE)

    case = again(case)
    assert (case.claimed_by, case.claimed_at, case.claim_ends_at) == (ines, NOON, NOON + MINUTE + CLAIM_LASTS)
    assert actions().count("case.claimed") == 1
    assert case.version == 1


def test_a_second_person_is_told_who_works_on_it(ines: Any) -> None:
    case = answered_case()
    claim_case(case_id=case.pk, person=ines, at=NOON)

    with pytest.raises(NotAllowed, match="Ines Roth is working on this case"):
        claim_case(case_id=case.pk, person=officer(), at=NOON + MINUTE)

    assert again(case).claimed_by == ines


def test_a_claim_lapses_without_a_sign_of_life_and_lasts_with_one(ines: Any) -> None:
    case = answered_case()
    second = officer()
    claim_case(case_id=case.pk, person=ines, at=NOON)
    keep_presence(case_id=case.pk, person=ines, at=NOON + 10 * MINUTE)

    with pytest.raises(NotAllowed):
        claim_case(case_id=case.pk, person=second, at=NOON + 20 * MINUTE)
    claim_case(case_id=case.pk, person=second, at=NOON + 25 * MINUTE)

    assert again(case).claimed_by == second
    details = AuditEvent.objects.filter(action="case.claimed").latest("id").details
    assert details == {"before": f"user:{ines.pk}", "lapsed": True}


def test_a_claim_that_lapsed_is_not_kept_up_by_a_page_that_wakes_up(ines: Any) -> None:
    case = answered_case()
    claim_case(case_id=case.pk, person=ines, at=NOON)

    keep_presence(case_id=case.pk, person=ines, at=NOON + HOUR)

    assert not again(case).claim_holds(NOON + HOUR)


def test_taking_over_wants_a_reason_which_the_log_keeps(ines: Any) -> None:
    case = answered_case()
    second = officer()
    claim_case(case_id=case.pk, person=ines, at=NOON)

    with pytest.raises(NotAllowed, match="Say why"):
        claim_case(case_id=case.pk, person=second, at=NOON, take_over=True, reason=" ok ")
    claim_case(case_id=case.pk, person=second, at=NOON, take_over=True, reason=REASON)

    assert again(case).claimed_by == second
    event = AuditEvent.objects.filter(action="case.claimed").latest("id")
    assert (event.reason, event.actor, event.details["before"]) == (REASON, f"user:{second.pk}", f"user:{ines.pk}")


def test_who_can_not_decide_a_case_can_not_claim_it() -> None:
    case = answered_case()
    closed = change(answered_case(), closed_at=NOON)

    with pytest.raises(NotAllowed, match="does not decide cases"):
        claim_case(case_id=case.pk, person=make_user(ADMINISTRATOR), at=NOON)
    with pytest.raises(InvalidTransition, match="closed"):
        claim_case(case_id=closed.pk, person=officer(), at=NOON)


def test_an_escalated_case_is_claimed_by_a_senior_officer() -> None:
    case = change(answered_case(), is_escalated=True)

    with pytest.raises(NotAllowed, match="senior officer"):
        claim_case(case_id=case.pk, person=officer(), at=NOON)
    claim_case(case_id=case.pk, person=senior(), at=NOON)

    assert actions().count("case.claimed") == 1


def test_who_made_a_case_or_its_staged_decision_can_not_claim_it() -> None:
    maker = officer()
    verification = submitted()
    verification.submitted_by = f"user:{maker.pk}"
    verification.save(update_fields=["submitted_by"])
    decision = staged(maker)

    with pytest.raises(NotAllowed, match="entered or submitted"):
        claim_case(case_id=verification.case_id, person=maker, at=NOON)
    with pytest.raises(NotAllowed, match="made the decision"):
        claim_case(case_id=decision.case_id, person=maker, at=NOON)


def test_only_its_holder_gives_a_claim_back(ines: Any) -> None:
    case = answered_case()
    claim_case(case_id=case.pk, person=ines, at=NOON)

    release_claim(case_id=case.pk, person=officer(), at=NOON)
    assert again(case).claimed_by == ines
    release_claim(case_id=case.pk, person=ines, at=NOON)
    release_claim(case_id=case.pk, person=ines, at=NOON)

    assert again(case).claimed_by is None
    assert actions().count("case.released") == 1


def test_others_see_who_has_the_case_open_and_since_when(ines: Any, django_assert_num_queries: Any) -> None:
    case = answered_case()
    second = officer()
    keep_presence(case_id=case.pk, person=ines, at=NOON)
    keep_presence(case_id=case.pk, person=second, at=NOON + 30 * MINUTE / 60)
    keep_presence(case_id=case.pk, person=ines, at=NOON + 50 * MINUTE / 60)

    with django_assert_num_queries(1):
        seen = who_is_looking(case, now=NOON + MINUTE, besides=second)

    assert [(one.name, one.initials, one.since) for one in seen] == [("Ines Roth", "IR", NOON)]


def test_a_page_that_was_closed_is_gone_after_a_minute_and_starts_anew(ines: Any) -> None:
    case = answered_case()
    keep_presence(case_id=case.pk, person=ines, at=NOON)

    assert who_is_looking(case, now=NOON + PRESENCE_LASTS) == []
    keep_presence(case_id=case.pk, person=ines, at=NOON + HOUR)

    (seen,) = who_is_looking(case, now=NOON + HOUR)
    assert seen.since == NOON + HOUR
    assert CasePresence.objects.count() == 1


def test_presence_leaves_no_trace_in_the_log_and_is_forgotten_after_a_day(ines: Any) -> None:
    case = answered_case()
    before = AuditEvent.objects.count()
    keep_presence(case_id=case.pk, person=ines, at=NOON)

    assert AuditEvent.objects.count() == before
    assert forget_presences(now=NOON + 23 * HOUR) == 0
    assert forget_presences(now=NOON + 25 * HOUR) == 1


def test_a_sign_of_life_of_another_keeps_nobodys_claim(ines: Any) -> None:
    case = answered_case()
    claim_case(case_id=case.pk, person=ines, at=NOON)

    keep_presence(case_id=case.pk, person=officer(), at=NOON + MINUTE)

    assert Case.objects.get(pk=case.pk).claim_ends_at == NOON + CLAIM_LASTS
