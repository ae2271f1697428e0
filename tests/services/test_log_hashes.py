"""Rows hashed by PostgreSQL: what it says holds is what hashing here says, and what was altered never holds."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from tests.factories import ACTOR, NOON
from tests.services.seal_support import MODELS, append, append_in_bulk, triggers_lifted
from verifications.enums import LogKind
from verifications.integrity.entries import commit
from verifications.models import AuditEvent
from verifications.selectors import log_hashes
from verifications.selectors.log_hashes import hashed_rows
from verifications.selectors.log_walk import StoredSeal, stored_seals
from verifications.services.log_checks import check_log
from verifications.services.seals import seal_log

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
ODD = ("später", "漢字", "😀 astral", '\x7f\t\n"\\/', "ὠ", "a\\u00e4", "\u2028", "' || '")
DETAILS: tuple[Any, ...] = (
    {}, {"b": 1, "a": 2}, {"fields": ["x", "y"]}, {"deep": {"ä": [1, {"z": None}]}}, {"n": 10**20, "yes": True},
    {"ü": "ö, ä: x"},
)  # fmt: skip


def odd_log(log: LogKind) -> list[StoredSeal]:
    """Sealed rows with every kind of value that could be written in two ways."""
    for number, text in enumerate(ODD * 2):
        own = {"reason": text[::-1]} if log is LogKind.AUDIT else {"field": text, "purpose": "AUDIT"}
        row = MODELS[log](
            action="case.read", actor=text, actor_name=text, request_id=text, subject_id=text, source=text,
            details=DETAILS[number % len(DETAILS)], at=NOON, **own,
        )  # fmt: skip
        commit(log, row)
        row.save()
    append_in_bulk(log, 30)
    seal_log(log=log, now=NOON)
    return list(stored_seals(log))


def holds(log: LogKind, seals: list[StoredSeal]) -> bool:
    with hashed_rows(log) as hashed:
        assert hashed is not None
        return hashed.are_as_sealed(-1, seals)


@pytest.mark.parametrize("log", LogKind)
def test_rows_as_they_were_sealed_hold(log: LogKind) -> None:
    assert holds(log, odd_log(log))


@pytest.mark.parametrize("log", LogKind)
def test_most_rows_are_hashed_in_the_database(log: LogKind, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    seals = odd_log(log)
    entries_by_id = log_hashes.entries_by_id

    def noted(kind: LogKind, ids: list[int]) -> Any:
        read.extend(ids)
        return entries_by_id(kind, ids)

    monkeypatch.setattr(log_hashes, "entries_by_id", noted)

    assert holds(log, seals)
    assert 0 < len(set(read)) <= 16


@pytest.mark.parametrize(
    "change",
    [
        "actor_name = replace(actor_name, 'ὠ', U&'\\+01F600')",  # the same digits, one letter more or less
        "actor_name = replace(actor_name, U&'\\+01F600', 'ὠ')",
        "actor_name = replace(actor_name, 'ä', 'a\\u00e4')",
        "reason = replace(reason, U&'\\2028', ' ')",
        "details = '{\"ü\": \"ö,ä:x\"}' WHERE details ? 'ü'",
        "details = jsonb_set(details, '{n}', '100000000000000000001') WHERE details ? 'n'",
        "request_id = request_id || ' '",
        "salt = upper(salt)",
    ],
)
def test_a_row_that_was_altered_never_holds(change: str) -> None:
    seals = odd_log(LogKind.AUDIT)

    with triggers_lifted(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE verifications_auditevent SET {change}".replace("%", "%%"))
        assert not holds(LogKind.AUDIT, seals)
        transaction.set_rollback(True)


def test_rows_that_are_more_fewer_or_erased_do_not_hold() -> None:
    seals = odd_log(LogKind.AUDIT)
    first, second = seals[0].ids[:2]

    for statement in (
        f"DELETE FROM verifications_auditevent WHERE id = {first}",
        f"UPDATE verifications_auditevent SET id = 0 WHERE id = {second}",
        "UPDATE verifications_auditevent SET actor_name = '', reason = '', salt = '', source = ''",
    ):
        with triggers_lifted(), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement)
            assert not holds(LogKind.AUDIT, seals)
            transaction.set_rollback(True)
    AuditEvent.objects.bulk_create([AuditEvent(pk=first - 1, action="case.read", actor=ACTOR, at=NOON)])
    assert not holds(LogKind.AUDIT, seals)


@pytest.mark.django_db(transaction=True)
def test_a_helper_hashes_half_of_it_outside_a_transaction() -> None:
    append(LogKind.AUDIT, 40)
    seal_log(log=LogKind.AUDIT, now=NOON)

    check = check_log(log=LogKind.AUDIT, actor=ACTOR, at=NOON)

    assert (check.is_sound, check.entries) == (True, 40)
