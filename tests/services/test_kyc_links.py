"""Links as a person makes, renews, hands over and gives them up."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from tests.factories import ACTOR, NOON, make_account, make_customer
from tests.fakes_links import FakeLinkProvider, details
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
from verifications.enums import CallOperation, CallStatus
from verifications.errors import DomainError, InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import AccessEvent, Case, KycLink, ProviderCall, ProviderUser, Verification
from verifications.providers.errors import OutcomeUnknown
from verifications.services import link_calls, link_handover
from verifications.services.customers import AddressData
from verifications.services.kyc_links import (
    LinkData,
    adopt_provider_user,
    cancel_link,
    customer_returned,
    email_text,
    expire_links,
    link_address,
    renew_link,
    request_details_read,
    request_link,
    send_link,
)
from verifications.services.ledger_journal import ClaimLost
from verifications.services.link_records import digest

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(hours=24)
SPAIN = AddressData(line1="Calle Mayor 1", city="Madrid", postal_code="28013", country="ES")


def test_request_link_creates_the_user_first_and_then_asks_for_the_link(clock: Any) -> None:
    customer, account, provider = make_customer(first_name="Ánh", last_name="Nguyễn Thị"), capa_account(), _provider()

    link = _request(customer, account)
    before = [(call.operation, call.status) for call in ProviderCall.objects.order_by("id")]
    deliver(account, provider)

    link = fresh(link)
    user = ProviderUser.objects.get()
    assert before == [("CREATE_USER", "WAITING")]
    assert provider.names == ["create_user", "create_kyc_link"]
    assert provider.calls[0][1].external_user_id == str(customer.public_id) == user.external_reference
    assert provider.calls[0][1].type == "INDIVIDUAL"
    assert provider.calls[1][1].user_id == user.provider_reference == "capa-user-0001"
    assert (user.status, user.origin) == ("LINKED", "CREATED")
    assert (link.status, link.verification.status) == ("ISSUED", "WAITING_FOR_CUSTOMER")
    assert Case.objects.get().state == "WAITING_FOR_CUSTOMER"


def test_a_business_gets_a_kyb_link(clock: Any) -> None:
    business = make_customer(kind="BUSINESS", business_name="Łukasz & Synowie", first_name="", last_name="")
    account, provider = capa_account(), _provider()

    link = _request(business, account)
    deliver(account, provider)

    assert (fresh(link).kind, fresh(link).verification.type) == ("KYB", "kyb_link")
    assert provider.names == ["create_user", "create_kyb_link"]
    assert provider.calls[0][1].type == "BUSINESS"


def test_a_linked_user_is_not_created_again(clock: Any) -> None:
    provider = _provider()
    link = requested()

    deliver(link.account, provider)

    assert provider.names == ["create_kyc_link"]


@pytest.mark.parametrize(
    ("data", "changes", "fields"),
    [
        (LinkData(country="AR"), {}, {"country"}),
        (LinkData(country="FR"), {}, {"country"}),
        (LinkData(country=""), {}, {"country"}),
        (LinkData(country="MX", app_return="otherbank://back"), {}, {"app_return"}),
        (LinkData(country="MX", app_return="javascript:alert(1)"), {}, {"app_return"}),
        (LinkData(country="MX", app_return="http://127.0.0.1:8000/anything"), {}, {"app_return"}),
        (LinkData(country="MX", app_return="https://evil.example/"), {}, {"app_return"}),
        (LinkData(country="MX", app_return="examplebank://" + "x" * 200), {}, {"app_return"}),
        (MEXICO, {"email": ""}, {"email"}),
        (LinkData(country="AR"), {"email": ""}, {"country", "email"}),
    ],
)
def test_request_link_names_everything_that_is_wrong_and_makes_nothing(
    clock: Any, data: LinkData, changes: dict[str, Any], fields: set[str]
) -> None:
    customer, account = make_customer(**changes), capa_account()

    with pytest.raises(PreflightFailed) as refused:
        _request(customer, account, data)

    assert {problem.field for problem in refused.value.problems} == fields
    assert not Verification.objects.exists()
    assert not ProviderUser.objects.exists()
    assert not Case.objects.exists()


def test_the_country_is_read_in_any_case_and_an_app_of_the_list_is_a_return(clock: Any) -> None:
    provider = _provider()
    link = requested(data=LinkData(country=" mx ", app_return="examplebank://done"))

    deliver(link.account, provider)

    assert provider.calls[0][1].country == "MX"
    assert provider.calls[0][1].redirect_uri == "examplebank://done"
    assert fresh(link).return_hash == ""


def test_an_address_that_another_customer_has_at_the_account_is_told_before_capa_does(clock: Any) -> None:
    taken = capa_user(make_customer(email="shared@example.org"))
    customer = make_customer(email="shared@example.org")

    with pytest.raises(PreflightFailed) as refused:
        _request(customer, taken.account)

    assert [problem.field for problem in refused.value.problems] == ["email"]


def test_request_link_wants_an_account_at_capa(clock: Any) -> None:
    with pytest.raises(NotAllowed):
        _request(make_customer(), make_account())


def test_a_second_link_is_refused_while_one_is_open_and_named(clock: Any) -> None:
    link = requested()

    with pytest.raises(InvalidTransition, match=str(link.verification.public_id)):
        _request(link.customer, link.account)

    assert KycLink.objects.count() == 1


def test_after_a_final_answer_another_link_can_be_made(clock: Any) -> None:
    link = issued()
    _read(link, clock, details("REJECTED"))

    again = _request(link.customer, link.account)

    assert fresh(link).status == "REJECTED"
    assert fresh(again).status == "REQUESTED"
    assert again.verification_id != link.verification_id


def test_a_user_nobody_knows_about_must_be_settled_first(clock: Any) -> None:
    user = capa_user()
    ProviderUser.objects.update(status="OUTCOME_UNKNOWN", provider_reference="")

    with pytest.raises(InvalidTransition, match=user.external_reference):
        _request(user.customer, user.account)


def test_the_address_is_sealed_and_only_its_hash_stays_when_it_ends(clock: Any) -> None:
    link = issued()
    address = link_address(link_id=link.pk, actor=ACTOR, at=NOON)

    clock.move_to(NOON + DAY)
    expire_links(now=NOON + DAY)

    assert address.startswith("https://verify.example.net/s/")
    assert link.url is not None
    assert address not in str(link.url) + link.url.token
    assert (fresh(link).url, fresh(link).url_hash) == (None, digest(address))
    assert (link.issued_at, link.expires_at) == (NOON, NOON + DAY)


def test_the_lifetime_is_the_accounts(clock: Any) -> None:
    link = issued(capa_user(account=capa_account(link_hours=2)))

    assert link.expires_at == NOON + dt.timedelta(hours=2)


def test_each_try_has_a_return_path_of_its_own_and_only_its_hash_is_kept(clock: Any) -> None:
    provider = FakeLinkProvider(fails_with=[OutcomeUnknown("No answer.", http_status=500)])
    link = requested()

    deliver(link.account, provider)
    clock.shift(5)
    deliver(link.account, provider)

    tokens = [_token_of(argument.redirect_uri) for _name, argument in provider.calls]
    assert len(set(tokens)) == 2
    assert all(len(token) >= 22 for token in tokens)
    assert fresh(link).return_hash == digest(tokens[1])
    assert not customer_returned(token=tokens[0], at=NOON)
    assert customer_returned(token=tokens[1], at=NOON)


def test_an_expired_link_says_what_to_do_and_is_still_watched(clock: Any) -> None:
    link = issued()

    count = expire_links(now=NOON + DAY)

    link = fresh(link)
    assert (count, expire_links(now=NOON + DAY)) == (1, 0)
    assert (link.status, link.verification.status) == ("EXPIRED", "EXPIRED")
    assert "Make a new link" in link.verification.attention
    assert Case.objects.get().state == "WAITING_FOR_CUSTOMER"
    assert len(waiting_reads(link)) == 1
    with pytest.raises(InvalidTransition):
        link_address(link_id=link.pk, actor=ACTOR, at=NOON + DAY)


def test_a_link_in_use_is_not_ended_by_the_clock_but_its_address_goes(clock: Any) -> None:
    link = issued()
    _read(link, clock, details("IN_PROGRESS"))

    count = expire_links(now=NOON + DAY)

    assert (count, fresh(link).status, fresh(link).url) == (0, "IN_PROGRESS", None)
    assert fresh(link).verification.status == "ACCEPTED"


def test_a_customer_who_finishes_after_the_clock_gave_up_is_still_heard(clock: Any) -> None:
    link = issued()
    expire_links(now=NOON + DAY)

    _read(link, clock, details("VERIFIED"))

    assert (fresh(link).status, fresh(link).verification.status) == ("VERIFIED", "COMPLETED")
    assert fresh(link).verification.attention == ""


def test_renew_link_kills_the_old_one_and_asks_for_a_new_one(clock: Any) -> None:
    old = issued()
    expire_links(now=NOON + DAY)
    clock.move_to(NOON + DAY)
    provider = _provider()

    new = renew_link(verification_id=old.verification_id, actor=ACTOR, at=NOON + DAY)
    deliver(old.account, provider)

    assert (fresh(old).status, fresh(old).url, waiting_reads(old)) == ("REPLACED", None, [])
    assert (fresh(new).status, fresh(new).country) == ("ISSUED", "MX")
    assert fresh(new).verification_id == old.verification_id
    assert fresh(new).verification.status == "WAITING_FOR_CUSTOMER"
    assert provider.names == ["create_kyc_link"]


def test_a_link_the_customer_lost_is_replaced_and_its_return_is_dead(clock: Any) -> None:
    provider = _provider()
    old = requested()
    deliver(old.account, provider)
    token = _token_of(provider.calls[0][1].redirect_uri)

    renew_link(verification_id=old.verification_id, actor=ACTOR, at=NOON)

    assert fresh(old).status == "REPLACED"
    assert not customer_returned(token=token, at=NOON)


def test_renew_link_is_refused_while_one_is_being_made_or_all_is_over(clock: Any) -> None:
    link = requested()
    with pytest.raises(InvalidTransition):
        renew_link(verification_id=link.verification_id, actor=ACTOR, at=NOON)
    deliver(link.account, _provider())
    _read(link, clock, details("VERIFIED"))

    with pytest.raises(InvalidTransition):
        renew_link(verification_id=link.verification_id, actor=ACTOR, at=NOON)

    assert KycLink.objects.count() == 1


def test_a_country_switched_off_meanwhile_is_told_at_renewal(clock: Any) -> None:
    link = issued()
    account = link.account
    account.options = {**account.options, "enabled_countries": ["ES"]}
    account.save(update_fields=["options"])

    with pytest.raises(NotAllowed, match="not enabled"):
        renew_link(verification_id=link.verification_id, actor=ACTOR, at=NOON)

    assert fresh(link).status == "ISSUED"


@pytest.mark.parametrize("make", [requested, issued])
def test_cancel_link_ends_link_and_calls(clock: Any, make: Any) -> None:
    link = make()

    cancel_link(verification_id=link.verification_id, actor=ACTOR, at=NOON)

    assert (fresh(link).status, fresh(link).url) == ("CANCELLED", None)
    assert fresh(link).verification.status == "CANCELLED"
    assert not ProviderCall.objects.filter(link=link, status=CallStatus.WAITING).exists()
    assert Case.objects.get().state == "NEEDS_DECISION"
    assert "verification.cancelled" in actions()


def test_a_cancelled_link_is_not_asked_for_when_its_user_comes_about(clock: Any) -> None:
    provider = _provider()
    link = _request(make_customer(), capa_account())
    cancel_link(verification_id=link.verification_id, actor=ACTOR, at=NOON)

    deliver(link.account, provider)

    assert provider.names == ["create_user"]


def test_what_the_customer_has_begun_can_not_be_cancelled(clock: Any) -> None:
    link = issued()
    _read(link, clock, details("IN_PROGRESS"))

    with pytest.raises(InvalidTransition):
        cancel_link(verification_id=link.verification_id, actor=ACTOR, at=NOON)


def test_request_details_read_moves_the_next_poll_forward(clock: Any) -> None:
    link = issued()
    (poll,) = waiting_reads(link)

    read = request_details_read(link_id=link.pk, actor=ACTOR, at=NOON)

    assert poll.not_before > NOON
    assert read.pk == poll.pk
    assert [call.not_before for call in waiting_reads(link)] == [NOON]


def test_there_is_nothing_to_read_for_a_link_that_is_over(clock: Any) -> None:
    link = issued()
    cancel_link(verification_id=link.verification_id, actor=ACTOR, at=NOON)

    with pytest.raises(InvalidTransition):
        request_details_read(link_id=link.pk, actor=ACTOR, at=NOON)


def test_link_address_leaves_an_access_event(clock: Any) -> None:
    link = issued()

    link_address(link_id=link.pk, actor="user:7", at=NOON)

    event = AccessEvent.objects.get()
    assert (event.action, event.actor, event.subject_id) == ("address.shown", "user:7", str(link.public_id))


def test_send_link_mails_the_address_in_place_of_its_mark(clock: Any) -> None:
    link = issued(capa_user(make_customer(email="minjun@example.org", last_name="김민준", first_name="")))
    subject, text = email_text(link)

    send_link(link_id=link.pk, subject=subject, text=text, actor=ACTOR, at=NOON)

    (message,) = mail.outbox
    address = link_address(link_id=link.pk, actor=ACTOR, at=NOON)
    assert message.to == ["minjun@example.org"]
    assert "김민준" in message.body
    assert address in message.body
    assert "{link}" not in message.body
    assert address not in text
    assert fresh(link).sent_at == NOON
    assert "link.sent" in actions()
    assert list(AccessEvent.objects.values_list("action", flat=True)) == ["address.sent", "address.shown"]


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Your link", "No address in here."),
        ("", "Open {link}"),
        ("One\nBcc: other@example.org", "Open {link}"),
        ("x" * 201, "Open {link}"),
        ("Your link", "{link}" + "x" * 10_000),
    ],
)
def test_send_link_refuses_what_is_no_message(clock: Any, subject: str, text: str) -> None:
    link = issued()

    with pytest.raises(NotAllowed):
        send_link(link_id=link.pk, subject=subject, text=text, actor=ACTOR, at=NOON)

    assert mail.outbox == []


def test_a_mail_that_does_not_leave_marks_nothing_and_says_no_address(clock: Any, monkeypatch: Any) -> None:
    link = issued()

    def refuse(_message: Any) -> int:
        raise OSError("zoe@example.org refused by 192.0.2.1")

    monkeypatch.setattr(link_handover.EmailMessage, "send", refuse)
    with pytest.raises(NotAllowed) as refused:
        send_link(link_id=link.pk, subject="Your link", text="Open {link}", actor=ACTOR, at=NOON)

    assert "example.org" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert fresh(link).sent_at is None
    assert not AccessEvent.objects.exists()
    assert "link.sent" not in actions()


def test_a_link_past_its_time_is_neither_shown_nor_sent_before_the_clock_ends_it(clock: Any) -> None:
    link = issued()

    for act in (
        lambda: link_address(link_id=link.pk, actor=ACTOR, at=NOON + DAY),
        lambda: send_link(link_id=link.pk, subject="Link", text="{link}", actor=ACTOR, at=NOON + DAY),
    ):
        with pytest.raises(InvalidTransition):
            act()

    assert mail.outbox == []


def test_a_return_is_taken_once_and_reads_the_details_at_once(clock: Any) -> None:
    link, token = _issued_with_token()

    first = customer_returned(token=token, at=NOON)
    second = customer_returned(token=token, at=NOON)

    link = fresh(link)
    assert (first, second) == (True, False)
    assert (link.status, link.returned_at, link.polling_since) == ("RETURNED", NOON, NOON)
    assert [call.not_before for call in waiting_reads(link)] == [NOON]
    assert actions().count("link.returned") == 1


@pytest.mark.parametrize("token", ["", "unknown", "ünïcode", "x" * 5000])
def test_an_unknown_return_changes_nothing(clock: Any, token: str) -> None:
    link = issued()

    assert not customer_returned(token=token, at=NOON)

    assert fresh(link).status == "ISSUED"
    assert "link.returned" not in actions()


def test_a_return_past_the_time_changes_nothing(clock: Any) -> None:
    link, token = _issued_with_token()

    assert not customer_returned(token=token, at=NOON + DAY)

    assert fresh(link).returned_at is None


def test_a_return_after_the_answer_is_welcome_and_reads_nothing(clock: Any) -> None:
    link, token = _issued_with_token()
    _read(link, clock, details("VERIFIED"))

    assert customer_returned(token=token, at=NOON)

    assert fresh(link).status == "VERIFIED"
    assert waiting_reads(link) == []


def test_readings_after_a_return_come_quickly_and_then_slow_down(clock: Any) -> None:
    link, token = _issued_with_token()
    customer_returned(token=token, at=NOON)
    now, waits = NOON, []

    for _poll in range(7):
        deliver(link.account, FakeLinkProvider())
        due = waiting_reads(link)[0].not_before
        waits.append((due - now).total_seconds())
        now = due
        clock.move_to(now)

    for wait, planned in zip(waits, (5, 10, 20, 40, 60, 300, 300), strict=True):
        assert planned * 0.79 <= wait <= planned * 1.21


def test_adopt_provider_user_releases_the_links_that_wait(clock: Any) -> None:
    lost = [OutcomeUnknown("No answer.", code="user_creation_unknown") for _try in range(2)]
    provider = FakeLinkProvider(fails_with=[*lost])
    link = _request(make_customer(), capa_account())
    for _try in range(3):
        deliver(link.account, provider)
        clock.shift(10)
    user = ProviderUser.objects.get()
    told = (user.status, fresh(link).verification.attention, fresh(link).verification.status)

    adopt_provider_user(provider_user_id=user.pk, provider_reference=" 7c1f0f62 ", actor=ACTOR, at=NOON)
    deliver(link.account, provider)

    assert told == ("OUTCOME_UNKNOWN", user.problem, "QUEUED")
    assert user.external_reference in user.problem
    assert provider.names == ["create_user", "create_user", "create_kyc_link"]
    assert provider.calls[-1][1].user_id == "7c1f0f62"
    assert fresh(link).status == "ISSUED"


@pytest.mark.parametrize("reference", ["", "   ", "a\nb", "x" * 256])
def test_adopt_provider_user_refuses_what_can_not_be_an_id(clock: Any, reference: str) -> None:
    user = capa_user()
    ProviderUser.objects.update(status="OUTCOME_UNKNOWN")

    with pytest.raises(PreflightFailed):
        adopt_provider_user(provider_user_id=user.pk, provider_reference=reference, actor=ACTOR, at=NOON)


def test_adopt_provider_user_refuses_an_id_of_another_customer_and_a_user_with_one(clock: Any) -> None:
    taken = capa_user()
    user = capa_user(account=taken.account)
    with pytest.raises(InvalidTransition):
        adopt_provider_user(provider_user_id=user.pk, provider_reference="other", actor=ACTOR, at=NOON)
    ProviderUser.objects.filter(pk=user.pk).update(status="OUTCOME_UNKNOWN", provider_reference="")

    with pytest.raises(DomainError):
        adopt_provider_user(provider_user_id=user.pk, provider_reference=taken.provider_reference, actor=ACTOR, at=NOON)

    user.refresh_from_db()
    assert (user.status, user.provider_reference) == ("OUTCOME_UNKNOWN", "")


def test_a_worker_that_lost_its_claim_does_not_take_the_return_of_the_one_that_has_it(clock: Any) -> None:
    link = requested()
    call = ProviderCall.objects.select_related("link__verification__provider_user").get(
        operation=CallOperation.CREATE_KYC_LINK
    )

    with pytest.raises(ClaimLost):
        link_calls.OPERATIONS[CallOperation.CREATE_KYC_LINK](call, _never_asked, NOON)

    assert fresh(link).return_hash == ""


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_link(clock: Any) -> None:
    customer, account = make_customer(), capa_account()
    told: list[str] = []
    barrier = threading.Barrier(2)

    def click() -> None:
        try:
            barrier.wait(timeout=30)
            _request(customer, account)
            told.append("made")
        except InvalidTransition:
            told.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _click in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(told) == ["made", "told"]
    assert (KycLink.objects.count(), ProviderUser.objects.count()) == (1, 1)


class _NeverAsked:
    def create_kyc_link(self, _request: Any) -> Any:
        raise AssertionError("nothing may be sent")


_never_asked = _NeverAsked()


def _provider() -> FakeLinkProvider:
    return FakeLinkProvider()


def _request(customer: Any, account: Any, data: LinkData = MEXICO) -> KycLink:
    return request_link(customer_id=customer.pk, account_id=account.pk, data=data, actor=ACTOR, at=NOON)


def _issued_with_token() -> tuple[KycLink, str]:
    provider = _provider()
    link = requested()
    deliver(link.account, provider)
    return fresh(link), _token_of(provider.calls[0][1].redirect_uri)


def _token_of(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]


def _read(link: KycLink, clock: Any, said: Any) -> None:
    request_details_read(link_id=link.pk, actor=ACTOR, at=NOON)
    deliver(link.account, FakeLinkProvider(says=[said]))
