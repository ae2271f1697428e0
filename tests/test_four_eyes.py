"""One person alone never brings a gated decision into effect, whatever they try: pages, admin, commands, tasks, rows.

The paths are found, not listed: a route, an action, a command or a task that is added is tried as well.
"""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands, load_command_class
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from tests.services.decision_support import RATIONALE, REASONS, again
from tests.views.decision_records import answered, decided
from tests.views.support import World, make_world, path_of, routes, undone
from verifications import tasks
from verifications.enums import ProviderAnswer
from verifications.errors import DomainError
from verifications.models import Case, Decision, DecisionReview, PolicyVersion
from verifications.policy.rules import DEFAULT_POLICY
from verifications.selectors.evidence import evidence_of
from verifications.selectors.evidence_seen import seen_token
from verifications.services.decision_reviews import approve_decision
from verifications.services.policies import change_policy

pytestmark = pytest.mark.django_db
APP = Path(inspect.getfile(tasks)).parent
SIGNS_OUT = ("account_", "mfa_")
RUNS_ON = frozenset({"start", "first_start"})
"""Commands that run servers; what they call is held to the choke point by the last test."""


@pytest.fixture
def person() -> Any:
    """Somebody with every right there is: what stops them is not their role."""
    return get_user_model().objects.create_superuser("root", "root@example.org", "correct horse battery", is_staff=True)


@pytest.fixture
def case() -> Case:
    """Its approval goes against the provider's answer, so it takes two."""
    return answered(ProviderAnswer.DENY)


@pytest.fixture
def world(case: Case, person: Any) -> World:
    """Every record of the portal, with the gated case and this person's own staged decision in their places."""
    world = make_world()
    world.case, world.decision = again(case), decided(case, person)
    return world.whole()


def in_effect() -> list[str]:
    """Gated decisions that stand without a second person, by any sign that one could read off the database."""
    wrong = []
    for case in Case.objects.select_related("decision__review").all():
        decision = case.decision
        if decision is not None and decision.needs_second:
            review = getattr(decision, "review", None)
            if review is None or review.choice != "APPROVED" or review.reviewed_by_id in (None, decision.made_by_id):
                wrong.append(f"{case.number} rests on {decision.public_id}")
        if case.closed_at is not None and decision is None:
            wrong.append(f"{case.number} is closed without a decision")
        if (case.outcome or "") != (decision.outcome if decision else ""):
            wrong.append(f"{case.number} says {case.outcome}")
    return wrong


def everything(world: World, person: Any) -> dict[str, str]:
    """What any form about a decision might want, for an approval."""
    case, decision = again(world.case), world.decision
    evidence = evidence_of(case, besides=decision if case.staged_decision_id == decision.pk else None)
    ids = {
        name: str(decision.public_id)
        for name in ("decision", "decision_id", "corrects", "staged_decision", "proposal", "selected")
    }
    return ids | {
        "outcome": "APPROVE",
        "state": "CLOSED",
        "choice": "APPROVED",
        "reason": REASONS["APPROVE"],
        "rationale": RATIONALE,
        "note": RATIONALE,
        "seen": seen_token(case, person, evidence),
        "evidence_hash": evidence.hash,
        "case": str(case.public_id),
        "cases": str(case.public_id),
        "_selected_action": str(case.pk),
        "action": "approve",
        "made_by": str(person.pk),
        "reviewed_by": str(person.pk),
        "owner": str(person.pk),
        "purpose": "REVIEW",
    }


def ways(world: World) -> Iterator[tuple[str, str]]:
    for name, pattern in routes():
        if not name.startswith(SIGNS_OUT):
            yield name, path_of(name, pattern, world)


def test_the_net_catches_a_decision_that_one_person_brought_into_effect(world: World) -> None:
    with undone():
        Case.objects.filter(pk=world.case.pk).update(
            decision=world.decision, outcome="APPROVE", staged_decision=None, state="CLOSED", closed_at=timezone.now()
        )

        assert in_effect() != []


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["plain", "htmx"])
def test_no_route_lets_the_maker_bring_their_decision_into_effect(world: World, person: Any, headers: Any) -> None:
    client = Client(raise_request_exception=False)
    tried = []

    for name, path in ways(world):
        client.force_login(person)
        with undone():
            client.post(path, everything(world, person), headers=headers)
            assert in_effect() == [], name
            tried.append(name)

    assert {"verifications:decision_approve", "verifications:case_decide", "admin:verifications_case_change"} <= set(
        tried
    )
    assert again(world.case).staged_decision == world.decision


def test_no_sequence_of_all_routes_lets_one_person_do_what_takes_two(world: World, person: Any) -> None:
    """One after the other, twice, each with what the one before left behind."""
    client = Client(raise_request_exception=False)

    for _round in range(2):
        for name, path in ways(world):
            client.force_login(person)
            try:
                with transaction.atomic():
                    client.post(path, everything(world, person))
            except DatabaseError:
                continue
            assert in_effect() == [], name


def test_the_maker_is_refused_with_403_and_the_reason_and_another_is_not(world: World, person: Any) -> None:
    client = Client()
    path = f"/decisions/{world.decision.public_id}/approve/"
    other = get_user_model().objects.create_superuser("other", "other@example.org", "correct horse battery")

    client.force_login(person)
    own = client.post(path)
    client.force_login(other)
    others = client.post(path)

    assert own.status_code == 403
    assert "somebody else has to approve it" in own.content.decode()
    assert others.status_code == 302
    assert again(world.case).decision == world.decision
    assert in_effect() == []


