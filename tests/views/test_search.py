"""Search from anywhere: what a person pastes opens its page, names are found in parts, and every search is an event."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import ACTOR, IDENTITY, NOON, make_customer, make_draft, make_provider_user, make_user
from tests.views.session_records import completed, listed
from tests.views.support import World, client_as, make_world
from verifications.enums import WebhookOutcome
from verifications.models import (
    AccessEvent,
    Case,
    Customer,
    ExtractedValue,
    KycLink,
    ProviderCall,
    ReceivedWebhook,
    SessionImage,
    Verification,
)
from verifications.selectors.search import LONGEST_QUERY, MOST_FOUND
from verifications.services.customers import customer_data
from verifications.services.sealed_values import open_value
from verifications.services.verifications import change_metadata

pytestmark = pytest.mark.django_db

STRINGS: list[str] = json.loads(
    (Path(__file__).parent.parent / "data" / "blns" / "blns.json").read_text(encoding="utf-8")
)


@pytest.fixture
def officer() -> Client:
    return client_as("officer")


@pytest.fixture
def world() -> World:
    return make_world()


def search(client: Client, query: str) -> Any:
    return client.post("/search/", {"q": query})


def opened(client: Client, query: str) -> str:
    """The page a search opens at once, or nothing."""
    return str(search(client, query).headers.get("Location", ""))


def titles(client: Client, query: str) -> list[str]:
    return [hit.title for hit in search(client, query).context["found"].hits]


# --- ids and exact numbers --------------------------------------------------------------------------------------------


def ids_of(world: World) -> Iterator[tuple[str, str, str]]:
    """What it is, how it is typed, the page it opens."""
    customer, sent = world.customer.get_absolute_url(), world.sent.get_absolute_url()
    yield "reference", world.customer.reference.upper(), customer
    yield "customer's id", str(world.customer.public_id), customer
    yield "customer's id without hyphens", world.customer.public_id.hex.upper(), customer
    yield "provider's user id", world.provider_user.provider_reference, customer
    yield "provider's user id in small letters", world.provider_user.provider_reference.lower(), customer
    yield "our id of the provider's user", str(world.provider_user.public_id), customer
    yield "case's number", world.case.number.lower(), world.case.get_absolute_url()
    yield (
        "case's number without hyphen",
        world.case.number.replace("-", " ").replace(" ", ""),
        world.case.get_absolute_url(),
    )
    yield "case's id", str(world.case.public_id), world.case.get_absolute_url()
    yield "verification's id", str(world.sent.public_id), sent
    yield "provider's verification id", "ver_searched", sent
    yield "verifier's id", "ext-searched-7", sent
    yield "document's id", str(world.document.public_id), sent
    yield "session's id", str(world.session.public_id), world.session.get_absolute_url()
    yield "provider's session id", world.session.provider_reference, world.session.get_absolute_url()
    yield "link's id", str(world.link.public_id), world.link.get_absolute_url()
    yield "provider's id of the link's session", "link-session-9", world.link.get_absolute_url()
    yield (
        "call's id",
        str(world.call.public_id),
        reverse("verifications:provider_call_detail", args=[world.call.public_id]),
    )
    yield "trace id", "TRACE-77aa", reverse("verifications:provider_call_detail", args=[world.call.public_id])
    delivery = reverse("verifications:notification_detail", args=[world.delivery.public_id])
    yield "delivery's id", str(world.delivery.public_id), delivery
    yield "provider's delivery id", world.delivery.provider_reference, delivery
    yield "account's id", str(world.account.public_id), world.account.get_absolute_url()
    yield "address of the portal", f"https://portal.example.org{customer}edit/?next=1", customer
    yield "path of the portal", sent, sent
    yield "in quotes and spaces", f"  “{world.sent.public_id}” \n", sent
    yield "in brackets", f"<{world.sent.public_id}>;", sent


def test_any_id_opens_its_page(officer: Client, world: World) -> None:
    Verification.objects.filter(pk=world.sent.pk).update(
        provider_reference="ver_searched", external_verification_id="ext-searched-7"
    )
    KycLink.objects.filter(pk=world.link.pk).update(session_reference="link-session-9")
    ProviderCall.objects.filter(pk=world.call.pk).update(trace_id="TRACE-77aa")
    cases = list(ids_of(world))

    landed = {what: opened(officer, query) for what, query, _page in cases}

    assert landed == {what: page for what, _query, page in cases}
    assert AccessEvent.objects.filter(action="search.run").count() == len(cases)


def test_a_cases_number_without_its_word_opens_the_case(officer: Client) -> None:
    customer = make_customer(reference="crm-a")
    case = Case.objects.create(
        pk=20418, customer=customer, state="WITH_PROVIDER", opened_at=NOON, due_at=NOON, updated_at=NOON
    )

    assert opened(officer, "20418") == case.get_absolute_url()


def test_a_plain_number_is_looked_for_in_references_too(officer: Client) -> None:
    customer = make_customer(reference="crm-20418")
    assert opened(officer, "20418") == customer.get_absolute_url()

    Case.objects.create(
        pk=20418, customer=make_customer(), state="WITH_PROVIDER", opened_at=NOON, due_at=NOON, updated_at=NOON
    )

    assert [hit.kind for hit in search(officer, "20418").context["found"].hits] == ["customer", "case"]


def test_an_exact_number_opens_its_page_and_a_part_of_it_finds_nothing(officer: Client) -> None:
    customer = make_customer(phone="+376300199", email="zoe@search.example.org")
    draft = make_draft(make_provider_user(customer), with_front=False)
    change_metadata(verification_id=draft.pk, data=replace(IDENTITY, document_number="X7654321"), actor=ACTOR, at=NOON)

    assert opened(officer, "+376 300 199") == customer.get_absolute_url()
    assert opened(officer, "ZOE@Search.example.org") == customer.get_absolute_url()
    assert opened(officer, "x 765-4321") == draft.get_absolute_url()
    for part in ("X765432", "zoe@search", "300199"):
        assert search(officer, part).context["hits"] == 0


def test_a_document_number_that_a_provider_read_is_found(officer: Client) -> None:
    session = completed()

    assert opened(officer, "X 765 4321") == session.get_absolute_url()
    hashed = ExtractedValue.objects.exclude(value_hash="")
    assert [value.name for value in hashed] == ["document.number"]


def test_a_file_is_found_by_its_hash_or_the_beginning_of_it(officer: Client, world: World) -> None:
    draft = make_draft(with_front=False)
    sha256 = "ab" * 32
    world.document.sha256 = sha256
    world.document.verification = draft
    world.document.save(update_fields=["sha256", "verification"])

    assert opened(officer, sha256.upper()) == draft.get_absolute_url()
    assert opened(officer, sha256[:12]) == draft.get_absolute_url()
    assert opened(officer, sha256[:11]) == ""


def test_an_image_of_a_session_leads_to_the_session(officer: Client) -> None:
    session = listed(completed())
    image = SessionImage.objects.filter(session=session).first()
    assert image is not None

    assert opened(officer, str(image.public_id)) == session.get_absolute_url()


def test_the_address_a_customer_was_given_leads_to_the_session_or_link(officer: Client, world: World) -> None:
    token = open_value(world.session, "handover_token")

    assert opened(officer, f"https://portal.example.org/start/{token}/") == world.session.get_absolute_url()
    assert opened(officer, open_value(world.link, "url")) == world.link.get_absolute_url()


def test_a_webhook_leads_to_its_verification_and_without_one_to_its_account(officer: Client, world: World) -> None:
    def received(verification: Verification | None) -> str:
        row = ReceivedWebhook.objects.create(
            account=world.link.account,
            received_at=NOON,
            body_sha256="0" * 64,
            signed_over="raw",
            outcome=WebhookOutcome.STORED,
            verification=verification,
        )
        return str(row.public_id)

    assert opened(officer, received(world.link.verification)) == world.link.get_absolute_url()
    assert opened(officer, received(None)) == world.link.account.get_absolute_url()


def test_several_hits_are_listed_by_kind_with_the_reason(officer: Client) -> None:
    customer = make_customer(reference="crm-several")
    user = make_provider_user(customer)
    for _number in range(2):
        make_draft(user, with_front=False)

    response = search(officer, "X1234567")

    assert [hit.reason for hit in response.context["found"].hits] == ["document number"] * 2
    page = response.content.decode()
    assert '<h2 id="found-1">Verifications</h2>' in page
    assert "found by document number" in page
    assert "crm-several" in page
    assert "X1234567" not in page.replace('value="X1234567"', "")


def test_hits_are_only_of_kinds_the_person_may_see(world: World) -> None:
    person = make_user()
    person.user_permissions.add(Permission.objects.get(codename="view_customer"))
    client = Client()
    client.force_login(person)

    assert opened(client, world.customer.reference) == world.customer.get_absolute_url()
    for query in (
        world.case.number,
        world.sent.public_id,
        world.session.public_id,
        world.link.public_id,
        world.call.public_id,
    ):
        response = search(client, str(query))
        assert (response.status_code, response.context["hits"]) == (200, 0)


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_administrators_and_auditors_search_like_officers(role: str, world: World) -> None:
    assert opened(client_as(role), str(world.call.public_id)) != ""


# --- names ------------------------------------------------------------------------------------------------------------


def test_names_fold_case_and_accents_and_match_in_parts_and_any_order(officer: Client) -> None:
    customer = make_customer(first_name="Hélène", middle_name="Ana", last_name="Ångström-Kowalska")
    make_customer(first_name="Jonas", last_name="Novak")

    for query in ("  helene   ÄNGSTROM ", "ana kowal", "kowal ana", "wals", "ngstr helen"):
        assert opened(officer, query) == customer.get_absolute_url(), query


def test_a_name_in_another_script_is_found_in_its_own_and_in_latin_letters(officer: Client) -> None:
    names = {
        "Παπαδόπουλος": "papadopoulos",
        "Владимир": "vladimir",
        "김철수": "gimcheol",
        "さくら": "sakura",
        "Ἀθηνᾶ": "αθηνα",
        "محمد": "محمد",
        "אברהם": "אברהם",
        "王小明": "小明",
        "สมชาย": "สมชาย",
        "ნინო": "ნინო",
        "Nguyễn": "nguyen",
        "Ñandú": "nandu",
        "👩‍🚀": "👩‍🚀",
    }
    pages = {name: make_customer(first_name="", last_name=name).get_absolute_url() for name in names}

    found = {name: (opened(officer, name), opened(officer, query)) for name, query in names.items()}

    assert found == {name: (page, page) for name, page in pages.items()}


def test_names_are_found_without_an_index_too(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifications.selectors.search_names._has_full_text_table", lambda: False)
    customer = make_customer(first_name="Ana", last_name="100%_Kowalska")
    make_customer(first_name="Jonas", last_name="Novak")

    assert opened(officer, "100% kowal an") == customer.get_absolute_url()


@pytest.mark.parametrize("name", ["Li", "Wu", "김", "王", "O"])
def test_the_shortest_names_are_found(name: str, officer: Client) -> None:
    customer = make_customer(first_name="Xiu", last_name=name)
    make_customer(first_name="Elia", last_name="Wollin")

    assert opened(officer, name) == customer.get_absolute_url()


def test_whole_words_come_before_beginnings_before_parts_and_the_newest_first(officer: Client) -> None:
    for last in ("Makowal", "Kowalska", "Kowal", "Kowalska", "Kowal"):
        make_customer(first_name="", last_name=last)

    found = search(officer, "kowal").context["found"].hits

    assert [hit.title for hit in found] == ["Kowal", "Kowal", "Kowalska", "Kowalska", "Makowal"]
    assert found[0].customer.pk > found[1].customer.pk


def test_a_common_word_is_capped_and_keeps_the_best(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifications.selectors.search_names.CANDIDATES", 20)
    whole = make_customer(first_name="", last_name="Garcia", reference="the-whole-word")
    beginning = make_customer(first_name="", last_name="Garciaz", reference="the-beginning")
    for number in range(MOST_FOUND + 10):
        make_customer(first_name="", last_name=f"Xgarciax{number}")

    response = search(officer, "garcia")

    hits = response.context["found"].hits
    assert [hit.customer.pk for hit in hits[:2]] == [whole.pk, beginning.pk]
    assert len(hits) <= MOST_FOUND
    assert response.context["found"].has_more or len(hits) < MOST_FOUND + 1
    assert len(titles(officer, "xgarcia")) <= MOST_FOUND


def test_more_than_fifty_says_to_type_more_letters(officer: Client) -> None:
    for _number in range(MOST_FOUND + 1):
        make_customer(first_name="", last_name="Garcia")

    page = search(officer, "garcia").content.decode()

    assert "More than 50" in page
    assert "Type more letters" in page
    assert page.count('class="hit__title"') == MOST_FOUND


def test_a_changed_name_is_found_under_the_new_one_only(officer: Client) -> None:
    from verifications.services.customers import change_customer

    customer = make_customer(first_name="", last_name="Alterson")

    change_customer(
        customer_id=customer.pk, data=replace(customer_data(customer), last_name="Neuberg"), actor=ACTOR, at=NOON
    )

    assert opened(officer, "neuberg") == customer.get_absolute_url()
    assert search(officer, "alterson").context["hits"] == 0


def test_nothing_found_says_what_was_looked_for_and_how_to_widen(officer: Client) -> None:
    page = search(officer, "qqqq <b>zzz</b> ww").content.decode()

    assert "Nothing found" in page
    assert "an id of the portal or a provider" in page
    assert "Type fewer words" in page
    assert "qqqq &lt;b&gt;zzz&lt;/b&gt; ww" in page
    assert "<b>zzz" not in page


# --- any text, cost, events -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "\x00",
        "a\x00b",
        "%",
        "_",
        "%%%",
        "'",
        '"',
        '"""',
        "\\",
        "* OR a",
        "CASE-",
        "CASE-" + "9" * 30,
        "a" * 300,
    ],
)
def test_any_text_can_be_searched_for(query: str, officer: Client) -> None:
    make_customer(last_name="Zz")

    response = search(officer, query)

    assert (response.status_code, response.context["hits"]) == (200, 0)


