"""Sessions asked for, renewed, given up and deleted: what is refused, and what follows for the customer."""

from __future__ import annotations

import datetime as dt
import inspect
import threading
from typing import Any

import pytest
from django.db import connection

from tests.factories import ACTOR, NOON, make_account, make_customer
from tests.factories_sessions import (
    CONSENT,
    calls_of,
    deliver_session,
    make_draft_session,
    make_due,
    make_sent_session,
    make_session,
    make_session_account,
    make_waiting_session,
    read_result,
    refresh,
)
from tests.fakes_sessions import EXPIRES, FakeSessionClient, FakeSessionProvider, created, result
from tests.services.support import actions
from verifications.enums import SESSION_TRANSITIONS, SessionShape, SessionStatus
from verifications.errors import InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import AccessEvent, AuditEvent, Case, ProviderAccount, SessionImage, VerificationSession
from verifications.providers.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from verifications.providers.session_types import ImageFacts, MockBehavior
from verifications.providers.transmit_verify import TransmitVerifyClient
from verifications.services.documents import remove_document
from verifications.services.session_returns import hand_over, open_hosted_page
from verifications.services.sessions import (
    SessionData,
    cancel_session,
    create_session,
    handover_address,
    renew_session,
    request_consent_read,
    request_deletion,
    request_images,
    request_result_read,
    submit_session,
)
from verifications.services.upkeep import delete_kept_long_enough, expire_sessions
from verifications.services.verifications import retry_delivery

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
REASON = "The customer asked for it in writing."
NOT_DELETED = ProviderRefused("Not like this.", code="bad_request", http_status=400)


def problems_of(**changes: Any) -> dict[str, str]:
    account = changes.pop("account", None) or make_session_account()
    arguments: dict[str, Any] = {"shape": SessionShape.HOSTED, "data": SessionData()} | changes
    with pytest.raises(PreflightFailed) as caught:
        create_session(customer_id=make_customer().pk, account_id=account.pk, actor=ACTOR, at=NOON, **arguments)
    return {problem.field: problem.message for problem in caught.value.problems}


def cancel(session: VerificationSession, at: dt.datetime = NOON) -> None:
    cancel_session(verification_id=session.verification_id, actor=ACTOR, at=at)
    refresh(session)


def renew(session: VerificationSession, at: dt.datetime = NOON) -> VerificationSession:
    return renew_session(verification_id=session.verification_id, actor=ACTOR, at=at)


# --- made -------------------------------------------------------------------------------------------------------------
def test_a_hosted_session_goes_out_at_once_with_its_case_and_events(clock: Any) -> None:
    session = make_session(data=SessionData(organization_name="Łódź branch", organization_id="b-7"))

    verification = session.verification
    assert (session.status, verification.status, verification.method) == ("REQUESTED", "QUEUED", "SESSION")
    assert verification.provider_user is None
    assert verification.case is not None
    assert verification.case.state == "SENDING"
    assert [call.status for call in calls_of(session, "CREATE_SESSION")] == ["WAITING"]
    assert actions()[-4:] == [
        "verification.created",
        "case.opened",
        "verification_session.requested",
        "verification.submitted",
    ]


def test_a_created_session_names_nobody_and_waits_for_the_customer(clock: Any) -> None:
    provider = FakeSessionProvider()
    customer = make_customer(first_name="Thị Ánh", last_name="Nguyễn")
    session = make_waiting_session(
        provider, customer=customer, data=SessionData(organization_name="Branch", organization_id="b-7")
    )

    (request,) = provider.asked("create_session")
    assert request.external_user_id == str(session.verification.case.public_id)
    assert (request.organization_name, request.organization_id) == ("Branch", "b-7")
    assert request.callback_url == "http://127.0.0.1:8000/return/session/"
    assert len(request.state) >= 43
    assert request.consent is None
    assert "Nguyễn" not in repr(request)
    assert (session.status, session.verification.status) == ("WAITING_FOR_CUSTOMER", "WAITING_FOR_CUSTOMER")
    assert session.expires_at == EXPIRES
    assert session.verification.case.state == "WAITING_FOR_CUSTOMER"
    (poll,) = calls_of(session, "GET_RESULT")
    assert dt.timedelta(minutes=12) <= poll.not_before - NOON <= dt.timedelta(minutes=18)


