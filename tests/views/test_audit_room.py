"""An auditor's room as people see it: the gate and its banner, samples, questions, the page where they begin."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_user
from tests.views.audit_records import DAY, access_for, asked_question, drawn_sample
from tests.views.decision_records import answered
from tests.views.support import World, ask, body_of, client_as, make_world, path_of, routes
from verifications.enums import AuditAction
from verifications.models import AuditEngagement, AuditEvent, AuditQuestion, AuditSample
from verifications.policy.roles import ADMINISTRATOR, AUDITOR, OFFICER
from verifications.services.audit_engagements import change_access
from verifications.services.audit_samples import conclude_item

pytestmark = pytest.mark.django_db


def url(name: str, *args: Any) -> str:
    return reverse(f"verifications:{name}", args=args)


def as_auditor(**given: Any) -> Client:
    """A client of an auditor who was given access for a time."""
    client = client_as("auditor")
    access_for(client.user, **given)  # type: ignore[attr-defined]
    return client


# --- access for a time ------------------------------------------------------------------------------------------------
def test_outside_their_time_every_route_refuses_and_only_signing_out_works() -> None:
    world: World = make_world().whole()
    client = as_auditor(starts=-9, ends=-1)

    let_in = {}
    for name, pattern in routes():
        for method in ("GET", "POST"):
            answer = ask(client, method, path_of(name, pattern, world))
            if answer.status_code == 200 and name not in OPEN_TO_ALL:
                let_in[f"{method} {name}"] = answer.status_code

    assert let_in == {}
    assert ask(client, "POST", reverse("account_logout")).status_code == 302
    part = ask(client, "GET", url("case_queue"), headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Refresh"]) == (403, "true")


OPEN_TO_ALL = {
    "verifications:session_start",
    "verifications:document_address",
    "verifications:healthz",
    "account_logout",
    "account_inactive",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}
"""What answers whoever comes, signed in or not; and the question whether to sign out."""


def test_the_page_says_when_access_ended_and_whom_to_ask() -> None:
    client = as_auditor(starts=-9, ends=-1)
    engagement = AuditEngagement.objects.get()
    engagement.given_by.first_name, engagement.given_by.last_name = "Tomás", "Vega"
    engagement.given_by.save()

    page = client.get(url("audit_room"))

    assert page.status_code == 403
    text = page.content.decode()
    assert f"ended on {timezone.localtime(engagement.ends_at):%-d %b %Y %H:%M}" in text
    assert "Ask Tomás Vega" in text
    assert reverse("account_logout") in text
    assert "nav__link" not in text


def test_a_time_that_has_not_begun_says_when_it_does() -> None:
    page = as_auditor(starts=2, ends=9).get(url("audit_room")).content.decode()

    assert "begins on" in page
    assert "ended on" not in page


def test_a_shortened_time_holds_from_the_next_request_on() -> None:
    client = as_auditor()
    before = client.get(url("audit_log")).status_code
    engagement = AuditEngagement.objects.get()

    change_access(
        engagement_id=engagement.pk,
        ends_at=timezone.now(),
        reason="They are done.",
        person=make_user(ADMINISTRATOR),
        at=timezone.now(),
    )

    assert (before, client.get(url("audit_log")).status_code) == (200, 403)


@pytest.mark.parametrize(("ends", "warns"), [(30, False), (2, True)])
def test_a_banner_says_until_when_and_warns_in_the_last_days(ends: int, warns: bool) -> None:
    client = as_auditor(ends=ends)

    for name in ("audit_log", "case_queue", "audit_sample_list"):
        page = client.get(url(name)).content.decode()
        assert "External audit 2026: you have access until" in page
        assert ("Your access ends soon" in page) is warns


def test_staff_see_no_banner() -> None:
    for role in ("auditor", "officer", "superuser"):
        assert "access-banner" not in client_as(role).get(url("case_queue")).content.decode()


def test_giving_access_takes_the_times_in_the_persons_zone() -> None:
    client, auditor = client_as("administrator"), make_user(AUDITOR)
    client.post(url("person_settings"), {"time_zone": "Asia/Tokyo", "capacity": "20"})
    year = timezone.now().year + 1

    answer = client.post(
        url("engagement_create"),
        {
            "auditor": auditor.pk,
            "title": "External audit",
            "starts_at": f"{year}-03-01T09:00",
            "ends_at": f"{year}-04-01T00:00",
        },
    )

    assert answer.status_code == 302, answer.content.decode()
    engagement = AuditEngagement.objects.get()
    assert engagement.starts_at == dt.datetime(year, 3, 1, 0, 0, tzinfo=dt.UTC)
    assert engagement.given_by == client.user  # type: ignore[attr-defined]


def test_giving_access_says_what_is_wrong_next_to_it_and_keeps_what_was_typed() -> None:
    client, auditor = client_as("administrator"), make_user(AUDITOR)

    answer = client.post(
        url("engagement_create"),
        {"auditor": auditor.pk, "title": "Kept", "starts_at": "2026-03-02T09:00", "ends_at": "2026-03-01T09:00"},
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The end comes after the beginning." in page
    assert 'value="Kept"' in page
    assert "2026-03-02T09:00" in page


def test_changing_access_needs_a_reason_next_to_its_field() -> None:
    client = client_as("administrator")
    engagement = access_for(make_user(AUDITOR))
    later = timezone.localtime(engagement.ends_at + DAY)
    path = url("engagement_change", engagement.public_id)

    refused = client.post(path, {"ends_at": f"{later:%Y-%m-%dT%H:%M}", "reason": " "})
    changed = client.post(path, {"ends_at": f"{later:%Y-%m-%dT%H:%M}", "reason": "The visit is longer."})

    assert (refused.status_code, changed.status_code) == (422, 302)
    assert AuditEvent.objects.get(action=AuditAction.ENGAGEMENT_CHANGED).reason == "The visit is longer."


def test_the_list_tells_running_over_and_endless_apart() -> None:
    access_for(make_user(AUDITOR), title="Runs")
    access_for(make_user(AUDITOR), starts=-9, ends=-1, title="Was")
    access_for(make_user(AUDITOR), starts=2, ends=9, title="Comes")
    staff = make_user(AUDITOR, first_name="Stays", last_name="Here")

    page = client_as("administrator").get(url("engagement_list"))

    states = {row["engagement"].title: row["state"] for row in page.context["rows"]}
    assert states == {"Runs": "Running", "Was": "Over", "Comes": "Not begun"}
    assert page.context["without_end"] == [staff.get_full_name()]


# --- samples ----------------------------------------------------------------------------------------------------------
def days(**more: Any) -> dict[str, Any]:
    today = timezone.localdate()
    first, last = today - dt.timedelta(days=5), today
    return {"title": "All", "by": "opened", "first": first, "last": last, "size": 5, "seed": "dice 4 2 6"} | more


def test_a_sample_is_drawn_shown_and_worked_through() -> None:
    client = client_as("auditor")
    cases = [answered(), answered()]

    drawn = client.post(url("audit_sample_create"), days())
    sample = AuditSample.objects.get()
    path = url("audit_sample_detail", sample.public_id)
    concluded = client.post(
        url("audit_sample_conclude", sample.public_id), {"position": "1", "conclusion": "EXCEPTION"}
    )
    page = client.get(path).content.decode()

    assert (drawn["Location"], concluded["Location"]) == (path, f"{path}#case-1")
    assert all(case.number in page for case in cases)
    assert "1 of 2 concluded" in page
    assert "1 finding" in page
    assert "typed by the auditor" in page
    assert sample.population_hash in page


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ({"title": ""}, "This field is required."),
        ({"first": "2026-13-01"}, "Write the date as YYYY-MM-DD"),
        ({"last": "2020-01-01"}, "This is before the first day."),
        ({"first": "0001-01-01"}, "Choose a day of this century."),
        ({"size": "501"}, "less than or equal to 500"),
        ({"seed": "portal-mine"}, "drawn by the portal"),
        ({"seed": "a\u202eb"}, "invisible control character"),
        ({"outcome": "DECLINE"}, "No case matches."),
    ],
)
def test_a_draw_that_is_refused_says_why_next_to_the_field(entered: dict[str, Any], words: str) -> None:
    answered()

    answer = client_as("auditor").post(url("audit_sample_create"), days(**entered))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not AuditSample.objects.exists()


def test_drawing_again_says_that_nothing_changed_or_what_did() -> None:
    case, _other = answered(), answered()
    sample = drawn_sample(size=5)
    client = client_as("auditor")
    path = url("audit_sample_again", sample.public_id)

    same = client.get(path).content.decode()
    type(case).objects.filter(pk=case.pk).update(opened_at=dt.datetime(2010, 1, 1, tzinfo=dt.UTC))
    other = client.get(path).content.decode()

    assert "The population is unchanged." in same
    assert "The population has changed." in other
    assert f"No longer taken:\n {case.number}" in other or f"No longer taken: {case.number}" in other


def test_the_list_of_the_population_is_a_file_that_hashes_to_the_record() -> None:
    for _number in range(3):
        answered()
    sample = drawn_sample(size=2)

    answer = client_as("auditor").post(url("audit_sample_population", sample.public_id))

    content = body_of(answer)
    assert hashlib.sha256(content).hexdigest() == sample.population_hash
    assert "attachment" in answer["Content-Disposition"]
    assert AuditEvent.objects.filter(action=AuditAction.LIST_EXPORTED).count() == 1


@pytest.mark.parametrize("position", ["", "0", "99", "x", "²", "9" * 30])
def test_a_position_that_is_none_changes_nothing(position: str) -> None:
    answered()
    sample = drawn_sample()

    answer = client_as("auditor").post(
        url("audit_sample_conclude", sample.public_id), {"position": position, "conclusion": "EXCEPTION"}, follow=True
    )

    assert "Choose a case of the sample." in answer.content.decode()
    assert sample.items.get().conclusion == ""


def test_pages_of_samples_take_the_same_queries_for_few_and_many() -> None:
    client = client_as("auditor")
    first = drawn_sample(size=1, person=_with_case())
    few = _queries(client, first)

    for _number in range(4):
        answered()
    many_of = drawn_sample(size=5)
    for item in many_of.items.all():
        conclude_item(item_id=item.pk, conclusion="SATISFACTORY", person=make_user(AUDITOR), at=timezone.now())
    many = _queries(client, many_of)

    assert many == few


def _with_case() -> Any:
    answered()
    return make_user(AUDITOR)


def _queries(client: Client, sample: AuditSample) -> list[int]:
    found = []
    for path in (url("audit_room"), url("audit_sample_list"), url("audit_sample_detail", sample.public_id)):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        found.append(len(captured))
    return found


# --- questions --------------------------------------------------------------------------------------------------------
def test_a_question_goes_from_the_auditor_to_the_officer_and_back() -> None:
    case = answered()
    auditor, officer = client_as("auditor"), client_as("officer")

    asked = auditor.post(url("case_question_ask", case.public_id), {"text": "Why <b>twice</b>?"})
    question = AuditQuestion.objects.get()
    waiting = officer.get(url("case_queue")).content.decode()
    shown = officer.get(case.get_absolute_url()).content.decode()
    officer.post(url("audit_question_answer", question.public_id), {"text": "It was blurred."})
    read = auditor.get(case.get_absolute_url()).content.decode()
    auditor.post(url("audit_question_close", question.public_id))
    closed = officer.get(case.get_absolute_url()).content.decode()

    assert asked["Location"] == f"{case.get_absolute_url()}#questions"
    assert 'Questions<span class="nav__count">1</span>' in waiting
    assert "Why &lt;b&gt;twice&lt;/b&gt;?" in shown
    assert url("audit_question_answer", question.public_id) in shown
    assert url("audit_question_close", question.public_id) not in shown
    assert "It was blurred." in read
    assert url("audit_question_close", question.public_id) in read
    assert url("audit_question_answer", question.public_id) not in closed
    question.refresh_from_db()
    assert question.status == "CLOSED"


def test_the_timeline_tells_questions_among_the_notes() -> None:
    question = asked_question(answered())
    client_as("auditor").post(url("audit_question_close", question.public_id))

    timeline = client_as("officer").get(f"{question.case.get_absolute_url()}?kind=notes").context["timeline"]

    assert [line.what for line in timeline.lines] == ["Auditor's question closed", "Auditor asked a question"]


def test_an_officer_sees_no_card_while_nothing_was_asked() -> None:
    case = answered()

    assert 'id="questions"' not in client_as("officer").get(case.get_absolute_url()).content.decode()
    assert 'id="questions"' in client_as("auditor").get(case.get_absolute_url()).content.decode()


@pytest.mark.parametrize("text", ["", "   ", "x" * 10_001])
def test_a_text_that_is_refused_is_kept_in_the_form(text: str) -> None:
    question = asked_question(answered())

    answers = [
        client_as("auditor").post(url("case_question_ask", question.case.public_id), {"text": text}),
        client_as("officer").post(url("audit_question_answer", question.public_id), {"text": text}),
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert all("errorlist" in answer.content.decode() for answer in answers)
    assert all(text.strip() in answer.content.decode() for answer in answers)


def test_a_closed_question_refuses_an_answer_and_keeps_what_was_typed() -> None:
    question = asked_question(answered())
    client_as("auditor").post(url("audit_question_close", question.public_id))

    answer = client_as("officer").post(url("audit_question_answer", question.public_id), {"text": "Too late for this."})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This question is closed." in page
    assert "Too late for this." in page


def test_the_list_opens_with_the_open_ones_and_shows_no_text() -> None:
    open_one, closed_one = asked_question(answered()), asked_question(answered())
    client = client_as("auditor")
    client.post(url("audit_question_close", closed_one.public_id))

    page, closed, unknown = (
        client.get(url("audit_question_list") + query).content.decode() for query in ("", "?status=CLOSED", "?status=X")
    )

    assert open_one.case.number in page
    assert closed_one.case.number not in page
    assert closed_one.case.number in closed
    assert open_one.case.number in unknown
    assert "selfie" not in page


def test_the_case_page_costs_the_same_for_one_question_and_for_many() -> None:
    case, client = answered(), client_as("officer")
    auditor = make_user(AUDITOR)
    asked_question(case, auditor)
    client.get(case.get_absolute_url())
    with CaptureQueriesContext(connection) as few:
        client.get(case.get_absolute_url())

    for _number in range(5):
        asked_question(case, make_user(AUDITOR))
    with CaptureQueriesContext(connection) as many:
        client.get(case.get_absolute_url())

    assert len(many) == len(few)


# --- where they begin -------------------------------------------------------------------------------------------------
def test_the_room_shows_access_samples_and_open_questions() -> None:
    client = as_auditor()
    question = asked_question(answered())
    sample = drawn_sample()

    page = client.get(url("audit_room")).content.decode()

    assert "For “External audit 2026”" in page
    assert url("audit_sample_detail", sample.public_id) in page
    assert f"{question.case.get_absolute_url()}#question-{question.public_id}" in page
    assert "Not checked yet" in page


def test_only_the_nearest_entry_of_the_navigation_is_current() -> None:
    page = client_as("auditor").get(url("audit_question_list"))

    current = [item["url"] for group in page.context["nav"] for item in group["items"] if item["current"]]
    assert current == [url("audit_question_list")]


def test_who_answers_is_not_who_asks() -> None:
    question = asked_question(answered())

    for role, name in (("auditor", "audit_question_answer"), ("officer", "audit_question_close")):
        assert client_as(role).post(url(name, question.public_id), {"text": "x"}).status_code == 403

    assert make_user(OFFICER).has_perm("verifications.answer_auditquestion")
