"""The figures of the overview against the same figures counted by hand over rows drawn by lot."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests.factories import make_user
from tests.views.queue_support import make_case
from verifications.models import Case, Decision, DecisionReason, DecisionReview
from verifications.models.fields import Sealed
from verifications.policy.roles import OFFICER
from verifications.selectors.overview import lengths_of, overview
from verifications.selectors.overview_lists import CASE_LISTS, cases_behind
from verifications.selectors.periods import Period
from verifications.services.policies import current_policy

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
PERIOD = Period("", dt.date(2026, 9, 28), dt.date(2026, 11, 3))
"""In Auckland and New York the clocks change within it."""
OUTCOMES = ("APPROVE", "DECLINE", "ASK_FOR_MORE", "ESCALATE")


def drawn_cases(lot: random.Random) -> list[Case]:
    """Opened in the eleven weeks before, most of them closed, some late; several on the edges of the period."""
    found = []
    edges = [PERIOD.start, PERIOD.start - HOUR / 3600, PERIOD.end, PERIOD.end - HOUR / 3600]
    for number in range(60):
        opened = edges[number] if number < len(edges) else NOW - lot.randrange(77 * 24 * 60) * HOUR / 60
        due = opened + lot.randrange(1, 200) * HOUR
        row: dict[str, Any] = {"opened_at": opened, "due_at": due}
        closed = opened + lot.randrange(300) * HOUR
        if lot.random() < 0.7 and closed < NOW:
            row |= {"state": "CLOSED", "closed_at": closed, "decided_at": closed, "outcome": "APPROVE"}
            if closed > due and lot.random() < 0.8:
                row["breached_at"] = due
        elif due < NOW and lot.random() < 0.5:
            row["breached_at"] = due
        found.append(make_case(**row))
    return found


def drawn_decisions(lot: random.Random, cases: list[Case]) -> list[tuple[Decision, str]]:
    """Each with what became of it: empty for one that needs no second person or still waits."""
    people = [make_user(OFFICER) for _number in range(3)]
    reason, (version, _policy) = DecisionReason.objects.order_by("pk")[0], current_policy()
    found = []
    for case in cases:
        made = case.opened_at + lot.randrange(400) * HOUR
        gated = lot.random() < 0.5
        maker = lot.choice(people)
        decision = Decision.objects.create(
            case=case,
            outcome=lot.choice(OUTCOMES),
            reason=reason,
            reason_label=reason.label,
            rationale=Sealed(mask="•••", token="YWJj"),
            policy=version,
            risk="STANDARD",
            facts={"customer_kind": "INDIVIDUAL"},
            needs_second=gated,
            evidence=[],
            evidence_hash="0" * 64,
            made_by=maker,
            made_at=made,
            expires_at=made + 72 * HOUR if gated else None,
        )
        choice = lot.choice(["", "APPROVED", "RETURNED", "WITHDRAWN", "EXPIRED"]) if gated else ""
        if choice:
            other = next(person for person in people if person != maker)
            DecisionReview.objects.create(
                decision=decision,
                choice=choice,
                made_by=maker,
                reviewed_by={"WITHDRAWN": maker, "EXPIRED": None}.get(choice, other),
                reviewed_at=made + lot.randrange(1, 70) * HOUR,
                evidence_hash="0" * 64,
            )
        if case.closed_at and (not gated or choice == "APPROVED"):
            Case.objects.filter(pk=case.pk).update(decision=decision)
        found.append((decision, choice))
    return found


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/New_York"])
@pytest.mark.parametrize("seed", [1, 2])
def test_figures_are_what_counting_by_hand_gives(zone: str, seed: int) -> None:
    lot = random.Random(seed)
    with timezone.override(ZoneInfo(zone)):
        cases = drawn_cases(lot)
        decisions = drawn_decisions(lot, cases)
        _version, policy = current_policy()

        found = overview(period=PERIOD, policy=policy, user_id=0, now=NOW)

        def day(moment: dt.datetime) -> dt.date:
            return moment.astimezone(ZoneInfo(zone)).date()

        def within(moment: dt.datetime | None) -> bool:
            return moment is not None and PERIOD.first <= day(moment) <= PERIOD.last

        opened = [case for case in cases if within(case.opened_at)]
        closed = [case for case in cases if within(case.closed_at)]
        late = [case for case in closed if case.breached_at or case.closed_at > case.due_at]  # type: ignore[operator]
        breached = [case for case in cases if within(case.breached_at)]
        assert (found.opened, found.closed, found.late) == (len(opened), len(closed), len(late))
        assert (found.on_time, found.breached) == (len(closed) - len(late), len(breached))
        assert min(len(late), found.on_time, len(breached)) > 3
        lists = {"opened": opened, "closed": closed, "late": late, "breached": breached}
        lists["on-time"] = [case for case in closed if case not in late]
        assert {what: set(cases_behind(what, PERIOD)) for what in CASE_LISTS} == {
            what: set(some) for what, some in lists.items()
        }

        made = [(decision, choice) for decision, choice in decisions if within(decision.made_at)]
        effective = [one for one, choice in made if not one.needs_second or choice == "APPROVED"]
        assert found.outcomes == Counter(one.outcome for one in effective)
        assert found.decided_by == Counter(one.made_by_id for one in effective)
        assert found.made == len(made)
        assert found.asked_second == sum(one.needs_second for one, _choice in made)
        assert found.states == Counter(choice for one, choice in made if one.needs_second)
        standing = set(Case.objects.exclude(decision=None).values_list("decision_id", flat=True))
        assert found.gated == found.covered == sum(one.needs_second and one.pk in standing for one, _choice in made)
        by_day = {one: Counter[str]() for one in PERIOD.days()}
        for case in opened:
            by_day[day(case.opened_at)]["opened"] += 1
        for case in closed:
            by_day[day(case.closed_at)]["closed"] += 1  # type: ignore[arg-type]
        for one in effective:
            by_day[day(one.made_at)][one.outcome] += 1
        assert found.by_day == by_day

        spans = [(case.opened_at, case.closed_at) for case in closed if case.closed_at]
        assert found.elapsed == lengths_of(until - since for since, until in spans)
        assert found.worked == lengths_of(policy.business.between(since, until) for since, until in spans)
        looked = DecisionReview.objects.filter(
            decision__in=[one for one, _choice in made], choice__in=["APPROVED", "RETURNED"]
        )
        waits = looked.values_list("decision__made_at", "reviewed_at")
        assert found.review_wait == lengths_of(until - since for since, until in waits)
        assert found.review_wait.count == found.reviewed > 3
        ages = Counter((NOW - case.opened_at).days for case in cases if case.closed_at is None)
        assert found.now["open"] == ages.total()
        assert [found.now[f"age-{name}"] for name in ("0-1", "1-3", "3-7", "7-30", "30")] == [
            sum(count for age, count in ages.items() if least <= age < most)
            for least, most in ((0, 1), (1, 3), (3, 7), (7, 30), (30, 1000))
        ]