def test_a_session_without_a_start_token_says_that_a_new_one_is_needed(clock: Any) -> None:
    provider = FakeSessionProvider().will("create_session", created(start_token=""))

    session = make_waiting_session(provider)

    assert "no start token" in session.verification.attention
    with pytest.raises(InvalidTransition, match="Make a new session"):
        handover_address(session_id=session.pk, actor=ACTOR, at=NOON)
    assert renew(session).status == "REQUESTED"


def test_every_try_has_a_state_of_its_own(clock: Any) -> None:
    provider = FakeSessionProvider().will("create_session", OutcomeUnknown("No answer in time."))
    session = make_session()
    deliver_session(session, provider)
    first = session.state_hash
    make_due(session, "CREATE_SESSION")

    deliver_session(session, provider)

    states = [request.state for request in provider.asked("create_session")]
    assert len(set(states)) == 2
    assert session.status == "WAITING_FOR_CUSTOMER"
    assert session.state_hash not in ("", first)


def test_a_draft_for_the_portals_images_sends_nothing(clock: Any) -> None:
    session = make_draft_session()

    assert (session.status, session.verification.status) == ("DRAFT", "DRAFT")
    assert session.consent_document_id == "consent-7"
    assert not session.calls.exists()
    assert not Case.objects.exists()


def test_a_hosted_session_keeps_no_consent_document(clock: Any) -> None:
    assert make_session(data=CONSENT).consent_document_id == ""


def test_a_draft_is_sent_with_the_consent_and_without_state(clock: Any) -> None:
    provider = FakeSessionProvider()
    session = make_sent_session()

    deliver_session(session, provider)

    (request,) = provider.asked("create_session")
    assert (request.consent.granted, request.consent.document_id) == (True, "consent-7")
    assert (request.state, request.callback_url) == ("", "")
    assert session.state_hash == ""
    assert session.handover_hash == ""


# --- refused next to the field ----------------------------------------------------------------------------------------
def test_a_shape_nobody_knows_is_refused(clock: Any) -> None:
    assert set(problems_of(shape="FAX")) == {"shape"}


def test_images_of_the_portal_want_the_switch_the_consent_and_its_text(clock: Any) -> None:
    account = make_session_account(backend_capture_enabled=False)

    found = problems_of(account=account, shape=SessionShape.BACKEND)

    assert set(found) == {"shape", "consent_granted", "consent_document_id"}
    assert not VerificationSession.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"environment": "LIVE", "base_url": "https://verify.example"},
        {"environment": "LIVE", "base_url": "https://api.eu.transmitsecurity.io"},
        {"environment": "SANDBOX", "base_url": "https://api.eu.transmitsecurity.io"},
        {"environment": "SANDBOX", "base_url": "https://API.transmitsecurity.io"},
    ],
)
def test_a_pretended_result_is_for_sandbox_accounts_only(clock: Any, changes: dict[str, str]) -> None:
    data = SessionData(mock=MockBehavior(recommendation="ALLOW"))

    assert set(problems_of(account=make_session_account(**changes), data=data)) == {"mock_recommendation"}


def test_a_pretended_result_reaches_the_sandbox(clock: Any) -> None:
    provider = FakeSessionProvider()
    mock = MockBehavior(recommendation="DENY", processing_time="15s", force_retry=True)

    make_waiting_session(provider, data=SessionData(mock=mock))

    assert provider.asked("create_session")[0].mock_behavior == mock


