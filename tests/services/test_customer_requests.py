"""Asking a customer again: one change, the same case, the exact words, and nothing private in them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from tests.factories import NOON, make_user
from tests.fakes_links import FakeLinkProvider
from tests.services.decision_support import again, answered_case, decide, officer, seen
from tests.services.link_support import deliver
from tests.services.request_support import PRIVATE, ask, case_by_link, complete, template
from tests.views.session_records import transmit_account
from verifications.enums import CaseState, RequestStatus
from verifications.errors import EvidenceChanged, InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import AccessEvent, AuditEvent, Customer, CustomerRequest, Decision, Verification
from verifications.policy.roles import ADMINISTRATOR
from verifications.selectors.customer_requests import request_panel
from verifications.services.cases import follow_verification
from verifications.services.customer_requests import AskData, ask_customer
from verifications.services.kyc_links import cancel_link, link_address
from verifications.services.policies import change_policy, current_policy
from verifications.services.request_sending import (
    receive_answer,
    request_address,
    send_request,
    withdraw_request,
)
from verifications.services.sealed_values import open_value

pytestmark = pytest.mark.django_db
NAMES = ("Zoë", "Ōe Kenzaburō", "山田 太郎", "Ольга", "نور", "O'Brien-{address}", "Ngũgĩ wa Thiong'o")


def test_asking_by_link_makes_a_new_link_on_the_same_case_and_keeps_the_earlier_check(clock: Any) -> None:
    case, account = case_by_link()
    before = list(Verification.objects.filter(case=case))

    request = ask(case, way="LINK", account_id=account.pk, verification_id=before[0].pk)

    case = again(case)
    assert request.new_verification is not None
    assert request.new_verification.case_id == case.pk
    assert request.new_verification not in before
    assert request.verification == before[0]
    assert Verification.objects.get(pk=before[0].pk).status == "COMPLETED"
    assert (case.state, case.asked_customer_at) == (CaseState.SENDING, NOON)
    assert case.decision is not None
    assert (case.decision, case.outcome) == (request.decision, "ASK_FOR_MORE")


def test_the_whole_way_from_asking_to_a_case_that_needs_its_decision_again(clock: Any) -> None:
    case, account = case_by_link()
    request = ask(case, way="LINK", account_id=account.pk)
    deliver(account, FakeLinkProvider())
    waiting = again(case)

    complete(request.new_verification.links.get())

    case = again(case)
    request.refresh_from_db()
    assert waiting.state == CaseState.WAITING_FOR_CUSTOMER
    assert (case.state, case.asked_customer_at) == (CaseState.NEEDS_DECISION, None)
    assert request.status == RequestStatus.ANSWERED
    assert Verification.objects.filter(case=case).count() == 2
    assert case.latest_verification == request.new_verification


def test_a_link_the_customer_has_not_used_is_renewed_and_the_request_it_was_made_for_gives_way(clock: Any) -> None:
    case, account = case_by_link()
    first = ask(case, way="LINK", account_id=account.pk)
    deliver(account, FakeLinkProvider())

    second = ask(case, way="LINK", account_id=account.pk, item="IDENTITY_DOCUMENT")

    first.refresh_from_db()
    assert (first.status, first.new_verification) == (RequestStatus.WITHDRAWN, None)
    assert second.new_verification is not None
    assert [link.status for link in second.new_verification.links.order_by("pk")] == ["REPLACED", "REQUESTED"]


def test_asking_by_session_makes_a_hosted_one_on_the_same_case(clock: Any) -> None:
    case, account = answered_case(), transmit_account()

    request = ask(case, way="SESSION", account_id=account.pk)

    assert request.new_verification is not None
    assert (request.new_verification.case_id, request.new_verification.method) == (case.pk, "SESSION")
    assert request.new_verification.sessions.get().shape == "HOSTED"


def test_an_officer_who_asked_may_decide_what_came_of_it(clock: Any) -> None:
    case, account = case_by_link()
    person = officer()
    request = ask(case, person, way="LINK", account_id=account.pk)
    deliver(account, FakeLinkProvider())
    complete(request.new_verification.links.get())

    assert ask(again(case), person).status == RequestStatus.OPEN


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "pt"])
def test_the_text_is_kept_as_it_was_shown_in_every_language_and_script(name: str, language: str, clock: Any) -> None:
    case = answered_case()
    Customer.objects.filter(pk=case.customer_id).update(first_name=name)

    request = ask(again(case), language=language)

    text = open_value(request, "text")
    assert name.replace("{", "").replace("}", "") in text
    assert "{" not in text + open_value(request, "subject")
    assert template("ask-by-message", language).subject == open_value(request, "subject")


def test_the_private_reason_is_in_the_file_and_not_in_the_mail(clock: Any) -> None:
    case, account = case_by_link()
    person = officer()
    request = ask(case, person, way="LINK", account_id=account.pk)
    deliver(account, FakeLinkProvider())

    send_request(request_id=request.pk, actor=f"user:{person.pk}", at=NOON)

    link = request.new_verification.links.get()
    address = link_address(link_id=link.pk, actor="system:command", at=NOON)
    (sent,) = mail.outbox
    assert address in sent.body
    assert "{address}" not in sent.body
    assert "CANARY" not in sent.body + sent.subject
    assert open_value(request, "private_reason") == PRIVATE
    assert PRIVATE in open_value(request.decision, "rationale")
    assert "CANARY" not in str(list(AuditEvent.objects.values_list("details", "reason")))


def test_sending_is_in_both_logs_and_happens_only_with_them(clock: Any) -> None:
    case, account = case_by_link()
    request = ask(case, way="LINK", account_id=account.pk)
    deliver(account, FakeLinkProvider())

    send_request(request_id=request.pk, actor="user:1", at=NOON)

    request.refresh_from_db()
    assert request.sent_at == NOON
    assert AccessEvent.objects.filter(action="address.sent").count() == 1
    assert not AccessEvent.objects.filter(action="address.shown").exists()
    assert AuditEvent.objects.filter(action="customer_request.sent").count() == 1


def test_nothing_is_sent_while_there_is_no_address_or_no_way_to_send(clock: Any) -> None:
    case, account = case_by_link()
    request = ask(case, way="LINK", account_id=account.pk)

    with pytest.raises(InvalidTransition):
        send_request(request_id=request.pk, actor="user:1", at=NOON)
    with pytest.raises(InvalidTransition):
        request_address(request_id=request.pk, actor="user:1", at=NOON)

    request.refresh_from_db()
    assert (request.sent_at, mail.outbox) == (None, [])


def test_a_customer_without_an_e_mail_address_gets_no_mail(clock: Any) -> None:
    case = answered_case()
    request = ask(case)
    customer = case.customer
    customer.email = None
    customer.save(update_fields=["email"])

    with pytest.raises(NotAllowed):
        send_request(request_id=request.pk, actor="user:1", at=NOON)

    assert mail.outbox == []


def test_withdrawing_gives_the_link_up_and_the_case_back_to_be_decided(clock: Any) -> None:
    case, account = case_by_link()
    request = ask(case, way="LINK", account_id=account.pk)
    deliver(account, FakeLinkProvider())

    withdraw_request(request_id=request.pk, actor="user:1", at=NOON)

    case = again(case)
    request.refresh_from_db()
    assert (case.state, case.asked_customer_at) == (CaseState.NEEDS_DECISION, None)
    assert request.status == RequestStatus.WITHDRAWN
    assert Verification.objects.get(pk=request.new_verification_id).status == "CANCELLED"


def test_withdrawing_one_of_two_requests_goes_on_waiting_for_the_other(clock: Any) -> None:
    case = answered_case()
    first = ask(case)
    ask(again(case), item="PROOF_OF_ADDRESS")

    withdraw_request(request_id=first.pk, actor="user:1", at=NOON)

    assert again(case).state == CaseState.WAITING_FOR_CUSTOMER


def test_a_request_that_has_ended_is_neither_sent_nor_withdrawn_again(clock: Any) -> None:
    request = ask(answered_case())
    withdraw_request(request_id=request.pk, actor="user:1", at=NOON)

    for step in (send_request, withdraw_request):
        with pytest.raises(InvalidTransition):
            step(request_id=request.pk, actor="user:1", at=NOON)


def test_asking_passes_the_gate_of_decisions(clock: Any) -> None:
    case = answered_case()

    with pytest.raises(NotAllowed):
        ask(case, make_user(ADMINISTRATOR))
    with pytest.raises(EvidenceChanged):
        ask_customer(
            case_id=case.pk,
            data=AskData("SELFIE", "BLURRED", "MESSAGE", template("ask-by-message").pk),
            evidence_hash="0" * 64,
            person=officer(),
            at=NOON,
        )

    assert not Decision.objects.exists()
    assert not CustomerRequest.objects.exists()


def test_a_policy_that_wants_a_second_person_for_asking_keeps_the_portal_from_asking_at_once(clock: Any) -> None:
    case = answered_case()
    version, policy = current_policy()
    rule = {"id": "asking", "label": "Asking", "when": {"outcomes": ["ASK_FOR_MORE"]}, "then": {"second": True}}
    rules = policy.to_data() | {"rules": [rule]}
    change_policy(rules=rules, note="Two people ask.", based_on=version.number, actor="user:1", at=NOON)

    with pytest.raises(NotAllowed):
        ask(case)

    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"item": "MOTHER"}, "item"),
        ({"reason": "MOOD"}, "reason"),
        ({"way": "LINK", "account_id": 10**6}, "way"),
        ({"code": "ask-again"}, "template"),
        ({"verification_id": 10**6}, "wrong"),
        ({"private_reason": "x" * 2001}, "private_reason"),
    ],
)
def test_what_can_not_be_asked_is_named_by_its_field(changes: dict[str, Any], field: str, clock: Any) -> None:
    case = answered_case()

    with pytest.raises(PreflightFailed) as refused:
        ask(case, **changes)

    assert field in {problem.field for problem in refused.value.problems}
    assert not CustomerRequest.objects.exists()


def test_a_check_of_another_customer_can_not_be_named(clock: Any) -> None:
    case, other = answered_case(), answered_case()

    with pytest.raises(PreflightFailed):
        ask(case, verification_id=other.latest_verification_id)


def test_what_fails_at_the_provider_account_leaves_nothing_behind(clock: Any) -> None:
    case, account = case_by_link()
    account.options = {**account.options, "enabled_countries": ["MX"]}
    account.is_enabled = False
    account.save(update_fields=["options", "is_enabled"])

    with pytest.raises(PreflightFailed):
        ask(case, way="LINK", account_id=account.pk)

    assert again(case).state == CaseState.NEEDS_DECISION
    assert not Decision.objects.exists()


def test_the_panel_shows_what_was_asked_and_how_its_address_stands(clock: Any, django_assert_num_queries: Any) -> None:
    case, account = case_by_link()
    person = officer()
    ask(case, person, way="LINK", account_id=account.pk)
    deliver(account, FakeLinkProvider())
    person.get_all_permissions()
    case = again(case)

    with django_assert_num_queries(4):
        panel = request_panel(case, person, NOON)

    (one,) = panel.open_ones
    assert (one.address, one.may_send, one.private_reason) == ("ready", True, PRIVATE)
    assert len(one.text.parts) == 2


def test_the_clock_stands_still_while_the_customer_is_asked_and_runs_again_with_the_answer(clock: Any) -> None:
    case = answered_case()
    due = case.due_at
    request = ask(case)
    waiting = again(case)

    receive_answer(request_id=request.pk, actor="user:1", at=NOON)

    after = again(case)
    request.refresh_from_db()
    assert (waiting.state, waiting.paused_at) == (CaseState.WAITING_FOR_CUSTOMER, NOON)
    assert (after.state, after.paused_at, after.due_at) == (CaseState.NEEDS_DECISION, None, due)
    assert request.status == RequestStatus.ANSWERED
    assert AuditEvent.objects.get(action="customer_request.answered").details["cause"] == "by hand"


def test_only_a_message_is_answered_by_hand_and_once(clock: Any) -> None:
    case, account = case_by_link()
    by_link = ask(case, way="LINK", account_id=account.pk)
    by_message = ask(answered_case())
    receive_answer(request_id=by_message.pk, actor="user:1", at=NOON)

    for request in (by_link, by_message):
        with pytest.raises(InvalidTransition):
            receive_answer(request_id=request.pk, actor="user:1", at=NOON)

    by_link.refresh_from_db()
    assert by_link.status == RequestStatus.OPEN


def test_a_link_given_up_elsewhere_ends_what_it_was_made_for(clock: Any) -> None:
    case, account = case_by_link()
    request = ask(case, way="LINK", account_id=account.pk)
    deliver(account, FakeLinkProvider())

    cancel_link(verification_id=request.new_verification_id or 0, actor="user:7", at=NOON)

    case = again(case)
    request.refresh_from_db()
    assert (case.state, case.asked_customer_at, case.paused_at) == (CaseState.NEEDS_DECISION, None, None)
    assert request.status == RequestStatus.WITHDRAWN
    assert AuditEvent.objects.get(action="customer_request.withdrawn").actor == "user:7"


def test_a_link_the_provider_refuses_is_not_waited_for(clock: Any) -> None:
    case, account = case_by_link()
    request = ask(case, way="LINK", account_id=account.pk)
    check = Verification.objects.select_related("account", "customer").get(pk=request.new_verification_id)
    check.status = "REFUSED"
    check.save(update_fields=["status"])

    follow_verification(verification=check, actor="system:delivery", at=NOON)

    request.refresh_from_db()
    assert again(case).state == CaseState.PROVIDER_REFUSED
    assert request.status == RequestStatus.WITHDRAWN


def test_the_answer_to_an_earlier_request_ends_it_and_the_later_one_is_waited_for(clock: Any) -> None:
    case, account = case_by_link()
    first = ask(case, way="LINK", account_id=account.pk)
    deliver(account, FakeLinkProvider())
    second = ask(again(case), way="SESSION", account_id=transmit_account().pk)
    Verification.objects.filter(pk=second.new_verification_id).update(status="WAITING_FOR_CUSTOMER")

    complete(first.new_verification.links.get())

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (RequestStatus.ANSWERED, RequestStatus.OPEN)
    assert again(case).latest_verification == second.new_verification
    assert again(case).asked_customer_at is not None


def test_a_case_that_is_closed_waits_for_nobody(clock: Any) -> None:
    request = ask(answered_case())

    decide(again(request.case), officer(), "DECLINE")

    request.refresh_from_db()
    assert again(request.case).state == CaseState.CLOSED
    assert request.status == RequestStatus.WITHDRAWN
    with pytest.raises(InvalidTransition):
        send_request(request_id=request.pk, actor="user:1", at=NOON)


def test_asking_about_a_closed_case_opens_it_again_and_supersedes_its_decision(clock: Any) -> None:
    case = answered_case()
    decision = decide(case, officer(), "DECLINE")

    request = ask_customer(
        case_id=case.pk,
        data=AskData("SELFIE", "BLURRED", "MESSAGE", template("ask-by-message").pk),
        corrects=decision.public_id,
        person=officer(),
        at=NOON,
        **seen(case),
    )

    assert request.decision is not None
    assert request.decision.supersedes == decision
    assert (again(case).state, again(case).closed_at) == (CaseState.WAITING_FOR_CUSTOMER, None)


def test_a_private_reason_that_speaks_of_a_report_is_asked_about_once(clock: Any) -> None:
    case = answered_case()

    with pytest.raises(PreflightFailed) as warned:
        ask(case, private_reason="A SAR was filed.")
    ask(case, private_reason="A SAR was filed.", confirmed=True)

    assert [problem.field for problem in warned.value.problems] == ["confirmed"]
    assert CustomerRequest.objects.count() == 1


def test_the_whole_message_is_handed_over_with_its_address_and_one_look_on_record(clock: Any) -> None:
    case, account = case_by_link()
    request = ask(case, way="LINK", account_id=account.pk)
    deliver(account, FakeLinkProvider())

    message = request_address(request_id=request.pk, actor="user:1", at=NOON)

    assert message.text == open_value(request, "text").replace("{address}", message.address)
    assert message.subject == open_value(request, "subject")
    assert "CANARY" not in message.text
    assert AccessEvent.objects.filter(action="address.shown").count() == 1


def test_what_is_wrong_has_to_be_of_the_case_itself(clock: Any) -> None:
    case, _account = case_by_link()
    earlier = case.latest_verification_id
    decide(case, officer(), "DECLINE")
    later, _other = case_by_link()
    Verification.objects.filter(pk=earlier).update(customer=later.customer)

    with pytest.raises(PreflightFailed):
        ask(later, verification_id=earlier)
