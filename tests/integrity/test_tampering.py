"""Every way to tamper with rows and seals is found and named: R7 of the targets, on exported files."""

from __future__ import annotations

import json

import pytest

from tests.integrity.building import (
    PORTAL,
    STRANGER,
    Log,
    anchor_line,
    event,
    line_of,
    make_log,
    record_of,
    seal_line,
    seals_over,
)
from tests.integrity.checking import KEYS, events_named, fast, kinds, seals_named, verdict_of
from verifications.integrity.verify_records import canonical, digest_of, header_of

SIZES = [20] * 10
FOREIGN = line_of(*event(5_000))


def changed(line: bytes, at: int, mask: int = 1) -> bytes:
    return line[:at] + bytes([line[at] ^ mask]) + line[at + 1 :]


def test_a_sound_log_is_sound() -> None:
    log = make_log(200, unsealed=3)

    verdict = verdict_of(log, [anchor_line(seal) for seal in log.seals], check=None)

    assert verdict.findings == []
    assert verdict.is_sound
    assert (verdict.entries, verdict.sealed, verdict.unsealed, verdict.seals) == (203, 200, 3, 10)
    assert verdict.anchored is not None
    assert verdict.anchored["number"] == 10


@pytest.mark.parametrize("sizes", [[1] * 12, [12], [5, 1, 6], [1, 2, 3, 6]])
def test_seals_of_any_size_are_sound(sizes: list[int]) -> None:
    lines = make_log(12).lines

    assert verdict_of(Log(lines, seals_over(lines, sizes))).is_sound


def test_an_empty_log_is_sound() -> None:
    assert verdict_of(Log()).is_sound
    assert verdict_of(Log(unsealed=[FOREIGN])).unsealed == 1


@pytest.mark.parametrize("parity", [0, 1])
def test_every_flipped_byte_of_200_rows_is_found_and_its_row_alone_is_named(parity: int) -> None:
    """Every second row is altered at once, each at the same byte: exactly these have to be named."""
    log = make_log(200)
    targets = range(parity, 200, 2)
    for at in range(max(map(len, log.lines))):
        altered = log.copy()
        touched = set()
        for row in targets:
            if at < len(log.lines[row]):
                altered.lines[row] = changed(log.lines[row], at)
                touched.add(row + 1)
        verdict = verdict_of(altered)
        assert events_named(verdict) == touched, at
        assert {finding.kind for finding in verdict.findings} <= {"event_altered", "event_texts"}


def test_every_byte_turned_into_a_line_end_names_its_row_first() -> None:
    log = make_log(12, size=4)
    for at in range(len(log.lines[5])):
        altered = log.copy()
        altered.lines[5] = log.lines[5][:at] + b"\n" + log.lines[5][at + 1 :]
        assert verdict_of(altered).findings[0].first == 6, at


def test_a_line_end_that_is_lost_names_its_row_first() -> None:
    log = make_log(12, size=4)
    altered = log.copy()
    altered.lines[5:7] = [log.lines[5] + b" " + log.lines[6]]

    assert kinds(verdict_of(altered).findings) == [("event_altered", 6, 6), ("event_missing", 7, 7)]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_flipped_byte_of_a_seal_is_found_and_it_alone_is_named(number: int) -> None:
    log = make_log(12, size=4)
    seal = log.seals[number - 1]
    for mask in (1, 0x20):
        for at in range(len(seal)):
            altered = log.copy()
            altered.seals[number - 1] = changed(seal, at, mask)
            verdict = verdict_of(altered)
            assert {finding.kind for finding in verdict.findings} == {"seal_altered"}, at
            assert seals_named(verdict) == {number}, at


def test_a_flipped_byte_of_a_signature_is_found_without_a_stock_library() -> None:
    log = make_log(60, size=1)
    altered = log.copy()
    place = log.seals[31].index(b'"signature":"') + 20
    altered.seals[31] = changed(log.seals[31], place)

    assert [(finding.kind, finding.seal) for finding in verdict_of(altered, check=None).findings] == [
        ("seal_altered", 32)
    ]