def test_a_pretended_result_is_not_sent_once_the_account_is_live(clock: Any) -> None:
    session = make_waiting_session(data=SessionData(mock=MockBehavior(recommendation="ALLOW")))
    ProviderAccount.objects.update(environment="LIVE")

    with pytest.raises(NotAllowed, match="sandbox"):
        renew(session)

    assert VerificationSession.objects.count() == 1


def test_a_draft_without_its_pictures_is_refused_next_to_them(clock: Any) -> None:
    session = make_draft_session()
    for document in session.verification.documents.all():
        remove_document(document_id=document.pk, actor=ACTOR, at=NOON)

    with pytest.raises(PreflightFailed) as caught:
        submit_session(verification_id=session.verification_id, actor=ACTOR, at=NOON)

    refresh(session)
    assert [problem.field for problem in caught.value.problems] == ["front", "selfie"]
    assert (session.status, session.verification.status) == ("DRAFT", "DRAFT")


def test_a_draft_is_not_sent_after_sending_images_was_switched_off(clock: Any) -> None:
    session = make_draft_session()
    ProviderAccount.objects.update(options={"backend_capture_enabled": False})

    with pytest.raises(NotAllowed, match="no longer switched on"):
        submit_session(verification_id=session.verification_id, actor=ACTOR, at=NOON)


def test_a_customer_has_one_open_session_at_an_account(clock: Any) -> None:
    customer, account = make_customer(), make_session_account()
    make_session(customer=customer, account=account)

    with pytest.raises(InvalidTransition, match="open session"):
        make_session(customer=customer, account=account)

    assert make_session(customer=customer, account=make_session_account()).status == "REQUESTED"
    assert make_session(account=account).status == "REQUESTED"
    assert VerificationSession.objects.count() == 3


def test_of_two_clicks_one_sends_the_draft(clock: Any) -> None:
    session = make_sent_session()

    with pytest.raises(InvalidTransition):
        submit_session(verification_id=session.verification_id, actor="user:2", at=NOON)

    assert len(calls_of(session, "CREATE_SESSION")) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_the_same_moment_one_makes_the_session() -> None:
    customer, account = make_customer(), make_session_account()
    start = threading.Barrier(2)
    ends: list[str] = []

    def click() -> None:
        try:
            start.wait(timeout=30)
            make_session(customer=customer, account=account)
            ends.append("made")
        except InvalidTransition:
            ends.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _person in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(ends) == ["made", "refused"]
    assert VerificationSession.objects.count() == 1


@pytest.mark.parametrize("kind", ["KRAKEN_EMBED", "PAYWARD_SERVICES", "CAPA_PARTNER"])
def test_accounts_of_other_providers_take_no_session(clock: Any, kind: str) -> None:
    with pytest.raises(NotAllowed, match="Transmit Security"):
        make_session(account=make_account(kind))


def test_an_account_that_is_off_takes_no_session(clock: Any) -> None:
    account = make_session_account()
    draft = make_draft_session(account=account)
    waiting = make_waiting_session(account=account)
    ProviderAccount.objects.update(is_enabled=False)

    for act in (
        lambda: make_session(account=account),
        lambda: renew(waiting),
        lambda: submit_session(verification_id=draft.verification_id, actor=ACTOR, at=NOON),
    ):
        with pytest.raises(NotAllowed, match="switched off"):
            act()


# --- given up ---------------------------------------------------------------------------------------------------------
def test_a_draft_that_is_given_up_leaves_nothing_at_the_provider(clock: Any) -> None:
    session = make_draft_session()

    cancel(session)

    assert (session.status, session.verification.status) == ("CANCELLED", "CANCELLED")
    assert not session.calls.exists()


def test_a_session_that_was_not_created_yet_is_called_back(clock: Any) -> None:
    session = make_session()

    cancel(session)

    assert session.status == "CANCELLED"
    assert [call.status for call in calls_of(session, "CREATE_SESSION")] == ["CANCELLED"]
    assert not calls_of(session, "DELETE_SESSION")
    assert deliver_session(session, FakeSessionProvider()) == 0


