"""What a statement writes to, and what may be written without an event."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from verifications.integrity.statements import columns_set, writes_of
from verifications.integrity.traces import (
    COLUMNS_WITHOUT_EVENT,
    LOG_TABLES,
    OWN_PREFIX,
    PEOPLE,
    ROWS_WITHOUT_EVENT,
    WITHOUT_EVENT,
    Trace,
    wants_event,
)

CASE, CUSTOMER, EVENT = "verifications_case", "verifications_customer", "verifications_auditevent"
OF_OTHERS = frozenset(
    {
        "auth_permission",
        "django_admin_log",
        "django_content_type",
        "django_migrations",
        "django_session",
        "django_site",
        "account_emailconfirmation",
        "usersessions_usersession",
    }
)
"""Tables of Django and its libraries that say nothing of a customer, a case or who may do what."""


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f'UPDATE "{CASE}" SET "state" = %s WHERE "{CASE}"."id" = %s', ("UPDATE", CASE)),
        (f'INSERT INTO "{CASE}" ("state") VALUES (%s) RETURNING "{CASE}"."id"', ("INSERT", CASE)),
        (f'DELETE FROM "{CASE}" WHERE "{CASE}"."id" IN (%s)', ("DELETE", CASE)),
        (f"  update {CASE} set state = 'x'", ("UPDATE", CASE)),
        (f"-- quick fix\n/* really */ Update Only public.{CASE} set state = 'x'", ("UPDATE", CASE)),
        (f'delete from "public"."{CASE}"', ("DELETE", CASE)),
        (f"INSERT OR REPLACE INTO {CASE} VALUES (1)", ("INSERT", CASE)),
        (f"REPLACE INTO `{CASE}` VALUES (1)", ("INSERT", CASE)),
        (f"WITH old AS (SELECT 1) UPDATE {CASE} SET state = 'x'", ("UPDATE", CASE)),
        (f"MERGE INTO {CASE} USING other ON true", ("UPDATE", CASE)),
        (f"TRUNCATE TABLE {CASE} CASCADE", ("DELETE", CASE)),
        (f"COPY {CASE} (state) FROM STDIN", ("INSERT", CASE)),
        (f"EXPLAIN ANALYZE DELETE FROM {CASE}", ("DELETE", CASE)),
        (f"DO $$ BEGIN UPDATE {CASE} SET state = 'x'; END $$", ("UPDATE", CASE)),
        (f"SELECT 1; DELETE FROM {CASE}", ("DELETE", CASE)),
        (f"({'SELECT 1'}); INSERT INTO {CASE} VALUES (1)", ("INSERT", CASE)),
    ],
)
def test_a_write_is_found_however_it_is_spelled(sql: str, expected: tuple[str, str]) -> None:
    assert [(write.verb, write.table) for write in writes_of(sql)] == [expected]


@pytest.mark.parametrize(
    "sql",
    [
        f'SELECT "{CASE}"."id" FROM "{CASE}" FOR UPDATE OF "{CASE}"',
        f"CREATE TRIGGER refuse BEFORE UPDATE ON {CASE} EXECUTE FUNCTION refuse()",
        f"ALTER TABLE {CASE} ADD COLUMN x int",
        'SAVEPOINT "s1_x1"',
        "BEGIN IMMEDIATE",
        "PRAGMA foreign_keys = ON",
        "",
    ],
)
def test_what_writes_no_row_is_no_write(sql: str) -> None:
    assert [write for write in writes_of(sql) if write.table == CASE] == []


def test_the_columns_of_an_update_are_those_it_sets() -> None:
    sql = f'UPDATE "{CASE}" SET "a" = %s, "b" = CASE WHEN ("{CASE}"."c" = %s) THEN 1 END WHERE "{CASE}"."d" = %s'

    assert columns_set(sql) == {"a", "b"}
    assert columns_set(f"update {CASE} set a = 1") == frozenset()


@pytest.mark.django_db
def test_every_table_is_watched_or_has_its_reason() -> None:
    tables = {table for table in connection.introspection.table_names() if "_fts" not in table}
    watched = {
        table
        for table in tables
        if wants_event("DELETE", table, f'DELETE FROM "{table}"') or table in LOG_TABLES | set(WITHOUT_EVENT)
    }
    shadows = {table for table in watched if table.startswith("verifications_customersearchtext_trigrams")}

    assert tables - watched - OF_OTHERS == set()
    assert watched - shadows == {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.db_table.startswith(OWN_PREFIX) or model._meta.db_table in PEOPLE
    }


def test_every_exemption_names_a_table_and_columns_there_are() -> None:
    columns = {
        model._meta.db_table: {field.column for field in model._meta.concrete_fields}
        for model in apps.get_models(include_auto_created=True)
    }

    assert set(WITHOUT_EVENT) - set(columns) == {"verifications_customersearchtext_trigrams"}
    assert set(ROWS_WITHOUT_EVENT) <= set(columns)
    assert {table for table, (named, _why) in COLUMNS_WITHOUT_EVENT.items() if not named <= columns[table]} == set()
    assert all(why for why in WITHOUT_EVENT.values())


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ('UPDATE "auth_user" SET "last_login" = %s', False),
        ('UPDATE "auth_user" SET "last_login" = %s, "is_superuser" = %s', True),
        ("update auth_user set last_login = now()", True),
        ('UPDATE "verifications_apikeylane" SET "last_nonce" = %s', False),
        ('INSERT INTO "verifications_providercall" ("status") VALUES (%s)', False),
        ('UPDATE "verifications_providercall" SET "status" = %s', False),
        ('UPDATE "verifications_providercall" SET "status" = %s, "answer_original" = %s', False),
        ('UPDATE "verifications_providercall" SET "answer_original" = %s', True),
        ('UPDATE "verifications_providercall" SET "verification_id" = %s', True),
        ('DELETE FROM "verifications_providercall"', True),
        ('INSERT INTO "django_session" ("session_key") VALUES (%s)', False),
    ],
)
def test_an_exemption_goes_as_far_as_it_says(sql: str, wanted: bool) -> None:
    assert Trace().would_want(sql) is wanted


def test_what_a_savepoint_takes_back_is_forgotten() -> None:
    trace = Trace()

    follow(trace, 'SAVEPOINT "one"', f'UPDATE "{CASE}" SET "a" = 1', f'INSERT INTO "{EVENT}" VALUES (1)')
    follow(trace, 'SAVEPOINT "two"', f'DELETE FROM "{CUSTOMER}"', 'ROLLBACK TO SAVEPOINT "two"')
    follow(trace, 'RELEASE SAVEPOINT "two"', 'RELEASE SAVEPOINT "one"')

    assert set(trace.whole.writes) == {(CASE, "UPDATE")}
    assert not trace.whole.is_silent


def test_an_event_that_was_taken_back_is_none() -> None:
    trace = Trace()

    follow(trace, f'UPDATE "{CASE}" SET "a" = 1', 'SAVEPOINT "one"', f'INSERT INTO "{EVENT}" VALUES (1)')
    follow(trace, 'ROLLBACK TO SAVEPOINT "one"', 'RELEASE SAVEPOINT "one"')

    assert trace.whole.is_silent


def test_what_changed_no_row_is_no_write() -> None:
    trace = Trace()

    trace.follow(f'UPDATE "{CASE}" SET "a" = 1', run=lambda: None, rows=lambda: 0)

    assert not trace.whole.is_silent


def follow(trace: Trace, *statements: str) -> None:
    for sql in statements:
        trace.follow(sql, run=lambda: None, rows=lambda: 1)