PLACES = [1, 2, 19, 20, 21, 100, 119, 180, 181, 199]


@pytest.mark.parametrize("sequence", [*PLACES, 200])
def test_a_deleted_row_is_named(sequence: int) -> None:
    log = make_log(200)
    del log.lines[sequence - 1]

    kind = "tail_cut" if sequence == 200 else "event_missing"
    assert kinds(verdict_of(log).findings) == [(kind, sequence, sequence)]


@pytest.mark.parametrize("unsealed", [0, 5])
@pytest.mark.parametrize("sequence", PLACES)
def test_an_inserted_row_is_named_by_the_row_it_stands_before(sequence: int, unsealed: int) -> None:
    log = make_log(200, unsealed=unsealed)
    log.lines.insert(sequence - 1, FOREIGN)

    verdict = verdict_of(log)

    assert kinds(verdict.findings) == [("event_inserted", sequence, sequence)]
    assert verdict.unsealed == unsealed


def test_a_row_that_stands_there_twice_is_named() -> None:
    log = make_log(200)
    log.lines.insert(50, log.lines[49])

    assert kinds(verdict_of(log).findings) == [("event_inserted", 51, 51)]


@pytest.mark.parametrize(("one", "other"), [(1, 2), (5, 9), (20, 21), (1, 200), (3, 190), (199, 200), (60, 101)])
def test_swapped_rows_are_named(one: int, other: int) -> None:
    log = make_log(200)
    log.lines[one - 1], log.lines[other - 1] = log.lines[other - 1], log.lines[one - 1]

    findings = verdict_of(log).findings

    assert findings[0].first == one
    if other - one < 20:
        assert kinds(findings) == [("event_moved", one, other)]
    else:
        assert [finding.first for finding in findings] == [one, other]
        assert f"event {other} stands there" in findings[0].what


@pytest.mark.parametrize(("old", "new"), [(5, 15), (15, 5), (7, 150), (150, 7)])
def test_a_moved_row_is_named(old: int, new: int) -> None:
    log = make_log(200)
    log.lines.insert(new - 1, log.lines.pop(old - 1))

    verdict = verdict_of(log)

    assert verdict.findings[0].first == min(old, new)
    assert old in events_named(verdict)


def test_a_renumbered_row_is_named() -> None:
    log = make_log(200)
    log.lines[76] = log.lines[76].replace(b'"id":77,', b'"id":78,')

    assert kinds(verdict_of(log).findings) == [("event_altered", 77, 77)]


def test_texts_exchanged_between_two_rows_are_named() -> None:
    log = make_log(200)
    (one, texts), (other, others) = event(5), event(9)
    log.lines[4], log.lines[8] = line_of(one, others), line_of(other, texts)

    assert kinds(verdict_of(log).findings) == [("event_texts", 5, 5), ("event_texts", 9, 9)]


@pytest.mark.parametrize("left", [0, 1, 20, 150, 159, 199])
def test_a_cut_tail_of_rows_is_named(left: int) -> None:
    log = make_log(200)
    del log.lines[left:]

    assert kinds(verdict_of(log).findings) == [("tail_cut", left + 1, 200)]


@pytest.mark.parametrize("number", [2, 5, 10])
def test_a_cut_tail_of_rows_and_seals_is_found_by_an_anchor_alone(number: int) -> None:
    log = make_log(200)
    anchor = anchor_line(log.seals[number - 1])
    left = (number - 1) * 20
    del log.lines[left:], log.seals[number - 1 :]

    assert verdict_of(log).is_sound
    verdict = verdict_of(log, [anchor])
    assert kinds(verdict.findings) == [("log_cut", left + 1, number * 20)]
    assert verdict.findings[0].seal == number


def test_seals_that_were_cut_leave_their_rows_unsealed_and_an_anchor_tells() -> None:
    log = make_log(200)
    anchor = anchor_line(log.seals[9])
    del log.seals[7:]

    assert verdict_of(log).unsealed == 60
    assert kinds(verdict_of(log, [anchor]).findings) == [("log_cut", 141, 200)]