def test_a_session_the_customer_has_is_deleted_at_the_provider_when_it_is_given_up(clock: Any) -> None:
    provider = FakeSessionProvider()
    session = make_waiting_session(provider)
    address = handover_address(session_id=session.pk, actor=ACTOR, at=NOON)

    cancel(session)
    deliver_session(session, provider)

    token = address.rstrip("/").rpartition("/")[2]
    assert hand_over(token=token, at=NOON).state == "ended"
    assert [call.status for call in calls_of(session, "GET_RESULT")] == ["CANCELLED"]
    assert provider.asked("delete_session") == [session.provider_reference]
    assert (session.status, session.verification.status) == ("DELETED", "CANCELLED")
    assert (session.start_token, session.handover_token) == (None, None)
    assert session.verification.case.state == "NEEDS_DECISION"


def test_an_expired_session_can_be_given_up(clock: Any) -> None:
    session = make_waiting_session()
    expire_sessions(now=EXPIRES + HOUR)

    cancel(session, EXPIRES + HOUR)

    assert (session.status, session.verification.status) == ("CANCELLED", "CANCELLED")


@pytest.mark.parametrize(
    ("status", "recommendation"), [("processing", ""), ("complete", "ALLOW"), ("complete", "DENY"), ("error", "")]
)
def test_a_session_the_provider_works_on_or_has_answered_is_not_given_up(
    clock: Any, status: str, recommendation: str
) -> None:
    session = make_waiting_session()
    read_result(session, FakeSessionProvider(), result(status, recommendation))
    before = session.status

    with pytest.raises(InvalidTransition):
        cancel(session)

    refresh(session)
    assert session.status == before
    assert not calls_of(session, "DELETE_SESSION")


def test_a_session_that_is_being_created_is_neither_given_up_nor_renewed(clock: Any) -> None:
    session = make_session()
    refused: list[str] = []

    def meanwhile() -> None:
        for act in (cancel, renew):
            try:
                act(session)
            except InvalidTransition:
                refused.append(act.__name__)

    deliver_session(session, FakeSessionProvider(after_sending=meanwhile))

    assert refused == ["cancel", "renew"]
    assert session.status == "WAITING_FOR_CUSTOMER"
    assert VerificationSession.objects.count() == 1


# --- made again -------------------------------------------------------------------------------------------------------
def test_a_new_session_takes_the_place_of_the_one_the_customer_has(clock: Any) -> None:
    provider = FakeSessionProvider()
    old = make_waiting_session(
        provider, data=SessionData(organization_name="Branch", mock=MockBehavior(recommendation="ALLOW"))
    )

    new = renew(old)
    deliver_session(new, provider)
    refresh(old)

    assert (old.status, new.status) == ("DELETED", "WAITING_FOR_CUSTOMER")
    assert provider.asked("delete_session") == [old.provider_reference]
    assert (new.organization_name, new.mock_behavior) == (old.organization_name, old.mock_behavior)
    assert [call.status for call in calls_of(old, "GET_RESULT")] == ["CANCELLED"]
    assert (old.start_token, old.handover_token) == (None, None)
    states = [request.state for request in provider.asked("create_session")]
    assert states[0] != states[1]


def test_a_new_session_follows_an_expired_one(clock: Any) -> None:
    old = make_waiting_session()
    later = EXPIRES + HOUR
    expire_sessions(now=later)

    new = renew(old, later)

    refresh(old)
    assert (old.status, new.status, new.verification.status) == ("EXPIRED", "REQUESTED", "QUEUED")
    assert Case.objects.get().state == "SENDING"


def test_a_new_session_follows_one_whose_pictures_are_wanted_again(clock: Any) -> None:
    old = make_waiting_session()
    read_result(old, FakeSessionProvider(), result("processing"), result("recapture"))

    new = renew(old)

    refresh(old)
    assert (old.status, new.verification.status) == ("CANCELLED", "QUEUED")


