"""Plots drawn by the server: stacked columns of an SVG that need no script, print sharply and follow the theme.

All numbers are whole units of a fixed grid; the page stretches the drawing to the room there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 160
COLUMN = 20
GAP = 4


@dataclass(frozen=True)
class Bar:
    x: int
    y: int
    width: int
    height: int
    css: str


@dataclass(frozen=True)
class Column:
    """One day: its bars, and all of it in words."""

    x: int
    words: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Plot:
    width: int
    height: int
    columns: tuple[Column, ...]
    top: int
    """The number at the upper edge."""
    middle: str

    @property
    def half(self) -> int:
        return self.height // 2


def stacked_plot(days: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> Plot:
    """``days``: what a column says in words, and its parts from the ground up as (style, number)."""
    return _plot([(words, [tuple(parts)]) for words, parts in days])


def paired_plot(days: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> Plot:
    """The same with the parts side by side."""
    return _plot([(words, [(part,) for part in parts]) for words, parts in days])


def _plot(days: Sequence[tuple[str, Sequence[Sequence[tuple[str, int]]]]]) -> Plot:
    highest = max((sum(count for _css, count in stack) for _words, stacks in days for stack in stacks), default=0)
    top = _round_up(highest)
    columns = []
    for index, (words, stacks) in enumerate(days):
        left = index * COLUMN + GAP // 2
        width = (COLUMN - GAP) // max(len(stacks), 1)
        bars = [bar for number, stack in enumerate(stacks) for bar in _bars(stack, left + number * width, width, top)]
        columns.append(Column(x=index * COLUMN, words=words, bars=tuple(bars)))
    middle = f"{top / 2:g}"
    return Plot(width=max(len(days), 1) * COLUMN, height=HEIGHT, columns=tuple(columns), top=top, middle=middle)


def _bars(stack: Sequence[tuple[str, int]], x: int, width: int, top: int) -> list[Bar]:
    bars, done = [], 0
    for css, count in stack:
        if count:
            low, high = done * HEIGHT // top, (done + count) * HEIGHT // top
            bars.append(Bar(x=x, y=HEIGHT - high, width=width, height=max(high - low, 1), css=css))
            done += count
    return bars


def _round_up(number: int) -> int:
    """The next number that halves well: 4, 6, 8, 10, 20, 40, 60, 80, 100, 200 ..."""
    step = 1
    while True:
        for factor in (4, 6, 8, 10, 20):
            if number <= factor * step:
                return factor * step
        step *= 10
