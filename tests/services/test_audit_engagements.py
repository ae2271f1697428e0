"""Access of auditors for a time: given, changed, and what it means for a person at a moment."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from tests.factories import NOON, make_user
from tests.services.audit_writes import DAY, auditor, give
from verifications.enums import AuditAction
from verifications.errors import DomainError, PreflightFailed
from verifications.models import AuditEngagement, AuditEvent
from verifications.policy.roles import ADMINISTRATOR, AUDITOR, OFFICER
from verifications.selectors.engagements import audit_access, has_access_now
from verifications.services.audit_engagements import change_access
from verifications.services.export_making import make_due_exports
from verifications.services.exports import request_export

pytestmark = pytest.mark.django_db
START, END = NOON - DAY, NOON + 30 * DAY
MOMENT = dt.timedelta(microseconds=1)


def change(engagement: AuditEngagement, **changes: Any) -> AuditEngagement:
    arguments = {"ends_at": NOON + DAY, "reason": "They are done.", "person": make_user(ADMINISTRATOR), "at": NOON}
    return change_access(engagement_id=engagement.pk, **(arguments | changes))


def refused(act: Any) -> list[str]:
    with pytest.raises(PreflightFailed) as caught:
        act()
    return [problem.field for problem in caught.value.problems]


def again(person: Any) -> Any:
    """The person as a next request loads them, with no permission remembered."""
    return get_user_model().objects.get(pk=person.pk)


def test_give_access_leaves_its_event() -> None:
    person = auditor()

    engagement = give(person)

    event = AuditEvent.objects.get(action=AuditAction.ENGAGEMENT_GIVEN)
    assert event.subject_id == str(engagement.public_id)
    assert event.details == {
        "auditor": f"user:{person.pk}",
        "from": START.isoformat(),
        "until": END.isoformat(),
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "  "}, "title"),
        ({"ends_at": START}, "ends_at"),
        ({"starts_at": NOON - 9 * DAY, "ends_at": NOON}, "ends_at"),
        ({"ends_at": NOON + 732 * DAY}, "ends_at"),
    ],
)
def test_give_access_refuses_what_makes_no_sense(changes: dict[str, Any], field: str) -> None:
    person = auditor()

    assert refused(lambda: give(person, **changes)) == [field]
    assert not AuditEngagement.objects.exists()
    assert not AuditEvent.objects.filter(action=AuditAction.ENGAGEMENT_GIVEN).exists()


@pytest.mark.parametrize("role", [OFFICER, ADMINISTRATOR, None])
def test_give_access_is_for_auditors_only(role: str | None) -> None:
    assert refused(lambda: give(make_user(role))) == ["auditor"]


def test_give_access_is_not_for_somebody_switched_off() -> None:
    assert refused(lambda: give(make_user(AUDITOR, is_active=False))) == ["auditor"]


def test_nobody_gives_access_to_themselves_or_changes_their_own() -> None:
    person = auditor()
    engagement = give(person)

    assert refused(lambda: give(person, person=person, starts_at=END, ends_at=END + DAY)) == ["auditor"]
    assert refused(lambda: change(engagement, person=person)) == ["ends_at"]


def test_two_times_of_one_auditor_do_not_overlap() -> None:
    person = auditor()
    give(person)

    assert refused(lambda: give(person, starts_at=END - MOMENT, ends_at=END + DAY)) == ["starts_at"]
    second = give(person, starts_at=END, ends_at=END + DAY)
    first = AuditEngagement.objects.exclude(pk=second.pk).get()
    assert refused(lambda: change(first, ends_at=END + MOMENT)) == ["ends_at"]
    give(auditor(), starts_at=START, ends_at=END)


def test_change_access_keeps_both_ends_and_the_reason_in_the_log() -> None:
    person = auditor()

    changed = change(give(person))

    event = AuditEvent.objects.get(action=AuditAction.ENGAGEMENT_CHANGED)
    assert changed.ends_at == NOON + DAY
    assert event.reason == "They are done."
    assert event.details == {
        "auditor": f"user:{person.pk}",
        "until_before": END.isoformat(),
        "until": (NOON + DAY).isoformat(),
    }


def test_change_access_to_a_time_that_is_over_ends_it_now() -> None:
    person = auditor()
    engagement = give(person)

    change(engagement, ends_at=NOON - dt.timedelta(hours=3))

    engagement.refresh_from_db()
    assert engagement.ends_at == NOON
    assert not has_access_now(again(person), NOON)


def test_access_that_ended_can_be_extended_and_not_ended_again() -> None:
    person = auditor()
    engagement = give(person)
    later = END + 5 * DAY

    assert refused(lambda: change(engagement, ends_at=END + DAY, at=later)) == ["ends_at"]
    change(engagement, ends_at=later + DAY, at=later)

    assert has_access_now(again(person), later)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"reason": " "}, ["reason"]),
        ({"ends_at": END}, ["ends_at"]),
        ({"ends_at": START + 732 * DAY}, ["ends_at"]),
        ({"reason": "", "ends_at": END}, ["reason", "ends_at"]),
    ],
)
def test_change_access_refuses_next_to_the_field(changes: dict[str, Any], fields: list[str]) -> None:
    engagement = give(auditor())

    assert refused(lambda: change(engagement, **changes)) == fields
    engagement.refresh_from_db()
    assert engagement.ends_at == END


def test_change_access_of_nothing_is_refused() -> None:
    with pytest.raises(DomainError):
        change(AuditEngagement(pk=404))


@pytest.mark.parametrize(
    ("moment", "may"),
    [(START - MOMENT, False), (START, True), (END - MOMENT, True), (END, False)],
)
def test_an_auditor_has_access_from_the_first_moment_until_before_the_last(moment: dt.datetime, may: bool) -> None:
    person = auditor()
    give(person)

    assert has_access_now(again(person), moment) is may


def test_who_was_never_given_a_time_has_no_end() -> None:
    assert has_access_now(auditor(), NOON)
    assert has_access_now(make_user(OFFICER), NOON)
    assert not has_access_now(make_user(AUDITOR, is_active=False), NOON)


def test_the_time_binds_the_role_and_not_who_left_it() -> None:
    person = auditor()
    give(person)
    person.groups.clear()
    person.groups.add(*make_user(OFFICER).groups.all())

    assert has_access_now(again(person), END)


def test_access_names_what_ended_and_what_comes() -> None:
    person = auditor()
    first = give(person, title="First")
    second = give(person, title="Second", starts_at=END + DAY, ends_at=END + 2 * DAY)

    found = audit_access(again(person), END)

    assert found is not None
    assert (found.current, found.ended, found.following) == (None, first, second)
    assert not found.is_open


def test_others_cost_no_query(django_assert_num_queries: Any) -> None:
    person = again(make_user(OFFICER))
    person.get_all_permissions()

    with django_assert_num_queries(0):
        assert audit_access(person, NOON) is None


@pytest.mark.parametrize(("ends", "status"), [(-1, "CANCELLED"), (1, "READY")])
def test_an_export_is_made_only_while_the_time_of_who_asked_for_it_runs(
    ends: int, status: str, settings: Any, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    person, now = auditor(), timezone.now()
    export = request_export(
        kind="CASES", format="CSV", filters={}, columns=[], with_sensitive=False, purpose="", person=person, at=now
    )
    give(person, starts_at=now - 9 * DAY, ends_at=now + ends * DAY, at=now - 5 * DAY)

    make_due_exports(now=timezone.now())

    export.refresh_from_db()
    assert export.status == status