def rewritten(log: Log, row: int, signer: object) -> Log:
    """The row altered, and its seal and every later one made anew."""
    altered = log.copy()
    altered.lines[row - 1] = FOREIGN
    anew = seals_over(altered.lines, SIZES, signer=signer)  # type: ignore[arg-type]
    first = (row - 1) // 20
    altered.seals[first:] = anew[first:]
    return altered


@pytest.mark.parametrize("row", [1, 44, 100, 101, 200])
@pytest.mark.parametrize("check", [None, fast], ids=["own", "stock"])
def test_a_rewrite_without_the_key_names_the_first_seal(row: int, check: object) -> None:
    log = rewritten(make_log(200), row, STRANGER)

    verdict = verdict_of(log, check=check)  # type: ignore[arg-type]

    assert verdict.findings[0].seal == (row - 1) // 20 + 1
    assert verdict.findings[0].kind == "seal_altered"


@pytest.mark.parametrize("row", [1, 44, 100, 101, 180])
def test_a_rewrite_with_the_key_is_named_by_the_anchors_around_it(row: int) -> None:
    log = make_log(200)
    anchors = [anchor_line(seal) for seal in log.seals]
    seal = (row - 1) // 20 + 1
    altered = rewritten(log, row, PORTAL)

    assert verdict_of(altered).is_sound
    every = verdict_of(altered, anchors)
    assert [(finding.kind, finding.seal, finding.first) for finding in every.findings] == [
        ("log_rewritten", seal, (seal - 1) * 20 + 1)
    ]
    assert f"Seal {seal}," in every.findings[0].what
    last = verdict_of(altered, anchors[-1:])
    assert kinds(last.findings) == [("log_rewritten", 1, 200)]


def test_a_rewrite_after_the_last_anchor_is_not_found() -> None:
    log = make_log(200)
    anchor = anchor_line(log.seals[4])
    verdict = verdict_of(rewritten(log, 150, PORTAL), [anchor])

    assert verdict.is_sound
    assert verdict.anchored is not None
    assert verdict.anchored["total"] == 100


@pytest.mark.parametrize("number", [1, 2, 5, 9])
def test_a_deleted_seal_is_named(number: int) -> None:
    log = make_log(200)
    del log.seals[number - 1]

    verdict = verdict_of(log)

    assert [(finding.kind, finding.seal) for finding in verdict.findings] == [("seal_missing", number)]
    assert f"Events {number * 20 - 19} to {number * 20} can't be checked" in verdict.findings[0].what


def test_a_deleted_seal_with_its_rows_is_named_with_them() -> None:
    log = make_log(200)
    del log.seals[3], log.lines[60:80]

    assert kinds(verdict_of(log).findings) == [("event_missing", 61, 80), ("seal_missing", 61, 61)]


@pytest.mark.parametrize(("one", "other"), [(1, 2), (4, 5), (9, 10), (2, 8)])
def test_swapped_seals_are_named(one: int, other: int) -> None:
    log = make_log(200)
    log.seals[one - 1], log.seals[other - 1] = log.seals[other - 1], log.seals[one - 1]

    verdict = verdict_of(log)

    assert verdict.findings[0].kind == "seal_moved"
    assert verdict.findings[0].seal == one
    assert any(f"Seal {other} stands" in finding.what for finding in verdict.findings)


@pytest.mark.parametrize("place", [0, 3, 8, 10])
def test_a_seal_that_stands_there_twice_is_named(place: int) -> None:
    log = make_log(200)
    log.seals.insert(place, log.seals[7])

    findings = verdict_of(log).findings

    assert findings
    assert all("Seal 8 stands" in finding.what for finding in findings)


@pytest.mark.parametrize("number", [1, 4, 10])
def test_lines_among_the_seals_that_are_none_are_named(number: int) -> None:
    log = make_log(200)
    log.seals[number - 1 : number - 1] = [b"no seal", b"{}"]

    findings = verdict_of(log).findings

    assert [(finding.kind, finding.seal) for finding in findings] == [("seal_inserted", number)]