def test_a_second_session_of_the_same_person_is_the_same_person(world: World, person: Any) -> None:
    for _tab in range(2):
        client = Client()
        client.force_login(person)
        assert client.post(f"/decisions/{world.decision.public_id}/approve/").status_code == 403

    assert in_effect() == []


def test_another_role_meanwhile_makes_nobody_a_second_person(world: World, person: Any) -> None:
    person.is_superuser = False
    person.save(update_fields=["is_superuser"])
    person.groups.set([])
    for role in ("Compliance officer", "Senior compliance officer"):
        person.groups.add(person.groups.model.objects.get(name=role))
        with pytest.raises(DomainError), transaction.atomic():
            approve_decision(decision_id=world.decision.pk, person=person, at=timezone.now())

    assert in_effect() == []


def test_no_action_of_the_admin_lets_one_person_do_it(world: World, person: Any) -> None:
    request = RequestFactory().post("/admin/")
    request.user = person
    tried = []

    for model, look in admin.site._registry.items():
        for name, (action, _name, _label) in look.get_actions(request).items():
            with undone():
                tried.append(name)
                try:
                    action(look, request, model._default_manager.all())
                except Exception:
                    tried[-1] += " fails"
                assert in_effect() == [], name

    for model in (Case, Decision, DecisionReview, PolicyVersion):
        registered = admin.site._registry.get(model)
        if registered is not None:
            assert not registered.has_add_permission(request)
            assert not registered.has_change_permission(request)
            assert not registered.has_delete_permission(request)
    assert len(tried) == sum(len(look.get_actions(request)) for look in admin.site._registry.values())


def test_nobody_frees_their_own_decision_of_its_second_person_by_changing_the_policy(case: Case, person: Any) -> None:
    """Its author is held to the last policy that somebody else made as well, also over several versions of theirs."""
    for number in (1, 2):
        rules = {**DEFAULT_POLICY, "rules": []}
        note = "Nothing needs a second pair of eyes."
        change_policy(rules=rules, note=note, based_on=number, actor=f"user:{person.pk}", at=timezone.now())
    client = Client()
    client.force_login(person)
    page = client.get(case.get_absolute_url())
    other = get_user_model().objects.create_superuser("other", "other@example.org", "correct horse battery")

    decision = decided(case, person)

    needs = {choice.outcome: bool(choice.needs) for choice in page.context["decision_panel"].choices}
    assert (needs["APPROVE"], needs["DECLINE"]) == (True, False)
    assert (decision.needs_second, decision.rules) == (True, ["denial-overridden", "high-risk-approval"])
    assert again(case).outcome == ""
    assert in_effect() == []
    assert not decided(answered(ProviderAnswer.DENY), other).needs_second


@pytest.mark.parametrize(
    "name", sorted(set(get_commands()) & {path.stem for path in APP.glob("management/commands/*")})
)
def test_no_command_lets_one_person_do_it(name: str, world: World, person: Any) -> None:
    if name in RUNS_ON:
        assert name in get_commands()
        return
    command = load_command_class("verifications", name)
    parser = command.create_parser("manage.py", name)
    wanted = [str(world.decision.public_id) for action in parser._actions if not action.option_strings]

    with undone():
        try:
            call_command(name, *wanted)
        except (Exception, SystemExit):
            assert in_effect() == []

    assert in_effect() == []


@pytest.mark.parametrize("name", sorted(name for name in current_app.tasks if name.startswith("verifications.")))
def test_no_task_lets_one_person_do_it(name: str, world: World, person: Any) -> None:
    task = current_app.tasks[name]
    fixed = {"key_id": world.account.key_id, "log": "AUDIT", "actor": f"user:{person.pk}"}
    arguments = {
        parameter: fixed.get(parameter, world.decision.pk) for parameter in inspect.signature(task.run).parameters
    }

    with undone():
        try:
            task.run(**arguments)
        except DomainError:
            assert in_effect() == []

    assert in_effect() == []


def test_time_ends_a_staged_decision_and_never_approves_it(world: World) -> None:
    from verifications.services.upkeep import keep_up

    keep_up(now=timezone.now() + dt.timedelta(days=365))

    case = again(world.case)
    assert (case.decision, case.outcome, case.closed_at, case.staged_decision) == (None, "", None, None)
    assert in_effect() == []


@pytest.mark.parametrize("choice", ["APPROVED", "RETURNED"])
def test_rows_written_past_the_services_do_not_let_one_person_do_it(choice: str, world: World, person: Any) -> None:
    row = {"decision": world.decision, "choice": choice, "made_by": person, "reviewed_at": timezone.now()}

    for reviewer in (person, None):
        with pytest.raises(IntegrityError), transaction.atomic():
            DecisionReview.objects.create(**row, reviewed_by=reviewer)
        with pytest.raises(IntegrityError), transaction.atomic():
            DecisionReview.objects.bulk_create([DecisionReview(**row, reviewed_by=reviewer)])
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.filter(pk=world.decision.pk).update(needs_second=False, expires_at=None)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE verifications_decision SET made_by_id = %s", [world.colleague.pk])
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=world.case.pk).update(state="CLOSED", closed_at=timezone.now())
