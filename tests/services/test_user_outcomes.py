"""What a call about a provider user changes: its row, and the verifications that its status answers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from tests.factories import (
    ACTOR,
    NOON,
    make_account,
    make_customer,
    make_draft,
    make_provider_user,
    specimen,
    upload,
)
from tests.fakes import WAIT, WANTED, FakeProvider
from tests.services.support import SECOND, actions, deliver, reads, submitted
from verifications.enums import ProviderUserStatus, VerificationType
from verifications.errors import ConflictingRecord, InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import Case, ProviderCall, ProviderUser, Verification
from verifications.providers.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from verifications.providers.types import RequiredAction
from verifications.providers.vocabulary import WATCHLIST_REQUIREMENTS
from verifications.services import outcomes
from verifications.services.provider_users import (
    create_provider_user,
    link_provider_user,
    request_profile_update,
    request_status_read,
)
from verifications.services.user_answers import POLLING
from verifications.services.verification_data import ScreeningData, VerificationData
from verifications.services.verifications import submit_verification

pytestmark = pytest.mark.django_db
WATCHLIST_SUBJECTS = (WATCHLIST_REQUIREMENTS["sanctions"], WATCHLIST_REQUIREMENTS["pep"])
AGAIN = RequiredAction("verification", "identity", ("document_unreadable",), "2026-12-04T00:00:00Z")


def test_link_provider_user_keeps_the_id_exactly_and_reads_it_first(clock: Any) -> None:
    account = make_account()

    user = link_provider_user(
        customer_id=make_customer().pk,
        account_id=account.pk,
        provider_reference="AA95 N84G TEST LINK",
        actor=ACTOR,
        at=NOON,
    )

    assert (user.status, user.provider_reference) == ("WAITING", "AA95 N84G TEST LINK")
    assert [call.operation for call in user.calls.all()] == ["GET_USER"]


def test_link_provider_user_refuses_an_id_that_can_not_be_one() -> None:
    with pytest.raises(PreflightFailed) as refused:
        link_provider_user(
            customer_id=make_customer().pk, account_id=make_account().pk, provider_reference="", actor=ACTOR, at=NOON
        )

    assert [problem.field for problem in refused.value.problems] == ["provider_reference"]
    assert not ProviderUser.objects.exists()


def test_link_provider_user_refuses_an_id_of_another_customer() -> None:
    taken = make_provider_user()

    with pytest.raises(ConflictingRecord):
        link_provider_user(
            customer_id=make_customer().pk,
            account_id=taken.account_id,
            provider_reference=taken.provider_reference,
            actor=ACTOR,
            at=NOON,
        )


def test_a_link_the_provider_does_not_know_is_refused_and_may_be_tried_with_another_id(clock: Any) -> None:
    customer, account = make_customer(), make_account()
    wrong = _link(customer, account, "AA95N84GTESTWRNG")

    deliver(account, FakeProvider(fails_with=[ProviderRefused("No such user.", http_status=404)]))
    right = _link(customer, account, "AA95N84GTESTGOOD")
    deliver(account, FakeProvider())

    wrong.refresh_from_db()
    right.refresh_from_db()
    assert (wrong.status, wrong.problem) == ("REFUSED", "No such user.")
    assert right.status == "LINKED"


def test_a_creation_that_is_never_processed_is_stopped_with_its_problem(clock: Any) -> None:
    account = make_account()
    user = create_provider_user(
        customer_id=make_customer().pk, account_id=account.pk, headless=False, actor=ACTOR, at=NOON
    )
    provider = FakeProvider(fails_with=[ProviderUnavailable("Busy.")] * outcomes.MOST_TRIES)

    for _try in range(outcomes.MOST_TRIES):
        deliver(account, provider)
        clock.shift(1200)

    user.refresh_from_db()
    assert (user.status, user.problem) == ("REFUSED", "Stopped after try 12. Busy.")


def test_a_created_user_whose_id_another_customer_has_is_refused(clock: Any) -> None:
    account = make_account()
    make_provider_user(account=account, provider_reference="AA00FAKEUSER0001")
    user = create_provider_user(
        customer_id=make_customer().pk, account_id=account.pk, headless=False, actor=ACTOR, at=NOON
    )

    deliver(account, FakeProvider())

    user.refresh_from_db()
    assert (user.status, user.provider_reference) == ("REFUSED", "")
    assert "another customer" in user.problem
    assert ProviderCall.objects.filter(provider_user=user).get().status == "SUCCEEDED"


def test_create_provider_user_needs_a_licence_for_users_without_profile() -> None:
    account = make_account(headless_users_allowed=False)

    with pytest.raises(NotAllowed):
        create_provider_user(customer_id=make_customer().pk, account_id=account.pk, headless=True, actor=ACTOR, at=NOON)


def test_create_provider_user_names_what_the_profile_lacks() -> None:
    customer = make_customer(phone="", email="")

    with pytest.raises(PreflightFailed) as refused:
        create_provider_user(
            customer_id=customer.pk, account_id=make_account().pk, headless=False, actor=ACTOR, at=NOON
        )

    assert {"email", "phone"} <= {problem.field for problem in refused.value.problems}
    assert not ProviderUser.objects.exists()


def test_create_provider_user_refuses_a_second_open_user_of_the_account() -> None:
    first = make_provider_user()

    with pytest.raises(ConflictingRecord):
        create_provider_user(
            customer_id=first.customer_id, account_id=first.account_id, headless=True, actor=ACTOR, at=NOON
        )


def test_a_refused_profile_change_leaves_the_user_linked(clock: Any) -> None:
    user = make_provider_user()
    request_profile_update(provider_user_id=user.pk, actor=ACTOR, at=NOON)

    deliver(user.account, FakeProvider(fails_with=[ProviderRefused("Bad phone.", http_status=400)]))

    user.refresh_from_db()
    assert (user.status, user.problem) == ("LINKED", "Bad phone.")


def test_requests_return_what_waits_already(clock: Any) -> None:
    user = make_provider_user()

    changes = [request_profile_update(provider_user_id=user.pk, actor=ACTOR, at=NOON).pk for _click in range(2)]
    looks = [request_status_read(provider_user_id=user.pk, actor=ACTOR, at=NOON).pk for _click in range(2)]

    assert changes[0] == changes[1]
    assert looks[0] == looks[1]
    assert user.calls.count() == 2


def test_request_status_read_moves_a_later_poll_forward(clock: Any) -> None:
    verification = submitted()
    deliver(verification.account, FakeProvider(actions=(WAIT,)))
    (poll,) = reads(verification)

    request_status_read(provider_user_id=verification.provider_user_id, actor=ACTOR, at=NOON)

    poll.refresh_from_db()
    assert (poll.not_before, len(reads(verification))) == (NOON, 1)


@pytest.mark.parametrize("request_something", [request_profile_update, request_status_read])
def test_requests_need_a_linked_user(request_something: Any) -> None:
    user = make_provider_user(status=ProviderUserStatus.WAITING)

    with pytest.raises(InvalidTransition):
        request_something(provider_user_id=user.pk, actor=ACTOR, at=NOON)


def test_a_requirement_that_is_gone_completes_the_verification(clock: Any) -> None:
    verification = submitted()

    _read(verification, clock, actions=())

    assert (verification.status, verification.answer, verification.completed_at) == (
        "COMPLETED",
        "REQUIREMENT_MET",
        NOON + 2 * SECOND,
    )
    assert Case.objects.get().state == "NEEDS_DECISION"
    assert _waiting_reads(verification) == []
    assert "verification.completed" in actions()


def test_a_user_under_review_keeps_the_verification_open(clock: Any) -> None:
    verification = submitted()

    _read(verification, clock, actions=(WAIT,))

    assert (verification.status, verification.answer, verification.answer_reasons) == (
        "ACCEPTED",
        "IN_REVIEW",
        ["processing"],
    )
    assert _waiting_reads(verification) == [NOON + 3 * SECOND]


def test_a_requirement_unchanged_since_before_is_no_finding_yet(clock: Any) -> None:
    verification = submitted()

    _read(verification, clock, actions=(WANTED,))

    assert (verification.status, verification.answer) == ("ACCEPTED", "STILL_WANTED")
    assert Case.objects.get().state == "WITH_PROVIDER"


def test_a_requirement_still_unchanged_after_a_while_is_put_before_a_person(clock: Any) -> None:
    verification = submitted()

    _read(verification, clock, actions=(WANTED,))
    clock.shift(90)
    _read(verification, clock, actions=(WANTED,))

    assert verification.status == "ACCEPTED"
    assert Case.objects.get().state == "NEEDS_DECISION"


def test_a_requirement_that_came_back_with_other_reasons_completes_as_still_wanted(clock: Any) -> None:
    verification = submitted()

    _read(verification, clock, actions=(AGAIN,))

    assert (verification.status, verification.answer, verification.answer_reasons) == (
        "COMPLETED",
        "STILL_WANTED",
        ["document_unreadable"],
    )


def test_without_a_reading_before_it_a_requirement_is_never_a_final_no(clock: Any) -> None:
    user = make_provider_user(read_at=None, required_actions=[])
    verification = submitted(provider_user=user)

    _read(verification, clock, actions=(AGAIN,))

    assert verification.baseline_actions is None
    assert (verification.status, verification.answer) == ("ACCEPTED", "STILL_WANTED")


@pytest.mark.parametrize(
    ("state", "answer"), [("disabled", "USER_DISABLED"), ("closed", "USER_CLOSED")], ids=["disabled", "closed"]
)
def test_a_blocked_user_is_put_before_a_person_and_never_a_failed_customer(clock: Any, state: str, answer: str) -> None:
    verification = submitted()

    _read(verification, clock, actions=(), state=state)

    assert (verification.status, verification.answer) == ("COMPLETED", answer)
    assert Case.objects.get().state == "NEEDS_DECISION"


def test_a_state_nobody_listed_is_kept_and_asked_again(clock: Any) -> None:
    verification = submitted()

    _read(verification, clock, actions=(), state="on_holiday")

    user = ProviderUser.objects.get(pk=verification.provider_user_id)
    assert (verification.status, verification.answer, user.state) == ("ACCEPTED", "UNREADABLE", "on_holiday")
    assert len(_waiting_reads(verification)) == 1


def test_watchlists_wait_only_for_the_lists_that_were_screened(clock: Any) -> None:
    sanctions, pep = (RequiredAction("verification", subject) for subject in WATCHLIST_SUBJECTS)
    user = make_provider_user(required_actions=[_json(sanctions), _json(pep)])
    screening = ScreeningData(status="Cleared", verifier="example-idv", verified_at=NOON - 3600 * SECOND)
    draft = make_draft(
        user, type=VerificationType.WATCHLISTS, data=VerificationData(sanctions=screening), with_front=False
    )
    verification = submit_verification(verification_id=draft.pk, actor=ACTOR, at=NOON)

    _read(verification, clock, actions=(pep,))

    assert (verification.status, verification.answer) == ("COMPLETED", "REQUIREMENT_MET")


def test_polling_slows_down_with_the_age_of_the_submission(clock: Any) -> None:
    verification = submitted()
    waits = []

    for age in (2, 60, 600, 3600, 12 * 3600, 5 * 86_400):
        clock.move_to(NOON + age * SECOND)
        _read(verification, clock, actions=(WAIT,), shift=0)
        waits.append((_waiting_reads(verification)[0] - (NOON + age * SECOND)).total_seconds())

    assert waits == [1, 5, 30, 300, 1800, 10_800]
    assert [until for until, _wait in POLLING] == sorted(until for until, _wait in POLLING)


def test_polling_stops_after_two_weeks_and_says_so(clock: Any) -> None:
    verification = submitted()
    _read(verification, clock, actions=(WAIT,))
    clock.move_to(NOON + dt.timedelta(days=15))

    _read(verification, clock, actions=(WAIT,), shift=0)
    told = verification.attention
    _ask(verification)
    _read(verification, clock, actions=(), shift=0)

    assert "two weeks" in told
    assert (verification.status, verification.attention) == ("COMPLETED", "")
    assert actions().count("verification.delivery_stopped") == 1


def test_a_reading_that_works_again_clears_what_the_failed_one_said(clock: Any) -> None:
    verification = submitted()
    _read(verification, clock, actions=(WAIT,))
    clock.shift(5)
    deliver(verification.account, FakeProvider(fails_with=[ProviderRefused("Gone.", http_status=404)]))
    verification.refresh_from_db()
    told = verification.attention
    _ask(verification)

    _read(verification, clock, actions=(WAIT,))

    assert told.endswith("Gone.")
    assert verification.attention == ""


def test_a_lost_answer_is_accepted_when_the_requirement_went_away(clock: Any) -> None:
    verification = _unknown(clock)

    _read(verification, clock, actions=())

    assert (verification.status, verification.provider_reference) == ("COMPLETED", "")
    assert "verification.accepted" in actions()


def test_a_lost_answer_stays_unknown_while_the_requirement_stands(clock: Any) -> None:
    verification = _unknown(clock)

    _read(verification, clock, actions=(WANTED,))

    assert (verification.status, verification.answer) == ("OUTCOME_UNKNOWN", "STILL_WANTED")


def test_a_lost_answer_stays_unknown_when_nobody_knew_what_was_wanted_before(clock: Any) -> None:
    verification = _unknown(clock, provider_user=make_provider_user(read_at=None, required_actions=[]))

    _read(verification, clock, actions=())

    assert verification.status == "OUTCOME_UNKNOWN"


def test_a_review_of_another_check_does_not_prove_that_a_lost_one_arrived(clock: Any) -> None:
    user = make_provider_user()
    other = _selfie(user)
    deliver(user.account, FakeProvider(actions=(WAIT, WANTED)))
    verification = _unknown(clock, provider_user=user)

    _read(verification, clock, actions=(WAIT, WANTED))

    other.refresh_from_db()
    assert other.status == "ACCEPTED"
    assert verification.status == "OUTCOME_UNKNOWN"


def test_a_review_proves_that_a_lost_one_arrived_when_nothing_else_is_under_way(clock: Any) -> None:
    verification = _unknown(clock)

    _read(verification, clock, actions=(WAIT, WANTED))

    assert verification.status == "ACCEPTED"


def test_one_requirement_gone_does_not_prove_two_lost_ones(clock: Any) -> None:
    user = make_provider_user()
    first = _unknown(clock, provider_user=user)
    second = _unknown(clock, provider_user=user)

    _read(second, clock, actions=())

    first.refresh_from_db()
    assert {first.status, second.status} == {"OUTCOME_UNKNOWN"}


def _link(customer: Any, account: Any, reference: str) -> ProviderUser:
    return link_provider_user(
        customer_id=customer.pk, account_id=account.pk, provider_reference=reference, actor=ACTOR, at=NOON
    )


def _read(
    verification: Verification, clock: Any, *, actions: tuple[RequiredAction, ...], state: str = "ok", shift: int = 2
) -> None:
    """Let what is due be sent and read, ``shift`` seconds later."""
    provider = FakeProvider(actions=actions, state=state)
    deliver(verification.account, provider)
    clock.shift(shift)
    deliver(verification.account, provider)
    verification.refresh_from_db()


def _ask(verification: Verification) -> None:
    request_status_read(provider_user_id=verification.provider_user_id, actor=ACTOR, at=timezone.now())


def _unknown(clock: Any, **changes: Any) -> Verification:
    verification = submitted(**changes)
    failing = FakeProvider(fails_with=[OutcomeUnknown("No answer.")], actions=(WANTED,))
    while Verification.objects.get(pk=verification.pk).status != "OUTCOME_UNKNOWN":
        assert deliver(verification.account, failing)
    return verification


def _selfie(user: ProviderUser) -> Verification:
    data = VerificationData(verifier="example-idv", verified_at=NOON - 3600 * SECOND, selfie_type="selfie")
    draft = make_draft(user, type=VerificationType.SELFIE, data=data, with_front=False)
    upload(draft, "selfie", specimen())
    return submit_verification(verification_id=draft.pk, actor=ACTOR, at=NOON)


def _waiting_reads(verification: Verification) -> list[dt.datetime]:
    return [call.not_before for call in reads(verification) if call.status == "WAITING"]


def _json(action: RequiredAction) -> dict[str, Any]:
    return {
        "kind": action.kind,
        "subject": action.subject,
        "reasons": list(action.reasons),
        "deadline": action.deadline,
    }