@pytest.mark.parametrize("status", ["processing", "complete", "error"])
def test_no_new_session_while_there_is_an_answer_or_one_is_near(clock: Any, status: str) -> None:
    session = make_waiting_session()
    read_result(session, FakeSessionProvider(), result(status))

    with pytest.raises(InvalidTransition):
        renew(session)

    assert VerificationSession.objects.count() == 1


def test_a_session_with_images_of_the_portal_is_not_renewed(clock: Any) -> None:
    session = make_draft_session()

    with pytest.raises(InvalidTransition, match="make a new one"):
        renew(session)


def test_what_is_read_of_a_replaced_session_does_not_touch_the_verification(clock: Any) -> None:
    provider = FakeSessionProvider()
    old = make_waiting_session(provider)
    new = renew(old)
    deliver_session(new, provider.will("delete_session", NOT_DELETED))
    request_result_read(session_id=old.pk, actor=ACTOR, at=NOON)

    read_result(old, provider, result("complete", "ALLOW", values={"person.full_name": "김민준"}))

    refresh(new)
    assert (old.status, old.provider_status, old.recommendation) == ("CANCELLED", "complete", "")
    assert (new.status, new.verification.status, new.verification.answer) == (
        "WAITING_FOR_CUSTOMER",
        "WAITING_FOR_CUSTOMER",
        "",
    )
    assert not new.verification.extracted_values.exists()


@pytest.mark.parametrize("status", ["complete", "processing", "error", "recapture"])
def test_what_is_read_of_an_expired_and_replaced_session_does_not_touch_the_verification(
    clock: Any, status: str
) -> None:
    provider = FakeSessionProvider()
    old = make_waiting_session(provider)
    expire_sessions(now=EXPIRES + HOUR)
    new = renew(old)
    deliver_session(new, provider.will("delete_session", NOT_DELETED))
    request_result_read(session_id=old.pk, actor=ACTOR, at=NOON)

    read_result(old, provider, result(status))

    refresh(new)
    assert (old.status, old.provider_status) == ("EXPIRED", status)
    assert (new.status, new.verification.status) == ("WAITING_FOR_CUSTOMER", "WAITING_FOR_CUSTOMER")


def test_a_replaced_session_that_is_gone_at_the_provider_does_not_touch_the_verification(clock: Any) -> None:
    provider = FakeSessionProvider()
    old = make_waiting_session(provider)
    expire_sessions(now=EXPIRES + HOUR)
    new = renew(old)
    deliver_session(new, provider.will("delete_session", NOT_DELETED))
    request_result_read(session_id=old.pk, actor=ACTOR, at=NOON)

    read_result(old, provider, ProviderRefused("Not found.", code="not_found", http_status=404))

    refresh(new)
    assert old.status == "LOST"
    assert new.verification.status == "WAITING_FOR_CUSTOMER"


# --- the customer's address -------------------------------------------------------------------------------------------
def test_showing_the_address_leaves_an_access_event_without_it(clock: Any) -> None:
    session = make_waiting_session()

    address = handover_address(session_id=session.pk, actor="user:7", at=NOON)

    assert address.startswith("http://127.0.0.1:8000/start/")
    (event,) = AccessEvent.objects.all()
    assert (event.action, event.actor, event.subject_id) == ("address.shown", "user:7", str(session.public_id))
    assert address.rstrip("/").rpartition("/")[2] not in str(event.__dict__)


def test_the_address_dies_with_the_session(clock: Any) -> None:
    for end in (
        cancel,
        lambda session: read_result(session, FakeSessionProvider(), result("complete")),
        lambda session: read_result(session, FakeSessionProvider(), result("processing")),
        lambda session: open_hosted_page(
            token=handover_address(session_id=session.pk, actor=ACTOR, at=NOON).rstrip("/").rpartition("/")[2], at=NOON
        ),
    ):
        session = make_waiting_session()
        end(session)
        shown = AccessEvent.objects.count()

        with pytest.raises(InvalidTransition, match="no longer works"):
            handover_address(session_id=session.pk, actor=ACTOR, at=NOON)

        assert AccessEvent.objects.count() == shown


