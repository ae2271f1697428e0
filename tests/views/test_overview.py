"""The overview: figures that are the counts of the lists they open."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import NOON, make_user
from tests.services.support import submitted
from tests.views.decision_records import answered, decided, waiting_decision
from tests.views.queue_support import make_case, numbers
from tests.views.support import client_as
from verifications.enums import ProviderAnswer
from verifications.models import Case, Decision, PersonSettings, Verification
from verifications.policy.roles import OFFICER
from verifications.selectors import paging
from verifications.selectors.decision_list import DecisionFilter, matching_decisions
from verifications.selectors.overview import AGE_BUCKETS, NOW, lengths_of
from verifications.selectors.periods import period_of, read_period
from verifications.services.decision_reviews import approve_decision, return_decision
from verifications.views.overview_plots import paired_plot, stacked_plot
from verifications.views.overview_words import length_words, percent

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NOVEMBER = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.fixture
def officer() -> Any:
    return client_as("officer")


def closed_case(*, after: dt.timedelta = HOUR, is_late: bool = False) -> Case:
    """Closed a minute ago, so many hours after it was opened."""
    closed = timezone.now() - dt.timedelta(minutes=1)
    due = closed - HOUR if is_late else closed + HOUR
    return make_case(
        state="CLOSED", opened_at=closed - after, closed_at=closed, due_at=due, decided_at=closed, outcome="APPROVE"
    )


def a_working_day() -> None:
    """Cases of every kind, decisions that took effect, and one of each that needed a second person."""
    now = timezone.now()
    make_case(opened_at=now - 5 * DAY, due_at=now - DAY, breached_at=now - DAY)
    make_case(paused_at=now - HOUR, paused_left=HOUR, state="WAITING_FOR_CUSTOMER")
    make_case(risk="HIGH", state="ESCALATED", is_escalated=True)
    closed_case()
    closed_case(after=3 * HOUR, is_late=True)
    second = make_user(OFFICER)
    decided(answered(), make_user(OFFICER))
    decided(answered(), make_user(OFFICER), "DECLINE")
    approve_decision(decision_id=waiting_decision().pk, person=second, at=timezone.now())
    return_decision(decision_id=waiting_decision().pk, person=second, at=timezone.now(), note="Another passport.")
    waiting_decision()
    since = timezone.now() - HOUR
    Case.objects.filter(opened_at=NOON).update(opened_at=since, due_at=since + 8 * HOUR)
    Verification.objects.filter(submitted_at=NOON).update(submitted_at=since)


def rows_behind(client: Any, url: str) -> int:
    return len(client.get(unescape(url)).context["page"].rows)


def test_every_number_with_a_list_is_the_length_of_that_list(officer: Any) -> None:
    a_working_day()

    page = officer.get("/overview/")

    shown = [(box[1], box[2]) for box in page.context["now_boxes"]]
    shown += [(value, url) for _label, value, url, _share in page.context["ages"]]
    shown += [(value, url) for _l, value, url, _n, _b in page.context["flow"] if value.isdecimal()]
    shown += [(count, url) for _css, _label, count, _share, url in page.context["outcomes"]]
    shown += [(count, url) for _label, count, url in page.context["reviews"]["rows"]]
    shown += [(page.context["reviews"]["asked"], page.context["reviews"]["asked_url"])]
    shown += [(row[f"{what}"], row[f"{what}_url"]) for row in page.context["days"] for what in ("opened", "closed")]
    shown += [pair for row in page.context["days"] for pair in row["outcomes"]]
    shown += [(page.context["reviews"]["reviewed"], page.context["reviews"]["reviewed_url"])]
    shown += [(page.context["found"].decided, page.context["decided_url"])]
    shown += [(page.context["elapsed"]["count"], page.context["closed_url"])]
    for row in page.context["providers"]:
        words = ("submitted", "accepted", "refused", "unknown", "answered")
        shown += [(getattr(row["figures"], word), row[f"{word}_url"]) for word in words]
    for row in page.context["people"]:
        shown += [(row["person"].open_cases, row["open_url"]), (row["decided"], row["decided_url"])]
    assert len(shown) > 40
    assert sum(1 for value, _url in shown if int(value)) > 15
    assert {url: int(value) for value, url in shown} == {url: rows_behind(officer, url) for _value, url in shown}
    words = unescape(page.content.decode())
    assert [url for _value, url in shown if f'href="{url}"' not in words and int(_value)] == []


def test_a_list_says_how_many_there_are_also_where_a_page_holds_fewer(
    officer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_working_day()
    monkeypatch.setattr(paging.keyset_page, "__kwdefaults__", {"token": "", "size": 2})
    found = officer.get("/overview/").context["found"]

    cases, checks = officer.get("/overview/cases/opened/"), officer.get("/overview/checks/submitted/")
    decisions = officer.get("/decisions/?state=effective")

    assert (cases.context["count"], len(cases.context["rows"])) == (found.opened, 2)
    assert f"<span>{found.opened} cases</span>" in cases.content.decode()
    assert checks.context["count"] == sum(row.submitted for row in found.providers) > 2
    assert f"<span>{checks.context['count']} verifications</span>" in checks.content.decode()
    assert decisions.context["count"] == found.decided > 2


def test_every_open_case_is_of_one_age(officer: Any) -> None:
    now = timezone.now()
    for age in (dt.timedelta(), 23 * HOUR, DAY, 3 * DAY - HOUR, 3 * DAY, 7 * DAY, 30 * DAY, 400 * DAY):
        make_case(opened_at=now - age)

    found = officer.get("/overview/").context["found"]

    assert [found.now[f"age-{bucket}"] for bucket in AGE_BUCKETS] == [2, 2, 1, 1, 2]
    assert found.now["open"] == 8


def test_days_in_an_order_that_is_none_are_refused_in_words_and_kept(officer: Any) -> None:
    page = officer.get("/overview/?from=2026-03-02&until=2026-03-01")

    assert page.context["period"].key == "30"
    assert "These days can’t be shown" in page.content.decode()
    assert 'name="from" value="2026-03-02"' in page.content.decode()
    assert "can’t be shown" not in officer.get("/overview/?from=2026-03-01&until=2026-03-02").content.decode()


def test_a_chosen_period_goes_before_days_left_in_the_form(officer: Any) -> None:
    decided(answered(), make_user(OFFICER))

    page = officer.get("/decisions/?period=7&from=2026-01-01&until=2026-01-02")

    assert (page.context["period"].key, page.context["count"]) == ("7", 1)
    assert officer.get("/decisions/?period=&from=2026-01-01&until=2026-01-02").context["count"] == 0


def test_figures_tell_apart_what_was_asked_of_second_persons(officer: Any) -> None:
    a_working_day()

    found = officer.get("/overview/").context["found"]

    assert (found.opened, found.closed, found.late, found.breached) == (10, 5, 1, 1)
    assert dict(found.outcomes) == {"APPROVE": 2, "DECLINE": 1}
    assert (found.asked_second, found.states["APPROVED"], found.states["RETURNED"], found.states[""]) == (3, 1, 1, 1)
    assert (found.gated, found.covered) == (1, 1)
    assert (found.now["overdue"], found.now["paused"], found.now["staged"], found.now["high"]) == (1, 1, 1, 3)


def test_a_gated_decision_that_stands_without_a_second_person_shows(officer: Any) -> None:
    """No service can bring it about; the figure must not depend on that."""
    decision = waiting_decision()
    Case.objects.filter(pk=decision.case_id).update(decision=decision)

    page = officer.get("/overview/")

    assert page.context["coverage"] == "0\N{NO-BREAK SPACE}%"
    url = page.context["reviews"]["missing_url"]
    assert url in unescape(page.content.decode())
    assert rows_behind(officer, url) == page.context["uncovered"] == 1


def test_times_are_medians_by_the_clock_and_in_working_hours(officer: Any) -> None:
    for hours in (1, 2, 30):
        closed_case(after=hours * HOUR)

    page = officer.get("/overview/")

    assert page.context["elapsed"]["median"] == "2.0\N{NO-BREAK SPACE}h"
    assert page.context["elapsed"]["p90"] == "30.0\N{NO-BREAK SPACE}h"
    assert page.context["found"].worked.p90 <= 30 * HOUR
    assert page.context["elapsed"]["count"] == 3


@pytest.mark.parametrize("count", [0, 1, 2, 10, 11])
def test_percentiles_are_by_nearest_rank(count: int) -> None:
    found = lengths_of(number * HOUR for number in range(1, count + 1))

    assert found.count == count
    expected = {0: (None, None), 1: (1, 1), 2: (1, 2), 10: (5, 9), 11: (6, 10)}[count]
    assert (found.median, found.p90) == tuple(None if hours is None else hours * HOUR for hours in expected)


def test_the_page_takes_the_same_queries_however_much_there_is(officer: Any) -> None:
    a_working_day()
    officer.get("/overview/")
    with CaptureQueriesContext(connection) as few:
        officer.get("/overview/")

    a_working_day()
    with CaptureQueriesContext(connection) as many:
        officer.get("/overview/?period=90")

    assert len(many) == len(few)
    assert len(few) <= 32


def test_days_are_those_of_the_persons_zone(officer: Any) -> None:
    PersonSettings.objects.create(person=officer.user, time_zone="Pacific/Auckland")
    late = dt.datetime(2026, 11, 3, 20, tzinfo=dt.UTC)
    make_case(opened_at=late)

    page = officer.get("/overview/?from=2026-11-01&until=2026-11-10")

    (row,) = page.context["days"]
    assert row["day"] == dt.date(2026, 11, 4)
    assert rows_behind(officer, row["opened_url"]) == 1


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ({"period": "7"}, "2026-11-14", "2026-11-20"),
        ({"period": "quarter"}, "2026-10-01", "2026-11-20"),
        ({"period": "last-quarter"}, "2026-07-01", "2026-09-30"),
        ({"from": "2026-01-05", "until": "2026-01-06"}, "2026-01-05", "2026-01-06"),
        ({"from": "2026-01-06", "until": "2026-01-05"}, "2026-10-22", "2026-11-20"),
        ({"from": "1026-01-06", "until": "2026-01-05"}, "2026-10-22", "2026-11-20"),
        ({"from": "2026-01-06"}, "2026-10-22", "2026-11-20"),
        ({"period": "bogus"}, "2026-10-22", "2026-11-20"),
    ],
)
def test_a_period_is_read_tolerantly(asked: dict[str, str], first: str, last: str) -> None:
    period = read_period(asked, NOVEMBER)

    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)
    assert read_period(dict(period.pairs), NOVEMBER) == period


def test_the_quarter_before_the_first_is_of_the_year_before() -> None:
    period = period_of("last-quarter", dt.datetime(2027, 2, 3, 12, tzinfo=dt.UTC))

    assert (period.first, period.last) == (dt.date(2026, 10, 1), dt.date(2026, 12, 31))


def test_only_who_assigns_cases_sees_the_figures_of_people(officer: Any) -> None:
    assert officer.get("/overview/").context["people"] is not None
    assert client_as("auditor").get("/overview/").context["people"] is None


def test_the_overview_names_no_customer_and_its_plots_need_no_script(officer: Any) -> None:
    a_working_day()

    page = officer.get("/overview/").content.decode()

    assert "Exämple" not in page
    assert page.count('<svg class="chart__drawing"') == 2
    assert "<title>" in page.split("chart__drawing")[1]
    assert not re.search(r"\sstyle=|<script>|onclick", page)


@pytest.mark.parametrize("path", ["/overview/cases/bogus/", "/overview/checks/bogus/"])
def test_a_list_that_there_is_not_is_not_found(officer: Any, path: str) -> None:
    assert officer.get(path).status_code == 404


def test_lists_behind_numbers_page_through_ties(officer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = timezone.now() - HOUR
    wanted = {make_case(opened_at=opened).number for _number in range(5)}
    monkeypatch.setattr(paging.keyset_page, "__kwdefaults__", {"token": "", "size": 2})

    seen: list[str] = []
    token, pages = "", 0
    while pages == 0 or token:
        page = officer.get("/overview/cases/opened/", {"after": token, "period": "7"})
        seen += [row.number for row, _case in page.context["rows"]]
        token, pages = page.context["page"].next_token, pages + 1

    assert (sorted(seen), pages) == (sorted(wanted), 3)


def test_providers_are_told_apart_by_what_they_took_and_when_they_answered(officer: Any) -> None:
    now = timezone.now()
    verification = submitted()
    Verification.objects.filter(pk=verification.pk).update(
        status="COMPLETED",
        answer="REQUIREMENT_MET",
        submitted_at=now - HOUR,
        accepted_at=now - HOUR,
        completed_at=now - HOUR + dt.timedelta(seconds=90),
    )
    refused = submitted()
    Verification.objects.filter(pk=refused.pk).update(status="REFUSED", submitted_at=now - HOUR)
    unknown = submitted()
    Verification.objects.filter(pk=unknown.pk).update(status="OUTCOME_UNKNOWN", submitted_at=now - HOUR)
    Verification.objects.filter(pk=submitted().pk).update(submitted_at=now - HOUR)

    (row,) = officer.get("/overview/?period=7").context["providers"]

    figures = row["figures"]
    assert (figures.submitted, figures.accepted, figures.refused, figures.unknown) == (4, 1, 1, 1)
    assert row["share"] == "33.3\N{NO-BREAK SPACE}%"
    assert row["times"]["median"] == "1\N{NO-BREAK SPACE}min"


def test_decisions_are_filtered_by_everything_the_address_names(officer: Any) -> None:
    first, second = make_user(OFFICER), make_user(OFFICER)
    approval = decided(answered(), first)
    decline = decided(answered(), second, "DECLINE")
    staged = waiting_decision()

    def shown(**query: str) -> set[int]:
        return {row["decision"].pk for row in officer.get("/decisions/", query).context["rows"]}

    assert shown() == {approval.pk, decline.pk, staged.pk}
    assert shown(outcome="DECLINE") == {decline.pk}
    assert shown(person=str(first.pk)) == {approval.pk}
    assert shown(reason=decline.reason.code) == {decline.pk}
    assert shown(second="asked") == shown(state="waiting") == {staged.pk}
    assert shown(state="effective", outcome="APPROVE") == {approval.pk}
    assert shown(policy="1") == {approval.pk, decline.pk, staged.pk}
    assert shown(policy="9") == shown(period="last-quarter") == set()
    assert shown(outcome="BOGUS", person="1e3", second="x", state="x", policy="-1") == shown()


def test_the_list_of_decisions_costs_the_same_for_one_and_for_many(officer: Any) -> None:
    waiting_decision()
    with CaptureQueriesContext(connection) as few:
        officer.get("/decisions/")

    for _number in range(4):
        decided(answered(ProviderAnswer.REQUIREMENT_MET), make_user(OFFICER))
    with CaptureQueriesContext(connection) as many:
        page = officer.get("/decisions/")

    assert len(page.context["rows"]) == 5
    assert len(many) == len(few)
    assert "rationale" not in page.content.decode()


def test_a_list_of_decisions_is_ordered_by_the_index_it_pages_by() -> None:
    newest = matching_decisions(DecisionFilter(), period_of("7", timezone.now())).order_by("-made_at", "-id")

    assert ("-made_at", "-id") in {tuple(index.fields) for index in Decision._meta.indexes}
    assert newest.query.order_by == ("-made_at", "-id")


def test_queue_lists_of_the_overview_are_known_to_the_queue(officer: Any) -> None:
    assert {chosen.url for chosen in NOW.values()} == {chosen.having().url for chosen in NOW.values()}
    assert numbers(officer.get("/")) == set()


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 0, ""),
        (0, 3, "0\N{NO-BREAK SPACE}%"),
        (3, 3, "100\N{NO-BREAK SPACE}%"),
        (2, 3, "66.7\N{NO-BREAK SPACE}%"),
        (9999, 10_000, "99.9\N{NO-BREAK SPACE}%"),
    ],
)
def test_shares_are_rounded_and_never_up_to_all(part: int, whole: int, words: str) -> None:
    assert percent(part, whole) == words


def test_lengths_are_in_the_unit_that_fits() -> None:
    assert [length_words(length) for length in (None, 40 * dt.timedelta(seconds=1), 90 * HOUR / 60, 5.2 * HOUR)] == [
        "",
        "40\N{NO-BREAK SPACE}s",
        "1.5\N{NO-BREAK SPACE}h",
        "5.2\N{NO-BREAK SPACE}h",
    ]
    assert (length_words(3 * DAY), length_words(3 * DAY, in_hours=True)) == (
        "3.0\N{NO-BREAK SPACE}d",
        "72.0\N{NO-BREAK SPACE}h",
    )


def test_columns_stand_on_the_ground_and_fill_the_height_at_the_top() -> None:
    stacked = stacked_plot([("one", [("good", 3), ("bad", 1)]), ("none", [("good", 0), ("bad", 0)])])
    paired = paired_plot([("one", [("good", 3), ("bad", 4)])])

    good, bad = stacked.columns[0].bars
    assert (stacked.top, good.y + good.height, bad.y, bad.y + bad.height) == (4, stacked.height, 0, good.y)
    assert stacked.columns[1].bars == ()
    assert [bar.height for bar in paired.columns[0].bars] == [120, 160]
    assert stacked_plot([]).top == 4
    assert stacked_plot([("many", [("good", 1234)])]).top == 2000
