"""The queue: views and filters in the address, paging through ties, columns, texts, what is new."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_user
from tests.views.queue_support import make_case, numbers
from tests.views.support import client_as
from verifications.enums import AccessAction, AuditAction
from verifications.models import AccessEvent, AuditEvent, Case, PersonSettings
from verifications.policy.roles import OFFICER
from verifications.selectors import paging
from verifications.selectors.queue_filter import COLUMNS, STANDARD_COLUMNS, QueueFilter

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR


@pytest.fixture
def officer() -> Any:
    return client_as("officer")


def shown(client: Client, query: str) -> set[str]:
    response = client.get(f"/?{query}")
    assert response.status_code == 200
    return numbers(response)


def test_each_filter_lives_in_the_address_and_shows_what_fits(officer: Any) -> None:
    now = timezone.now()
    other = make_user(OFFICER, first_name="Mira", last_name="Sol")
    plain = make_case()
    odd = make_case(
        state="PROVIDER_REFUSED",
        risk="HIGH",
        provider="CAPA_PARTNER",
        method="LINK",
        country="NL",
        owner=other,
        kind="REVIEW",
        answer="REJECTED",
        opened_at=now - 8 * DAY,
        due_at=now - HOUR,
    )
    only_odd = (
        *("state=PROVIDER_REFUSED", "risk=HIGH", "provider=CAPA_PARTNER", "method=LINK", "country=nl", "kind=REVIEW"),
        *(f"owner={other.pk}", "answer=REJECTED", "age=7", "age=7-30", "due=overdue", "view=overdue", "view=problems"),
        *("view=high", "state=SENDING&state=PROVIDER_REFUSED"),
    )
    only_plain = ("owner=none", "view=unassigned", "age=0-1", "due=soon", "state=NEEDS_DECISION")

    found = {query: shown(officer, query) for query in (*only_odd, *only_plain)}

    assert found == {key: {odd.number} for key in only_odd} | {key: {plain.number} for key in only_plain}


def test_filters_combine(officer: Any) -> None:
    wanted = make_case(country="NL", risk="HIGH")
    make_case(country="NL")
    make_case(risk="HIGH")

    assert shown(officer, "country=NL&risk=HIGH") == {wanted.number}
    assert shown(officer, "country=NL&risk=HIGH&state=SENDING") == set()


def test_what_the_address_does_not_know_filters_nothing_and_is_not_kept() -> None:
    query = QueryDict("view=odd&state=X&state=SENDING&risk=VERY&country=n1&owner=-3&age=2&due=never&sort=up&find=%00")

    chosen = QueueFilter.read(query)

    assert chosen == QueueFilter(state=("SENDING",))
    assert chosen.query == "state=SENDING"


def test_an_address_is_read_back_as_it_was_written() -> None:
    written = "view=high&state=SENDING&state=ESCALATED&country=NL&owner=me&age=3-7&due=today&sort=priority"

    assert QueueFilter.read(QueryDict(written)).query == written
    assert QueueFilter.read(QueueFilter.read(QueryDict(written)).to_save()).query == written


def test_each_chip_leads_to_the_list_without_it(officer: Any) -> None:
    chips = officer.get("/?view=high&state=SENDING&state=ESCALATED&country=NL&owner=me").context["chips"]

    assert [(str(chip.label), str(chip.value), chip.url) for chip in chips] == [
        ("State", "Sending", "?view=high&state=ESCALATED&country=NL&owner=me"),
        ("State", "Escalated", "?view=high&state=SENDING&country=NL&owner=me"),
        ("Country", "NL", "?view=high&state=SENDING&state=ESCALATED&owner=me"),
        ("Owner", "me", "?view=high&state=SENDING&state=ESCALATED&country=NL"),
    ]


def test_a_case_whose_time_stands_still_is_not_overdue(officer: Any) -> None:
    now = timezone.now()
    paused = make_case(due_at=now - DAY, paused_at=now - 2 * DAY, paused_left=5 * HOUR, state="WAITING_FOR_CUSTOMER")
    late = make_case(due_at=now - HOUR)

    assert shown(officer, "view=overdue") == {late.number}
    assert shown(officer, "due=paused") == {paused.number}
    row = next(row for row in officer.get("/").context["rows"] if row.number == paused.number)
    assert (row.due, row.due_css) == ("paused, 24 h left", "due--paused")


def test_closed_cases_have_a_view_of_their_own(officer: Any) -> None:
    closed = make_case(state="CLOSED", closed_at=timezone.now(), outcome="APPROVE")
    still_open = make_case()

    assert shown(officer, "view=closed") == {closed.number}
    assert shown(officer, "") == {still_open.number}
    assert f"Take {closed.number}" not in officer.get("/?view=closed").content.decode()
    assert f"Take {still_open.number}" in officer.get("/").content.decode()


@pytest.mark.parametrize("query", ["", "sort=newest", "sort=priority", "view=closed", "risk=STANDARD&sort=priority"])
@pytest.mark.parametrize("size", [1, 3])
def test_paging_through_ties_neither_skips_nor_repeats(
    query: str, size: int, officer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    closed = {"state": "CLOSED", "closed_at": now} if "closed" in query else {}
    same = {"due_at": now + HOUR, "opened_at": now - HOUR}
    for number in range(7):
        make_case(**same, **closed, priority=(2, 3)[number % 2])
    monkeypatch.setattr(paging.keyset_page, "__kwdefaults__", {"token": "", "size": size})

    seen: list[str] = []
    token = ""
    while True:
        response = officer.get(f"/?{query}", {**QueryDict(query).dict(), **({"after": token} if token else {})})
        seen += [row.number for row in response.context["rows"]]
        token = response.context["page"].next_token
        if not token:
            break

    assert len(seen) == 7
    assert set(seen) == {case.number for case in Case.objects.all()}


def test_a_row_that_moves_behind_the_page_is_not_shown_twice_and_the_others_are_not_skipped(
    officer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    cases = [make_case(due_at=now + number * HOUR) for number in range(1, 6)]
    monkeypatch.setattr(paging.keyset_page, "__kwdefaults__", {"token": "", "size": 2})

    first = officer.get("/")
    Case.objects.filter(pk=cases[0].pk).update(state="CLOSED", closed_at=now)
    second = officer.get("/", {"after": first.context["page"].next_token})

    assert [row.number for row in first.context["rows"]] == [case.number for case in cases[:2]]
    assert [row.number for row in second.context["rows"]] == [case.number for case in cases[2:4]]


def test_the_tabs_count_what_they_show(officer: Any) -> None:
    now = timezone.now()
    make_case(risk="HIGH")
    make_case(owner=officer.user)
    make_case(due_at=now - HOUR, state="OUTCOME_UNKNOWN")

    tabs = officer.get("/").context["tabs"]

    counts = {str(label): count for label, _url, count, _current in tabs}
    assert counts["All open"] == "3"
    assert counts["My cases"] == "1"
    assert counts["Unassigned"] == "2"
    assert counts["Overdue"] == "1"
    assert counts["High risk"] == "1"
    assert counts["Provider problems"] == "1"
    assert counts["Closed"] == ""


def test_counts_stop_at_the_cap(officer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from verifications.selectors import counts

    monkeypatch.setattr(counts.capped_counts, "__kwdefaults__", {"cap": 2})
    for _number in range(3):
        make_case()

    assert officer.get("/").context["matching"] == 2


def test_a_text_is_found_and_stands_in_no_address(officer: Any) -> None:
    hit = make_case(first_name="Marta", last_name="Kowalczyk")
    make_case(first_name="Jonas", last_name="Lindqvist")

    answer = officer.post("/queue/find/", {"q": "kowalcz", "query": "country=AD"})

    assert answer.status_code == 302
    assert "kowalcz" not in answer.url.lower()
    assert "country=AD" in answer.url
    page = officer.get(answer.url)
    assert numbers(page) == {hit.number}
    assert 'value="kowalcz"' in page.content.decode()
    assert "kowalcz" not in str(dict(officer.session))
    event = AccessEvent.objects.get(action=AccessAction.SEARCHED)
    assert event.details["hits"] == 1
    assert "kowalcz" not in str(event.details)


def test_a_text_finds_a_case_by_its_number(officer: Any) -> None:
    hit = make_case()
    make_case()

    page = officer.get(officer.post("/queue/find/", {"q": hit.number, "query": ""}).url)

    assert numbers(page) == {hit.number}


def test_a_text_of_another_session_is_said_to_be_gone(officer: Any) -> None:
    make_case()
    key = officer.post("/queue/find/", {"q": "somebody", "query": ""}).url

    page = client_as("auditor").get(key)

    assert numbers(page) == set()
    assert "This search is gone" in page.content.decode()


def test_the_chosen_columns_and_closeness_are_kept_for_the_person(officer: Any) -> None:
    make_case()

    officer.post("/queue/columns/", {"column": ["due", "priority", "nonsense"], "is_dense": "1", "query": "risk=HIGH"})
    page = officer.get("/")

    assert list(page.context["columns"]) == ["priority", "due"]
    content = page.content.decode()
    assert "table--dense" in content
    assert 'data-label="Country"' not in content
    assert AuditEvent.objects.filter(action=AuditAction.SETTINGS_CHANGED).count() == 1
    officer.post("/queue/columns/", {"standard": "1"})
    assert list(officer.get("/").context["columns"]) == [name for name in COLUMNS if name in STANDARD_COLUMNS]


def test_somebody_who_works_on_a_case_shows_in_its_row(officer: Any) -> None:
    now = timezone.now()
    mira = make_user(OFFICER, first_name="Mira", last_name="Sol")
    make_case(claimed_by=mira, claimed_at=now, claim_ends_at=now + HOUR)
    make_case(claimed_by=mira, claimed_at=now - DAY, claim_ends_at=now - HOUR)
    make_case(claimed_by=officer.user, claimed_at=now, claim_ends_at=now + HOUR)

    rows = officer.get("/").context["rows"]

    assert sorted(row.worker_initials for row in rows) == ["", "", "MS"]


def poll(client: Any, **changes: Any) -> Any:
    now = timezone.now()
    values = {"since": f"{(now - HOUR).timestamp():.6f}", "seen": f"{(now - HOUR).timestamp():.6f}", "shown": "0"}
    return client.get("/queue/news/", values | changes, headers={"HX-Request": "true"})


def test_new_work_is_told_and_nothing_new_is_not(officer: Any) -> None:
    make_case()
    assert poll(officer).status_code == 204

    make_case(opened_at=timezone.now(), country="NL")

    assert "1 new case" in poll(officer).content.decode()
    assert poll(officer, shown="1").status_code == 204
    assert poll(officer, country="SE").status_code == 204


def test_rows_on_screen_follow_what_became_of_them(officer: Any) -> None:
    case, other = make_case(), make_case()
    Case.objects.filter(pk=case.pk).update(state="PROVIDER_REFUSED", updated_at=timezone.now())

    content = poll(officer, rows=f"{case.pk},{other.pk},x,-1").content.decode()

    assert f'id="state-{case.pk}"' in content
    assert "Provider refused" in content
    assert f'id="state-{other.pk}"' not in content


def test_a_poll_with_nonsense_answers_quietly(officer: Any) -> None:
    for value in ("", "x", "9" * 30, "-1.000000", "1.1", "99999999999.000000"):
        assert poll(officer, since=value, seen=value, rows="9" * 40).status_code == 204


def test_taking_a_case_opens_it(officer: Any) -> None:
    case = make_case()

    answer = officer.post(reverse("verifications:case_take", args=[case.public_id]))

    case.refresh_from_db()
    assert answer.url == case.get_absolute_url()
    assert case.owner == officer.user


def test_take_next_goes_by_priority_then_age(officer: Any) -> None:
    now = timezone.now()
    make_case(opened_at=now - 5 * DAY)
    urgent = make_case(priority=1, opened_at=now - HOUR)
    make_case(priority=1, opened_at=now - HOUR / 2)
    make_case(state="SENDING", priority=1, opened_at=now - 9 * DAY)

    assert officer.post("/queue/next/").url == urgent.get_absolute_url()


def test_take_next_says_when_nothing_waits_and_keeps_the_list(officer: Any) -> None:
    officer.get("/?risk=HIGH")

    answer = officer.post("/queue/next/", follow=True)

    assert answer.redirect_chain[-1][0] == "/?risk=HIGH"
    assert "Nothing waits for you" in answer.content.decode()


def test_the_queue_takes_the_same_queries_with_and_without_filters_rows_and_views(officer: Any) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert officer.get(path).status_code == 200
        return len(captured)

    make_case()
    plain = queries("/")
    for _number in range(6):
        make_case(owner=make_user(OFFICER), risk="HIGH", country="NL")
    PersonSettings.objects.create(person=officer.user, language="de", time_zone="Asia/Tokyo")

    assert queries("/") == plain
    assert queries("/?risk=HIGH&country=NL&state=NEEDS_DECISION&owner=none&age=0-1&due=soon&sort=priority") == plain
    assert plain <= 14
