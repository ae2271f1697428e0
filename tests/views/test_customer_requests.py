"""Asking again through the pages: the preview is what is sent, and nothing private or lost on the way."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_draft, make_user
from tests.services.decision_support import again
from tests.services.request_support import PRIVATE, template
from tests.views.decision_records import answered
from tests.views.note_records import asked
from tests.views.session_records import transmit_account
from tests.views.support import client_as
from verifications.models import CustomerRequest, Decision, Verification
from verifications.policy.roles import OFFICER
from verifications.selectors.evidence import evidence_of
from verifications.selectors.evidence_seen import seen_token
from verifications.services.sealed_values import open_value

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> Any:
    return client_as("officer")


def path(case: Any, name: str = "customer_request_create") -> str:
    return reverse(f"verifications:{name}", args=[case.public_id])


def entered(client: Any, case: Any, **changes: str) -> dict[str, str]:
    chosen = template("ask-by-message")
    return {
        "item": "SELFIE",
        "reason": "CUT_OFF",
        "way": "MESSAGE",
        "wrong": f"check:{case.latest_verification.public_id}",
        "template": str(chosen.public_id),
        "private_reason": PRIVATE,
        "seen": seen_token(case, client.user, evidence_of(again(case))),
    } | changes


def test_asking_leads_back_to_the_case_with_its_request_on_it(officer: Any) -> None:
    case = answered()

    response = officer.post(path(case), entered(officer, case))

    page = officer.get(case.get_absolute_url()).content.decode()
    request = CustomerRequest.objects.get()
    assert response.url == f"{case.get_absolute_url()}#requests"
    assert request.verification == case.latest_verification
    assert "Waiting for the customer" in page
    assert "a picture of your face" in page
    assert PRIVATE in page


def test_the_preview_is_word_for_word_what_is_kept_and_sent(officer: Any) -> None:
    case = answered()
    data = entered(officer, case)

    preview = officer.post(path(case, "customer_request_preview"), data, headers={"HX-Request": "true"})
    officer.post(path(case), data)
    request = CustomerRequest.objects.get()
    officer.post(path(request, "request_send"))

    text = open_value(request, "text")
    (sent,) = mail.outbox
    assert preview.context["preview"].text == text == sent.body
    assert preview.context["preview"].subject == sent.subject
    assert "CANARY" not in preview.content.decode() + sent.body + sent.subject


def test_the_preview_works_without_scripts_and_keeps_what_was_chosen(officer: Any) -> None:
    case = answered()

    page = officer.post(path(case, "customer_request_preview"), entered(officer, case)).content.decode()

    assert "a picture of your face" in page
    assert PRIVATE in page.split("<textarea")[1]
    assert PRIVATE not in page.split('id="ask-preview"')[1]
    assert '<option value="CUT_OFF" selected>' in page
    assert not CustomerRequest.objects.exists()


def test_the_address_is_a_place_in_the_preview(officer: Any) -> None:
    case, account = answered(), transmit_account()
    data = entered(
        officer, case, way=f"SESSION:{account.public_id}", template=str(template("ask-again", "de").public_id)
    )

    page = officer.post(path(case, "customer_request_preview"), data, headers={"HX-Request": "true"}).content.decode()

    assert "the address goes here" in page
    assert "{address}" not in page
    assert "ein Bild Ihres Gesichts" in page


def test_the_customers_language_is_chosen_beforehand(officer: Any) -> None:
    case = answered()
    case.customer.language = "pt"
    case.customer.save(update_fields=["language"])

    form = officer.get(path(case)).context["form"]

    assert form.initial["template"] == str(template("ask-by-message", "pt").public_id)


def test_what_is_missing_is_named_and_the_rest_kept(officer: Any) -> None:
    case = answered()

    response = officer.post(path(case), entered(officer, case, item="", template="nonsense"))

    assert response.status_code == 422
    assert {"item", "template"} <= set(response.context["form"].errors)
    assert PRIVATE in response.content.decode()
    assert not Decision.objects.exists()


def test_a_text_that_does_not_go_with_the_way_is_named_at_the_text(officer: Any) -> None:
    case = answered()

    response = officer.post(path(case), entered(officer, case, template=str(template("ask-again").public_id)))

    assert response.status_code == 422
    assert "template" in response.context["form"].errors


def test_what_changed_meanwhile_is_shown_and_the_second_try_goes_through(officer: Any) -> None:
    case = answered()
    data = entered(officer, case)
    customer = case.customer
    customer.occupation = "retired"
    case.latest_verification.answer = "REJECTED"
    case.latest_verification.save(update_fields=["answer"])

    conflict = officer.post(path(case), data)
    fresh = conflict.context["form"].initial["seen"]
    second = officer.post(path(case), data | {"seen": fresh})

    assert conflict.status_code == 409
    assert PRIVATE in conflict.content.decode()
    assert conflict.context["changed"]
    assert second.status_code == 302
    assert CustomerRequest.objects.count() == 1


def test_a_request_is_withdrawn_once(officer: Any) -> None:
    request = asked()

    first = officer.post(path(request, "request_withdraw"), follow=True)
    again_ = officer.post(path(request, "request_withdraw"), follow=True)

    assert b"no longer waited for" in first.content
    assert b"has ended already" in again_.content


def test_an_auditor_reads_the_request_and_can_do_nothing_with_it() -> None:
    request = asked(private_reason=PRIVATE)
    auditor = client_as("auditor")

    page = auditor.get(request.case.get_absolute_url()).content.decode()

    assert "a picture of your face" in page
    assert path(request, "request_send") not in page
    assert auditor.post(path(request, "request_send")).status_code == 403


def test_an_answer_to_a_message_is_noted_and_the_case_is_decided_again(officer: Any) -> None:
    request = asked()
    page = officer.get(request.case.get_absolute_url()).content.decode()

    told = officer.post(path(request, "request_answered"), follow=True).content.decode()

    assert path(request, "request_answered") in page
    assert "the customer has answered" in told
    assert path(request, "request_answered") not in told
    assert again(request.case).state == "NEEDS_DECISION"


def test_a_word_of_a_report_in_the_private_reason_is_asked_about_once_with_everything_kept(officer: Any) -> None:
    case = answered()
    data = entered(officer, case, private_reason="The MLRO knows.")

    warned = officer.post(path(case), data)
    saved = officer.post(path(case), data | {"confirmed": "on"})

    page = warned.content.decode()
    assert warned.status_code == 422
    assert "The MLRO knows.</textarea>" in page
    assert 'name="confirmed"' in page
    assert '<option value="CUT_OFF" selected>' in page
    assert saved.status_code == 302
    assert CustomerRequest.objects.count() == 1


def test_the_preview_says_when_the_text_does_not_go_with_the_way(officer: Any) -> None:
    case = answered()
    data = entered(officer, case, template=str(template("ask-again").public_id))

    wrong = officer.post(path(case, "customer_request_preview"), data, headers={"HX-Request": "true"}).content.decode()
    right = officer.post(path(case, "customer_request_preview"), entered(officer, case)).content.decode()

    assert "does not go with the way chosen" in wrong
    assert "does not go with the way chosen" not in right


def test_texts_and_files_say_what_they_go_with(officer: Any) -> None:
    case = answered()

    page = officer.get(path(case)).content.decode()

    assert page.count('data-fits="ADDRESS"') == page.count('data-fits="MESSAGE"') == 5
    assert 'data-item="IDENTITY_DOCUMENT"' in page
    assert 'name="confirmed"' not in page


def test_what_nobody_may_decide_now_can_be_read_and_not_asked(officer: Any) -> None:
    request = asked(officer.user)
    case = request.case
    case.claimed_by, case.claimed_at = make_user(OFFICER), timezone.now()
    case.claim_ends_at = timezone.now() + dt.timedelta(minutes=10)
    case.save(update_fields=["claimed_by", "claimed_at", "claim_ends_at"])

    page = officer.get(path(case))
    refused = officer.post(path(case), entered(officer, case))

    assert "is working on this case" in page.content.decode()
    assert refused.status_code == 403
    assert PRIVATE in refused.content.decode()
    assert CustomerRequest.objects.count() == 1


def test_a_customer_without_an_e_mail_address_is_reached_by_copying(officer: Any) -> None:
    request = asked()
    customer = request.case.customer
    customer.email = None
    customer.save(update_fields=["email"])

    page = officer.get(request.case.get_absolute_url()).content.decode()
    told = officer.post(path(request, "request_send"), follow=True).content.decode()

    assert "No e-mail address is on record" in page
    assert path(request, "request_send") not in page
    assert "data-copy=" in page.split('id="requests"')[1].split("</section>")[0]
    assert "has no e-mail address" in told


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_who_does_not_ask_customers_opens_no_page_of_it(role: str) -> None:
    case = answered()
    client = client_as(role)

    assert client.get(path(case)).status_code == 403
    assert client.post(path(case), {"item": "SELFIE"}).status_code == 403
    assert not CustomerRequest.objects.exists()


def test_the_page_costs_the_same_however_many_checks_there_are(officer: Any) -> None:
    case = answered()
    officer.get(path(case))
    with CaptureQueriesContext(connection) as few:
        officer.get(path(case))
    for _number in range(3):
        check = make_draft(case.latest_verification.provider_user)
        Verification.objects.filter(pk=check.pk).update(case=case, status="CANCELLED")

    with CaptureQueriesContext(connection) as many:
        officer.get(path(case))

    assert len(many) == len(few)
