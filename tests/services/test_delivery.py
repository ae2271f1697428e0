"""Delivery: a due row is claimed once, sent, and its outcome decides what happens next."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import ACTOR, NOON, make_account, make_customer, make_draft, make_provider_user
from tests.fakes import WAIT, WANTED, FakeProvider
from tests.services.support import SECOND, actions, deliver, reads, submissions, submitted
from verifications.enums import VerificationMethod
from verifications.models import ApiKeyLane, Case, ProviderCall
from verifications.providers.errors import (
    OutcomeUnknown,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)
from verifications.services import outcomes
from verifications.services.provider_accounts import request_connection_check, resume_account, set_account_enabled
from verifications.services.provider_calls import claim_next
from verifications.services.provider_users import (
    create_provider_user,
    link_provider_user,
    request_profile_update,
    request_status_read,
)
from verifications.services.verifications import cancel_verification, retry_delivery

pytestmark = pytest.mark.django_db


def test_claim_next_gives_a_row_to_one_worker_only(clock: Any) -> None:
    verification = submitted()

    first = claim_next(key_id=verification.account.key_id, now=NOON)
    second = claim_next(key_id=verification.account.key_id, now=NOON)

    assert first is not None
    assert first[0].verification_id == verification.pk
    assert second is None
    verification.refresh_from_db()
    assert verification.status == "SENDING"


def test_claim_next_takes_the_longest_due_row_first(clock: Any) -> None:
    account = make_account()
    later = submitted(provider_user=make_provider_user(account=account))
    sooner = submitted(provider_user=make_provider_user(account=account))
    ProviderCall.objects.filter(verification=sooner).update(not_before=NOON - 5 * SECOND)

    claimed = claim_next(key_id=account.key_id, now=NOON)

    assert claimed is not None
    assert claimed[0].verification_id == sooner.pk != later.pk


def test_claim_next_does_not_send_for_a_verification_that_has_moved_on(clock: Any) -> None:
    verification = submitted()
    verification.status = "OUTCOME_UNKNOWN"
    verification.save(update_fields=["status"])

    claimed = claim_next(key_id=verification.account.key_id, now=NOON)

    assert claimed is None
    assert submissions(verification)[0].status == "CANCELLED"


@pytest.mark.parametrize("method", [VerificationMethod.DOCUMENTS, VerificationMethod.DOCUMENT_URLS])
def test_deliver_lane_submits_and_keeps_the_providers_id(clock: Any, method: str) -> None:
    verification = submitted(method=method)
    provider = FakeProvider(actions=(WAIT,))

    sent = deliver(verification.account, provider)

    verification.refresh_from_db()
    call = submissions(verification)[0]
    assert sent == 1
    assert (verification.status, verification.provider_reference, verification.accepted_at) == (
        "ACCEPTED",
        "ver_0001",
        NOON,
    )
    assert (call.status, call.http_status, call.key_id, call.nonce) == (
        "SUCCEEDED",
        200,
        "key-fake",
        str(provider.nonces[0]),
    )
    assert call.sending_at == NOON
    assert len(call.body_sha256) == 64
    assert Case.objects.get(customer=verification.customer).state == "WITH_PROVIDER"
    assert [read.not_before for read in reads(verification)] == [NOON + SECOND]


def test_deliver_lane_submits_the_file_that_was_uploaded(clock: Any) -> None:
    verification = submitted()
    document = verification.documents.get()
    provider = FakeProvider()

    deliver(verification.account, provider)

    name, submission = provider.calls[0]
    (part,) = submission.files
    assert name == "submit_documents"
    assert (part.slot, part.content_type, part.size) == ("front", document.content_type, document.size)
    assert submission.metadata.document_number == "X1234567"
    assert submission.user_id == verification.provider_user.provider_reference


@pytest.mark.parametrize(
    ("headless", "name"), [(False, "create_user"), (True, "create_headless_user")], ids=["profile", "headless"]
)
def test_deliver_lane_creates_a_user_and_reads_its_status(clock: Any, headless: bool, name: str) -> None:
    account = make_account()
    user = create_provider_user(
        customer_id=make_customer().pk, account_id=account.pk, headless=headless, actor=ACTOR, at=NOON
    )
    provider = FakeProvider(actions=(WANTED,))

    deliver(account, provider)

    user.refresh_from_db()
    assert [call[0] for call in provider.calls] == [name, "get_user"]
    assert (user.status, user.provider_reference, user.read_at) == ("LINKED", "AA00FAKEUSER0001", NOON)
    assert user.required_actions[0]["subject"] == "identity"


def test_deliver_lane_reads_a_linked_user_before_it_counts(clock: Any) -> None:
    account = make_account()
    user = link_provider_user(
        customer_id=make_customer().pk,
        account_id=account.pk,
        provider_reference="AA95N84GTESTLINK",
        actor=ACTOR,
        at=NOON,
    )
    waiting = user.status

    deliver(account, FakeProvider(actions=(WANTED,)))

    user.refresh_from_db()
    assert (waiting, user.status) == ("WAITING", "LINKED")


def test_deliver_lane_sends_a_changed_profile_and_reads_the_user_again(clock: Any) -> None:
    user = make_provider_user()
    request_profile_update(provider_user_id=user.pk, actor=ACTOR, at=NOON)
    provider = FakeProvider()

    deliver(user.account, provider)

    assert [name for name, _argument in provider.calls] == ["update_user", "get_user"]
    assert provider.calls[0][1][1].phone == "+376300100"


def test_deliver_lane_stops_at_a_refusal_and_shows_it(clock: Any) -> None:
    verification = submitted()
    provider = FakeProvider(fails_with=[ProviderRefused("Not legible.", code="EFile:Bad", http_status=400)])

    deliver(verification.account, provider)

    verification.refresh_from_db()
    assert (verification.status, verification.attention) == ("REFUSED", "Not legible.")
    assert [(call.status, call.error_code, call.http_status) for call in submissions(verification)] == [
        ("REFUSED", "EFile:Bad", 400)
    ]
    assert Case.objects.get().state == "PROVIDER_REFUSED"
    assert reads(verification) == []


def test_deliver_lane_tries_an_unprocessed_call_again_as_a_new_row(clock: Any) -> None:
    verification = submitted()
    provider = FakeProvider(fails_with=[ProviderUnavailable("Busy.", code="http_503", http_status=503)])

    deliver(verification.account, provider)
    verification.refresh_from_db()
    between = (verification.status, verification.attention)
    clock.shift(10)
    deliver(verification.account, provider)

    first, second = submissions(verification)
    verification.refresh_from_db()
    assert between == ("QUEUED", "Busy.")
    assert (first.status, second.status) == ("NOT_SENT", "SUCCEEDED")
    assert (second.previous_id, second.number) == (first.pk, 2)
    assert NOON + 1.5 * SECOND <= second.not_before <= NOON + 2.5 * SECOND
    assert (verification.status, verification.attention) == ("ACCEPTED", "")
    assert provider.nonces[0] < provider.nonces[1]


def test_deliver_lane_keeps_what_retry_after_asks_for(clock: Any) -> None:
    verification = submitted()
    busy = ProviderUnavailable("Busy.", http_status=429, retry_after=77.0)

    deliver(verification.account, FakeProvider(fails_with=[busy]))

    assert submissions(verification)[1].not_before >= NOON + 77 * SECOND


def test_deliver_lane_backs_off_further_with_every_try() -> None:
    waits = [outcomes._backoff(number) for number in (1, 2, 3, 4, 12)]

    assert waits == sorted(waits)
    assert waits[-1] <= outcomes.LONGEST_WAIT * 1.2


def test_deliver_lane_stops_after_the_bound_of_tries_and_a_person_may_start_it_again(clock: Any) -> None:
    verification = submitted()
    provider = FakeProvider(fails_with=[ProviderUnavailable("Busy.")] * outcomes.MOST_TRIES)

    for _try in range(outcomes.MOST_TRIES + 3):
        deliver(verification.account, provider)
        clock.shift(1200)
    verification.refresh_from_db()
    stopped = (verification.status, verification.attention, len(submissions(verification)))
    retry_delivery(verification_id=verification.pk, actor=ACTOR, at=NOON)
    deliver(verification.account, provider)

    verification.refresh_from_db()
    assert stopped == ("QUEUED", "Delivery stopped after try 12. Busy.", outcomes.MOST_TRIES)
    assert verification.status == "ACCEPTED"
    assert "verification.delivery_stopped" in actions()


def test_deliver_lane_sends_again_at_once_when_only_the_nonce_was_late(clock: Any) -> None:
    verification = submitted()
    late = ProviderUnavailable("Nonce.", code="invalid_nonce", http_status=401, fresh_nonce=True)
    provider = FakeProvider(fails_with=[late])

    deliver(verification.account, provider)

    verification.refresh_from_db()
    assert verification.status == "ACCEPTED"
    assert provider.nonces[0] < provider.nonces[1]


@pytest.mark.parametrize("bytes_left", [True, False])
def test_deliver_lane_never_repeats_a_submission_of_unknown_outcome(clock: Any, bytes_left: bool) -> None:
    verification = submitted()
    lost = OutcomeUnknown("No answer.", code="timeout")
    provider = FakeProvider(fails_with=[lost], before_bytes=not bytes_left, actions=(WANTED,))

    for _look in range(5):
        deliver(verification.account, provider)
        clock.shift(3600)

    verification.refresh_from_db()
    assert (verification.status, verification.attention) == ("OUTCOME_UNKNOWN", "No answer.")
    assert [(call.status, call.error_code) for call in submissions(verification)] == [("UNKNOWN", "timeout")]
    assert [name for name, _argument in provider.calls].count("submit_documents") == bytes_left
    assert Case.objects.get().state == "OUTCOME_UNKNOWN"
    assert "get_user" in [name for name, _argument in provider.calls]


def test_deliver_lane_repeats_a_read_of_unknown_outcome(clock: Any) -> None:
    user = link_provider_user(
        customer_id=make_customer().pk,
        account_id=(account := make_account()).pk,
        provider_reference="AA95N84GTESTREAD",
        actor=ACTOR,
        at=NOON,
    )
    provider = FakeProvider(fails_with=[OutcomeUnknown("No answer.")])

    deliver(account, provider)
    clock.shift(10)
    deliver(account, provider)

    user.refresh_from_db()
    assert [call.status for call in user.calls.order_by("id")] == ["NOT_SENT", "SUCCEEDED"]
    assert user.status == "LINKED"


@pytest.mark.parametrize(
    ("kind", "status", "tries"), [("KRAKEN_EMBED", "OUTCOME_UNKNOWN", 1), ("PAYWARD_SERVICES", "LINKED", 2)]
)
def test_deliver_lane_repeats_a_creation_only_where_the_reference_is_unique(
    clock: Any, kind: str, status: str, tries: int
) -> None:
    account = make_account(kind)
    user = create_provider_user(
        customer_id=make_customer().pk, account_id=account.pk, headless=True, actor=ACTOR, at=NOON
    )
    provider = FakeProvider(fails_with=[OutcomeUnknown("No answer.")])

    deliver(account, provider)
    clock.shift(10)
    deliver(account, provider)

    user.refresh_from_db()
    assert user.status == status
    assert [name for name, _argument in provider.calls].count("create_headless_user") == tries


def test_deliver_lane_stops_the_account_when_the_key_is_refused_and_the_row_waits_behind_it(clock: Any) -> None:
    verification = submitted()
    other = submitted(provider_user=make_provider_user(account=verification.account))
    provider = FakeProvider(fails_with=[ProviderProtocolError("Key not accepted.", http_status=401)])

    deliver(verification.account, provider)
    clock.shift(60)
    sent_while_stopped = deliver(verification.account, provider)
    account = type(verification.account).objects.get(pk=verification.account_id)
    stopped = (account.paused_reason, account.may_send)
    resume_account(account_id=account.pk, actor=ACTOR, at=NOON)
    deliver(account, provider)

    verification.refresh_from_db()
    other.refresh_from_db()
    assert stopped == ("Key not accepted.", False)
    assert sent_while_stopped == 0
    assert (verification.status, other.status) == ("ACCEPTED", "ACCEPTED")
    assert [call.status for call in submissions(verification)] == ["NOT_SENT", "SUCCEEDED"]
    assert actions().count("provider_account.paused") == 1


def test_deliver_lane_takes_a_missing_permission_for_a_refusal_of_this_call(clock: Any) -> None:
    verification = submitted()

    deliver(
        verification.account, FakeProvider(fails_with=[ProviderProtocolError("Permission denied.", http_status=403)])
    )

    verification.refresh_from_db()
    verification.account.refresh_from_db()
    assert (verification.status, verification.account.paused_at) == ("REFUSED", None)


def test_deliver_lane_takes_a_redirect_of_a_submission_for_an_unknown_outcome_and_stops_the_account(clock: Any) -> None:
    verification = submitted()

    deliver(verification.account, FakeProvider(fails_with=[ProviderProtocolError("Redirect.", http_status=301)]))

    verification.refresh_from_db()
    verification.account.refresh_from_db()
    assert (verification.status, verification.account.paused_reason) == ("OUTCOME_UNKNOWN", "Redirect.")
    assert [call.status for call in submissions(verification)] == ["UNKNOWN"]


def test_deliver_lane_lets_a_submission_pass_the_polls_that_are_due(clock: Any) -> None:
    verification = submitted()
    polled = make_provider_user(account=verification.account)
    request_status_read(provider_user_id=polled.pk, actor=ACTOR, at=NOON - 60 * SECOND)
    provider = FakeProvider(actions=(WAIT,))

    deliver(verification.account, provider)

    assert [name for name, _argument in provider.calls] == ["submit_documents", "get_user"]


def test_deliver_lane_goes_on_reading_where_a_submission_would_have_stopped(clock: Any) -> None:
    user = make_provider_user()
    request_status_read(provider_user_id=user.pk, actor=ACTOR, at=NOON)
    provider = FakeProvider(fails_with=[ProviderUnavailable("Busy.")] * (outcomes.MOST_TRIES + 3))

    for _try in range(outcomes.MOST_TRIES + 4):
        deliver(user.account, provider)
        clock.shift(1200)

    user.refresh_from_db()
    assert user.calls.order_by("-id")[0].status == "SUCCEEDED"
    assert user.problem == ""


def test_deliver_lane_leaves_the_calls_of_a_switched_off_account(clock: Any) -> None:
    verification = submitted()
    provider = FakeProvider()
    set_account_enabled(account_id=verification.account_id, enabled=False, actor=ACTOR, at=NOON)

    while_off = deliver(verification.account, provider)
    set_account_enabled(account_id=verification.account_id, enabled=True, actor=ACTOR, at=NOON)
    while_on = deliver(verification.account, provider)

    assert (while_off, while_on) == (0, 1)


def test_deliver_lane_tests_a_stopped_account_and_resumes_it(clock: Any) -> None:
    verification = submitted()
    account = verification.account
    provider = FakeProvider(
        fails_with=[
            ProviderProtocolError("Key not accepted.", http_status=401),
            ProviderRefused("No such user.", http_status=404),
        ]
    )
    deliver(account, provider)
    request_connection_check(account_id=account.pk, actor=ACTOR, at=NOON)
    clock.shift(10)

    deliver(account, provider)

    account.refresh_from_db()
    verification.refresh_from_db()
    assert (account.check_passed, account.paused_at, account.paused_reason) == (True, None, "")
    assert verification.status == "ACCEPTED"


@pytest.mark.parametrize(
    ("error", "passed"),
    [
        (None, True),
        (ProviderRefused("Malformed id.", http_status=400), True),
        (ProviderProtocolError("Permission denied.", http_status=403), False),
        (ProviderProtocolError("Key not accepted.", http_status=401), False),
        (ProviderUnavailable("Not reached."), False),
        (OutcomeUnknown("No answer."), False),
    ],
    ids=["answered", "400", "403", "401", "not-reached", "no-answer"],
)
def test_deliver_lane_writes_down_what_a_connection_test_found(clock: Any, error: Any, passed: bool) -> None:
    account = make_account()
    call = request_connection_check(account_id=account.pk, actor=ACTOR, at=NOON)

    deliver(account, FakeProvider(fails_with=[error]))

    account.refresh_from_db()
    call.refresh_from_db()
    assert (account.check_passed, account.checked_at) == (passed, NOON)
    assert call.status not in ("WAITING", "SENDING")
    assert ProviderCall.objects.count() == 1  # a test that failed is asked for again by a person


def test_deliver_lane_releases_the_lane_when_it_leaves(clock: Any) -> None:
    verification = submitted()

    deliver(verification.account, FakeProvider())

    lane = ApiKeyLane.objects.get(key_id=verification.account.key_id)
    assert (lane.holder, lane.holder_expires_at) == (None, None)


def test_deliver_lane_sends_nothing_for_a_cancelled_verification(clock: Any) -> None:
    verification = submitted()
    cancel_verification(verification_id=verification.pk, actor=ACTOR, at=NOON)
    provider = FakeProvider()

    deliver(verification.account, provider)

    assert provider.calls == []
    assert submissions(verification)[0].status == "CANCELLED"


def test_a_draft_is_on_nobodys_ledger(clock: Any) -> None:
    draft = make_draft()

    assert deliver(draft.account, FakeProvider()) == 0
    assert ProviderCall.objects.count() == 0


def test_the_wait_before_the_next_try_is_never_negative() -> None:
    assert all(outcomes._backoff(number) > 0 for number in range(1, 40))
