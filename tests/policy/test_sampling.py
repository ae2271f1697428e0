"""Which cases a seed takes: the same for everybody, whatever they compute it with."""

from __future__ import annotations

import hashlib

import pytest

from verifications.policy.sampling import METHOD, draw, rank

NUMBERS = [f"CASE-{number:05d}" for number in range(1, 201)]


def test_rank_is_the_hash_of_seed_line_feed_and_number() -> None:
    assert rank("dice 4 2 6", "CASE-00017") == hashlib.sha256(b"dice 4 2 6\nCASE-00017").hexdigest()
    assert rank("dé", "CASE-00017") == hashlib.sha256(b"d\xc3\xa9\nCASE-00017").hexdigest()


def test_draw_takes_the_members_with_the_smallest_ranks_in_their_order() -> None:
    by_rank = sorted(NUMBERS, key=lambda number: rank("seven", number))

    assert draw(NUMBERS, seed="seven", size=12).numbers == tuple(by_rank[:12])


def test_draw_of_the_named_method_never_changes() -> None:
    drawn = draw(NUMBERS, seed="2026-Q4", size=4)

    assert METHOD == "sha256-rank-1"
    assert drawn.numbers == ("CASE-00029", "CASE-00111", "CASE-00195", "CASE-00191")
    assert drawn.population_hash == "a14d05c2893d77b7261467b0df9c080bf98711077fea7359161f46c6676392c7"


@pytest.mark.parametrize(("size", "taken"), [(1, 1), (200, 200), (500, 200)])
def test_draw_takes_all_when_there_are_no_more(size: int, taken: int) -> None:
    drawn = draw(NUMBERS, seed="seven", size=size)

    assert (len(drawn.numbers), drawn.population) == (taken, 200)


def test_draw_hashes_the_population_one_a_line() -> None:
    drawn = draw(iter(NUMBERS), seed="any", size=3)

    assert drawn.population_hash == hashlib.sha256("".join(f"{number}\n" for number in NUMBERS).encode()).hexdigest()


def test_another_seed_takes_other_cases() -> None:
    one, other = (set(draw(NUMBERS, seed=seed, size=20).numbers) for seed in ("one", "other"))

    assert len(one & other) < 15


def test_draw_of_nothing_is_empty() -> None:
    assert draw([], seed="seven", size=5).numbers == ()
