"""Trains the classifier of the reader and writes its weights: ``python -m tools.mrz.train`` (about fifteen minutes).

Draws random zones, photographs them badly, lets the reader's own code find and cut the cells, and names each cell by
where the drawing says it is. Needs what requirements-ocr.txt names and nothing else.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.mrz.pictures import draw_sheet, photograph, random_lines, random_plan
from verifications.documents import mrz_cells, mrz_reader
from verifications.documents.mrz_band import cut, find_bands, turned
from verifications.documents.mrz_checks import ALPHABET

Cells = NDArray[np.float16]
Names = NDArray[np.uint8]

HIDDEN = 192
NOTHING = len(ALPHABET)  # the class of a cell that holds no one character: borders half a pitch off
_NEAR = 0.35  # of the pitch: a cell further from its character is no example of it
_FORMS = ("TD3", "TD1", "TD2", "TD3", "TD1")
_WEIGHTS = Path(mrz_reader.__file__).parent / "data" / "mrz_reader.npz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=1500)
    parser.add_argument("--held-out", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20_261_121)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--keep", type=Path, help="keep the cells here, and take them from here if they are there")
    chosen = parser.parse_args()
    began = time.perf_counter()
    if chosen.keep and chosen.keep.exists():
        with np.load(chosen.keep) as kept:
            cells, names, tests, test_names = kept["cells"], kept["names"], kept["tests"], kept["test_names"]
    else:
        cells, names = collect(chosen.seed, chosen.pictures)
        tests, test_names = collect(chosen.seed + 10_000_000, chosen.held_out)
        if chosen.keep:
            np.savez(chosen.keep, cells=cells, names=names, tests=tests, test_names=test_names)
    print(
        f"{len(cells)} cells to learn from, {len(tests)} to test with, {time.perf_counter() - began:.0f} s", flush=True
    )
    weights = train(cells, names, tests, test_names, seed=chosen.seed, epochs=chosen.epochs)
    np.savez_compressed(_WEIGHTS, **weights)
    right = accuracy(weights, tests, test_names)
    today = dt.datetime.now(dt.UTC).date()
    _WEIGHTS.with_suffix(".txt").write_text(_NOTE.format(**locals(), options=chosen, hidden=HIDDEN), encoding="utf-8")
    print(f"{right:.3%} of the held-out cells right, {time.perf_counter() - began:.0f} s", flush=True)


def collect(seed: int, pictures: int) -> tuple[Cells, Names]:
    """Cells and the index of what each shows, from pictures of their own seeds."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        parts = pool.map(_cells_of, range(seed, seed + pictures), chunksize=8)
    return np.concatenate([cells for cells, _ in parts]), np.concatenate([names for _, names in parts])


def train(cells: Cells, names: Names, tests: Cells, test_names: Names, *, seed: int, epochs: int) -> dict[str, Cells]:
    """One hidden layer, learned with Adam and a falling step."""
    dice = np.random.default_rng(seed)
    inputs = cells.shape[1]
    shapes = {"w1": (inputs, HIDDEN), "b1": (HIDDEN,), "w2": (HIDDEN, NOTHING + 1), "b2": (NOTHING + 1,)}
    weights = {
        name: dice.normal(0, np.sqrt(2 / shape[0]), shape).astype(np.float32) * (len(shape) == 2)
        for name, shape in shapes.items()
    }
    first = {name: np.zeros_like(value) for name, value in weights.items()}
    second = {name: np.zeros_like(value) for name, value in weights.items()}
    batch, step = 512, 0
    total = epochs * (len(cells) // batch)
    for epoch in range(epochs):
        order = dice.permutation(len(cells))
        for start in range(0, len(order) - batch + 1, batch):
            chosen = order[start : start + batch]
            step += 1
            rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * step / total)) + 1e-6
            for name, slope in _slopes(weights, cells[chosen].astype(np.float32), names[chosen]).items():
                first[name] += 0.1 * (slope - first[name])
                second[name] += 0.001 * (slope**2 - second[name])
                mean, square = first[name] / (1 - 0.9**step), second[name] / (1 - 0.999**step)
                weights[name] -= rate * (mean / (np.sqrt(square) + 1e-8) + 1e-4 * weights[name])
        print(f"epoch {epoch + 1}: {accuracy(weights, tests, test_names):.3%}", flush=True)
    return {name: value.astype(np.float16) for name, value in weights.items()}


