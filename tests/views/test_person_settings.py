"""One's own settings, and the language and zone of each page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone, translation

from tests.factories import make_user
from tests.views.queue_support import make_case
from tests.views.support import client_as
from verifications.enums import AuditAction
from verifications.models import AuditEvent, PersonSettings

pytestmark = pytest.mark.django_db
ENTERED = {"language": "", "time_zone": "", "shortcuts": "on", "capacity": "20", "absent_from": "", "absent_until": ""}


@pytest.fixture
def officer() -> Any:
    return client_as("officer")


def test_what_is_chosen_is_kept_and_logged_by_name_only(officer: Any) -> None:
    answer = officer.post("/me/", ENTERED | {"language": "de", "time_zone": "Asia/Tokyo", "capacity": "7"})

    assert answer.url == "/me/"
    chosen = PersonSettings.objects.get(person=officer.user)
    assert (chosen.language, chosen.time_zone, chosen.capacity, chosen.shortcuts) == ("de", "Asia/Tokyo", 7, True)
    event = AuditEvent.objects.get(action=AuditAction.SETTINGS_CHANGED)
    assert event.details == {"changed": ["capacity", "language", "time_zone"]}
    officer.post("/me/", ENTERED | {"language": "de", "time_zone": "Asia/Tokyo", "capacity": "7"})
    assert AuditEvent.objects.filter(action=AuditAction.SETTINGS_CHANGED).count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"language": "xx"}, "language"),
        ({"time_zone": "Nowhere/City"}, "time_zone"),
        ({"capacity": "-1"}, "capacity"),
        ({"capacity": ""}, "capacity"),
        ({"absent_from": "2026-12-24"}, "absent_until"),
        ({"absent_until": "2026-12-24"}, "absent_from"),
        ({"absent_from": "2026-12-24", "absent_until": "2026-12-23"}, "absent_until"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(changes: dict[str, str], field: str, officer: Any) -> None:
    answer = officer.post("/me/", ENTERED | changes)

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    assert not PersonSettings.objects.exists()


def test_nobody_changes_the_settings_of_another(officer: Any) -> None:
    other = make_user()

    officer.post("/me/", ENTERED | {"person": other.pk, "language": "de"})

    assert list(PersonSettings.objects.values_list("person_id", flat=True)) == [officer.user.pk]


def test_the_choice_goes_before_the_browsers_language(officer: Any) -> None:
    german = {"Accept-Language": "de-DE,de;q=0.9"}

    by_browser = officer.get("/me/", headers=german)
    PersonSettings.objects.create(person=officer.user, language="en-gb")
    by_choice = officer.get("/me/", headers=german)

    assert by_browser.headers["Content-Language"] == "de"
    assert '<html lang="de"' in by_browser.content.decode()
    assert by_choice.headers["Content-Language"] == "en-gb"
    assert '<html lang="en-gb"' in by_choice.content.decode()
    assert "Accept-Language" in by_choice.headers["Vary"]


@pytest.mark.parametrize("wish", ["fr", "", "*", "de;q=0, en", "x" * 300])
def test_a_language_the_portal_does_not_have_gives_english(wish: str, officer: Any) -> None:
    assert officer.get("/me/", headers={"Accept-Language": wish}).headers["Content-Language"] == "en-gb"


def test_the_entrance_speaks_the_browsers_language() -> None:
    page = client_as("anonymous").get("/account/login/", headers={"Accept-Language": "de"})

    assert '<html lang="de"' in page.content.decode()


def test_a_language_or_zone_that_went_away_is_left_out(officer: Any) -> None:
    PersonSettings.objects.create(person=officer.user, language="xx", time_zone="Gone/Away")

    assert officer.get("/").headers["Content-Language"] == "en-gb"


def test_times_are_in_the_persons_zone_and_in_utc_on_hover(officer: Any) -> None:
    PersonSettings.objects.create(person=officer.user, time_zone="Asia/Tokyo", queue_columns=["opened", "due"])
    make_case(
        opened_at=dt.datetime(2026, 11, 19, 20, 30, tzinfo=dt.UTC),
        due_at=dt.datetime(2026, 11, 22, 23, 0, tzinfo=dt.UTC),
    )

    row = officer.get("/").context["rows"][0]

    assert row.opened == "20 Nov"
    assert row.opened_utc == "2026-11-20 05:30 · 2026-11-19 20:30 UTC"
    assert row.due_title == "Due: 2026-11-23 08:00 · 2026-11-22 23:00 UTC"


def test_due_today_ends_with_the_persons_day(officer: Any) -> None:
    PersonSettings.objects.create(person=officer.user, time_zone="Pacific/Kiritimati")
    far = timezone.localtime(timezone.now(), dt.timezone(dt.timedelta(hours=14)))
    midnight = far.replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    today, tomorrow = make_case(due_at=midnight - dt.timedelta(microseconds=1)), make_case(due_at=midnight)

    shown = {row.number for row in officer.get("/?view=due").context["rows"]}

    assert (today.number in shown, tomorrow.number in shown) == (True, False)


def test_language_and_zone_end_with_the_request(officer: Any) -> None:
    PersonSettings.objects.create(person=officer.user, language="de", time_zone="Asia/Tokyo")

    officer.get("/")

    assert translation.get_language() == "en-gb"
    assert timezone.get_current_timezone_name() == "UTC"


def test_shortcuts_that_are_off_are_said_to_be(officer: Any) -> None:
    assert 'data-shortcuts="off"' not in officer.get("/").content.decode()

    officer.post("/me/", {name: value for name, value in ENTERED.items() if name != "shortcuts"})

    page = officer.get("/").content.decode()
    assert 'data-shortcuts="off"' in page
    assert "Single-letter shortcuts are off" in page
