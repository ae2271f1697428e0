"""Verifying in place: whoever had the database in their hands is found out, and the first row is named."""

from __future__ import annotations

import base64
import json
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.factories import ACTOR, NOON
from tests.services.seal_support import MODELS, SECOND, append, append_in_bulk, sealed, triggers_lifted
from verifications.enums import AuditAction, LogKind
from verifications.models import AuditEvent, LogAnchor, LogCheck, LogHead, LogSeal
from verifications.selectors.seals import ids_and_leaves
from verifications.services.anchors import write_due_anchors
from verifications.services.audit import record_event
from verifications.services.log_checks import EVERY, NOTE, check_due_logs, check_log, signed_restore
from verifications.services.seals import seal_log

pytestmark = pytest.mark.django_db
LATER = NOON + 3600 * SECOND
LOG = LogKind.AUDIT
TABLE = "verifications_auditevent"
SEALS = "verifications_logseal"


@pytest.fixture(autouse=True)
def anchor_folder(settings: Any, tmp_path: Path) -> Path:
    settings.ANCHOR_DIR = str(tmp_path / "anchors")
    return tmp_path / "anchors"


def sql(statement: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def findings(log: LogKind = LOG) -> list[dict[str, Any]]:
    """Of a check that leaves nothing behind: its event would be the next entry."""
    with transaction.atomic():
        check = check_log(log=log, actor=ACTOR, at=LATER)
        found = [finding for finding in check.findings if finding["kind"] != NOTE]
        assert check.is_sound == (not found)
        transaction.set_rollback(True)
    return found


def row_at(sequence: int, log: LogKind = LOG) -> Any:
    """The row that has this place."""
    held = [one for seal in LogSeal.objects.filter(log=log).order_by("number") for one in ids_and_leaves(seal)]
    return MODELS[log].objects.get(pk=held[sequence - 1][0])


@pytest.mark.parametrize("log", LogKind)
def test_a_log_nobody_touched_is_sound(log: LogKind) -> None:
    sealed(log, 120)
    append(log, 3, at=LATER)

    check = check_log(log=log, actor=ACTOR, at=LATER)

    assert (check.is_sound, check.findings) == (True, [])
    assert (check.entries, check.seals, check.unsealed, check.erased) == (123, 3, 3, 0)
    event = AuditEvent.objects.get(action=AuditAction.LOG_CHECKED)
    assert event.details == {"log": log.value, "sound": True, "entries": 123, "seals": 3, "findings": 0}


def test_an_empty_log_is_sound() -> None:
    check = check_log(log=LogKind.ACCESS, actor=ACTOR, at=NOON)

    assert (check.is_sound, check.entries, check.seals) == (True, 0, 0)


TEXT_COLUMNS = ("action", "actor", "actor_name", "commitment", "request_id", "salt", "source", "subject_id",
                "subject_type")  # fmt: skip


NEW: dict[str, Callable[[Any], Any]] = {
    "at": lambda row: row.at + SECOND / 1_000_000,
    "customer_id": lambda row: uuid.UUID(int=999) if row.customer_id is None else None,
    "details": lambda row: json.dumps(row.details | {"more": 1}),
    "event_id": lambda row: uuid.UUID(int=row.event_id.int ^ 1),
    "id": lambda row: row.pk + 10_000_000,
}
"""What an attacker puts into a column; into any other, one letter more."""


def written(column: str, row: Any) -> Any:
    before = "" if column in NEW else getattr(row, column)
    value = NEW[column](row) if column in NEW else f"{before[:-1]}{'x' if before[-1:] != 'x' else 'y'}"
    return value.hex if isinstance(value, uuid.UUID) and connection.vendor == "sqlite" else value


@contextmanager
def undone() -> Iterator[None]:
    """With triggers and checks lifted, and everything as it was afterwards."""
    with triggers_lifted(), transaction.atomic():
        if connection.vendor == "sqlite":
            sql("PRAGMA ignore_check_constraints = ON")
        yield
        transaction.set_rollback(True)
    if connection.vendor == "sqlite":
        sql("PRAGMA ignore_check_constraints = OFF")


@pytest.mark.parametrize(
    ("log", "column"),
    [(LogKind.AUDIT, name) for name in (*TEXT_COLUMNS, "reason", *NEW)]
    + [(LogKind.ACCESS, name) for name in (*TEXT_COLUMNS, "purpose", "field", *NEW)],
)
def test_every_column_of_200_rows_is_covered(log: LogKind, column: str) -> None:
    append_in_bulk(log, 200)
    seal_log(log=log, now=NOON)
    statement = f"UPDATE {MODELS[log]._meta.db_table} SET {column} = %s WHERE id = %s"
    rows = list(MODELS[log].objects.order_by("pk"))

    for sequence in (1, 2, 77, 199, 200):
        row = rows[sequence - 1]
        with undone():
            sql(statement, written(column, row), row.pk)
            first = findings(log)[0]
        assert (first["first"], first["last"], first["row"]) == (sequence, sequence, row.pk)
    with undone():
        for row in rows:
            sql(statement, written(column, row), row.pk)
        all_of_them = findings(log)

    named = {at for found in all_of_them if "first" in found for at in range(found["first"], found["last"] + 1)}
    assert named == set(range(1, 201))


def test_an_attack_on_one_row_names_its_event() -> None:
    sealed(LOG, 120)
    row = row_at(77)

    with undone():
        sql(f"UPDATE {TABLE} SET reason = 'nothing happened' WHERE id = %s", row.pk)
        altered = findings()
    with undone():
        sql(f"DELETE FROM {TABLE} WHERE id = %s", row.pk)
        deleted = findings()
    with undone():
        event = record_event(action=AuditAction.CASE_CLOSED, actor=ACTOR, subject=None, at=NOON)
        sql(f"UPDATE {TABLE} SET id = id + 1000000 WHERE id > %s AND id < %s", row.pk, event.pk)
        sql(f"UPDATE {TABLE} SET id = %s WHERE id = %s", row.pk + 1, event.pk)
        inserted = findings()

    assert [(one["kind"], one["first"], one["event"]) for one in altered] == [("event_texts", 77, str(row.event_id))]
    assert [(one["kind"], one["first"], one["row"]) for one in deleted] == [("event_missing", 77, row.pk)]
    assert inserted[0]["first"] == 78


def test_a_row_put_in_among_sealed_ones_is_named() -> None:
    sealed(LOG, 60)
    gone = row_at(30)
    LogHead.objects.update(holes=[])
    with undone():
        sql(f"UPDATE {TABLE} SET id = id + 1000000 WHERE id = %s", gone.pk)  # makes room
        sql(f"UPDATE {TABLE} SET id = id - 1000000 WHERE id = %s", gone.pk + 1_000_000)
        forged = record_event(action=AuditAction.CASE_CLOSED, actor=ACTOR, subject=None, at=NOON)
        sql(f"UPDATE {TABLE} SET id = -5 WHERE id = %s", forged.pk)

        (found,) = findings()

    assert found["kind"] == "row_inserted"
    assert str(forged.event_id) in found["what"]
    assert "Row -5" in found["what"]


def test_two_rows_exchanged_are_both_named() -> None:
    sealed(LOG, 60)
    one, other = row_at(20), row_at(41)

    with undone():
        sql(f"UPDATE {TABLE} SET id = 9000001 WHERE id = %s", one.pk)
        sql(f"UPDATE {TABLE} SET id = %s WHERE id = %s", one.pk, other.pk)
        sql(f"UPDATE {TABLE} SET id = %s WHERE id = 9000001", other.pk)
        found = findings()

    assert [finding["first"] for finding in found] == [20, 41]


def test_a_tail_cut_off_the_table_is_named_by_the_seals() -> None:
    sealed(LOG, 60)

    with undone():
        sql(f"DELETE FROM {TABLE} WHERE id > %s", row_at(50).pk)
        found = findings()

    assert (found[0]["kind"], found[0]["first"], found[0]["last"]) == ("tail_cut", 51, 60)


def test_seals_cut_off_the_end_are_named_as_long_as_the_head_is_forgotten() -> None:
    sealed(LOG, 60)

    with undone():
        sql(f"DELETE FROM {SEALS} WHERE number = 2")
        found = findings()

    assert [(one["kind"], one["seal"]) for one in found] == [("seals_cut", 2)]


def test_a_tail_cut_with_its_seals_and_anchor_rows_is_named_by_the_anchor_outside() -> None:
    sealed(LOG, 60)
    write_due_anchors(now=NOON)

    with undone():
        sql(f"DELETE FROM {TABLE} WHERE id > %s", row_at(50).pk)
        sql(f"DELETE FROM {SEALS} WHERE number = 2")
        sql("DELETE FROM verifications_loganchor")
        sql("UPDATE verifications_loghead SET reached_id = %s", row_at(50).pk)
        found = findings()

    assert [(one["kind"], one["first"]) for one in found] == [("log_cut", 51)]


def test_everything_written_anew_with_the_key_is_named_by_the_anchor_outside() -> None:
    sealed(LOG, 60)
    write_due_anchors(now=NOON)

    with undone():
        sql(f"UPDATE {TABLE} SET actor = 'user:1' WHERE id = %s", row_at(3).pk)
        for table in (SEALS, "verifications_loghead", "verifications_loganchor"):
            sql(f"DELETE FROM {table}")
        seal_log(log=LOG, now=LATER)
        found = findings()

    assert [one["kind"] for one in found] == ["log_cut"] or [one["kind"] for one in found] == ["log_rewritten"]


def test_everything_written_anew_without_the_key_is_named_by_the_signatures(settings: Any) -> None:
    sealed(LOG, 60)

    with undone():
        for table in (SEALS, "verifications_loghead"):
            sql(f"DELETE FROM {table}")
        settings.AUDIT_SIGNING_KEYS = "a1:" + base64.b64encode(b"t" * 32).decode()
        seal_log(log=LOG, now=LATER)
        settings.AUDIT_SIGNING_KEYS = "a1:" + base64.b64encode(b"s" * 32).decode()
        found = findings()

    assert found[0]["kind"] == "seal_altered"
    assert found[0]["seal"] == 1


SEAL_COLUMNS: dict[str, str] = {
    "log": "'ACCESS'", "number": "number + 7", "first": "first + 1", "count": "count + 1", "sealed_at": "%s",
    "root": "'0' || substr(root, 2)", "previous": "'f' || substr(previous, 2)", "digest": "'e' || substr(digest, 2)",
    "key_id": "'b1'", "signature": "'0' || substr(signature, 2)", "lowest_id": "lowest_id - 1",
    "highest_id": "highest_id + 1",
}  # fmt: skip


@pytest.mark.parametrize("column", [*SEAL_COLUMNS, "entries"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_column_of_a_seal_is_covered(column: str, number: int) -> None:
    sealed(LOG, 130)
    seal = LogSeal.objects.get(log=LOG, number=number)
    before = {name: getattr(seal, name, None) for name in ("root", "previous", "digest", "signature")}
    value = SEAL_COLUMNS.get(column, "%s")
    if column in before and str(before[column]).startswith(value[1]):
        value = value.replace(value[1], "7", 1)
    parameters = {"sealed_at": [seal.sealed_at + SECOND], "entries": [flipped(bytes(seal.entries), 8 + 40 * 3)]}

    with undone():
        sql(f"UPDATE {SEALS} SET {column} = {value} WHERE id = %s", *parameters.get(column, []), seal.pk)
        found = findings() + findings(LogKind.ACCESS)

    named = {one.get("seal") for one in found} | {row for one in found for row in (one.get("seal", 0) - 1,)}
    assert number in named


def flipped(data: bytes, at: int, bit: int = 0) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def test_bytes_behind_the_entries_of_a_seal_are_found() -> None:
    sealed(LOG, 3)
    seal = LogSeal.objects.get()
    with undone():
        sql(f"UPDATE {SEALS} SET entries = %s", bytes(seal.entries) + b"\0")

        assert [one["kind"] for one in findings()] == ["seal_index"]


def test_flipped_bytes_of_seals_are_found() -> None:
    """Every third byte of the ids and leaves of a seal, under one bit after the other."""
    sealed(LOG, 12, batch=6)
    seal = LogSeal.objects.get(log=LOG, number=2)
    entries = bytes(seal.entries)

    missed = []
    for at in range(0, len(entries), 3):
        with undone():
            sql(f"UPDATE {SEALS} SET entries = %s WHERE id = %s", flipped(entries, at, at % 8), seal.pk)
            if not findings():
                missed.append(at)

    assert missed == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL refuses bytes that are no text")
def test_flipped_bytes_of_rows_are_found() -> None:
    """As somebody with the file would: bytes of every column, whether they are still text or not."""
    append_in_bulk(LOG, 200)
    seal_log(log=LOG, now=NOON)
    chance = random.Random(7)
    columns = [*TEXT_COLUMNS, "reason", *(set(NEW) - {"id"})]
    rows = MODELS[LOG].objects.order_by("pk").values_list("pk", flat=True)

    missed = []
    for sequence, row_id in enumerate(rows, 1):
        column = columns[sequence % len(columns)]
        with undone():
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT CAST({column} AS BLOB) FROM {TABLE} WHERE id = %s", [row_id])
                held = cursor.fetchone()[0]
            if not held:
                continue
            new = flipped(bytes(held), chance.randrange(len(held)), chance.randrange(8))
            sql(f"UPDATE {TABLE} SET {column} = CAST(%s AS TEXT) WHERE id = %s", new, row_id)
            found = findings()
            if not found or found[0]["first"] != sequence:
                missed.append((sequence, column, new))

    assert missed == []


def test_writing_a_value_in_another_way_is_found(clock: Any) -> None:
    """On SQLite values are texts: the same value written differently is an alteration too."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps values, not how they were written")
    append_in_bulk(LOG, 5)
    seal_log(log=LOG, now=NOON)
    row = row_at(2)

    for change in (
        "details = replace(details, ' ', '')", "at = replace(at, ' ', 'T')", "at = at || '+00:00'",
        "event_id = upper(event_id)", "customer_id = ''", "details = CAST(details AS BLOB)", "details = '[[[['",
        "at = NULL",
    ):  # fmt: skip
        with undone():
            if "NULL" in change:
                continue
            sql(f"UPDATE {TABLE} SET {change} WHERE id = %s", row.pk)
            assert findings()[0]["first"] == 2, change


def test_a_young_row_without_a_seal_is_no_finding_and_an_old_one_above_the_seals_neither() -> None:
    sealed(LOG, 10)
    append(LOG, 2, at=NOON)
    append(LOG, 1, at=LATER)

    check = check_log(log=LOG, actor=ACTOR, at=LATER)

    assert (check.is_sound, check.unsealed) == (True, 3)


def test_a_row_of_a_hole_waits_for_its_seal() -> None:
    sealed(LOG, 10)
    with undone():
        row = append(LOG, 1, at=NOON)[0]
        sql(f"UPDATE {TABLE} SET id = -5 WHERE id = %s", row.pk)
        assert findings() != []
        LogHead.objects.filter(log=LOG).update(holes=[[-9, -1, 1, 0.0]])

        assert findings() == []


def test_anchors_are_compared_with_their_rows_and_bad_lines_are_named(anchor_folder: Path) -> None:
    sealed(LOG, 10)
    write_due_anchors(now=NOON)
    (path,) = anchor_folder.iterdir()
    path.write_bytes(path.read_bytes() + b"no anchor\n")
    LogAnchor.objects.create(log=LOG, number=1, total=9, digest="0" * 64, place="MAIL", at=NOON)

    found = findings()

    assert {one["kind"] for one in found} == {"anchor_unreadable", "anchor_row"}
    assert f"{path.name}:2 is no anchor." in {one["what"] for one in found}


def test_anchors_that_a_recorded_restore_took_back_are_told_and_not_found(anchor_folder: Path) -> None:
    sealed(LOG, 60)
    write_due_anchors(now=NOON)
    with undone():
        sql(f"DELETE FROM {TABLE} WHERE id > %s", row_at(50).pk)
        sql(f"DELETE FROM {SEALS} WHERE number = 2")
        sql("DELETE FROM verifications_loganchor")
        sql("UPDATE verifications_loghead SET reached_id = %s", row_at(50).pk)
        assert [one["kind"] for one in findings()] == ["log_cut"]
        signed = signed_restore({"AUDIT": 1, "ACCESS": 0}, at=LATER)
        forged: tuple[dict[str, Any], ...] = (
            {"logs": signed["logs"]},
            signed | {"logs": {"AUDIT": 0, "ACCESS": 0}},
            signed | {"signature": "00" * 64},
            {"logs": {"AUDIT": "1"}},
        )
        for details in forged:
            record_event(action=AuditAction.DATABASE_RESTORED, actor=ACTOR, subject=None, at=LATER, details=details)
        record_event(action=AuditAction.DATABASE_RESTORED, actor=ACTOR, subject=None, at=LATER + SECOND, details=signed)
        assert [one["kind"] for one in findings()] == ["log_cut"]
        record_event(action=AuditAction.DATABASE_RESTORED, actor=ACTOR, subject=None, at=LATER, details=signed)

        check = check_log(log=LOG, actor=ACTOR, at=LATER)

        assert check.is_sound
        assert [one["kind"] for one in check.findings] == [NOTE]


def test_check_due_logs_reads_a_log_once_a_day() -> None:
    now = timezone.now()
    assert check_due_logs(now=now) == 0
    sealed(LOG, 3)

    assert check_due_logs(now=now) == 1
    assert check_due_logs(now=now + EVERY - SECOND) == 0
    assert check_due_logs(now=now + EVERY + SECOND) == 1
    assert list(LogCheck.objects.values_list("actor", flat=True)) == ["system:schedule"] * 2


def test_a_check_of_a_day_to_come_puts_none_off() -> None:
    now = timezone.now()
    sealed(LOG, 3)
    LogCheck.objects.create(
        log=LOG, started_at=now + 1000 * EVERY, finished_at=now, entries=0, seals=0, unsealed=0, is_sound=True,
        actor=ACTOR,
    )  # fmt: skip

    assert check_due_logs(now=now) == 1


def test_no_id_is_too_low_to_be_found() -> None:
    sealed(LOG, 3)
    with undone():
        row = append(LOG, 1, at=NOON)[0]
        sql(f"UPDATE {TABLE} SET id = %s WHERE id = %s", -(2**63), row.pk)

        assert [one["kind"] for one in findings()] == ["row_inserted"]


@pytest.mark.parametrize("details", ["[]", "1", '"x"', "null"])
def test_details_that_are_no_object_are_found(details: str) -> None:
    sealed(LOG, 3)
    with undone():
        sql(f"UPDATE {TABLE} SET details = %s WHERE id = %s", details, row_at(2).pk)

        assert findings()[0]["first"] == 2


@pytest.mark.postgres
def test_a_time_before_our_era_is_not_the_same_as_now() -> None:
    sealed(LOG, 3)
    with undone():
        sql(f"UPDATE {TABLE} SET at = (at::text || ' BC')::timestamptz WHERE id = %s", row_at(2).pk)

        assert findings()[0]["first"] == 2


def test_a_seal_whose_entries_were_emptied_with_its_rows_is_found() -> None:
    sealed(LOG, 100)
    with undone():
        sql(f"DELETE FROM {TABLE} WHERE id > %s", row_at(50).pk)
        sql(f"UPDATE {SEALS} SET entries = %s WHERE number = 2", b"")

        assert {one["kind"] for one in findings()} >= {"seal_altered", "seal_index"}


def test_a_row_that_is_no_event_is_found_though_it_was_sealed() -> None:
    broken = "actor = X'00'" if connection.vendor == "sqlite" else "at = 'infinity'"
    with undone():
        sealed(LOG, 3)
        row = append(LOG, 1)[0]
        sql(f"UPDATE {TABLE} SET {broken} WHERE id = %s", row.pk)
        assert seal_log(log=LOG, now=NOON) == 1

        assert f"Row {row.pk} of the table can't be read" in " ".join(one["what"] for one in findings())


def test_a_log_of_many_thousands_is_checked_and_a_sampled_attack_named() -> None:
    """The same on 100,000 entries: ``python -m benchmarks.audit_check --attacks``."""
    append_in_bulk(LOG, 6000)
    seal_log(log=LOG, now=NOON)
    chance = random.Random(3)
    first_id = row_at(1).pk

    for sequence in (1, 1000, 1001, chance.randrange(2, 6000), 6000):
        row_id = first_id + sequence - 1
        with undone():
            sql(f"UPDATE {TABLE} SET actor = 'user:1000' WHERE id = %s", row_id)
            assert findings()[0]["first"] == sequence
        with undone():
            sql(f"DELETE FROM {TABLE} WHERE id = %s", row_id)
            assert findings()[0]["first"] == sequence
