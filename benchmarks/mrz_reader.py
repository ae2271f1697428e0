"""How many machine-readable zones the reader reads exactly, how many wrongly, and how long a picture takes.

``python -m benchmarks.mrz_reader``: drawn documents of invented people in OCR-B, each with eight or more faults; then
pictures without a zone, and zones with altered characters, of which none may be read. Needs requirements-dev.txt.
"""

from __future__ import annotations

import argparse
import collections
import statistics
import time
from collections.abc import Iterator

import numpy as np
from PIL import Image

from benchmarks.report import headline
from tools.mrz.pictures import Plan, Sheet, draw_sheet, photograph, random_lines, random_plan
from verifications.documents.mrz_checks import DIGITS, LETTERS, Lines, layout_of
from verifications.documents.mrz_reader import read_mrz

PLANS = {
    "clean": Plan(),
    "JPEG, quality 40": Plan(quality=40),
    "noise": Plan(noise=20),
    "blur": Plan(blur=2.0),
    "45 % of the size": Plan(width=675, quality=80),
    "3 degrees": Plan(angle=3, quality=80),
    "on a desk": Plan(width=1200, angle=6, tilt=0.06, desk=0.2, shade=0.45, noise=4, quality=75),
    "upside down": Plan(turn=180, quality=80),
    "sideways": Plan(turn=90, angle=-2, desk=0.1, quality=80),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--random", type=int, default=100, help="pictures with faults by chance, as in training")
    parser.add_argument("--seed", type=int, default=41)
    chosen = parser.parse_args()
    dice = np.random.default_rng(chosen.seed)
    headline("Machine-readable zones", f"{chosen.people} people x TD3, TD1, TD2 x {len(PLANS)} pictures")
    cases = [(name, *case) for name, plan in PLANS.items() for case in _photos(dice, chosen.people, plan)]
    for number in range(chosen.random):
        form = ("TD3", "TD1", "TD2")[number % 3]
        cases.append((f"by chance, {form}", *_photo(dice, form, random_plan(dice))))
    read = _report(cases)
    _report_false(dice, chosen.people, read)


def _photos(dice: np.random.Generator, people: int, plan: Plan) -> Iterator[tuple[Image.Image, Lines]]:
    for _ in range(people):
        for form in ("TD3", "TD1", "TD2"):
            yield _photo(dice, form, plan)


def _photo(dice: np.random.Generator, form: str, plan: Plan) -> tuple[Image.Image, Lines]:
    sheet = draw_sheet(dice, random_lines(dice, form))
    return photograph(dice, sheet, plan)[0], sheet.lines


def _report(cases: list[tuple[str, Image.Image, Lines]]) -> int:
    groups: dict[str, collections.Counter[str]] = {}
    times: dict[str, list[float]] = collections.defaultdict(list)
    for name, picture, lines in cases:
        began = time.process_time()
        found = read_mrz(picture)
        times[name].append(time.process_time() - began)
        outcome = "unread" if found is None else "exact" if found == lines else "wrong"
        groups.setdefault(name, collections.Counter())[outcome] += 1
    print(f"  {'pictures':<22} {'exact':>9} {'unread':>7} {'wrong':>6} {'median s':>9} {'most s':>7}")
    for name, counts in groups.items():
        share = f"{counts['exact']}/{counts.total()}"
        middle, most = statistics.median(times[name]), max(times[name])
        print(f"  {name:<22} {share:>9} {counts['unread']:>7} {counts['wrong']:>6} {middle:9.2f} {most:7.2f}")
    both = sum(groups.values(), collections.Counter())
    spent = [taken for group in times.values() for taken in group]
    share = f"{both['exact']}/{both.total()}"
    print(
        f"  {'all':<22} {share:>9} {both['unread']:>7} {both['wrong']:>6} "
        f"{statistics.median(spent):9.2f} {max(spent):7.2f}",
        flush=True,
    )
    return both["exact"]


def _report_false(dice: np.random.Generator, people: int, read: int) -> None:
    altered = accepted = without = found = 0
    slowest = 0.0
    for number in range(people * 12):
        lines = _altered(dice, random_lines(dice, ("TD3", "TD1", "TD2")[number % 3]))
        sheet = draw_sheet(dice, lines)
        altered += 1
        accepted += read_mrz(photograph(dice, sheet, Plan(quality=85))[0]) is not None
        picture = photograph(dice, _without_zone(sheet), random_plan(dice))[0]
        without += 1
        began = time.process_time()
        found += read_mrz(picture) is not None
        slowest = max(slowest, time.process_time() - began)
    print(f"  zones with one character altered: {accepted} of {altered} accepted")
    print(f"  pictures without a zone: {found} of {without} read as one, at most {slowest:.2f} s each")
    print(f"  ({read} read exactly above)")


def _altered(dice: np.random.Generator, lines: Lines) -> Lines:
    """The lines with one digit of a date or number, or a letter of a number, changed."""
    layout = layout_of(lines)
    row = 0 if layout is not None and layout.rows == 3 else 1
    start = 5 if row == 0 else 0
    line = lines[row]
    place = int(dice.choice([at for at in range(start, start + 9) if line[at] != "<"]))
    same_kind = DIGITS if line[place] in DIGITS else LETTERS
    value = (DIGITS + LETTERS).index(line[place]) % 10
    others = [character for character in same_kind if (DIGITS + LETTERS).index(character) % 10 != value]
    changed = line[:place] + str(dice.choice(others)) + line[place + 1 :]
    return (*lines[:row], changed, *lines[row + 1 :])


def _without_zone(sheet: Sheet) -> Sheet:
    image = sheet.image.copy()
    top = int(sheet.places[0, 0, 1] - 60)
    image.paste(image.getpixel((2, 2)), (0, top, image.width, image.height))
    return Sheet(image, (), sheet.places)


if __name__ == "__main__":
    main()