def test_the_address_is_not_shown_after_the_session_has_ended(clock: Any) -> None:
    session = make_waiting_session()

    with pytest.raises(InvalidTransition, match="no longer works"):
        handover_address(session_id=session.pk, actor=ACTOR, at=EXPIRES)


def test_a_session_that_is_not_created_has_no_address(clock: Any) -> None:
    with pytest.raises(InvalidTransition):
        handover_address(session_id=make_session().pk, actor=ACTOR, at=NOON)


# --- read and deleted -------------------------------------------------------------------------------------------------
def test_a_person_has_the_next_reading_moved_forward(clock: Any) -> None:
    session = make_waiting_session()

    first = request_result_read(session_id=session.pk, actor="user:7", at=NOON)
    again = request_result_read(session_id=session.pk, actor="user:8", at=NOON)

    assert first == again
    (poll,) = calls_of(session, "GET_RESULT")
    assert poll.not_before == NOON
    assert actions().count("verification_session.read_requested") == 2


def test_images_and_consent_are_asked_for_once(clock: Any) -> None:
    session = make_waiting_session()

    for _click in range(2):
        request_images(session_id=session.pk, actor=ACTOR, at=NOON)
        request_consent_read(session_id=session.pk, actor=ACTOR, at=NOON)

    assert len(calls_of(session, "LIST_IMAGES")) == len(calls_of(session, "GET_CONSENT")) == 1


def test_nothing_is_read_of_a_session_that_is_not_at_the_provider(clock: Any) -> None:
    drafted, asked_for = make_draft_session(), make_session()

    for session in (drafted, asked_for):
        for read in (request_result_read, request_images, request_consent_read):
            with pytest.raises(InvalidTransition, match="nothing of this session"):
                read(session_id=session.pk, actor=ACTOR, at=NOON)
        with pytest.raises(InvalidTransition):
            request_deletion(session_id=session.pk, reason=REASON, actor=ACTOR, at=NOON)


def completed(provider: FakeSessionProvider | None = None, **arguments: Any) -> VerificationSession:
    provider = provider or FakeSessionProvider()
    session = make_waiting_session(provider, **arguments)
    read_result(session, provider, result())
    deliver_session(session, provider)
    return session


def test_a_deletion_wants_a_reason_and_keeps_what_is_here(clock: Any) -> None:
    provider = FakeSessionProvider().will("list_images", (ImageFacts("img-1", "document_front"),))
    session = completed(provider)
    for reason in ("", "   ", "too short"):
        with pytest.raises(NotAllowed, match="Say in a few words"):
            request_deletion(session_id=session.pk, reason=reason, actor=ACTOR, at=NOON)

    request_deletion(session_id=session.pk, reason=f"  {REASON} ", actor="user:7", at=NOON)
    deliver_session(session, provider)

    event = AuditEvent.objects.get(action="verification_session.delete_requested")
    assert (event.reason, event.actor) == (REASON, "user:7")
    assert (session.status, session.deleted_at, session.verification.status) == ("DELETED", NOON, "COMPLETED")
    assert provider.asked("delete_session") == [session.provider_reference]
    assert session.result is not None
    assert SessionImage.objects.get().document is not None
    with pytest.raises(InvalidTransition, match="is deleted"):
        request_result_read(session_id=session.pk, actor=ACTOR, at=NOON)


def test_two_people_ask_for_one_deletion(clock: Any) -> None:
    session = completed()

    first = request_deletion(session_id=session.pk, reason=REASON, actor="user:7", at=NOON)
    again = request_deletion(session_id=session.pk, reason="Another good reason.", actor="user:8", at=NOON)

    assert first == again
    assert actions().count("verification_session.delete_requested") == 1


