"""Sealing: everything that was appended gets its place, once, under a signed seal that is chained to the one before."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, connections, transaction

from tests.factories import NOON
from tests.services.seal_support import MODELS, SECOND, append, append_in_bulk, sealed, triggers_lifted
from verifications import signing
from verifications.enums import LogKind
from verifications.integrity.entries import record_of, texts_of
from verifications.integrity.verify_records import (
    NO_SEAL,
    canonical,
    commitment_of,
    digest_of,
    header_of,
    leaf_of,
    merkle_root,
)
from verifications.models import LogHead, LogSeal
from verifications.selectors.log_rows import ERASED, all_entries, entries_by_id
from verifications.selectors.seals import alarms, head_of, header_fields, ids_and_leaves, log_state, manifest_heads
from verifications.services import seals
from verifications.services.seals import seal_all, seal_log

LOGS = list(LogKind)


def seals_in_order(log: LogKind) -> list[LogSeal]:
    return list(LogSeal.objects.filter(log=log).order_by("number"))


@pytest.mark.django_db
@pytest.mark.parametrize("log", LOGS)
def test_an_entry_read_by_columns_has_the_bytes_of_its_model(log: LogKind) -> None:
    append(log, 7)
    append_in_bulk(log, 12)

    rows = list(MODELS[log].objects.order_by("pk"))

    read = list(all_entries(log))
    assert [entry.record for entry in read] == [canonical(record_of(log, row)) for row in rows]
    assert [entry.texts for entry in read] == [canonical(texts_of(log, row)) for row in rows]
    assert [(entry.id, entry.event_id, entry.problem) for entry in read] == [
        (row.pk, str(row.event_id), "") for row in rows
    ]
    assert all(commitment_of(entry.texts).encode() in entry.record for entry in read)
    assert entries_by_id(log, [rows[3].pk, 10**9]) == {rows[3].pk: read[3]}


@pytest.mark.django_db
@pytest.mark.parametrize("log", LOGS)
def test_seal_log_gives_every_entry_its_place_under_a_signed_and_chained_seal(log: LogKind) -> None:
    sealed(log, 120, batch=50)

    first, second, third = seals_in_order(log)

    assert [(seal.number, seal.first, seal.count) for seal in (first, second, third)] == [
        (1, 1, 50), (2, 51, 50), (3, 101, 20),
    ]  # fmt: skip
    assert [first.previous, second.previous, third.previous] == [NO_SEAL, first.digest, second.digest]
    held = [one for seal in (first, second, third) for one in ids_and_leaves(seal)]
    assert held == [(entry.id, leaf_of(entry.record)) for entry in all_entries(log)]
    for seal in (first, second, third):
        header = header_of(header_fields(seal))
        assert seal.root == merkle_root([leaf for _id, leaf in ids_and_leaves(seal)]).hex()
        assert seal.digest == digest_of(header)
        assert signing.is_signed(header, key_id=seal.key_id, signature=seal.signature)


@pytest.mark.django_db
def test_a_seal_takes_so_many_entries_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "MOST_AT_ONCE", 10)
    append(LogKind.AUDIT, 25)

    count = seal_log(log=LogKind.AUDIT, now=NOON)

    assert count == 25
    assert [seal.count for seal in seals_in_order(LogKind.AUDIT)] == [10, 10, 5]


@pytest.mark.django_db
def test_sealing_an_idle_log_writes_nothing_and_costs_two_small_queries(django_assert_num_queries: Any) -> None:
    sealed(LogKind.AUDIT, 3)
    LogHead.objects.update(holes=[])

    with django_assert_num_queries(2):
        assert seal_log(log=LogKind.AUDIT, now=NOON) == 0

    assert LogSeal.objects.count() == 1


@pytest.mark.django_db
def test_the_logs_have_sequences_of_their_own() -> None:
    append(LogKind.AUDIT, 2)
    append(LogKind.ACCESS, 3)

    assert seal_all(now=NOON) == {LogKind.AUDIT: 2, LogKind.ACCESS: 3}

    audit, access = head_of(LogKind.AUDIT), head_of(LogKind.ACCESS)
    assert audit is not None
    assert access is not None
    assert (audit.number, audit.total, access.number, access.total) == (1, 2, 1, 3)
    assert manifest_heads()["ACCESS"] == {
        "number": 1, "total": 3, "digest": access.digest, "sealed_at": "2026-11-16T12:00:00.000000+00:00",
    } | {"sealed_at": access.sealed_at.isoformat(timespec="microseconds")}  # fmt: skip


@pytest.mark.django_db
def test_a_sealer_that_dies_between_seal_and_head_leaves_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    append(LogKind.AUDIT, 3)

    def die(*_args: Any, **_kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(LogHead, "save", die)
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            seal_log(log=LogKind.AUDIT, now=NOON)
    assert not LogSeal.objects.exists()

    assert seal_log(log=LogKind.AUDIT, now=NOON) == 3
    assert [(seal.number, seal.first, seal.count) for seal in seals_in_order(LogKind.AUDIT)] == [(1, 1, 3)]


@pytest.mark.django_db
def test_erased_texts_leave_record_and_seal_as_they_were() -> None:
    append(LogKind.AUDIT, 2)
    before = [entry.record for entry in all_entries(LogKind.AUDIT)]

    with triggers_lifted(), connection.cursor() as cursor:
        cursor.execute("UPDATE verifications_auditevent SET actor_name = '', reason = '', salt = '', source = ''")

    after = list(all_entries(LogKind.AUDIT))
    assert [entry.record for entry in after] == before
    assert {entry.texts for entry in after} == {ERASED}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", ["UPDATE verifications_loghead SET reached_id = 0", "DELETE FROM verifications_loghead"]
)
def test_a_head_that_was_set_back_or_lost_seals_nothing_twice(change: str) -> None:
    sealed(LogKind.AUDIT, 20, batch=10)
    with connection.cursor() as cursor:
        cursor.execute(change)
    append(LogKind.AUDIT, 2)

    assert seal_log(log=LogKind.AUDIT, now=NOON) == 2

    ids = [row_id for seal in seals_in_order(LogKind.AUDIT) for row_id, _leaf in ids_and_leaves(seal)]
    assert len(ids) == len(set(ids)) == 22


@pytest.mark.django_db
def test_a_head_that_was_set_too_high_raises_the_alarm_of_a_late_tail() -> None:
    sealed(LogKind.AUDIT, 3)
    LogHead.objects.filter(log=LogKind.AUDIT).update(reached_id=2**60)
    append(LogKind.AUDIT, 2)

    assert seal_log(log=LogKind.AUDIT, now=NOON) == 0

    now = NOON + 120 * SECOND
    state = log_state(LogKind.AUDIT, now=now)
    assert (state.unsealed, state.is_tail_late) == (2, True)
    assert alarms(now=now)["late_AUDIT"].count() == 2


def without_holes(log: LogKind) -> None:
    """PostgreSQL's sequences go on from test to test, so the first entry comes after a hole."""
    append(log, 1)
    seal_log(log=log, now=NOON)
    LogHead.objects.filter(log=log).update(holes=[])


