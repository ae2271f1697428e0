"""A sample that anybody can draw again: which members of a population a seed takes. No chance, no models."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

METHOD = "sha256-rank-1"
"""Name of the rule below, kept with each sample; another rule gets another name."""


@dataclass(frozen=True)
class Draw:
    """``numbers`` in the order of their ranks; ``population_hash`` is that of the whole population, in sorted order."""

    numbers: tuple[str, ...]
    population: int
    population_hash: str


def rank(seed: str, number: str) -> str:
    """SHA-256 of seed, line feed and number, in hex: the smallest are taken."""
    return hashlib.sha256(f"{seed}\n{number}".encode()).hexdigest()


def draw(numbers: Iterable[str], *, seed: str, size: int) -> Draw:
    """The ``size`` members with the smallest ranks. ``numbers`` come sorted and are walked once, none is kept.

    The population's hash is the SHA-256 of its members, one a line, each line ended by a line feed.
    """
    seen = _Seen()
    ranked = heapq.nsmallest(size, ((rank(seed, number), number) for number in seen.of(numbers)))
    return Draw(tuple(number for _rank, number in ranked), seen.count, seen.digest.hexdigest())


class _Seen:
    """Counts and hashes what passes by."""

    def __init__(self) -> None:
        self.count = 0
        self.digest = hashlib.sha256()

    def of(self, numbers: Iterable[str]) -> Iterator[str]:
        for number in numbers:
            self.count += 1
            self.digest.update(f"{number}\n".encode())
            yield number
