"""What is read of a session: each word of the provider, and what it does and does not do to the customer's case."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection

from tests.documents.samples import jpeg
from tests.factories import ACTOR, NOON, make_customer
from tests.factories_sessions import (
    calls_of,
    deliver_session,
    make_due,
    make_sent_session,
    make_session_account,
    make_waiting_session,
    read_result,
    refresh,
)
from tests.fakes_sessions import BACK, EXPIRES, FRONT, SELFIE, FakeSessionProvider, result
from tests.services.support import actions
from verifications.enums import CustomerKind, DocumentOrigin, RenditionKind
from verifications.models import AuditEvent, Customer, Document, ProviderAccount, SessionImage, VerificationSession
from verifications.models.provider_calls import ProviderCall
from verifications.providers.errors import OutcomeUnknown, ProviderProtocolError, ProviderRefused, ProviderUnavailable
from verifications.providers.session_types import ConsentRead, ImageBytes, ImageFacts, SessionCheck
from verifications.services.customers import AddressData
from verifications.services.documents import documents_storage, uploaded_documents
from verifications.services.extracted_values import store_values
from verifications.services.sealed_values import open_value
from verifications.services.session_returns import customer_returned
from verifications.services.sessions import cancel_session, request_consent_read, request_images, request_result_read
from verifications.services.upkeep import expire_sessions
from verifications.services.verification_data import VerificationData, apply_data

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
GONE = ProviderRefused("Not found.", code="not_found", http_status=404)


def read(*answers: Any, **arguments: Any) -> VerificationSession:
    """A hosted session of which these answers were read, one after another."""
    session = make_waiting_session(**arguments)
    read_result(session, FakeSessionProvider(), *answers)
    return session


def states(session: VerificationSession) -> tuple[str, str, str]:
    refresh(session)
    return session.status, session.verification.status, session.verification.case.state


def ask_again(session: VerificationSession, *answers: Any, provider: FakeSessionProvider | None = None) -> None:
    """A person has it read once more, whatever came of it."""
    for answer in answers:
        request_result_read(session_id=session.pk, actor=ACTOR, at=NOON)
        read_result(session, provider or FakeSessionProvider(), answer)


# --- statuses ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", ["pending", "capturing"])
def test_a_customer_who_is_not_done_is_waited_for(clock: Any, status: str) -> None:
    session = read(result(status))

    assert states(session) == ("WAITING_FOR_CUSTOMER", "WAITING_FOR_CUSTOMER", "WAITING_FOR_CUSTOMER")
    assert (session.provider_status, session.read_at, session.polls) == (status, NOON, 1)
    assert calls_of(session, "GET_RESULT")[-1].not_before >= NOON + dt.timedelta(minutes=12)


def test_a_session_under_way_is_with_the_provider_and_read_quickly(clock: Any) -> None:
    session = read(result("processing"))

    assert states(session) == ("IN_PROGRESS", "ACCEPTED", "WITH_PROVIDER")
    assert session.verification.accepted_at == NOON
    assert calls_of(session, "GET_RESULT")[-1].not_before <= NOON + dt.timedelta(seconds=3)


def test_pictures_wanted_again_are_waited_for_on_the_providers_pages(clock: Any) -> None:
    session = read(result("processing"), result("recapture"))

    assert states(session) == ("ACTION_REQUIRED", "WAITING_FOR_CUSTOMER", "WAITING_FOR_CUSTOMER")
    assert "nothing is to be done here" in session.verification.attention


def test_pictures_wanted_again_from_a_customer_who_left_need_a_new_session(clock: Any) -> None:
    provider = FakeSessionProvider()
    session = make_waiting_session(provider)
    (request,) = provider.asked("create_session")
    assert customer_returned(state=request.state, session_reference=session.provider_reference, at=NOON)

    read_result(session, provider, result("recapture"))

    assert session.verification.attention.endswith("make a new session for them.")


def test_pictures_wanted_again_of_the_portal_need_a_new_session(clock: Any) -> None:
    provider = FakeSessionProvider()
    session = make_sent_session()
    deliver_session(session, provider)

    read_result(session, provider, result("recapture"))

    assert states(session) == ("ACTION_REQUIRED", "WAITING_FOR_CUSTOMER", "WAITING_FOR_CUSTOMER")
    assert "Make a new session with better pictures." in session.verification.attention


def test_a_customer_who_took_the_pictures_again_is_read_quickly_again(clock: Any) -> None:
    session = read(result("processing"))
    clock.shift(3600)
    read_result(session, FakeSessionProvider(), result("recapture"), result("processing"))

    wait = calls_of(session, "GET_RESULT")[-1].not_before - NOON - HOUR
    assert states(session)[:2] == ("IN_PROGRESS", "ACCEPTED")
    assert wait <= dt.timedelta(seconds=3)


@pytest.mark.parametrize("before", ["pending", "processing", "recapture"])
@pytest.mark.parametrize("recommendation", ["ALLOW", "CHALLENGE", "DENY"])
def test_a_recommendation_answers_from_wherever_the_session_is(clock: Any, before: str, recommendation: str) -> None:
    session = read(result(before), result("complete", recommendation))

    assert states(session) == ("COMPLETED", "COMPLETED", "NEEDS_DECISION")
    assert (session.recommendation, session.verification.answer) == (recommendation, recommendation)
    assert session.completed_at == session.verification.completed_at == NOON
    assert session.attention == ""
    assert (session.start_token, session.handover_token) == (None, None)
    assert len(calls_of(session, "GET_RESULT")) == 2
    assert actions().count("verification.accepted") == actions().count("verification.completed") == 1


@pytest.mark.parametrize("recommendation", ["", "MAYBE", "allow", "ALLOW ", "N/A", "許可", "A" * 100])
def test_a_recommendation_nobody_knows_is_no_pass_and_alarms(clock: Any, recommendation: str) -> None:
    session = read(result("complete", recommendation))

    assert states(session) == ("COMPLETED", "COMPLETED", "NEEDS_DECISION")
    assert session.verification.answer == "UNREADABLE"
    assert session.recommendation == recommendation
    assert "It is not a pass" in session.attention
    assert session.verification.answer_explanation == session.attention


@pytest.mark.parametrize("recommendation", ["ALLOW", "CHALLENGE", "DENY", ""])
def test_the_old_shape_is_never_a_pass(clock: Any, recommendation: str) -> None:
    session = read(result("complete", recommendation, is_deprecated_shape=True))

    assert states(session) == ("COMPLETED", "COMPLETED", "NEEDS_DECISION")
    assert session.verification.answer == "UNREADABLE"
    assert session.is_deprecated_shape
    assert "not a pass" in session.attention


@pytest.mark.parametrize("status", ["paused", "COMPLETE", "complete ", "удалено", "x" * 100])
def test_a_status_nobody_knows_keeps_the_last_state_and_alarms(clock: Any, status: str) -> None:
    session = read(result("processing"), result(status))

    assert states(session) == ("IN_PROGRESS", "ACCEPTED", "WITH_PROVIDER")
    assert session.provider_status == status
    assert f"“{status}”" in session.attention
    assert calls_of(session, "GET_RESULT")[-1].status == "WAITING"

    read_result(session, FakeSessionProvider(), result())

    assert session.attention == ""
    assert session.verification.answer == "ALLOW"


def test_a_session_that_failed_decides_nothing(clock: Any) -> None:
    session = read(result("processing"), result("error"))

    assert states(session) == ("FAILED", "COMPLETED", "NEEDS_DECISION")
    assert session.verification.answer == "NO_RESULT"
    assert "Nothing was decided" in session.verification.answer_explanation
    assert calls_of(session, "GET_RESULT")[-1].status == "SUCCEEDED"


@pytest.mark.parametrize("before", ["pending", "processing", "recapture"])
def test_a_session_the_provider_does_not_know_is_lost_and_decides_nothing(clock: Any, before: str) -> None:
    session = read(result(before), GONE)

    assert states(session) == ("LOST", "COMPLETED", "NEEDS_DECISION")
    assert session.verification.answer == "NO_RESULT"
    assert "no longer knows this session" in session.verification.answer_explanation


@pytest.mark.parametrize("last", [result("complete", "DENY"), result("error"), GONE], ids=["deny", "error", "gone"])
@pytest.mark.parametrize(
    "later",
    [result("pending"), result("processing"), result("recapture"), result("complete", "ALLOW"), result("error"), GONE],
    ids=["pending", "processing", "recapture", "allow", "error", "gone"],
)
def test_a_final_word_is_never_taken_back(clock: Any, last: Any, later: Any) -> None:
    session = read(result("processing"), last)
    before = states(session), session.verification.answer, session.verification.completed_at
    clock.shift(60)

    ask_again(session, later)

    assert (states(session), session.verification.answer, session.verification.completed_at) == before


def test_a_busy_provider_is_polled_on_and_never_becomes_an_answer(clock: Any) -> None:
    session = read(
        result("processing"),
        ProviderUnavailable("Busy.", code="rate_limited", http_status=429),
        OutcomeUnknown("Broken.", code="http_500", http_status=500),
        OutcomeUnknown("Unreadable.", code="no_status", http_status=200),
    )

    assert states(session) == ("IN_PROGRESS", "ACCEPTED", "WITH_PROVIDER")
    assert calls_of(session, "GET_RESULT")[-1].status == "WAITING"


def test_a_reading_that_is_refused_alarms_and_decides_nothing(clock: Any) -> None:
    session = read(result("processing"), ProviderRefused("Bad request.", http_status=400))

    assert states(session) == ("IN_PROGRESS", "ACCEPTED", "WITH_PROVIDER")
    assert session.attention == "Bad request."
    assert "verification_session.stopped" in actions()

    ask_again(session, result())

    assert (session.attention, session.verification.answer) == ("", "ALLOW")


def test_a_client_that_may_not_read_stops_the_account_and_decides_nothing(clock: Any) -> None:
    session = read(result("processing"), ProviderProtocolError("Not permitted.", http_status=403))

    assert states(session) == ("IN_PROGRESS", "ACCEPTED", "WITH_PROVIDER")
    assert ProviderAccount.objects.get().paused_at == NOON
    assert calls_of(session, "GET_RESULT")[-1].status == "WAITING"


# --- time -------------------------------------------------------------------------------------------------------------
def test_a_reading_after_the_end_expires_the_session(clock: Any) -> None:
    session = make_waiting_session()
    clock.move_to(EXPIRES + dt.timedelta(minutes=4))
    read_result(session, FakeSessionProvider(), result("pending"))
    early = session.status
    clock.move_to(EXPIRES + dt.timedelta(minutes=6))

    read_result(session, FakeSessionProvider(), result("capturing"))

    assert early == "WAITING_FOR_CUSTOMER"
    assert states(session) == ("EXPIRED", "EXPIRED", "WAITING_FOR_CUSTOMER")
    assert (session.start_token, session.handover_token) == (None, None)
    assert calls_of(session, "GET_RESULT")[-1].status == "SUCCEEDED"


def test_the_last_reading_is_planned_for_just_after_the_end(clock: Any) -> None:
    session = make_waiting_session()
    clock.move_to(EXPIRES - dt.timedelta(minutes=1))

    read_result(session, FakeSessionProvider(), result("pending"))

    assert calls_of(session, "GET_RESULT")[-1].not_before == EXPIRES + dt.timedelta(minutes=5)


def test_upkeep_ends_what_no_reading_will_end(clock: Any) -> None:
    waiting, working = make_waiting_session(), read(result("processing"))
    counts = [expire_sessions(now=EXPIRES + dt.timedelta(minutes=minutes)) for minutes in (9, 11, 12)]

    assert counts == [0, 1, 0]
    assert states(waiting) == ("EXPIRED", "EXPIRED", "WAITING_FOR_CUSTOMER")
    assert states(working) == ("IN_PROGRESS", "ACCEPTED", "WITH_PROVIDER")


@pytest.mark.parametrize(
    ("minutes", "after"),
    [
        (59, ("IN_PROGRESS", "ACCEPTED", "WITH_PROVIDER")),
        (60, ("EXPIRED", "EXPIRED", "WAITING_FOR_CUSTOMER")),
    ],
)
def test_a_check_that_never_ends_ends_an_hour_after_its_session(
    clock: Any, minutes: int, after: tuple[str, str, str]
) -> None:
    session = read(result("processing"))
    clock.move_to(EXPIRES + dt.timedelta(minutes=minutes))

    read_result(session, FakeSessionProvider(), result("processing"))

    assert states(session) == after


@pytest.mark.parametrize(
    ("late", "after"),
    [
        (result("processing"), ("IN_PROGRESS", "ACCEPTED", "WITH_PROVIDER")),
        (result("complete", "ALLOW"), ("COMPLETED", "COMPLETED", "NEEDS_DECISION")),
        (result("error"), ("FAILED", "COMPLETED", "NEEDS_DECISION")),
        (result("pending"), ("EXPIRED", "EXPIRED", "WAITING_FOR_CUSTOMER")),
        (result("recapture"), ("EXPIRED", "EXPIRED", "WAITING_FOR_CUSTOMER")),
        (result("odd"), ("EXPIRED", "EXPIRED", "WAITING_FOR_CUSTOMER")),
        (GONE, ("LOST", "COMPLETED", "NEEDS_DECISION")),
    ],
    ids=["processing", "complete", "error", "pending", "recapture", "odd", "gone"],
)
def test_what_comes_after_our_clock_gave_up_counts_when_it_tells_something(
    clock: Any, late: Any, after: tuple[str, str, str]
) -> None:
    session = make_waiting_session()
    gave_up = EXPIRES + dt.timedelta(minutes=20)
    expire_sessions(now=gave_up)
    clock.move_to(gave_up)

    read_result(session, FakeSessionProvider(), late)

    assert states(session) == after


@pytest.mark.parametrize(
    "late", [result("complete", "ALLOW", values={"person.full_name": "O'Brien-Łukasz"}), result("error"), GONE]
)
def test_what_comes_after_a_person_gave_up_changes_nothing(clock: Any, late: Any) -> None:
    session = make_waiting_session()

    def cancel() -> None:
        cancel_session(verification_id=session.verification_id, actor=ACTOR, at=NOON)

    provider = FakeSessionProvider(after_sending=cancel).will("get_result", late)
    make_due(session, "GET_RESULT")
    call = calls_of(session, "GET_RESULT")[0]
    from verifications.services.provider_calls import claim_next, send_claimed

    claimed = claim_next(key_id=session.account.key_id, now=NOON)
    assert claimed is not None
    import uuid

    send_claimed(call=claimed[0], token=claimed[1], lane_token=uuid.uuid4(), client_factory=provider.client)

    call.refresh_from_db()
    assert call.status != "SENDING"
    assert states(session) == ("CANCELLED", "CANCELLED", "NEEDS_DECISION")
    assert session.recommendation == ""
    assert session.result is None
    assert not session.verification.extracted_values.exists()


# --- the result -------------------------------------------------------------------------------------------------------
def test_the_result_is_sealed_whole(clock: Any) -> None:
    document = {"person": {"full_name": "Nguyễn Thị Ánh"}, "risk_details": {"network": {"ip_address": "192.0.2.7"}}}
    session = make_waiting_session()
    from dataclasses import replace

    read_result(session, FakeSessionProvider(), replace(result(), document=document))

    assert json.loads(open_value(session, "result")) == document
    assert str(session.result) == "••••"
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM verifications_verificationsession")
        stored = str(cursor.fetchall())
    assert "Nguyễn" not in stored
    assert "192.0.2.7" not in stored


def test_checks_stay_in_the_providers_words_and_may_be_missing(clock: Any) -> None:
    checks = (
        SessionCheck("document_validation", "ALLOW"),
        SessionCheck("biometric_matching", "CHALLENGE", ("biometric_mismatch", "age mismatch")),
        SessionCheck("risk_recommendation", "N/A"),
        SessionCheck("a_check_of_tomorrow", "", ("?",)),
    )
    session = read(result("complete", "CHALLENGE", checks=checks, unknown_members=("tomorrow",)))
    without = read(result("complete", "ALLOW"))

    assert session.checks[1] == {
        "name": "biometric_matching",
        "recommendation": "CHALLENGE",
        "reasons": ["biometric_mismatch", "age mismatch"],
    }
    assert len(session.checks) == 4
    assert session.verification.answer_reasons == ["biometric_mismatch", "age mismatch", "?"]
    assert session.unknown_members == ["tomorrow"]
    assert (without.checks, without.verification.answer) == ([], "ALLOW")


def test_the_risk_summary_holds_nothing_about_the_person(clock: Any) -> None:
    risk = {
        "general": {"recommendation": "challenge", "risk_score": 71.5, "correlation_id": "c-1", "action_type": "idv"},
        "device": {
            "os": "Android",
            "device_type": "mobile",
            "emulated": True,
            "device_id": "d-secret",
            "device_fingerprint": "f-secret",
            "timezone": "Asia/Seoul",
        },
        "network": {"vpn": True, "network_country": "KR", "ip_address": "192.0.2.7", "ip_organization": "Home of 김"},
        "recommendation_reasons": ["DEVICE_EMULATED", 7, None, "x" * 300],
        "tomorrow": {"name": "김민준"},
    }
    session = read(result("complete", "CHALLENGE", risk=risk))

    assert session.risk == {
        "recommendation": "challenge",
        "risk_score": 71.5,
        "reasons": ["DEVICE_EMULATED", "x" * 100],
        "device": {"os": "Android", "device_type": "mobile", "emulated": True},
        "network": {"vpn": True, "network_country": "KR"},
    }


@pytest.mark.parametrize(
    "risk",
    [
        {"general": "high", "device": [1], "network": None, "recommendation_reasons": "X"},
        {"general": {"risk_score": {"deep": 1}, "recommendation": "r" * 61}},
        {"general": {}, "recommendation_reasons": {}},
    ],
)
def test_odd_risk_details_are_left_out(clock: Any, risk: dict[str, Any]) -> None:
    assert {name: part for name, part in read(result(risk=risk)).risk.items() if part} == {}


# --- extracted values -------------------------------------------------------------------------------------------------
def compared(values: dict[str, str], customer: Customer | None = None) -> dict[str, str]:
    session = read(result(values=values), customer=customer or make_customer())
    return dict(session.verification.extracted_values.order_by("position").values_list("name", "comparison"))


@pytest.mark.parametrize(
    ("first", "middle", "last", "full"),
    [
        ("Thị Ánh", "", "Nguyễn", "NGUYEN THI ANH"),
        ("محمد", "", "الأحمد", "محمد الأحمد"),
        ("민준", "", "김", "김민준"),
        ("Seán", "", "O'Brien-Łukasz", "O’BRIEN ŁUKASZ, SEAN"),
        ("", "", "Suharto", "Suharto"),
        ("हरीश", "", "शर्मा", "हरीश शर्मा"),
        ("Анна", "Петровна", "Йованова", "ЙОВАНОВА АННА ПЕТРОВНА"),
        ("Zoë", "", "Exämple", "Exämple Zoe"),
    ],
)
def test_full_names_agree_when_their_words_do(clock: Any, first: str, middle: str, last: str, full: str) -> None:
    customer = make_customer(first_name=first, middle_name=middle, last_name=last)
    expected = "DIFFERENT" if full == "김민준" else "SAME"  # written as one word, which nobody can cut

    assert compared({"person.full_name": full}, customer) == {"person.full_name": expected}


@pytest.mark.parametrize(
    ("recorded", "read_name"),
    [("हरीश", "हरिश"), ("กิ", "กี"), ("محمد", "محمود"), ("Ana", "Anna"), ("김민준", "김민주"), ("Suharto", "---")],
)
def test_other_names_differ_in_every_script(clock: Any, recorded: str, read_name: str) -> None:
    customer = make_customer(first_name="", last_name=recorded)

    assert compared({"person.surname": read_name}, customer) == {"person.surname": "DIFFERENT"}


def test_given_names_are_read_with_and_without_the_middle_name(clock: Any) -> None:
    customer = make_customer(first_name="Ana", middle_name="María", last_name="Silva")

    for given, expected in (("ANA", "SAME"), ("Ana Maria", "SAME"), ("María", "DIFFERENT")):
        assert compared({"person.given_name": given}, customer) == {"person.given_name": expected}


def test_what_is_not_on_record_is_said_to_be_so(clock: Any) -> None:
    customer = make_customer(
        first_name="",
        last_name="Suharto",
        date_of_birth=None,
        nationalities=(),
        tax_ids=(),
        address=AddressData(),
    )

    assert compared(
        {
            "person.given_name": "Suharto",
            "person.surname": "Suharto",
            "person.date_of_birth": "1990-05-17T00:00:00.000Z",
            "person.national_id": "X1",
            "person.gender": "male",
            "document.number": "P000001",
            "document.country": "ID",
            "additional_info.address.city": "Porto",
            "additional_info.address.postcode": "4000",
            "something.of.tomorrow": "?",
        },
        customer,
    ) == {
        "person.given_name": "NOT_ON_RECORD",
        "person.surname": "SAME",
        "person.date_of_birth": "NOT_ON_RECORD",
        "person.national_id": "NOT_ON_RECORD",
        "person.gender": "NOT_COMPARED",
        "document.number": "NOT_ON_RECORD",
        "document.country": "NOT_COMPARED",
        "additional_info.address.city": "NOT_ON_RECORD",
        "additional_info.address.postcode": "NOT_ON_RECORD",
        "something.of.tomorrow": "NOT_COMPARED",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1990-04-15T00:00:00.000Z", "SAME"),
        ("1990-04-15", "SAME"),
        ("1990-04-16T00:00:00.000Z", "DIFFERENT"),
        ("15.04.1990", "DIFFERENT"),
        ("never", "DIFFERENT"),
    ],
)
def test_dates_of_birth_are_compared_by_their_day(clock: Any, text: str, expected: str) -> None:
    assert compared({"person.date_of_birth": text}) == {"person.date_of_birth": expected}


def test_places_and_tax_ids_are_compared_as_people_write_them(clock: Any) -> None:
    customer = make_customer(tax_ids=(("123.456.789-00", "BR"),))

    assert compared(
        {
            "person.national_id": "12345678900",
            "additional_info.address.city": "ANDORRA LA VELLA",
            "additional_info.address.postcode": "ad 500",
        },
        customer,
    ) == dict.fromkeys(
        ("person.national_id", "additional_info.address.city", "additional_info.address.postcode"), "SAME"
    )


@pytest.mark.parametrize(("number", "expected"), [("x-123 4567", "SAME"), ("X1234568", "DIFFERENT")])
def test_a_documents_number_is_compared_by_its_keyed_hash(clock: Any, number: str, expected: str) -> None:
    session = make_waiting_session()
    other = session.verification
    apply_data(other, VerificationData(document_number="X1234567"))
    other.save()

    read_result(session, FakeSessionProvider(), result(values={"document.number": number}))

    value = session.verification.extracted_values.get()
    assert value.comparison == expected
    assert value.value.mask == f"•••• {number.replace(' ', '')[-4:]}"
    assert open_value(value, "value") == number


def test_a_business_has_no_persons_name_on_record(clock: Any) -> None:
    customer = make_customer(kind=CustomerKind.BUSINESS, business_name="Łódź Trade", first_name="", last_name="")

    assert set(compared({"person.full_name": "A B", "person.surname": "B"}, customer).values()) == {"NOT_ON_RECORD"}


def test_extracted_values_are_sealed_and_masked(clock: Any) -> None:
    values = {
        "person.full_name": "Nguyễn Thị Ánh",
        "person.national_id": "X0000001",
        "person.date_of_birth": "1990-05-17T00:00:00.000Z",
        "document.type": "passport",
        "additional_info.address.street": "Invented Street",
        "additional_info.address.house_number": "12",
    }
    session = read(result(values=values))

    shown = {value.name: value.value.mask for value in session.verification.extracted_values.all()}
    assert shown == {
        "person.full_name": "Nguyễn Thị Ánh",
        "person.national_id": "•••• 0001",
        "person.date_of_birth": "••••",
        "document.type": "passport",
        "additional_info.address.street": "••••",
        "additional_info.address.house_number": "••••",
    }


def test_odd_and_many_values_are_bounded(clock: Any) -> None:
    values = {"p" * 121: "x", "person.empty": "   "} | {f"person.field{number}": "v" for number in range(300)}
    session = read(result(values=values))

    assert session.verification.extracted_values.count() == 198


def test_a_later_reading_takes_an_earlier_ones_place(clock: Any) -> None:
    session = read(result(values={"person.surname": "Exämple", "person.age": "36"}))
    verification = session.verification

    store_values(verification=verification, values={"person.surname": "Other"}, at=NOON)

    assert [(value.name, value.comparison) for value in verification.extracted_values.all()] == [
        ("person.surname", "DIFFERENT")
    ]


# --- consent ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("granted", [True, False])
def test_the_consent_is_read_with_the_result(clock: Any, granted: bool) -> None:
    provider = FakeSessionProvider().will("get_consent", ConsentRead(granted, "2026-11-20" if granted else ""))
    session = make_waiting_session(provider)
    read_result(session, provider, result())

    deliver_session(session, provider)

    assert (session.consent_granted, session.consent_date) == (granted, "2026-11-20" if granted else "")
    assert session.consent_read_at == NOON
    assert AuditEvent.objects.get(action="verification_session.consent_read").details == {"granted": granted}


def test_a_very_long_consent_date_is_cut(clock: Any) -> None:
    provider = FakeSessionProvider().will("get_consent", ConsentRead(True, "d" * 100))
    session = make_waiting_session(provider)
    request_consent_read(session_id=session.pk, actor=ACTOR, at=NOON)

    deliver_session(session, provider)

    assert session.consent_date == "d" * 60


# --- images -----------------------------------------------------------------------------------------------------------
LISTED = (
    ImageFacts("img-1", FRONT),
    ImageFacts("img-2", FRONT, original=False, original_id="img-1"),
    ImageFacts("img-3", SELFIE, rejected=True),
    ImageFacts("img-4", "x" * 100),
)


def with_images(
    *images: ImageFacts, content: list[Any] | None = None
) -> tuple[VerificationSession, FakeSessionProvider]:
    provider = FakeSessionProvider().will("list_images", images).will("get_image", *(content or []))
    session = make_waiting_session(provider)
    read_result(session, provider, result())
    deliver_session(session, provider)
    return session, provider


def test_every_listed_image_is_copied_with_its_hash_and_pictures(clock: Any) -> None:
    import hashlib

    contents = [ImageBytes(jpeg((700 + step, 500))) for step in range(4)]
    session, _provider = with_images(*LISTED, content=list(contents))

    images = list(session.images.order_by("id"))
    assert [(image.provider_reference, image.type, image.rejected) for image in images] == [
        ("img-1", FRONT, False),
        ("img-2", FRONT, False),
        ("img-3", SELFIE, True),
        ("img-4", "x" * 40, False),
    ]
    assert [image.original_reference for image in images] == ["", "img-1", "", ""]
    documents = [image.document for image in images]
    assert all(document is not None for document in documents)
    assert [document.slot for document in documents if document] == ["front", "front", "selfie", "document"]
    for document, content in zip(documents, contents, strict=True):
        assert document is not None
        assert document.sha256 == hashlib.sha256(content.content).hexdigest()
        with documents_storage().open(document.storage_name) as stored:
            assert stored.read() == content.content
        kinds = set(document.renditions.values_list("kind", flat=True))
        assert kinds == {RenditionKind.PREVIEW, RenditionKind.THUMBNAIL}
        assert document.origin == DocumentOrigin.PROVIDER
        assert document.uploaded_by == f"provider:{session.account.public_id}"
    assert not uploaded_documents(session.verification).exists()
    assert actions().count("verification_session.image_copied") == 4
    event = AuditEvent.objects.filter(action="verification_session.image_copied").first()
    assert event is not None
    assert set(event.details) == {"image", "sha256", "size"}


def test_a_list_read_twice_makes_no_duplicates(clock: Any) -> None:
    session, provider = with_images(*LISTED[:2])
    provider.will("list_images", (*LISTED[:2], LISTED[2]))
    request_images(session_id=session.pk, actor=ACTOR, at=NOON)

    deliver_session(session, provider)

    assert session.images.count() == 3
    assert len(provider.asked("get_image")) == 3
    assert Document.objects.count() == 3


def test_images_listed_on_the_way_are_listed_again_with_the_result(clock: Any) -> None:
    provider = FakeSessionProvider().will("list_images", LISTED[:1], LISTED[:3])
    session = make_waiting_session(provider)
    request_images(session_id=session.pk, actor=ACTOR, at=NOON)
    deliver_session(session, provider)

    read_result(session, provider, result())
    deliver_session(session, provider)

    assert session.images.filter(document__isnull=False).count() == 3
    assert session.consent_read_at is not None


def test_images_whose_list_failed_are_asked_for_with_the_next_reading_and_once(clock: Any) -> None:
    provider = FakeSessionProvider().will("list_images", ProviderRefused("Not now.", http_status=400))
    session = make_waiting_session(provider)
    read_result(session, provider, result())
    deliver_session(session, provider)
    told = session.attention

    ask_again(session, result(), provider=provider)
    deliver_session(session, provider)
    ask_again(session, result(), result(), provider=provider)

    assert told == "Not now."
    assert session.images_listed_at == NOON
    assert [call.status for call in calls_of(session, "LIST_IMAGES")] == ["REFUSED", "SUCCEEDED"]


@pytest.mark.parametrize(
    "content", [b"\xff\xd8\xff\xe0 no picture at all", jpeg((700, 500))[:900], b"\xff\xd8\xff"], ids=["odd", "cut", "x"]
)
def test_an_image_that_cannot_be_opened_is_named_and_the_others_are_copied(clock: Any, content: bytes) -> None:
    session, provider = with_images(*LISTED[:2], content=[ImageBytes(content)])

    broken, whole = session.images.order_by("id")
    assert broken.document is None
    assert broken.problem.startswith("The image came and could not be opened. ")
    assert (whole.document is not None, whole.problem) == (True, "")
    assert Document.objects.count() == 1

    provider.will("list_images", LISTED[:2])
    request_images(session_id=session.pk, actor=ACTOR, at=NOON)
    deliver_session(session, provider)

    broken.refresh_from_db()
    assert (broken.document is not None, broken.problem) == (True, "")


def test_an_image_that_is_gone_is_named(clock: Any) -> None:
    session, _provider = with_images(LISTED[0], content=[GONE])

    assert session.images.get().problem == "Not found."
    assert session.attention == "Not found."
    assert session.status == "COMPLETED"


def test_an_image_that_does_not_come_is_tried_again_and_then_named(clock: Any) -> None:
    busy = [ProviderUnavailable("Busy.") for _try in range(12)]
    session, provider = with_images(LISTED[0], content=busy)
    for _try in range(11):
        make_due(session, "GET_IMAGE")
        deliver_session(session, provider)

    assert session.images.get().problem == "Busy."
    assert session.attention == "Stopped after try 12. Busy."
    assert len(calls_of(session, "GET_IMAGE")) == 12


def test_a_failure_while_the_copy_is_written_leaves_no_file_behind(clock: Any, monkeypatch: Any) -> None:
    from verifications.services import session_outcomes

    folder = documents_storage().path("")
    keep = session_outcomes.keep_copy
    failing = [True]

    def keep_once(copy: Any) -> Any:
        document = keep(copy)
        if failing.pop() if failing else False:
            raise RuntimeError("the database went away")
        return document

    monkeypatch.setattr(session_outcomes, "keep_copy", keep_once)
    session, provider = with_images(LISTED[0])
    make_due(session, "GET_IMAGE")
    deliver_session(session, provider)
    from pathlib import Path

    files = [path for path in Path(folder).rglob("*") if path.is_file()]
    assert session.images.get().document is not None
    assert len(files) == 3


def test_deleted_sessions_hear_nothing_more(clock: Any) -> None:
    from verifications.services.sessions import request_deletion

    session, provider = with_images(LISTED[0])
    request_deletion(session_id=session.pk, reason="Asked for in writing.", actor=ACTOR, at=NOON)
    deliver_session(session, provider)
    session.calls.create(
        account=session.account,
        operation="GET_RESULT",
        verification=session.verification,
        customer=session.customer,
        requested_by=ACTOR,
        created_at=NOON,
        not_before=NOON,
    )

    deliver_session(session, provider.will("get_result", GONE))

    assert states(session) == ("DELETED", "COMPLETED", "NEEDS_DECISION")
    assert session.verification.answer == "ALLOW"
    assert SessionImage.objects.get().document is not None


def test_nothing_personal_stands_in_the_record_log(clock: Any) -> None:
    with_images(*LISTED)
    read(result(values={"person.full_name": "Nguyễn Thị Ánh", "document.number": "P0000017"}, risk={"a": "192.0.2.7"}))

    log = str(list(AuditEvent.objects.values_list("details", "reason")))
    for text in ("Nguyễn", "P0000017", "192.0.2.7", "start-token"):
        assert text not in log


def test_an_account_that_is_stopped_keeps_its_readings_waiting(clock: Any) -> None:
    session = make_waiting_session(account=make_session_account())
    ProviderAccount.objects.update(paused_at=NOON, paused_reason="Key not accepted.")
    make_due(session, "GET_RESULT")

    assert deliver_session(session, FakeSessionProvider()) == 0
    assert ProviderCall.objects.filter(operation="GET_RESULT", status="WAITING").count() == 1


def test_missing_images_of_a_hosted_session_are_kept_as_they_came(clock: Any) -> None:
    from tests.fakes_sessions import created

    provider = FakeSessionProvider().will("create_session", created(FRONT, BACK, SELFIE, "tomorrow"))

    assert make_waiting_session(provider).missing_images == [FRONT, BACK, SELFIE, "tomorrow"]
