"""Asking a customer again over real HTTP: the officer's pages, the worker, the stand-in and what the customer does."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import ACTOR, make_customer, make_provider_user, make_user
from tests.flows.conftest import Flow
from tests.flows.hosted import walk_through
from tests.sandbox.capa_kit import walk
from tests.services.decision_support import again, answer
from tests.services.request_support import PRIVATE, template
from tests.services.support import submitted
from verifications.models import AccessEvent, AuditEvent, Case, CustomerRequest, KycLink
from verifications.policy.roles import OFFICER
from verifications.services.customers import AddressData
from verifications.services.kyc_links import request_details_read
from verifications.services.session_returns import customer_returned, hand_over, open_hosted_page

pytestmark = pytest.mark.django_db(transaction=True)
MEXICO = AddressData(line1="Calle Mayor 1", city="Mérida", postal_code="97000", country="MX")


@pytest.fixture
def case(flow: Flow) -> Case:
    """A case with an answer that an officer is not content with."""
    return answer(submitted(provider_user=make_provider_user(make_customer(address=MEXICO))))


@pytest.fixture
def officer() -> Client:
    client = Client()
    client.force_login(make_user(OFFICER))
    return client


def test_a_session_is_asked_for_sent_and_answered_and_the_case_is_decided_again(
    flow: Flow, case: Case, officer: Client
) -> None:
    account = flow.session_account()
    request = _ask(officer, case, f"SESSION:{account.public_id}")
    sending = again(case).state
    flow.run_until(account, lambda: _state(case) == "WAITING_FOR_CUSTOMER")
    waiting = again(case)

    address = _address(officer, request)
    officer.post(reverse("verifications:request_send", args=[request.public_id]))
    token = address.rstrip("/").rpartition("/")[2]
    callback = walk_through(open_hosted_page(token=token, at=timezone.now()))
    customer_returned(state=callback["state"], session_reference=callback["sessionId"], at=timezone.now())
    flow.run_until(account, lambda: _state(case) == "NEEDS_DECISION")

    assert sending == "SENDING"
    assert waiting.paused_at is not None
    _check_answered(case, request, address)
    assert [row["deleted"] for row in flow.stand_in.sessions()] == [False]


def test_a_link_is_asked_for_sent_and_answered_and_the_case_is_decided_again(
    flow: Flow, case: Case, officer: Client
) -> None:
    account = flow.link_account()
    request = _ask(officer, case, f"LINK:{account.public_id}")
    flow.run_until(account, lambda: _state(case) == "WAITING_FOR_CUSTOMER")
    waiting = again(case)

    address = _address(officer, request)
    officer.post(reverse("verifications:request_send", args=[request.public_id]))
    walk(address)
    link = KycLink.objects.get(verification=request.new_verification_id)
    request_details_read(link_id=link.pk, actor=ACTOR, at=timezone.now())
    flow.run_until(account, lambda: _read_now(link) and _state(case) == "NEEDS_DECISION")

    assert waiting.paused_at is not None
    _check_answered(case, request, address)


def test_what_is_withdrawn_is_given_up_at_the_provider_and_its_address_is_dead(
    flow: Flow, case: Case, officer: Client
) -> None:
    account = flow.session_account()
    request = _ask(officer, case, f"SESSION:{account.public_id}")
    flow.run_until(account, lambda: _state(case) == "WAITING_FOR_CUSTOMER")
    address = _address(officer, request)

    officer.post(reverse("verifications:request_withdraw", args=[request.public_id]))
    flow.run_until(account, lambda: [row["deleted"] for row in flow.stand_in.sessions()] == [True])

    after = again(case)
    assert (after.state, after.paused_at, after.asked_customer_at) == ("NEEDS_DECISION", None, None)
    assert hand_over(token=address.rstrip("/").rpartition("/")[2], at=timezone.now()).state == "ended"


def _ask(client: Client, case: Case, way: str) -> CustomerRequest:
    path = reverse("verifications:customer_request_create", args=[case.public_id])
    form: Any = client.get(path).context["form"]
    entered = {
        "item": "SELFIE",
        "reason": "BLURRED",
        "way": way,
        "wrong": f"check:{case.latest_verification.public_id}" if case.latest_verification else "",
        "template": str(template("ask-again").public_id),
        "private_reason": PRIVATE,
        "seen": form.initial["seen"],
    }
    assert client.post(path, entered).status_code == 302
    return CustomerRequest.objects.select_related("new_verification").get()


def _address(client: Client, request: CustomerRequest) -> str:
    path = reverse("verifications:request_show_address", args=[request.public_id])
    address = client.post(path).context["address"]
    assert address.startswith("http")
    return str(address)


def _check_answered(case: Case, request: CustomerRequest, address: str) -> None:
    """The mail was the preview with its address, the earlier check stands, the request has its answer."""
    (sent,) = mail.outbox
    case = again(case)
    request.refresh_from_db()
    assert address in sent.body
    assert "CANARY" not in sent.body + sent.subject
    assert (request.status, case.asked_customer_at, case.paused_at) == ("ANSWERED", None, None)
    assert case.latest_verification == request.new_verification
    assert request.verification is not None
    assert (request.verification.status, request.verification.case_id) == ("COMPLETED", case.pk)
    assert AccessEvent.objects.filter(action__in=["address.shown", "address.sent"]).count() == 2
    moves = AuditEvent.objects.filter(action__startswith="customer_request.").order_by("id")
    assert [event.action.partition(".")[2] for event in moves] == ["made", "sent", "answered"]
    assert address not in str(list(AuditEvent.objects.values_list("details", "reason")))


def _read_now(link: KycLink) -> bool:
    """What is read again in a while is read at once; always true."""
    link.calls.filter(status="WAITING").update(not_before=timezone.now())
    return True


def _state(case: Case) -> str:
    return str(Case.objects.values_list("state", flat=True).get(pk=case.pk))
