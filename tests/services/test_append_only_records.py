"""Seals, anchors and checks are written once, and events of before there were commitments got theirs."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from tests.factories import NOON
from tests.services.seal_support import MODELS, sealed, triggers_lifted
from verifications.enums import LogKind
from verifications.integrity.entries import texts_of
from verifications.integrity.verify_records import canonical, commitment_of
from verifications.models import AppendOnlyError, LogAnchor, LogCheck, LogSeal

pytestmark = pytest.mark.django_db
ROWS = [LogSeal, LogAnchor, LogCheck]
TABLES = [model._meta.db_table for model in ROWS]


@pytest.fixture
def one_of_each() -> None:
    sealed(LogKind.AUDIT, 2)
    LogAnchor.objects.create(log="AUDIT", number=1, total=2, digest="0" * 64, place="FILE", at=NOON)
    LogCheck.objects.create(
        log="AUDIT", started_at=NOON, finished_at=NOON, entries=2, seals=1, unsealed=0, is_sound=True, actor="user:1"
    )


@pytest.mark.usefixtures("one_of_each")
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {table} SET log = 'ACCESS'", "DELETE FROM {table}"])
def test_the_database_itself_refuses_changes(table: str, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table=table))


@pytest.mark.usefixtures("one_of_each")
@pytest.mark.parametrize("table", TABLES)
def test_a_replacing_insert_is_refused(table: str) -> None:
    statement = (
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
        if connection.vendor == "sqlite"
        else f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT (id) DO UPDATE SET log = 'ACCESS'"
    )
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.postgres
@pytest.mark.usefixtures("one_of_each")
@pytest.mark.parametrize("table", TABLES)
def test_the_database_itself_refuses_truncate(table: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}")


@pytest.mark.usefixtures("one_of_each")
@pytest.mark.parametrize("model", ROWS)
def test_a_row_is_changed_by_none_of_the_models_ways(model: Any) -> None:
    row = model.objects.get()

    for change in (row.save, row.delete, lambda: model.objects.update(log="ACCESS"), model.objects.all().delete):
        with pytest.raises(AppendOnlyError):
            change()


def test_events_of_before_got_salt_and_commitment_and_nothing_else() -> None:
    """The migration's own step, on the models as they were then."""
    migration = import_module("verifications.migrations.0010_append_only_records")
    before = {}
    for log, model in MODELS.items():
        rows = [
            model(action="case.read", actor="user:7", actor_name=f"Wanjirũ {number}", source="::1", at=NOON)
            for number in range(3)
        ]
        model.objects.bulk_create(rows)
        before[log] = list(model.objects.order_by("pk").values())
    apps = MigrationLoader(connection).project_state(("verifications", "0009_records_that_hold")).apps

    with triggers_lifted():
        migration.commit_to_texts(apps, SimpleNamespace(connection=connection))

    for log, model in MODELS.items():
        rows = list(model.objects.order_by("pk"))
        assert [row.commitment for row in rows] == [commitment_of(canonical(texts_of(log, row))) for row in rows]
        assert len({row.salt for row in rows}) == 3
        after = list(model.objects.order_by("pk").values())
        own = {"salt", "commitment"}
        assert [[row[name] for name in row if name not in own] for row in after] == [
            [row[name] for name in row if name not in own] for row in before[log]
        ]
