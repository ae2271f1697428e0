"""The cells of a zone that was cut out straight: each line levelled, its pitch found, one small picture a character."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verifications.documents.mrz_band import Cutting, Floats

CELL_WIDTH, CELL_HEIGHT = 16, 20
WIDTH, MARGIN = 880, 44
"""How long lines are cut out, in pixels, and the margin around them."""
_WINDOW_WIDE, _WINDOW_HIGH = 1.15, 1.35
_PARTS = 8
_BENDS = np.linspace(-0.02, 0.02, 5)


@dataclass(frozen=True)
class Row:
    """One line of a cutting, made level: its ink, the place of its middle there and the height of its letters."""

    ink: Floats
    middle: float
    height: float
    left: float
    right: float
    offsets: Floats
    """For each column how far up the line was moved to be level."""


@dataclass(frozen=True)
class Grid:
    """Where the characters of a row stand: the borders of its cells, and how badly ink and borders agree."""

    borders: Floats
    badness: float

    @property
    def pitch(self) -> float:
        return float(self.borders[-1] - self.borders[0]) / (len(self.borders) - 1)


def level_rows(cutting: Cutting) -> list[Row]:
    """Each line of the cutting, straightened where the paper bends."""
    gap = cutting.rows[1] - cutting.rows[0]
    return [_level(cutting, row, min(gap * 0.5, MARGIN * 0.9)) for row in cutting.rows]


def grids(row: Row, columns: int, *, most: int) -> list[Grid]:
    """The likeliest places of ``columns`` cells in a row, best first."""
    profile = _profile(row)
    profile = profile - np.percentile(profile, 10)
    strong = np.percentile(profile, 85)
    if strong <= 0:
        return []
    pitch = WIDTH / (columns - 0.35)
    smooth = np.convolve(np.clip(profile, 0, None), np.ones(3) / 3, mode="same") / strong
    slack = np.arange(-0.85, 0.4, 0.06) * pitch
    starts, ends = row.left + slack, row.right - slack
    steps = np.linspace(0, 1, columns + 1)
    bent = steps + _BENDS[:, None] * steps * (1 - steps)
    borders = starts[:, None, None, None] + (ends[None, :, None, None] - starts[:, None, None, None]) * bent
    middles = (borders[..., 1:] + borders[..., :-1]) / 2
    badness = _at(smooth, borders).mean(axis=-1) - 0.4 * _at(smooth, middles).mean(axis=-1)
    found: list[Grid] = []
    for place in np.argsort(badness, axis=None):
        start, end, bend = np.unravel_index(place, badness.shape)
        chosen = borders[start, end, bend]
        if all(np.abs(chosen - other.borders).max() > 0.14 * pitch for other in found):
            found.append(Grid(chosen.astype(np.float32), float(badness[start, end, bend])))
        if len(found) == most:
            break
    return found


def cells(row: Row, grid: Grid, *, up: float = 0.0, taller: float = 1.0) -> Floats:
    """One picture a cell, flattened, mean 0 and spread 1; ``up`` in heights of a letter, ``taller`` as a factor."""
    across = (np.arange(CELL_WIDTH) + 0.5) / CELL_WIDTH - 0.5
    down = (np.arange(CELL_HEIGHT) + 0.5) / CELL_HEIGHT - 0.5
    widths = np.diff(grid.borders)
    middles = (grid.borders[1:] + grid.borders[:-1]) / 2
    x = middles[:, None] + across * widths[:, None] * _WINDOW_WIDE
    y = row.middle - up * row.height + down * row.height * taller * _WINDOW_HIGH
    pictures = _sample(row.ink, x, y)
    pictures -= pictures.mean(axis=1, keepdims=True)
    return pictures / (pictures.std(axis=1, keepdims=True) + 4.0)


def places(cutting: Cutting, row: Row, grid: Grid) -> Floats:
    """The middle of each cell as a place in the picture."""
    x = (grid.borders[1:] + grid.borders[:-1]) / 2
    y = row.middle + row.offsets[np.clip(x.round().astype(int), 0, len(row.offsets) - 1)]
    found = cutting.to_picture @ np.stack([x, y, np.ones_like(x)])
    return (found[:2] / found[2]).T


def _level(cutting: Cutting, expected: float, reach: float) -> Row:
    ink = cutting.ink
    height, width = ink.shape
    left, right = max(0, int(cutting.left)), min(width, int(cutting.right))
    y = np.arange(height)
    near = np.clip(1 - (np.abs(y - expected) / reach) ** 4, 0, None)
    edges = np.linspace(left, right, _PARTS + 1).astype(int)
    middles, weights = [], []
    for start, end in itertools.pairwise(edges):
        share = ink[:, start:end].mean(axis=1) * near
        share = np.clip(share - 0.25 * share.max(), 0, None)
        total = float(share.sum())
        middles.append(float(share @ y) / total if total > 0 else expected)
        weights.append(math.sqrt(total) + 1e-3)
    centres = (edges[1:] + edges[:-1]) / 2
    scaled = (centres - centres.mean()) / width
    bend = np.polyfit(scaled, middles, 2, w=weights)
    x = (np.arange(width) - centres.mean()) / width
    course = np.polyval(bend, x)
    level = float(np.polyval(bend, 0.0))
    offsets = (course - level).astype(np.float32)
    straight = _sheared(ink, offsets)
    profile = straight[:, left:right].mean(axis=1)
    middle, tall = _extent(profile, level, reach)
    return Row(straight, middle, tall, cutting.left, cutting.right, offsets)


def _extent(profile: Floats, level: float, reach: float) -> tuple[float, float]:
    """Middle and height of the letters: from where the ink sets in to where it ends."""
    low, high = max(0, int(level - reach * 1.15)), min(len(profile), int(level + reach * 1.15) + 1)
    part = profile[low:high] - profile[low:high].min()
    if not len(part) or part.max() <= 0:
        return level, MARGIN * 0.5
    above = np.nonzero(part > 0.28 * np.percentile(part, 90))[0]
    inner = int(np.clip(round(level) - low, 0, len(part) - 1))
    first = last = min(above, key=lambda at: abs(int(at) - inner))
    present = set(above.tolist())
    while first - 1 in present:
        first -= 1
    while last + 1 in present:
        last += 1
    tall = float(np.clip(last - first + 1, 10, 2 * reach))
    return low + (first + last) / 2, tall


def _sheared(ink: Floats, offsets: Floats) -> Floats:
    height, width = ink.shape
    rows = np.arange(height, dtype=np.float32)[:, None] + offsets[None, :]
    rows = np.clip(rows, 0, height - 1.001)
    low = rows.astype(np.intp)
    share = rows - low
    columns = np.arange(width)[None, :]
    return (ink[low, columns] * (1 - share) + ink[low + 1, columns] * share).astype(np.float32)


def _profile(row: Row) -> NDArray[np.float64]:
    top = max(0, int(row.middle - row.height * 0.55))
    bottom = min(len(row.ink), int(row.middle + row.height * 0.55) + 1)
    return row.ink[top:bottom].mean(axis=0, dtype=np.float64)


def _at(profile: NDArray[np.float64], x: NDArray[np.floating]) -> NDArray[np.float64]:
    return profile[np.clip(np.rint(x).astype(np.intp), 0, len(profile) - 1)]


def _sample(ink: Floats, x: NDArray[np.floating], y: NDArray[np.floating]) -> Floats:
    """Bilinear samples at every y for each row of x, as one flat picture a row."""
    high, wide = ink.shape
    x, y = np.clip(x, 0, wide - 1.001), np.clip(y, 0, high - 1.001)
    left, top = x.astype(np.intp), y.astype(np.intp)
    right_share, low_share = (x - left)[:, None, :], (y - top)[None, :, None]
    top, left = top[None, :, None], left[:, None, :]
    upper = ink[top, left] * (1 - right_share) + ink[top, left + 1] * right_share
    lower = ink[top + 1, left] * (1 - right_share) + ink[top + 1, left + 1] * right_share
    return (upper * (1 - low_share) + lower * low_share).reshape(len(x), -1).astype(np.float32)


def settings(careful: bool) -> Iterator[tuple[float, float]]:
    """Pairs of ``up`` and ``taller`` worth trying; the measured middle first."""
    for taller in (1.0, 0.88, 1.14) if careful else (1.0,):
        for up in (0.0, -0.07, 0.07) if careful else (0.0,):
            yield up, taller