def test_many_deleted_seals_are_named() -> None:
    log = make_log(200, size=2)
    del log.seals[10:60]

    verdict = verdict_of(log)

    assert [(finding.kind, finding.seal) for finding in verdict.findings] == [("seal_missing", 11)]
    assert verdict.notes == ["100 events could not be checked, because their seal is missing."]


@pytest.mark.parametrize("field", ["number", "first", "count", "previous", "root", "sealed_at", "key_id", "log"])
def test_a_seal_altered_with_its_digest_made_anew_is_named(field: str) -> None:
    log = make_log(200)
    seal = json.loads(log.seals[4])
    old = seal["header"][field]
    seal["header"][field] = old + 1 if isinstance(old, int) else "f" + old[1:]
    seal["digest"] = digest_of(header_of(seal["header"]))
    log.seals[4] = canonical(seal)

    verdict = verdict_of(log)

    assert not verdict.is_sound
    assert verdict.findings[0].seal == 5, verdict.findings


def test_a_row_altered_together_with_its_leaf_names_the_seal() -> None:
    log = make_log(200)
    log.lines[44] = FOREIGN
    seal, anew = json.loads(log.seals[2]), json.loads(seals_over(log.lines, SIZES)[2])
    log.seals[2] = canonical({**seal, "leaves": anew["leaves"]})

    verdict = verdict_of(log)

    assert seals_named(verdict) == {3}


def test_leaves_that_were_altered_do_not_accuse_the_rows() -> None:
    log = make_log(200)
    seal = json.loads(log.seals[2])
    log.seals[2] = canonical({**seal, "leaves": "00" * 640})

    assert [(finding.kind, finding.seal) for finding in verdict_of(log).findings] == [("seal_altered", 3)]


def test_several_attacks_are_all_named() -> None:
    log = make_log(200)
    log.lines[190] = FOREIGN
    del log.lines[120]
    log.lines.insert(60, FOREIGN.replace(b"5000", b"5001"))
    log.lines[9] = log.lines[9].replace(b"SUBMITTED", b"DRAFTDRAF")

    assert kinds(verdict_of(log).findings) == [
        ("event_altered", 10, 10),
        ("event_inserted", 61, 61),
        ("event_missing", 121, 121),
        ("event_altered", 191, 191),
    ]


def test_an_unknown_key_is_said_once() -> None:
    findings = verdict_of(make_log(200), keys={}).findings

    assert [finding.kind for finding in findings] == ["key_unknown"]


def test_an_anchor_under_a_strange_key_is_a_finding_and_still_compared() -> None:
    log = make_log(200)
    anchors = [anchor_line(log.seals[4], signer=STRANGER)]

    assert kinds(verdict_of(log, anchors).findings) == [("anchor_altered", None, None)]
    assert {finding.kind for finding in verdict_of(rewritten(log, 5, PORTAL), anchors).findings} == {
        "anchor_altered",
        "log_rewritten",
    }


def test_every_flipped_byte_of_an_anchor_keeps_it_from_vouching() -> None:
    log = make_log(12, size=4)
    line = anchor_line(log.seals[2])
    for at in range(len(line)):
        altered = changed(line, at)
        try:
            json.loads(altered)
        except ValueError:
            continue
        verdict = verdict_of(log, [altered])
        assert verdict.anchored is None, at


def test_anchors_of_the_other_log_are_left_alone() -> None:
    log = make_log(200)

    verdict = verdict_of(log, [anchor_line(log.seals[0], log="ACCESS")])

    assert verdict.is_sound
    assert verdict.anchored is None


def test_seals_under_an_earlier_key_are_covered_by_the_newest() -> None:
    lines = make_log(200).lines
    older = STRANGER.of("portal-0", 3)
    seals = seals_over(lines, SIZES, signer=older)[:5]
    for number in range(6, 11):
        first = number * 20 - 19
        records = [record_of(line) for line in lines[first - 1 : first + 19]]
        previous = json.loads(seals[-1])["digest"]
        seals.append(seal_line(records, number=number, first=first, previous=previous))

    assert verdict_of(Log(lines, seals), keys={**KEYS, "portal-0": older.public}).is_sound