def in_thread(work: Any) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestLateCommits:
    """On PostgreSQL a lower id may become visible after a higher one."""

    def late(self, ready: threading.Event, go: threading.Event, *, keep: bool = True) -> threading.Thread:
        def work() -> None:
            with transaction.atomic():
                append(LogKind.AUDIT, 2)
                ready.set()
                go.wait(20)
                transaction.set_rollback(not keep)

        return in_thread(work)

    def test_an_entry_committed_late_is_sealed_in_a_later_seal(self) -> None:
        ready, go = threading.Event(), threading.Event()
        without_holes(LogKind.AUDIT)
        writer = self.late(ready, go)
        assert ready.wait(20)
        append(LogKind.AUDIT, 1)

        first = seal_log(log=LogKind.AUDIT, now=NOON)
        again = seal_log(log=LogKind.AUDIT, now=NOON + 60 * SECOND)
        go.set()
        writer.join()
        late = seal_log(log=LogKind.AUDIT, now=NOON + 61 * SECOND)

        assert (first, again, late) == (1, 0, 2)
        ids = [row_id for seal in seals_in_order(LogKind.AUDIT) for row_id, _leaf in ids_and_leaves(seal)]
        low, late_one, late_two, high = sorted(ids)
        assert ids == [low, high, late_one, late_two]
        assert LogHead.objects.get(log=LogKind.AUDIT).holes == []

    def test_a_hole_whose_transaction_was_rolled_back_is_given_up_after_a_while(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ready, go = threading.Event(), threading.Event()
        without_holes(LogKind.AUDIT)
        writer = self.late(ready, go, keep=False)
        assert ready.wait(20)
        append(LogKind.AUDIT, 1)
        seal_log(log=LogKind.AUDIT, now=NOON)
        go.set()
        writer.join()

        number = seals._transaction_number  # of the whole server: other databases' transactions count too
        monkeypatch.setattr(seals, "_transaction_number", lambda _function: number("pg_snapshot_xmax"))
        seal_log(log=LogKind.AUDIT, now=NOON + SECOND)
        young = LogHead.objects.get(log=LogKind.AUDIT).holes
        seal_log(log=LogKind.AUDIT, now=NOON + (seals.HOLE_SECONDS + 1) * SECOND)

        assert len(young) == 1
        assert LogHead.objects.get(log=LogKind.AUDIT).holes == []

    def test_a_hole_of_before_a_restore_ends_with_the_transactions_of_now(self) -> None:
        without_holes(LogKind.AUDIT)
        LogHead.objects.filter(log=LogKind.AUDIT).update(holes=[[1, 1, 2**60, 0.0]])

        seal_log(log=LogKind.AUDIT, now=NOON + SECOND)

        ((_first, _last, end, _at),) = LogHead.objects.get(log=LogKind.AUDIT).holes
        assert end < 2**60

    def test_entries_below_one_with_a_far_id_are_sealed_all_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without_holes(LogKind.AUDIT)
        (far,) = append(LogKind.AUDIT, 1)
        with triggers_lifted(), connection.cursor() as cursor:
            cursor.execute("UPDATE verifications_auditevent SET id = %s WHERE id = %s", [2**60, far.pk])
        seal_log(log=LogKind.AUDIT, now=NOON)
        number = seals._transaction_number  # of the whole server: other databases' transactions count too
        monkeypatch.setattr(seals, "_transaction_number", lambda _function: number("pg_snapshot_xmax"))
        seal_log(log=LogKind.AUDIT, now=NOON + 100 * SECOND)
        append(LogKind.AUDIT, 2)

        assert seal_log(log=LogKind.AUDIT, now=NOON + 200 * SECOND) == 2

    def test_two_sealers_and_many_writers_seal_every_entry_once(self) -> None:
        stop = threading.Event()

        def seal_on() -> None:
            while not stop.is_set():
                seal_log(log=LogKind.AUDIT, now=NOON)

        def write() -> None:
            for number in range(25):
                with transaction.atomic():
                    append(LogKind.AUDIT, 2)
                    transaction.set_rollback(number % 5 == 0)

        sealers = [in_thread(seal_on) for _ in range(2)]
        writers = [in_thread(write) for _ in range(6)]
        for writer in writers:
            writer.join()
        stop.set()
        for sealer in sealers:
            sealer.join()
        seal_log(log=LogKind.AUDIT, now=NOON)

        chain = seals_in_order(LogKind.AUDIT)
        ids = [row_id for seal in chain for row_id, _leaf in ids_and_leaves(seal)]
        assert len(ids) == 6 * 20 * 2
        assert sorted(ids) == [entry.id for entry in all_entries(LogKind.AUDIT)]
        assert [seal.number for seal in chain] == list(range(1, len(chain) + 1))
        assert [seal.previous for seal in chain[1:]] == [seal.digest for seal in chain[:-1]]
        assert [seal.first for seal in chain[1:]] == [seal.last + 1 for seal in chain[:-1]]
        assert sum(seal.count for seal in chain) == len(ids)

    def test_a_held_head_keeps_a_second_sealer_from_waiting(self) -> None:
        append(LogKind.AUDIT, 1)
        LogHead.objects.create(log=LogKind.AUDIT)
        held, go = threading.Event(), threading.Event()

        def hold() -> None:
            with transaction.atomic():
                LogHead.objects.select_for_update().get(log=LogKind.AUDIT)
                held.set()
                go.wait(20)

        holder = in_thread(hold)
        assert held.wait(20)

        assert seal_log(log=LogKind.AUDIT, now=NOON) == 0

        go.set()
        holder.join()
        assert seal_log(log=LogKind.AUDIT, now=NOON) == 1
