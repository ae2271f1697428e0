"""Where in a picture the lines of a machine-readable zone stand, at any angle, and the zone cut out straight."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

SIDES = (1000, 640, 420)
"""Long sides at which lines are looked for, so that a zone is about as fine as the blocks below in one of them."""
BLOCK = 3
_CLOSING = 7
_REACH, _DENSE = 3, 0.12
_LEAST_BLOCKS, _LEAST_LENGTH, _SLIM = 24, 22, 7.5
_PARALLEL = 0.10  # sine of the angle between two lines of one zone
_MOST_PER_SIDE = 10


@dataclass(frozen=True)
class Line:
    """A long thin stretch of print: its ends, in pixels of the whole picture, left to right or top to bottom."""

    start: Floats
    end: Floats

    @property
    def length(self) -> float:
        return float(np.hypot(*(self.end - self.start)))

    @property
    def level(self) -> bool:
        across, down = np.abs(self.end - self.start)
        return bool(across >= down)


@dataclass(frozen=True)
class Band:
    """Two or three lines that stand like a zone, none mirrored: right way up or upside down."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Cutting:
    """The zone cut out straight: dark is high. Where its lines are about to stand, and from where to where."""

    ink: Floats
    rows: tuple[float, ...]
    left: float
    right: float
    to_picture: Floats
    """Takes a place in the cutting to one in the picture, as homogeneous coordinates."""


def find_bands(picture: Image.Image) -> Iterator[Band]:
    """Yield what may be a zone in a grey picture, likely ones first within each size looked at."""
    longest = max(picture.size)
    sides = [side for side in SIDES if side < longest] or [longest]
    if longest < SIDES[0]:
        sides.insert(0, longest)
    for side in dict.fromkeys(sides):
        scale = side / longest
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        small = np.asarray(picture.resize(size, Image.Resampling.BOX) if scale < 1 else picture)
        lines = [Line(line.start / scale, line.end / scale) for line in _lines(small)]
        yield from _bands(lines)


def cut(picture: Image.Image, band: Band, *, width: int, margin: float) -> Cutting:
    """Cut a band out of a grey picture, its lines level and ``width`` pixels long, with a margin around."""
    top, bottom = band.lines[0], band.lines[-1]
    length = (top.length + bottom.length) / 2
    apart = float(np.hypot(*((bottom.start + bottom.end - top.start - top.end) / 2)))
    height = apart / length * width
    target = np.array(
        [(margin, margin), (margin + width, margin), (margin, margin + height), (margin + width, margin + height)]
    )
    factor = max(1, int(length / width / 1.2))
    source = picture.reduce(factor) if factor > 1 else picture
    corners = np.array([top.start, top.end, bottom.start, bottom.end])
    matrix = homography(target, corners / factor)
    size = (round(width + 2 * margin), round(height + 2 * margin))
    straight = source.transform(
        size,
        Image.Transform.PERSPECTIVE,
        data=tuple(float(value) for value in matrix.ravel()[:8]),
        resample=Image.Resampling.BICUBIC,
        fillcolor=128,
    )
    grey = np.asarray(straight)
    ink = np.clip(blur(closing(grey, max(5, round(width / 44 * 0.75)) | 1), 4) - grey, 0, None)
    rows = tuple(margin + height * row / (len(band.lines) - 1) for row in range(len(band.lines)))
    return Cutting(
        ink.astype(np.float32),
        rows,
        margin,
        margin + width,
        (np.diag([factor, factor, 1.0]) @ matrix).astype(np.float32),
    )


def turned(cutting: Cutting) -> Cutting:
    """The same cutting upside down."""
    height, width = cutting.ink.shape
    flip = np.array([[-1, 0, width - 1], [0, -1, height - 1], [0, 0, 1]], dtype=np.float32)
    return Cutting(
        np.ascontiguousarray(cutting.ink[::-1, ::-1]),
        tuple(height - 1 - row for row in reversed(cutting.rows)),
        width - 1 - cutting.right,
        width - 1 - cutting.left,
        cutting.to_picture @ flip,
    )


def homography(source: NDArray[np.floating], target: NDArray[np.floating]) -> NDArray[np.float64]:
    """The projective map that takes four points to four points; raises ``LinAlgError`` where there is none."""
    rows = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    solved = np.linalg.solve(np.array(rows, dtype=float), np.asarray(target, dtype=float).ravel())
    return np.append(solved, 1.0).reshape(3, 3)


def closing(grey: Bytes, side: int) -> Bytes:
    """The picture without what is darker than its surroundings and thinner than ``side`` pixels (odd)."""
    return _running(_running(grey, side, np.maximum, 0), side, np.minimum, 255)


def blur(grey: NDArray[np.generic], radius: int) -> Floats:
    """The mean over a square of ``2 * radius + 1`` pixels."""
    return _mean_along(_mean_along(grey.astype(np.float32), radius, 0), radius, 1)


def _mean_along(values: Floats, radius: int, axis: int) -> Floats:
    padded = np.pad(values, [(radius + 1, radius) if at == axis else (0, 0) for at in (0, 1)], mode="edge")
    sums = np.cumsum(padded, axis=axis, dtype=np.float64)
    count = 2 * radius + 1
    if axis == 0:
        return ((sums[count:] - sums[:-count]) / count).astype(np.float32)
    return ((sums[:, count:] - sums[:, :-count]) / count).astype(np.float32)


def _running(grey: Bytes, side: int, choose: np.ufunc, outside: int) -> Bytes:
    half = side // 2
    for axis in (0, 1):
        padded = np.pad(grey, [(half, half) if at == axis else (0, 0) for at in (0, 1)], constant_values=outside)
        length = grey.shape[axis]
        result = None
        for step in range(side):
            part = padded[step : step + length] if axis == 0 else padded[:, step : step + length]
            result = part.copy() if result is None else choose(result, part, out=result)
        grey = result if result is not None else grey
    return grey


