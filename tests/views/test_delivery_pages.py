"""The delivery pages: what waits at each account, how calls fare, unknown outcomes and dead letters."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_account, make_provider_user
from tests.views.delivery_records import dead, finished, lost, proposed
from tests.views.support import client_as
from verifications.models import AccessEvent, AuditEvent, ProviderAccount, ProviderCall
from verifications.selectors.delivery_figures import Figures, figures_by_account, figures_by_quarter
from verifications.selectors.navigation import navigation
from verifications.selectors.tries import tries_after, tries_before
from verifications.services.dead_letters import retry_dead_call

pytestmark = pytest.mark.django_db

OVERVIEW, UNKNOWN, DEAD = "/delivery/", "/delivery/unknown/", "/delivery/dead/"
REASON = "The customer has left, as 김민준 wrote."


@pytest.fixture
def admin() -> Client:
    return client_as("administrator")


def text_of(client: Client, address: str, **headers: str) -> str:
    response = client.get(address, **headers)  # type: ignore[arg-type]
    assert response.status_code == 200
    return str(response.content.decode())


def row_of(client: Client, account: ProviderAccount) -> Any:
    rows = client.get(OVERVIEW).context["rows"]
    return next(row for row in rows if row["account"] == account)


def ago(**length: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(**length)


# --- the overview ---------------------------------------------------------------------------------------------------


def test_the_overview_counts_what_is_due_what_comes_later_and_what_is_out(admin: Client) -> None:
    account = make_account()
    finished(account, "WAITING", not_before=ago(minutes=7))
    finished(account, "WAITING", not_before=ago(minutes=2))
    finished(account, "WAITING", not_before=ago(hours=-1))

    row = row_of(admin, account)

    backlog = row["delivery"].backlog
    assert (backlog.due, backlog.later, backlog.sending) == (2, 1, 0)
    assert (row["age"], row["is_late"]) == ("7 min", True)
    assert "oldest 7 min" in text_of(admin, OVERVIEW)


@pytest.mark.parametrize(
    ("changes", "label", "words"),
    [
        ({}, "On", ""),
        ({"failures": 1}, "On", "The last call was without a proper answer. It pauses by itself at 5."),
        ({"is_enabled": False}, "Off", "Nothing is sent."),
        ({"paused_at": ago(minutes=1), "paused_reason": "The key was refused."}, "Stopped", "The key was refused."),
        ({"failures": 6, "circuit_opened_at": ago(minutes=1), "circuit_until": ago(hours=-2)}, "Paused", "6 calls"),
        ({"failures": 6, "circuit_opened_at": ago(minutes=1), "circuit_until": ago(seconds=1)}, "Probing", "probe"),
    ],
)
def test_the_state_of_an_account_says_why_and_what_is_next(
    admin: Client, changes: dict[str, Any], label: str, words: str
) -> None:
    account = make_account()
    ProviderAccount.objects.filter(pk=account.pk).update(**changes)

    state = row_of(admin, account)["state"]

    assert state.label == label
    assert words in state.why
    assert label in text_of(admin, "/providers/")
    assert label in text_of(admin, account.get_absolute_url())


def test_an_open_circuit_names_its_end_and_what_waits_behind_it(admin: Client) -> None:
    account = make_account()
    until = timezone.now() + dt.timedelta(minutes=4)
    ProviderAccount.objects.update(failures=5, circuit_opened_at=ago(minutes=1), circuit_until=until)
    finished(account, "WAITING", not_before=ago(minutes=2))

    page = text_of(admin, OVERVIEW)

    assert f"Paused until {until:%H:%M:%S}" in page
    assert "1 call waits behind it." in page


def test_the_figures_are_those_of_the_hour_and_of_the_day(admin: Client) -> None:
    account = make_account()
    for status in ("SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "NOT_SENT"):
        finished(account, status)
    finished(account, "REFUSED", finished_at=ago(hours=5), duration_ms=2345)
    finished(account, "SUCCEEDED", finished_at=ago(hours=25))
    finished(account, "REFUSED", operation="CHECK_CONNECTION")
    finished(account, "CANCELLED")

    row = row_of(admin, account)

    assert (row["hour"]["percent"], row["hour"]["total"]) == ("75 %", 4)
    assert (row["day"]["percent"], row["day"]["total"], row["day"]["p95"]) == ("60 %", 5, "2.3 s")


def test_the_last_success_is_found_behind_newer_failures(admin: Client) -> None:
    account = make_account()
    success = finished(account, finished_at=ago(days=3))
    finished(account, "NOT_SENT")
    finished(make_account())

    assert row_of(admin, account)["delivery"].last_success == success.finished_at


@pytest.mark.parametrize(
    ("durations", "median", "p95"),
    [([], None, None), ([7], 7, 7), ([99, 100, 1234], 100, 1200), ([10] * 19 + [123_456], 10, 10), ([0, 5], 0, 5)],
)
def test_percentiles_are_read_off_in_two_digits(durations: list[int], median: int | None, p95: int | None) -> None:
    account = make_account()
    for duration in durations:
        finished(account, duration_ms=duration)
    finished(account, "NOT_SENT", duration_ms=None)

    figures = figures_by_account([account.pk], since=ago(hours=1))[account.pk]

    assert (figures.median_ms, figures.p95_ms) == (median, p95)
    assert figures.total == len(durations) + 1


def test_nearly_all_is_not_shown_as_all() -> None:
    assert Figures().success_percent is None
    assert Figures(Counter(SUCCEEDED=99_999, UNKNOWN=1)).success_percent == 99.9
    assert Figures(Counter(SUCCEEDED=5)).success_percent == 100


def test_quarter_hours_are_whole_and_reach_back_one_day() -> None:
    account = make_account()
    now = dt.datetime(2026, 11, 20, 12, 7, tzinfo=dt.UTC)
    first = dt.datetime(2026, 11, 19, 12, 15, tzinfo=dt.UTC)
    for at in (first, first - dt.timedelta(milliseconds=1), now, now - dt.timedelta(minutes=7, milliseconds=1)):
        finished(account, finished_at=at)

    quarters = figures_by_quarter([account.pk], now=now)

    assert (len(quarters), quarters[0].start) == (96, first)
    assert quarters[-1].start == dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
    assert [quarter.figures.total for quarter in (quarters[0], quarters[-2], quarters[-1])] == [1, 1, 1]
    assert sum(quarter.figures.total for quarter in quarters) == 3


def test_the_plots_and_the_table_have_the_same_figures_of_the_chosen_account(admin: Client) -> None:
    account = make_account()
    finished(account)
    finished(account, "UNKNOWN")
    finished(make_account())

    page = text_of(admin, f"{OVERVIEW}?account={account.public_id}")
    nobody = text_of(admin, f"{OVERVIEW}?account=nonsense")

    plot = _plot_data(page)
    assert (sum(plot["outcomes"]["succeeded"]), sum(plot["outcomes"]["unknown"])) == (1, 1)
    assert len(plot["starts"]) == len(plot["p50"]) == 96
    assert "120 ms" in page
    assert not any(sum(calls) for calls in _plot_data(nobody)["outcomes"].values())


def test_the_two_moving_parts_come_alone(admin: Client) -> None:
    make_account()

    live = text_of(admin, OVERVIEW, HTTP_HX_REQUEST="true")
    figures = text_of(admin, f"{OVERVIEW}?part=figures", HTTP_HX_REQUEST="true")

    assert 'id="live"' in live
    assert 'id="figures"' in figures
    assert "<h1" not in live + figures
    assert 'id="plot-data"' not in live


def test_the_switch_is_for_who_may_and_comes_back_here(admin: Client) -> None:
    account = make_account()
    switch = reverse("verifications:provider_account_switch", args=[account.public_id])

    response = admin.post(switch, {"enabled": "0", "back": "delivery"})

    account.refresh_from_db()
    assert (response.headers["Location"], account.is_enabled) == (OVERVIEW, False)
    assert switch in text_of(admin, OVERVIEW)
    assert switch not in text_of(client_as("officer"), OVERVIEW)


def test_an_installation_without_accounts_says_what_comes_here(admin: Client) -> None:
    assert "No provider account yet" in text_of(admin, OVERVIEW)


def test_the_overview_takes_the_same_queries_whatever_was_sent(admin: Client) -> None:
    accounts = [make_account() for _number in range(2)]
    finished(accounts[0])
    few = _queries(admin, OVERVIEW)

    for number in range(40):
        finished(accounts[number % 2], finished_at=ago(minutes=20 * number))
        finished(accounts[number % 2], "WAITING")
    for _number in range(3):
        make_account()

    assert _queries(admin, OVERVIEW) == few


# --- unknown outcomes -----------------------------------------------------------------------------------------------


def test_unknown_outcomes_are_listed_oldest_first_with_their_proposal(admin: Client) -> None:
    first, second = lost(), lost()
    proposed(second, by=admin.user)  # type: ignore[attr-defined]

    response = admin.get(UNKNOWN)

    rows = response.context["rows"]
    assert [row["unknown"].verification.pk for row in rows] == [first.pk, second.pk]
    page = response.content.decode()
    assert reverse("verifications:reconciliation", args=[first.public_id]) in page
    assert "by you, waits for a second person" in page
    assert rows[0]["unknown"].call.body_sha256[:8] in page


def test_the_list_of_unknown_outcomes_takes_the_same_queries_for_one_and_for_many(admin: Client) -> None:
    proposed(lost(), by=admin.user)  # type: ignore[attr-defined]
    one = _queries(admin, UNKNOWN)

    for _number in range(4):
        proposed(lost(), by=admin.user)  # type: ignore[attr-defined]

    assert _queries(admin, UNKNOWN) == one


def test_the_list_of_unknown_outcomes_can_be_cut_to_an_account(admin: Client) -> None:
    first, _second = lost(), lost()

    rows = admin.get(UNKNOWN, {"account": str(first.account.public_id)}).context["rows"]

    assert [row["unknown"].verification.pk for row in rows] == [first.pk]
    assert admin.get(UNKNOWN, {"account": "no id"}).context["rows"] == []


def test_the_navigation_counts_what_a_person_has_to_settle(admin: Client) -> None:
    user = admin.user  # type: ignore[attr-defined]
    before = _delivery_count(user)
    lost()
    dead()
    dead()

    assert (before, _delivery_count(user)) == (None, 3)


# --- dead letters ---------------------------------------------------------------------------------------------------


def test_a_dead_letter_shows_its_cause_and_its_earlier_tries(admin: Client) -> None:
    call = dead(tries=4)

    response = admin.get(DEAD)

    page = response.content.decode()
    (_call, tries, _chosen) = response.context["rows"][0]
    assert [one.number for one, _look in tries] == [3, 2, 1]
    assert "3 earlier tries" in page
    assert "http_503" in page
    assert str(call.public_id) in page


def test_dead_letters_take_the_same_queries_for_one_and_for_many(admin: Client) -> None:
    dead(tries=2)
    one = _queries(admin, DEAD)

    for _number in range(5):
        dead(tries=3)

    assert _queries(admin, DEAD) == one


def test_dead_letters_are_filtered_by_account_and_operation(admin: Client) -> None:
    call, _other = dead(), dead()

    def found(**chosen: str) -> list[int]:
        return [row[0].pk for row in admin.get(DEAD, chosen).context["rows"]]

    assert found(account=str(call.account.public_id)) == [call.pk]
    assert found(account=str(call.account.public_id), operation="GET_USER") == []
    assert len(found(operation="UPDATE_USER")) == 2
    assert found(account="no id") == []


def test_many_are_tried_again_each_with_its_result(admin: Client) -> None:
    user = make_provider_user()
    good, late = dead(user), dead()
    retry_dead_call(call_id=late.pk, actor="user:0", at=timezone.now())

    response = admin.post(f"{DEAD}retry/", {"call": [str(good.public_id), str(late.public_id)]})

    page = response.content.decode()
    assert "1 of 2" in page
    assert "was retried or set aside already" in page
    again = ProviderCall.objects.get(previous=good)
    assert (again.status, again.number) == ("WAITING", 1)
    assert AuditEvent.objects.filter(action="provider_call.retried", subject_id=str(good.public_id)).count() == 1


def test_trying_the_same_twice_sends_it_once(admin: Client) -> None:
    call = dead()

    for _time in range(2):
        admin.post(f"{DEAD}retry/", {"call": str(call.public_id)})

    assert ProviderCall.objects.filter(previous=call).count() == 1


@pytest.mark.parametrize("action", ["retry", "set-aside"])
@pytest.mark.parametrize("chosen", [[], ["no id"], ["00000000-0000-0000-0000-000000000007"]])
def test_choosing_nothing_changes_nothing_and_keeps_the_filter(admin: Client, action: str, chosen: list[str]) -> None:
    dead()

    response = admin.post(f"{DEAD}{action}/?operation=UPDATE_USER", {"call": chosen, "reason": REASON})

    assert response.headers["Location"] == f"{DEAD}?operation=UPDATE_USER"
    assert ProviderCall.objects.filter(is_dead=True).count() == 1


def test_many_are_set_aside_for_a_reason_that_auditors_read(admin: Client) -> None:
    calls = [dead(), dead()]

    response = admin.post(
        f"{DEAD}set-aside/", {"call": [str(call.public_id) for call in calls], "reason": f" {REASON}\x07"}
    )

    assert "2 of 2" in response.content.decode()
    assert not ProviderCall.objects.filter(is_dead=True).exists()
    assert set(AuditEvent.objects.filter(action="provider_call.set_aside").values_list("reason", flat=True)) == {REASON}


def test_a_missing_reason_is_asked_for_next_to_the_field_and_the_choice_is_kept(admin: Client) -> None:
    chosen, other = dead(), dead()

    response = admin.post(f"{DEAD}set-aside/", {"call": str(chosen.public_id), "reason": "left"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "Say in a few words" in page
    assert ">left</textarea>" in page
    assert {row[0].pk: row[2] for row in response.context["rows"]} == {chosen.pk: True, other.pk: False}
    assert ProviderCall.objects.filter(is_dead=True).count() == 2


@pytest.mark.parametrize("role", ["officer", "auditor"])
def test_who_may_not_retry_sees_the_list_without_the_buttons(role: str) -> None:
    call = dead()
    client = client_as(role)

    pages = text_of(client, DEAD) + text_of(client, f"/calls/{call.public_id}/")

    assert "Try again" not in pages
    assert "set-aside" not in pages
    assert client.post(f"{DEAD}retry/", {"call": str(call.public_id)}).status_code == 403


# --- one call -------------------------------------------------------------------------------------------------------


def test_tries_are_found_in_both_directions_however_they_were_made() -> None:
    last = dead(tries=5)
    first = ProviderCall.objects.get(number=1)

    assert [one.number for one in tries_before([last, first])[last.pk]] == [4, 3, 2, 1]
    assert tries_before([first])[first.pk] == []
    assert [one.number for one in tries_after(first)] == [2, 3, 4, 5]


def test_a_call_shows_its_tries_and_what_can_be_done(admin: Client) -> None:
    call = dead(tries=3)
    first = ProviderCall.objects.get(number=1)

    page, page_of_first = (text_of(admin, f"/calls/{one.public_id}/") for one in (call, first))

    assert f"/calls/{first.public_id}/" in page
    assert f"/calls/{call.public_id}/" in page_of_first
    assert "Try again" in page
    assert "Try again" not in page_of_first


def test_a_lost_submission_leads_to_its_reconciliation_until_it_is_settled(admin: Client) -> None:
    verification = lost()
    call = verification.calls.get(status="UNKNOWN")
    way = reverse("verifications:reconciliation", args=[verification.public_id])
    before = text_of(admin, f"/calls/{call.public_id}/")

    admin.post(way, {"choice": "MATCH", "reference": "ver_9", "reason": "Their desk named the id."})

    assert way in before
    assert way not in text_of(admin, f"/calls/{call.public_id}/")


def test_a_sealed_original_is_shown_for_a_purpose_and_leaves_an_access_event(admin: Client) -> None:
    call = lost().calls.get(status="UNKNOWN")
    page = text_of(admin, f"/calls/{call.public_id}/")
    reveal = reverse("verifications:value_reveal", args=["call", call.public_id, "request_original"])

    without = admin.post(reveal, {"purpose": ""})
    shown = admin.post(reveal, {"purpose": "INCIDENT"})

    assert reveal in page
    assert (without.status_code, shown.status_code) == (422, 200)
    event = AccessEvent.objects.latest("id")
    assert (event.field, event.purpose, event.subject_id) == ("request_original", "INCIDENT", str(call.public_id))
    assert call.customer is not None
    assert event.customer_id == call.customer.public_id


def _plot_data(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="plot-data" type="application/json">(.*?)</script>', page)
    assert found is not None
    data: dict[str, Any] = json.loads(found.group(1))
    return data


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def _delivery_count(user: Any) -> int | None:
    items = [item for group in navigation(user, path="/", query="") for item in group["items"]]
    return next(item["count"] for item in items if item["label"] == "Delivery")
