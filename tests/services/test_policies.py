"""Versions of the policy: who is late is told, what is wrong is named, and versions stay as they are."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from tests.factories import ACTOR, NOON
from tests.services.test_concurrency import AT_ONCE, at_once
from verifications.enums import AuditAction
from verifications.errors import ConflictingRecord, PreflightFailed
from verifications.models import AuditEvent, PolicyVersion
from verifications.policy.rules import DEFAULT_POLICY
from verifications.services.policies import change_policy, current_policy, ensure_first_policy

pytestmark = pytest.mark.django_db
NOTE = "Asked for by the yearly review."


def changed(*, note: str = NOTE, based_on: int = 1, at: Any = NOON, **changes: Any) -> PolicyVersion:
    rules = copy.deepcopy(DEFAULT_POLICY) | changes
    return change_policy(rules=rules, note=note, based_on=based_on, actor=ACTOR, at=at)


def test_a_change_is_a_new_version_in_force_with_its_event() -> None:
    version = changed(staged_hours=24, note=f"  {NOTE} ")

    current, policy = current_policy()
    assert (current, current.number, policy.staged_hours, current.note) == (version, 2, 24, NOTE)
    event = AuditEvent.objects.get(action=AuditAction.POLICY_CHANGED)
    assert (event.actor, event.reason, event.details) == (ACTOR, NOTE, {"before": 1, "after": 2})
    assert PolicyVersion.objects.get(number=1).rules == DEFAULT_POLICY


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"note": " why \n"}, ["note"]),
        ({"staged_hours": "soon"}, ["rules"]),
        ({"staged_hours": 0, "warn_hours": -1, "note": ""}, ["rules", "rules", "note"]),
        ({"surprise": True}, ["rules"]),
    ],
)
def test_what_is_wrong_is_named_and_nothing_written(changes: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(PreflightFailed) as refused:
        changed(**changes)

    assert sorted(problem.field for problem in refused.value.problems) == sorted(fields)
    assert (PolicyVersion.objects.count(), AuditEvent.objects.count()) == (1, 0)


@pytest.mark.parametrize("based_on", [0, 1, 3])
def test_who_goes_by_another_version_than_the_newest_is_told(based_on: int) -> None:
    changed(staged_hours=24)

    with pytest.raises(ConflictingRecord):
        changed(staged_hours=48, based_on=based_on)

    assert current_policy()[1].staged_hours == 24
    assert AuditEvent.objects.count() == 1


def test_a_version_is_never_altered_or_removed() -> None:
    for attempt in (
        lambda: PolicyVersion.objects.filter(number=1).update(note="Rewritten."),
        lambda: PolicyVersion.objects.filter(number=1).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()

    assert PolicyVersion.objects.get().note == "The policy a new installation starts with."


def test_the_first_policy_is_made_once() -> None:
    ensure_first_policy()
    changed(staged_hours=24)
    ensure_first_policy()

    assert list(PolicyVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_eight_who_change_the_policy_at_once_one_does() -> None:
    got = at_once(lambda number: changed(staged_hours=10 + number, at=timezone.now()))

    made = [one for one in got if isinstance(one, PolicyVersion)]
    assert len(made) == 1
    assert sum(isinstance(one, ConflictingRecord) for one in got) == AT_ONCE - 1
    assert current_policy()[0] == made[0]
    assert AuditEvent.objects.filter(action=AuditAction.POLICY_CHANGED).count() == 1