def test_every_naughty_string_is_answered_and_suggested_for(officer: Client) -> None:
    make_customer(last_name="Exämple")

    for number, text in enumerate(STRINGS):
        path = "/search/suggestions/" if number % 3 == 0 else "/search/"
        assert officer.post(path, {"q": text}).status_code in {200, 302, 422}, (path, text)


@pytest.mark.parametrize("length", [LONGEST_QUERY + 1, 100_000])
def test_what_is_too_long_is_refused_and_not_repeated(length: int, officer: Client) -> None:
    response = search(officer, "x" * length)

    assert response.status_code == 422
    assert "too long to search for" in response.content.decode()
    assert "xxxx" not in response.content.decode()
    assert not AccessEvent.objects.exists()
    assert officer.post("/search/suggestions/", {"q": "x" * length}).content.strip() == b""


def test_a_search_takes_the_same_queries_for_two_hits_and_for_fifty(officer: Client) -> None:
    def queries(query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert search(officer, query).status_code == 200
        return len(captured)

    user = make_provider_user(make_customer(last_name="Garcia"))
    make_customer(last_name="Garcia")
    for _number in range(2):
        make_draft(user, with_front=False)
    few = [queries("garcia"), queries("X1234567")]

    for _number in range(20):
        make_draft(make_provider_user(make_customer(last_name="Garcia")), with_front=False)
    many = [queries("garcia"), queries("X1234567")]

    assert many == few
    assert max(few) <= 22


def test_a_search_leaves_no_trace_of_itself_but_a_hash(officer: Client) -> None:
    make_customer(), make_customer()

    response = search(officer, "Exämple")

    assert response.context["hits"] == 2
    assert "exämple" not in str(AccessEvent.objects.values_list()).lower()
    event = AccessEvent.objects.get()
    assert set(event.details) == {"hits", "query_hash"}
    assert officer.get("/search/", {"q": "Exämple"}).status_code == 405


def test_two_hits_are_listed_escaped(officer: Client) -> None:
    make_customer(last_name="<b>Bold</b>")
    make_customer(last_name="<b>Bold</b>")

    page = search(officer, "<b>bold").content.decode()

    assert page.count("&lt;b&gt;Bold&lt;/b&gt;") >= 2
    assert "<b>Bold</b>" not in page


# --- suggestions ------------------------------------------------------------------------------------------------------


def suggested(client: Client, query: str) -> str:
    return client.post("/search/suggestions/", {"q": query}, headers={"HX-Request": "true"}).content.decode()


def test_suggestions_are_options_that_lead_to_their_pages(officer: Client) -> None:
    customer = make_customer(first_name="Ana", last_name="Kowalska", reference="crm-ana")

    options = suggested(officer, "kowal")

    assert 'role="listbox"' in options
    assert f'href="{customer.get_absolute_url()}"' in options
    assert "crm-ana" in options
    assert "<html" not in options


def test_suggestions_are_few(officer: Client) -> None:
    for _number in range(12):
        make_customer(last_name="Garcia")

    options = suggested(officer, "garcia")

    assert options.count('role="option"') == 8
    assert "There are more" in options


def test_suggestions_are_an_event_once_a_minute_for_a_person_and_text(officer: Client) -> None:
    make_customer(last_name="Garcia")
    colleague = client_as("auditor")

    for _again in range(3):
        suggested(officer, "garc")
    suggested(officer, "garci")
    suggested(colleague, "garc")

    events = AccessEvent.objects.filter(action="search.run")
    assert events.count() == 3
    assert all(event.details["suggested"] for event in events)
    assert "garc" not in str(events.values_list())


def test_no_suggestion_is_shown_when_its_event_cannot_be_written(
    officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_event: Any) -> None:
        raise RuntimeError("no log")

    make_customer(last_name="Garcia")
    monkeypatch.setattr("verifications.views.search.record_access", refuse)

    with pytest.raises(RuntimeError):
        suggested(officer, "garcia")
    with pytest.raises(RuntimeError):
        suggested(officer, "garcia")


def test_every_page_offers_the_search_and_degrades_to_a_form(officer: Client) -> None:
    page = officer.get("/").content.decode()

    assert 'hx-post="/search/suggestions/"' in page
    assert 'action="/search/"' in page
    assert 'role="combobox"' not in page


def test_an_id_of_nothing_finds_nothing(officer: Client) -> None:
    assert Customer.objects.count() == 0
    assert search(officer, str(uuid.uuid4())).context["hits"] == 0
