"""What Capa's answers do: a user that may exist, a link, the details in every result, and the 401 of two meanings."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from tests.factories import ACTOR, NOON, make_customer
from tests.fakes_links import NOTHING_YET, FakeLinkProvider, details
from tests.services.link_support import (
    MEXICO,
    capa_account,
    capa_user,
    deliver,
    fresh,
    issued,
    requested,
    waiting_reads,
)
from tests.services.support import actions
from verifications.enums import CallStatus, VerificationStatus
from verifications.models import Case, ExtractedValue, KycLink, ProviderCall, ProviderUser, ReceivedWebhook
from verifications.providers.errors import (
    OutcomeUnknown,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)
from verifications.providers.link_types import DetailsSection, LinkDetails
from verifications.providers.types import UserCreated
from verifications.services.customers import change_customer, customer_data
from verifications.services.key_refusals import note_answer
from verifications.services.kyc_links import cancel_link, expire_links, renew_link, request_details_read, request_link
from verifications.services.link_users import user_created
from verifications.services.outcomes import MOST_TRIES
from verifications.services.sealed_values import open_value
from verifications.services.verifications import retry_delivery

pytestmark = pytest.mark.django_db

LOST = OutcomeUnknown("Capa did not confirm.", code="user_creation_unknown", http_status=500)
CONFLICT = ProviderRefused("Capa may already have it.", code="user_conflict", http_status=409)
BAD_KEY = ProviderUnavailable("Capa did not accept the API key.", code="key_rejected_once", http_status=401)
WRONG_VALUE = ProviderRefused("A value is wrong.", code="bad_request", http_status=400)
FOREIGN = ProviderRefused("Another partner's user.", code="user_mismatch", http_status=401)


# --- the user ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "error",
    [
        ProviderRefused("Capa does not accept the e-mail address.", code="invalid_email", http_status=400),
        ProviderRefused("A value is wrong.", code="bad_request", http_status=400),
    ],
    ids=lambda error: error.code,
)
def test_a_user_refused_at_once_refuses_what_waits_for_it(clock: Any, error: Exception) -> None:
    link = _requested_with_new_user()

    _deliver_all(link, FakeLinkProvider(fails_with=[error]), clock)

    user = ProviderUser.objects.get()
    assert (user.status, user.problem) == ("REFUSED", str(error))
    assert (fresh(link).status, fresh(link).attention) == ("REFUSED", str(error))
    assert (fresh(link).verification.status, fresh(link).verification.attention) == ("REFUSED", str(error))
    assert Case.objects.get().state == "PROVIDER_REFUSED"


def test_after_a_refusal_the_customer_can_be_tried_again(clock: Any) -> None:
    link = _requested_with_new_user()
    _deliver_all(link, FakeLinkProvider(fails_with=[WRONG_VALUE]), clock)

    again = _again(link)
    _deliver_all(again, FakeLinkProvider(), clock)

    assert fresh(again).status == "ISSUED"
    assert sorted(ProviderUser.objects.values_list("status", flat=True)) == ["LINKED", "REFUSED"]


def test_a_lost_answer_is_repeated_once_with_identical_data(clock: Any) -> None:
    link, provider = _requested_with_new_user(), FakeLinkProvider(fails_with=[LOST])
    deliver(link.account, provider)
    change_customer(
        customer_id=link.customer_id,
        data=replace(customer_data(link.customer), email="corrected@example.org"),
        actor=ACTOR,
        at=NOON,
    )

    _deliver_all(link, provider, clock)

    first, second = [argument for name, argument in provider.calls if name == "create_user"]
    assert first == second
    assert second.email != "corrected@example.org"
    assert fresh(link).status == "ISSUED"
    assert ProviderUser.objects.get().status == "LINKED"
    tries = ProviderCall.objects.filter(operation="CREATE_USER").order_by("id")
    assert [call.status for call in tries] == ["UNKNOWN", "SUCCEEDED"]
    assert tries[1].previous == tries[0]


@pytest.mark.parametrize(
    "second",
    [
        LOST,
        CONFLICT,
        ProviderRefused("Capa found a value.", code="bad_request", http_status=400),
        OutcomeUnknown("Odd.", code="provider_contract", http_status=201),
    ],
    ids=["500", "409", "400", "odd"],
)
def test_a_repetition_that_settles_nothing_is_left_to_a_person(clock: Any, second: Exception) -> None:
    link, provider = _requested_with_new_user(), FakeLinkProvider(fails_with=[LOST, second])

    _deliver_all(link, provider, clock)

    user = ProviderUser.objects.get()
    assert provider.names == ["create_user", "create_user"]
    assert user.status == "OUTCOME_UNKNOWN"
    assert str(link.customer.public_id) in user.problem
    assert (fresh(link).status, fresh(link).verification.status) == ("REQUESTED", "QUEUED")
    assert fresh(link).verification.attention == user.problem
    assert actions().count("provider_user.outcome_unknown") == 2


def test_a_wait_between_the_two_tries_does_not_make_them_three(clock: Any) -> None:
    link = _requested_with_new_user()
    busy = ProviderUnavailable("Too many calls.", code="rate_limited", http_status=429)
    provider = FakeLinkProvider(fails_with=[LOST, busy, LOST])

    _deliver_all(link, provider, clock)

    assert provider.names == ["create_user"] * 3
    assert ProviderUser.objects.get().status == "OUTCOME_UNKNOWN"


def test_a_user_capa_has_already_is_put_before_a_person_who_gets_its_id(clock: Any) -> None:
    link = _requested_with_new_user()

    _deliver_all(link, FakeLinkProvider(fails_with=[CONFLICT]), clock)

    user = ProviderUser.objects.get()
    assert user.status == "OUTCOME_UNKNOWN"
    assert user.external_reference in user.problem
    assert fresh(link).verification.status == "QUEUED"


def test_an_account_that_is_not_set_up_is_stopped_and_refuses_nobody(clock: Any) -> None:
    link = _requested_with_new_user()
    not_set_up = ProviderProtocolError("Not set up.", code="provider_config", http_status=403)

    _deliver_all(link, FakeLinkProvider(fails_with=[not_set_up]), clock)

    link.account.refresh_from_db()
    assert link.account.paused_at is not None
    assert (fresh(link).status, fresh(link).verification.status) == ("REQUESTED", "QUEUED")


def test_a_user_that_is_never_processed_waits_for_a_person_who_has_it_tried_again(clock: Any) -> None:
    link = _requested_with_new_user()
    busy = ProviderUnavailable("Too many calls.", code="rate_limited", http_status=429)
    provider = FakeLinkProvider(fails_with=[busy] * MOST_TRIES)

    deliver(link.account, provider)
    told = fresh(link).verification.attention
    _deliver_all(link, provider, clock, tries=MOST_TRIES, shift=1200)

    assert told == "Too many calls."
    stopped = (ProviderUser.objects.get().problem, fresh(link).verification.status)
    dead = ProviderCall.objects.get(is_dead=True)

    retry_delivery(verification_id=link.verification_id, actor=ACTOR, at=timezone.now())
    _deliver_all(link, FakeLinkProvider(), clock)

    dead.refresh_from_db()
    assert stopped == ("Delivery stopped after try 4. Too many calls.", "QUEUED")
    assert (dead.is_dead, fresh(link).status) == (False, "ISSUED")


def test_an_answer_that_comes_late_withdraws_the_repetition(clock: Any) -> None:
    link, provider = _requested_with_new_user(), FakeLinkProvider(fails_with=[LOST])
    deliver(link.account, provider)
    first = ProviderCall.objects.get(operation="CREATE_USER", status=CallStatus.UNKNOWN)

    user_created(call=first, result=UserCreated("capa-late"), actor=ACTOR, at=NOON)
    _deliver_all(link, provider, clock)

    assert provider.names == ["create_user", "create_kyc_link"]
    assert ProviderUser.objects.get().provider_reference == "capa-late"
    assert fresh(link).status == "ISSUED"


def test_an_id_that_belongs_to_another_customer_is_not_taken(clock: Any) -> None:
    account = capa_account()
    other = capa_user(account=account)
    ProviderUser.objects.filter(pk=other.pk).update(provider_reference="capa-user-0001")
    link = _requested_with_new_user(account)

    _deliver_all(link, FakeLinkProvider(), clock)

    assert fresh(link).verification.status == "REFUSED"
    assert "another customer" in fresh(link).verification.attention


# --- the link ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", ["country_not_enabled", "wrong_link_type", "user_not_found", "user_mismatch"])
def test_a_refused_link_says_why_and_leaves_the_account_on(clock: Any, code: str) -> None:
    link = requested()
    status = 401 if code == "user_mismatch" else 400

    deliver(link.account, FakeLinkProvider(fails_with=[ProviderRefused("Said why.", code=code, http_status=status)]))

    link = fresh(link)
    assert (link.status, link.attention) == ("REFUSED", "Said why.")
    assert (link.verification.status, link.verification.attention) == ("REFUSED", "Said why.")
    assert link.account.paused_at is None
    assert Case.objects.get().state == "PROVIDER_REFUSED"


def test_a_lost_link_is_asked_for_again_by_itself(clock: Any) -> None:
    link, provider = requested(), FakeLinkProvider(fails_with=[OutcomeUnknown("Lost.", code="link_unknown")])

    deliver(link.account, provider)
    between = fresh(link).verification.status
    _deliver_all(link, provider, clock)

    assert between == "QUEUED"
    assert provider.names == ["create_kyc_link"] * 2
    assert fresh(link).status == "ISSUED"


def test_a_link_that_was_never_processed_waits_for_a_person_who_starts_it_again(clock: Any) -> None:
    link = requested()
    busy = ProviderUnavailable("Too many calls.", code="rate_limited", http_status=429)
    _deliver_all(link, FakeLinkProvider(fails_with=[busy] * MOST_TRIES), clock, tries=MOST_TRIES, shift=1200)
    stopped = (fresh(link).status, fresh(link).verification.status, fresh(link).verification.attention)

    retry_delivery(verification_id=link.verification_id, actor=ACTOR, at=timezone.now())
    deliver(link.account, FakeLinkProvider())

    assert stopped == ("REQUESTED", "QUEUED", "Delivery stopped after try 4. Too many calls.")
    assert fresh(link).status == "ISSUED"


# --- the details ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("said", "link_status", "status", "answer"),
    [
        (NOTHING_YET, "ISSUED", "WAITING_FOR_CUSTOMER", ""),
        (details("NOT_STARTED"), "ISSUED", "WAITING_FOR_CUSTOMER", ""),
        (LinkDetails(found=True, document={"clientReferenceId": "u"}), "ISSUED", "WAITING_FOR_CUSTOMER", ""),
        (details("IN_PROGRESS"), "IN_PROGRESS", "ACCEPTED", ""),
        (details("REVIEW_NEEDED"), "IN_REVIEW", "ACCEPTED", "IN_REVIEW"),
        (details("VERIFIED"), "VERIFIED", "COMPLETED", "VERIFIED"),
        (details("VERIFIED", hits=2), "VERIFIED", "COMPLETED", "VERIFIED_FINDINGS"),
        (details("REJECTED"), "REJECTED", "COMPLETED", "REJECTED"),
        (details("verified"), "IN_REVIEW", "ACCEPTED", "UNREADABLE"),
        (details("EXPIRED"), "IN_REVIEW", "ACCEPTED", "UNREADABLE"),
        (details("", values={"idInfo.fullName": "Suharto"}), "IN_REVIEW", "ACCEPTED", "UNREADABLE"),
    ],
)
def test_each_result_takes_link_and_verification_where_the_contract_says(
    clock: Any, said: LinkDetails, link_status: str, status: str, answer: str
) -> None:
    link = issued()

    _read(link, said)

    link = fresh(link)
    assert (link.status, link.verification.status, link.verification.answer) == (link_status, status, answer)
    assert (link.verification.accepted_at is not None) == (status in ("ACCEPTED", "COMPLETED"))
    assert bool(waiting_reads(link)) == (status != "COMPLETED")
    assert (link.url is None) == (link_status not in ("ISSUED", "IN_PROGRESS"))


@pytest.mark.parametrize("word", ["VERIFIED", "REJECTED", "REVIEW_NEEDED", "IN_PROGRESS", "NOT_STARTED"])
def test_a_business_is_read_by_its_own_call(clock: Any, word: str) -> None:
    business = make_customer(kind="BUSINESS", business_name="Şirket A.Ş.", first_name="", last_name="")
    link = issued(capa_user(business))
    provider = FakeLinkProvider(says=[details(word)])

    request_details_read(link_id=link.pk, actor=ACTOR, at=NOON)
    deliver(link.account, provider)

    assert provider.names == ["get_kyb_details"]


def test_findings_of_a_verified_customer_are_named_for_the_person_who_decides(clock: Any) -> None:
    link = issued()
    sections = (DetailsSection("faceMatchInfo", status="REJECTED"), DetailsSection("idInfo", status="APPROVED"))

    _read(link, details("VERIFIED", hits=1, sections=sections))

    verification = fresh(link).verification
    assert verification.answer == "VERIFIED_FINDINGS"
    assert len(verification.answer_reasons) == 2
    assert "watch-list" in verification.answer_reasons[0]
    assert "faceMatchInfo" in verification.answer_explanation
    assert Case.objects.get().state == "NEEDS_DECISION"


def test_what_was_read_is_kept_sealed_and_the_machines_words_in_clear(clock: Any) -> None:
    link = issued()
    section = DetailsSection("faceMatchInfo", "PASSED", "APPROVED", ("ok",), ("blur",), 0.93)

    _read(link, details("IN_PROGRESS", session_id="vs_77", hits=3, sections=(section,)))

    link = fresh(link)
    assert json.loads(open_value(link, "result"))["verificationSessionId"] == "vs_77"
    assert (link.session_reference, link.watchlist_hits, link.provider_status) == ("vs_77", 3, "IN_PROGRESS")
    assert link.sections == [
        {
            "name": "faceMatchInfo",
            "result": "PASSED",
            "status": "APPROVED",
            "reasons": ["ok"],
            "warnings": ["blur"],
            "score": 0.93,
        }
    ]
    assert list(ExtractedValue.objects.values_list("name", flat=True)) == ["idInfo.fullName"]


def test_an_unknown_result_alarms_and_the_reading_after_it_calms(clock: Any) -> None:
    link = issued()

    _read(link, details("ON_HOLD"))
    alarmed = (fresh(link).attention, fresh(link).verification.attention, fresh(link).provider_status)
    _read(link, details("REVIEW_NEEDED"))

    assert "does not name" in alarmed[0]
    assert alarmed[0] == alarmed[1]
    assert alarmed[2] == "ON_HOLD"
    assert (fresh(link).attention, fresh(link).verification.attention) == ("", "")


def test_a_late_reading_never_takes_back_an_end(clock: Any) -> None:
    link = issued()
    request_details_read(link_id=link.pk, actor=ACTOR, at=NOON)
    call = waiting_reads(link)[0]
    deliver(link.account, FakeLinkProvider(says=[details("REJECTED")]))
    ProviderCall.objects.filter(pk=call.pk).update(status=CallStatus.WAITING, finished_at=None)

    deliver(link.account, FakeLinkProvider(says=[details("IN_PROGRESS")]))

    assert (fresh(link).status, fresh(link).verification.status) == ("REJECTED", "COMPLETED")
    assert fresh(link).verification.answer == "REJECTED"


@pytest.mark.parametrize("session_id", ["vs_0001", ""])
def test_the_answer_to_an_earlier_check_is_none_to_the_new_one(clock: Any, session_id: str) -> None:
    old = issued()
    said = details("REJECTED", session_id=session_id)
    _read(old, said)
    new = _again(old)
    deliver(old.account, FakeLinkProvider())

    _read(new, said)
    before = (fresh(new).status, fresh(new).verification.status, bool(waiting_reads(new)))
    _read(new, details("VERIFIED", session_id="vs_0002"))

    assert before == ("ISSUED", "WAITING_FOR_CUSTOMER", True)
    assert fresh(new).verification.answer == "VERIFIED"
    assert fresh(old).verification.answer == "REJECTED"


@pytest.mark.parametrize(
    ("second", "status"),
    [({"result": "REJECTED"}, "ISSUED"), ({"result": "REJECTED", "createdAt": "later"}, "REJECTED")],
)
def test_without_a_session_id_the_whole_answer_tells_two_checks_apart(
    clock: Any, second: dict[str, str], status: str
) -> None:
    old = issued()
    picture = {"media": {"selfieImageUrl": "https://pictures.example.net/1"}}
    _read(old, details("REJECTED", session_id="", document={"result": "REJECTED", **picture}))
    new = _again(old)
    deliver(old.account, FakeLinkProvider())

    _read(new, details("REJECTED", session_id="", document={**second, "media": {}}))

    assert fresh(new).status == status


def test_nothing_yet_leaves_an_expired_link_expired(clock: Any) -> None:
    link = issued()
    expire_links(now=NOON + dt.timedelta(hours=24))
    told = fresh(link).verification.attention

    _read(link, NOTHING_YET)

    assert (fresh(link).status, fresh(link).verification.attention) == ("EXPIRED", told)
    assert len(waiting_reads(link)) == 1


def test_a_cancelled_link_is_not_answered_and_not_read_on(clock: Any) -> None:
    link = issued()
    request_details_read(link_id=link.pk, actor=ACTOR, at=NOON)
    call = waiting_reads(link)[0]
    cancel_link(verification_id=link.verification_id, actor=ACTOR, at=NOON)
    ProviderCall.objects.filter(pk=call.pk).update(status=CallStatus.WAITING, finished_at=None)

    deliver(link.account, FakeLinkProvider(says=[details("VERIFIED")]))

    assert (fresh(link).status, fresh(link).verification.status) == ("CANCELLED", "CANCELLED")
    assert waiting_reads(link) == []


def test_reading_stops_when_the_case_is_closed(clock: Any) -> None:
    link = issued()
    Case.objects.update(state="CLOSED", closed_at=NOON)

    _read(link, NOTHING_YET)

    assert waiting_reads(link) == []
    assert "link.stopped" in actions()


def test_reading_goes_on_every_five_minutes_and_then_hourly(clock: Any) -> None:
    link = issued()
    waits = []

    for age in (dt.timedelta(minutes=5), dt.timedelta(minutes=50), dt.timedelta(hours=3)):
        clock.move_to(NOON + age)
        ProviderCall.objects.filter(status=CallStatus.WAITING).update(not_before=NOON + age)
        deliver(link.account, FakeLinkProvider())
        waits.append((waiting_reads(link)[0].not_before - NOON - age).total_seconds())

    for wait, planned in zip(waits, (300, 300, 3600), strict=True):
        assert planned * 0.79 <= wait <= planned * 1.21


def test_a_reading_that_is_refused_stops_and_says_so_until_one_works(clock: Any) -> None:
    link = issued()

    _read(link, FOREIGN)
    stopped = (fresh(link).attention, fresh(link).status, len(waiting_reads(link)))
    _read(link, NOTHING_YET)

    assert stopped[0].endswith("Another partner's user.")
    assert stopped[1:] == ("ISSUED", 0)
    assert (fresh(link).attention, fresh(link).verification.attention) == ("", "")
    assert len(waiting_reads(link)) == 1


@pytest.mark.parametrize(
    "error",
    [OutcomeUnknown("Failed.", http_status=500), ProviderUnavailable("Busy.", http_status=429)],
    ids=["500", "429"],
)
def test_no_error_of_a_reading_moves_anything(clock: Any, error: Exception) -> None:
    link = issued()

    _read(link, error)

    assert (fresh(link).status, fresh(link).verification.status) == ("ISSUED", "WAITING_FOR_CUSTOMER")
    assert len(waiting_reads(link)) == 1


# --- webhook and details differ ---------------------------------------------------------------------------------------
def test_a_webhook_that_says_otherwise_is_watched_and_alarms_after_half_an_hour(clock: Any) -> None:
    link = issued()
    _webhook(link, "VERIFIED_USER")

    _read(link, details("IN_PROGRESS"))
    soon = (waiting_reads(link)[0].not_before - NOON).total_seconds()
    quiet = fresh(link).attention
    clock.move_to(NOON + dt.timedelta(minutes=31))
    _read(link, details("IN_PROGRESS"), at=NOON + dt.timedelta(minutes=31))

    assert fresh(link).disagreed_at == NOON
    assert soon <= 360
    assert quiet == ""
    assert "says otherwise" in fresh(link).attention
    assert fresh(link).verification.status == VerificationStatus.ACCEPTED


def test_the_alarm_ends_when_the_details_follow(clock: Any) -> None:
    link = issued()
    _webhook(link, "VERIFIED_USER")
    _read(link, details("IN_PROGRESS"))
    clock.move_to(NOON + dt.timedelta(minutes=31))
    _read(link, details("IN_PROGRESS"), at=NOON + dt.timedelta(minutes=31))

    _read(link, details("VERIFIED"), at=NOON + dt.timedelta(minutes=31))

    assert (fresh(link).attention, fresh(link).verification.attention) == ("", "")
    assert fresh(link).verification.answer == "VERIFIED"


def test_a_webhook_about_the_link_before_does_not_count(clock: Any) -> None:
    link = issued()
    _webhook(link, "REJECTED_KYC")
    clock.shift(3600)
    new = renew_link(verification_id=link.verification_id, actor=ACTOR, at=timezone.now())
    deliver(link.account, FakeLinkProvider())
    KycLink.objects.filter(pk=new.pk).update(created_at=NOON)

    _read(new, details("VERIFIED"), at=timezone.now())

    assert fresh(new).verification.answer == "VERIFIED"


@pytest.mark.parametrize(
    ("event", "word", "answer"),
    [("REJECTED_KYC", "VERIFIED", "VERIFIED_FINDINGS"), ("VERIFIED_USER", "REJECTED", "REJECTED")],
)
def test_an_end_that_contradicts_the_last_webhook_is_told_to_the_person_who_decides(
    clock: Any, event: str, word: str, answer: str
) -> None:
    link = issued()
    _webhook(link, event)

    _read(link, details(word))

    verification = fresh(link).verification
    assert verification.answer == answer
    assert "the opposite" in verification.answer_explanation


# --- 401 --------------------------------------------------------------------------------------------------------------
def test_five_minutes_of_nothing_but_401_stop_the_account(clock: Any) -> None:
    link = issued()

    _read(link, BAD_KEY)
    since = fresh(link).account.refused_since
    clock.shift(299)
    _due(link)
    deliver(link.account, FakeLinkProvider(fails_with=[BAD_KEY]))
    before = fresh(link).account.paused_at
    clock.shift(2)
    _due(link)
    deliver(link.account, FakeLinkProvider(fails_with=[BAD_KEY]))

    account = fresh(link).account
    assert (since, before) == (NOON, None)
    assert account.paused_at is not None
    assert "API key" in account.paused_reason
    assert account.refused_since is None
    assert fresh(link).status == "ISSUED"


@pytest.mark.parametrize("other", [None, FOREIGN], ids=["success", "foreign user"])
def test_any_other_answer_ends_the_count(clock: Any, other: Exception | None) -> None:
    link = issued()
    _read(link, BAD_KEY)
    clock.shift(200)

    _due(link)
    deliver(link.account, FakeLinkProvider(fails_with=[other]))
    between = fresh(link).account.refused_since
    clock.shift(200)
    _read(link, BAD_KEY, at=NOON + dt.timedelta(seconds=400))

    assert between is None
    assert fresh(link).account.paused_at is None
    assert fresh(link).account.refused_since == NOON + dt.timedelta(seconds=400)


def test_no_answer_at_all_neither_starts_nor_ends_the_count(clock: Any) -> None:
    link = issued()
    _read(link, BAD_KEY)
    call = ProviderCall.objects.filter(error_code="key_rejected_once").get()
    call.error_code, call.http_status = "no_connection", None

    note_answer(call=call, actor=ACTOR, at=NOON)

    assert fresh(link).account.refused_since == NOON


def test_a_foreign_user_never_stops_the_account(clock: Any) -> None:
    link = issued()

    for minutes in (0, 10, 20):
        clock.move_to(NOON + dt.timedelta(minutes=minutes))
        _read(link, FOREIGN, at=NOON + dt.timedelta(minutes=minutes))

    assert (fresh(link).account.paused_at, fresh(link).account.refused_since) == (None, None)


def _requested_with_new_user(account: Any = None) -> KycLink:
    customer = make_customer(first_name="محمد", last_name="O'Brien-Łukasz")
    account = account or capa_account()
    return request_link(customer_id=customer.pk, account_id=account.pk, data=MEXICO, actor=ACTOR, at=NOON)


def _again(link: KycLink) -> KycLink:
    return request_link(customer_id=link.customer_id, account_id=link.account_id, data=MEXICO, actor=ACTOR, at=NOON)


def _deliver_all(link: KycLink, provider: FakeLinkProvider, clock: Any, *, tries: int = 6, shift: int = 30) -> None:
    for _try in range(tries):
        deliver(link.account, provider)
        clock.shift(shift)


def _read(link: KycLink, said: Any, *, at: dt.datetime = NOON) -> None:
    request_details_read(link_id=link.pk, actor=ACTOR, at=at)
    failing = isinstance(said, Exception)
    provider = FakeLinkProvider(fails_with=[said]) if failing else FakeLinkProvider(says=[said])
    deliver(link.account, provider)


def _due(link: KycLink) -> None:
    ProviderCall.objects.filter(link=link, status=CallStatus.WAITING).update(not_before=NOON)


def _webhook(link: KycLink, event: str) -> None:
    webhook = ReceivedWebhook(
        account=link.account,
        received_at=NOON,
        body=link.url,
        body_sha256="0" * 64,
        signed_over="raw",
        type="KYC",
        event=event,
        outcome="READ_QUEUED",
        verification=link.verification,
        processed_at=NOON,
    )
    webhook.save()