def test_a_session_in_use_is_not_deleted(clock: Any) -> None:
    session = make_waiting_session()

    with pytest.raises(InvalidTransition, match="may still use"):
        request_deletion(session_id=session.pk, reason=REASON, actor=ACTOR, at=NOON)


def test_a_deletion_that_was_refused_is_told_and_asked_for_again_with_its_reason(clock: Any) -> None:
    session = completed()
    request_deletion(session_id=session.pk, reason=REASON, actor="user:7", at=NOON)
    provider = FakeSessionProvider().will("delete_session", ProviderRefused("Not like this.", http_status=400))
    deliver_session(session, provider)
    told = session.attention

    request_deletion(session_id=session.pk, reason="The provider asked to try again.", actor="user:8", at=NOON)
    deliver_session(session, provider)

    assert told == "The session was not deleted. Not like this."
    assert session.status == "DELETED"
    asked = AuditEvent.objects.filter(action="verification_session.delete_requested").order_by("id")
    assert [event.reason for event in asked] == [REASON, "The provider asked to try again."]


def test_a_deletion_whose_answer_was_lost_is_repeated(clock: Any) -> None:
    session = completed()
    request_deletion(session_id=session.pk, reason=REASON, actor=ACTOR, at=NOON)
    provider = FakeSessionProvider().will("delete_session", OutcomeUnknown("No answer."), None)

    deliver_session(session, provider)
    make_due(session, "DELETE_SESSION")
    deliver_session(session, provider)

    assert session.status == "DELETED"
    assert len(provider.asked("delete_session")) == 2


def kept_for(days: int) -> int:
    return delete_kept_long_enough(now=NOON + dt.timedelta(days=days))


def test_retention_deletes_what_is_copied_here_once(clock: Any) -> None:
    provider = FakeSessionProvider().will("list_images", (ImageFacts("img-1", "document_front"),))
    session = completed(provider, account=make_session_account(delete_after_days=30))

    counts = [kept_for(30), kept_for(31), kept_for(32)]

    (call,) = calls_of(session, "DELETE_SESSION")
    assert counts == [0, 1, 0]
    assert call.requested_by == "system:schedule"
    event = AuditEvent.objects.get(action="verification_session.delete_requested")
    assert event.reason == "Retention rule of the provider account"


def test_retention_is_off_without_a_number_of_days(clock: Any) -> None:
    completed(account=make_session_account(delete_after_days=0))

    assert kept_for(4000) == 0


def test_retention_asks_once_a_day_for_what_the_provider_does_not_delete(clock: Any) -> None:
    provider = FakeSessionProvider().will("delete_session", NOT_DELETED, NOT_DELETED)
    session = completed(provider, account=make_session_account(delete_after_days=30))
    counts = []
    for minutes in (0, 1, 2, 60, 60 * 25):
        now = NOON + dt.timedelta(days=31, minutes=minutes)
        clock.move_to(now)
        counts.append(delete_kept_long_enough(now=now))
        make_due(session, "DELETE_SESSION", now)
        deliver_session(session, provider)

    assert counts == [1, 0, 0, 0, 1]
    assert session.attention == "The session was not deleted. Not like this."


@pytest.mark.parametrize("end", ["expired", "failed"])
def test_retention_deletes_what_ended_without_a_result(clock: Any, end: str) -> None:
    session = make_waiting_session(account=make_session_account(delete_after_days=30))
    if end == "expired":
        expire_sessions(now=EXPIRES + HOUR)
    else:
        read_result(session, FakeSessionProvider(), result("error"))

    assert [kept_for(29), kept_for(40), kept_for(41)] == [0, 1, 0]
    assert calls_of(session, "DELETE_SESSION")


def test_retention_waits_for_every_image(clock: Any) -> None:
    provider = FakeSessionProvider().will("list_images", (ImageFacts("img-1", "document_front"),))
    provider.will("get_image", ProviderUnavailable("Busy."))
    session = completed(provider, account=make_session_account(delete_after_days=30))

    early = kept_for(40)
    make_due(session, "GET_IMAGE")
    deliver_session(session, provider)

    assert early == 0
    assert kept_for(40) == 1


