"""A write past the services leaves an event in the same transaction, or does not happen."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.factories import ACTOR, NOON, make_customer, make_user
from verifications import context
from verifications.models import AuditEvent, Customer, SavedView
from verifications.services import direct_writes
from verifications.services.customers import CustomerData, create_customer
from verifications.services.direct_writes import Guard, guard_connection

commits = pytest.mark.django_db(transaction=True)


@pytest.fixture
def guard(settings: Any) -> Iterator[Guard]:
    """The connection as a process of the portal has it."""
    settings.WATCH_DIRECT_WRITES = True
    guard_connection(connection)
    guard = next(wrapper for wrapper in connection.execute_wrappers if isinstance(wrapper, Guard))
    yield guard
    connection.execute_wrappers.remove(guard)
    for name in ("commit", "rollback"):
        delattr(connection, name)


def told() -> list[dict[str, Any]]:
    events = AuditEvent.objects.filter(action="database.direct_write").order_by("id")
    return [event.details["tables"] for event in events]


@commits
def test_a_single_statement_leaves_an_event(guard: Guard) -> None:
    person = make_user()
    view = SavedView.objects.create(owner=person, name="Mine", created_at=NOON, updated_at=NOON)
    before = len(told())

    Customer.objects.filter(pk=0).update(last_name="Nobody")
    SavedView.objects.filter(pk=view.pk).update(name="Yours")
    view.delete()
    with connection.cursor() as cursor:
        cursor.execute("/* by hand */ update auth_user set first_name = 'X' where id = %s", [person.pk])

    assert view.name == "Mine"
    assert told()[before:] == [
        {"verifications_savedview": ["UPDATE"]},
        {"verifications_savedview": ["DELETE"]},
        {"auth_user": ["UPDATE"]},
    ]


@commits
def test_a_new_row_has_its_key_and_its_event(guard: Guard) -> None:
    person = make_user()
    before = len(told())

    view = SavedView.objects.create(owner=person, name="Mine", created_at=NOON, updated_at=NOON)

    assert SavedView.objects.get(pk=view.pk).name == "Mine"
    assert told()[before:] == [{"verifications_savedview": ["INSERT"]}]


@commits
def test_one_event_speaks_of_a_whole_transaction_and_names_no_value(guard: Guard) -> None:
    customer = make_customer()
    before = len(told())

    with context.acting(actor="user:7", actor_name="Ines Roth", request_id="abc"), transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(last_name="Canary")
        customer.first_name = "Canary"
        customer.save(update_fields=["first_name"])
        make_user(username="canary")

    event = AuditEvent.objects.latest("id")
    assert len(told()) == before + 1
    assert event.details == {"tables": {"auth_user": ["INSERT"], "verifications_customer": ["UPDATE"]}}
    assert (event.actor, event.actor_name, event.request_id) == ("user:7", "Ines Roth", "abc")
    assert event.commitment


@commits
def test_what_a_service_does_needs_no_second_event(guard: Guard) -> None:
    create_customer(data=CustomerData(reference="crm-1", last_name="Ōe"), actor=ACTOR, at=NOON)

    assert list(AuditEvent.objects.values_list("action", flat=True)) == ["customer.created"]


@commits
def test_an_event_taken_back_counts_for_nothing(guard: Guard) -> None:
    customer = make_customer()
    before = len(told())

    with transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(last_name="Somebody")
        with transaction.atomic():
            create_customer(data=CustomerData(reference="crm-1", last_name="Ōe"), actor=ACTOR, at=NOON)
            transaction.set_rollback(True)
    with transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(last_name="Nobody")
        transaction.set_rollback(True)

    assert told()[before:] == [{"verifications_customer": ["UPDATE"]}]
    assert Customer.objects.get().last_name == "Somebody"


@commits
def test_without_its_event_nothing_is_written(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = make_customer()

    def refuse(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("the log is full")

    monkeypatch.setattr(direct_writes, "_write_event", refuse)
    with pytest.raises(DatabaseError, match="No event"):
        Customer.objects.filter(pk=customer.pk).update(last_name="Somebody")
    with pytest.raises(DatabaseError), transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(last_name="Somebody")
    monkeypatch.undo()

    assert Customer.objects.get().last_name == customer.last_name


@commits
def test_migrations_are_told_once_at_their_end(guard: Guard) -> None:
    customer = make_customer()
    before = len(told())

    direct_writes.begin_migrating()
    Customer.objects.filter(pk=customer.pk).update(last_name="One")
    make_user()
    during = len(told())
    direct_writes.end_migrating()

    assert during == before
    assert told()[before:] == [{"auth_user": ["INSERT"], "verifications_customer": ["UPDATE"]}]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "actor", "command"),
    [
        (["manage.py", "shell", "-c", "secret"], "system:command", "shell"),
        (["/usr/bin/django-admin", "dbshell"], "system:command", "dbshell"),
        (["manage.py"], "system:unknown", None),
        (["gunicorn", "portal"], "system:unknown", None),
    ],
)
def test_the_event_names_the_command_but_not_its_arguments(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, arguments: list[str], actor: str, command: str | None
) -> None:
    make_user()
    monkeypatch.setattr(sys, "argv", arguments)

    guard.settle()

    event = AuditEvent.objects.latest("id")
    assert (event.actor, event.details.get("command")) == (actor, command)
    assert "secret" not in str(event.details)


@pytest.mark.django_db
def test_a_connection_is_guarded_once_and_starts_anew_after_a_reconnection(guard: Guard) -> None:
    make_user()

    guard_connection(connection)

    assert [type(wrapper) for wrapper in connection.execute_wrappers].count(Guard) == 1
    assert not guard.trace.whole.is_silent