def accuracy(weights: dict[str, NDArray[np.floating]], cells: Cells, names: Names) -> float:
    wide = {name: value.astype(np.float32) for name, value in weights.items()}
    hidden = np.maximum(cells.astype(np.float32) @ wide["w1"] + wide["b1"], 0)
    return float(((hidden @ wide["w2"] + wide["b2"]).argmax(axis=1) == names).mean())


def _slopes(
    weights: dict[str, NDArray[np.float32]], cells: NDArray[np.float32], names: Names
) -> dict[str, NDArray[np.float32]]:
    hidden = np.maximum(cells @ weights["w1"] + weights["b1"], 0)
    scores = hidden @ weights["w2"] + weights["b2"]
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    shares[np.arange(len(names)), names] -= 1
    shares /= len(names)
    back = (shares @ weights["w2"].T) * (hidden > 0)
    return {"w2": hidden.T @ shares, "b2": shares.sum(axis=0), "w1": cells.T @ back, "b1": back.sum(axis=0)}


def _cells_of(seed: int) -> tuple[Cells, Names]:
    dice = np.random.default_rng(seed)
    sheet = draw_sheet(dice, random_lines(dice, _FORMS[seed % len(_FORMS)]))
    photo, places = photograph(dice, sheet, random_plan(dice))
    found: list[NDArray[np.float32]] = []
    names: list[int] = []
    taken = 0
    for band in find_bands(photo):
        if len(band.lines) != len(sheet.lines):
            continue
        cutting = cut(photo, band, width=mrz_cells.WIDTH, margin=mrz_cells.MARGIN)
        if dice.random() < 0.1:
            cutting = turned(cutting)  # matches nothing unless the photo is upside down
        before = len(names)
        for text, true, row in zip(sheet.lines, places, mrz_cells.level_rows(cutting), strict=True):
            pitch = float(np.hypot(*(true[-1] - true[0]))) / (len(text) - 1)
            for grid in mrz_cells.grids(row, len(text), most=3):
                if np.hypot(*(mrz_cells.places(cutting, row, grid) - true).T).max() > _NEAR * pitch:
                    continue
                up, taller = dice.normal(0, 0.05), dice.uniform(0.86, 1.16)
                found.append(mrz_cells.cells(row, grid, up=up, taller=taller))
                names.extend(ALPHABET.index(character) for character in text)
                if dice.random() < 0.2:
                    off = mrz_cells.Grid(grid.borders[:-1] + grid.pitch * float(dice.uniform(0.42, 0.58)), 0.0)
                    found.append(mrz_cells.cells(row, off)[::4])
                    names.extend([NOTHING] * len(found[-1]))
        taken += len(names) > before
        if taken == 2:
            break
    if not found:
        return np.zeros((0, mrz_cells.CELL_WIDTH * mrz_cells.CELL_HEIGHT), np.float16), np.zeros(0, np.uint8)
    return np.concatenate(found).astype(np.float16), np.array(names, np.uint8)


_NOTE = """Weights of the reader of machine-readable zones, mrz_reader.npz

Made by     python -m tools.mrz.train --pictures {options.pictures} --held-out {options.held_out} \\
            --seed {options.seed} --epochs {options.epochs}
On          {today}
Learned     {cells.shape[0]} cells of 16 x 20 samples, cut by the reader's own code out of {options.pictures} drawn
            and degraded pictures of invented documents (tools/mrz/pictures.py); nothing of a real document or person
Shape       {cells.shape[1]} inputs, one hidden layer of {hidden}, 38 classes (A to Z, 0 to 9, <, "no character");
            16-bit floats
Tested      on {tests.shape[0]} cells of {options.held_out} other pictures (seed + 10,000,000): {right:.3%} right
            Whole pictures: python -m benchmarks.mrz_reader
Holds for   print in OCR-B as drawn and degraded there. Nothing was measured on real documents.
Font        OCR-B, see ocr-b/LICENSE.txt
Licence     that of the portal
"""


if __name__ == "__main__":
    main()
