"""Reads the machine-readable zone out of a picture: finds it, cuts it into cells and names each with a small network.

It never guesses: lines come back only if every check digit and date fits and every character was clear. What no check
digit covers (names, kind of document, states, sex) may still be wrong and is for a person to confirm.
Needs numpy (requirements-ocr.txt); without it ``available`` is False and the rest of the portal does not miss it.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from verifications.documents.mrz_checks import ALPHABET, LAYOUTS, Layout, Lines, fits

if TYPE_CHECKING:
    from verifications.documents.mrz_band import Cutting, Floats
    from verifications.documents.mrz_cells import Row

WEIGHTS = Path(__file__).parent / "data" / "mrz_reader.npz"
MOST_SIDE = 2600
_LEAST_SIDE = 200
_CLEAR, _CLEAR_UNCHECKED = 0.60, 0.93
"""How sure the network must be of every single character, and of those no check digit covers."""
_CLEAR_ON_AVERAGE = 0.93
_HOPELESS = 0.75
_MOST_TRIES, _MOST_CAREFUL = 24, 4
_VOICES = 5
_SECONDS = 4.0  # of processor time: past it nothing more is tried


@dataclass(frozen=True)
class _Reading:
    lines: Lines
    sure: float
    least_sure: float
    least_sure_unchecked: float


def available() -> bool:
    """Whether numpy is installed; loads nothing."""
    return importlib.util.find_spec("numpy") is not None


def read_mrz(picture: Image.Image) -> Lines | None:
    """The lines of the zone in an upright, sideways or upside-down picture, or None where none was read for certain."""
    import numpy as np  # noqa: PLC0415 - an extra

    from verifications.documents import mrz_band, mrz_cells  # noqa: PLC0415 - they need numpy

    grey = picture.convert("L")
    if max(grey.size) > MOST_SIDE:
        grey.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.BOX)
    if min(grey.size) < _LEAST_SIDE // 4 or max(grey.size) < _LEAST_SIDE:
        return None
    began = time.process_time()
    promising: list[tuple[float, Layout, list[Row]]] = []
    for band in itertools.islice(mrz_band.find_bands(grey), _MOST_TRIES):
        try:
            cutting = mrz_band.cut(grey, band, width=mrz_cells.WIDTH, margin=mrz_cells.MARGIN)
        except np.linalg.LinAlgError:
            continue
        if time.process_time() - began > _SECONDS / 2:
            break
        for layout, rows in _ways(cutting):
            glance = _reading(layout, rows, careful=False)
            if glance is not None and _clear(glance):
                return glance.lines if fits(glance.lines) else None
            if glance is not None and glance.sure > _HOPELESS:
                promising.append((glance.sure, layout, rows))
    promising.sort(key=lambda entry: -entry[0])
    for _, layout, rows in promising[:_MOST_CAREFUL]:
        if time.process_time() - began > _SECONDS:
            break
        reading = _reading(layout, rows, careful=True)
        if reading is not None and _clear(reading):
            return reading.lines if fits(reading.lines) else None
    return None


def _ways(cutting: Cutting) -> Iterator[tuple[Layout, list[Row]]]:
    """Both ways up, and every layout with as many lines."""
    from verifications.documents import mrz_band, mrz_cells  # noqa: PLC0415 - they need numpy

    for way in (cutting, mrz_band.turned(cutting)):
        rows = mrz_cells.level_rows(way)
        for layout in LAYOUTS:
            if layout.rows == len(rows):
                yield layout, rows


def _clear(reading: _Reading) -> bool:
    return (
        reading.sure >= _CLEAR_ON_AVERAGE
        and reading.least_sure >= _CLEAR
        and reading.least_sure_unchecked >= _CLEAR_UNCHECKED
    )


def _reading(layout: Layout, rows: Sequence[Row], *, careful: bool) -> _Reading | None:
    """What the surest readings of each line say, over the likeliest grids and heights; None where no line stands."""
    import numpy as np  # noqa: PLC0415 - an extra

    from verifications.documents import mrz_cells  # noqa: PLC0415 - they need numpy

    lines: list[str] = []
    sure: list[Floats] = []
    for row, allowed in zip(rows, layout.allowed, strict=True):
        tries = [
            _shares(mrz_cells.cells(row, grid, up=up, taller=taller))
            for grid in mrz_cells.grids(row, layout.columns, most=6 if careful else 3)
            for up, taller in mrz_cells.settings(careful)
        ]
        if not tries:
            return None
        tries.sort(key=lambda shares: -float(shares.max(axis=1).mean()))
        open_to = np.mean(tries[: _VOICES if careful else 1], axis=0) * _mask(allowed)
        lines.append("".join(ALPHABET[place] for place in open_to.argmax(axis=1)))
        sure.append(open_to.max(axis=1))
    every = np.concatenate(sure)
    unchecked = np.concatenate([sure[row][first:last] for row, first, last in layout.unchecked])
    return _Reading(tuple(lines), float(every.mean()), float(every.min()), float(unchecked.min()))


def _shares(cells: Floats) -> Floats:
    """How likely each cell shows each character; the rest to 1 is for no character at all."""
    import numpy as np  # noqa: PLC0415 - an extra

    first, first_bias, second, second_bias = _network()
    scores = np.maximum(cells @ first + first_bias, 0) @ second + second_bias
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (shares / shares.sum(axis=1, keepdims=True))[:, : len(ALPHABET)]


@functools.cache
def _mask(allowed: tuple[str, ...]) -> Floats:
    import numpy as np  # noqa: PLC0415 - an extra

    return np.array([[character in place for character in ALPHABET] for place in allowed], dtype=np.float32)


@functools.cache
def _network() -> tuple[Floats, Floats, Floats, Floats]:
    import numpy as np  # noqa: PLC0415 - an extra

    with np.load(WEIGHTS, allow_pickle=False) as stored:
        first, first_bias, second, second_bias = (stored[name].astype(np.float32) for name in ("w1", "b1", "w2", "b2"))
    return first, first_bias, second, second_bias
