"""The same attacks on 100,000 events: the first touched one is named, whatever follows it."""

from __future__ import annotations

import random

import pytest

from tests.integrity.building import STRANGER, Log, anchor_line, event, line_of, make_log, seals_over
from tests.integrity.checking import verdict_of

COUNT = 100_000
SEAL = 1_000
FOREIGN = [line_of(*event(number)) for number in range(200_000, 200_050)]


@pytest.fixture(scope="module")
def large() -> Log:
    return make_log(COUNT, size=SEAL)


def flip(log: Log, sequence: int) -> None:
    line = log.lines[sequence - 1]
    at = sequence * 7 % len(line)
    log.lines[sequence - 1] = line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :]


def delete(log: Log, sequence: int) -> None:
    del log.lines[sequence - 1]


def delete_many(log: Log, sequence: int) -> None:
    del log.lines[sequence - 1 : sequence + 1_500]


def insert(log: Log, sequence: int) -> None:
    log.lines.insert(sequence - 1, FOREIGN[0])


def insert_many(log: Log, sequence: int) -> None:
    log.lines[sequence - 1 : sequence - 1] = FOREIGN


def swap(log: Log, sequence: int) -> None:
    lines = log.lines
    lines[sequence - 1], lines[sequence] = lines[sequence], lines[sequence - 1]


def swap_far(log: Log, sequence: int) -> None:
    other = min(len(log.lines) - 1, sequence + 1_300)
    lines = log.lines
    lines[sequence - 1], lines[other] = lines[other], lines[sequence - 1]


def renumber(log: Log, sequence: int) -> None:
    record, texts = event(sequence, id=sequence + 1)
    log.lines[sequence - 1] = line_of(record, texts)


ATTACKS = [flip, delete, delete_many, insert, insert_many, swap, swap_far, renumber]


@pytest.mark.parametrize("run", range(4))
def test_attacks_at_random_places_name_the_first_touched_event_of_each(large: Log, run: int) -> None:
    """Each kind once a run, far enough from each other to be told apart; from the end, so that places stay true."""
    draw = random.Random(run)
    stretch = COUNT // len(ATTACKS)
    attacked = large.copy()
    attacks = draw.sample(ATTACKS, len(ATTACKS))
    touched = {at * stretch + draw.randrange(1, stretch - 5_000): attack for at, attack in enumerate(attacks)}
    if run == 0:
        touched = {at - at % SEAL + 1: attack for at, attack in touched.items()}
    for sequence, attack in sorted(touched.items(), reverse=True):
        attack(attacked, sequence)

    findings = verdict_of(attacked).findings

    named = {finding.first for finding in findings}
    assert set(touched) <= named
    assert findings[0].first == min(touched)
    assert len(findings) == len(touched) + 1, "one for each, and one more for the other of two swapped far apart"


@pytest.mark.parametrize("left", [0, 1, 999, 1_000, 57_777, 99_999])
def test_a_tail_cut_anywhere_names_the_first_missing_event(large: Log, left: int) -> None:
    findings = verdict_of(Log(large.lines[:left], large.seals)).findings

    assert [(finding.kind, finding.first, finding.last) for finding in findings] == [("tail_cut", left + 1, COUNT)]


def test_attacks_on_the_whole_name_all_they_touched(large: Log) -> None:
    assert verdict_of(large).is_sound
    attacked = large.copy()
    del attacked.lines[99_500 - 1 :]
    flip(attacked, 91_234)
    del attacked.lines[70_000 - 1 : 73_000 - 1]
    insert_many(attacked, 50_001)
    delete(attacked, 30_000)
    swap(attacked, 17)

    findings = verdict_of(attacked, check=None).findings

    assert [(finding.kind, finding.first, finding.last) for finding in findings] == [
        ("event_moved", 17, 18),
        ("event_missing", 30_000, 30_000),
        ("event_inserted", 50_001, 50_001),
        ("event_missing", 70_000, 72_999),
        (findings[4].kind, 91_234, 91_234),
        ("tail_cut", 99_500, 100_000),
    ]
    assert findings[4].kind in ("event_altered", "event_texts")
    assert findings[2].what.startswith("50 events stand")


def test_an_event_moved_across_the_log_is_told_from_its_new_place(large: Log) -> None:
    moved = large.copy()
    moved.lines.insert(80_000, moved.lines.pop(4_999))

    first, second = verdict_of(moved).findings

    assert (first.kind, first.first) == ("event_missing", 5_000)
    assert "it stands at the place of event 80002" in first.what
    assert "it is event 5000" in second.what


def test_a_rewrite_of_the_whole_is_named_by_signature_or_anchor(large: Log) -> None:
    row = 61_234
    lines = [*large.lines[: row - 1], FOREIGN[0], *large.lines[row:]]
    anew = [*large.seals[:61], *seals_over(lines, [SEAL] * 100, signer=STRANGER)[61:]]

    verdict = verdict_of(
        Log(lines, anew), [anchor_line(large.seals[number]) for number in (40, 60, 70, 99)], check=None
    )

    assert {finding.kind for finding in verdict.findings} == {"seal_altered", "log_rewritten"}
    assert {finding.seal for finding in verdict.findings} == {62}
    assert verdict.anchored is not None
    assert verdict.anchored["number"] == 61


def test_seals_cut_with_their_events_are_found_by_the_anchor(large: Log) -> None:
    left = Log(large.lines[:97_000], large.seals[:97])

    findings = verdict_of(left, [anchor_line(large.seals[99])]).findings

    assert [(finding.kind, finding.first, finding.last) for finding in findings] == [("log_cut", 97_001, 100_000)]


@pytest.mark.parametrize(("first", "count"), [(501, 6_000), (1, 60_500), (20_345, 79_000)])
def test_many_deleted_rows_are_named_as_one(large: Log, first: int, count: int) -> None:
    left = Log([*large.lines[: first - 1], *large.lines[first - 1 + count :]], large.seals)

    findings = verdict_of(left).findings

    assert [(finding.kind, finding.first, finding.last) for finding in findings] == [
        ("event_missing", first, first + count - 1)
    ]


@pytest.mark.parametrize("at", [1, 80_321])
def test_many_inserted_rows_are_named_as_one(large: Log, at: int) -> None:
    strange = [b"%d" % number for number in range(20_000)]
    more = Log([*large.lines[: at - 1], *strange, *large.lines[at - 1 :]], large.seals)

    findings = verdict_of(more).findings

    assert [(finding.kind, finding.first) for finding in findings] == [("event_inserted", at)]
    assert findings[0].what.startswith("20000 events stand")


@pytest.mark.parametrize(("first", "count"), [(1, 20_000), (90_000, 10_001)])
def test_many_altered_rows_are_named_as_one(large: Log, first: int, count: int) -> None:
    strange = [b"%d" % number for number in range(count)]
    altered = Log([*large.lines[: first - 1], *strange, *large.lines[first - 1 + count :]], large.seals)

    findings = verdict_of(altered).findings

    assert [(finding.kind, finding.first, finding.last) for finding in findings] == [
        ("event_altered", first, first + count - 1)
    ]