def _lines(grey: Bytes) -> list[Line]:
    height, width = (side // BLOCK * BLOCK for side in grey.shape)
    grey = np.ascontiguousarray(grey[:height, :width])
    if min(grey.shape) < 8 * BLOCK:
        return []
    dark = closing(grey, _CLOSING) - grey
    weakest = max(10.0, 0.22 * float(np.percentile(dark, 99.5)))
    ink = dark > np.maximum(weakest, 0.4 * _local_most(dark))
    blocks = ink.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean(axis=(1, 3), dtype=np.float32)
    found = []
    for level in (True, False):  # letters are joined along the line only, so that lines stay apart
        density = _mean_along(blocks, _REACH, 1) if level else _mean_along(blocks, _REACH, 0)
        for rows, columns in _components(density > _DENSE):
            if len(rows) >= _LEAST_BLOCKS:
                line = _line(rows, columns, density[rows, columns])
                if line is not None and line.level == level:
                    found.append(line)
    return found


def _local_most(dark: Bytes, side: int = 30) -> Bytes:
    """For each pixel the strongest ink around it."""
    high, wide = (-(-length // side) for length in dark.shape)
    padded = np.zeros((high * side, wide * side), np.uint8)
    padded[: dark.shape[0], : dark.shape[1]] = dark
    most = _running(padded.reshape(high, side, wide, side).max(axis=(1, 3)), 3, np.maximum, 0)
    return most.repeat(side, axis=0).repeat(side, axis=1)[: dark.shape[0], : dark.shape[1]]


def _components(mask: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows and columns of the blocks of each connected part (four neighbours)."""
    edges = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    row_of, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    parent = list(range(len(starts)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    runs = list(zip(row_of.tolist(), starts.tolist(), ends.tolist(), strict=True))
    above = 0
    for at, (row, start, end) in enumerate(runs):
        while runs[above][0] < row - 1 or (runs[above][0] == row - 1 and runs[above][2] <= start):
            above += 1
        other = above
        while runs[other][0] == row - 1 and runs[other][1] < end:
            parent[root(at)] = root(other)
            other += 1
    members: dict[int, list[int]] = {}
    for at in range(len(runs)):
        members.setdefault(root(at), []).append(at)
    for group in members.values():
        rows = np.concatenate([np.full(ends[at] - starts[at], row_of[at]) for at in group])
        columns = np.concatenate([np.arange(starts[at], ends[at]) for at in group])
        yield rows, columns


def _line(rows: NDArray[np.intp], columns: NDArray[np.intp], weights: Floats) -> Line | None:
    """The line a part lies along, or None if it is too short or too thick for one."""
    points = np.stack([columns, rows], axis=1).astype(np.float32)
    middle = np.average(points, axis=0, weights=weights)
    away = points - middle
    spread = (away * weights[:, None]).T @ away / weights.sum()
    values, vectors = np.linalg.eigh(spread)
    along = vectors[:, 1]
    along = along * np.sign(along[np.abs(along).argmax()])
    places = away @ along
    length = float(places.max() - places.min()) - _REACH
    thickness = float(np.sqrt(12 * max(values[0], 1e-6)))
    if length < _LEAST_LENGTH or length < _SLIM * thickness:
        return None
    ends = [middle + along * (places.min() + 0.6 * _REACH), middle + along * (places.max() - 0.6 * _REACH)]
    start, end = ((end + 0.5) * BLOCK - 0.5 for end in ends)
    return Line(start.astype(np.float32), end.astype(np.float32))


def _bands(lines: list[Line]) -> list[Band]:
    lines = sorted(lines, key=lambda line: -line.length)[:40]
    below: dict[int, list[int]] = {}
    for at, line in enumerate(lines):
        below[at] = [other for other, second in enumerate(lines) if other != at and _stands_below(line, second)]
    found: list[tuple[float, Band]] = []
    for first, seconds in below.items():
        for second in seconds:
            pair = (lines[first], lines[second])
            found.append((_odd(pair), Band(pair)))
            for third in below[second]:
                three = (*pair, lines[third])
                if _even(three):
                    found.append((_odd(three) - 1.0, Band(three)))
    return [band for _, band in sorted(found, key=lambda entry: entry[0])[:_MOST_PER_SIDE]]


def _stands_below(first: Line, second: Line) -> bool:
    """Whether the second line starts and ends with the first, as far below it as lines of a zone do."""
    length = first.length
    along = (first.end - first.start) / length
    across = np.array([-along[1], along[0]])
    direction = (second.end - second.start) / second.length
    start, end = second.start - first.start, second.end - first.end
    apart = (float(start @ across) + float(end @ across)) / 2 / length
    return (
        abs(float(direction @ across)) < _PARALLEL
        and 0.025 < apart < 0.13
        and abs(float(start @ along)) < 0.1 * length
        and abs(float(end @ along)) < 0.1 * length
    )


def _even(lines: tuple[Line, ...]) -> bool:
    middles = [(line.start + line.end) / 2 for line in lines]
    above, beneath = (float(np.hypot(*(after - before))) for before, after in itertools.pairwise(middles))
    return 0.75 < above / beneath < 1.33


def _odd(lines: tuple[Line, ...]) -> float:
    """How little these lines look like one zone: different lengths, little of the picture."""
    lengths = [line.length for line in lines]
    return (max(lengths) - min(lengths)) / max(lengths) - max(lengths) / 4000
