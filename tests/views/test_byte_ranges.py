"""Which bytes a request asks for, in the many shapes a client may ask."""

from __future__ import annotations

import pytest

from verifications.views.byte_ranges import Changed, NotSatisfiable, Piece, wanted_piece

SIZE = 1000
ETAG = '"abc"'
WHOLE = (0, 999, False)


def piece_of(size: int = SIZE, **headers: str) -> tuple[int, int, bool]:
    piece, is_part = wanted_piece(
        {name.replace("_", "-"): text for name, text in headers.items()}, size=size, etag=ETAG
    )
    return piece.first, piece.last, is_part


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-", (0, 999, True)),
        ("bytes=0-0", (0, 0, True)),
        ("bytes=100-199", (100, 199, True)),
        ("bytes=999-", (999, 999, True)),
        ("bytes=900-5000", (900, 999, True)),
        ("bytes=-1", (999, 999, True)),
        ("bytes=-5000", (0, 999, True)),
        ("BYTES= 5-7 ", (5, 7, True)),
        ("", WHOLE),
        ("bytes=", WHOLE),
        ("bytes=-", WHOLE),
        ("bytes=7-5", WHOLE),
        ("bytes=a-b", WHOLE),
        ("bytes=0-1,5-6", WHOLE),
        ("bytes=+1-5", WHOLE),
        ("bytes=1.5-5", WHOLE),
        ("bytes=٣-٥", WHOLE),
        ("bytes=" + "9" * 40 + "-", WHOLE),
        ("lines=1-5", WHOLE),
        ("5-7", WHOLE),
    ],
)
def test_one_range_is_served_and_what_is_none_gets_the_whole(asked: str, expected: tuple[int, int, bool]) -> None:
    assert piece_of(Range=asked) == expected


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=1000-1001", "bytes=9999999999-", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(asked: str) -> None:
    with pytest.raises(NotSatisfiable):
        piece_of(Range=asked)


@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=0-0", "bytes=-1"])
def test_of_an_empty_file_there_is_no_range(asked: str) -> None:
    with pytest.raises(NotSatisfiable):
        piece_of(size=0, Range=asked)

    assert piece_of(size=0) == (0, -1, False)


@pytest.mark.parametrize(
    ("condition", "is_part"),
    [(ETAG, True), (f" {ETAG} ", True), ('"other"', False), (f"W/{ETAG}", False), ("Sat, 21 Nov 2026", False)],
)
def test_a_range_of_another_file_gets_the_whole_of_this_one(condition: str, is_part: bool) -> None:
    assert piece_of(Range="bytes=5-", If_Range=condition) == ((5, 999, True) if is_part else WHOLE)


def test_who_insists_on_another_file_gets_none() -> None:
    assert piece_of(If_Match="*") == piece_of(If_Match=f'"x", {ETAG}') == WHOLE
    for other in ('"other"', f"W/{ETAG}", "nonsense"):
        with pytest.raises(Changed):
            piece_of(If_Match=other)


def test_a_piece_knows_its_length_and_how_it_is_written() -> None:
    assert (Piece(5, 7, 10).length, Piece(5, 7, 10).content_range) == (3, "bytes 5-7/10")
    assert Piece(0, -1, 0).is_whole
    assert not Piece(0, 8, 10).is_whole
