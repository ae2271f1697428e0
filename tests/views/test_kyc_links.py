"""Verification links: the list, the customer they are for, and the form that asks for one."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_customer
from tests.services.link_support import capa_account
from tests.views.link_records import asked, live
from tests.views.support import client_as
from verifications.enums import LinkStatus
from verifications.models import AccessEvent, KycLink, ProviderAccount, ProviderUser

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


def test_the_list_shows_each_link_and_its_filters_narrow_it(admin: Client) -> None:
    person = live(make_customer(first_name="", last_name="Suharto"))
    business = make_customer(kind="BUSINESS", business_name="O'Brien & Łukasz", first_name="", last_name="")
    asked(business, person.account, country="ES")

    everything = admin.get("/kyc-links/").content.decode()
    shown = {
        query: "Suharto" in admin.get(f"/kyc-links/?{query}").content.decode()
        for query in (
            "status=ISSUED",
            "status=EXPIRED",
            "kind=KYB",
            "country=MX",
            "country=ES",
            f"account={person.account.public_id}",
            "account=nonsense",
        )
    }

    assert "Suharto" in everything
    assert "O&#x27;Brien &amp; Łukasz" in everything
    assert "23 h left" in everything
    assert ADDRESS not in everything
    assert [query for query, found in shown.items() if found] == [
        "status=ISSUED",
        "country=MX",
        f"account={person.account.public_id}",
    ]


def test_the_list_costs_the_same_whatever_its_length(admin: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.get("/kyc-links/").status_code == 200
        return len(captured)

    account = capa_account()
    asked(account=account)
    before = cost()
    for _number in range(6):
        asked(account=account)

    assert cost() == before


def test_the_start_finds_a_customer_and_leaves_an_access_event_without_the_name(admin: Client) -> None:
    make_customer(first_name="Ánh", last_name="Nguyễn Thị")

    found = admin.post("/kyc-links/new/", {"q": "nguyen"}).content.decode()
    nobody = admin.post("/kyc-links/new/", {"q": "김민준"}).content.decode()

    assert "Nguyễn Thị" in found
    assert "Nobody found" in nobody
    events = AccessEvent.objects.filter(action="search.run").order_by("id")
    assert [event.details["hits"] for event in events] == [1, 0]
    assert "nguyen" not in str(events.values_list())


def test_an_empty_search_is_refused_at_the_field(admin: Client) -> None:
    response = admin.post("/kyc-links/new/", {"q": "  "})

    assert response.status_code == 422
    assert "Type a name or an id." in response.content.decode()


@pytest.mark.parametrize(("kind", "says"), [("INDIVIDUAL", "KYC: the customer is a person"), ("BUSINESS", "KYB: the")])
def test_the_form_says_which_kind_follows_from_the_customer(kind: str, says: str, admin: Client) -> None:
    capa_account()
    customer = make_customer(kind=kind, business_name="Suharto PT" if kind == "BUSINESS" else "")

    text = admin.get(reverse("verifications:kyc_link_create", args=[customer.public_id])).content.decode()

    assert says in text


def test_the_form_offers_the_accounts_countries_or_all_of_capas(admin: Client) -> None:
    customer = make_customer()
    path = reverse("verifications:kyc_link_create", args=[customer.public_id])
    account = capa_account(enabled_countries=("MX", "ES"))

    limited = [code for code, _name in admin.get(path).context["form"].fields["country"].choices]
    account.options = account.options | {"enabled_countries": []}
    account.save(update_fields=["options"])
    everything = admin.get(path).context["form"].fields["country"].choices

    assert limited == ["", "MX", "ES"]
    assert len(everything) == 40


def test_making_a_link_leads_to_its_page_which_shows_the_address_at_once(admin: Client) -> None:
    customer, account = make_customer(), capa_account()
    path = reverse("verifications:kyc_link_create", args=[customer.public_id])

    response = admin.post(
        path,
        {"account": account.pk, "country": "ES", "way_back": "app", "app_return": "examplebank://done"},
    )

    link = KycLink.objects.get()
    assert (link.country, link.app_return, link.kind) == ("ES", "examplebank://done", "KYC")
    assert response.headers["Location"] == f"{link.get_absolute_url()}?new=1"
    assert 'hx-trigger="load"' not in admin.get(response.headers["Location"]).content.decode()
    KycLink.objects.update(status=LinkStatus.CANCELLED)
    other = live(account=account)
    KycLink.objects.filter(pk=other.pk).update(created_by=f"user:{admin.user.pk}")  # type: ignore[attr-defined]
    shown = admin.get(f"{other.get_absolute_url()}?new=1").content.decode()
    assert 'hx-trigger="load"' in shown
    assert ADDRESS not in shown


@pytest.mark.parametrize(
    ("entered", "field", "says"),
    [
        ({"country": "FR"}, "country", "Select a valid choice"),
        ({"country": ""}, "country", "required"),
        ({"account": "0"}, "account", "valid choice"),
        ({"way_back": "app", "app_return": ""}, "app_return", "Enter the app"),
        ({"way_back": "app", "app_return": "otherbank://x"}, "app_return", "scheme an administrator has allowed"),
        ({"way_back": "app", "app_return": "javascript:alert(1)"}, "app_return", "must lead to this portal"),
        ({"way_back": "app", "app_return": "a\u202eb://x"}, "app_return", "invisible control character"),
    ],
)
def test_what_capa_would_refuse_is_told_at_its_field_and_stays_in_the_form(
    entered: dict[str, str], field: str, says: str, admin: Client
) -> None:
    customer, account = make_customer(), capa_account()
    path = reverse("verifications:kyc_link_create", args=[customer.public_id])

    response = admin.post(path, {"account": account.pk, "country": "ES", "way_back": "portal"} | entered)

    assert response.status_code == 422
    assert says in str(response.context["form"].errors[field])
    assert not KycLink.objects.exists()
    assert response.context["form"]["country"].value() == entered.get("country", "ES")


def test_a_country_of_another_account_is_refused_at_its_field(admin: Client) -> None:
    customer, account = make_customer(), capa_account(enabled_countries=("MX",))
    capa_account(enabled_countries=("ES",))
    path = reverse("verifications:kyc_link_create", args=[customer.public_id])

    response = admin.post(path, {"account": account.pk, "country": "ES", "way_back": "portal"})

    assert "has not enabled this country" in str(response.context["form"].errors["country"])


def test_a_missing_email_is_told_with_the_way_to_enter_it(admin: Client) -> None:
    customer, account = make_customer(email=""), capa_account()
    path = reverse("verifications:kyc_link_create", args=[customer.public_id])

    asked_first = admin.get(path).content.decode()
    forced = admin.post(path, {"account": account.pk, "country": "MX", "way_back": "portal"})

    edit = reverse("verifications:customer_edit", args=[customer.public_id])
    assert "e-mail address is missing" in asked_first
    assert edit in asked_first
    assert forced.status_code == 422
    assert edit in forced.content.decode()
    assert not ProviderUser.objects.exists()


def test_no_account_and_a_stopped_one_are_told(admin: Client) -> None:
    path = reverse("verifications:kyc_link_create", args=[make_customer().public_id])

    none = admin.get(path).content.decode()
    ProviderAccount.objects.filter(pk=capa_account().pk).update(paused_at=timezone.now(), paused_reason="Wrong key")
    stopped = admin.get(path).content.decode()

    assert "No account at Capa that may send" in none
    assert "No account at Capa that may send" in stopped


def test_a_check_under_way_is_told_before_another_is_asked_for(admin: Client) -> None:
    link = live()
    path = reverse("verifications:kyc_link_create", args=[link.customer.public_id])

    before = admin.get(path).content.decode()
    response = admin.post(path, {"account": link.account.pk, "country": "MX", "way_back": "portal"})

    assert link.get_absolute_url() in before
    assert response.status_code == 422
    assert KycLink.objects.count() == 1
