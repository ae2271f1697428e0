"""Both logs: written inside the transaction of what they speak of, in words, and never changed afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.factories import ACTOR, NOON, make_account, make_customer, make_provider_user, make_user
from verifications import context
from verifications.enums import AccessAction, AuditAction
from verifications.models import AccessEvent, AppendOnlyError, AuditEvent
from verifications.services.audit import AuditOutsideTransaction, name_of, record_access, record_event

LOGS = [AuditEvent, AccessEvent]
TABLES = [model._meta.db_table for model in LOGS]


@pytest.fixture
def both(db: None) -> None:
    """One row in each log."""
    with transaction.atomic():
        record_event(action=AuditAction.USER_CHANGED, actor=ACTOR, subject=None, at=NOON)
        record_access(action=AccessAction.SEARCHED, actor=ACTOR, subject=None, at=NOON)


@pytest.mark.parametrize("model", LOGS)
def test_a_row_is_changed_by_none_of_the_models_ways(both: None, model: Any) -> None:
    row = model.objects.get()
    row.actor = "someone else"

    for change in (
        row.save,
        row.delete,
        lambda: model.objects.update(actor="x"),
        lambda: model.objects.all().delete(),
        lambda: model.objects.filter(pk=row.pk).update(actor="x"),
        lambda: model.objects.bulk_update([row], ["actor"]),
    ):
        with pytest.raises(AppendOnlyError):
            change()

    assert model.objects.get().actor == ACTOR


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {table} SET actor = 'x'", "DELETE FROM {table}", "UPDATE {table} SET details = details WHERE 1 = 1"],
)
def test_the_database_itself_refuses_changes(both: None, table: str, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table=table))

    assert {model.objects.get().actor for model in LOGS} == {ACTOR}


@pytest.mark.postgres
@pytest.mark.parametrize("table", TABLES)
def test_the_database_itself_refuses_truncate(both: None, table: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}")


@pytest.mark.parametrize("model", LOGS)
def test_bulk_create_can_not_replace_a_row(both: None, model: Any) -> None:
    row = model.objects.get()

    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.bulk_create([row], update_conflicts=True, update_fields=["actor"], unique_fields=["event_id"])

    assert model.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused() -> None:
    with pytest.raises(AuditOutsideTransaction):
        record_event(action=AuditAction.USER_CHANGED, actor=ACTOR, subject=None, at=NOON)
    with pytest.raises(AuditOutsideTransaction):
        record_access(action=AccessAction.SEARCHED, actor=ACTOR, subject=None, at=NOON)

    assert not AuditEvent.objects.exists()
    assert not AccessEvent.objects.exists()


@pytest.mark.django_db
def test_an_event_names_its_actor_subject_customer_and_request() -> None:
    person = make_user(first_name="Wanjirũ", last_name="Kamau")
    user = make_provider_user()

    with context.acting(request_id="abc", source="203.0.113.9"):
        event = record_event(action=AuditAction.USER_CHANGED, actor=f"user:{person.pk}", subject=user, at=NOON)

    assert (event.actor, event.actor_name) == (f"user:{person.pk}", "Wanjirũ Kamau")
    assert (event.subject_type, event.subject_id) == ("ProviderUser", str(user.public_id))
    assert (event.customer_id, event.request_id, event.source) == (user.customer.public_id, "abc", "203.0.113.9")


@pytest.mark.django_db
def test_an_event_keeps_the_name_of_the_moment() -> None:
    person = make_user(first_name="Ana", last_name="Old")
    event = record_event(action=AuditAction.USER_CHANGED, actor=f"user:{person.pk}", subject=None, at=NOON)

    person.last_name = "New"
    person.save()

    event.refresh_from_db()
    assert event.actor_name == "Ana Old"


@pytest.mark.django_db
def test_the_requests_own_actor_costs_no_query(django_assert_num_queries: Any) -> None:
    with context.acting(actor="user:7", actor_name="Ana"), django_assert_num_queries(1):
        event = record_event(action=AuditAction.USER_CHANGED, actor="user:7", subject=None, at=NOON)

    assert event.actor_name == "Ana"


@pytest.mark.django_db
def test_an_event_about_a_customer_carries_its_public_id() -> None:
    customer = make_customer()

    event = AuditEvent.objects.get(action="customer.created")

    assert event.customer_id == customer.public_id


@pytest.mark.django_db
def test_name_of_speaks_in_words() -> None:
    account = make_account(name="Kraken, live")
    person = make_user(username="officer7")

    assert name_of("system:delivery") == "Delivery worker"
    assert name_of("system:schedule") == "Schedule"
    assert name_of("anonymous") == "Not signed in"
    assert name_of(f"user:{person.pk}") == "officer7"
    assert name_of("user:999999") == "user:999999"
    assert name_of(f"provider:{account.public_id}") == "Kraken, live"


def test_every_action_has_words() -> None:
    for action in (*AuditAction, *AccessAction):
        assert action.label
        assert "." not in action.label


@pytest.mark.parametrize("model", [AuditEvent, AccessEvent])
def test_a_replacing_insert_is_refused_like_an_update(db: None, model: Any) -> None:
    with transaction.atomic():
        if model is AuditEvent:
            event = record_event(action=AuditAction.CASE_OPENED, actor="user:1", subject=None, at=NOON)
        else:
            event = record_access(action=AccessAction.SEARCHED, actor="user:1", subject=None, at=NOON)
    table = model._meta.db_table
    statement = (
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE id = %s"
        if connection.vendor == "sqlite"
        else f"INSERT INTO {table} SELECT * FROM {table} WHERE id = %s ON CONFLICT (id) DO UPDATE SET actor = 'user:2'"
    )

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [event.pk])

    assert model.objects.get(pk=event.pk).actor == "user:1"