def test_retention_does_not_count_a_list_from_before_the_result(clock: Any) -> None:
    provider = FakeSessionProvider()
    session = make_waiting_session(provider, account=make_session_account(delete_after_days=30))
    request_images(session_id=session.pk, actor=ACTOR, at=NOON)
    deliver_session(session, provider)
    clock.shift(60)
    provider.will("list_images", ProviderRefused("Not now.", http_status=400))

    read_result(session, provider, result())
    deliver_session(session, provider)

    assert session.images_listed_at == NOON
    assert kept_for(40) == 0


def test_one_deletion_that_fails_keeps_no_other_waiting(clock: Any, monkeypatch: Any) -> None:
    from verifications.services import upkeep

    account = make_session_account(delete_after_days=30)
    first, second = completed(account=account), completed(account=account)
    queue = upkeep.delete_by_retention

    def fail_for_the_first(*, session: VerificationSession, **more: Any) -> Any:
        if session.pk == first.pk:
            raise RuntimeError("no")
        return queue(session=session, **more)

    monkeypatch.setattr(upkeep, "delete_by_retention", fail_for_the_first)

    assert kept_for(31) == 1
    assert calls_of(second, "DELETE_SESSION")
    assert not calls_of(first, "DELETE_SESSION")


def test_upkeep_goes_on_when_one_part_fails(clock: Any, monkeypatch: Any) -> None:
    from verifications.services import upkeep

    session = make_waiting_session()

    def fail(*, now: dt.datetime) -> int:
        raise RuntimeError("no")

    monkeypatch.setattr(upkeep, "process_webhooks", fail)

    done = upkeep.keep_up(now=EXPIRES + HOUR)

    refresh(session)
    assert (done["webhooks"], done["sessions_expired"]) == (0, 1)
    assert session.status == "EXPIRED"


# --- delivery ---------------------------------------------------------------------------------------------------------
def test_a_session_the_provider_refuses_says_why(clock: Any) -> None:
    provider = FakeSessionProvider().will("create_session", ProviderRefused("Bad branch.", http_status=400))

    session = make_waiting_session(provider)

    assert (session.status, session.verification.status) == ("REFUSED", "REFUSED")
    assert session.verification.attention == "Bad branch."
    assert session.verification.case.state == "PROVIDER_REFUSED"
    assert make_session(customer=session.customer, account=session.account).status == "REQUESTED"


def test_a_busy_provider_is_asked_again_until_delivery_stops_and_a_person_starts_it_anew(clock: Any) -> None:
    provider = FakeSessionProvider(before_bytes=True)
    provider.will("create_session", *[ProviderUnavailable("Busy.") for _try in range(12)])
    session = make_session()

    for _try in range(12):
        make_due(session, "CREATE_SESSION")
        deliver_session(session, provider)
    stopped = session.verification.attention
    retry_delivery(verification_id=session.verification_id, actor=ACTOR, at=NOON)
    deliver_session(session, provider)

    assert stopped == "Delivery stopped after try 12. Busy."
    assert session.status == "WAITING_FOR_CUSTOMER"
    tries = calls_of(session, "CREATE_SESSION")
    assert [call.number for call in tries] == [*range(1, 13), 1]
    assert tries[-1].session == session


def test_the_fake_and_the_client_have_the_same_signatures() -> None:
    for name, method in inspect.getmembers(TransmitVerifyClient, inspect.isfunction):
        if not name.startswith("_"):
            assert inspect.signature(getattr(FakeSessionClient, name)) == inspect.signature(method), name


def test_every_live_status_leads_to_an_end() -> None:
    for status in (status for status, after in SESSION_TRANSITIONS.items() if after):
        assert SESSION_TRANSITIONS[status] & {
            SessionStatus.CANCELLED,
            SessionStatus.DELETED,
            SessionStatus.REQUESTED,
        }, status
