"""The page of a verification link: shown, sent, renewed, given up, read, and what came of it; role by role."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_customer
from tests.fakes_links import details
from tests.views.link_records import again, answered, live, lost
from tests.views.support import client_as
from verifications.enums import LinkStatus
from verifications.models import AccessEvent, KycLink, ProviderUser, Verification
from verifications.providers.link_types import DetailsSection
from verifications.services.link_records import digest

pytestmark = pytest.mark.django_db

HX = {"HX-Request": "true"}
ADDRESS = "https://verify.example.net/s/"


@pytest.fixture
def admin() -> Client:
    return client_as("administrator")


def step(link: KycLink, name: str) -> str:
    return reverse(f"verifications:kyc_link_{name}", args=[link.verification.public_id])


def page(client: Client, link: KycLink, **options: Any) -> str:
    return client.get(link.get_absolute_url(), **options).content.decode()


def test_the_address_is_shown_only_when_asked_for_and_that_is_an_access_event(admin: Client) -> None:
    link = live()

    before = page(admin, link)
    shown = admin.post(step(link, "address"), headers=HX).content.decode()
    whole = admin.post(step(link, "address")).content.decode()

    assert ADDRESS not in before
    assert ADDRESS in shown
    assert "QR code" in shown
    assert "<html" not in shown
    assert ADDRESS in whole
    assert "<html" in whole
    events = AccessEvent.objects.filter(action="address.shown")
    assert {(event.subject_id, event.field) for event in events} == {(str(link.public_id), "url")}
    assert events.count() == 2
    assert ADDRESS not in str(AccessEvent.objects.values_list())


def test_an_expired_link_is_not_shown(admin: Client) -> None:
    link = live()
    KycLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())

    response = admin.post(step(link, "address"), headers=HX)

    assert response.status_code == 422
    assert "can&#x27;t be used any more" in response.content.decode()


def test_the_email_carries_the_link_and_the_page_the_masked_recipient(admin: Client) -> None:
    link = live(make_customer(email="anh.nguyen@example.org"))

    text = page(admin, link)
    response = admin.post(step(link, "send"), {"subject": "Xin chào", "text": "Mời bạn:\r\n{link}\r\n"}, follow=True)

    assert "•••@example.org" in text
    assert "{link}" in text
    assert "anh.nguyen" not in text
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [(["anh.nguyen@example.org"], "Xin chào")]
    assert ADDRESS in mail.outbox[0].body
    assert "Sent to the customer" in response.content.decode()
    assert again(link).sent_at is not None


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        ({"text": "no placeholder"}, "text"),
        ({"text": ""}, "text"),
        ({"text": "x\x00{link}"}, "text"),
        ({"subject": ""}, "subject"),
        ({"subject": "a\nBcc: someone@example.org"}, "subject"),
    ],
)
def test_an_email_that_cannot_go_is_refused_at_its_field_and_kept(
    entered: dict[str, str], field: str, admin: Client
) -> None:
    link = live()

    response = admin.post(step(link, "send"), {"subject": "Kept subject", "text": "Kept text {link}"} | entered)

    assert response.status_code == 422
    assert field in response.context["mail"].errors
    assert ("Kept subject" in response.content.decode()) == ("subject" not in entered)
    assert mail.outbox == []


def test_a_new_link_replaces_the_old_one_and_the_page_keeps_its_trace(admin: Client) -> None:
    link = live()

    admin.post(step(link, "renew"))
    text = page(admin, link)

    assert [one.status for one in KycLink.objects.order_by("id")] == ["REPLACED", "REQUESTED"]
    assert "Earlier links" in text
    assert again(link).url_hash[:12] in text


def test_cancel_ends_it_and_a_second_cancel_is_told(admin: Client) -> None:
    link = live()

    admin.post(step(link, "cancel"))
    second = admin.post(step(link, "cancel"), follow=True).content.decode()

    assert Verification.objects.get().status == "CANCELLED"
    assert again(link).url is None
    assert "alert--bad" in second
    assert "Ask the customer again" in second


def test_reading_now_is_asked_for_once_and_refused_when_nothing_can_come(admin: Client) -> None:
    link = live()

    first = admin.post(step(link, "read"), follow=True).content.decode()
    admin.post(step(link, "cancel"))
    after = admin.post(step(link, "read"), follow=True).content.decode()

    assert "Reading the details at Capa." in first
    assert "there is nothing to read" in after


def test_the_page_tells_the_answer_the_sections_the_hits_and_the_values() -> None:
    sections = (
        DetailsSection("faceMatchInfo", result="PASSED", status="APPROVED", score=0.93),
        DetailsSection("idInfo", result="SUSPICIOUS", status="DECLINED", reasons=("E12: glare",)),
        DetailsSection("newInfo"),
    )
    values = {"idInfo.fullName": "Zoë Other", "idInfo.idNumber": "P7654321", "beneficialOwners.0.fullName": "Suharto"}
    link = answered(details("VERIFIED", hits=2, sections=sections, values=values))

    text = page(client_as("officer"), link)

    assert "2 watch-list hits: an officer reviews this by hand" in text
    for words in ("Face match", "score 93%", "PASSED, APPROVED", "SUSPICIOUS, DECLINED", "E12: glare", "newInfo"):
        assert words in text
    assert "Beneficial owners 1: full name" in text
    assert "≠ Different" in text
    assert "1 difference" in text
    assert "P7654321" not in text
    assert "VERIFIED" in text


def test_the_page_says_who_set_the_state_and_which_stages_left_a_sign() -> None:
    link = answered(details("VERIFIED"))
    KycLink.objects.filter(pk=link.pk).update(return_hash=digest("known-token"))
    Client().get("/return/known-token/")

    context = client_as("officer").get(link.get_absolute_url()).context

    assert context["set_by"].actor == "Delivery worker"
    assert again(link).returned_at is not None
    assert [stage.words for stage in context["stages"]] == ["done", "done", "no sign", "no sign", "done"]


@pytest.mark.parametrize("sections", [None, "x", {"a": 1}, [1, None, {"score": "x", "reasons": 7, "status": 3}]])
def test_sections_of_any_shape_do_not_break_the_page(sections: Any) -> None:
    link = live()
    KycLink.objects.filter(pk=link.pk).update(sections=sections if sections is not None else [])

    assert client_as("officer").get(link.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("status", LinkStatus.values)
def test_every_state_has_its_words_and_stages(status: str) -> None:
    link = live()
    KycLink.objects.filter(pk=link.pk).update(status=status, url=None)

    response = client_as("auditor").get(link.get_absolute_url())

    assert response.context["state_label"] == LinkStatus(status).label
    assert [stage.label for stage in response.context["stages"]] == [
        "Issued",
        "Returned",
        "In progress",
        "Review",
        "Result",
    ]
    assert sum(stage.is_current for stage in response.context["stages"]) <= 1


def test_a_partial_brings_only_what_has_changed(admin: Client) -> None:
    link = live()
    live_url = admin.get(link.get_absolute_url()).context["live_url"]

    same = admin.get(live_url, headers=HX).content.decode()
    KycLink.objects.filter(pk=link.pk).update(sent_at=timezone.now())
    changed = admin.get(live_url, headers=HX).content.decode()

    assert 'id="live"' in same
    assert "<html" not in same
    assert 'id="link-card"' not in same
    assert 'id="link-findings"' not in same
    assert 'id="link-card"' in changed


def test_a_lost_user_is_named_with_our_id_and_adopted_by_the_one_from_support(admin: Client) -> None:
    link = lost()

    text = page(admin, link)
    bad = admin.post(step(link, "adopt"), {"provider_reference": "x" * 300})
    admin.post(step(link, "adopt"), {"provider_reference": "7c1f0f62-3c1e-4b0a-8f5d-2a9e6d1b4e77"})

    user = ProviderUser.objects.get()
    assert "The user may exist at Capa" in text
    assert "The user&#x27;s id is missing" in text
    assert "Capa makes the link next" not in text
    assert str(link.customer.public_id) in text
    assert bad.status_code == 422
    assert "provider_reference" in bad.context["adopt"].errors
    assert (user.status, user.provider_reference) == ("LINKED", "7c1f0f62-3c1e-4b0a-8f5d-2a9e6d1b4e77")


@pytest.mark.parametrize("role", ["officer", "auditor"])
def test_readers_see_no_button_that_they_may_not_press(role: str) -> None:
    link, gone = live(), lost()
    client = client_as(role)

    text = page(client, link) + page(client, gone) + client.get("/kyc-links/").content.decode()
    customer = client.get(link.customer.get_absolute_url()).content.decode()

    for name in ("address", "send", "renew", "cancel", "read"):
        assert step(link, name) not in text
    assert step(gone, "adopt") not in text
    assert "/kyc-links/new/" not in text
    assert "/kyc-link/" not in customer


def test_the_customers_page_offers_the_kind_that_fits(admin: Client) -> None:
    business = make_customer(kind="BUSINESS", business_name="Łukasz Sp. z o.o.", first_name="", last_name="")

    assert "New KYC link" in admin.get(make_customer().get_absolute_url()).content.decode()
    assert "New KYB link" in admin.get(business.get_absolute_url()).content.decode()


def test_the_way_back_says_the_same_to_everybody_and_reads_no_query() -> None:
    link, client = live(), Client()
    KycLink.objects.filter(pk=link.pk).update(return_hash=digest("known-token"))

    unknown = client.get("/return/made-up-token/?status=VERIFIED&userId=x")
    untouched = again(link).returned_at
    peeked = client.head("/return/known-token/")
    known = client.get("/return/known-token/?status=REJECTED")
    repeated = client.get("/return/known-token/")

    assert [one.status_code for one in (unknown, peeked, known, repeated)] == [400, 405, 200, 400]
    assert unknown.content == known.content == repeated.content
    assert untouched is None
    assert (again(link).returned_at is None, again(link).status) == (False, "RETURNED")
    assert unknown.headers["Referrer-Policy"] == "no-referrer"
